#include <gtest/gtest.h>

#include <sstream>

#include "cli/command.h"
#include "cli/flags.h"
#include "cli/format.h"
#include "cli/local_commands.h"
#include "cli/views.h"

namespace drover::cli {
namespace {

struct Taken {
    bool yes = false;
    std::string text = "default";
    int64_t number = 0;
    Duration wait;
    std::vector<std::string> many;
    Opt<bool> maybe;
    Flags flags;
    Taken() {
        flags.add("yes", yes, "Says yes.");
        flags.add("text", text, "A text.");
        flags.add("n", number);
        flags.add("wait", wait);
        flags.add("many", many);
        flags.add("maybe", maybe);
    }
};

std::string refusal(const std::vector<std::string>& words) {
    Taken t;
    auto parsed = t.flags.parse(words);
    return parsed ? "" : parsed.error().message;
}

TEST(Flags, take_both_dashes_and_both_kinds_of_values) {
    Taken t;
    auto rest = t.flags.parse(
        {"-yes", "--text=a=b", "-n", "7", "-wait=1m", "-many", "x", "-many=y", "-maybe=false", "arg", "-yes"});
    ASSERT_TRUE(rest) << rest.error().message;
    EXPECT_TRUE(t.yes);
    EXPECT_EQ(t.text, "a=b");
    EXPECT_EQ(t.number, 7);
    EXPECT_EQ(t.wait, minutes(1));
    EXPECT_EQ(t.many, (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(t.maybe, false);
    EXPECT_EQ(*rest, (std::vector<std::string>{"arg", "-yes"}));
    EXPECT_TRUE(t.flags.given("n"));
}

TEST(Flags, end_at_double_dash_and_at_a_lone_dash) {
    Taken t;
    EXPECT_EQ(t.flags.parse({"-yes", "--", "-n"}).value(), (std::vector<std::string>{"-n"}));
    EXPECT_EQ(t.flags.parse({"-", "-n"}).value(), (std::vector<std::string>{"-", "-n"}));
}

TEST(Flags, complain_as_go_does) {
    EXPECT_EQ(refusal({"-nope"}), "flag provided but not defined: -nope");
    EXPECT_EQ(refusal({"-n"}), "flag needs an argument: -n");
    EXPECT_EQ(refusal({"-n=x"}), "invalid value \"x\" for flag -n: parse error");
    EXPECT_EQ(refusal({"-yes=perhaps"}), "invalid boolean value \"perhaps\" for -yes: parse error");
    EXPECT_EQ(refusal({"---n"}), "bad flag syntax: ---n");
}

TEST(Format, tables_and_pairs_line_up) {
    EXPECT_EQ(format_table({{"ID", "Name"}, {"1234", ""}}), "ID    Name\n1234  <none>");
    EXPECT_EQ(format_pairs({{"A", "1"}, {"Long", ""}}), "A    = 1\nLong = <none>");
}

TEST(Format, ages_have_two_units_at_most) {
    const Time now = Time::from_unix_seconds(1'700'000'000);
    EXPECT_EQ(age(now - seconds(80), now), "1m20s ago");
    EXPECT_EQ(age(now - seconds(3 * 86400 + 3661), now), "3d1h ago");
    EXPECT_EQ(age(now - seconds(3600), now), "1h ago");
    EXPECT_EQ(age(now, now), "0s ago");
    EXPECT_EQ(age(Time{}, now), "");
}

TEST(Format, sizes_are_iec) {
    EXPECT_EQ(bytes_iec(64 << 20), "64 MiB");
    EXPECT_EQ(bytes_iec(1536), "1.5 KiB");
    EXPECT_EQ(bytes_iec(12), "12 B");
}

TEST(Views, a_failed_placement_tells_why) {
    auto metric = std::make_shared<model::AllocMetric>();
    metric->NodesEvaluated = 1;
    metric->CoalescedFailures = 1;
    metric->ConstraintFiltered["${attr.kernel.name} = windows"] = 1;
    metric->DimensionExhausted["memory"] = 2;
    metric->NodesExhausted = 2;
    Map<Shared<model::AllocMetric>> failed;
    failed["web"] = metric;
    EXPECT_EQ(placement_failures(failed),
              "Task Group \"web\" (failed to place 2 allocations):\n"
              "  * Constraint \"${attr.kernel.name} = windows\": 1 nodes excluded by filter\n"
              "  * Resources exhausted on 2 nodes\n"
              "  * Dimension \"memory\" exhausted on 2 nodes\n");
}

struct Outcome {
    int code;
    std::string out, err;
};

Outcome run(std::vector<std::string> words, const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out, err;
    ManualClock clock;
    Io io{in, out, err, false, false, {}, clock};
    const int code = run_program("drover", std::move(words), io);
    return {code, out.str(), err.str()};
}

TEST(Program, version_in_both_names) {
    EXPECT_EQ(version_lines("nomad")[0].substr(0, 13), "Nomad v2.0.5 ");
    EXPECT_NE(run({"version"}).out.find("Nomad v2.0.5"), std::string::npos);
    EXPECT_EQ(run({"-v"}).code, 0);
}

TEST(Program, help_and_unknown_commands_have_their_codes) {
    EXPECT_EQ(run({"-h"}).code, 0);
    EXPECT_EQ(run({}).code, 127);
    EXPECT_EQ(run({"nosuch"}).code, 127);
    EXPECT_EQ(run({"job"}).code, 1);
    EXPECT_NE(run({"job"}).out.find("inspect"), std::string::npos);
    EXPECT_EQ(run({"job", "nosuch"}).code, 127);
    EXPECT_EQ(run({"job", "stop", "-h"}).code, 0);
}

TEST(Program, usage_errors_point_to_the_help) {
    const Outcome many = run({"eval", "list", "extra"});
    EXPECT_EQ(many.code, 1);
    EXPECT_NE(many.err.find("For additional help try 'nomad eval list -help'"), std::string::npos);
    const Outcome unknown = run({"job", "stop", "-x", "a"});
    EXPECT_EQ(unknown.code, 1);
    EXPECT_NE(unknown.err.find("flag provided but not defined: -x"), std::string::npos);
    EXPECT_NE(unknown.out.find("Usage: nomad job stop"), std::string::npos);
    EXPECT_EQ(run({"job", "plan", "-x"}).code, 255);
    EXPECT_NE(run({"job", "status", "-x"}).err.size(), 0u);
}

TEST(Program, an_agent_that_is_not_there_is_told) {
    const Outcome gone = run({"eval", "list", "-address=http://127.0.0.1:1"});
    EXPECT_EQ(gone.code, 1);
    EXPECT_NE(gone.err.find("Error querying evaluations: Get \"http://127.0.0.1:1/v1/evaluations?reverse=true\""),
              std::string::npos)
        << gone.err;
    EXPECT_EQ(run({"eval", "list", "-address=ftp://x"}).code, 1);
}

}  // namespace
}  // namespace drover::cli
