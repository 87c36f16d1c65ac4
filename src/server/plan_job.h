#pragma once
// `job plan`: what registering a job would change, worked out by the scheduler on a snapshot in which the job is
// registered already. Nothing is stored. Any thread.

#include "base/clock.h"
#include "base/rng.h"
#include "model/eval.h"
#include "scheduler/view_snapshot.h"

namespace drover::server {

struct JobPlan {
    Box<model::PlanAnnotations> Annotations;
    Map<Shared<model::AllocMetric>> FailedTGAllocs;
    List<Shared<model::Evaluation>> CreatedEvals;
};

// `job` is canonical and valid, and has the identities of the stored version's scaling policies.
Result<JobPlan> plan_job(const scheduler::ViewFleet& source, const model::SchedulerConfiguration& defaults,
                         const model::Job& job, Time now, Rng& rng);

}  // namespace drover::server
