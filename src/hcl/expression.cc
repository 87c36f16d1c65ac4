#include "hcl/expression.h"

#include <algorithm>

#include "base/strings.h"
#include "hcl/convert.h"
#include "hcl/eval.h"
#include "hcl/nodes.h"

namespace drover::hcl {

using Kind = Type::Kind;

std::vector<std::string> References::hide(const std::vector<std::string>& names) {
    std::vector<std::string> fresh;
    for (const std::string& name : names) {
        if (hidden_.insert(name).second) fresh.push_back(name);
    }
    return fresh;
}

void References::reveal(const std::vector<std::string>& names) {
    for (const std::string& name : names) hidden_.erase(name);
}

std::vector<Traversal> references(const Expression& expression) {
    References found;
    expression.collect(found);
    return found.take();
}

std::optional<std::string> Expression::as_keyword() const {
    if (const auto* literal = dynamic_cast<const LiteralNode*>(this)) {
        return literal->is_keyword() ? std::optional(std::string(literal->range().text())) : std::nullopt;
    }
    auto traversal = as_traversal();
    if (!traversal || traversal->steps.size() != 1) return std::nullopt;
    return traversal->root();
}

namespace {

constexpr uint64_t kPlainNumberWeight = 300;
constexpr uint64_t kErrorCost = 2'000;

// What it costs to write a number as a text: by the length of the text, and by the square of its precision.
uint64_t text_cost(const Value& number) {
    uint64_t bits = number.is_known() && !number.is_null() ? number.as_number().bits() : 0;
    return number.weight() * 8 + bits * bits / 400;
}

}  // namespace

EvalBudget EvalBudget::for_source(size_t bytes) {
    EvalBudget budget;
    budget.work += bytes * 50;
    budget.memory += bytes * 4;
    return budget;
}

// Out of line: keeps the frames of deep evaluations small.
[[gnu::noinline]] Value out_of_budget(const EvalContext& context, const Range& where, Diagnostics& diags) {
    EvalBudget& budget = context.budget();
    if (!budget.reported) {
        diags.error("Evaluation limit exceeded", "The expressions take too many steps or build too large values.",
                    where);
    }
    budget.reported = true;
    budget.work = 0;
    return Value::unknown();
}

Value Expression::evaluate(const EvalContext& context, Diagnostics& diags) const {
    EvalBudget& budget = context.budget();
    if (!budget.spend(cost_)) return out_of_budget(context, range(), diags);
    size_t mark = diags.count();
    Value value = compute(context, diags);
    if (diags.count() > mark && !budget.spend((diags.count() - mark) * kErrorCost)) {
        return out_of_budget(context, range(), diags);
    }
    if (value.weight() <= kPlainNumberWeight || !value.is(Kind::number)) return value;
    return budget.spend(text_cost(value)) ? value : out_of_budget(context, range(), diags);
}

Value charged(Value value, uint64_t bytes, const EvalContext& context, const Range& where, Diagnostics& diags) {
    if (value.weight() > kMaxValueWeight || value.depth() > kMaxValueDepth || !context.budget().hold(bytes)) {
        return out_of_budget(context, where, diags);
    }
    return value;
}

Value charged(Value value, const EvalContext& context, const Range& where, Diagnostics& diags) {
    uint64_t bytes = value.own_weight();
    return charged(std::move(value), bytes, context, where, diags);
}

const Value* EvalContext::find_variable(std::string_view name) const {
    for (const EvalContext* context = this; context; context = context->parent_) {
        auto it = context->variables.find(name);
        if (it != context->variables.end()) return &it->second;
    }
    return nullptr;
}

Value reference_text(const Traversal& traversal) {
    Range range = traversal.range();
    if (!range.source) return Value::unknown(Type::string());
    std::string_view text = range.source->text;
    size_t begin = range.start.byte;
    while (begin > 0 && text[begin - 1] == ' ') --begin;
    bool opened = begin > 0 && text[begin - 1] == '{';
    std::string out = "${";
    if (opened) out += text.substr(begin, range.start.byte - begin);
    out += range.text();
    for (size_t i = range.end.byte; i < text.size() && (text[i] == ' ' || text[i] == '}'); ++i) {
        if (text[i] == '}') out += text.substr(range.end.byte, i - range.end.byte);
        if (out.size() > kMaxValueWeight / 64) break;
    }
    return Value::string(out + "}");
}

namespace {

Value no_attributes(const Value& value, const Step& step, Diagnostics& diags) {
    std::string detail = "This value does not have any attributes.";
    if (value.type().is_primitive()) {
        detail = "Can't access attributes on a primitive-typed value (" + value.type().friendly_name() + ").";
    }
    diags.error("Unsupported attribute", detail, step.range);
    return Value::unknown();
}

Value attribute_of(const Value& value, const Step& step, Diagnostics& diags) {
    if (value.is_known() && value.is_null()) {
        diags.error("Attempt to get attribute from null value",
                    "This value is null, so it does not have any attributes.", step.range);
        return Value::unknown();
    }
    if (!value.is_known()) return Value::unknown();
    if (!value.type().is_keyed()) return no_attributes(value, step, diags);
    auto it = value.as_entries().find(step.name);
    if (it != value.as_entries().end()) return it->second;
    if (value.is(Kind::map)) {
        diags.error("Missing map element", "This map does not have an element with the key " + quote(step.name) + ".",
                    step.range);
    } else {
        diags.error("Unsupported attribute", "This object does not have an attribute named " + quote(step.name) + ".",
                    step.range);
    }
    return Value::unknown();
}

Value invalid_index(std::string reason, const Range& subject, Diagnostics& diags) {
    diags.error("Invalid index",
                "The given key does not identify an element in this collection value" +
                    (reason.empty() ? "" : ": " + reason) + ".",
                subject);
    return Value::unknown();
}

Value element_of_sequence(const Value& collection, const Value& key, const Range& subject, Diagnostics& diags) {
    auto number = convert(key, Type::number());
    if (!number) return invalid_index(number.error(), subject, diags);
    const Number& index = number->as_number();
    if (index.sign() < 0) return invalid_index("a negative number is not a valid index for a sequence", subject, diags);
    if (!index.is_integer()) {
        return invalid_index("indexing a sequence requires a whole number, but the given index (" +
                                 format_float(index.to_double()) + ") has a fractional part",
                             subject, diags);
    }
    auto position = index.to_uint64();
    if (collection.size() == 0) return invalid_index("the collection has no elements", subject, diags);
    if (!position || *position >= collection.size()) {
        return invalid_index("the given index is greater than or equal to the length of the collection", subject,
                             diags);
    }
    return collection.as_sequence()[*position];
}

}  // namespace

Value index_value(const Value& collection, const Value& key, const Range& subject, Diagnostics& diags) {
    if (!collection.is_known() || !key.is_known()) return Value::unknown();
    if (collection.is_null()) {
        diags.error("Attempt to index null value", "This value is null, so it does not have any indices.", subject);
        return Value::unknown();
    }
    if (key.is_null()) {
        diags.error("Invalid index", "Can't use a null value as an indexing key.", subject);
        return Value::unknown();
    }
    switch (collection.type().kind()) {
        case Kind::list:
        case Kind::tuple: return element_of_sequence(collection, key, subject, diags);
        case Kind::map:
        case Kind::object: {
            auto name = convert(key, Type::string());
            if (!name) return invalid_index(name.error(), subject, diags);
            auto it = collection.as_entries().find(name->as_string());
            return it == collection.as_entries().end() ? invalid_index("", subject, diags) : it->second;
        }
        case Kind::set:
            diags.error(
                "Invalid index",
                "Elements of a set are identified only by their value and don't have any separate index or key to "
                "select with, so it's only possible to perform operations across all elements of the set.",
                subject);
            return Value::unknown();
        default:
            diags.error("Invalid index", "This value does not have any indices.", subject);
            return Value::unknown();
    }
}

Value take_step(const Value& value, const Step& step, Diagnostics& diags) {
    if (step.kind == Step::Kind::index) return index_value(value, step.key, step.range, diags);
    return attribute_of(value, step, diags);
}

Value take_steps(Value value, const std::vector<Step>& steps, size_t first, Diagnostics& diags) {
    size_t mark = diags.count();
    for (size_t i = first; i < steps.size() && diags.count() == mark; ++i) value = take_step(value, steps[i], diags);
    return value;
}

namespace {

class TypeReader {
public:
    TypeReader(bool allow_any, Diagnostics& diags) : allow_any_(allow_any), diags_(diags) {}

