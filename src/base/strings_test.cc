#include "base/strings.h"

#include <gtest/gtest.h>

#include "base/time.h"
#include "base/uuid.h"

namespace drover {
namespace {

TEST(Quote, writes_as_go_does) {
    EXPECT_EQ(quote("a\"b\\c\n\t\x01"), R"("a\"b\\c\n\t\x01")");
    EXPECT_EQ(quote("ü\xff"), "\"ü\\xff\"");
}

TEST(Numbers, are_read_whole_or_not_at_all) {
    EXPECT_EQ(parse_int("-42"), -42);
    EXPECT_EQ(parse_int("42x"), std::nullopt);
    EXPECT_EQ(parse_int("9223372036854775808"), std::nullopt);
    EXPECT_EQ(parse_uint("18446744073709551615"), UINT64_MAX);
    EXPECT_EQ(parse_uint("-1"), std::nullopt);
    EXPECT_EQ(parse_uint(""), std::nullopt);
    EXPECT_EQ(parse_bool("T"), true);
    EXPECT_EQ(parse_bool("yes"), std::nullopt);
}

TEST(FormatFloat, takes_the_shortest_digits) {
    EXPECT_EQ(format_float(2), "2");
    EXPECT_EQ(format_float(0.1), "0.1");
    EXPECT_EQ(format_float(1e21), "1e+21");
    EXPECT_EQ(format_float(1e-7), "1e-07");
}

TEST(GlobMatch, knows_one_wildcard) {
    EXPECT_TRUE(glob_match("dc*", "dc1"));
    EXPECT_TRUE(glob_match("*", ""));
    EXPECT_TRUE(glob_match("a*b*c", "axxbyyc"));
    EXPECT_FALSE(glob_match("a*b*c", "axxbyyd"));
    EXPECT_FALSE(glob_match("dc", "dc1"));
}

TEST(ValidUtf8, replaces_what_is_not) {
    EXPECT_EQ(to_valid_utf8("a\xc3\xa4"), "a\xc3\xa4");
    EXPECT_EQ(to_valid_utf8("a\xff"), "a\xef\xbf\xbd");
    EXPECT_EQ(to_valid_utf8("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // half a surrogate pair
    EXPECT_FALSE(is_valid_utf8("\xc0\x80"));
}

TEST(Durations, are_read_and_written_as_go_does) {
    EXPECT_EQ(parse_duration("1h30m"), minutes(90));
    EXPECT_EQ(parse_duration("-1.5s"), milliseconds(-1500));
    EXPECT_EQ(parse_duration("0"), Duration{});
    EXPECT_EQ(parse_duration("10").error().message, "time: missing unit in duration \"10\"");
    EXPECT_EQ(parse_duration("1y").error().message, "time: unknown unit \"y\" in duration \"1y\"");
    EXPECT_EQ(parse_duration("x").error().message, "time: invalid duration \"x\"");
    EXPECT_EQ(to_string(minutes(61)), "1h1m0s");
    EXPECT_EQ(to_string(milliseconds(1500)), "1.5s");
    EXPECT_EQ(to_string(microseconds(10)), "10µs");
    EXPECT_EQ(to_string(Duration{}), "0s");
}

TEST(Times, survive_writing_and_reading) {
    const Time t = *parse_time("2026-01-02T05:04:05.006+02:00");
    EXPECT_EQ(to_rfc3339(t), "2026-01-02T03:04:05.006Z");
    EXPECT_EQ(to_rfc3339(Time{}), "0001-01-01T00:00:00Z");
    EXPECT_TRUE(parse_time("0001-01-01T00:00:00Z")->is_zero());
    EXPECT_FALSE(parse_time("2026-13-02T03:04:05Z"));
    EXPECT_FALSE(parse_time("2026-01-02 03:04:05Z"));
    EXPECT_EQ(to_civil(*parse_time("2024-02-29T00:00:00Z")).weekday, 4);
}

TEST(Uuids, are_read_in_either_case_and_refused_with_the_known_words) {
    const std::string text = "0a1b2c3d-4e5f-6789-abcd-ef0123456789";
    EXPECT_EQ(to_string(*parse_uuid("0A1B2C3D-4E5F-6789-ABCD-EF0123456789")), text);
    EXPECT_EQ(parse_uuid("0a1b").error().message, "UUID must be 36 characters");
    EXPECT_EQ(parse_uuid("zzzzzzzz-4e5f-6789-abcd-ef0123456789").error().message,
              "Invalid UUID: encoding/hex: invalid byte: U+007A 'z'");
    EXPECT_EQ(parse_uuid_digits("0aff")->size(), 2u);
}

}  // namespace
}  // namespace drover
