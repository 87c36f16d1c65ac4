#include "net/connection_limiter.h"

#include <gtest/gtest.h>

namespace drover::net {
namespace {

TEST(ConnectionLimiter, refuses_politely_ten_times_a_second_and_a_hundred_at_once) {
    ConnectionLimiter limiter(1);
    int polite = 0;
    for (int i = 0; i < 1000; ++i) polite += limiter.may_refuse_politely(seconds(100)) ? 1 : 0;
    EXPECT_EQ(polite, 100);
    for (int i = 0; i < 1000; ++i) polite += limiter.may_refuse_politely(seconds(101)) ? 1 : 0;
    EXPECT_EQ(polite, 110);
}

}  // namespace
}  // namespace drover::net
