#pragma once
// The `variable`, `variables` and `locals` blocks of a job specification: declarations, the values given from outside,
// and their checks.

#include <map>
#include <string>
#include <vector>

#include "hcl/body.h"
#include "hcl/eval.h"
#include "model/jobspec.h"

namespace drover::model {

class JobspecVariables {
public:
    // All that is evaluated spends from the budget.
    JobspecVariables(Shared<hcl::FunctionTable> functions, std::shared_ptr<hcl::EvalBudget> budget,
                     hcl::Diagnostics& diags)
        : functions_(std::move(functions)), budget_(std::move(budget)), diags_(diags) {}

    void declare(const hcl::Block& variable);           // `variable "name" { .. }`
    void declare_plain(const hcl::BodyPtr& variables);  // `variables { name = default }`
    // Takes the values that the options give. An error: a text that could not be read at all.
    Result<void> assign(const JobspecOptions& options);
    // Checks all values; the object that `var` stands for.
    hcl::Value finish();

    // Where a value comes from, as errors put it.
    struct Origin {
        std::string_view name;      // "cmd variable"
        std::string_view place;     // "arguments"
        std::string_view mismatch;  // the headline about a value of the wrong type
        std::string_view noun;
    };

private:
    struct Check {
        hcl::ExprPtr condition;
        std::string message;
        hcl::Range range;
    };
    struct Variable {
        hcl::Type type;
        bool has_type = false;  // declared, or taken from the default
        bool has_value = false;
        hcl::Value value;
        std::string origin;  // how its value is called in errors
        hcl::Range value_range;
        std::vector<Check> checks;
    };

    void read_check(const std::string& name, const hcl::Block& block, Variable& variable);
    Result<void> assign_file(const std::string& name, std::string_view text, bool strict);
    void assign_one(const std::string& name, const std::string& text, const Origin& origin, bool strict);
    void set(const std::string& name, const hcl::Expression& expr, const Origin& origin);
    void set(const std::string& name, const hcl::Value& value, const hcl::Range& range, const Origin& origin);
    void check(const std::string& name, const Variable& variable);
    bool is_new(const std::string& name);

    Shared<hcl::FunctionTable> functions_;
    std::shared_ptr<hcl::EvalBudget> budget_;
    hcl::Diagnostics& diags_;
    std::map<std::string, Variable, std::less<>> variables_;
};

// Evaluates the locals, in the order of their dependencies, into the object that `local` stands for. `context` knows
// `var`.
hcl::Value evaluate_locals(const std::vector<hcl::BodyPtr>& blocks, const hcl::EvalContext& context,
                           hcl::Diagnostics& diags);

}  // namespace drover::model
