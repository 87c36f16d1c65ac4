#pragma once
// Follows an evaluation until it has ended, with its allocations, follow-ups and deployment, and tells what happens.

#include <string>

#include "base/time.h"
#include "cli/command.h"

namespace drover::cli {

// Answers the exit code: 0; 1 when the evaluation was lost or its deployment did not succeed; 2 when not everything
// could be placed.
int monitor_evaluation(Call& call, const std::string& eval_id, const std::string& namespace_name, bool verbose);

// Follows a deployment until it has ended, and then the one that takes its job back to an earlier version, if it does
// so. Answers 0 when it was successful, else 1.
int monitor_deployment(Call& call, const std::string& deployment_id, bool verbose, Duration poll = seconds(1));

}  // namespace drover::cli
