#pragma once
// The scores of all slots, and the best of them. The best few are kept in order as candidates, with the place behind
// which all others stood: changing one score costs a look at the candidates, and only when they run out the best of
// each block of slots are looked at again. Equal scores are ordered by a hash of the slot and a seed. One owner; no
// threads.

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

    // Changes a score without looking at the others: build() must follow before the best is asked for.
    void put(Slot slot, double score) { scores_[slot] = score; }
    void build();
    void set(Slot slot, double score);

    // The best slot, or kNoSlot if all are refused.
    Slot best();
    // The best slots in falling order; `limit` (kCandidates at most) of them.
    std::vector<Slot> top(size_t limit);

private:
    static constexpr size_t kCandidates = 12;

    uint32_t order(Slot slot) const { return (slot ^ static_cast<uint32_t>(seed_)) * 2654435761U; }
    bool before(Slot a, Slot b) const {
        return scores_[a] != scores_[b] ? scores_[a] > scores_[b] : order(a) < order(b);
    }
    bool before_floor(Slot slot) const {
        return scores_[slot] != floor_score_ ? scores_[slot] > floor_score_ : order(slot) <= floor_order_;
    }
    void refresh(size_t block);
    void collect();
    void need(size_t count);

    std::vector<double> scores_;
    std::vector<double> block_scores_;
    std::vector<Slot> block_best_;
    std::vector<uint8_t> stale_;  // blocks whose best is not known
    size_t block_ = 1;
    uint64_t seed_ = 0;

    std::vector<Slot> candidates_;
    // Every slot before this is a candidate.
    double floor_score_ = kRefused;
    uint32_t floor_order_ = 0;
};

}  // namespace drover::scheduler
