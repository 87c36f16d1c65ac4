#pragma once
// Expressions, as trees that never change once parsed; any thread may evaluate one. Evaluation reports what is wrong to
// a list and answers an unknown value in its place. Trees have a bounded depth, evaluation a bounded cost (hcl/eval.h).

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "hcl/diagnostics.h"
#include "hcl/value.h"

namespace drover::hcl {

class EvalContext;
class Expression;
using ExprPtr = std::shared_ptr<const Expression>;

// One step of a path through a value: `name` at its root, `.name`, or `[key]`.
struct Step {
    enum class Kind : uint8_t { root, attribute, index };
    Kind kind = Kind::root;
    std::string name;  // of an index step: the key, if that is a text
    Value key;
    Range range;
};

// A reference: a root name and the steps from there.
struct Traversal {
    std::vector<Step> steps;

    const std::string& root() const { return steps.front().name; }
    Range range() const { return between(steps.front().range, steps.back().range); }
};

// Takes one step into a value, with the language's errors.
Value take_step(const Value& value, const Step& step, Diagnostics& diags);
// The whole rest of a traversal, from the value of its root.
Value take_steps(Value value, const std::vector<Step>& steps, size_t first, Diagnostics& diags);
// `collection[key]`; `subject` is where the errors point.
Value index_value(const Value& collection, const Value& key, const Range& subject, Diagnostics& diags);

struct StaticCall {
    std::string name;
    Range name_range;
    std::vector<ExprPtr> arguments;
};

struct ObjectItem {
    ExprPtr key;
    ExprPtr value;
};

// The references that an expression makes to the scope around it.
class References {
public:
    void add(const Traversal& traversal) {
        if (!hidden_.contains(traversal.root())) found_.push_back(traversal);
    }
    // Names that the expression itself declares hide those of the scope; returns those that were not hidden before.
    std::vector<std::string> hide(const std::vector<std::string>& names);
    void reveal(const std::vector<std::string>& names);
    std::vector<Traversal> take() { return std::move(found_); }

private:
    std::set<std::string, std::less<>> hidden_;
    std::vector<Traversal> found_;
};

class Expression {
public:
    virtual ~Expression() = default;

    // Counts against the context's budget.
    Value evaluate(const EvalContext& context, Diagnostics& diags) const;

    virtual Range range() const = 0;
    // The place that stands for the expression in errors about its value: its first part.
    virtual Range start_range() const { return range(); }
    virtual void collect(References& references) const = 0;

    // What the expression is without evaluating it; nothing if it is something else.
    virtual std::optional<Traversal> as_traversal() const { return std::nullopt; }
    virtual const std::vector<ExprPtr>* as_list() const { return nullptr; }
    virtual const std::vector<ObjectItem>* as_object() const { return nullptr; }  // `{..}`, not `({..})`
    virtual std::optional<StaticCall> as_call() const { return std::nullopt; }
    virtual std::optional<Value> as_literal() const { return std::nullopt; }
    // The name of a lone identifier: `string` in `type = string`.
    std::optional<std::string> as_keyword() const;

    uint32_t tree_depth() const { return depth_; }

protected:
    virtual Value compute(const EvalContext& context, Diagnostics& diags) const = 0;
    void contain(const ExprPtr& child) {
        if (child) depth_ = std::max(depth_, child->depth_ + 1);
    }
    static constexpr uint32_t kCost = 200;  // work of one evaluation, without that of the parts
    static constexpr uint32_t kLiteralCost = 30;
    void set_cost(uint32_t cost) { cost_ = cost; }

private:
    uint32_t depth_ = 1;
    uint32_t cost_ = kCost;
};

// The scope's names that an expression needs.
std::vector<Traversal> references(const Expression& expression);

// A type written as an expression: `list(object({ a = number }))`. With `allow_any`, `any` stands for the dynamic type.
std::optional<Type> parse_type(const Expression& expression, bool allow_any, Diagnostics& diags);

}  // namespace drover::hcl
