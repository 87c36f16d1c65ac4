#pragma once
// The evaluations that a change of a node calls for. Pure but for identifiers and time, which the leader gives.

#include <vector>

#include "model/eval.h"
#include "model/node.h"
#include "server/leader.h"

namespace drover::server {

// One for each job with an allocation there that is not over, and one for each system job that could run there.
std::vector<Shared<model::Evaluation>> node_evals(const Leader& leader, const model::Node& node);

// Whether a status that a node had and the one it gets call for evaluations.
bool status_needs_evals(std::string_view before, std::string_view after);

// Whether a node that registers again changed in what placements depend on.
bool placement_changed(const model::Node& before, const model::Node& after);

}  // namespace drover::server
