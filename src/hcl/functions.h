#pragma once
// The functions that expressions may call. A table is made once for an environment and shared by contexts; the
// environment's clock and randomness must outlive it. Any thread may call the functions of a table.

#include <string>

#include "base/rng.h"
#include "hcl/eval.h"

namespace drover::hcl {

struct FunctionEnvironment {
    Rng* rng = nullptr;         // for uuidv4 and bcrypt; without it these fail
    bool allow_files = false;   // file functions are known in any case, and fail unless allowed
    std::string base_dir;       // what relative paths are relative to
    std::string home_dir = {};  // what `~` at the start of a path is; without one it is left alone
};

Shared<FunctionTable> standard_functions(const FunctionEnvironment& environment);

}  // namespace drover::hcl
