#include "sim_disk.h"

namespace drover::sim {

void SimDisk::trouble(bool in_use) {
    const uint64_t kind = world_.chance.below(4);
    if (kind == 0) {
        world_.trace.note("%s: its disk is full", who_.c_str());
        disk_.set_capacity(0);
        full_ = true;
    } else if (kind == 1 && in_use) {
        world_.trace.note("%s: its disk will fail", who_.c_str());
        disk_.fail_syncs(world_.chance.below(20));
    } else {
        const Duration most = kind == 2 ? milliseconds(static_cast<int64_t>(world_.chance.below(300))) : Duration{};
        world_.trace.note("disks take up to %lld ms", static_cast<long long>(most.milliseconds()));
        world_.loop.set_slowness(most);
    }
}

void SimDisk::make_room() {
    if (!full_) return;
    world_.trace.note("%s: there is room on its disk", who_.c_str());
    disk_.set_capacity(UINT64_MAX);
    full_ = false;
}

// The first entries of the first segment name the servers; without them there is nobody to ask.
constexpr uint64_t kBegins = 4096 + 1024;

bool SimDisk::damage() {
    std::string segment;
    const auto names = disk_.list();
    for (const std::string& one : *names) {
        if (one.ends_with(".seg")) segment = one;
    }
    if (segment.empty()) return false;
    const std::string bytes = disk_.contents(segment);
    size_t used = bytes.size();
    while (used > 0 && bytes[used - 1] == 0) --used;
    if (used < kBegins + 400) return false;
    const uint64_t first = std::max<uint64_t>(kBegins, used / 4), offset = first + world_.chance.below(used - first);
    world_.trace.note("%s: a bit of %s flips at %llu of %zu", who_.c_str(), segment.c_str(),
                      static_cast<unsigned long long>(offset), used);
    disk_.flip_bit(segment, offset, static_cast<unsigned>(world_.chance.below(8)));
    damaged = true;
    return true;
}

}  // namespace drover::sim
