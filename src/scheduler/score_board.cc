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
    stale_.resize(block_scores_.size(), 0);
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
    stale_[block] = 0;
}

void ScoreBoard::build() {
    std::fill(stale_.begin(), stale_.end(), uint8_t{1});
    collect();
}

void ScoreBoard::set(Slot slot, double score) {
    if (score == scores_[slot]) return;
    const auto known = std::find(candidates_.begin(), candidates_.end(), slot);
    if (known != candidates_.end()) candidates_.erase(known);
    scores_[slot] = score;
    stale_[slot / block_] = 1;
    if (score <= kRefused || !before_floor(slot)) return;
    const auto better = [&](Slot a, Slot b) { return before(a, b); };
    candidates_.insert(std::upper_bound(candidates_.begin(), candidates_.end(), slot, better), slot);
    if (candidates_.size() <= 2 * kCandidates) return;
    candidates_.resize(kCandidates);
    floor_score_ = scores_[candidates_.back()];
    floor_order_ = order(candidates_.back());
}

void ScoreBoard::collect() {
    for (size_t block = 0; block < stale_.size(); ++block) {
        if (stale_[block]) refresh(block);
    }
    // The best slots lie in the blocks whose own best are the best.
    std::vector<size_t> blocks;
    const auto better_block = [&](size_t a, size_t b) { return before(block_best_[a], block_best_[b]); };
    for (size_t block = 0; block < block_best_.size(); ++block) {
        if (block_best_[block] != kNoSlot) insert_sorted(blocks, block, kCandidates, better_block);
    }
    candidates_.clear();
    const auto better = [&](Slot a, Slot b) { return before(a, b); };
    double least = kRefused;  // what a slot must reach to be one of them
    for (size_t block : blocks) {
        if (candidates_.size() == kCandidates && block_scores_[block] < least) break;
        const size_t begin = block * block_, end = std::min(begin + block_, scores_.size());
        for (size_t i = begin; i < end; ++i) {
            if (scores_[i] <= kRefused || scores_[i] < least) continue;
            insert_sorted(candidates_, static_cast<Slot>(i), kCandidates, better);
            if (candidates_.size() == kCandidates) least = scores_[candidates_.back()];
        }
    }
    const bool all = candidates_.size() < kCandidates;
    floor_score_ = all ? kRefused : scores_[candidates_.back()];
    floor_order_ = all ? 0 : order(candidates_.back());
}

// With a floor above nothing, there may be more than the candidates that are left.
void ScoreBoard::need(size_t count) {
    if (candidates_.size() < count && floor_score_ > kRefused) collect();
}

Slot ScoreBoard::best() {
    need(1);
    return candidates_.empty() ? kNoSlot : candidates_.front();
}

std::vector<Slot> ScoreBoard::top(size_t limit) {
    need(limit);
    const size_t count = std::min(limit, candidates_.size());
    return {candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace drover::scheduler
