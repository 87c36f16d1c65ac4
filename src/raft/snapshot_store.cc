#include "raft/snapshot_store.h"

#include <algorithm>
#include <mutex>
#include <tuple>

#include "raft/snapshot_format.h"

namespace drover::raft {
namespace {

constexpr const char* kNewest = "snapshot";
constexpr const char* kWritten = "snapshot.new";
constexpr const char* kReceived = "snapshot.received";

// A large file is synced in steps, so that the log's own syncs never wait for much of it.
constexpr uint64_t kSyncEveryBytes = 2 << 20;

// What writers and readers share with the store.
struct Shared {
    explicit Shared(Disk& d) : disk(d) {}

    Disk& disk;
    std::mutex placing;  // held while a file takes its place, before the other; nobody waits for the disk with that one
    std::mutex mutex;    // of the rest
    std::optional<SnapshotInfo> newest;
    bool is_writing = false;
    bool is_receiving = false;

    std::optional<SnapshotInfo> get() {
        std::lock_guard lock(mutex);
        return newest;
    }
    void set(const SnapshotInfo& info) {
        std::lock_guard lock(mutex);
        newest = info;
    }
};

// A file on its way to be the newest snapshot. Written from front to back; removed unless it took its place.
class Unfinished {
public:
    Unfinished(std::shared_ptr<Shared> shared, const char* name, bool& is_busy)
        : shared_(std::move(shared)), name_(name), is_busy_(is_busy) {}
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;
    ~Unfinished() {
        if (file_) {
            file_.reset();
            std::ignore = shared_->disk.remove(name_);  // else create() or the next open() does
        }
        std::lock_guard lock(shared_->mutex);
        is_busy_ = false;
    }

    Result<> create() {
        // One whose removal failed.
        auto removed = shared_->disk.remove(name_);
        if (!removed && removed.error().code != ErrorCode::not_found) return removed;
        auto file = shared_->disk.open(name_, Disk::Open::create);
        if (!file) return tl::unexpected(file.error());
        file_ = std::move(*file);
        return {};
    }

    Result<> write(std::string_view bytes) {
        if (auto written = file_->write_at(size_, bytes); !written) return written;
        size_ += bytes.size();
        if (size_ - synced_ < kSyncEveryBytes) return {};
        synced_ = size_;
        return file_->sync();
    }

    Result<SnapshotInfo> take_place(SnapshotInfo info) {
        info.bytes = size_;
        if (auto synced = file_->sync(); !synced) return tl::unexpected(synced.error());
        std::lock_guard lock(shared_->placing);
        if (const auto present = shared_->get(); present && present->index > info.index) {
            return fail(Error::conflict("a newer snapshot, of index " + std::to_string(present->index) +
                                        ", has come meanwhile"));
        }
        if (auto renamed = shared_->disk.rename(name_, kNewest); !renamed) return tl::unexpected(renamed.error());
        file_.reset();
        shared_->set(info);
        if (auto synced = shared_->disk.sync_directory(); !synced) return tl::unexpected(synced.error());
        return info;
    }

    std::shared_ptr<File> file() const { return file_; }
    uint64_t size() const { return size_; }
    std::string path() const { return shared_->disk.path(name_); }

private:
    const std::shared_ptr<Shared> shared_;
    const char* const name_;
    bool& is_busy_;
    std::shared_ptr<File> file_;
    uint64_t size_ = 0;
    uint64_t synced_ = 0;
};

Error finished() { return Error::internal("this snapshot is finished, or failed before"); }

class Writer final : public SnapshotWriter {
public:
    Writer(std::unique_ptr<Unfinished> target, SnapshotInfo info, uint32_t checksum)
        : target_(std::move(target)), info_(std::move(info)), checksum_(checksum) {}

    Result<> write(std::string_view piece) override {
        if (!target_) return fail(finished());
        while (!piece.empty()) {
            const size_t count = std::min(piece.size(), kSnapshotBlockBytes - block_.size());
            block_.append(piece.substr(0, count));
            piece.remove_prefix(count);
            if (block_.size() < kSnapshotBlockBytes) continue;
            if (auto done = end_block(); !done) return give_up(done.error());
        }
        return {};
    }

    Result<SnapshotInfo> commit() override {
        if (!target_) return fail(finished());
        Result<> done;
        if (!block_.empty()) done = end_block();
        if (done) done = end_block();  // of no bytes: the file's end
        auto info = done ? target_->take_place(info_) : fail(done.error());
        target_.reset();
        return info;
    }

private:
    Result<> end_block() {
        auto written = target_->write(encode_snapshot_block(block_, checksum_));
        block_.clear();
        return written;
    }
    Result<> give_up(Error error) {
        target_.reset();
        return fail(std::move(error));
    }

    std::unique_ptr<Unfinished> target_;
    const SnapshotInfo info_;
    uint32_t checksum_;
    std::string block_;
};

class Receiver final : public SnapshotReceiver {
public:
    explicit Receiver(std::unique_ptr<Unfinished> target) : target_(std::move(target)) {}

    uint64_t received() const override { return received_; }

    Result<> write(std::string_view piece) override {
        if (!target_) return fail(finished());
        auto written = target_->write(piece);
        if (!written) target_.reset();
        if (written) received_ += piece.size();
        return written;
    }

    Result<SnapshotInfo> commit() override {
        if (!target_) return fail(finished());
        auto info = check();
        if (info) info = target_->take_place(*info);
        target_.reset();
        return info;
    }

private:
    Result<SnapshotInfo> check() {
        auto header = read_snapshot_header(*target_->file(), target_->path());
        if (!header) return tl::unexpected(header.error());
        SnapshotBlocks blocks(target_->file(), *header, target_->path());
        for (;;) {
            auto block = blocks.next();
            if (!block) return tl::unexpected(block.error());
            if (block->empty()) return header->info;
        }
    }

