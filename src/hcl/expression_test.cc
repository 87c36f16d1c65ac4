// A table of expressions and what they come to. Results are written as JSON, errors as summaries and details.
#include <gtest/gtest.h>

#include "base/rng.h"
#include "hcl/function_helpers.h"
#include "hcl/functions.h"
#include "hcl/parser.h"

namespace drover::hcl {
namespace {

std::string evaluate(const std::string& text) {
    static SeededRng rng(1);
    static const Shared<FunctionTable> functions = standard_functions({&rng, false, ""});
    Diagnostics diags;
    ExprPtr expr = parse_expression(text, diags);
    if (diags.has_errors()) return "! " + diags.lines();
    EvalContext context;
    context.functions = functions;
    Diagnostics ignored;
    ExprPtr variables = parse_expression(
        "{ n = 5, s = \"text\", l = [1, 2, 3], o = { a = 1, b = { c = [true] } }, m = convert({ x = 1, y = 2 }, "
        "map(number)), "
        "none = null, users = [{ name = \"ann\", age = 40 }, { name = \"bob\", age = 30 }] }",
        ignored);
    context.variables["var"] = variables->evaluate(context, ignored);
    Value value = expr->evaluate(context, diags);
    if (diags.has_errors()) return "! " + diags.lines();
    if (!value.is_wholly_known()) return "unknown";
    return json_text(value).value_or("not JSON");
}

struct Row {
    const char* expression;
    const char* result;
};

void check(std::span<const Row> rows) {
    for (const Row& row : rows) EXPECT_EQ(evaluate(row.expression), row.result) << row.expression;
}

TEST(Expression, smoke) {
    static constexpr Row kRows[] = {{"1 + 2 * 3", "7"}, {"upper(\"a${1+1}\")", "\"A2\""}};
    check(kRows);
}

}  // namespace
}  // namespace drover::hcl
