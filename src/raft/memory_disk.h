#pragma once
// MemoryDisk: a Disk in memory for tests and simulations, with the faults of real ones. What was not synced survives a
// crash in part, torn at sectors and out of order; names that were not synced come and go; bits flip; room runs out;
// writes and syncs fail when asked to. The Rng passed in decides all that chance decides. Any thread may call it.

#include <map>
#include <memory>
#include <mutex>

#include "base/rng.h"
#include "raft/disk.h"

namespace drover::raft {

class MemoryDisk final : public Disk {
public:
    static constexpr uint64_t kSectorBytes = 512;  // written whole or not at all

    // The Rng outlives it. `capacity` is in bytes of all files, whether they have a name or only an open handle.
    explicit MemoryDisk(Rng& rng, uint64_t capacity = UINT64_MAX);
    ~MemoryDisk() override;

    Result<std::unique_ptr<File>> open(const std::string& name, Open mode) override;
    Result<std::vector<std::string>> list() override;
    Result<> rename(const std::string& from, const std::string& to) override;
    Result<> remove(const std::string& name) override;
    Result<> sync_directory() override;
    Result<uint64_t> free_bytes() override;
    std::string path(const std::string& name) const override;

    // The machine loses power and comes back. Handles opened before it answer with errors.
    void crash();
    // The next `after` writes (or syncs, of files and of the folder) succeed, and every later one fails until it is
    // called again with kNever. A failed write may have been done in part; what a failed sync should have made last is
    // lost or not, and no later sync makes up for it.
    static constexpr uint64_t kNever = UINT64_MAX;
    void fail_writes(uint64_t after);
    void fail_syncs(uint64_t after);
    void set_capacity(uint64_t bytes);

    // What lies on the platters, behind the back of whoever has the file open. The file exists, the offset is in it.
    void flip_bit(const std::string& name, uint64_t offset, unsigned bit);
    std::string contents(const std::string& name) const;
    void put(const std::string& name, std::string bytes);  // lasts at once
    uint64_t syncs() const;                                // so far, of files

private:
    struct Inode;
    struct State;
    class Handle;
    std::shared_ptr<State> state_;
};

}  // namespace drover::raft
