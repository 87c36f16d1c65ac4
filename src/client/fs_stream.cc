#include "client/fs_stream.h"

#include <algorithm>

#include "base/strings.h"

namespace drover::client {
namespace {

constexpr size_t kFrameSize = 64 << 10;
constexpr Duration kLookAgain = milliseconds(100);  // at a file that has not grown
constexpr Duration kHeartbeat = seconds(1);

std::string file_event(std::string_view what) { return "file " + std::string(what); }

class FileStream final : public FrameSource {
public:
    FileStream(net::Loop& loop, FileStreamRequest request, OpenFile file)
        : loop_(loop), request_(std::move(request)), file_(std::move(file)), offset_(request_.offset) {
        if (request_.from_end) offset_ = std::max<int64_t>(file_.size() - request_.offset, 0);
        left_ = request_.limit > 0 ? request_.limit : INT64_MAX;
    }

    net::Task<Result<std::optional<StreamFrame>>> next(net::CancelToken cancel) override {
        for (Duration idle; !ended_; idle += kLookAgain) {
            auto data = file_.read(offset_, static_cast<size_t>(std::min<int64_t>(left_, kFrameSize)));
            if (!data) co_return fail(data.error());
            if (!data->empty()) co_return frame(std::move(*data));
            if (!request_.follow || left_ == 0) break;
            if (file_.was_deleted()) {
                ended_ = true;
                co_return told("deleted");
            }
            if (file_.size() < offset_) {
                offset_ = 0;
                co_return told("truncated");
            }
            if (idle >= kHeartbeat) co_return StreamFrame{};
            if (auto slept = co_await loop_.sleep(kLookAgain, cancel); !slept) co_return fail(slept.error());
        }
        co_return std::nullopt;
    }

private:
    StreamFrame frame(std::string data) {
        offset_ += static_cast<int64_t>(data.size());
        left_ -= static_cast<int64_t>(data.size());
        StreamFrame out;
        out.Offset = offset_;
        out.File = request_.path;
        out.Data = std::move(data);
        return out;
    }
    StreamFrame told(std::string_view what) {
        StreamFrame out;
        out.Offset = offset_;
        out.File = request_.path;
        out.FileEvent = file_event(what);
        return out;
    }

    net::Loop& loop_;
    FileStreamRequest request_;
    OpenFile file_;
    int64_t offset_;
    int64_t left_;
    bool ended_ = false;
};

struct LogFile {
    uint64_t index;
    int64_t size;
};

// The numbered files of a log, in order.
Result<std::vector<LogFile>> log_files(const std::string& root, const std::string& name) {
    auto listed = list_files(root, "alloc/logs");
    if (!listed) return fail(listed.error());
    std::vector<LogFile> out;
    for (const auto& file : *listed) {
        if (!has_prefix(file.Name, name + ".")) continue;
        if (auto index = parse_uint(std::string_view(file.Name).substr(name.size() + 1)))
            out.push_back({*index, file.Size});
    }
    std::sort(out.begin(), out.end(), [](const LogFile& a, const LogFile& b) { return a.index < b.index; });
    return out;
}

class LogStream final : public FrameSource {
public:
    LogStream(net::Loop& loop, LogStreamRequest request, const std::vector<LogFile>& files)
        : loop_(loop),
          request_(std::move(request)),
          name_(request_.task + "." + request_.type),
          last_(files.back().index) {
        seek(files);
    }

    net::Task<Result<std::optional<StreamFrame>>> next(net::CancelToken cancel) override {
        for (Duration idle;; idle += kLookAgain) {
            // Whether it has ended is asked before reading: what was written until then is read below.
            const bool ended = request_.task_ended && request_.task_ended();
            auto data = read();
            if (!data) co_return fail(data.error());
            if (!data->empty()) co_return frame(std::move(*data));
            auto files = log_files(request_.root, name_);
            if (!files) co_return fail(files.error());
            if (go_on(*files)) continue;
            if (!request_.follow || ended) co_return std::nullopt;
            if (idle >= kHeartbeat) co_return StreamFrame{};
            if (auto slept = co_await loop_.sleep(kLookAgain, cancel); !slept) co_return fail(slept.error());
        }
    }

private:
    std::string path() const { return "alloc/logs/" + name_ + "." + std::to_string(index_); }

    // Offsets run over the borders of files.
    void seek(const std::vector<LogFile>& files) {
        int64_t left = std::max<int64_t>(request_.offset, 0);
        if (request_.from_end) {
            int64_t all = 0;
            for (const auto& file : files) all += file.size;
            left = std::max<int64_t>(all - left, 0);
        }
        for (const auto& file : files) {
            index_ = file.index;
            offset_ = left;
            if (left < file.size || file.index == files.back().index) break;
            left -= file.size;
        }
    }

    Result<std::string> read() {
        if (!file_.is_open()) {
            auto opened = open_file(request_.root, path());
            if (!opened)
                return opened.error().code == ErrorCode::not_found ? Result<std::string>("") : fail(opened.error());
            file_ = std::move(*opened);
            offset_ = std::min(offset_, file_.size());
        }
        return file_.read(offset_, kFrameSize);
    }

    // To the next file, if there is one and this one has been read to its end.
    bool go_on(const std::vector<LogFile>& files) {
        for (const auto& file : files) {
            if (file.index <= index_ || (!request_.follow && file.index > last_)) continue;
            // It may have grown between our reading it and the next one's appearance.
            if (file_.is_open() && file_.size() > offset_) return true;
            index_ = file.index;
            offset_ = 0;
            file_ = OpenFile();
            return true;
        }
        return false;
    }

    StreamFrame frame(std::string data) {
        offset_ += static_cast<int64_t>(data.size());
        StreamFrame out;
        out.Offset = offset_;
        out.File = path();
        out.Data = std::move(data);
        return out;
    }

    net::Loop& loop_;
    LogStreamRequest request_;
    std::string name_;
    uint64_t last_;  // the newest at the start
    uint64_t index_ = 0;
    int64_t offset_ = 0;
    OpenFile file_;
};

}  // namespace

Result<std::unique_ptr<FrameSource>> stream_file(net::Loop& loop, FileStreamRequest request) {
    auto file = open_file(request.root, request.path);
    if (!file) return fail(file.error());
    return std::make_unique<FileStream>(loop, std::move(request), std::move(*file));
}

Result<std::unique_ptr<FrameSource>> stream_logs(net::Loop& loop, LogStreamRequest request) {
    if (request.task.find('/') != std::string::npos) return fail(Error::bad_request("invalid task name"));
    auto files = log_files(request.root, request.task + "." + request.type);
    if (!files) return fail(files.error());
    if (files->empty()) {
        return fail(Error::not_found("log entry for task " + quote(request.task) + " and log type " +
                                     quote(request.type) + " not found"));
    }
    return std::make_unique<LogStream>(loop, std::move(request), *files);
}

}  // namespace drover::client
