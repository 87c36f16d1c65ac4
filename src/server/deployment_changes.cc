#include "server/deployment_changes.h"

#include "model/status.h"

namespace drover::server {

Shared<model::Evaluation> deployment_eval(const Leader& leader, const state::View& view,
                                          const model::Deployment& deployment) {
    const auto job = view.jobs().find(deployment.Namespace, deployment.JobID);
    const std::string type = job ? job->Type : std::string(model::kJobTypeService);
    const int64_t of_job = job ? job->Priority : leader.config().job_default_priority;
    auto eval = leader.new_eval(deployment.Namespace, deployment.JobID, type,
                                deployment.EvalPriority > 0 ? deployment.EvalPriority : of_job, "deployment-watcher");
    eval.DeploymentID = deployment.ID;
    return std::make_shared<model::Evaluation>(std::move(eval));
}

Shared<model::Job> earlier_stable_version(const state::View& view, const model::Deployment& deployment) {
    for (const auto& version : view.job_versions().of(deployment.Namespace, deployment.JobID)) {
        const bool same_job = version->CreateIndex == deployment.JobCreateIndex;
        if (same_job && version->Stable && version->Version != deployment.JobVersion) return version;
    }
    return nullptr;
}

scheduler::DeploymentFailure deployment_failure(const Leader& leader, const state::View& view,
                                                const model::Deployment& deployment, std::string_view why,
                                                bool reverts) {
    auto failure = scheduler::deployment_failure(why, reverts, view.jobs().find(deployment.Namespace, deployment.JobID),
                                                 earlier_stable_version(view, deployment));
    if (failure.revert_to) {
        auto again = std::make_shared<model::Job>(*failure.revert_to);
        again->SubmitTime = leader.now().unix_ns;
        failure.revert_to = std::move(again);
    }
    return failure;
}

state::command::SetDeploymentStatus failing_command(const Leader& leader, const state::View& view,
                                                    const model::Deployment& deployment,
                                                    const scheduler::DeploymentFailure& failure) {
    state::command::SetDeploymentStatus command;
    command.Update = status_update(leader, deployment.ID, "failed", failure.description);
    command.Job = failure.revert_to;
    command.Eval = deployment_eval(leader, view, deployment);
    command.TrackedVersions = leader.config().job_tracked_versions;
    return command;
}

model::DeploymentStatusUpdate status_update(const Leader& leader, const std::string& deployment_id,
                                            std::string_view status, std::string_view description) {
    return {deployment_id, std::string(status), std::string(description), leader.now().unix_ns};
}

}  // namespace drover::server
