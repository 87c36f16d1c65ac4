#include "raft/entry_cache.h"

#include <algorithm>

namespace drover::raft {

void EntryCache::add(Place place, std::string bytes) {
    bytes_ += bytes.capacity() + sizeof(Batch);
    batches_.push_back({place, std::move(bytes)});
    while (bytes_ > limit_) {
        bytes_ -= batches_.front().bytes.capacity() + sizeof(Batch);
        batches_.pop_front();
    }
}

std::string_view EntryCache::find(Place place) const {
    const auto after = std::upper_bound(batches_.begin(), batches_.end(), place, [](Place wanted, const Batch& batch) {
        return wanted.packed < batch.place.packed;
    });
    if (after == batches_.begin()) return {};
    const Batch& batch = *std::prev(after);
    const uint64_t offset = place.packed - batch.place.packed;
    if (offset >= batch.bytes.size()) return {};
    return std::string_view(batch.bytes).substr(offset);
}

void EntryCache::clear() {
    batches_.clear();
    bytes_ = 0;
}

}  // namespace drover::raft
