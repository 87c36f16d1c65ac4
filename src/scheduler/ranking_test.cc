#include "scheduler/ranking.h"

#include <cmath>

#include <gtest/gtest.h>

#include "scheduler/score_board.h"

namespace drover::scheduler {
namespace {

TEST(Ranking, the_polynomial_is_as_good_as_the_power) {
    for (int i = 0; i <= 100; ++i) {
        for (int j = 0; j <= 100; j += 7) {
            const double fc = i / 100.0, fm = j / 100.0;
            const double exact = (20 - (std::pow(10, fc) + std::pow(10, fm))) / 18;
            EXPECT_NEAR(packing_score(Packing::binpack, fc, fm), std::clamp(exact, 0.0, 1.0), 1e-12);
            EXPECT_NEAR(packing_score(Packing::spread, fc, fm), std::clamp(1 - exact, 0.0, 1.0), 1e-12);
        }
    }
}

TEST(Ranking, the_mean_is_over_what_counts) {
    Score score;
    score.binpack = 0.8;
    EXPECT_DOUBLE_EQ(score.mean(), 0.8);
    score.job_anti_affinity = -0.5;
    EXPECT_DOUBLE_EQ(score.mean(), 0.15);
    score.has_affinity = true;
    EXPECT_DOUBLE_EQ(score.mean(), 0.1);
}

TEST(ScoreBoard, always_knows_the_best) {
    ScoreBoard board(1000, 7);
    std::vector<double> mirror(1000, kRefused);
    uint64_t state = 1;
    for (int step = 0; step < 5000; ++step) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        const auto slot = static_cast<Slot>((state >> 33) % 1000);
        const double score = (state >> 40) % 5 == 0 ? kRefused : static_cast<double>((state >> 20) % 997);
        mirror[slot] = score;
        board.set(slot, score);
        const double best = *std::max_element(mirror.begin(), mirror.end());
        const Slot found = board.best();
        if (best <= kRefused) {
            EXPECT_EQ(found, kNoSlot);
        } else {
            EXPECT_EQ(mirror[found], best);
        }
    }
    std::vector<double> sorted = mirror;
    std::sort(sorted.rbegin(), sorted.rend());
    const auto top = board.top(5);
    ASSERT_EQ(top.size(), 5U);
    for (size_t i = 0; i < top.size(); ++i) EXPECT_EQ(mirror[top[i]], sorted[i]);
    EXPECT_EQ(board.score(top[0]), sorted[0]);
}

TEST(ScoreBoard, equal_scores_are_ordered_by_the_seed) {
    std::vector<Slot> first;
    for (uint64_t seed = 0; seed < 8; ++seed) {
        ScoreBoard board(100, seed);
        for (Slot slot = 0; slot < 100; ++slot) board.put(slot, 1);
        board.build();
        first.push_back(board.best());
    }
    std::sort(first.begin(), first.end());
    EXPECT_GT(std::unique(first.begin(), first.end()) - first.begin(), 1);
}

}  // namespace
}  // namespace drover::scheduler
