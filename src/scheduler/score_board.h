#pragma once
// The scores of all slots and their maximum. Changing one score costs a look at its block; the maximum a look at the
// best of each block. Equal scores are ordered by a hash of the slot and a seed. One owner; no threads.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "scheduler/fleet.h"
#include "scheduler/ranking.h"

namespace drover::scheduler {

class ScoreBoard {
public:
    ScoreBoard() = default;
    // All refused.
    ScoreBoard(size_t slots, uint64_t seed);

    double score(Slot slot) const { return scores_[slot]; }
    void build();  // finds all maxima again

    void set(Slot slot, double score) {
        scores_[slot] = score;
        refresh(slot / block_);
    }
    // Sets it without finding the maximum again: build or refresh_around must follow.
    void put(Slot slot, double score) { scores_[slot] = score; }
    void refresh_around(Slot slot) { refresh(slot / block_); }

    // The best slot, or kNoSlot if all are refused.
    Slot best() const;
    // The best slots in falling order; `limit` at most.
    std::vector<Slot> top(size_t limit) const;

private:
    uint32_t order(Slot slot) const { return (slot ^ static_cast<uint32_t>(seed_)) * 2654435761U; }
    bool before(Slot a, Slot b) const {
        return scores_[a] != scores_[b] ? scores_[a] > scores_[b] : order(a) < order(b);
    }
    void refresh(size_t block);

    std::vector<double> scores_;
    std::vector<double> block_scores_;
    std::vector<Slot> block_best_;
    size_t block_ = 1;
    uint64_t seed_ = 0;
};

}  // namespace drover::scheduler
