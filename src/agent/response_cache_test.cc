#include "agent/response_cache.h"

#include <gtest/gtest.h>

namespace drover::agent {
namespace {

net::Response answer(size_t size, char filling = 'x') { return net::Response::json(std::string(size, filling)); }

TEST(ResponseCache, gives_the_same_bytes_while_the_state_is_the_same) {
    ResponseCache cache;
    net::Response made = answer(20'000);
    cache.put("/v1/allocations", 7, made);
    ASSERT_TRUE(made.shared_body);
    const net::Response* found = cache.find("/v1/allocations", 7);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->shared_body, made.shared_body);
    EXPECT_EQ(found->headers.get("Content-Type"), "application/json");
    EXPECT_EQ(cache.find("/v1/allocations?prefix=aa", 7), nullptr);
    EXPECT_EQ(cache.find("/v1/allocations", 8), nullptr);
    EXPECT_EQ(cache.find("/v1/allocations", 7), nullptr);  // an older state never comes back
}

TEST(ResponseCache, keeps_neither_small_nor_huge_ones) {
    ResponseCache cache;
    net::Response small = answer(100), huge = answer(ResponseCache::kMostBytes + 1);
    cache.put("small", 1, small);
    cache.put("huge", 1, huge);
    EXPECT_EQ(small.body.size(), 100u);
    EXPECT_EQ(huge.body.size(), ResponseCache::kMostBytes + 1);
    EXPECT_EQ(cache.find("small", 1), nullptr);
    EXPECT_EQ(cache.find("huge", 1), nullptr);
}

TEST(ResponseCache, forgets_what_was_asked_for_the_longest_ago) {
    ResponseCache cache;
    for (int i = 0; i < 20; ++i) {
        net::Response made = answer(1 << 20);
        cache.put(std::to_string(i), 1, made);
        EXPECT_TRUE(cache.find("0", 1)) << i;
    }
    EXPECT_EQ(cache.find("1", 1), nullptr);
    EXPECT_TRUE(cache.find("19", 1));
}

}  // namespace
}  // namespace drover::agent
