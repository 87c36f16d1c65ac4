#include "raft/memory_disk.h"

#include <algorithm>
#include <optional>

#include "base/assert.h"

namespace drover::raft {
namespace {

// Something done to a file since its last sync.
struct Change {
    enum class Kind { write, extend, truncate } kind = Kind::write;
    uint64_t offset = 0;  // or the new size
    std::string bytes;
};

void write_into(std::string& file, uint64_t offset, std::string_view bytes) {
    if (file.size() < offset + bytes.size()) file.resize(offset + bytes.size());
    file.replace(offset, bytes.size(), bytes);
}

void redo(std::string& file, const Change& change) {
    switch (change.kind) {
        case Change::Kind::write: write_into(file, change.offset, change.bytes); break;
        case Change::Kind::extend: file.resize(std::max<size_t>(file.size(), change.offset)); break;
        case Change::Kind::truncate: file.resize(change.offset); break;
    }
}

}  // namespace

struct MemoryDisk::Inode {
    std::string now;    // as programs see it
    std::string lasts;  // as the last sync left it
    std::vector<Change> changes;
};

struct MemoryDisk::State {
    State(Rng& r, uint64_t c) : rng(r), capacity(c) {}

    using Names = std::map<std::string, std::shared_ptr<Inode>>;
    struct NameChange {
        std::string from, to;  // from empty: created; to empty: removed
        std::shared_ptr<Inode> inode;
    };

    Rng& rng;
    mutable std::mutex mutex;
    uint64_t capacity;
    Names names;
    Names lasting_names;
    std::vector<NameChange> name_changes;
    std::vector<std::weak_ptr<Inode>> inodes;  // all that may still take room
    uint64_t boots = 0;
    uint64_t writes_left = kNever;
    uint64_t syncs_left = kNever;
    uint64_t syncs = 0;

    bool chance(uint64_t percent) { return rng.below(100) < percent; }

    static bool spend(uint64_t& left) {
        if (left == kNever) return true;
        if (left == 0) return false;
        --left;
        return true;
    }

    uint64_t used() {
        uint64_t bytes = 0;
        std::erase_if(inodes, [&](const std::weak_ptr<Inode>& one) {
            const auto inode = one.lock();
            if (inode) bytes += inode->now.size();
            return !inode;
        });
        return bytes;
    }

    bool has_room_to_grow(const Inode& inode, uint64_t size) {
        return size <= inode.now.size() || used() + (size - inode.now.size()) <= capacity;
    }

    // Does to what lasts of a file a random part of what was done since: sector by sector, whatever their order.
    void settle(Inode& inode) {
        const uint64_t percent = chance(25) ? 0 : chance(33) ? 100 : 1 + rng.below(99);
        for (const Change& change : inode.changes) {
            if (change.kind != Change::Kind::write) {
                if (chance(percent)) redo(inode.lasts, change);
                continue;
            }
            for (size_t at = 0; at < change.bytes.size();) {
                const uint64_t offset = change.offset + at;
                const size_t piece = std::min<size_t>(change.bytes.size() - at, kSectorBytes - offset % kSectorBytes);
                if (chance(percent)) write_into(inode.lasts, offset, std::string_view(change.bytes).substr(at, piece));
                at += piece;
            }
        }
        inode.changes.clear();
    }

    void settle_names() {
        const uint64_t percent = chance(25) ? 0 : chance(33) ? 100 : 1 + rng.below(99);
        for (const NameChange& change : name_changes) {
            if (!chance(percent)) continue;
            if (!change.from.empty()) {
                const auto at = lasting_names.find(change.from);
                if (at != lasting_names.end() && at->second == change.inode) lasting_names.erase(at);
            }
            if (!change.to.empty()) lasting_names[change.to] = change.inode;
        }
        name_changes.clear();
    }
};

class MemoryDisk::Handle final : public File {
public:
    Handle(std::shared_ptr<State> state, std::shared_ptr<Inode> inode, std::string path)
        : state_(std::move(state)), inode_(std::move(inode)), path_(std::move(path)), boot_(state_->boots) {}

