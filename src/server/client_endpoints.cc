// What only nodes call: they register, keep themselves alive, learn what should run there and tell how it goes.
#include <algorithm>
#include <map>
#include <optional>

#include "model/deployment_rules.h"
#include "model/rpc_alloc.h"
#include "model/rpc_node.h"
#include "scheduler/reschedule.h"
#include "server/computed_class.h"
#include "server/deployment_changes.h"
#include "server/endpoint_tables.h"
#include "server/heartbeats.h"
#include "server/leader.h"
#include "server/node_answer.h"
#include "server/node_evals.h"
#include "state/apply.h"

namespace drover::server {
namespace {

using state::Table;
using state::View;

constexpr std::string_view kClusterEvents = "Cluster";

model::NodeEvent event_of(const Leader& leader, std::string message) {
    model::NodeEvent event;
    event.Message = std::move(message);
    event.Subsystem = kClusterEvents;
    event.Timestamp = leader.now();
    return event;
}

// The caller must be that node, which it proves by its secret. An unknown node is told that it is unknown, so that it
// registers; unless the caller is another one.
Result<Shared<model::Node>> calling_node(const View& view, std::string_view node_id, std::string_view token) {
    auto node = view.nodes().find(node_id);
    if (node && node->SecretID == token) return node;
    if (node) return fail(Error::denied());
    for (const auto& other : view.nodes().all()) {
        if (other->SecretID == token) return fail(Error::denied());
    }
    return fail(Error::internal("node not found"));
}

// The node's time until its next heartbeat, which is counted from now on; 0: none is expected.
Duration next_beat(Leader& leader, const std::string& node_id, std::string_view status) {
    return status != "down" && leader.maybe_heartbeats ? leader.maybe_heartbeats->beat(node_id) : Duration{};
}

Result<> check_node(const model::Node& node) {
    if (node.ID.empty()) return fail(Error::internal("missing node ID for client registration"));
    if (node.Datacenter.empty()) return fail(Error::internal("missing datacenter for client registration"));
    if (node.Name.empty()) return fail(Error::internal("missing node name for client registration"));
    if (node.SecretID.empty()) return fail(Error::internal("missing node secret ID for client registration"));
    if (!is_uuid(node.ID)) return fail(Error::internal("invalid node ID for client registration"));
    return {};
}

// Whether a node that was cut off has yet to tell what became of what ran there.
bool owes_report(const View& view, const model::Node& node) {
    if (node.LastAllocUpdateIndex > node.LastMissedHeartbeatIndex) return false;
    for (const auto& alloc : view.allocs().of_node(node.ID)) {
        if (!alloc.server_terminal() && alloc.client_status() == state::ClientStatus::unknown) return true;
    }
    return false;
}

bool known_status(std::string_view status) {
    return status == "initializing" || status == "ready" || status == "down" || status == "disconnected";
}

net::Task<Result<model::NodeUpdateResponse>> register_node(Leader& leader, model::NodeRegisterRequest request) {
    if (!request.Node) co_return fail(Error::internal("missing node for client registration"));
    auto node = std::make_shared<model::Node>(*request.Node);
    if (auto checked = check_node(*node); !checked) co_return fail(checked.error());
    if (node->Status.empty()) node->Status = "initializing";
    if (!known_status(node->Status)) co_return fail(Error::internal("invalid status for node"));
    if (node->SchedulingEligibility.empty()) node->SchedulingEligibility = "eligible";
    if (node->NodePool.empty()) node->NodePool = "default";
    node->StatusUpdatedAt = leader.now().unix_ns / 1'000'000'000;
    node->ComputedClass = computed_class(*node);
    if (node->IdentitySigningKeyID.empty()) {
        if (const auto key = leader.view().root_keys().active()) node->IdentitySigningKeyID = key->KeyID;
    }
    auto known = leader.view().nodes().find(node->ID);
    if (known && known->SecretID != node->SecretID)
        co_return fail(Error::internal("node secret ID does not match. Not registering node."));

    state::command::RegisterNode command;
    const bool changes_status = status_needs_evals(known ? known->Status : "initializing", node->Status);
    if (changes_status || (known && placement_changed(*known, *node))) command.Evals = List(node_evals(leader, *node));
    if (known && known->Status == "down") command.NodeEvent = event_of(leader, "Node re-registered");
    if (!known) command.NodeEvent = event_of(leader, "Node registered");
    if (request.NodeEvent) command.NodeEvent = request.NodeEvent;
    command.CreateNodePool = true;
    command.Node = node;
    model::NodeUpdateResponse response;
    for (const auto& eval : command.Evals) response.EvalIDs.push_back(eval->ID);
    auto applied = co_await leader.commit(std::move(command));
    if (!applied) co_return fail(applied.error());
    response.Index = response.NodeModifyIndex = applied->Index;
    if (!response.EvalIDs.empty()) response.EvalCreateIndex = applied->Index;
    add_cluster(leader, response);
    response.KnownLeader = true;
    response.HeartbeatTTL = next_beat(leader, node->ID, node->Status);
    auto stored = leader.view().nodes().find(node->ID);
    if (stored) response.SchedulingEligibility = stored->SchedulingEligibility;
    co_return response;
}

// A heartbeat that changes nothing makes no log entry.
net::Task<Result<model::NodeUpdateResponse>> update_status(Leader& leader, model::NodeUpdateStatusRequest request) {
    if (request.NodeID.empty()) co_return fail(Error::internal("missing node ID for client status update"));
    if (!known_status(request.Status)) co_return fail(Error::internal("invalid status for node"));
    auto caller = calling_node(leader.view(), request.NodeID, request.AuthToken);
    if (!caller) co_return fail(caller.error());
    const auto node = std::move(*caller);
    model::NodeUpdateResponse response;  // its indexes stay 0 while nothing changes
    // A node that was cut off is first looked at, then used again.
    std::string status = request.Status;
    if (node->Status == "disconnected" && status == "ready") status = "initializing";
    if (node->Status == "initializing" && status == "ready" && owes_report(leader.view(), *node)) status = node->Status;
    if (status != node->Status) {
        state::command::SetNodeStatus command;
        command.NodeID = node->ID;
        command.Status = status;
        command.UpdatedAt = leader.now().unix_ns;
        if (node->Status == "down") command.NodeEvent = event_of(leader, "Node reregistered by heartbeat");
        if (request.NodeEvent) command.NodeEvent = request.NodeEvent;
        if (status_needs_evals(node->Status, status)) command.Evals = List(node_evals(leader, *node));
        for (const auto& eval : command.Evals) response.EvalIDs.push_back(eval->ID);
        auto applied = co_await leader.commit(std::move(command));
        if (!applied) co_return fail(applied.error());
        response.Index = response.NodeModifyIndex = applied->Index;
        if (!response.EvalIDs.empty()) response.EvalCreateIndex = applied->Index;
    }
    add_cluster(leader, response);
    response.KnownLeader = true;
    response.HeartbeatTTL = next_beat(leader, node->ID, status);
    response.SchedulingEligibility = node->SchedulingEligibility;
    co_return response;
}

// The index is that of the node's own allocations, so that a node wakes for nobody else's; and not before that of the
// last that were erased: a node that had seen those would wait for a greater one.
Result<model::NodeClientAllocsResponse> get_client_allocs(const View& view, const model::NodeSpecificRequest& request) {
    model::NodeClientAllocsResponse response;
    response.Allocs.made = response.MigrateTokens.made = true;
    if (auto caller = calling_node(view, request.NodeID, request.AuthToken); !caller) return fail(caller.error());
    response.Index = std::max<uint64_t>(1, view.allocs_erased_at());
    for (const auto& alloc : view.allocs().of_node(request.NodeID)) {
        response.Allocs[alloc.id()] = alloc.alloc_modify_index();
        response.Index = std::max(response.Index, alloc.modify_index());
    }
    return response;
}

// Whether a failed allocation may be replaced, as the report leaves it.
bool may_reschedule(const state::AllocRef& known, const model::Allocation& report) {
    model::Allocation failed = *known.full();
    failed.ClientStatus = report.ClientStatus;
    failed.TaskStates = report.TaskStates;
    return scheduler::reschedule_at(failed, scheduler::fail_time(failed)).has_value();
}

// Whether a report tells for the first time that an allocation is healthy, in a deployment that is not over: its next
// allocations may come, or it is done. The watcher takes care of unhealthy ones.
bool moves_deployment(const View& view, const state::AllocRef& known, const model::Allocation& report) {
    if (known.healthy() || !report.DeploymentStatus || !report.DeploymentStatus->Healthy.value_or(false)) return false;
    const auto deployment = view.deployments().find(known.deployment_id());
    return deployment && model::is_active(*deployment);
}

// Why a reported change calls for an evaluation. Of several for one job the first here counts.
enum class Reason { job_gone, reconnect, failure, deployment };

std::string_view trigger_of(Reason reason) {
    switch (reason) {
        case Reason::job_gone: return "job-deregister";
        case Reason::reconnect: return "reconnect";
        case Reason::failure: return "alloc-failure";
        case Reason::deployment: return "deployment-watcher";
    }
    return "";
}

std::optional<Reason> reason_of(const View& view, const state::AllocRef& known, const model::Allocation& report) {
    const auto job = view.jobs().find(known.ns(), known.job_id());
    if (!job) return known.server_terminal() ? std::nullopt : std::optional(Reason::job_gone);
    if (job->Stop) return std::nullopt;
    if (known.client_status() == state::ClientStatus::unknown) return Reason::reconnect;
    const bool fails = report.ClientStatus == "failed" && known.client_status() != state::ClientStatus::failed;
    if (fails && known.followup_eval_id().empty() && may_reschedule(known, report)) return Reason::failure;
    if (moves_deployment(view, known, report)) return Reason::deployment;
    return std::nullopt;
}

// The evaluations that reports call for: one for each job.
class ReportEvals {
public:
    ReportEvals(const Leader& leader, const View& view) : leader_(leader), view_(view) {}

