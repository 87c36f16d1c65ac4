#include "driver/config_schema.h"

#include <gtest/gtest.h>

namespace drover::driver {
namespace {

using codec::Any;
using codec::AnyList;
using codec::AnyMap;
using codec::AnyObject;

constexpr Option kOptions[] = {
    {"command", OptionType::text, true}, {"args", OptionType::text_list},   {"count", OptionType::integer},
    {"flag", OptionType::boolean},       {"run_for", OptionType::duration}, {"places", OptionType::text_map},
};

TEST(Config, takes_what_is_described_and_converts_scalars) {
    AnyObject config = {{"command", Any(12)}, {"args", AnyList{"a", 2, true}},
                        {"count", "7"},       {"flag", "true"},
                        {"run_for", "1m30s"}, {"places", AnyList{AnyMap{{"a", "1"}}, AnyMap{{"b", 2}}}}};
    ASSERT_TRUE(check_config(config, kOptions));
    EXPECT_EQ(text_option(config, "command"), "12");
    EXPECT_EQ(list_option(config, "args"), (std::vector<std::string>{"a", "2", "true"}));
    EXPECT_EQ(integer_option(config, "count", 0), 7);
    EXPECT_TRUE(boolean_option(config, "flag", false));
    EXPECT_EQ(duration_option(config, "run_for"), seconds(90));
    EXPECT_EQ(map_option(config, "places"), (Map<std::string>{{"a", "1"}, {"b", "2"}}));
}

TEST(Config, names_every_problem) {
    auto checked = check_config({{"args", "x"}, {"odd", 1}, {"count", 1.5}}, kOptions);
    ASSERT_FALSE(checked);
    const std::string& text = checked.error().message;
    EXPECT_NE(text.find("attribute \"args\": list of string required"), text.npos) << text;
    EXPECT_NE(text.find("No argument or block type is named \"odd\""), text.npos) << text;
    EXPECT_NE(text.find("attribute \"count\": number required"), text.npos) << text;
    EXPECT_NE(text.find("The argument \"command\" is required"), text.npos) << text;
}

TEST(Config, null_counts_as_absent) {
    EXPECT_TRUE(check_config({{"command", "x"}, {"args", Any()}}, kOptions));
    EXPECT_FALSE(check_config({{"command", Any()}}, kOptions));
}

}  // namespace
}  // namespace drover::driver
