#pragma once
// How records lie in a segment of the log (docs/formats/log.md): encoding and decoding of bytes, nothing of files.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "raft/entry_store.h"

namespace drover::raft {

inline constexpr uint64_t kRecordHeaderBytes = 56;
inline constexpr uint64_t kSegmentHeaderBytes = 4096;  // both copies of the header; records begin after it
inline constexpr uint64_t kMaxIndex = uint64_t{1} << 62;
inline constexpr uint64_t kMaxBatchBytes = uint64_t{1} << 30;
inline constexpr uint64_t kMaxBatchEntries = uint64_t{1} << 20;

enum class RecordKind : uint8_t {
    entry = 1,
    refill = 2,  // an entry that was lost, put back
    mark = 3,    // nothing but the promise that everything before was acknowledged
    seal = 4,    // ends a batch
};

struct RecordHeader {
    uint64_t index = 0;  // of the entry; of the log's last entry in a mark or seal
    uint64_t term = 0;
    uint32_t length = 0;  // of the data
    uint32_t checksum = 0;
    uint32_t batch = 0;          // counts in its segment from 1
    uint32_t batch_records = 0;  // without the seal
    uint32_t position = 0;       // in its batch
    uint32_t batch_bytes = 0;    // of all records and the seal
    uint32_t batch_offset = 0;   // of this record in the batch
    RecordKind kind = RecordKind::entry;
    uint8_t type = 0;

    uint64_t stored_bytes() const {
        return (uint64_t{length} + 7) & ~uint64_t{7};
    }  // of the data as it lies in the file
    uint64_t record_bytes() const { return kRecordHeaderBytes + stored_bytes(); }
    // The last index that the batch brings, as far as this record tells; 0 when it does not.
    uint64_t last_of_batch() const;
};

// The random number that makes a segment's bytes its own: no byte of it is zero. Data is stored under it, so that no
// sector that was written reads as zeros, and no data can be taken for a record.
struct Salt {
    uint64_t value = 0;
    static Salt from(uint64_t random);
};

// `bytes` holds kRecordHeaderBytes. Nothing unless the header is whole, of this segment, and makes sense.
std::optional<RecordHeader> decode_record(std::string_view bytes, Salt salt);
// Writes kRecordHeaderBytes.
void encode_record(char* at, const RecordHeader& header, Salt salt);
// Whether a header could begin here: cheap, for searching.
inline bool may_be_record(uint32_t second_word, Salt salt) { return second_word == static_cast<uint32_t>(salt.value); }

// A batch in one string. `kind` is entry or refill; `last_index` is the log's when the batch is written.
std::string encode_batch(std::span<const StoredEntry> entries, RecordKind kind, uint64_t last_index, uint32_t batch,
                         Salt salt);
// A batch of a mark alone.
std::string encode_mark(uint64_t last_index, uint32_t batch, Salt salt);
// What encode_batch() will need.
uint64_t batch_bytes(std::span<const StoredEntry> entries);

// Whether data, as it lies in the file, is what the header was written for.
bool data_is_whole(const RecordHeader& header, std::string_view stored);
// Data as it lies in the file, back into what it was. `length` bytes of `stored`.
std::string reveal(std::string_view stored, uint32_t length, Salt salt);

struct SegmentHeader {
    uint32_t sequence = 0;
    Salt salt;
    uint64_t first_index = 0;  // of its first batch; entries from it on in older segments do not count
    uint32_t previous = 0;     // sequence of the segment before it in the log; 0: none, the log begins here
    bool operator==(const SegmentHeader& other) const {
        return sequence == other.sequence && salt.value == other.salt.value && first_index == other.first_index &&
               previous == other.previous;
    }
};

inline constexpr uint32_t kMaxSequence = (1u << 24) - 1;
inline constexpr uint32_t kSegmentVersion = 1;

std::string encode_segment_header(const SegmentHeader& header);  // kSegmentHeaderBytes, both copies

struct DecodedSegmentHeader {
    SegmentHeader header;
    bool both_copies = true;
};
// The error's message is without the file's name. A newer version is ErrorCode::not_implemented.
Result<DecodedSegmentHeader> decode_segment_header(std::string_view bytes);

// "log-0000000007.seg", and back.
std::string segment_name(uint32_t sequence);
std::optional<uint32_t> segment_sequence(std::string_view name);

}  // namespace drover::raft
