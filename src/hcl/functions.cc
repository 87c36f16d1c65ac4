#include "hcl/functions.h"

#include <algorithm>

#include "hcl/function_helpers.h"

namespace drover::hcl {

Value list_or_tuple(Value::Sequence elements) {
    if (elements.empty()) return Value::tuple({});
    Type type = elements.front().type();
    bool same = std::all_of(elements.begin(), elements.end(), [&](const Value& v) { return v.type() == type; });
    return same ? Value::list(type, std::move(elements)) : Value::tuple(std::move(elements));
}

Shared<FunctionTable> standard_functions(const FunctionEnvironment& environment) {
    auto table = std::make_shared<FunctionTable>();
    add_number_functions(*table);
    add_string_functions(*table);
    add_format_functions(*table);
    add_collection_functions(*table);
    add_set_functions(*table);
    add_encoding_functions(*table);
    add_yaml_functions(*table);
    add_hash_functions(*table, environment);
    add_date_functions(*table);
    add_network_functions(*table);
    add_file_functions(*table, environment);
    add_expression_functions(*table);
    set_costs(*table);
    return table;
}

namespace {

FunctionResult converted(std::span<const ExprPtr> exprs, const EvalContext& context) {
    Diagnostics diags;
    Value value = exprs[0]->evaluate(context, diags);
    auto type = parse_type(*exprs[1], true, diags);
    if (diags.has_errors()) return tl::unexpected<FunctionError>({"", -1, std::move(diags)});
    auto result = convert(value, *type);
    if (!result) return refuse_argument(0, result.error());
    return *result;
}

}  // namespace

void add_expression_functions(FunctionTable& table) {
    table["can"] = {{any_parameter("expression", true)},
                    std::nullopt,
                    nullptr,
                    [](std::span<const ExprPtr> exprs, const EvalContext& context) -> FunctionResult {
                        Diagnostics diags;
                        exprs[0]->evaluate(context, diags);
                        return Value::boolean(!diags.has_errors());
                    }};
    table["try"] = {{},
                    any_parameter("expressions", true),
                    nullptr,
                    [](std::span<const ExprPtr> exprs, const EvalContext& context) -> FunctionResult {
                        std::string failures;
                        if (exprs.empty()) return refuse("at least one argument is required");
                        for (const ExprPtr& expr : exprs) {
                            Diagnostics diags;
                            Value value = expr->evaluate(context, diags);
                            if (!diags.has_errors()) return value;
                            for (const Diagnostic& d : diags) {
                                failures +=
                                    "\n- " + d.summary + (d.subject ? " (at " + d.subject->to_string() + ")" : "");
                                failures += "\n  " + d.detail;
                            }
                            if (failures.size() > 10'000) failures.resize(10'000);
                        }
                        return refuse("no expression succeeded:" + failures +
                                      "\n\nAt least one expression must produce a "
                                      "successful result");
                    }};
    table["convert"] = {{any_parameter("value", true), any_parameter("type", true)}, std::nullopt, nullptr, converted};
}

}  // namespace drover::hcl
