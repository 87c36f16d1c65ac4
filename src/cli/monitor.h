#pragma once
// Follows an evaluation until it has ended, with its allocations, follow-ups and deployment, and tells what happens.

#include <string>

#include "cli/command.h"

namespace drover::cli {

// Answers the exit code: 0; 1 when the evaluation was lost or its deployment did not succeed; 2 when not everything
// could be placed.
int monitor_evaluation(Call& call, const std::string& eval_id, const std::string& namespace_name, bool verbose);

}  // namespace drover::cli