    std::unique_ptr<Unfinished> target_;
    uint64_t received_ = 0;
};

class Reader final : public SnapshotReader {
public:
    Reader(std::shared_ptr<File> file, SnapshotHeader header, const std::string& path)
        : info_(header.info), blocks_(std::move(file), header, path) {}

    const SnapshotInfo& info() const override { return info_; }

    Result<size_t> read(std::span<char> into) override {
        if (into.empty()) return size_t{0};
        if (rest_.empty()) {
            auto block = blocks_.next();
            if (!block) return tl::unexpected(block.error());
            rest_ = *block;
        }
        const size_t count = std::min(into.size(), rest_.size());
        std::copy_n(rest_.data(), count, into.data());
        rest_.remove_prefix(count);
        return count;
    }

private:
    const SnapshotInfo info_;
    SnapshotBlocks blocks_;
    std::string_view rest_;
};

class Sent final : public SnapshotFile {
public:
    Sent(std::shared_ptr<File> file, SnapshotInfo info) : file_(std::move(file)), info_(std::move(info)) {}

    const SnapshotInfo& info() const override { return info_; }
    Result<size_t> read_at(uint64_t offset, std::span<char> into) override { return file_->read_at(offset, into); }

private:
    const std::shared_ptr<File> file_;
    const SnapshotInfo info_;
};

class FileSnapshotStore final : public SnapshotStore {
public:
    explicit FileSnapshotStore(Disk& disk) : shared_(std::make_shared<Shared>(disk)) {}

    Result<> load();
    std::optional<SnapshotInfo> newest() const override { return shared_->get(); }
    Result<std::unique_ptr<SnapshotWriter>> create(SnapshotInfo info) override;
    Result<std::unique_ptr<SnapshotReader>> reader() override {
        auto opened = open_file();
        if (!opened) return tl::unexpected(opened.error());
        return std::make_unique<Reader>(std::move(opened->file), std::move(opened->header),
                                        shared_->disk.path(kNewest));
    }
    Result<std::unique_ptr<SnapshotFile>> open_newest() override {
        auto opened = open_file();
        if (!opened) return tl::unexpected(opened.error());
        return std::make_unique<Sent>(std::move(opened->file), std::move(opened->header.info));
    }
    Result<std::unique_ptr<SnapshotReceiver>> receive() override;

private:
    struct Opened {
        std::shared_ptr<File> file;
        SnapshotHeader header;
    };

    // Everything about the file is read through the one handle, as another may take its name at any time.
    Result<Opened> open_file();
    Result<std::unique_ptr<Unfinished>> begin(const char* name, bool& is_busy, const char* refusal);

    const std::shared_ptr<Shared> shared_;
};

Result<> FileSnapshotStore::load() {
    bool removed_any = false;
    for (const char* name : {kWritten, kReceived}) {
        auto removed = shared_->disk.remove(name);
        if (!removed && removed.error().code != ErrorCode::not_found) return removed;
        removed_any = removed_any || removed;
    }
    if (removed_any) {
        if (auto synced = shared_->disk.sync_directory(); !synced) return synced;
    }
    auto opened = open_file();
    if (!opened && opened.error().code == ErrorCode::not_found) return {};
    if (!opened) return tl::unexpected(opened.error());
    shared_->set(opened->header.info);
    return {};
}

Result<FileSnapshotStore::Opened> FileSnapshotStore::open_file() {
    auto file = shared_->disk.open(kNewest, Disk::Open::existing);
    if (!file) return tl::unexpected(file.error());
    auto header = read_snapshot_header(**file, shared_->disk.path(kNewest));
    if (!header) return tl::unexpected(header.error());
    auto size = (*file)->size();
    if (!size) return tl::unexpected(size.error());
    header->info.bytes = *size;
    return Opened{std::move(*file), std::move(*header)};
}

Result<std::unique_ptr<Unfinished>> FileSnapshotStore::begin(const char* name, bool& is_busy, const char* refusal) {
    {
        std::lock_guard lock(shared_->mutex);
        if (is_busy) return fail(Error::conflict(refusal));
        is_busy = true;
    }
    auto target = std::make_unique<Unfinished>(shared_, name, is_busy);
    if (auto created = target->create(); !created) return tl::unexpected(created.error());
    return target;
}

Result<std::unique_ptr<SnapshotWriter>> FileSnapshotStore::create(SnapshotInfo info) {
    if (info.configuration.size() > SnapshotWriter::kMaxConfigurationBytes) {
        return fail(Error::bad_request("the configuration is too large for a snapshot"));
    }
    auto target = begin(kWritten, shared_->is_writing, "a snapshot is being written already");
    if (!target) return tl::unexpected(target.error());
    uint32_t checksum = 0;
    if (auto written = (*target)->write(encode_snapshot_header(info, checksum)); !written) {
        return tl::unexpected(written.error());
    }
    return std::make_unique<Writer>(std::move(*target), std::move(info), checksum);
}

Result<std::unique_ptr<SnapshotReceiver>> FileSnapshotStore::receive() {
    auto target = begin(kReceived, shared_->is_receiving, "a snapshot is being received already");
    if (!target) return tl::unexpected(target.error());
    return std::make_unique<Receiver>(std::move(*target));
}

}  // namespace

Result<std::unique_ptr<SnapshotStore>> SnapshotStore::open(Disk& disk) {
    auto store = std::make_unique<FileSnapshotStore>(disk);
    if (auto loaded = store->load(); !loaded) return tl::unexpected(loaded.error());
    return store;
}

}  // namespace drover::raft
