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

struct EvalBudget;

// What a call costs, by its arguments: spent before it is made.
struct CallCost {
    uint64_t work = 0;
    uint64_t memory = 0;
    // The result is made of parts of the arguments, and costs little more than its own frame.
    bool shares = false;
};

struct Function {
    std::vector<Parameter> parameters;
    std::optional<Parameter> rest;  // for any number of further arguments
    std::function<FunctionResult(std::span<const Value>)> call;
    // Instead of `call`: gets its arguments unevaluated.
    std::function<FunctionResult(std::span<const ExprPtr>, const EvalContext&)> call_lazy;
    // Instead of `call`: spends from the budget as it goes on, and gives up when that is empty.
    std::function<FunctionResult(std::span<const Value>, EvalBudget&)> call_metered = nullptr;
    // By default, what a function costs that looks at every byte of its arguments.
    std::function<CallCost(std::span<const Value>)> cost = nullptr;
};

using FunctionTable = std::map<std::string, Function, std::less<>>;

inline constexpr uint32_t kMaxTreeDepth = 2'200;
inline constexpr uint32_t kMaxValueDepth = 2'200;
inline constexpr uint64_t kMaxValueWeight = 64ull << 20;

// What all evaluations in a context and its children may cost together. Whoever works for an expression spends from it
// before, by what there is to do and never by a clock: the same source gives the same answer everywhere.
struct EvalBudget {
    uint64_t work = 90'000'000;    // about nanoseconds
    uint64_t memory = 20'000'000;  // bytes of all values ever built
    bool reported = false;

    // The budget for a source: it grows with it.
    static EvalBudget for_source(size_t bytes);

    // False if that is more than there is; then nothing is left.
    bool spend(uint64_t cost) { return take(work, cost); }
    // Bytes that are written cost work, too.
    bool hold(uint64_t bytes) { return take(memory, bytes) && take(work, bytes / 4); }

private:
    static bool take(uint64_t& left, uint64_t amount) {
        bool enough = amount <= left;
        left = enough ? left - amount : 0;
        return enough;
    }
};

class EvalContext {
public:
    EvalContext() : budget_(std::make_shared<EvalBudget>()) {}
    explicit EvalContext(const EvalContext* parent) : parent_(parent), budget_(parent->budget_) {}
    explicit EvalContext(std::shared_ptr<EvalBudget> budget) : budget_(std::move(budget)) {}

    std::map<std::string, Value, std::less<>> variables;
    Shared<FunctionTable> functions;
    // Asked for the value of a reference whose root no context of the chain knows, the innermost one first. Without it
    // such a reference is an error.
    std::function<Value(const Traversal&)> unknown_root;

    const EvalContext* parent() const { return parent_; }
    const Value* find_variable(std::string_view name) const;
    EvalBudget& budget() const { return *budget_; }
    const std::shared_ptr<EvalBudget>& shared_budget() const { return budget_; }

private:
    const EvalContext* parent_ = nullptr;
    std::shared_ptr<EvalBudget> budget_;
};

// Pays for a new value, by default for its own frame and not for what it has parts of; reports (once for a budget) and
// answers an unknown value if it is too much.
Value charged(Value value, const EvalContext& context, const Range& where, Diagnostics& diags);
Value charged(Value value, uint64_t bytes, const EvalContext& context, const Range& where, Diagnostics& diags);
// Reports (once for a budget) that there is nothing left.
Value out_of_budget(const EvalContext& context, const Range& where, Diagnostics& diags);

// A value for EvalContext::unknown_root: the reference's own text within `${` and `}`, so that it can be resolved
// later. It is read from the source bytes around the reference: blanks after an opening brace are kept, and closing
// braces with blanks before them are repeated, as the language's users have it.
Value reference_text(const Traversal& traversal);

}  // namespace drover::hcl
