#pragma once
// The deployments of a job as they stand in one reconciliation: the one that goes on, the one that a change has ended,
// and the one that begins. Shared by the reconcilers; no threads.

#include "scheduler/reconcile.h"

namespace drover::scheduler {

struct Rollout {
    Shared<model::Deployment> current;  // of this job version, not finished; may be null
    Shared<model::Deployment> old;      // may be null
    Box<model::Deployment> created;     // by a group of this reconciliation
    bool paused = false, failed = false;
};

// Tells current from old, and ends one that is not of this job version.
Rollout judge_rollout(const ReconcileInput& input, ReconcileResult& result);

// The deployment that begins with this reconciliation; made at the first call.
model::Deployment& begin_rollout(Rollout& rollout, const ReconcileInput& input, Rng& rng);

// Puts what was begun into the result, or ends the current one: `complete` if no group has anything left to do.
void end_rollout(Rollout& rollout, bool complete, const ReconcileInput& input, ReconcileResult& result);

// The group's part of the current deployment, or how it would begin.
model::DeploymentState state_of_group(const Rollout& rollout, const model::TaskGroup& group);
bool is_part_of(const Rollout& rollout, const std::string& group);

// What allocations of an older version need. Updates in place are put into the result, which counts them.
struct UpdateSplit {
    Allocs destructive;
    size_t in_place = 0;
};
UpdateSplit split_updates(const Allocs& allocs, const model::TaskGroup& group, const ReconcileInput& input,
                          ReconcileResult& result);

// How many allocations a group with an update strategy may replace now: max_parallel less those of the deployment that
// have not said yet whether they are healthy, and none once one is not.
uint64_t updates_left(const Rollout& rollout, const model::TaskGroup& group, const Allocs& allocs);

}  // namespace drover::scheduler
