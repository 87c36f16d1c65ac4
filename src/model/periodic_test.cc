#include "model/periodic.h"

#include <gtest/gtest.h>

namespace drover::model {
namespace {

std::string next(const std::string& spec, const std::string& zone, const std::string& after) {
    PeriodicConfig periodic;
    periodic.Spec = spec;
    periodic.TimeZone = zone;
    const auto at = next_launch(periodic, *parse_time(after));
    return at ? to_rfc3339(*at) : "never";
}

TEST(NextLaunch, is_in_the_zone_of_the_job) {
    EXPECT_EQ(next("0 0 1 1 *", "UTC", "2026-11-27T08:00:00Z"), "2027-01-01T00:00:00Z");
    EXPECT_EQ(next("30 9 * * *", "America/New_York", "2026-01-15T00:00:00Z"), "2026-01-15T14:30:00Z");
    EXPECT_EQ(next("30 9 * * *", "America/New_York", "2026-07-15T00:00:00Z"), "2026-07-15T13:30:00Z");
}

TEST(NextLaunch, skips_what_the_clock_skips) {
    // In Berlin 02:30 does not exist on 29 March 2026.
    EXPECT_EQ(next("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z"), "2026-03-30T00:30:00Z");
    EXPECT_EQ(next("0 3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z"), "2026-03-29T01:00:00Z");
}

TEST(NextLaunch, repeats_what_the_clock_repeats) {
    // In Berlin 02:30 comes twice on 25 October 2026.
    EXPECT_EQ(next("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00Z");
    EXPECT_EQ(next("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z"), "2026-10-25T01:30:00Z");
}

TEST(NextLaunch, is_the_earliest_of_several) {
    PeriodicConfig periodic;
    periodic.Specs = {"0 12 * * *", "0 6 * * *"};
    periodic.TimeZone = "UTC";
    EXPECT_EQ(to_rfc3339(*next_launch(periodic, *parse_time("2026-01-01T01:00:00Z"))), "2026-01-01T06:00:00Z");
}

TEST(NextLaunch, finds_what_is_far_away) {
    EXPECT_EQ(next("0 0 29 2 *", "Europe/Berlin", "2024-03-01T00:00:00Z"), "2028-02-28T23:00:00Z");
    EXPECT_EQ(next("30 12 31 12 * 2090", "Europe/Berlin", "2026-01-01T00:00:00Z"), "2090-12-31T11:30:00Z");
    EXPECT_EQ(next("30 2 25 10 * 2026", "Europe/Berlin", "2026-10-25T00:30:00Z"), "2026-10-25T01:30:00Z");
}

TEST(NextLaunch, may_be_never) {
    EXPECT_EQ(next("0 0 30 2 *", "Europe/Berlin", "2026-01-01T00:00:00Z"), "never");
    EXPECT_EQ(next("0 0 30 2 *", "UTC", "2026-01-01T00:00:00Z"), "never");
    EXPECT_EQ(next("0 0 * * *", "Mars/Olympus", "2026-01-01T00:00:00Z"), "never");
}

}  // namespace
}  // namespace drover::model
