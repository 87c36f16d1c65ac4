#include "model/jobspec_variables.h"

#include <algorithm>

#include "base/strings.h"
#include "hcl/convert.h"
#include "hcl/parser.h"

namespace drover::model {

using hcl::Attribute;
using hcl::Block;
using hcl::BodyPtr;
using hcl::Content;
using hcl::Value;

namespace {

bool is_identifier(std::string_view name) {
    const auto letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || c < 0; };
    if (name.empty() || !letter(name.front())) return false;
    return std::all_of(name.begin(), name.end(),
                       [&](char c) { return letter(c) || std::isdigit(static_cast<unsigned char>(c)) || c == '-'; });
}

constexpr JobspecVariables::Origin kFromEnvironment = {"env variable", "env", "Invalid value for variable", "value"};
constexpr JobspecVariables::Origin kFromFile = {"varfile variable", "", "Invalid value for variable", "value"};
constexpr JobspecVariables::Origin kFromArguments = {"cmd variable", "arguments",
                                                     "Invalid argument value for -var variable", "received arg value"};

// Where a value stands that is in no source.
hcl::Range nowhere() { return {nullptr, {0, 0, 0}, {0, 0, 0}}; }

std::string constant_text(const Attribute& attribute, const hcl::EvalContext& nothing, hcl::Diagnostics& diags) {
    const Value value = attribute.expr->evaluate(nothing, diags);
    const auto text = hcl::to_text(value);
    return text ? *text : std::string();
}

bool is_variable(const hcl::Traversal& traversal, std::string_view name) {
    return traversal.root() == "var" && traversal.steps.size() > 1 &&
           traversal.steps[1].kind == hcl::Step::Kind::attribute && traversal.steps[1].name == name;
}

}  // namespace

bool JobspecVariables::is_new(const std::string& name) {
    if (!variables_.contains(name)) return true;
    diags_.error("Duplicate variable", "Duplicate " + name + " variable definition found.");
    return false;
}

void JobspecVariables::declare(const Block& block) {
    static const hcl::Schema kSchema = {{{"description", false}, {"default", false}, {"type", false}},
                                        {{"validation", {}}}};
    const std::string name = block.labels.empty() ? "" : block.labels.front();
    if (!is_new(name)) return;
    if (!is_identifier(name)) {
        diags_.error("Invalid variable name",
                     "A name must start with a letter or underscore and may contain only letters, digits, underscores, "
                     "and dashes.",
                     block.label_ranges.empty() ? block.def_range : block.label_ranges.front());
    }
    const Content content = block.body->content(kSchema, diags_);
    Variable& variable = variables_[name];
    if (const Attribute* maybe_given = content.attributes.find("type")) {
        if (const auto type = hcl::parse_type(*maybe_given->expr, false, diags_)) {
            variable.type = *type, variable.has_type = true;
        }
    }
    if (const Attribute* maybe_given = content.attributes.find("default")) {
        const hcl::EvalContext nothing(budget_);
        Value value = maybe_given->expr->evaluate(nothing, diags_);
        if (const auto converted = hcl::convert(value, variable.type)) {
            value = *converted;
        } else {
            diags_.error(
                "Invalid default value for variable",
                "This default value is not compatible with the variable's type constraint: " + converted.error() + ".",
                maybe_given->expr->range());
        }
        if (!variable.has_type) variable.type = value.type(), variable.has_type = true;
        variable.value = value, variable.has_value = true;
        variable.origin = "default variable", variable.value_range = maybe_given->expr->start_range();
    }
    for (const Block& validation : content.blocks) read_check(name, validation, variable);
}

void JobspecVariables::read_check(const std::string& name, const Block& block, Variable& variable) {
    static const hcl::Schema kSchema = {{{"condition", true}, {"error_message", true}}, {}};
    const Content content = block.body->content(kSchema, diags_);
    const Attribute* condition = content.attributes.find("condition");
    const Attribute* message = content.attributes.find("error_message");
    if (!condition || !message) return;
    const hcl::Expression& asked = *condition->expr;
    bool looks_at_it = false;
    for (const hcl::Traversal& traversal : hcl::references(asked)) {
        if (is_variable(traversal, name)) {
            looks_at_it = true;
            continue;
        }
        diags_.error("Invalid reference in variable validation",
                     "The condition for variable " + quote(name) +
                         " can only refer to the variable itself, using var." + name + ".",
                     traversal.range());
    }
    if (!looks_at_it) {
        diags_.error("Invalid variable validation condition",
                     "The condition for variable " + quote(name) + " must refer to var." + name +
                         " in order to test incoming values.",
                     asked.range());
    }
    const hcl::EvalContext nothing(budget_);
    Check check{condition->expr, constant_text(*message, nothing, diags_), block.def_range};
    if (trim(check.message).empty()) {
        diags_.error("Invalid validation error message",
                     "An empty or blank string is not a valid nor useful error message.", message->expr->range());
        return;
    }
    variable.checks.push_back(std::move(check));
}

void JobspecVariables::declare_plain(const BodyPtr& body) {
    const hcl::EvalContext nothing(budget_);
    for (const Attribute& attribute : body->just_attributes(diags_)) {
        const std::string& name = attribute.name;
        if (!is_new(name)) continue;
        Variable& variable = variables_[name];
        variable.value = attribute.expr->evaluate(nothing, diags_);
        variable.type = variable.value.type();
        variable.has_type = variable.has_value = true;
        variable.origin = "default variable", variable.value_range = attribute.expr->start_range();
    }
}

