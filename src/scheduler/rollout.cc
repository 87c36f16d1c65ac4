#include "scheduler/rollout.h"

#include "base/uuid.h"
#include "model/job_rules.h"

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

Rollout judge_rollout(const ReconcileInput& input, ReconcileResult& result) {
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

model::Deployment& begin_rollout(Rollout& rollout, const ReconcileInput& input, Rng& rng) {
    if (rollout.created) return *rollout.created;
    model::Deployment& made = rollout.created.make();
    const model::Job& job = *input.job;
    made.ID = random_id(rng);
    made.Namespace = job.Namespace;
    made.JobID = job.ID;
    made.JobVersion = job.Version;
    made.JobModifyIndex = job.ModifyIndex;
    made.JobSpecModifyIndex = job.JobModifyIndex;
    made.JobCreateIndex = job.CreateIndex;
    made.IsMultiregion = bool(job.Multiregion);
    made.Status = "running";
    made.EvalPriority = input.eval.Priority;
    made.CreateTime = made.ModifyTime = input.now.unix_ns;
    return made;
}

void end_rollout(Rollout& rollout, bool complete, const ReconcileInput& input, ReconcileResult& result) {
    if (rollout.created) {
        describe_created(*rollout.created);
        result.deployment = std::make_shared<model::Deployment>(std::move(*rollout.created));
    } else if (rollout.current && complete && is_active(*rollout.current)) {
        update_status(result, input, *rollout.current, "successful", "Deployment completed successfully");
    }
}

model::DeploymentState state_of_group(const Rollout& rollout, const model::TaskGroup& group) {
    if (const auto* state = rollout.current ? rollout.current->TaskGroups.get(group.Name) : nullptr) return *state;
    model::DeploymentState state;
    if (!group.Update) return state;
    state.AutoRevert = group.Update->AutoRevert;
    state.AutoPromote = group.Update->AutoPromote;
    state.ProgressDeadline = group.Update->ProgressDeadline;
    return state;
}

bool is_part_of(const Rollout& rollout, const std::string& group) {
    return rollout.current && rollout.current->TaskGroups.get(group);
}

bool of_version(const model::Allocation& alloc, const model::Job& job) {
    return alloc.Job && alloc.Job->CreateIndex == job.CreateIndex && alloc.Job->Version == job.Version;
}

}  // namespace drover::scheduler
