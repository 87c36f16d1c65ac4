#pragma once
// The scheduler: what a plan must change so that one job runs as specified, given one version of the state. A pure
// function: the same snapshot, evaluation, time and sequence of random numbers give the same outcome. It writes
// nothing; a worker of the server submits the plan and stores the evaluations (server/worker.h).

#include <vector>

#include "base/result.h"
#include "base/rng.h"
#include "base/time.h"
#include "model/eval.h"
#include "model/plan.h"
#include "scheduler/snapshot.h"

namespace drover::scheduler {

struct Outcome {
    model::Plan plan;
    // Evaluations to store before the plan is submitted.
    std::vector<model::Evaluation> follow_ups;  // that wait for a time
    std::vector<model::Evaluation> blocked;  // that wait for capacity: one, or of a system job one for each full node
    // The evaluation itself had been blocked and still has failures: to be put back with the members below.
    bool stays_blocked = false;

    // Members of the finished evaluation.
    Map<Shared<model::AllocMetric>> FailedTGAllocs;
    Map<int64_t> QueuedAllocations;  // wanted; what gets committed is subtracted by who commits
    Map<bool> ClassEligibility;
    bool EscapedComputedClass = false;
    model::PlanAnnotations PlanAnnotations;
    std::string DeploymentID;  // the latest of the job, whatever its status

    // Follow-ups of allocations that came back: to be canceled.
    std::vector<std::string> no_longer_needed;
};

// Nothing of the plan needs to be committed.
bool is_no_op(const model::Plan& plan);

class Recorder;  // scheduler/explain.h

// An error says why such an evaluation is refused; it is the description of the failed evaluation.
// A recorder notes what was weighed; it changes nothing.
Result<Outcome> schedule(const Snapshot& snapshot, const model::Evaluation& eval, Time now, Rng& rng,
                         Recorder* maybe_recorder = nullptr);

// What blocks after a plan could not be committed in `attempts` attempts.
model::Evaluation blocked_by_conflicts(const model::Evaluation& eval, Time now, Rng& rng);

}  // namespace drover::scheduler
