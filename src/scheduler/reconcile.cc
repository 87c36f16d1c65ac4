#include "scheduler/reconcile.h"

#include <set>

#include "model/job_rules.h"
#include "scheduler/group_reconciler.h"

namespace drover::scheduler {
namespace {

constexpr std::string_view kRunning = "Deployment is running";
constexpr std::string_view kNeedsPromotion = "Deployment is running but requires manual promotion";
constexpr std::string_view kAutoPromotion = "Deployment is running pending automatic promotion";

void update_status(ReconcileResult& result, const ReconcileInput& input, const model::Deployment& deployment,
                   std::string_view status, std::string_view description) {
    result.deployment_updates.push_back(
        {deployment.ID, std::string(status), std::string(description), input.now.unix_ns});
}

// Ends a deployment that is none of this job version's, and tells current from old.
Rollout judge_deployment(const ReconcileInput& input, ReconcileResult& result) {
    Rollout rollout;
    if (!input.deployment) return rollout;
    const model::Deployment& deployment = *input.deployment;
    const bool stopped = model::stopped(input.job.get());
    const bool other =
        stopped || deployment.JobCreateIndex != input.job->CreateIndex || deployment.JobVersion != input.job->Version;
    if (other && is_active(deployment)) {
        update_status(result, input, deployment, "cancelled",
                      stopped ? "Cancelled because job is stopped" : "Cancelled due to newer version of job");
    }
    if (other || deployment.Status == "successful") {
        if (!stopped) rollout.old = input.deployment;
        return rollout;
    }
    rollout.current = input.deployment;
    rollout.paused =
        deployment.Status == "paused" || deployment.Status == "pending" || deployment.Status == "initializing";
    rollout.failed = deployment.Status == "failed";
    return rollout;
}

// Canaries that a person, or the watcher, must promote.
void describe_created(model::Deployment& deployment) {
    bool canaries = false, all_auto = true;
    for (const auto& [name, state] : deployment.TaskGroups) {
        if (state.DesiredCanaries == 0 || state.Promoted) continue;
        canaries = true;
        all_auto &= state.AutoPromote;
    }
    deployment.StatusDescription = !canaries ? kRunning : all_auto ? kAutoPromotion : kNeedsPromotion;
}

}  // namespace

bool is_active(const model::Deployment& deployment) {
    return deployment.Status != "failed" && deployment.Status != "successful" && deployment.Status != "cancelled";
}

ReconcileResult reconcile(const ReconcileInput& input, Rng& rng) {
    ReconcileResult result;
    Rollout rollout = judge_deployment(input, result);
    std::map<std::string, Allocs> by_group;
    for (const auto& alloc : input.allocs) by_group[alloc->TaskGroup].push_back(alloc);
    const bool stopped = model::stopped(input.job.get());
    if (input.job) {
        for (const model::TaskGroup& group : input.job->TaskGroups) by_group[group.Name];
    }
    bool complete = true;
    for (auto& [name, allocs] : by_group) {
        GroupReconciler group(input, rollout, result, rng, name, std::move(allocs));
        if (stopped) {
            group.stop_all();
        } else {
            complete &= group.run();
        }
    }
    if (rollout.created) {
        describe_created(*rollout.created);
        result.deployment = std::make_shared<model::Deployment>(std::move(*rollout.created));
    } else if (rollout.current && complete && is_active(*rollout.current) && !stopped) {
        update_status(result, input, *rollout.current, "successful", "Deployment completed successfully");
    }
    return result;
}

}  // namespace drover::scheduler
