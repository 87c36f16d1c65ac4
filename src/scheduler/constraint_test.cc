#include "scheduler/constraint.h"

#include <gtest/gtest.h>

namespace drover::scheduler {
namespace {

bool matches(std::string_view left, std::string_view operand, std::string_view right) {
    return Matcher().matches(operand, left, right);
}

TEST(Operand, equality_compares_text) {
    EXPECT_TRUE(matches("a", "=", "a"));
    EXPECT_TRUE(matches("a", "is", "a"));
    EXPECT_FALSE(matches("a", "==", "b"));
    EXPECT_TRUE(matches("a", "!=", "b"));
    EXPECT_FALSE(matches("a", "not", "a"));
}

TEST(Operand, a_missing_side_is_different_and_nothing_else) {
    Matcher matcher;
    EXPECT_TRUE(matcher.matches("!=", std::nullopt, "x"));
    EXPECT_FALSE(matcher.matches("=", std::nullopt, std::nullopt));
    EXPECT_FALSE(matcher.matches("<", std::nullopt, "1"));
    EXPECT_TRUE(matcher.matches("is_not_set", std::nullopt, std::nullopt));
    EXPECT_FALSE(matcher.matches("is_set", std::nullopt, std::nullopt));
    EXPECT_TRUE(matcher.matches("is_set", "", std::nullopt));
}

TEST(Operand, order_is_of_numbers_if_both_are) {
    EXPECT_TRUE(matches("9", "<", "10"));
    EXPECT_TRUE(matches("9.5", "<", "10"));
    EXPECT_FALSE(matches("9x", "<", "10"));
    EXPECT_TRUE(matches("10", ">=", "10"));
    EXPECT_TRUE(matches("b", ">", "a"));
    EXPECT_TRUE(matches("a", "<=", "a"));
}

TEST(Operand, regexp_matches_anywhere_and_a_broken_one_nowhere) {
    EXPECT_TRUE(matches("linux-x", "regexp", "nux"));
    EXPECT_FALSE(matches("linux", "regexp", "^nux"));
    EXPECT_FALSE(matches("linux", "regexp", "("));
}

TEST(Operand, sets_are_comma_lists_with_spaces_trimmed) {
    EXPECT_TRUE(matches("a, b,c", "set_contains", "c,a"));
    EXPECT_FALSE(matches("a,b", "set_contains_all", "a,c"));
    EXPECT_TRUE(matches("a,b", "set_contains_any", "c, b"));
    EXPECT_FALSE(matches("a,b", "set_contains_any", "c"));
}

TEST(Operand, version_is_lenient_and_keeps_prereleases_apart) {
    EXPECT_TRUE(matches("1.2.3", "version", ">= 1.0, < 2"));
    EXPECT_TRUE(matches("v1.2", "version", "~> 1.1"));
    EXPECT_FALSE(matches("2.0", "version", "~> 1.1"));
    EXPECT_TRUE(matches("1.2.9", "version", "~> 1.2.3"));
    EXPECT_FALSE(matches("1.3.0", "version", "~> 1.2.3"));
    EXPECT_FALSE(matches("1.3.0-beta1", "version", ">= 0.6.1"));
    EXPECT_TRUE(matches("1.3.0-beta2", "version", "> 1.3.0-beta1"));
    EXPECT_FALSE(matches("word", "version", ">= 1"));
    EXPECT_FALSE(matches("1.0", "version", ">= word"));
}

TEST(Operand, semver_orders_prereleases_and_knows_no_pessimism) {
    EXPECT_TRUE(matches("1.3.0-beta1", "semver", ">= 0.6.1"));
    EXPECT_FALSE(matches("1.3.0-beta1", "semver", ">= 1.3.0"));
    EXPECT_FALSE(matches("1.3.0beta1", "semver", ">= 0.6.1"));
    EXPECT_FALSE(matches("1.2.0", "semver", "~> 1.1"));
    EXPECT_TRUE(matches("1.3.0-rc.2", "semver", "> 1.3.0-rc.1"));
}

TEST(Target, names_parts_of_a_node) {
    model::Node node;
    node.ID = "id";
    node.Name = "name";
    node.Datacenter = "dc1";
    node.NodeClass = "large";
    node.NodePool = "gpu";
    node.Attributes["kernel.name"] = "linux";
    node.Meta["rack"] = "r1";
    EXPECT_EQ(Target("${node.unique.id}").on(node), "id");
    EXPECT_EQ(Target("${node.unique.name}").on(node), "name");
    EXPECT_EQ(Target("${node.datacenter}").on(node), "dc1");
    EXPECT_EQ(Target("${node.class}").on(node), "large");
    EXPECT_EQ(Target("${node.pool}").on(node), "gpu");
    EXPECT_EQ(Target("${attr.kernel.name}").on(node), "linux");
    EXPECT_EQ(Target("${meta.rack}").on(node), "r1");
    EXPECT_EQ(Target("plain").on(node), "plain");
    EXPECT_EQ(Target("${attr.none}").on(node), std::nullopt);
    EXPECT_EQ(Target("${other}").on(node), std::nullopt);
}

TEST(Target, only_unique_names_tell_nodes_of_a_class_apart) {
    EXPECT_TRUE(Target("${attr.unique.hostname}").unique());
    EXPECT_TRUE(Target("${meta.unique.x}").unique());
    EXPECT_TRUE(Target("${node.unique.id}").unique());
    EXPECT_FALSE(Target("${attr.cpu.arch}").unique());
    EXPECT_FALSE(Target("unique.").unique());
}

}  // namespace
}  // namespace drover::scheduler
