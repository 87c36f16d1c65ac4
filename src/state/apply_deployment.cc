#include <algorithm>

#include "model/deployment_rules.h"
#include "state/apply.h"

namespace drover::state {
namespace {

void put_deployment(Txn& txn, model::Deployment deployment) {
    deployment.ModifyIndex = txn.index();
    txn.put(std::make_shared<model::Deployment>(std::move(deployment)));
}

// Whether a deployment that fails may still take its job back to an earlier version.
bool may_revert(Txn& txn, const model::Deployment& deployment) {
    const auto job = txn.view().jobs().find(deployment.Namespace, deployment.JobID);
    return job && !job->Stop && job->CreateIndex == deployment.JobCreateIndex && job->Version == deployment.JobVersion;
}

// The evaluation that follows a change.
void follow_up(Txn& txn, const Shared<model::Evaluation>& eval) {
    if (!eval) return;
    put_eval(txn, *eval);
    refresh_job_status(txn, eval->Namespace, eval->JobID);
}

Result<model::Deployment> active_deployment(Txn& txn, const std::string& id) {
    const auto deployment = txn.view().deployments().find(id);
    if (!deployment)
        return fail(Error::not_found("Deployment ID \"" + id + "\" couldn't be updated as it does not exist"));
    if (!model::is_active(*deployment)) {
        return fail(Error::internal("Deployment \"" + id + "\" has terminal status \"" + deployment->Status + "\":"));
    }
    return *deployment;
}

}  // namespace

Result<> check_deployment_update(Txn& txn, const model::DeploymentStatusUpdate& update) {
    auto deployment = active_deployment(txn, update.DeploymentID);
    if (!deployment) return fail(deployment.error());
    return {};
}

void put_deployment_status(Txn& txn, const model::DeploymentStatusUpdate& update) {
    const auto present = txn.view().deployments().find(update.DeploymentID);
    if (!present) return;
    model::Deployment deployment = *present;
    const bool pauses = deployment.Status == "running" && update.Status == "paused";
    const bool goes_on = deployment.Status == "paused" && update.Status == "running";
    if (pauses || goes_on) {
        for (auto& [name, group] : deployment.TaskGroups) {
            if (group.ProgressDeadline.ns > 0 && !group.RequireProgressBy.is_zero())
                group.RequireProgressBy = Time::from_unix_ns(update.UpdatedAt) + group.ProgressDeadline;
        }
    }
    deployment.Status = update.Status;
    deployment.StatusDescription = update.StatusDescription;
    deployment.ModifyTime = update.UpdatedAt;
    const bool successful = deployment.Status == "successful";
    const auto ns = deployment.Namespace, job_id = deployment.JobID;
    const uint64_t version = deployment.JobVersion;
    put_deployment(txn, std::move(deployment));
    if (successful && txn.view().job_versions().find(ns, job_id, version)) {
        command::SetJobStability stable;
        stable.Namespace = ns, stable.JobID = job_id, stable.JobVersion = version, stable.Stable = true;
        (void)apply(txn, stable);
    }
    refresh_job_status(txn, ns, job_id);
}

void count_in_deployment(Txn& txn, const AllocRow* before, const AllocRow& after) {
    if (!after.links) return;
    const std::string id = links_of(after).DeploymentID;
    if (id.empty()) return;
    const auto health = [](const AllocRow* row) {
        if (!row || !(row->flags & kHealthKnown)) return 0;
        return row->flags & kHealthy ? 1 : -1;
    };
    const bool is_new = !before || links_of(*before).DeploymentID != id;
    const int was = is_new ? 0 : health(before), is = health(&after);
    if (!is_new && was == is) return;
    const auto present = txn.view().deployments().find(id);
    if (!present) return;
    model::Deployment deployment = *present;
    auto group = deployment.TaskGroups.find(after.group->task_group);
    if (group == deployment.TaskGroups.end()) return;
    model::DeploymentState& state = group->second;
    const Time now = Time::from_unix_ns(after.modify_time);
    if (is_new) {
        ++state.PlacedAllocs;
        if (after.flags & kCanary) state.PlacedCanaries.push_back(to_string(after.id));
        if (state.RequireProgressBy.is_zero() && state.ProgressDeadline.ns > 0)
            state.RequireProgressBy = now + state.ProgressDeadline;
    }
    if (was != is) {
        if (was > 0) --state.HealthyAllocs;
        if (was < 0) --state.UnhealthyAllocs;
        if (is > 0) {
            ++state.HealthyAllocs;
            if (state.ProgressDeadline.ns > 0) state.RequireProgressBy = now + state.ProgressDeadline;
        }
        if (is < 0) ++state.UnhealthyAllocs;
    }
    deployment.ModifyTime = after.modify_time;
    put_deployment(txn, std::move(deployment));
}

Result<bool> apply(Txn& txn, const command::SetDeploymentStatus& command) {
    auto deployment = active_deployment(txn, command.Update.DeploymentID);
    if (!deployment) return fail(deployment.error());
    put_deployment_status(txn, command.Update);
    if (command.Job && may_revert(txn, *deployment)) put_version_again(txn, *command.Job, command.TrackedVersions);
    follow_up(txn, command.Eval);
    return true;
}

Result<bool> apply(Txn& txn, const command::PromoteDeployment& command) {
    auto deployment = active_deployment(txn, command.DeploymentID);
    if (!deployment) return fail(deployment.error());
    const auto named = [&](const std::string& group) {
        return command.All || std::find(command.Groups.begin(), command.Groups.end(), group) != command.Groups.end();
    };
    std::vector<std::string> canaries;
    std::string unready;
    for (auto& [name, state] : deployment->TaskGroups) {
        if (state.DesiredCanaries == 0 || !named(name)) continue;
        int64_t healthy = 0;
        for (const std::string& id : state.PlacedCanaries) {
            const AllocRef alloc = txn.view().allocs().find(id);
            if (alloc && !alloc.terminal() && alloc.healthy().value_or(false)) ++healthy;
            canaries.push_back(id);
        }
        if (healthy < state.DesiredCanaries) {
            unready += "\n\t* Task group \"" + name + "\" has " + std::to_string(healthy) + "/" +
                       std::to_string(state.DesiredCanaries) + " healthy allocations";
        }
        state.Promoted = true;
        if (state.ProgressDeadline.ns > 0)
            state.RequireProgressBy = Time::from_unix_ns(command.PromotedAt) + state.ProgressDeadline;
    }
    if (!unready.empty()) {
        const auto n = std::count(unready.begin(), unready.end(), '\n');
        return fail(
            Error::internal(std::to_string(n) + (n == 1 ? " error" : " errors") + " occurred:" + unready + "\n\n"));
    }
    const bool waits = std::any_of(deployment->TaskGroups.begin(), deployment->TaskGroups.end(),
                                   [](const auto& entry) { return model::waits_for_promotion(entry.second); });
    if (!waits) deployment->StatusDescription = model::kDeploymentRunning;
    deployment->ModifyTime = command.PromotedAt;
    put_deployment(txn, std::move(*deployment));
    for (const std::string& id : canaries) {
        const AllocRef alloc = txn.view().allocs().find(id);
        if (!alloc || !alloc.canary()) continue;
        auto row = Ref<AllocRow>(new AllocRow(alloc.row()));
        ClientPart client = client_part_of(*row);
        if (client.DeploymentStatus) client.DeploymentStatus->Canary = false;
        set_client_part(*row, client, txn.dictionary());
        row->modify_index = row->alloc_modify_index = txn.index();
        txn.put(Ref<const AllocRow>(row.get()));
    }
    follow_up(txn, command.Eval);
    return true;
}

Result<bool> apply(Txn& txn, const command::SetDeploymentHealth& command) {
    auto deployment = active_deployment(txn, command.DeploymentID);
    if (!deployment) return fail(deployment.error());
    for (const auto* list : {&command.Healthy, &command.Unhealthy}) {
        for (const std::string& id : *list) {
            const AllocRef alloc = txn.view().allocs().find(id);
            if (!alloc || alloc.deployment_id() != command.DeploymentID) {
                return fail(Error::internal("unknown alloc \"" + id + "\""));
            }
        }
    }
    for (const auto* list : {&command.Healthy, &command.Unhealthy}) {
        for (const std::string& id : *list) {
            const AllocRef before = txn.view().allocs().find(id);
            auto row = Ref<AllocRow>(new AllocRow(before.row()));
            ClientPart client = client_part_of(*row);
            auto& status = client.DeploymentStatus.make();
            status.Healthy = list == &command.Healthy;
            status.Timestamp = command.Timestamp;
            status.ModifyIndex = txn.index();
            set_client_part(*row, client, txn.dictionary());
            row->modify_index = row->alloc_modify_index = txn.index();
            count_in_deployment(txn, &before.row(), *row);
            txn.put(Ref<const AllocRow>(row.get()));
        }
    }
    if (command.Update) put_deployment_status(txn, *command.Update);
    if (command.Job && may_revert(txn, *deployment)) put_version_again(txn, *command.Job, command.TrackedVersions);
    follow_up(txn, command.Eval);
    return true;
}

Result<bool> apply(Txn& txn, const command::DeleteDeployments& command) {
    for (const std::string& id : command.Deployments) txn.erase<model::Deployment>(id);
    return true;
}

}  // namespace drover::state
