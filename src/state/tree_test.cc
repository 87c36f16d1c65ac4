#include "state/tree.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"

namespace drover::state {
namespace {

using Value = std::shared_ptr<const int>;
using Model = std::map<std::string, int>;

// Short and long keys, shared prefixes, NUL and 0xff bytes.
std::string random_key(Rng& rng) {
    std::string key(rng.below(4), 'p');
    const size_t length = rng.below(6);
    for (size_t i = 0; i < length; ++i) key.push_back("\0ab\xff"[rng.below(4)]);
    return key + std::to_string(rng.below(200));
}

void expect_same(const Tree<Value>& tree, const Model& model) {
    ASSERT_EQ(tree.size(), model.size());
    auto forwards = tree.first();
    for (const auto& [key, value] : model) {
        ASSERT_TRUE(forwards.valid());
        EXPECT_EQ(forwards.key(), key);
        EXPECT_EQ(*forwards.value(), value);
        forwards.next();
    }
    EXPECT_FALSE(forwards.valid());
    auto backwards = tree.last();
    for (auto it = model.rbegin(); it != model.rend(); ++it) {
        ASSERT_TRUE(backwards.valid());
        EXPECT_EQ(backwards.key(), it->first);
        backwards.previous();
    }
    EXPECT_FALSE(backwards.valid());
}

void expect_same_bounds(const Tree<Value>& tree, const Model& model, const std::string& key) {
    const auto at_least = tree.lower_bound(key);
    const auto expected = model.lower_bound(key);
    ASSERT_EQ(at_least.valid(), expected != model.end());
    if (at_least.valid()) EXPECT_EQ(at_least.key(), expected->first);
    const auto before = tree.before(key);
    ASSERT_EQ(before.valid(), expected != model.begin());
    if (before.valid()) EXPECT_EQ(before.key(), std::prev(expected)->first);
}

class TreeTest : public testing::TestWithParam<int> {};

TEST_P(TreeTest, behaves_as_a_map_and_copies_never_change) {
    SeededRng rng(static_cast<uint64_t>(GetParam()));
    Tree<Value> tree;
    Model model;
    std::vector<std::pair<Tree<Value>, Model>> copies;
    for (uint64_t edit = 1; edit <= 60; ++edit) {
        // Growing at first, shrinking to nothing at the end.
        const bool grows = edit < 30;
        for (int i = 0; i < 120; ++i) {
            const std::string key = random_key(rng);
            if (rng.below(10) < (grows ? 8U : 2U)) {
                const int value = static_cast<int>(rng.below(1000));
                EXPECT_EQ(tree.put(edit, key, std::make_shared<const int>(value)), !model.contains(key));
                model[key] = value;
            } else {
                EXPECT_EQ(tree.erase(edit, key), model.erase(key) == 1);
            }
            expect_same_bounds(tree, model, random_key(rng));
        }
        if (edit % 10 == 0) copies.emplace_back(tree, model);
    }
    for (uint64_t edit = 100; !model.empty(); ++edit) {
        const std::string key = std::next(model.begin(), static_cast<long>(rng.below(model.size())))->first;
        EXPECT_TRUE(tree.erase(edit, key));
        model.erase(key);
        EXPECT_EQ(tree.find(key), nullptr);
    }
    expect_same(tree, model);
    for (const auto& [copy, expected] : copies) expect_same(copy, expected);
}

INSTANTIATE_TEST_SUITE_P(Seeds, TreeTest, testing::Range(1, 9));

TEST(Tree, emptying_one_end_of_a_tall_tree_leaves_the_rest_in_order) {
    Tree<Value> tree;
    Model model;
    char key[8];
    for (int i = 0; i < 20'000; ++i) {
        std::snprintf(key, sizeof key, "%06d", i);
        tree.put(1, key, std::make_shared<const int>(i));
        model[key] = i;
    }
    const Tree<Value> full = tree;
    const Model all = model;
    for (int i = 0; i < 19'000; ++i) {
        std::snprintf(key, sizeof key, "%06d", i);
        tree.erase(2, key);
        model.erase(key);
    }
    expect_same(tree, model);
    expect_same(full, all);
}

}  // namespace
}  // namespace drover::state
