#pragma once
// Blocks that several commands print: tables of allocations, why a group was not placed.

#include <string>
#include <vector>

#include "cli/format.h"
#include "cli/io.h"
#include "model/alloc.h"
#include "model/deployment.h"
#include "model/eval.h"
#include "model/job.h"

namespace drover::cli {

std::string alloc_table(const List<model::AllocListStub>& allocs, bool verbose, Time now);

// "  * ..." lines that say what kept a group from being placed.
std::string metric_lines(const model::AllocMetric& metric, bool with_scores, const std::string& indent = "  ");

// For each group: `Task Group "g" (failed to place N allocation(s)):` and its lines.
std::string placement_failures(const Map<Shared<model::AllocMetric>>& failed, const std::string& indent = "");

// The groups of a deployment; columns that say nothing about it are left out.
std::string deployment_groups(const model::Deployment& deployment);

// A line for each deployment, or a sentence that there are none.
std::string deployment_table(const List<model::Deployment>& deployments, bool verbose);

// A deployment as its own command shows it, groups included.
std::string deployment_block(const model::Deployment& deployment, bool verbose, const Colors& colors);

// The time and how far away it is, "2006-01-02T15:04:05Z (3m20s from now)".
std::string upcoming(Time when, Time now);

// The next launch of a periodic job in these words; empty when there is none.
std::string next_launch(const model::Job& job, Time now);

// What servers find doubtful about a job. Ends with an empty line.
std::string warnings_block(const std::string& warnings, const Colors& colors);

}  // namespace drover::cli