    Result<size_t> read_at(uint64_t offset, std::span<char> into) override {
        std::lock_guard lock(state_->mutex);
        if (stale()) return fail(gone());
        if (offset >= inode_->now.size()) return size_t{0};
        const size_t count = std::min<size_t>(into.size(), inode_->now.size() - offset);
        std::copy_n(inode_->now.data() + offset, count, into.data());
        return count;
    }

    Result<> write_at(uint64_t offset, std::string_view bytes) override {
        std::lock_guard lock(state_->mutex);
        if (stale()) return fail(gone());
        std::optional<Error> error;
        if (!State::spend(state_->writes_left)) {
            error = Error::internal("write " + path_ + ": input/output error");
        } else if (!state_->has_room_to_grow(*inode_, offset + bytes.size())) {
            error = full("write");
        }
        if (error) {
            // Some sectors may have been written, from the front, within the room that the file has.
            const uint64_t room = inode_->now.size() > offset ? inode_->now.size() - offset : 0;
            const uint64_t end = offset + state_->rng.below(std::min<uint64_t>(room, bytes.size()) + 1);
            bytes = bytes.substr(0, std::max(end / kSectorBytes * kSectorBytes, offset) - offset);
        }
        change({Change::Kind::write, offset, std::string(bytes)});
        if (error) return fail(*error);
        return {};
    }

    Result<> allocate(uint64_t size) override {
        std::lock_guard lock(state_->mutex);
        if (stale()) return fail(gone());
        if (!state_->has_room_to_grow(*inode_, size)) return fail(full("allocate"));
        if (size > inode_->now.size()) change({Change::Kind::extend, size, {}});
        return {};
    }

    Result<> truncate(uint64_t size) override {
        std::lock_guard lock(state_->mutex);
        if (stale()) return fail(gone());
        if (!state_->has_room_to_grow(*inode_, size)) return fail(full("truncate"));
        change({Change::Kind::truncate, size, {}});
        return {};
    }

    Result<> sync() override {
        std::lock_guard lock(state_->mutex);
        if (stale()) return fail(gone());
        ++state_->syncs;
        if (!State::spend(state_->syncs_left)) {
            state_->settle(*inode_);
            return fail(Error::internal("sync " + path_ + ": input/output error"));
        }
        for (const Change& change : inode_->changes) redo(inode_->lasts, change);
        inode_->changes.clear();
        return {};
    }

    Result<uint64_t> size() override {
        std::lock_guard lock(state_->mutex);
        if (stale()) return fail(gone());
        return inode_->now.size();
    }

private:
    bool stale() const { return boot_ != state_->boots; }
    Error gone() const { return Error::internal(path_ + ": the machine went down"); }
    Error full(const std::string& what) const {
        return {ErrorCode::too_large, what + " " + path_ + ": no space left on device"};
    }
    void change(Change change) {
        redo(inode_->now, change);
        inode_->changes.push_back(std::move(change));
    }