    std::optional<Type> read(const Expression& expr, int depth) {
        if (depth > 100) return refuse("This type specification is nested too deeply.", expr.range());
        if (auto word = expr.as_keyword()) return keyword(*word, expr.range());
        auto call = expr.as_call();
        if (!call) {
            return refuse(
                "A type specification is either a primitive type keyword (bool, number, string) or a complex type "
                "constructor call, like list(string).",
                expr.range());
        }
        return constructor(*call, expr, depth);
    }

private:
    std::nullopt_t refuse(std::string detail, const Range& subject) {
        diags_.error("Invalid type specification", std::move(detail), subject);
        return std::nullopt;
    }

    std::optional<Type> keyword(const std::string& word, const Range& range) {
        if (word == "bool") return Type::boolean();
        if (word == "string") return Type::string();
        if (word == "number") return Type::number();
        if (word == "any" && allow_any_) return Type::dynamic();
        if (word == "any") {
            return refuse("The keyword \"any\" cannot be used in this type specification: an exact type is required.",
                          range);
        }
        if (word == "list" || word == "set" || word == "map") {
            return refuse("The " + word + " type constructor requires one argument specifying the element type.",
                          range);
        }
        if (word == "object") {
            return refuse(
                "The object type constructor requires one argument specifying the attribute types and values as a map.",
                range);
        }
        if (word == "tuple") {
            return refuse("The tuple type constructor requires one argument specifying the element types as a list.",
                          range);
        }
        return refuse("The keyword " + quote(word) + " is not a valid type specification.", range);
    }

