#pragma once
// How a job's diff looks on the terminal. Pure.

#include <string>

#include "cli/io.h"
#include "model/diff.h"

namespace drover::cli {

// A line for the job, and a block for each group with an empty line between two. Members are told where something
// changed, with `verbose` also of jobs, groups and tasks that come or go as a whole. Ends with a newline.
std::string job_diff(const model::JobDiff& diff, const Colors& colors, bool verbose);

}  // namespace drover::cli
