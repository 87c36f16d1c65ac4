#include <algorithm>
#include <iostream>
#include <thread>

#include "base/strings.h"
#include "cli/alloc_commands.h"
#include "cli/command.h"
#include "cli/format.h"
#include "cli/lookup.h"
#include "model/alloc.h"
#include "model/job.h"
#include "model/stats.h"
#include "model/stream_frame.h"

namespace drover::cli {
namespace {

constexpr int64_t kTailLines = 10;
constexpr int64_t kBytesInLine = 120;  // how far back to look for one line

// The newest running allocation of a job, else its newest; nothing after a complaint.
std::optional<std::string> alloc_of_job(Call& call, const std::string& name, const std::string& group) {
    auto job = find_job(call, name);
    if (!job) return std::nullopt;
    auto allocs = call.api()->read<List<model::AllocListStub>>(
        "/v1/job/" + net::encode_path_segment(job->id) + "/allocations", in_namespace(job->namespace_name));
    if (!allocs) {
        call.complain("Error querying job", allocs.error());
        return std::nullopt;
    }
    const model::AllocListStub* best = nullptr;
    for (const auto& a : *allocs) {
        if (!group.empty() && a.TaskGroup != group) continue;
        const bool better = !best || std::pair(a.ClientStatus == "running", a.CreateIndex) >
                                         std::pair(best->ClientStatus == "running", best->CreateIndex);
        if (better) best = &a;
    }
    if (!best) {
        call.complain("No allocations for job " + quote(job->id) + " exist");
        return std::nullopt;
    }
    return best->ID;
}

// The only task of an allocation; nothing after a complaint that lists them.
std::optional<std::string> only_task(Call& call, const std::string& alloc_id) {
    auto alloc = call.api()->read<model::Allocation>("/v1/allocation/" + alloc_id);
    if (!alloc) {
        call.complain("Error querying allocation", alloc.error());
        return std::nullopt;
    }
    std::vector<std::string> names;
    if (alloc->Job) {
        for (const auto& group : alloc->Job->TaskGroups) {
            if (group.Name != alloc->TaskGroup) continue;
            for (const auto& task : group.Tasks) names.push_back(task.Name);
        }
    }
    if (names.size() == 1) return names[0];
    call.complain("Allocation " + quote(short_id(alloc_id, false)) + " is running the following tasks:\n  * " +
                  join(names, "\n  * ") + "\n\nPlease specify the task.");
    return std::nullopt;
}

// Drops all but the last `lines` lines of text.
std::string last_lines(const std::string& text, int64_t lines) {
    size_t at = text.size();
    if (at > 0 && text[at - 1] == '\n') --at;
    for (; at > 0; --at) {
        if (text[at - 1] == '\n' && --lines == 0) break;
    }
    return text.substr(at);
}

struct Tail {
    bool follow = false, tail = false;
    int64_t lines = -1, bytes = -1;

