// What can be asked about nodes, and what operators do with them.
#include "model/rpc_node.h"
#include "model/shown_node.h"
#include "server/endpoint_tables.h"
#include "server/leader.h"
#include "server/listing.h"
#include "server/node_answer.h"
#include "server/node_evals.h"
#include "server/stubs.h"

namespace drover::server {
namespace {

using state::Table;
using state::View;

constexpr std::string_view kLookupFailed = "node lookup failed: index error: ";

Result<> check_id(const std::string& id) {
    if (id.empty()) return fail(Error::internal("missing node ID"));
    if (auto parsed = parse_uuid(id); !parsed)
        return fail(Error::internal(parsed.error().message).wrapped(kLookupFailed));
    return {};
}

Result<Shared<model::Node>> find_node(const View& view, const std::string& id) {
    if (auto checked = check_id(id); !checked) return fail(checked.error());
    auto node = view.nodes().find(id);
    if (!node) return fail(Error::internal("node not found"));
    return node;
}

Result<model::ShownNodeResponse> get_node(const View& view, const model::NodeSpecificRequest& request) {
    if (auto checked = check_id(request.NodeID); !checked) return fail(checked.error());
    model::ShownNodeResponse response;
    response.Index = view.table_index(Table::nodes);
    auto node = view.nodes().find(request.NodeID);
    if (!node) return response;
    response.Index = node->ModifyIndex;
    auto shown = std::make_shared<model::ShownNode>(model::ShownNode{*node});
    shown->SecretID.clear();
    shown->Drain = static_cast<bool>(node->DrainStrategy);
    response.Node = std::move(shown);
    return response;
}

Result<model::NodeListResponse> list_nodes(const View& view, const model::NodeListRequest& request) {
    auto range = request.Prefix.empty() ? Result<state::Range<model::Node>>(view.nodes().all())
                                        : view.nodes().with_prefix(request.Prefix);
    if (!range) return fail(Error::internal(range.error().message).wrapped(kLookupFailed));
    model::NodeListResponse response;
    response.Nodes.made = true;
    response.Index = view.table_index(Table::nodes);
    const bool with_resources = request.Fields && request.Fields->Resources;
    const bool with_os = request.Fields && request.Fields->OS;
    model::QueryOptions forward = request;  // nodes know no reverse order
    forward.Reverse = false;
    auto paged = page(
        std::move(*range), forward, PageOrder::id, response, [](const model::Node&) { return true; },
        [&](const Shared<model::Node>& node) { response.Nodes.push_back(node_stub(*node, with_resources, with_os)); });
    if (!paged) return fail(paged.error());
    return response;
}

Result<model::NodeAllocsResponse> node_allocs(const View& view, const model::NodeSpecificRequest& request) {
    model::NodeAllocsResponse response;
    response.Index = view.table_index(Table::allocs);
    for (const auto& alloc : view.allocs().of_node(request.NodeID)) response.Allocs.push_back(alloc.full());
    return response;
}

net::Task<Result<model::NodeUpdateResponse>> evaluate_node(Leader& leader, model::NodeEvaluateRequest request) {
    auto node = find_node(leader.view(), request.NodeID);
    if (!node) co_return fail(node.error());
    model::NodeUpdateResponse response;
    auto evals = node_evals(leader, **node);
    for (const auto& eval : evals) response.EvalIDs.push_back(eval->ID);
    response.SchedulingEligibility = (*node)->SchedulingEligibility;
    add_cluster(leader, response);
    if (evals.empty()) co_return response;
    auto applied = co_await leader.commit(state::command::UpsertEvals{List(std::move(evals))});
    if (!applied) co_return fail(applied.error());
    response.Index = response.EvalCreateIndex = applied->Index;
    co_return response;
}

model::NodeEvent event_of(const Leader& leader, std::string_view subsystem, std::string message) {
    model::NodeEvent event;
    event.Message = std::move(message);
    event.Subsystem = subsystem;
    event.Timestamp = leader.now();
    return event;
}

net::Task<Result<model::NodeEligibilityUpdateResponse>> update_eligibility(
    Leader& leader, model::NodeUpdateEligibilityRequest request) {
    auto found = find_node(leader.view(), request.NodeID);
    if (!found) co_return fail(found.error());
    const model::Node& node = **found;
    const bool eligible = request.Eligibility == "eligible";
    if (!eligible && request.Eligibility != "ineligible")
        co_return fail(Error::internal("invalid scheduling eligibility " + quote(request.Eligibility)));
    if (node.DrainStrategy && eligible)
        co_return fail(Error::internal("can not set node's scheduling eligibility to eligible while it is draining"));
    model::NodeEligibilityUpdateResponse response;
    if (node.SchedulingEligibility == request.Eligibility) co_return response;
    state::command::SetNodeEligibility command;
    command.NodeID = node.ID;
    command.Eligibility = request.Eligibility;
    command.UpdatedAt = leader.now().unix_ns;
    command.NodeEvent =
        event_of(leader, "Cluster",
                 eligible ? "Node marked as eligible for scheduling" : "Node marked as ineligible for scheduling");
    if (eligible) command.Evals = List(node_evals(leader, node));
    for (const auto& eval : command.Evals) response.EvalIDs.push_back(eval->ID);
    auto applied = co_await leader.commit(std::move(command));
    if (!applied) co_return fail(applied.error());
    response.Index = applied->Index;  // clients know this answer without the other indexes
    co_return response;
}

// The time of force is counted from now on.
std::optional<model::DrainStrategy> strategy_of(const Leader& leader, const model::NodeUpdateDrainRequest& request) {
    if (!request.DrainStrategy) return std::nullopt;
    model::DrainStrategy strategy = *request.DrainStrategy;
    strategy.StartedAt = leader.now();
    if (strategy.Deadline.ns > 0) {
        const Duration longest = Time{INT64_MAX} - strategy.StartedAt;
        strategy.ForceDeadline = strategy.StartedAt + std::min(strategy.Deadline, longest);
    } else {
        strategy.ForceDeadline = {};
    }
    return strategy;
}

std::string_view drain_event(const model::Node& before, bool drains) {
    if (!drains) return "Node drain disabled";
    return before.DrainStrategy ? "Node drain strategy updated" : "Node drain strategy set";
}

net::Task<Result<model::NodeDrainUpdateResponse>> update_drain(Leader& leader, model::NodeUpdateDrainRequest request) {
    auto found = find_node(leader.view(), request.NodeID);
    if (!found) co_return fail(found.error());
    const model::Node& node = **found;
    state::command::SetNodeDrain command;
    model::DrainUpdate& update = command.Updates[node.ID];
    if (auto strategy = strategy_of(leader, request)) update.DrainStrategy = std::move(*strategy);
    const bool drains = static_cast<bool>(update.DrainStrategy);
    update.MarkEligible = request.MarkEligible;
    command.NodeEvents[node.ID] = event_of(leader, "Drain", std::string(drain_event(node, drains)));
    command.Meta = request.Meta;
    if (!leader.config().acl_enabled) command.UpdatedBy = "token:acls-disabled";
    command.UpdatedAt = leader.now().unix_ns;
    if (!drains && request.MarkEligible) command.Evals = List(node_evals(leader, node));
    model::NodeDrainUpdateResponse response;
    for (const auto& eval : command.Evals) response.EvalIDs.push_back(eval->ID);
    auto applied = co_await leader.commit(std::move(command));
    if (!applied) co_return fail(applied.error());
    response.Index = response.NodeModifyIndex = applied->Index;
    co_return response;
}

net::Task<Result<model::NodeUpdateResponse>> deregister_node(Leader& leader, model::NodeDeregisterRequest request) {
    auto node = find_node(leader.view(), request.NodeID);
    if (!node) co_return fail(node.error());
    model::NodeUpdateResponse response;
    state::command::DeregisterNodes command;
    command.NodeIDs.push_back((*node)->ID);
    command.Evals = List(node_evals(leader, **node));
    for (const auto& eval : command.Evals) response.EvalIDs.push_back(eval->ID);
    auto applied = co_await leader.commit(std::move(command));
    if (!applied) co_return fail(applied.error());
    response.Index = response.NodeModifyIndex = applied->Index;
    if (!response.EvalIDs.empty()) response.EvalCreateIndex = applied->Index;
    co_return response;
}

}  // namespace

const EndpointTable& node_endpoints() {
    static const EndpointTable table = {
        read("Node.GetNode", get_node, needs_node("read")),
        read("Node.List", list_nodes, needs_node("read")),
        read("Node.GetAllocs", node_allocs, needs_node("read")),
        write("Node.Evaluate", evaluate_node, needs_node("write")),
        write("Node.UpdateDrain", update_drain, needs_node("write")),
        write("Node.UpdateEligibility", update_eligibility, needs_node("write")),
        write("Node.Deregister", deregister_node, needs_node("write")),
    };
    return table;
}

}  // namespace drover::server
