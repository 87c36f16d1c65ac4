#include "scheduler/schedule.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "base/uuid.h"
#include "model/job_rules.h"
#include "model/status.h"
#include "scheduler/planner.h"
#include "scheduler/reconcile.h"

namespace drover::scheduler {
namespace {

constexpr std::array<std::string_view, 16> kTriggers = {
    "job-register",       "job-deregister",
    "periodic-job",       "job-scaling",
    "node-update",        "node-drain",
    "alloc-stop",         "alloc-failure",
    "alloc-reschedule",   "reconnect",
    "preemption",         "queued-allocs",
    "deployment-watcher", "max-disconnect-timeout",
    "max-plan-attempts",  "failed-follow-up",
};

bool accepts(std::string_view trigger) {
    return trigger == "rolling-update" || std::find(kTriggers.begin(), kTriggers.end(), trigger) != kTriggers.end();
}

model::Evaluation blocked_eval(const model::Evaluation& eval, Time now, Rng& rng) {
    model::Evaluation blocked;
    blocked.ID = random_id(rng);
    blocked.Namespace = eval.Namespace;
    blocked.Priority = eval.Priority;
    blocked.Type = eval.Type;
    blocked.JobID = eval.JobID;
    blocked.JobModifyIndex = eval.JobModifyIndex;
    blocked.Status = "blocked";
    blocked.PreviousEval = eval.ID;
    blocked.CreateTime = blocked.ModifyTime = now.unix_ns;
    return blocked;
}

void block_if_failed(Outcome& outcome, const model::Evaluation& eval, Time now, Rng& rng) {
    const bool waits_instead = !outcome.follow_ups.empty() && eval.WaitUntil.is_zero();
    if (outcome.FailedTGAllocs.empty()) return;
    if (eval.Status == "blocked") {
        outcome.stays_blocked = true;
        return;
    }
    if (waits_instead) return;
    model::Evaluation blocked = blocked_eval(eval, now, rng);
    blocked.TriggeredBy = "queued-allocs";
    blocked.StatusDescription = "created to place remaining allocations";
    blocked.ClassEligibility = outcome.ClassEligibility;
    blocked.EscapedComputedClass = outcome.EscapedComputedClass;
    blocked.FailedTGAllocs = outcome.FailedTGAllocs;
    outcome.blocked = std::move(blocked);
}

}  // namespace

bool is_no_op(const model::Plan& plan) {
    return plan.NodeUpdate.empty() && plan.NodeAllocation.empty() && plan.NodePreemptions.empty() && !plan.Deployment &&
           plan.DeploymentUpdates.empty();
}

Result<Outcome> schedule(const Snapshot& snapshot, const model::Evaluation& eval, Time now, Rng& rng) {
    const bool batch = eval.Type == model::kJobTypeBatch;
    if (!batch && eval.Type != model::kJobTypeService) {
        return fail(Error::internal("no scheduler for evaluations of type " + quote(eval.Type)));
    }
    if (!accepts(eval.TriggeredBy)) {
        return fail(Error::internal("scheduler cannot handle '" + eval.TriggeredBy + "' evaluation reason"));
    }
    const Shared<model::Job> job = snapshot.job(eval.Namespace, eval.JobID);
    auto allocs = snapshot.allocs_of_job(eval.Namespace, eval.JobID);
    const NodeLookup node_of = [&](const std::string& id) {
        const Slot slot = snapshot.fleet().slot_of(id);
        return slot == kNoSlot ? nullptr : snapshot.fleet().node(slot);
    };
    Planner planner(snapshot, eval, job, allocs, now, rng);
    planner.lose_unreachable(allocs, node_of);

    ReconcileInput input{eval, job, batch, nullptr, std::move(allocs), node_of, {}, now};
    if (!batch) {
        auto deployments = snapshot.deployments_of_job(eval.Namespace, eval.JobID);
        if (!deployments.empty()) input.deployment = deployments.front();
    }
    input.update_of = [&](const Shared<model::Allocation>& alloc, const model::TaskGroup& group) {
        return planner.update_of(alloc, group);
    };
    ReconcileResult wanted = reconcile(input, rng);
    const Shared<model::Deployment> latest = wanted.deployment ? wanted.deployment : input.deployment;
    Shared<model::Deployment> deployment = latest;  // that placements belong to
    const bool ended =
        std::any_of(wanted.deployment_updates.begin(), wanted.deployment_updates.end(),
                    [&](const auto& update) { return deployment && update.DeploymentID == deployment->ID; });
    if (deployment && (ended || !is_active(*deployment))) deployment = nullptr;
    planner.carry_out(wanted, deployment ? deployment->ID : std::string{});

    Outcome outcome = planner.take();
    if (latest) outcome.DeploymentID = latest->ID;
    outcome.plan.Deployment = wanted.deployment;
    outcome.plan.DeploymentUpdates = wanted.deployment_updates;
    outcome.follow_ups = std::move(wanted.follow_ups);
    outcome.no_longer_needed = std::move(wanted.no_longer_needed);
    outcome.PlanAnnotations.DesiredTGUpdates.made = true;
    for (const auto& [group, updates] : wanted.desired) outcome.PlanAnnotations.DesiredTGUpdates[group] = updates;
    if (eval.AnnotatePlan) outcome.plan.Annotations = outcome.PlanAnnotations;
    block_if_failed(outcome, eval, now, rng);
    return outcome;
}

model::Evaluation blocked_by_conflicts(const model::Evaluation& eval, Time now, Rng& rng) {
    model::Evaluation blocked = blocked_eval(eval, now, rng);
    blocked.TriggeredBy = "max-plan-attempts";
    blocked.StatusDescription = "created due to placement conflicts";
    return blocked;
}

}  // namespace drover::scheduler