    void add_flags(Flags& flags) {
        flags.add("f", follow, "Go on as the file grows.");
        flags.add("tail", tail, "Only the end: ten lines, or what -n or -c says.");
        flags.add("n", lines, "How many lines of the end.");
        flags.add("c", bytes, "How many bytes of the end.");
    }
    // From where at the end; nothing: from the start.
    std::optional<int64_t> offset() const {
        if (!tail && lines < 0 && bytes < 0) return std::nullopt;
        if (bytes >= 0) return bytes;
        return (lines >= 0 ? lines : kTailLines) * kBytesInLine;
    }
    int64_t wanted_lines() const { return bytes >= 0 ? -1 : lines >= 0 ? lines : kTailLines; }
};

// Takes the data out of a stream of frames: flat JSON objects one behind the other, in pieces cut anywhere.
class FrameReader {
public:
    // What the frames hold that are whole by now.
    std::string feed(std::string_view piece) {
        std::string data;
        for (const char c : piece) {
            frame_ += c;
            if (escaped_) {
                escaped_ = false;
            } else if (in_text_ && c == '\\') {
                escaped_ = true;
            } else if (c == '"') {
                in_text_ = !in_text_;
            } else if (!in_text_ && c == '}') {
                if (auto frame = codec::from_json<model::StreamFrame>(frame_)) data += frame->Data;
                frame_.clear();
            }
        }
        return data;
    }

private:
    std::string frame_;
    bool in_text_ = false, escaped_ = false;
};

// A file or log of an allocation as the agent streams it.
struct Stream {
    std::string path;
    net::Query query;
    bool framed = false;
};

// Prints a stream; of a tail by lines, only those lines. A tail that goes on does so from its first piece, which holds
// what there was when it began.
int print_stream(Call& call, Api& api, Stream stream, const Tail& tail, std::ostream& out) {
    if (auto offset = tail.offset()) {
        stream.query.add("origin", "end");
        stream.query.add("offset", std::to_string(*offset));
    }
    bool trims = tail.offset() && tail.wanted_lines() >= 0;
    std::string held;
    FrameReader frames;
    auto done = api.stream(stream.path, std::move(stream.query), [&](std::string_view piece) {
        held += stream.framed ? frames.feed(piece) : std::string(piece);
        if (trims && !tail.follow) return true;
        out << (trims ? last_lines(held, tail.wanted_lines()) : held) << std::flush;
        trims = trims && held.empty();
        held.clear();
        return true;
    });
    if (trims && !held.empty()) out << last_lines(held, tail.wanted_lines()) << std::flush;
    return done ? 0 : call.complain("Error reading file", done.error());
}

// Standard output and standard error at the same time: each stream ends only with its task.
int follow_both(Call& call, const std::function<int(Api&, const char* type, std::ostream&)>& print) {
    auto second = Api::connect(call.config());
    if (!second) return call.complain("Error initializing client", second.error());
    int code = 0;
    std::thread errors([&] { code = print(**second, "stderr", call.io.err); });
    const int out_code = print(*call.api(), "stdout", call.io.out);
    errors.join();
    return out_code != 0 ? out_code : code;
}

}  // namespace

int alloc_logs(Call& call) {
    Tail tail;
    bool only_stdout = false, only_stderr = false, by_job = false, verbose = false;
    std::string task, group;
    tail.add_flags(call.flags);
    call.flags.add("stdout", only_stdout, "Only standard output.");
    call.flags.add("stderr", only_stderr, "Only standard error.");
    call.flags.add("task", task, "The task whose logs to show.");
    call.flags.add("group", group, "With -job: the task group.");
    call.flags.add("job", by_job, "The argument names a job: take one of its allocations.");
    call.flags.add("verbose", verbose, "Show full ids.");
    if (auto code = call.parse({1, 2, "one or two arguments: <alloc-id> [<task>]"})) return *code;
    if (!call.api()) return 1;
    auto id = by_job ? alloc_of_job(call, call.args[0], group) : find_alloc(call, call.args[0]);
    if (!id) return 1;
    if (call.args.size() > 1) task = call.args[1];
    if (task.empty()) {
        auto only = only_task(call, *id);
        if (!only) return 1;
        task = *only;
    }
    const auto print = [&](Api& api, const char* type, std::ostream& out) {
        net::Query query;
        query.add("task", task);
        query.add("type", type);
        query.add("plain", "true");
        query.add("follow", tail.follow ? "true" : "false");
        return print_stream(call, api, {"/v1/client/fs/logs/" + *id, std::move(query)}, tail, out);
    };
    const bool both = only_stdout == only_stderr;
    if (both && tail.follow) return follow_both(call, print);
    int code = 0;
    if (both || only_stdout) code = print(*call.api(), "stdout", call.io.out);
    if (code == 0 && (both || only_stderr)) code = print(*call.api(), "stderr", both ? call.io.err : call.io.out);
    return code;
}

int alloc_fs(Call& call) {
    Tail tail;
    bool stat = false, human = false, by_job = false, verbose = false;
    std::string group;
    tail.add_flags(call.flags);
    call.flags.add("stat", stat, "Show what the file is instead of its content.");
    call.flags.add("H", human, "Show sizes in units.");
    call.flags.add("group", group, "With -job: the task group.");
    call.flags.add("job", by_job, "The argument names a job: take one of its allocations.");
    call.flags.add("verbose", verbose, "Show full ids.");
    if (auto code = call.parse({1, 2, "one or two arguments: <alloc-id> [<path>]"})) return *code;
    if (!call.api()) return 1;
    auto id = by_job ? alloc_of_job(call, call.args[0], group) : find_alloc(call, call.args[0]);
    if (!id) return 1;
    const std::string path = call.args.size() > 1 ? call.args[1] : "/";
    net::Query query;
    query.add("path", path);
    auto info = call.api()->read<model::AllocFileInfo>("/v1/client/fs/stat/" + *id, query);
    if (!info) return call.complain("Error reading file", info.error());
    const auto size = [&](int64_t bytes) {
        return human ? bytes_iec(static_cast<uint64_t>(bytes)) : std::to_string(bytes);
    };
    if (stat) {
        call.say(format_table(
            {{"Mode", "Size", "Modified Time", "Content Type", "Name"},
             {info->FileMode, size(info->Size), local_time(info->ModTime), info->ContentType, info->Name}}));
        return 0;
    }
    if (info->IsDir) {
        auto files = call.api()->read<List<model::AllocFileInfo>>("/v1/client/fs/ls/" + *id, query);
        if (!files) return call.complain("Error listing files", files.error());
        std::vector<Row> rows{{"Mode", "Size", "Modified Time", "Name"}};
        for (const auto& f : *files) {
            rows.push_back({f.FileMode, size(f.Size), local_time(f.ModTime), f.Name + (f.IsDir ? "/" : "")});
        }
        call.say(format_table(rows));
        return 0;
    }
    if (!tail.follow && !tail.offset())
        return print_stream(call, *call.api(), {"/v1/client/fs/cat/" + *id, query}, tail, call.io.out);
    query.add("follow", tail.follow ? "true" : "false");
    return print_stream(call, *call.api(), {"/v1/client/fs/stream/" + *id, query, true}, tail, call.io.out);
}

}  // namespace drover::cli
