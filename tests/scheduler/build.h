#pragma once
// Nodes, jobs and allocations out of the options that a case names. Pure functions; what an option says wrongly throws.

#include <string>

#include "base/rng.h"
#include "model/alloc.h"
#include "model/job.h"
#include "model/node.h"
#include "words.h"

namespace drover::scheduler::cases {

// The i-th of a line of nodes: options may differ for each ("dc={a,b}").
model::Node node_from(const Options& options, size_t i);

// Groups are named by groups=a,b (g), their tasks by tasks=t,u (t). What has no option of its own is given as JSON,
// job='{..}', group='{..}' or task='{..}', over what the options say.
model::Job job_from(const std::string& id, const Options& options);

// What happened to an allocation, as options say it; times are relative to now.
void change(model::Allocation& alloc, const Options& options, Time now);

}  // namespace drover::scheduler::cases
