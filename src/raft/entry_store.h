#pragma once
// EntryStore: the log's entries on disk, in segments (docs/formats/log.md). One thread at a time may call it; it blocks
// on the disk. What append() acknowledged survives any crash, and damage is never taken for an end: a torn tail
// (written but never acknowledged) is dropped, a damaged record is reported as a hole and waits for fill().
//
// Errors: too_large (the disk is full: nothing of that append counts, earlier entries are safe, a later append may
// succeed), internal (the disk failed: the store refuses everything from then on).

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "raft/disk.h"

namespace drover::raft {

struct StoredEntry {
    uint64_t index = 0;
    uint64_t term = 0;
    uint8_t type = 0;  // the engine's own
    std::string_view data;
};

// An entry read back, with its bytes.
struct LoadedEntry {
    uint64_t index = 0;
    uint64_t term = 0;
    uint8_t type = 0;
    std::shared_ptr<const std::string> data;
};

// Consecutive entries that were acknowledged and cannot be read any more.
struct Hole {
    uint64_t first = 0, last = 0;
    std::string where;  // file and offset, for people
};

struct EntryStoreConfig {
    uint64_t segment_bytes = 64 << 20;  // a new segment begins past this size
    uint64_t max_entry_bytes = 64 << 20;
    uint64_t reserve_bytes =
        1 << 20;  // appends are refused as full when less would stay free, so that recovery has room
};

class EntryStore {
public:
    // Reads all segments of the disk and checks every record. An empty disk gives an empty log that begins at 1.
    static Result<std::unique_ptr<EntryStore>> open(Disk& disk, EntryStoreConfig config);
    virtual ~EntryStore() = default;

    // No entry: last_index() == first_index() - 1. Any thread that also may call the rest.
    virtual uint64_t first_index() const = 0;
    virtual uint64_t last_index() const = 0;
    virtual const std::vector<Hole>& holes() const = 0;  // in order; empty on a healthy disk
    virtual uint64_t bytes() const = 0;                  // of all segments in use
    virtual uint64_t syncs() const = 0;                  // since open()
    // The term of an entry in the log; 0 when it is not there or in a hole. Kept in memory.
    virtual uint64_t term_of(uint64_t index) const = 0;

    // Adds entries, whose indexes are consecutive, and replaces those from the first one's index on. One write, one
    // sync, whatever their number. The first index is at most last_index() + 1.
    virtual Result<> append(std::span<const StoredEntry> entries) = 0;
    // One entry with its bytes. ErrorCode::not_found outside the log or in a hole.
    virtual Result<LoadedEntry> read(uint64_t index) = 0;
    // Up to `max_bytes` of data (at least one entry) from `first` on, in order, ending before any hole.
    virtual Result<std::vector<LoadedEntry>> read_range(uint64_t first, uint64_t last, uint64_t max_bytes) = 0;

    // Puts back entries that lie in holes. Whoever calls it has made sure that they are the same.
    virtual Result<> fill(std::span<const StoredEntry> entries) = 0;

    // Gives up entries before `first` (kept: first..last). Whole segments are removed; the rest goes later.
    virtual Result<> drop_before(uint64_t first) = 0;
    // Gives up everything: the next entry is `next`. After a snapshot was installed.
    virtual Result<> reset(uint64_t next) = 0;
    // Marks the end as acknowledged, so that damage there can be told from a torn write. At an orderly stop.
    virtual Result<> close() = 0;
};

}  // namespace drover::raft
