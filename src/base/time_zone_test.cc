#include "base/time_zone.h"

#include <gtest/gtest.h>

namespace drover {
namespace {

TEST(TimeZone, knows_offsets_and_when_they_change) {
    const auto berlin = TimeZone::load("Europe/Berlin");
    ASSERT_TRUE(berlin) << berlin.error().message;
    const Time winter = *parse_time("2026-01-15T12:00:00Z");
    EXPECT_EQ(berlin->offset(winter), hours(1));
    EXPECT_EQ(berlin->next_change(winter), *parse_time("2026-03-29T01:00:00Z"));
    EXPECT_EQ(berlin->offset(*parse_time("2026-07-15T12:00:00Z")), hours(2));
}

TEST(TimeZone, utc_never_changes) {
    const auto utc = TimeZone::load("UTC");
    ASSERT_TRUE(utc);
    EXPECT_EQ(utc->offset(*parse_time("2026-07-15T12:00:00Z")), Duration{});
    EXPECT_EQ(utc->next_change(*parse_time("2026-07-15T12:00:00Z")), std::nullopt);
}

TEST(TimeZone, nothing_outside_the_database_is_opened) {
    for (const char* name : {"", "/dev/tty", "/usr/share/zoneinfo/UTC", "../zoneinfo/UTC", "Europe/../UTC",
                             "Europe//Berlin", "./UTC", "Europe", "file:UTC", "localtime/", "zone.tab"})
        EXPECT_FALSE(TimeZone::exists(name)) << name;
    EXPECT_FALSE(TimeZone::exists(std::string("UTC\0x", 5)));
    EXPECT_FALSE(TimeZone::exists(std::string(5000, 'a')));
}

TEST(TimeZone, an_unknown_name_is_told) {
    EXPECT_EQ(TimeZone::load("Mars/Olympus").error().message, "unknown time zone Mars/Olympus");
}

}  // namespace
}  // namespace drover
