// A snapshot from an arbitrary file: it is read or refused, in bounded memory, and taken from another server exactly
// when it can be read. Where the first byte is odd the rest becomes blocks whose checksums are made right.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "raft/memory_disk.h"
#include "raft/snapshot_format.h"

namespace {

using namespace drover;
using namespace drover::raft;

std::string checked_snapshot(std::string_view bytes) {
    SnapshotInfo info;
    info.index = bytes.size();
    info.configuration = bytes.substr(0, bytes.size() / 8);
    uint32_t checksum = 0;
    std::string file = encode_snapshot_header(info, checksum);
    while (!bytes.empty()) {
        const size_t count = std::min<size_t>(static_cast<uint8_t>(bytes[0]), bytes.size());
        file += encode_snapshot_block(bytes.substr(0, count), checksum);
        bytes.remove_prefix(std::max<size_t>(count, 1));
    }
    return file + encode_snapshot_block("", checksum);
}

bool can_be_read(SnapshotReader& reader, size_t limit) {
    std::string piece(1000, '\0');
    for (size_t total = 0;;) {
        auto count = reader.read(piece);
        if (!count) return false;
        if (*count == 0) return true;
        total += *count;
        if (total > limit) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0 || size > (1 << 20)) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::string file = data[0] % 2 == 1 ? checked_snapshot(bytes) : std::string(bytes);
    SeededRng rng(1);
    MemoryDisk disk(rng);
    disk.put("snapshot", file);
    bool is_whole = false;
    if (auto store = SnapshotStore::open(disk)) {
        auto reader = (*store)->reader();
        if (!reader) std::abort();
        is_whole = can_be_read(**reader, file.size());
    }
    MemoryDisk other(rng);
    auto store = SnapshotStore::open(other);
    auto receiver = (*store)->receive();
    if (!(*receiver)->write(file)) std::abort();
    if ((*receiver)->commit().has_value() != is_whole) std::abort();
    return 0;
}
