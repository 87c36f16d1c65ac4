#pragma once
// What open() of the entry store does: finds the segments that make up the log, reads them in order, and clears away
// what a crash left. Blocks on the disk.

#include <memory>
#include <string>
#include <vector>

#include "raft/disk.h"
#include "raft/entry_table.h"
#include "raft/log_record.h"

namespace drover::raft {

// A segment in use, its file open.
struct Segment {
    uint32_t sequence = 0;
    Salt salt;
    uint64_t first_index = 0;
    uint64_t lowest_refill = UINT64_MAX;  // of the entries put back here; they belong before first_index
    uint64_t file_bytes = 0;
    std::unique_ptr<File> file;
};

struct RecoveredLog {
    std::vector<Segment> segments;  // oldest first; batches go to the last
    EntryTable table;
    uint64_t end = 0;         // of the last segment's batches
    uint32_t last_batch = 0;  // in the last segment
    bool is_marked = false;   // the last batch is a mark
    std::vector<std::string> repairs;
};

// Unfinished segments are created under this name.
inline constexpr const char* kUnfinishedSegment = "log.new";

Result<RecoveredLog> recover_log(Disk& disk);

// How many entries may be lost in one place: more than fit into a segment of the greatest size with the smallest data.
inline constexpr uint64_t kMaxLostEntries = uint64_t{4} << 20;

}  // namespace drover::raft
