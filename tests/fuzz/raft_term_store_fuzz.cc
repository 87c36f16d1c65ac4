// The two files of term and vote from arbitrary bytes: they are read or refused; what was read is kept from then on,
// and a save is found again. Where the first byte has bit 0, the first file's checksum is made right, with bit 1 the
// second's.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "raft/bytes.h"
#include "raft/crc32c.h"
#include "raft/memory_disk.h"
#include "raft/term_store.h"

namespace {

using namespace drover;
using namespace drover::raft;

constexpr size_t kFileBytes = 4096;
constexpr std::string_view kMagic = "DRVTERM\n";

// As a file of the right size with the right beginning and checksum.
std::string sealed(std::string_view bytes) {
    std::string file(bytes);
    file.resize(kFileBytes);
    file.replace(0, kMagic.size(), kMagic);
    raft::put(file.data() + 12, uint32_t{0});
    raft::put(file.data() + 12, crc32c(file));
    return file;
}

bool same(const TermRecord& a, const TermRecord& b) {
    return a.term == b.term && a.voted_for == b.voted_for && a.cluster_id == b.cluster_id;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 3 || size > 2 * kFileBytes + 3) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 3, size - 3);
    uint16_t cut = 0;
    std::memcpy(&cut, data + 1, sizeof cut);
    const std::string_view first = bytes.substr(0, cut), second = bytes.substr(first.size());
    SeededRng rng(1);
    MemoryDisk disk(rng);
    disk.put("term-1", (data[0] & 1) ? sealed(first) : std::string(first));
    disk.put("term-2", (data[0] & 2) ? sealed(second) : std::string(second));
    auto store = TermStore::open(disk);
    if (!store) return 0;
    TermRecord record = (*store)->record();
    if (record.cluster_id.size() > TermStore::kMaxClusterIdBytes) std::abort();
    store->reset();
    auto again = TermStore::open(disk);
    if (!again || !same((*again)->record(), record) || !(*again)->repairs().empty()) std::abort();
    if (record.term == UINT64_MAX) return 0;
    ++record.term;
    if (!(*again)->save(record)) std::abort();
    again->reset();
    auto saved = TermStore::open(disk);
    if (!saved || !same((*saved)->record(), record)) std::abort();
    return 0;
}
