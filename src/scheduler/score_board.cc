#include "scheduler/score_board.h"

namespace drover::scheduler {
namespace {

constexpr size_t kLanes = 8;

// Near the square root of the number of slots, so that both looks cost the same.
size_t block_size(size_t slots) {
    size_t size = 64;
    while (size * size < slots) size *= 2;
    return size;
}

// Written for lanes: a plain loop would wait for each comparison.
double maximum(const double* values, size_t count) {
    double lanes[kLanes];
    std::fill(lanes, lanes + kLanes, kRefused);
    size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        for (size_t j = 0; j < kLanes; ++j) lanes[j] = values[i + j] > lanes[j] ? values[i + j] : lanes[j];
    }
    double best = *std::max_element(lanes, lanes + kLanes);
    for (; i < count; ++i) best = std::max(best, values[i]);
    return best;
}

}  // namespace

ScoreBoard::ScoreBoard(size_t slots, uint64_t seed)
    : scores_(slots, kRefused), block_(block_size(slots)), seed_(seed ^ (seed >> 32)) {
    block_scores_.resize((slots + block_ - 1) / block_, kRefused);
    block_best_.resize(block_scores_.size(), kNoSlot);
}

void ScoreBoard::refresh(size_t block) {
    const size_t begin = block * block_, count = std::min(block_, scores_.size() - begin);
    const double best = maximum(scores_.data() + begin, count);
    block_scores_[block] = best;
    Slot first = kNoSlot;
    if (best > kRefused) {
        for (size_t i = begin; i < begin + count; ++i) {
            const Slot slot = static_cast<Slot>(i);
            if (scores_[slot] == best && (first == kNoSlot || order(slot) < order(first))) first = slot;
        }
    }
    block_best_[block] = first;
}

void ScoreBoard::build() {
    for (size_t block = 0; block < block_scores_.size(); ++block) refresh(block);
}

Slot ScoreBoard::best() const {
    const double best = maximum(block_scores_.data(), block_scores_.size());
    Slot first = kNoSlot;
    if (best <= kRefused) return first;
    for (size_t block = 0; block < block_scores_.size(); ++block) {
        if (block_scores_[block] != best) continue;
        const Slot slot = block_best_[block];
        if (first == kNoSlot || order(slot) < order(first)) first = slot;
    }
    return first;
}

std::vector<Slot> ScoreBoard::top(size_t limit) {
    std::vector<Slot> slots;
    std::vector<double> taken;
    while (slots.size() < limit) {
        const Slot slot = best();
        if (slot == kNoSlot) break;
        slots.push_back(slot);
        taken.push_back(scores_[slot]);
        set(slot, kRefused);
    }
    for (size_t i = 0; i < slots.size(); ++i) set(slots[i], taken[i]);
    return slots;
}

}  // namespace drover::scheduler