    void note(const state::AllocRef& known, const model::Allocation& report) {
        const auto reason = reason_of(view_, known, report);
        if (!reason) return;
        const auto [at, is_new] = by_job_.try_emplace({known.ns(), known.job_id()}, Cause{*reason, known});
        if (!is_new && *reason < at->second.reason) at->second = {*reason, known};
    }

    List<Shared<model::Evaluation>> take() const {
        List<Shared<model::Evaluation>> evals;
        for (const auto& [key, cause] : by_job_) {
            if (cause.reason == Reason::deployment) {
                const auto deployment = view_.deployments().find(cause.alloc.deployment_id());
                evals.push_back(deployment_eval(leader_, view_, *deployment));
                continue;
            }
            const auto job = view_.jobs().find(key.first, key.second);
            const model::Job& of = job ? *job : *cause.alloc.job();
            auto eval = leader_.new_eval(key.first, key.second, of.Type, of.Priority, trigger_of(cause.reason));
            evals.push_back(std::make_shared<model::Evaluation>(std::move(eval)));
        }
        return evals;
    }

private:
    struct Cause {
        Reason reason;
        state::AllocRef alloc;
    };
    const Leader& leader_;
    const View& view_;
    std::map<std::pair<std::string, std::string>, Cause> by_job_;
};

net::Task<Result<model::GenericResponse>> update_allocs(Leader& leader, model::AllocUpdateRequest request) {
    if (!request.Evals.empty()) co_return fail(Error::internal("evaluation field must be empty"));
    if (request.Alloc.empty()) co_return fail(Error::internal("must update at least one allocation"));
    const View view = leader.view();
    state::command::UpdateAllocsFromClient command;
    command.UpdatedAt = leader.now().unix_ns;
    ReportEvals evals(leader, view);
    for (const auto& report : request.Alloc) {
        state::AllocRef known = view.allocs().find(report->ID);
        if (!known) continue;
        auto caller = calling_node(view, known.node_id(), request.AuthToken);
        if (!caller) co_return fail(caller.error());
        const model::Node& node = **caller;
        if (node.Status == "down" || node.Status == "disconnected")
            co_return fail(
                Error::internal("node " + node.ID + " is not allowed to update allocs while in status " + node.Status));
        evals.note(known, *report);
        command.Allocs.push_back(report);
    }
    command.Evals = evals.take();
    model::GenericResponse response;
    response.Index = view.index();
    if (command.Allocs.empty()) co_return response;
    auto applied = co_await leader.commit(std::move(command));
    if (!applied) co_return fail(applied.error());
    response.Index = applied->Index;
    co_return response;
}

net::Task<Result<model::EmitNodeEventsResponse>> emit_events(Leader& leader, model::EmitNodeEventsRequest request) {
    if (request.NodeEvents.empty()) co_return fail(Error::internal("no node events given"));
    const View view = leader.view();
    state::command::AddNodeEvents command;
    for (const auto& [id, events] : request.NodeEvents) {
        if (auto caller = calling_node(view, id, request.AuthToken); !caller) co_return fail(caller.error());
        for (model::NodeEvent event : events) {
            if (event.Timestamp.is_zero()) event.Timestamp = leader.now();
            command.NodeEvents[id].push_back(std::move(event));
        }
    }
    auto applied = co_await leader.commit(std::move(command));
    if (!applied) co_return fail(applied.error());
    model::EmitNodeEventsResponse response;
    response.Index = applied->Index;
    co_return response;
}

std::string registering(const void* request) {
    const auto& node = static_cast<const model::NodeRegisterRequest*>(request)->Node;
    return node ? node->ID : std::string();
}
template <class Request>
std::string named(const void* request) {
    return static_cast<const Request*>(request)->NodeID;
}

}  // namespace

const EndpointTable& client_endpoints() {
    static const EndpointTable table = {
        from_node(write("Node.Register", register_node, needs_nothing()), registering),
        from_node(write("Node.UpdateStatus", update_status, needs_token()), named<model::NodeUpdateStatusRequest>),
        from_node(read("Node.GetClientAllocs", get_client_allocs, needs_token()), named<model::NodeSpecificRequest>),
        write("Node.UpdateAlloc", update_allocs, needs_token()),
        write("Node.EmitEvents", emit_events, needs_token()),
    };
    return table;
}

}  // namespace drover::server
