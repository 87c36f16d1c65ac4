#pragma once
// What an expression is evaluated in: names, functions, and a budget. A context is made by one caller, lives on its
// stack, and must outlive its children; evaluation changes nothing of it but the budget.

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hcl/expression.h"

namespace drover::hcl {

struct FunctionError {
    std::string message;
    int argument = -1;             // the argument it is about, if it is about one
    Diagnostics diagnostics = {};  // instead of the message: what came of an argument that the function evaluated
};
using FunctionResult = tl::expected<Value, FunctionError>;

struct Parameter {
    std::string name;
    Type type;  // arguments are converted to it
    bool allow_null = false;
    bool allow_unknown = false;
};

struct Function {
    std::vector<Parameter> parameters;
    std::optional<Parameter> rest;  // for any number of further arguments
    std::function<FunctionResult(std::span<const Value>)> call;
    // Instead of `call`: gets its arguments unevaluated.
    std::function<FunctionResult(std::span<const ExprPtr>, const EvalContext&)> call_lazy;
};

using FunctionTable = std::map<std::string, Function, std::less<>>;

inline constexpr uint32_t kMaxTreeDepth = 2'200;
inline constexpr uint32_t kMaxValueDepth = 2'200;
inline constexpr uint64_t kMaxValueWeight = 64ull << 20;

// What all evaluations in a context and its children may cost together.
struct EvalBudget {
    uint64_t steps = 1'000'000;      // expression nodes
    uint64_t weight = 512ull << 20;  // of values built
    bool reported = false;
};

class EvalContext {
public:
    EvalContext() : budget_(std::make_shared<EvalBudget>()) {}
    explicit EvalContext(const EvalContext* parent) : parent_(parent), budget_(parent->budget_) {}

    std::map<std::string, Value, std::less<>> variables;
    Shared<FunctionTable> functions;
    // Asked for the value of a reference whose root no context of the chain knows, the innermost one first. Without it
    // such a reference is an error.
    std::function<Value(const Traversal&)> unknown_root;

    const EvalContext* parent() const { return parent_; }
    const Value* find_variable(std::string_view name) const;
    EvalBudget& budget() const { return *budget_; }

private:
    const EvalContext* parent_ = nullptr;
    std::shared_ptr<EvalBudget> budget_;
};

// Subtracts a new value's cost; reports (once for a budget) and answers an unknown value if it is too much.
Value charged(Value value, const EvalContext& context, const Range& where, Diagnostics& diags);

// A value for EvalContext::unknown_root: the reference's own text within `${` and `}`, so that it can be resolved
// later. It is read from the source bytes around the reference: blanks after an opening brace are kept, and closing
// braces with blanks before them are repeated, as the language's users have it.
Value reference_text(const Traversal& traversal);

}  // namespace drover::hcl
