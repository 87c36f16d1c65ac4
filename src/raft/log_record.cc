#include "raft/log_record.h"

#include <array>
#include <cstdio>

#include "base/strings.h"
#include "raft/bytes.h"
#include "raft/crc32c.h"

namespace drover::raft {
namespace {

constexpr std::string_view kMagic = "DRVRLOG\n";
constexpr uint64_t kSecondCopy = 2048;  // in another sector, and on another half of the page
constexpr uint64_t kHeaderCopyBytes = 64;

// XORs eight bytes at a time; `to` has room for whole words.
void whiten(const char* from, char* to, uint64_t words, Salt salt) {
    for (uint64_t i = 0; i < words; ++i) put(to + 8 * i, get<uint64_t>(from + 8 * i) ^ salt.value);
}

uint32_t header_checksum(const char* at, Salt salt) {
    char word[8];
    put(word, salt.value);
    return crc32c({at + 4, kRecordHeaderBytes - 4}, crc32c({word, sizeof word}));
}

bool makes_sense(const RecordHeader& h) {
    if (h.index > kMaxIndex || h.batch == 0 || h.batch_records == 0 || h.batch_records > kMaxBatchEntries) return false;
    if (h.batch_bytes > kMaxBatchBytes || h.batch_offset + h.record_bytes() > h.batch_bytes) return false;
    switch (h.kind) {
        case RecordKind::entry:
        case RecordKind::refill: return h.index > 0 && h.position < h.batch_records;
        case RecordKind::mark: return h.position == 0 && h.batch_records == 1 && h.length == 0;
        case RecordKind::seal: return h.position == h.batch_records && h.length == 0;
    }
    return false;
}

}  // namespace

uint64_t RecordHeader::last_of_batch() const {
    switch (kind) {
        case RecordKind::entry: return index + (batch_records - 1 - position);
        case RecordKind::refill: return 0;
        case RecordKind::mark:
        case RecordKind::seal: return index;
    }
    return 0;
}

Salt Salt::from(uint64_t random) {
    Salt salt{random};
    for (int shift = 0; shift < 64; shift += 8) {
        if (((random >> shift) & 255) == 0) salt.value |= uint64_t{0xa5} << shift;
    }
    return salt;
}

void encode_record(char* at, const RecordHeader& header, Salt salt) {
    put(at + 4, static_cast<uint32_t>(salt.value));
    put(at + 8, header.index);
    put(at + 16, header.term);
    put(at + 24, header.length);
    put(at + 28, header.checksum);
    put(at + 32, header.batch);
    put(at + 36, header.batch_records);
    put(at + 40, header.position);
    put(at + 44, header.batch_bytes);
    put(at + 48, header.batch_offset);
    put(at + 52, static_cast<uint8_t>(header.kind));
    put(at + 53, header.type);
    put(at + 54, uint16_t{0});
    put(at, header_checksum(at, salt));
}

std::optional<RecordHeader> decode_record(std::string_view bytes, Salt salt) {
    const char* at = bytes.data();
    if (bytes.size() < kRecordHeaderBytes || !may_be_record(get<uint32_t>(at + 4), salt)) return std::nullopt;
    if (get<uint32_t>(at) != header_checksum(at, salt)) return std::nullopt;
    RecordHeader header;
    header.index = get<uint64_t>(at + 8);
    header.term = get<uint64_t>(at + 16);
    header.length = get<uint32_t>(at + 24);
    header.checksum = get<uint32_t>(at + 28);
    header.batch = get<uint32_t>(at + 32);
    header.batch_records = get<uint32_t>(at + 36);
    header.position = get<uint32_t>(at + 40);
    header.batch_bytes = get<uint32_t>(at + 44);
    header.batch_offset = get<uint32_t>(at + 48);
    header.kind = static_cast<RecordKind>(get<uint8_t>(at + 52));
    header.type = get<uint8_t>(at + 53);
    if (!makes_sense(header)) return std::nullopt;
    return header;
}

uint64_t batch_bytes(std::span<const StoredEntry> entries) {
    uint64_t bytes = kRecordHeaderBytes;
    for (const StoredEntry& entry : entries) bytes += kRecordHeaderBytes + ((entry.data.size() + 7) & ~uint64_t{7});
    return bytes;
}

std::string encode_batch(std::span<const StoredEntry> entries, RecordKind kind, uint64_t last_index, uint32_t batch,
                         Salt salt) {
    std::string bytes(batch_bytes(entries), '\0');
    RecordHeader header;
    header.batch = batch;
    header.batch_records = static_cast<uint32_t>(entries.size());
    header.batch_bytes = static_cast<uint32_t>(bytes.size());
    header.kind = kind;
    for (const StoredEntry& entry : entries) {
        char* at = bytes.data() + header.batch_offset;
        char* data = at + kRecordHeaderBytes;
        header.index = entry.index;
        header.term = entry.term;
        header.type = entry.type;
        header.length = static_cast<uint32_t>(entry.data.size());
        const uint64_t words = entry.data.size() / 8, rest = entry.data.size() % 8;
        whiten(entry.data.data(), data, words, salt);
        if (rest != 0) {
            char last[8] = {};
            std::memcpy(last, entry.data.data() + 8 * words, rest);
            whiten(last, data + 8 * words, 1, salt);
        }
        header.checksum = crc32c({data, header.stored_bytes()});
        encode_record(at, header, salt);
        header.batch_offset += static_cast<uint32_t>(header.record_bytes());
        ++header.position;
    }
    header.kind = RecordKind::seal;
    header.index = last_index;
    header.length = header.checksum = header.type = 0;
    encode_record(bytes.data() + header.batch_offset, header, salt);
    return bytes;
}

std::string encode_mark(uint64_t last_index, uint32_t batch, Salt salt) {
    std::string bytes(2 * kRecordHeaderBytes, '\0');
    RecordHeader header;
    header.index = last_index;
    header.batch = batch;
    header.batch_records = 1;
    header.batch_bytes = static_cast<uint32_t>(bytes.size());
    header.kind = RecordKind::mark;
    encode_record(bytes.data(), header, salt);
    header.kind = RecordKind::seal;
    header.position = 1;
    header.batch_offset = kRecordHeaderBytes;
    encode_record(bytes.data() + kRecordHeaderBytes, header, salt);
    return bytes;
}

bool data_is_whole(const RecordHeader& header, std::string_view stored) {
    return stored.size() == header.stored_bytes() && crc32c(stored) == header.checksum;
}

std::string reveal(std::string_view stored, uint32_t length, Salt salt) {
    std::string data(stored.size(), '\0');
    whiten(stored.data(), data.data(), stored.size() / 8, salt);
    data.resize(length);
    return data;
}

std::string encode_segment_header(const SegmentHeader& header) {
    std::string bytes(kSegmentHeaderBytes, '\0');
    char* at = bytes.data();
    std::memcpy(at, kMagic.data(), kMagic.size());
    put(at + 8, kSegmentVersion);
    put(at + 12, header.sequence);
    put(at + 16, header.salt.value);
    put(at + 24, header.first_index);
    put(at + 32, header.previous);
    put(at + 60, crc32c({at, 60}));
    std::memcpy(at + kSecondCopy, at, kHeaderCopyBytes);
    return bytes;
}

Result<DecodedSegmentHeader> decode_segment_header(std::string_view bytes) {
    std::array<std::optional<SegmentHeader>, 2> copies;
    for (size_t i = 0; i < 2; ++i) {
        const uint64_t offset = i * kSecondCopy;
        if (bytes.size() < offset + kHeaderCopyBytes) continue;
        const char* at = bytes.data() + offset;
        if (std::string_view(at, kMagic.size()) != kMagic || get<uint32_t>(at + 60) != crc32c({at, 60})) continue;
        const uint32_t version = get<uint32_t>(at + 8);
        if (version != kSegmentVersion) {
            return fail(Error::not_implemented("version " + std::to_string(version) +
                                               " of the log's format is not known to this version of the program"));
        }
        copies[i] = SegmentHeader{get<uint32_t>(at + 12), Salt{get<uint64_t>(at + 16)}, get<uint64_t>(at + 24),
                                  get<uint32_t>(at + 32)};
    }
    if (!copies[0] && !copies[1]) return fail(Error::internal("both copies of the segment's header are damaged"));
    const SegmentHeader& header = copies[0] ? *copies[0] : *copies[1];
    const bool sane = header.sequence != 0 && header.sequence <= kMaxSequence && header.previous < header.sequence &&
                      header.first_index != 0 && header.first_index <= kMaxIndex &&
                      (!copies[0] || !copies[1] || *copies[0] == *copies[1]);
    if (!sane) return fail(Error::internal("the segment's header contradicts itself"));
    return DecodedSegmentHeader{header, copies[0].has_value() && copies[1].has_value()};
}

std::string segment_name(uint32_t sequence) {
    char name[32];
    std::snprintf(name, sizeof name, "log-%010u.seg", sequence);
    return name;
}

std::optional<uint32_t> segment_sequence(std::string_view name) {
    if (!has_prefix(name, "log-") || !has_suffix(name, ".seg")) return std::nullopt;
    const auto number = parse_uint(name.substr(4, name.size() - 8));
    if (!number || *number == 0 || *number > kMaxSequence) return std::nullopt;
    if (segment_name(static_cast<uint32_t>(*number)) != name) return std::nullopt;
    return static_cast<uint32_t>(*number);
}

}  // namespace drover::raft
