// What people do to a deployment. Each is one command with the evaluation that follows.
#include <algorithm>
#include <set>

#include "model/deployment_rules.h"
#include "model/rpc_deployment.h"
#include "server/deployment_changes.h"
#include "server/endpoint_tables.h"
#include "state/apply.h"

namespace drover::server {
namespace {

using model::DeploymentUpdateResponse;
using state::View;

constexpr std::string_view kNeedsSeveralRegions = "only deployments of several regions can be ";

// The deployment, as long as something can still be done to it; `what` names that.
Result<Shared<model::Deployment>> to_change(const View& view, const std::string& id, std::string_view what) {
    if (id.empty()) return fail(Error::internal("missing deployment ID"));
    if (auto parsed = parse_uuid(id); !parsed)
        return fail(Error::internal(parsed.error().message).wrapped("deployment lookup failed: index error: "));
    auto deployment = view.deployments().find(id);
    if (!deployment) return fail(Error::internal("deployment not found"));
    if (!model::is_active(*deployment)) {
        const std::string_view whose = what == "set health of allocations for" ? " a" : "";
        return fail(Error::internal("can't " + std::string(what) + std::string(whose) + " terminal deployment"));
    }
    return deployment;
}

// Commits, and answers with the indexes of the change and of its evaluation (which may be null).
net::Task<Result<DeploymentUpdateResponse>> carry_out(Leader& leader, state::Command command,
                                                      Shared<model::Evaluation> eval) {
    auto applied = co_await leader.commit(std::move(command));
    if (!applied) co_return fail(applied.error());
    DeploymentUpdateResponse response;
    response.Index = response.DeploymentModifyIndex = applied->Index;
    if (eval) {
        response.EvalID = eval->ID;
        response.EvalCreateIndex = applied->Index;
    }
    co_return response;
}

Opt<uint64_t> reverted_version(const scheduler::DeploymentFailure& failure) {
    return failure.revert_to ? Opt<uint64_t>(failure.revert_to->Version) : Opt<uint64_t>();
}

net::Task<Result<DeploymentUpdateResponse>> fail_deployment(Leader& leader, model::DeploymentFailRequest request) {
    const View view = leader.view();
    auto deployment = to_change(view, request.DeploymentID, "fail");
    if (!deployment) co_return fail(deployment.error());
    const auto failure =
        deployment_failure(leader, view, **deployment, model::kFailedByHand, scheduler::wants_revert(**deployment));
    auto command = failing_command(leader, view, **deployment, failure);
    auto eval = command.Eval;
    auto response = co_await carry_out(leader, std::move(command), std::move(eval));
    if (response) response->RevertedJobVersion = reverted_version(failure);
    co_return response;
}

net::Task<Result<DeploymentUpdateResponse>> pause_deployment(Leader& leader, model::DeploymentPauseRequest request) {
    const View view = leader.view();
    auto deployment = to_change(view, request.DeploymentID, request.Pause ? "pause" : "resume");
    if (!deployment) co_return fail(deployment.error());
    state::command::SetDeploymentStatus command;
    if (request.Pause) {
        command.Update = status_update(leader, request.DeploymentID, "paused", model::kDeploymentPaused);
    } else {
        command.Update =
            status_update(leader, request.DeploymentID, "running", model::running_description(**deployment));
        command.Eval = deployment_eval(leader, view, **deployment);
    }
    auto eval = command.Eval;
    co_return co_await carry_out(leader, std::move(command), std::move(eval));
}

net::Task<Result<DeploymentUpdateResponse>> promote_deployment(Leader& leader,
                                                               model::DeploymentPromoteRequest request) {
    const View view = leader.view();
    auto deployment = to_change(view, request.DeploymentID, "promote");
    if (!deployment) co_return fail(deployment.error());
    state::command::PromoteDeployment command;
    command.DeploymentID = request.DeploymentID;
    command.All = request.All;
    command.Groups = request.Groups;
    command.Eval = deployment_eval(leader, view, **deployment);
    command.PromotedAt = leader.now().unix_ns;
    auto eval = command.Eval;
    co_return co_await carry_out(leader, std::move(command), std::move(eval));
}

// No deployment here ever waits for other regions: `what` cannot be done to it.
Error needs_several_regions(const View& view, const std::string& id, std::string_view what, std::string_view done) {
    auto deployment = to_change(view, id, what);
    return deployment ? Error::internal(std::string(kNeedsSeveralRegions) + std::string(done)) : deployment.error();
}

net::Task<Result<DeploymentUpdateResponse>> unblock_deployment(Leader& leader,
                                                               model::DeploymentUnblockRequest request) {
    co_return fail(needs_several_regions(leader.view(), request.DeploymentID, "unblock", "unblocked"));
}

net::Task<Result<DeploymentUpdateResponse>> run_deployment(Leader& leader, model::DeploymentRunRequest request) {
    co_return fail(needs_several_regions(leader.view(), request.DeploymentID, "run", "run"));
}

net::Task<Result<DeploymentUpdateResponse>> cancel_deployment(Leader& leader, model::DeploymentCancelRequest request) {
    co_return fail(needs_several_regions(leader.view(), request.DeploymentID, "cancel", "cancelled"));
}

// Whether one of those allocations is of a group that wants its job taken back.
bool any_reverts(const View& view, const model::Deployment& deployment, const List<std::string>& allocs) {
    return std::any_of(allocs.begin(), allocs.end(), [&](const std::string& id) {
        const state::AllocRef alloc = view.allocs().find(id);
        const auto* group = alloc ? deployment.TaskGroups.get(alloc.task_group()) : nullptr;
        return group && group->AutoRevert;
    });
}

// An allocation that a person calls unhealthy fails the deployment, whatever its policy would still allow.
net::Task<Result<DeploymentUpdateResponse>> set_alloc_health(Leader& leader,
                                                             model::DeploymentAllocHealthRequest request) {
    if (request.HealthyAllocationIDs.empty() && request.UnhealthyAllocationIDs.empty())
        co_return fail(Error::internal("must specify at least one healthy/unhealthy allocation ID"));
    const View view = leader.view();
    auto deployment = to_change(view, request.DeploymentID, "set health of allocations for");
    if (!deployment) co_return fail(deployment.error());
    state::command::SetDeploymentHealth command;
    command.DeploymentID = request.DeploymentID;
    command.Healthy = request.HealthyAllocationIDs;
    command.Unhealthy = request.UnhealthyAllocationIDs;
    command.Timestamp = leader.now();
    Opt<uint64_t> reverted;
    if (!request.UnhealthyAllocationIDs.empty()) {
        const auto failure = deployment_failure(leader, view, **deployment, model::kFailedUnhealthy,
                                                any_reverts(view, **deployment, request.UnhealthyAllocationIDs));
        command.Update = status_update(leader, request.DeploymentID, "failed", failure.description);
        command.Job = failure.revert_to;
        command.TrackedVersions = leader.config().job_tracked_versions;
        reverted = reverted_version(failure);
    }
    command.Eval = deployment_eval(leader, view, **deployment);
    auto eval = command.Eval;
    auto response = co_await carry_out(leader, std::move(command), std::move(eval));
    if (response) response->RevertedJobVersion = reverted;
    co_return response;
}

}  // namespace

const EndpointTable& deployment_write_endpoints() {
    static const EndpointTable table = {
        write("Deployment.Fail", fail_deployment, needs({"submit-job", "fail-deployment"})),
        write("Deployment.Pause", pause_deployment, needs({"submit-job", "pause-deployment"})),
        write("Deployment.Promote", promote_deployment, needs({"submit-job", "promote-deployment"})),
        write("Deployment.Unblock", unblock_deployment, needs({"submit-job", "unblock-deployment"})),
        write("Deployment.SetAllocHealth", set_alloc_health, needs({"submit-job", "set-alloc-health-deployment"})),
        write("Deployment.Run", run_deployment, needs({"submit-job"})),
        write("Deployment.Cancel", cancel_deployment, needs({"submit-job", "cancel-deployment"})),
    };
    return table;
}

}  // namespace drover::server
