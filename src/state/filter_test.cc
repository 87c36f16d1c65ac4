#include "state/filter.h"

#include <gtest/gtest.h>

#include "model/eval.h"
#include "model/job.h"

namespace drover::state {
namespace {

model::Job sample() {
    model::Job job;
    job.ID = "web-1", job.Type = "service", job.Priority = 52;
    job.Datacenters = {"dc1", "dc2"};
    job.Meta["n"] = "3";
    job.NomadTokenID = "secret";
    job.TaskGroups.emplace_back().Name = "a";
    job.TaskGroups.emplace_back().Name = "b";
    job.TaskGroups[1].Count = 2;
    return job;
}

std::string outcome(std::string_view expression) {
    auto filter = Filter::parse(expression);
    if (!filter) return filter.error().message;
    auto matches = filter->matches(sample());
    return !matches ? matches.error().message : *matches ? "yes" : "no";
}

TEST(Filter, matches_members_of_every_kind) {
    const std::pair<const char*, const char*> table[] = {
        {R"(ID == "web-1")", "yes"},
        {R"(ID == `web-1`)", "yes"},
        {"Type == service", "yes"},
        {R"(ID != "web-1")", "no"},
        {"Priority == 52", "yes"},
        {R"(Priority == "0x34")", "yes"},
        {R"(Priority != "52")", "no"},
        {"Stop == false", "yes"},
        {R"(ID contains "eb")", "yes"},
        {R"("eb" in ID)", "yes"},
        {R"("dc2" in Datacenters)", "yes"},
        {R"("dc3" not in Datacenters)", "yes"},
        {R"(Datacenters contains "dc3")", "no"},
        {R"(Datacenters not contains "dc3")", "yes"},
        {R"("n" in Meta)", "yes"},
        {R"(Meta.n == "3")", "yes"},
        {R"(Meta["n"] == 3)", "yes"},
        {R"("/Meta/n" == "3")", "yes"},
        {R"(Meta.none == "3")", "no"},
        {R"(Meta.none != "3")", "yes"},
        {"Meta is empty", "no"},
        {"Affinities is empty", "yes"},
        {"ParentID is empty", "yes"},
        {"Multiregion is nil", "yes"},
        {R"(ID matches "^web-[0-9]$")", "yes"},
        {R"(ID not matches "^web")", "no"},
        {R"(not (ID == "x" or Priority == 51))", "yes"},
        {R"(ID == "x" or Type == "service" and Priority == 52)", "yes"},
        {R"(TaskGroups["1"].Name == "b")", "yes"},
        {R"(any TaskGroups as g { g.Name == "b" and g.Count == 2 })", "yes"},
        {R"(all TaskGroups as g { g.Count == 2 })", "no"},
        {R"(any Meta as k, v { k == "n" and v == "3" })", "yes"},
        {"  ( Type == service )  ", "yes"},
        {"", "yes"},
    };
    for (const auto& [expression, expected] : table) EXPECT_EQ(outcome(expression), expected) << expression;
}

TEST(Filter, faults_of_syntax_say_what_could_have_stood_there) {
    EXPECT_EQ(outcome("this is no filter"), R"(1:9 (8): no match found, expected: "empty", "nil", "not" or [ \t\r\n])");
    EXPECT_EQ(outcome("Name =="),
              R"(1:8 (7): no match found, expected: "-", "0", "\"", "`", [ \t\r\n], [1-9] or [a-zA-Z])");
    EXPECT_EQ(
        outcome("no filter"),
        R"(1:4 (3): no match found, expected: "!=", "==", "contains", "in", "is", "matches", "not" or [ \t\r\n])");
    EXPECT_EQ(
        outcome("Priority > 52"),
        R"(1:10 (9): no match found, expected: "!=", "==", "contains", "in", "is", "matches", "not" or [ \t\r\n])");
    EXPECT_EQ(outcome("x"), R"(1:2 (1): no match found, expected: "!=", ".", "==", "[", [ \t\r\n] or [a-zA-Z0-9_/])");
    EXPECT_EQ(outcome(R"((Status == "complete")"), R"(1:22 (21): rule "grouping": Unmatched parentheses)");
    EXPECT_EQ(outcome(R"(Datacenter in ["dc1"])"), R"(1:15 (14): rule "match": Invalid selector)");
}

TEST(Filter, faults_of_selectors_are_found_on_an_object) {
    EXPECT_EQ(outcome(R"(Nosuch == "x")"),
              R"(error finding value in datum: /Nosuch at part 0: couldn't find key: struct field with name "Nosuch")");
    EXPECT_EQ(outcome(R"(NomadTokenID == "secret")").substr(0, 28), "error finding value in datum");
    EXPECT_NE(outcome(R"(ID matches "[")")
                  .find("failed to compile regular expression \"[\": error parsing regexp: missing closing ]: `[`"),
              std::string::npos);
    EXPECT_NE(outcome("Priority == abc").find("invalid syntax"), std::string::npos);
    EXPECT_EQ(Filter::parse(R"(ID matches "[")").has_value(), true);
}

TEST(Filter, depth_and_length_are_no_danger) {
    EXPECT_NE(outcome(std::string(100'000, '(')).find("nested too deeply"), std::string::npos);
    std::string many = "Priority == 1";
    for (int i = 0; i < 1000; ++i) many += " or Priority == 1";
    EXPECT_EQ(outcome(many), "no");
    std::string nots;
    for (int i = 0; i < 100'000; ++i) nots += "not ";
    EXPECT_NE(outcome(nots + "x == y").find("nested too deeply"), std::string::npos);
}

}  // namespace
}  // namespace drover::state
