#pragma once
// A job whose count is set, its evaluation and the event are three entries of the log. A leader that is lost in between
// leaves a changed job that nobody evaluates: its successor does.

#include <vector>

#include "server/leader.h"

namespace drover::server {

// Evaluations for jobs that changed a short while ago and had none since. Usually none.
std::vector<model::Evaluation> forgotten_evals(const Leader& leader, const state::View& view);

}  // namespace drover::server