    std::optional<Type> constructor(const StaticCall& call, const Expression& expr, int depth) {
        const std::string& name = call.name;
        if (name == "bool" || name == "string" || name == "number" || name == "any") {
            return refuse("Primitive type keyword " + quote(name) + " does not expect arguments.", expr.range());
        }
        if (name == "optional") {
            return refuse("Optional attribute modifier is only for type constraints, not for exact types.",
                          call.name_range);
        }
        bool collection = name == "list" || name == "set" || name == "map";
        if (!collection && name != "object" && name != "tuple") {
            return refuse("Keyword " + quote(name) + " is not a valid type constructor.", expr.range());
        }
        if (call.arguments.size() != 1) return keyword(name, expr.range());
        const Expression& argument = *call.arguments[0];
        if (name == "object") return object(argument, depth);
        if (name == "tuple") return tuple(argument, depth);
        auto element = read(argument, depth + 1);
        if (!element) return std::nullopt;
        return name == "list" ? Type::list(*element) : name == "set" ? Type::set(*element) : Type::map(*element);
    }

    std::optional<Type> object(const Expression& argument, int depth) {
        const auto* items = argument.as_object();
        if (!items)
            return refuse(
                "Object type constructor requires a map whose keys are attribute names and whose values are "
                "the corresponding attribute types.",
                argument.range());
        Type::Attributes attributes;
        for (const ObjectItem& item : *items) {
            auto name = item.key->as_keyword();
            if (!name) return refuse("Object constructor map keys must be attribute names.", item.key->range());
            auto type = read(*item.value, depth + 1);
            if (!type) return std::nullopt;
            attributes.insert_or_assign(*name, *type);
        }
        return Type::object(std::move(attributes));
    }

    std::optional<Type> tuple(const Expression& argument, int depth) {
        const auto* items = argument.as_list();
        if (!items) return refuse("Tuple type constructor requires a list of element types.", argument.range());
        std::vector<Type> elements;
        for (const ExprPtr& item : *items) {
            auto type = read(*item, depth + 1);
            if (!type) return std::nullopt;
            elements.push_back(*type);
        }
        return Type::tuple(std::move(elements));
    }

    bool allow_any_;
    Diagnostics& diags_;
};

}  // namespace

std::optional<Type> parse_type(const Expression& expression, bool allow_any, Diagnostics& diags) {
    return TypeReader(allow_any, diags).read(expression, 0);
}

}  // namespace drover::hcl
