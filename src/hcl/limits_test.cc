// What sources may cost: counted, so that these tests say the same on every machine.
#include <gtest/gtest.h>

#include "base/rng.h"
#include "hcl/dynamic.h"
#include "hcl/functions.h"
#include "hcl/parser.h"

namespace drover::hcl {
namespace {

std::string repeated(std::string_view text, size_t count) {
    std::string out;
    for (size_t i = 0; i < count; ++i) out += text;
    return out;
}

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

// An expression, evaluated with the budget that a source of its size has.
struct Evaluation {
    explicit Evaluation(const std::string& source) {
        SeededRng rng(1);
        EvalContext context(std::make_shared<EvalBudget>(EvalBudget::for_source(source.size())));
        context.functions = standard_functions({&rng, false, ""});
        given = context.budget();
        value = parse_expression(source, diags)->evaluate(context, diags);
        left = context.budget();
    }
    bool is_refused() const { return diags.brief().find("Evaluation limit exceeded") != std::string::npos; }

    Diagnostics diags;
    EvalBudget given, left;
    Value value;
};

TEST(Limits, what_functions_do_is_paid_before_it_is_done) {
    const std::string long_text = quoted(repeated("\u00e9", 50'000));
    for (const std::string& source : std::vector<std::string>{
             std::string("[for i in range(15): bcrypt(\"x\", 14)]"),
             "regex_replace(" + quoted(repeated("a", 100'000)) + ", \"a*b|a\", \"x\")",
             "regex_replace(" + quoted(repeated("a", 20'000)) + ", " + quoted(repeated("(a?)", 500)) + ", \"x\")",
             "[for i in range(1000): strlen(" + long_text + ")]",
             "[for i in range(1000): upper(" + long_text + ")]",
             "[for i in range(1000): strrev(" + long_text + ")]",
             "[for i in range(1000): jsonencode(" + long_text + ")]",
             "[for i in range(1000): sha512(" + long_text + ")]",
             std::string("[for i in range(1000): [for j in range(100): strlen(\"x${1e-9000/7}\")]]"),
             "[for i in range(20): \"${parseint(" + quoted(repeated("z", 19'000)) + ", 36)}\"]",
             "split(\"\", join(\"\", [for i in range(1000): " + quoted(repeated("a", 4'000)) + "]))",
             std::string("[for a in range(990): [for b in range(990): a]]"),
             std::string("setproduct(range(440), range(440))"),
             "[for i in range(1000): length([for j in range(1000): [i, j]])]",
             "csvdecode(\"" + repeated("a,", 300) + "a\\n" + repeated(repeated(",", 300) + "\\n", 300) + "\")",
         }) {
        EXPECT_TRUE(Evaluation(source).is_refused()) << source.substr(0, 80);
    }
}

TEST(Limits, what_a_function_repeats_is_paid_each_time) {
    const std::string many = "[for i in range(60): ";
    EXPECT_TRUE(Evaluation(many + "bcrypt(\"a\", 0)]").is_refused());
    EXPECT_TRUE(
        Evaluation("regex_replace(" + quoted(repeated("a", 4'000)) + ", \"a\", " + quoted(repeated("$x", 25'000)) + ")")
            .is_refused());
    EXPECT_TRUE(Evaluation("format(" + quoted(repeated("%[1]d", 15'000)) + ", " + quoted(repeated("0", 19'000)) + ")")
                    .is_refused());
    // Whatever is written is bounded for all rounds together.
    const Evaluation list("formatlist(join(\"\", [for i in range(400): \"%10000[1]d\"]), range(1024))");
    EXPECT_TRUE(list.diags.has_errors());
}

TEST(Limits, templates_that_failed_to_parse_can_be_evaluated) {
    EXPECT_TRUE(Evaluation("\"${1 2}${\"%{for}\"}%{endfor}\"").diags.has_errors());
    EXPECT_TRUE(Evaluation("\"${1 2}${\"%{if}\"}%{endif}\"").diags.has_errors());
}

TEST(Limits, ordinary_expressions_cost_little) {
    for (const char* source : {
             "[for i in range(100): upper(\"name-${i}\")]",
             "regex_replace(\"a.b.c\", \"([a-z])[.]\", \"$1-\")",
             "jsondecode(jsonencode({a = [1, 2, 3], b = {c = \"d\"}}))",
             "merge({a = 1}, {for k in [\"x\", \"y\"]: k => length(k)})",
             "join(\",\", sort(distinct([\"b\", \"a\", \"b\"])))",
         }) {
        Evaluation evaluation(source);
        EXPECT_FALSE(evaluation.is_refused()) << source;
        EXPECT_LT(evaluation.given.work - evaluation.left.work, evaluation.given.work / 20) << source;
        EXPECT_LT(evaluation.given.memory - evaluation.left.memory, evaluation.given.memory / 20) << source;
    }
}

TEST(Limits, one_hash_of_the_usual_cost_is_affordable) {
    EXPECT_FALSE(Evaluation("bcrypt(\"secret\")").is_refused());
    EXPECT_TRUE(Evaluation("[for i in range(3): bcrypt(\"secret\")]").is_refused());
}

TEST(Limits, a_budget_that_is_spent_in_silence_is_told) {
    const std::string loop = "[for a in range(990): [for b in range(990): a]]";
    EXPECT_TRUE(Evaluation("can(" + loop + ")").is_refused());
    EXPECT_TRUE(Evaluation("try(" + loop + ", 1)").is_refused());
    EXPECT_TRUE(Evaluation("true ? 1 : length(" + loop + ")").is_refused());
}

TEST(Limits, budget_grows_with_the_source) {
    EXPECT_GT(EvalBudget::for_source(10'000'000).work, 5 * EvalBudget::for_source(0).work);
    EXPECT_GT(EvalBudget::for_source(10'000'000).memory, 2 * EvalBudget::for_source(0).memory);
}

TEST(Limits, many_errors_are_counted_and_not_kept) {
    Evaluation evaluation("[for a in range(1000): base64decode(" + quoted(repeated("*", 100'000)) + ")]");
    size_t bytes = 0;
    for (const Diagnostic& d : evaluation.diags) bytes += d.detail.size();
    EXPECT_LT(bytes, 2 * kMaxDiagnosticBytes);

    Diagnostics many;
    for (int i = 0; i < 5'000; ++i) many.error("Wrong", "Still wrong.");
    EXPECT_EQ(many.size(), kMaxDiagnostics);
    EXPECT_EQ(many.count(), 5'000u);
    EXPECT_TRUE(many.brief().ends_with("and 4999 other diagnostic(s)")) << many.brief();
    EXPECT_TRUE(many.lines().ends_with("and 4000 other diagnostic(s)"));
}

std::string parse_error(const std::string& text) {
    Diagnostics diags;
    parse_file("test.hcl", text, diags);
    return diags.brief();
}

TEST(Limits, trees_take_so_many_bytes_for_each_of_the_source) {
    const std::string refused = "Source too complex";
    EXPECT_NE(parse_error("a = [" + repeated("1,", 500'000) + "]\n").find(refused), std::string::npos);
    EXPECT_NE(parse_error(repeated("a {}\n", 200'000)).find(refused), std::string::npos);
    EXPECT_NE(parse_error("{\"a\": [" + repeated("1,", 500'000) + "1]}").find(refused), std::string::npos);
    EXPECT_EQ(parse_error(repeated("\n", 1'000'000)), "no diagnostics");
    EXPECT_EQ(parse_error(repeated("#\n", 200'000)), "no diagnostics");
    std::string ordinary;
    for (int i = 0; i < 20'000; ++i) {
        ordinary += "task \"t" + std::to_string(i) +
                    "\" {\n  driver = \"exec\"\n  args = [\"-p\", \"${NOMAD_PORT_http}\"]\n}\n";
    }
    EXPECT_EQ(parse_error(ordinary), "no diagnostics");
}

TEST(Limits, nested_dynamic_blocks_are_paid) {
    Diagnostics diags;
    BodyPtr body = parse_file("test.hcl",
                              "dynamic \"b\" {\n  for_each = range(1000)\n  content {\n    dynamic \"b\" {\n"
                              "      for_each = range(1000)\n      content {}\n    }\n  }\n}\n",
                              diags);
    EvalContext context;
    context.functions = standard_functions({});
    Schema schema;
    schema.blocks = {{"b", {}}};
    Content outer = expand_dynamic(body, context)->content(schema, diags);
    ASSERT_EQ(outer.blocks.size(), 1000u);
    size_t made = 0;
    for (const Block& block : outer.blocks) made += block.body->content(schema, diags).blocks.size();
    EXPECT_LT(made, 100'000u);
    EXPECT_NE(diags.brief().find("Evaluation limit exceeded"), std::string::npos);
}

TEST(Limits, columns_of_many_wrong_escapes_are_right) {
    Diagnostics diags;
    parse_expression("\"" + repeated("\u00e9\\q", 3) + "\"", diags);
    ASSERT_EQ(diags.size(), 3u);
    EXPECT_EQ(diags[0].subject->to_string(), ":1,3-5");
    EXPECT_EQ(diags[2].subject->to_string(), ":1,9-11");
}

}  // namespace
}  // namespace drover::hcl
