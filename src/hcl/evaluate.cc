// How each kind of expression computes its value. Errors are reported by functions of their own, so that the frames of
// deeply nested evaluations stay small.
#include <algorithm>

#include "base/strings.h"
#include "hcl/convert.h"
#include "hcl/nodes.h"
#include "hcl/unicode.h"

namespace drover::hcl {

using Kind = Type::Kind;

namespace {

[[gnu::noinline]] Value unknown_variable(const EvalContext& context, const Step& root, Diagnostics& diags) {
    constexpr uint64_t kSearch = 20'000;  // of all names for one of a like spelling
    if (!context.budget().spend(kSearch)) return out_of_budget(context, root.range, diags);
    std::vector<std::string> names;
    for (const EvalContext* c = &context; c; c = c->parent()) {
        for (const auto& [name, value] : c->variables) {
            if (name[0] != '*') names.push_back(name);
        }
    }
    if (names.empty()) {
        diags.error("Variables not allowed", "Variables may not be used here.", root.range);
        return Value::unknown();
    }
    std::string hint = suggestion(root.name, names);
    diags.error("Unknown variable",
                "There is no variable named " + quote(root.name) + "." +
                    (hint.empty() ? "" : " Did you mean " + quote(hint) + "?"),
                root.range);
    return Value::unknown();
}

}  // namespace

Value ReferenceNode::compute(const EvalContext& context, Diagnostics& diags) const {
    const Value* root = context.find_variable(traversal_.root());
    if (root) return take_steps(*root, traversal_.steps, 1, diags);
    for (const EvalContext* c = &context; c; c = c->parent()) {
        if (c->unknown_root) return c->unknown_root(traversal_);
    }
    return unknown_variable(context, traversal_.steps.front(), diags);
}

Value RelativeNode::compute(const EvalContext& context, Diagnostics& diags) const {
    return take_steps(source_->evaluate(context, diags), steps_, 0, diags);
}

Value IndexNode::compute(const EvalContext& context, Diagnostics& diags) const {
    Value collection = collection_->evaluate(context, diags);
    Value key = key_->evaluate(context, diags);
    return index_value(collection, key, bracket_, diags);
}

Value SplatItemNode::compute(const EvalContext& context, Diagnostics&) const {
    const Value* value = context.find_variable(name_);
    return value ? *value : Value::unknown();
}

Value SplatNode::compute(const EvalContext& context, Diagnostics& diags) const {
    Value source = source_->evaluate(context, diags);
    if (!source.is_known()) return Value::unknown();
    bool sequence = source.type().is_sequence();
    if (source.is_null()) {
        if (!sequence) return Value::tuple({});
        diags.error("Splat of null value", "Splat expressions (with the * symbol) cannot be applied to null sequences.",
                    marker_);
        return Value::unknown();
    }
    Value::Sequence elements = sequence ? source.as_sequence() : Value::Sequence{source};
    EvalContext inner(&context);
    for (Value& element : elements) {
        inner.variables.insert_or_assign(item_->name(), element);
        element = each_->evaluate(inner, diags);
    }
    if (source.is(Kind::list) || source.is(Kind::set)) {
        auto same = [&](const Value& v) { return v.type() == elements.front().type(); };
        if (!elements.empty() && std::all_of(elements.begin(), elements.end(), same)) {
            Type type = elements.front().type();
            return charged(Value::list(type, std::move(elements)), context, range_, diags);
        }
    }
    return charged(Value::tuple(std::move(elements)), context, range_, diags);
}

// Parentheses nest deeper than anything else that people write, so no step of these recurses.
const Expression& ParenNode::innermost() const {
    const Expression* at = inner_.get();
    while (const auto* paren = dynamic_cast<const ParenNode*>(at)) at = paren->inner_.get();
    return *at;
}

Range ParenNode::start_range() const { return innermost().start_range(); }
void ParenNode::collect(References& references) const { innermost().collect(references); }
Value ParenNode::compute(const EvalContext& context, Diagnostics& diags) const {
    return innermost().evaluate(context, diags);
}

namespace {

Type operand_type(Operator op) {
    switch (op) {
        case Operator::equal:
        case Operator::not_equal: return Type::dynamic();
        case Operator::logical_and:
        case Operator::logical_or:
        case Operator::logical_not: return Type::boolean();
        default: return Type::number();
    }
}

Type result_type(Operator op) {
    switch (op) {
        case Operator::add:
        case Operator::subtract:
        case Operator::multiply:
        case Operator::divide:
        case Operator::modulo:
        case Operator::negate: return Type::number();
        default: return Type::boolean();
    }
}

[[gnu::noinline]] void bad_operand(const std::string& side, const std::string& why, const Range& subject,
                                   Diagnostics& diags) {
    diags.error("Invalid operand", "Unsuitable value for " + side + " operand: " + why + ".", subject);
}

[[gnu::noinline]] Value failed_operation(Operator op, const std::string& why, const Range& subject,
                                         Diagnostics& diags) {
    diags.error("Operation failed", "Error during operation: " + why + ".", subject);
    return Value::unknown(result_type(op));
}

Value compare(Operator op, const Number& a, const Number& b) {
    switch (op) {
        case Operator::less: return Value::boolean(a < b);
        case Operator::less_equal: return Value::boolean(a <= b);
        case Operator::greater: return Value::boolean(a > b);
        default: return Value::boolean(a >= b);
    }
}

tl::expected<Value, std::string> arithmetic(Operator op, const Number& a, const Number& b) {
    auto no = [](const char* why) { return tl::unexpected<std::string>(why); };
    switch (op) {
        case Operator::add:
            if (a.is_infinite() && b.is_infinite() && a.sign() != b.sign()) {
                return no("can't compute sum of opposing infinities");
            }
            return Value::number(a + b);
        case Operator::subtract:
            if (a.is_infinite() && b.is_infinite() && a.sign() == b.sign()) {
                return no("can't subtract infinity from itself");
            }
            return Value::number(a - b);
        case Operator::multiply:
            if ((a.is_infinite() && b.is_zero()) || (a.is_zero() && b.is_infinite())) {
                return no("can't multiply zero by infinity");
            }
            return Value::number(a * b);
        case Operator::divide:
            if ((a.is_infinite() && b.is_infinite()) || (a.is_zero() && b.is_zero())) {
                return no("can't divide zero by zero or infinity by infinity");
            }
            return Value::number(a / b);
        default:
            if ((a.is_infinite() && b.is_zero()) || (a.is_zero() && b.is_infinite())) {
                return no("can't use modulo with zero and infinity");
            }
            return Value::number(a % b);
    }
}

[[gnu::noinline]] Value apply(Operator op, const Value& a, const Value& b, const Range& where, Diagnostics& diags) {
    if (op == Operator::equal || op == Operator::not_equal) {
        auto same = equal(a, b);
        return same ? Value::boolean(*same == (op == Operator::equal)) : Value::unknown(Type::boolean());
    }
    if (a.is_null() || b.is_null()) return failed_operation(op, "argument must not be null", where, diags);
    if (!a.is_known() || !b.is_known()) return Value::unknown(result_type(op));
    if (op == Operator::logical_and) return Value::boolean(a.as_bool() && b.as_bool());
    if (op == Operator::logical_or) return Value::boolean(a.as_bool() || b.as_bool());
    if (result_type(op) == Type::boolean()) return compare(op, a.as_number(), b.as_number());
    auto result = arithmetic(op, a.as_number(), b.as_number());
    return result ? *result : failed_operation(op, result.error(), where, diags);
}

}  // namespace

Value BinaryNode::compute(const EvalContext& context, Diagnostics& diags) const {
    size_t mark = diags.count();
    Value left = left_->evaluate(context, diags);
    Value right = right_->evaluate(context, diags);
    Type wanted = operand_type(op_);
    auto a = convert(left, wanted);
    auto b = convert(right, wanted);
    if (!a) bad_operand("left", a.error(), left_->range(), diags);
    if (!b) bad_operand("right", b.error(), right_->range(), diags);
    if (diags.count() > mark) return Value::unknown(result_type(op_));
    return apply(op_, *a, *b, range(), diags);
}

Value UnaryNode::compute(const EvalContext& context, Diagnostics& diags) const {
    size_t mark = diags.count();
    Value given = operand_->evaluate(context, diags);
    auto value = convert(given, operand_type(op_));
    if (!value) bad_operand("unary", value.error(), operand_->range(), diags);
    if (diags.count() > mark) return Value::unknown(result_type(op_));
    if (value->is_null()) return failed_operation(op_, "argument must not be null", range(), diags);
    if (!value->is_known()) return Value::unknown(result_type(op_));
    return op_ == Operator::negate ? Value::number(-value->as_number()) : Value::boolean(!value->as_bool());
}

namespace {

// Where two types differ first, as a sentence.
std::string difference(const Type& yes, const Type& no) {
    if (yes.is(Kind::tuple) && no.is(Kind::tuple)) {
        size_t length = yes.elements().size();
        if (length != no.elements().size()) {
            return "The 'true' tuple has length " + std::to_string(length) + ", but the 'false' tuple has length " +
                   std::to_string(no.elements().size());
        }
        for (size_t i = 0; i < length; ++i) {
            if (yes.elements()[i] == no.elements()[i]) continue;
            return "Type mismatch for tuple element " + std::to_string(i) + ": " +
                   difference(yes.elements()[i], no.elements()[i]);
        }
    }
    if (yes.is(Kind::object) && no.is(Kind::object)) {
        for (const auto& [name, type] : yes.attributes()) {
            const auto other = no.attributes().find(name);
            if (other == no.attributes().end()) {
                return "The 'true' value includes object attribute " + quote(name) +
                       ", which is absent in the 'false' value";
            }
            if (type == other->second) continue;
            return "Type mismatch for object attribute " + quote(name) + ": " + difference(type, other->second);
        }
        for (const auto& [name, type] : no.attributes()) {
            if (yes.attributes().contains(name)) continue;
            return "The 'false' value includes object attribute " + quote(name) +
                   ", which is absent in the 'true' value";
        }
    }
    if (yes.is_collection() && yes.kind() == no.kind() && yes.element().is(no.element().kind()) &&
        (yes.element().is(Kind::tuple) || yes.element().is(Kind::object))) {
        std::string kind = yes.is(Kind::list) ? "list" : yes.is(Kind::set) ? "set" : "map";
        return "Mismatched " + kind + " element types: " + difference(yes.element(), no.element());
    }
    return "The 'true' value is " + yes.friendly_name() + ", but the 'false' value is " + no.friendly_name();
}

[[gnu::noinline]] Value inconsistent_results(const Type& yes, const Type& no, const Range& where, Diagnostics& diags) {
    diags.error("Inconsistent conditional result types",
                "The true and false result expressions must have consistent types. " + difference(yes, no) + ".",
                where);
    return Value::unknown();
}

[[gnu::noinline]] Value bad_condition(const Value& condition, const Range& where, Diagnostics& diags) {
    if (condition.is_null()) {
        diags.error("Null condition", "The condition value is null. Conditions must either be true or false.", where);
    } else {
        diags.error("Incorrect condition type", "The condition expression must be of type bool.", where);
    }
    return Value::unknown();
}

}  // namespace

// Both results are evaluated, because their types decide the type of the whole; only the chosen one's errors count.
Value ConditionalNode::compute(const EvalContext& context, Diagnostics& diags) const {
    Diagnostics yes_diags;
    Diagnostics no_diags;
    Value yes = yes_->evaluate(context, yes_diags);
    Value no = no_->evaluate(context, no_diags);
    if (context.budget().work == 0) {
        context.budget().reported = false;
        return out_of_budget(context, range_, diags);
    }
    bool yes_untyped = yes.is_null() && yes.is(Kind::dynamic);
    bool no_untyped = no.is_null() && no.is(Kind::dynamic);
    std::optional<Type> type = yes_untyped ? no.type() : no_untyped ? yes.type() : unify({yes.type(), no.type()});
    if (!type) return inconsistent_results(yes.type(), no.type(), between(yes_->range(), no_->range()), diags);

    Value given = condition_->evaluate(context, diags);
    if (!given.is_known()) return Value::unknown(*type);
    auto condition = convert(given, Type::boolean());
    if (given.is_null() || !condition) return bad_condition(given, condition_->range(), diags);
    bool chosen = condition->as_bool();
    diags.append(chosen ? yes_diags : no_diags);
    auto result = convert(chosen ? yes : no, *type);
    if (result) return *result;
    diags.error(
        "Inconsistent conditional result types",
        std::string("The ") + (chosen ? "true" : "false") + " result value has the wrong type: " + result.error() + ".",
        (chosen ? yes_ : no_)->range());
    return Value::unknown();
}

Value TupleNode::compute(const EvalContext& context, Diagnostics& diags) const {
    Value::Sequence elements;
    elements.reserve(items_.size());
    for (const ExprPtr& item : items_) elements.push_back(item->evaluate(context, diags));
    return charged(Value::tuple(std::move(elements)), context, open_, diags);
}

ObjectKeyNode::ObjectKeyNode(ExprPtr inner) : inner_(std::move(inner)) {
    contain(inner_);
    if (dynamic_cast<const ParenNode*>(inner_.get())) return;
    if (auto keyword = inner_->as_keyword()) {
        name_ = *keyword;
    } else if (auto traversal = inner_->as_traversal()) {
        ambiguous_ = true;
    }
}

Value ObjectKeyNode::compute(const EvalContext& context, Diagnostics& diags) const {
    if (!name_.empty()) return Value::string(name_);
    if (!ambiguous_) return inner_->evaluate(context, diags);
    diags.error("Ambiguous attribute key",
                "If this expression is intended to be a reference, wrap it in parentheses. If it's instead intended as "
                "a literal "
                "name containing periods, wrap it in quotes to create a string literal.",
                range());
    return Value::unknown();
}

namespace {

// The text of a key, or nothing (reported) if it cannot be one. Unknown keys give nothing, too.
[[gnu::noinline]] std::optional<std::string> object_key(const Value& key, const Range& where, Diagnostics& diags) {
    if (!key.is_known()) return std::nullopt;
    if (key.is_null()) {
        diags.error("Null value as key", "Can't use a null value as a key.", where);
        return std::nullopt;
    }
    auto text = convert(key, Type::string());
    if (text) return text->as_string();
    diags.error("Incorrect key type", "Can't use this value as a key: " + text.error() + ".", where);
    return std::nullopt;
}

}  // namespace

Value ObjectNode::compute(const EvalContext& context, Diagnostics& diags) const {
    Value::Entries entries;
    bool known = true;
    for (const ObjectItem& item : items_) {
        Value key = item.key->evaluate(context, diags);
        Value value = item.value->evaluate(context, diags);
        auto name = object_key(key, item.key->range(), diags);
        known = known && name.has_value();
        if (name) entries.insert_or_assign(std::move(*name), std::move(value));
    }
    if (!known) return Value::unknown();
    return charged(Value::object(std::move(entries)), context, open_, diags);
}

Value TemplateNode::compute(const EvalContext& context, Diagnostics& diags) const {
    std::string out;
    bool known = true;
    for (const ExprPtr& part : parts_) {
        Value value = part->evaluate(context, diags);
        if (value.is_null()) {
            diags.error("Invalid template interpolation value",
                        "The expression result is null. Cannot include a null value in a string template.",
                        part->range());
            continue;
        }
        if (!value.is_known()) {
            known = false;
            continue;
        }
        auto text = convert(value, Type::string());
        if (!text) {
            diags.error("Invalid template interpolation value",
                        "Cannot include the given value in a string template: " + text.error() + ".", part->range());
            continue;
        }
        if (!context.budget().hold(text->as_string().size())) return out_of_budget(context, range_, diags);
        out += text->as_string();
    }
    if (!known) return Value::unknown(Type::string());
    return charged(Value::string(out), context, range_, diags);
}

Value TextNode::compute(const EvalContext& context, Diagnostics& diags) const {
    return charged(Value::string(text()), context, range_, diags);
}

Value JoinNode::compute(const EvalContext& context, Diagnostics& diags) const {
    Value tuple = tuple_->evaluate(context, diags);
    if (!tuple.is_wholly_known() || tuple.is_null() || !tuple.type().is_sequence())
        return Value::unknown(Type::string());
    std::string out;
    for (const Value& item : tuple.as_sequence()) {
        auto text = convert(item, Type::string());
        if (item.is_null() || !text) {
            diags.error("Invalid template interpolation value",
                        "An iteration result cannot be included in a string template.", range());
            continue;
        }
        if (!context.budget().hold(text->as_string().size())) return out_of_budget(context, range(), diags);
        out += text->as_string();
    }
    return charged(Value::string(out), context, range(), diags);
}

void ForNode::collect(References& references) const {
    parts_.collection->collect(references);
    auto fresh = references.hide({parts_.key_name, parts_.value_name});
    for (const ExprPtr* child : {&parts_.key, &parts_.value, &parts_.condition}) {
        if (*child) (*child)->collect(references);
    }
    references.reveal(fresh);
}

// Whether the condition takes the element; `failed` if that is not to be told.
bool ForNode::wanted(const EvalContext& inner, Diagnostics& diags, bool& failed) const {
    if (!parts_.condition) return true;
    Value given = parts_.condition->evaluate(inner, diags);
    if (!given.is_known()) {
        failed = true;
        return false;
    }
    auto flag = convert(given, Type::boolean());
    if (given.is_null() || !flag) {
        diags.error(given.is_null() ? "Condition is null" : "Invalid 'for' condition",
                    given.is_null() ? "The value of the 'if' clause must not be null."
                                    : "The 'if' clause value is invalid: " + flag.error() + ".",
                    parts_.condition->range());
        failed = true;
        return false;
    }
    return flag->as_bool();
}

std::optional<std::string> ForNode::key_of(const EvalContext& inner, Diagnostics& diags) const {
    Value given = parts_.key->evaluate(inner, diags);
    if (!given.is_known()) return std::nullopt;
    auto key = convert(given, Type::string());
    if (!given.is_null() && key) return key->as_string();
    diags.error("Invalid object key",
                given.is_null() ? "Key expression in 'for' expression must not produce a null value."
                                : "The key expression produced an invalid result: " + key.error() + ".",
                parts_.key->range());
    return std::nullopt;
}

namespace {

// A collection as pairs of key and element, in order.
std::vector<std::pair<Value, Value>> pairs_of(const Value& collection) {
    std::vector<std::pair<Value, Value>> out;
    if (collection.type().is_keyed()) {
        for (const auto& [key, value] : collection.as_entries()) out.emplace_back(Value::string(key), value);
        return out;
    }
    int64_t index = 0;
    for (const Value& value : collection.as_sequence()) {
        out.emplace_back(collection.is(Kind::set) ? value : Value::number(index), value);
        ++index;
    }
    return out;
}

}  // namespace

Value ForNode::compute(const EvalContext& context, Diagnostics& diags) const {
    Value collection = parts_.collection->evaluate(context, diags);
    if (!collection.is_known()) return Value::unknown();
    if (collection.is_null()) {
        diags.error("Iteration over null value", "A null value cannot be used as the collection in a 'for' expression.",
                    parts_.collection->range());
        return Value::unknown();
    }
    if (!collection.type().is_sequence() && !collection.type().is_keyed()) {
        diags.error("Iteration over non-iterable value",
                    "A value of type " + collection.type().friendly_name() +
                        " cannot be used as the collection in a 'for' expression.",
                    parts_.collection->range());
        return Value::unknown();
    }
    auto elements = pairs_of(collection);
    return parts_.key ? build_object(elements, context, diags) : build_tuple(elements, context, diags);
}

Value ForNode::build_tuple(const std::vector<std::pair<Value, Value>>& elements, const EvalContext& context,
                           Diagnostics& diags) const {
    Value::Sequence out;
    bool failed = false;
    EvalContext inner(&context);
    for (const auto& [key, value] : elements) {
        if (!parts_.key_name.empty()) inner.variables.insert_or_assign(parts_.key_name, key);
        inner.variables.insert_or_assign(parts_.value_name, value);
        if (!wanted(inner, diags, failed)) {
            if (failed) return Value::unknown();
            continue;
        }
        out.push_back(parts_.value->evaluate(inner, diags));
    }
    return charged(Value::tuple(std::move(out)), context, parts_.range, diags);
}

Value ForNode::build_object(const std::vector<std::pair<Value, Value>>& elements, const EvalContext& context,
                            Diagnostics& diags) const {
    std::map<std::string, Value::Sequence, std::less<>> groups;
    bool failed = false;
    EvalContext inner(&context);
    for (const auto& [key, value] : elements) {
        if (!parts_.key_name.empty()) inner.variables.insert_or_assign(parts_.key_name, key);
        inner.variables.insert_or_assign(parts_.value_name, value);
        if (!wanted(inner, diags, failed)) {
            if (failed) return Value::unknown();
            continue;
        }
        auto name = key_of(inner, diags);
        if (!name) return Value::unknown();
        Value item = parts_.value->evaluate(inner, diags);
        Value::Sequence& group = groups[*name];
        if (!group.empty() && !parts_.group) {
            diags.error(
                "Duplicate object key",
                "Two different items produced the key " + quote(*name) +
                    " in this 'for' expression. If duplicates are expected, use the ellipsis (...) after the value "
                    "expression to enable grouping by key.",
                parts_.key->range());
            continue;
        }
        group.push_back(std::move(item));
    }
    Value::Entries out;
    for (auto& [name, group] : groups) {
        out.emplace_hint(out.end(), name, parts_.group ? Value::tuple(std::move(group)) : std::move(group.front()));
    }
    return charged(Value::object(std::move(out)), context, parts_.range, diags);
}

}  // namespace drover::hcl
