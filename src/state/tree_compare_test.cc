#include <map>
#include <memory>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "state/tree.h"

namespace drover::state {
namespace {

using Value = std::shared_ptr<const int>;
using Numbers = Tree<Value>;

std::map<std::string, std::pair<int, int>> changes(const Numbers& before, const Numbers& after) {
    std::map<std::string, std::pair<int, int>> found;
    Numbers::compare(before, after, [&](const std::string& key, const Value* old, const Value* now) {
        EXPECT_TRUE(found.emplace(key, std::pair(old ? **old : -1, now ? **now : -1)).second) << key;
    });
    return found;
}

TEST(TreeCompare, finds_exactly_what_changed_between_two_versions) {
    SeededRng rng(3);
    Numbers tree;
    std::map<std::string, int> mirror;
    uint64_t edit = 1;
    for (int round = 0; round < 60; ++round) {
        const Numbers before = tree;
        const auto old = mirror;
        ++edit;
        const uint64_t steps = round % 3 == 0 ? 400 : rng.below(6);
        for (uint64_t i = 0; i < steps; ++i) {
            const std::string key = "key" + std::to_string(rng.below(3000));
            if (rng.below(3) == 0) {
                tree.erase(edit, key);
                mirror.erase(key);
            } else {
                const int value = static_cast<int>(rng.below(1'000'000));
                tree.put(edit, key, std::make_shared<int>(value));
                mirror[key] = value;
            }
        }
        std::map<std::string, std::pair<int, int>> expected;
        for (const auto& [key, value] : old) {
            const auto it = mirror.find(key);
            const int now = it == mirror.end() ? -1 : it->second;
            if (now != value) expected[key] = {value, now};
        }
        for (const auto& [key, value] : mirror) {
            if (!old.contains(key)) expected[key] = {-1, value};
        }
        EXPECT_EQ(changes(before, tree), expected) << "round " << round;
    }
}

TEST(TreeCompare, an_empty_tree_has_everything_to_gain) {
    Numbers empty, one;
    one.put(1, "a", std::make_shared<int>(7));
    EXPECT_EQ(changes(empty, one).size(), 1U);
    EXPECT_EQ(changes(one, empty).size(), 1U);
    EXPECT_TRUE(changes(one, one).empty());
    EXPECT_TRUE(changes(empty, empty).empty());
}

}  // namespace
}  // namespace drover::state
