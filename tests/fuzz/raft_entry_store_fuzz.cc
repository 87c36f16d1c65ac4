// A log from arbitrary files: it opens or is refused, in bounded memory; what opens can be read, added to, and opened
// again with the addition. The first byte says how the rest becomes a file: even, as it is; odd, as a row of record
// headers and data whose checksums are made right, which is as far as chance never gets.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "raft/crc32c.h"
#include "raft/entry_store.h"
#include "raft/log_record.h"
#include "raft/memory_disk.h"

namespace {

using namespace drover;
using namespace drover::raft;

constexpr uint64_t kSmallNumber = 64;  // so that records often agree with each other

std::string checked_segment(std::string_view bytes) {
    const Salt salt = Salt::from(0x1122334455667788);
    std::string file = encode_segment_header({1, salt, 1, 0});
    // A record is 12 bytes of fields and its data.
    while (bytes.size() >= 12) {
        const auto number = [&](size_t at) { return static_cast<uint8_t>(bytes[at]) % kSmallNumber; };
        RecordHeader header;
        header.index = number(0);
        header.term = number(1);
        header.batch = static_cast<uint32_t>(number(2));
        header.batch_records = static_cast<uint32_t>(number(3));
        header.position = static_cast<uint32_t>(number(4));
        header.batch_bytes = static_cast<uint32_t>(number(5) * 8);
        header.batch_offset = static_cast<uint32_t>(number(6) * 8);
        header.kind = static_cast<RecordKind>(number(7));
        header.type = static_cast<uint8_t>(number(8));
        if (number(9) == 1) header.index = UINT64_MAX - header.index;
        if (number(9) == 2) header.index = kMaxIndex - header.index;
        if (number(9) == 3) header.batch_records = UINT32_MAX;
        header.length = static_cast<uint32_t>(number(10));
        const bool is_whole = number(11) != 0;
        bytes.remove_prefix(12);
        std::string data(bytes.substr(0, std::min<size_t>(bytes.size(), header.stored_bytes())));
        bytes.remove_prefix(data.size());
        data.resize(header.stored_bytes());
        header.checksum = is_whole ? crc32c(data) : 1;
        std::string record(kRecordHeaderBytes, '\0');
        encode_record(record.data(), header, salt);
        file += record + data;
    }
    return file + std::string(bytes);
}

void put_files(MemoryDisk& disk, std::string_view bytes) {
    const uint8_t form = static_cast<uint8_t>(bytes[0]);
    bytes.remove_prefix(1);
    if (form % 2 == 1) return disk.put(segment_name(1), checked_segment(bytes));
    // Two segments, one after the other, where the form tells how long the first is.
    const size_t first = std::min<size_t>(bytes.size(), form == 0 ? bytes.size() : size_t{form} * 128);
    disk.put(segment_name(1), std::string(bytes.substr(0, first)));
    if (first < bytes.size()) disk.put(segment_name(2), std::string(bytes.substr(first)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0 || size > (1 << 20)) return 0;
    SeededRng rng(1);
    MemoryDisk disk(rng);
    put_files(disk, {reinterpret_cast<const char*>(data), size});
    const EntryStoreConfig config{.segment_bytes = 1 << 20, .reserve_bytes = 0};
    auto store = EntryStore::open(disk, rng, config);
    if (!store) return 0;
    uint64_t read = 0;
    for (uint64_t index = (*store)->first_index(); index <= (*store)->last_index() && read < 1000; ++index, ++read) {
        auto entry = (*store)->read(index);
        if (entry && entry->term != (*store)->term_of(index)) std::abort();
    }
    const uint64_t next = (*store)->last_index() + 1;
    const size_t holes = (*store)->holes().size();
    const StoredEntry added{next, 77, 1, "added"};
    auto done = (*store)->append({&added, 1});
    if (!done) {
        if (next + 1 > kMaxIndex) return 0;
        std::abort();
    }
    store = EntryStore::open(disk, rng, config);
    if (!store || (*store)->last_index() != next || (*store)->holes().size() != holes) std::abort();
    auto entry = (*store)->read(next);
    if (!entry || entry->term != 77 || *entry->data != "added") std::abort();
    return 0;
}
