// Function calls: finding the function, expanding the last argument, counting and converting arguments, reporting
// failures.
#include "base/strings.h"
#include "hcl/convert.h"
#include "hcl/function_helpers.h"
#include "hcl/nodes.h"

namespace drover::hcl {

using Kind = Type::Kind;

const Function* CallNode::find(const EvalContext& context, Diagnostics& diags) const {
    for (const EvalContext* c = &context; c; c = c->parent()) {
        if (!c->functions) continue;
        auto it = c->functions->find(parts_.name);
        if (it != c->functions->end()) return &it->second;
    }
    if (const size_t scope = parts_.name.rfind("::"); scope != std::string::npos) {
        diags.error("Call to unknown function",
                    "There are no functions in namespace " + quote(parts_.name.substr(0, scope + 2)) + ".",
                    parts_.name_range);
        return nullptr;
    }
    constexpr uint64_t kSearch = 50'000;  // of all functions for one of a like name
    if (!context.budget().spend(kSearch)) {
        out_of_budget(context, range(), diags);
        return nullptr;
    }
    std::vector<std::string> known;
    for (const EvalContext* c = &context; c; c = c->parent()) {
        if (!c->functions) continue;
        for (const auto& [name, function] : *c->functions) known.push_back(name);
    }
    if (known.empty()) {
        diags.error("Function calls not allowed", "Functions may not be called here.", range());
        return nullptr;
    }
    std::string hint = suggestion(parts_.name, known);
    diags.error("Call to unknown function",
                "There is no function named " + quote(parts_.name) + "." +
                    (hint.empty() ? "" : " Did you mean " + quote(hint) + "?"),
                parts_.name_range);
    return nullptr;
}

// The arguments as the call will have them, the last one expanded. False if there can be no call.
bool CallNode::gather(std::vector<Argument>& arguments, const EvalContext& context, Diagnostics& diags) const {
    size_t plain = parts_.arguments.size() - (parts_.expand_last ? 1 : 0);
    for (size_t i = 0; i < plain; ++i) {
        arguments.push_back({Value(), parts_.arguments[i]->start_range(), false, parts_.arguments[i]});
    }
    if (!parts_.expand_last) return true;
    const ExprPtr& expr = parts_.arguments.back();
    Value value = expr->evaluate(context, diags);
    if (!value.is_known()) return false;
    if (value.is_null() || !value.type().is_sequence()) {
        diags.error("Invalid expanding argument value",
                    value.is_null()
                        ? "The expanding argument (indicated by ...) must not be null."
                        : "The expanding argument (indicated by ...) must be of a tuple, list, or set type.",
                    expr->range());
        return false;
    }
    for (const Value& item : value.as_sequence()) {
        auto literal = std::make_shared<LiteralNode>(item, expr->range());
        arguments.push_back({item, expr->start_range(), true, literal});
    }
    return true;
}

bool CallNode::count_fits(const Function& function, const std::vector<Argument>& arguments, Diagnostics& diags) const {
    size_t wanted = function.parameters.size();
    if (arguments.size() < wanted) {
        // Users know this message with the function's name where the parameter's would be.
        diags.error("Not enough function arguments",
                    "Function " + quote(parts_.name) + " expects" + (function.rest ? " at least " : " ") +
                        std::to_string(wanted) + " argument(s). Missing value for " +
                        quote(function.parameters[arguments.size()].name) + ".",
                    parts_.close);
        return false;
    }
    if (arguments.size() > wanted && !function.rest) {
        diags.error("Too many function arguments",
                    "Function " + quote(parts_.name) + " expects only " + std::to_string(wanted) + " argument(s).",
                    arguments[wanted].range);
        return false;
    }
    return true;
}

// Evaluates and converts the arguments. False if one of them is faulty.
bool CallNode::prepare(const Function& function, std::vector<Argument>& arguments, bool& unknown,
                       const EvalContext& context, Diagnostics& diags) const {
    size_t mark = diags.count();
    for (size_t i = 0; i < arguments.size(); ++i) {
        const Parameter& parameter = i < function.parameters.size() ? function.parameters[i] : *function.rest;
        Argument& argument = arguments[i];
        if (!argument.evaluated) argument.value = argument.expr->evaluate(context, diags);
        // Numbers among it become texts, and small frames become other frames.
        bool changes = !parameter.type.is(Kind::dynamic) && argument.value.size() > 0;
        uint64_t weight = changes ? argument.value.weight() : 0;
        if (!context.budget().spend(weight * 4) || !context.budget().hold(weight)) {
            out_of_budget(context, start_range(), diags);
            return false;
        }
        auto converted = convert(argument.value, parameter.type);
        if (!converted) {
            diags.error("Invalid function argument",
                        "Invalid value for " + quote(parameter.name) + " parameter: " + converted.error() + ".",
                        argument.range);
            continue;
        }
        argument.value = std::move(*converted);
        if (argument.value.is_null() && !parameter.allow_null) {
            diags.error("Invalid function argument",
                        "Invalid value for " + quote(parameter.name) + " parameter: argument must not be null.",
                        argument.range);
        }
        if (!argument.value.is_wholly_known() && !parameter.allow_unknown) unknown = true;
    }
    return diags.count() == mark;
}

void CallNode::report(const Function& function, const FunctionError& error, const std::vector<Argument>& arguments,
                      Diagnostics& diags) const {
    diags.append(error.diagnostics);
    if (!error.diagnostics.empty()) return;
    auto index = static_cast<size_t>(error.argument);
    if (error.argument < 0 || index >= arguments.size()) {
        diags.error("Error in function call",
                    "Call to function " + quote(parts_.name) + " failed: " + error.message + ".", start_range());
        return;
    }
    const Parameter& parameter = index < function.parameters.size() ? function.parameters[index] : *function.rest;
    diags.error("Invalid function argument",
                "Invalid value for " + quote(parameter.name) + " parameter: " + error.message + ".",
                arguments[index].range);
}

Value CallNode::compute(const EvalContext& context, Diagnostics& diags) const {
    const Function* function = find(context, diags);
    std::vector<Argument> arguments;
    if (!function || !gather(arguments, context, diags) || !count_fits(*function, arguments, diags))
        return Value::unknown();
    if (function->call_lazy) {
        std::vector<ExprPtr> exprs;
        for (const Argument& argument : arguments) exprs.push_back(argument.expr);
        FunctionResult result = function->call_lazy(exprs, context);
        // What the function has kept to itself is to be told, if that was the end of the budget.
        if (context.budget().work == 0) {
            context.budget().reported = false;
            return out_of_budget(context, start_range(), diags);
        }
        if (result) return charged(std::move(*result), context, start_range(), diags);
        report(*function, result.error(), arguments, diags);
        return Value::unknown();
    }
    bool unknown = false;
    if (!prepare(*function, arguments, unknown, context, diags) || unknown) return Value::unknown();
    return call(*function, arguments, context, diags);
}

// Pays for what the arguments make it cost, then for what came of it.
Value CallNode::call(const Function& function, const std::vector<Argument>& arguments, const EvalContext& context,
                     Diagnostics& diags) const {
    std::vector<Value> values;
    for (const Argument& argument : arguments) values.push_back(argument.value);
    EvalBudget& budget = context.budget();
    CallCost cost = function.cost ? function.cost(values) : default_cost(values);
    if (!budget.spend(cost.work) || !budget.hold(cost.memory)) return out_of_budget(context, start_range(), diags);
    FunctionResult result = function.call_metered ? function.call_metered(values, budget) : function.call(values);
    if (budget.work == 0) return out_of_budget(context, start_range(), diags);
    if (!result) {
        // Messages repeat what they are about.
        if (!budget.hold(2 * result.error().message.size())) return out_of_budget(context, start_range(), diags);
        report(function, result.error(), arguments, diags);
        return Value::unknown();
    }
    uint64_t bytes = cost.memory > 0 || cost.shares ? result->own_weight() : result->weight();
    return charged(std::move(*result), bytes, context, start_range(), diags);
}

}  // namespace drover::hcl
