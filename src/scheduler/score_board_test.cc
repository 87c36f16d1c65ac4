#include "scheduler/score_board.h"

#include <gtest/gtest.h>

#include <set>

#include "base/rng.h"

namespace drover::scheduler {
namespace {

// Coarse scores, so that many are equal.
double any_score(SeededRng& rng) { return rng.below(5) == 0 ? kRefused : static_cast<double>(rng.below(40)) / 40; }

// All that are open, best first, by looking at each.
std::vector<double> sorted(const std::vector<double>& scores) {
    std::vector<double> open;
    for (double score : scores) {
        if (score > kRefused) open.push_back(score);
    }
    std::sort(open.begin(), open.end(), std::greater<>());
    return open;
}

TEST(ScoreBoard, the_best_are_the_best_however_scores_change) {
    SeededRng rng(7);
    for (size_t slots : {1u, 5u, 70u, 1000u}) {
        ScoreBoard board(slots, slots);
        std::vector<double> scores(slots, kRefused);
        for (size_t round = 0; round < 3000; ++round) {
            if (round % 500 == 0) {
                for (size_t i = 0; i < slots; ++i) board.put(static_cast<Slot>(i), scores[i] = any_score(rng));
                board.build();
            }
            const auto slot = static_cast<Slot>(rng.below(slots));
            board.set(slot, scores[slot] = any_score(rng));
            if (rng.below(3) == 0 && board.best() != kNoSlot) {
                const Slot best = board.best();
                board.set(best, scores[best] = any_score(rng));
            }
            const std::vector<double> wanted = sorted(scores);
            const std::vector<Slot> top = board.top(5);
            ASSERT_EQ(top.size(), std::min<size_t>(5, wanted.size()));
            for (size_t i = 0; i < top.size(); ++i) ASSERT_EQ(scores[top[i]], wanted[i]);
            ASSERT_EQ(std::set<Slot>(top.begin(), top.end()).size(), top.size());
            ASSERT_EQ(board.best(), top.empty() ? kNoSlot : top.front());
        }
    }
}

TEST(ScoreBoard, equal_scores_are_ordered_by_the_seed) {
    std::set<Slot> firsts;
    for (uint64_t seed = 0; seed < 50; ++seed) {
        ScoreBoard board(100, seed * 0x9e3779b97f4a7c15);
        for (Slot slot = 0; slot < 100; ++slot) board.put(slot, 0.5);
        board.build();
        firsts.insert(board.best());
    }
    EXPECT_GT(firsts.size(), 10u);
}

}  // namespace
}  // namespace drover::scheduler
