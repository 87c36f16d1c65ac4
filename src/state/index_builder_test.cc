#include "state/index_builder.h"

#include <gtest/gtest.h>

#include <set>

#include "base/rng.h"

namespace drover::state {
namespace {

constexpr size_t kEnough = 300'000;  // that the thread gets some, and some are left at the end
constexpr uint64_t kEdit = 1;

Version empty() {
    Version version;
    version.dictionary = std::make_shared<Dictionary>();
    return version;
}

TEST(IndexBuilder, has_every_entry_once_and_in_order) {
    SeededRng rng(7);
    std::set<std::string> wanted;
    Txn txn(empty(), kEdit);
    IndexBuilder builder(kEdit);
    for (size_t i = 0; i < kEnough; ++i) {
        const std::string key = std::to_string(rng.next());
        wanted.insert(key);
        builder.add(Index::allocs_by_node, key);
        if (i % 1000 == 0) builder.add(Index::allocs_by_job, key);
    }
    builder.finish(txn);
    Touched touched;
    const auto version = txn.finish(touched);
    const Tree<Nothing>& built = version->tables[Index::allocs_by_node];
    ASSERT_EQ(built.size(), wanted.size());
    auto entry = built.first();
    for (const std::string& key : wanted) {
        ASSERT_EQ(entry.key(), key);
        entry.next();
    }
    EXPECT_FALSE(entry.valid());
    EXPECT_EQ(version->tables[Index::allocs_by_job].size(), kEnough / 1000);
}

TEST(IndexBuilder, adds_to_what_an_index_has) {
    Txn txn(empty(), kEdit);
    for (const char* key : {"a", "b"}) {
        IndexBuilder builder(kEdit);
        builder.add(Index::allocs_by_eval, key);
        builder.finish(txn);
    }
    Touched touched;
    EXPECT_EQ(txn.finish(touched)->tables[Index::allocs_by_eval].size(), 2U);
}

TEST(IndexBuilder, may_be_given_up_at_any_time) {
    IndexBuilder builder(kEdit);
    for (size_t i = 0; i < kEnough; ++i) builder.add(Index::allocs_by_node, std::to_string(i));
}

}  // namespace
}  // namespace drover::state
