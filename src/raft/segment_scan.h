#pragma once
// Reads a segment of the log and tells what is left in it. Here it is decided whether what cannot be read was never
// acknowledged (a torn tail) or is lost (docs/decisions/0012-torn-or-rotten.md). In memory that the number of records
// bounds, not their size.

#include <string>
#include <vector>

#include "raft/log_record.h"

namespace drover::raft {

struct ScannedRecord {
    RecordHeader header;
    uint64_t offset = 0;
    bool intact = false;  // its data, too
};

struct SegmentScan {
    std::vector<ScannedRecord> records;  // whose headers can be read; by place
    uint64_t end = kSegmentHeaderBytes;  // where the next batch goes
    uint32_t last_batch = 0;
    uint64_t torn_bytes = 0;     // from `end` on: a batch that was being written, not counted above
    bool is_clean_after = true;  // nothing but zeros from `end` on
};

// `is_newest`: of the log's segments; only there a tail may be torn. Errors: the disk's; internal where the records
// contradict each other, or where it cannot be told how much is lost.
Result<SegmentScan> scan_segment(File& file, Salt salt, bool is_newest);

}  // namespace drover::raft
