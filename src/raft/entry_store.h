#pragma once
// EntryStore: the log's entries on disk, in segments (docs/formats/log.md). One thread at a time may call it; it blocks
// on the disk. What append() acknowledged survives any crash, and damage is never taken for an end: a torn tail
// (written but never acknowledged) is dropped, a damaged record is reported as a hole and waits for fill().
//
// Errors: bad_request (a caller's mistake: indexes that do not follow, an entry over the limit; nothing happened),
// too_large (the disk is full: nothing of that call counts, earlier entries are safe, a later call may succeed),
// internal (the disk failed: the store refuses everything from then on; what it was writing may or may not be there
// when it is opened again).

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/rng.h"
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
    // Appends are refused as full when less would stay free, so that recovery has room.
    uint64_t reserve_bytes = 1 << 20;
    uint64_t cache_bytes = 16 << 20;  // of the newest batches, kept in memory for read()
};

class EntryStore {
public:
    // Reads all segments of the disk and checks every record. An empty disk gives an empty log that begins at 1, and is
    // left empty until the first append. Disk and Rng outlive the store. An error, and nothing changed, where a segment
    // is missing between others, is of a newer version, or is damaged so that nobody can tell how much is lost.
    static Result<std::unique_ptr<EntryStore>> open(Disk& disk, Rng& rng, EntryStoreConfig config);
    virtual ~EntryStore() = default;

    // No entry: last_index() == first_index() - 1. After open() the first may be an earlier one than drop_before() was
    // told, never a later one: whoever has a snapshot compares (a first index past the snapshot's next is a loss of
    // whole segments), and drops again.
    virtual uint64_t first_index() const = 0;
    virtual uint64_t last_index() const = 0;
    // In order; empty on a healthy disk. Those that open() found, and those that read() has met since.
    virtual const std::vector<Hole>& holes() const = 0;
    // What open() put right without losing anything acknowledged, in sentences for the operator: torn tails, damaged
    // second copies, files without use.
    virtual const std::vector<std::string>& repairs() const = 0;
    virtual uint64_t syncs() const = 0;  // since open()
    // The term of an entry in the log; 0 when it is not there or in a hole. Kept in memory.
    virtual uint64_t term_of(uint64_t index) const = 0;

    // Adds entries, whose indexes are consecutive, and replaces those from the first one's index on: after a crash,
    // either all of that happened or nothing. One write, one sync, whatever their number; a few more where a segment
    // begins or entries are replaced. The first index is at least first_index() and at most last_index() + 1. Together
    // they are less than 1 GiB.
    virtual Result<> append(std::span<const StoredEntry> entries) = 0;
    // One entry with its bytes. ErrorCode::not_found outside the log or in a hole. An entry that cannot be read any
    // more is a hole from then on.
    virtual Result<LoadedEntry> read(uint64_t index) = 0;
    // Up to `max_bytes` of data (at least one entry) from `first` to `last`, in order, ending before any hole. The
    // error is that of reading the first one.
    virtual Result<std::vector<LoadedEntry>> read_range(uint64_t first, uint64_t last, uint64_t max_bytes) = 0;

    // Puts back entries that lie in holes, in order of their indexes. Whoever calls it has made sure that they are the
    // same. All or nothing, as append().
    virtual Result<> fill(std::span<const StoredEntry> entries) = 0;

    // Gives up entries before `first` (kept: first..last), which is at most last_index() + 1. Whole segments are
    // removed; the rest goes later.
    virtual Result<> drop_before(uint64_t first) = 0;
    // Gives up everything: the next entry is `next`. After a snapshot was installed. A crash leaves all or nothing.
    virtual Result<> reset(uint64_t next) = 0;
    // Marks the end as acknowledged, so that damage there can be told from a torn write. At an orderly stop; does
    // nothing where the mark is there already.
    virtual Result<> close() = 0;
};

}  // namespace drover::raft
