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

// Keeps the `limit` best of what it is given, in order.
template <class T, class Better>
void insert_sorted(std::vector<T>& best, T value, size_t limit, const Better& better) {
    if (best.size() == limit) {
        if (!better(value, best.back())) return;
        best.pop_back();
    }
    best.insert(std::upper_bound(best.begin(), best.end(), value, better), value);
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

std::vector<Slot> ScoreBoard::top(size_t limit) const {
    // The best slots lie in the blocks whose own best are the best.
    std::vector<size_t> blocks;
    const auto better_block = [&](size_t a, size_t b) { return before(block_best_[a], block_best_[b]); };
    for (size_t block = 0; block < block_best_.size(); ++block) {
        if (block_best_[block] != kNoSlot) insert_sorted(blocks, block, limit, better_block);
    }
    std::vector<Slot> slots;
    const auto better = [&](Slot a, Slot b) { return before(a, b); };
    for (size_t block : blocks) {
        const size_t begin = block * block_, end = std::min(begin + block_, scores_.size());
        for (size_t i = begin; i < end; ++i) {
            if (scores_[i] <= kRefused) continue;
            if (slots.size() == limit && scores_[i] < scores_[slots.back()]) continue;
            insert_sorted(slots, static_cast<Slot>(i), limit, better);
        }
    }
    return slots;
}

}  // namespace drover::scheduler
