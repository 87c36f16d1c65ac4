#include "scheduler/rollout.h"

#include <algorithm>

#include "base/uuid.h"
#include "model/deployment_rules.h"
#include "model/job_rules.h"

namespace drover::scheduler {
namespace {

void update_status(ReconcileResult& result, const ReconcileInput& input, const model::Deployment& deployment,
                   std::string_view status, std::string_view description) {
    result.deployment_updates.push_back(
        {deployment.ID, std::string(status), std::string(description), input.now.unix_ns});
}

}  // namespace

Rollout judge_rollout(const ReconcileInput& input, ReconcileResult& result) {
    Rollout rollout;
    if (!input.deployment) return rollout;
    const model::Deployment& deployment = *input.deployment;
    const bool stopped = model::stopped(input.job.get());
    const bool other =
        stopped || deployment.JobCreateIndex != input.job->CreateIndex || deployment.JobVersion != input.job->Version;
    if (other && model::is_active(deployment)) {
        update_status(result, input, deployment, "cancelled",
                      stopped ? model::kCancelledByStop : model::kCancelledByVersion);
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
        rollout.created->StatusDescription = model::running_description(*rollout.created);
        result.deployment = std::make_shared<model::Deployment>(std::move(*rollout.created));
    } else if (rollout.current && complete && model::is_active(*rollout.current)) {
        update_status(result, input, *rollout.current, "successful", model::kDeploymentCompleted);
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

UpdateSplit split_updates(const Allocs& allocs, const model::TaskGroup& group, const ReconcileInput& input,
                          ReconcileResult& result) {
    UpdateSplit split;
    model::DesiredUpdates& desired = result.desired[group.Name];
    for (const auto& alloc : allocs) {
        const Update update = input.update_of(alloc, group);
        if (update.kind == UpdateKind::destructive) {
            split.destructive.push_back(alloc);
        } else if (update.kind == UpdateKind::in_place) {
            result.in_place.push_back(update.updated);
            ++split.in_place;
        } else {
            ++desired.Ignore;
        }
    }
    desired.InPlaceUpdate += split.in_place;
    return split;
}

uint64_t updates_left(const Rollout& rollout, const model::TaskGroup& group, const Allocs& allocs) {
    const auto parallel = static_cast<uint64_t>(group.Update->MaxParallel);
    if (!rollout.current) return parallel;
    uint64_t waiting = 0;
    for (const auto& alloc : allocs) {
        if (alloc->DeploymentID != rollout.current->ID) continue;
        const bool reported = alloc->DeploymentStatus && alloc->DeploymentStatus->Healthy.has_value();
        if (reported && !*alloc->DeploymentStatus->Healthy) return 0;
        waiting += !reported;
    }
    return parallel - std::min(parallel, waiting);
}

}  // namespace drover::scheduler