    const std::shared_ptr<State> state_;
    const std::shared_ptr<Inode> inode_;
    const std::string path_;
    const uint64_t boot_;
};

MemoryDisk::MemoryDisk(Rng& rng, uint64_t capacity) : state_(std::make_shared<State>(rng, capacity)) {}
MemoryDisk::~MemoryDisk() = default;

Result<std::unique_ptr<File>> MemoryDisk::open(const std::string& name, Open mode) {
    std::lock_guard lock(state_->mutex);
    const auto found = state_->names.find(name);
    if (mode == Open::existing) {
        if (found == state_->names.end()) return fail(Error::not_found("open " + path(name) + ": no such file"));
        return std::make_unique<Handle>(state_, found->second, path(name));
    }
    if (found != state_->names.end()) return fail(Error::internal("create " + path(name) + ": the file exists"));
    auto inode = std::make_shared<Inode>();
    state_->inodes.push_back(inode);
    state_->names[name] = inode;
    state_->name_changes.push_back({"", name, inode});
    return std::make_unique<Handle>(state_, inode, path(name));
}

Result<std::vector<std::string>> MemoryDisk::list() {
    std::lock_guard lock(state_->mutex);
    std::vector<std::string> names;
    for (const auto& [name, inode] : state_->names) names.push_back(name);
    return names;
}

Result<> MemoryDisk::rename(const std::string& from, const std::string& to) {
    std::lock_guard lock(state_->mutex);
    const auto found = state_->names.find(from);
    if (found == state_->names.end()) return fail(Error::not_found("rename " + path(from) + ": no such file"));
    const auto inode = found->second;
    state_->names.erase(found);
    state_->names[to] = inode;
    state_->name_changes.push_back({from, to, inode});
    return {};
}

Result<> MemoryDisk::remove(const std::string& name) {
    std::lock_guard lock(state_->mutex);
    const auto found = state_->names.find(name);
    if (found == state_->names.end()) return fail(Error::not_found("remove " + path(name) + ": no such file"));
    state_->name_changes.push_back({name, "", found->second});
    state_->names.erase(found);
    return {};
}

Result<> MemoryDisk::sync_directory() {
    std::lock_guard lock(state_->mutex);
    if (!State::spend(state_->syncs_left)) {
        state_->settle_names();
        return fail(Error::internal("sync the folder: input/output error"));
    }
    state_->lasting_names = state_->names;
    state_->name_changes.clear();
    return {};
}

Result<uint64_t> MemoryDisk::free_bytes() {
    std::lock_guard lock(state_->mutex);
    const uint64_t used = state_->used();
    return used >= state_->capacity ? 0 : state_->capacity - used;
}

std::string MemoryDisk::path(const std::string& name) const { return "memory:" + name; }

void MemoryDisk::crash() {
    std::lock_guard lock(state_->mutex);
    ++state_->boots;
    state_->settle_names();
    for (const auto& [name, inode] : state_->lasting_names) {
        state_->settle(*inode);
        inode->now = inode->lasts;
    }
    state_->names = state_->lasting_names;
    state_->writes_left = state_->syncs_left = kNever;
}

void MemoryDisk::fail_writes(uint64_t after) {
    std::lock_guard lock(state_->mutex);
    state_->writes_left = after;
}

void MemoryDisk::fail_syncs(uint64_t after) {
    std::lock_guard lock(state_->mutex);
    state_->syncs_left = after;
}

void MemoryDisk::set_capacity(uint64_t bytes) {
    std::lock_guard lock(state_->mutex);
    state_->capacity = bytes;
}

void MemoryDisk::flip_bit(const std::string& name, uint64_t offset, unsigned bit) {
    std::lock_guard lock(state_->mutex);
    const auto found = state_->names.find(name);
    assert_always(found != state_->names.end() && offset < found->second->now.size() && bit < 8);
    Inode& inode = *found->second;
    const char mask = static_cast<char>(1u << bit);
    inode.now[offset] = static_cast<char>(inode.now[offset] ^ mask);
    if (offset < inode.lasts.size()) inode.lasts[offset] = static_cast<char>(inode.lasts[offset] ^ mask);
}

std::string MemoryDisk::contents(const std::string& name) const {
    std::lock_guard lock(state_->mutex);
    const auto found = state_->names.find(name);
    assert_always(found != state_->names.end());
    return found->second->now;
}

void MemoryDisk::put(const std::string& name, std::string bytes) {
    std::lock_guard lock(state_->mutex);
    auto inode = std::make_shared<Inode>();
    inode->now = inode->lasts = std::move(bytes);
    state_->inodes.push_back(inode);
    state_->names[name] = state_->lasting_names[name] = inode;
}

uint64_t MemoryDisk::syncs() const {
    std::lock_guard lock(state_->mutex);
    return state_->syncs;
}

}  // namespace drover::raft
