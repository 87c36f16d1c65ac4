#pragma once
// What of the state nobody needs any more. Pure functions of a version of the state; any thread.

#include <string>
#include <vector>

#include "model/job.h"
#include "server/config.h"
#include "state/view.h"

namespace drover::server {

enum class GarbageKind { evals, jobs, deployments, nodes };

// More identifiers in one command would make a log entry too large.
inline constexpr size_t kMaxCollectedIds = 7281;

struct Garbage {
    std::vector<std::string> evals, allocs;  // also those of the jobs
    std::vector<Shared<model::Job>> jobs;
    std::vector<std::string> deployments;
    std::vector<std::string> nodes;
};

// What is older than the threshold of its kind:
// - evaluations that are over, if their allocations may go as well, which go in any case. Those of a batch job that is
//   there stay, so that its results can be looked at; its allocations of earlier versions go;
// - jobs that are dead, and were stopped if they are no batch jobs, if all of their evaluations may go and no version
//   of them is tagged;
// - deployments that are over and have no live allocation;
// - nodes that are down and have no live allocation.
Garbage collect(const state::View& view, GarbageKind kind, const GcThresholds& thresholds, Time now);

// Whatever is over, however young.
GcThresholds no_thresholds();

// Whether an allocation may go: it is over, and if it failed, nothing will replace it any more. `maybe_job` is its job
// as it is now.
bool is_garbage(const state::AllocRef& alloc, const model::Job* maybe_job, Time now);

}  // namespace drover::server
