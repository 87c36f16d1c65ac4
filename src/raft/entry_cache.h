#pragma once
// EntryCache: the newest batches as they were written, so that what is replicated at once need not be read back. One
// allocation for each batch. Belongs to the entry store and its thread.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "raft/entry_table.h"

namespace drover::raft {

class EntryCache {
public:
    explicit EntryCache(uint64_t limit_bytes) : limit_(limit_bytes) {}

    // Batches come in the order of their places. The oldest give way.
    void add(Place place, std::string bytes);
    // The bytes from that place to the end of its batch; empty when they are not here.
    std::string_view find(Place place) const;
    void clear();

private:
    struct Batch {
        Place place;
        std::string bytes;
    };

    const uint64_t limit_;
    uint64_t bytes_ = 0;
    std::deque<Batch> batches_;
};

}  // namespace drover::raft