void JobspecVariables::set(const std::string& name, const hcl::Expression& expr, const Origin& origin) {
    const hcl::EvalContext nothing(budget_);
    set(name, expr.evaluate(nothing, diags_), expr.range(), origin);
}

void JobspecVariables::set(const std::string& name, const Value& value, const hcl::Range& range, const Origin& origin) {
    Variable& variable = variables_.find(name)->second;
    const auto converted = hcl::convert(value, variable.type);
    if (!converted) {
        diags_.error(std::string(origin.mismatch),
                     "The " + std::string(origin.noun) + " for " + name +
                         " is not compatible with the variable's type constraint: " + converted.error() + ".",
                     range);
    }
    variable.value = converted ? *converted : Value::unknown(), variable.has_value = true;
    variable.origin = origin.name, variable.value_range = range;
}

Result<void> JobspecVariables::assign_file(const std::string& name, std::string_view text, bool strict) {
    hcl::Diagnostics syntax;
    const BodyPtr body = hcl::parse_file(name, to_valid_utf8(text), syntax);
    if (syntax.has_errors()) {
        diags_.append(syntax);
        return fail(Error::bad_request("unable to parse var content: " + syntax.brief()));
    }
    static const hcl::Schema kDeclarations = {{}, {{"variable", {"name"}}, {"variables", {}}}};
    BodyPtr rest;
    const Content declared = body->partial_content(kDeclarations, rest, syntax);
    for (const Block& block : declared.blocks) {
        if (block.type != "variable" || block.labels.empty()) continue;
        const std::string& wanted = block.labels.front();
        diags_.error("Variable declaration in a .var file",
                     "A .var file is used to assign values to variables that have already been declared in job files, "
                     "not to declare new variables. To declare variable " +
                         quote(wanted) +
                         ", place this block in one of your job files\n\nTo set a value for this variable in " + name +
                         ", use the definition syntax instead:\n    " + wanted + " = <value>",
                     block.type_range);
        return {};
    }
    for (const Attribute& attribute : body->just_attributes(diags_)) {
        const std::string& variable = attribute.name;
        if (variables_.contains(variable)) {
            set(variable, *attribute.expr, kFromFile);
        } else if (strict) {
            diags_.error("Undefined variable", "A " + quote(variable) +
                                                   " variable was set but was not found in known variables. To declare "
                                                   "variable " +
                                                   quote(variable) + ", place this block in your job files");
        }
    }
    return {};
}

void JobspecVariables::assign_one(const std::string& name, const std::string& text, const Origin& origin, bool strict) {
    const auto it = variables_.find(name);
    if (it == variables_.end()) {
        if (strict) {
            diags_.error("Undefined -var variable",
                         "A " + quote(name) +
                             " variable was passed in the command line but was not found in known "
                             "variables. To declare variable " +
                             quote(name) + ", place this block in your job file");
        }
        return;
    }
    const hcl::Type& type = it->second.type;
    const std::string valid = to_valid_utf8(text);
    // Texts and numbers stand for themselves; for anything else the text is an expression.
    if (!it->second.has_type || type.is(hcl::Type::Kind::string) || type.is(hcl::Type::Kind::number)) {
        set(name, Value::string(valid), nowhere(), origin);
        return;
    }
    const auto source = std::make_shared<const hcl::Source>(
        hcl::Source{"<value for var." + name + " from " + std::string(origin.place) + ">", valid});
    const size_t mark = diags_.size();
    const hcl::ExprPtr expr = hcl::parse_expression(source, diags_);
    if (diags_.size() == mark) return set(name, *expr, origin);
    it->second.value = Value::unknown(), it->second.has_value = true;  // so that it is not told to be unset too
}

Result<void> JobspecVariables::assign(const JobspecOptions& options) {
    for (const auto& [name, text] : options.environment) assign_one(name, text, kFromEnvironment, false);
    for (const VariableFile& file : options.variable_files) {
        if (auto read = assign_file(file.name, file.text, options.strict); !read) return read;
    }
    if (!options.variables_text.empty()) {
        if (auto read = assign_file(options.file_name, options.variables_text, options.strict); !read) return read;
    }
    for (const auto& [name, text] : options.variables) assign_one(name, text, kFromArguments, options.strict);
    return {};
}

void JobspecVariables::check(const std::string& name, const Variable& variable) {
    hcl::EvalContext context(budget_);
    context.functions = functions_;
    context.variables["var"] = Value::object({{name, variable.value}});
    for (const Check& check : variable.checks) {
        const Value result = check.condition->evaluate(context, diags_);
        if (!result.is_known()) continue;
        const auto flag = hcl::convert(result, hcl::Type::boolean());
        if (!flag) {
            diags_.error("Invalid variable validation result",
                         "Invalid validation condition result value: " + flag.error() + ".", check.condition->range());
        } else if (flag->is_null() || !flag->as_bool()) {
            diags_.error(
                "Invalid value for " + variable.origin,
                check.message + "\n\nThis was checked by the validation rule at " + check.range.to_string() + ".",
                variable.value_range);
        }
    }
}

Value JobspecVariables::finish() {
    Value::Entries values;
    for (const auto& [name, variable] : variables_) {
        if (!variable.has_value) {
            diags_.error("Unset variable " + quote(name),
                         "A used variable must be set or have a default value; see "
                         "https://developer.hashicorp.com/nomad/docs/reference/hcl2/variables  for details.");
            values.emplace(name, Value::unknown(variable.type));
            continue;
        }
        check(name, variable);
        values.emplace(name, variable.value);
    }
    return Value::object(std::move(values));
}

}  // namespace drover::model
