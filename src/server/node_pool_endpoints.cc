#include "base/strings.h"
#include "model/canonicalize.h"
#include "model/error_list.h"
#include "model/job_rules.h"
#include "model/namespace_hash.h"
#include "model/rpc_node.h"
#include "model/status.h"
#include "server/endpoint_tables.h"
#include "server/leader.h"
#include "server/listing.h"
#include "server/stubs.h"

namespace drover::server {
namespace {

using state::Table;
using state::View;

Needs needs_node_pool(std::string_view capability) { return {Needs::Kind::node_pool, {capability}}; }

constexpr size_t kMaxName = 128, kMaxDescription = 256;

Result<model::NodePoolListResponse> list_pools(const View& view, const model::NodePoolListRequest& request) {
    model::NodePoolListResponse response;
    response.NodePools.made = true;
    response.Index = std::max<uint64_t>(view.table_index(Table::node_pools), 1);
    auto paged = page(
        view.node_pools().with_prefix(request.Prefix), request, PageOrder::name, response,
        [](const model::NodePool&) { return true; },
        [&](const Shared<model::NodePool>& pool) { response.NodePools.push_back(pool); });
    if (!paged) return fail(paged.error());
    return response;
}

Result<model::SingleNodePoolResponse> get_pool(const View& view, const model::NodePoolSpecificRequest& request) {
    model::SingleNodePoolResponse response;
    response.NodePool = view.node_pools().find(request.Name);
    response.Index =
        response.NodePool ? response.NodePool->ModifyIndex : std::max<uint64_t>(view.table_index(Table::node_pools), 1);
    return response;
}

// All nodes are in the pool `all`.
Result<model::NodePoolNodesResponse> list_nodes(const View& view, const model::NodePoolNodesRequest& request) {
    model::NodePoolNodesResponse response;
    response.Nodes.made = true;
    response.Index = view.table_index(Table::nodes);
    const bool with_resources = request.Fields && request.Fields->Resources;
    const bool with_os = request.Fields && request.Fields->OS;
    auto paged = page(
        view.nodes().all(), request, PageOrder::id, response,
        [&](const model::Node& node) { return request.Name == model::kAllNodePool || node.NodePool == request.Name; },
        [&](const Shared<model::Node>& node) { response.Nodes.push_back(node_stub(*node, with_resources, with_os)); });
    if (!paged) return fail(paged.error());
    return response;
}

Result<model::NodePoolJobsResponse> list_jobs(const View& view, const model::NodePoolJobsRequest& request) {
    model::NodePoolJobsResponse response;
    response.Jobs.made = true;
    response.Index = std::max(view.table_index(Table::jobs), view.table_index(Table::job_summaries));
    const bool with_meta = request.Fields && request.Fields->Meta;
    auto jobs = request.Namespace == "*" ? view.jobs().all() : view.jobs().in_namespace(request.Namespace);
    auto paged = page(
        std::move(jobs), request, PageOrder::scoped_id, response,
        [&](const model::Job& job) { return job.NodePool == request.Name; },
        [&](const Shared<model::Job>& job) {
            response.Jobs.push_back(
                model::job_stub(*job, view.job_summaries().find(job->Namespace, job->ID), with_meta));
        });
    if (!paged) return fail(paged.error());
    return response;
}

bool is_built_in(std::string_view name) { return name == model::kDefaultNodePool || name == model::kAllNodePool; }

bool valid_name(const std::string& name) {
    if (name.empty() || name.size() > kMaxName) return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

Result<> check(const model::NodePool& pool) {
    if (is_built_in(pool.Name))
        return fail(Error::bad_request("modifying node pool " + quote(pool.Name) + " is not allowed"));
    model::ErrorList errors;
    if (!valid_name(pool.Name)) {
        errors.add("invalid name " + quote(pool.Name) + ", must match regex ^[a-zA-Z0-9-_]{1," +
                   std::to_string(kMaxName) + "}$");
    }
    if (pool.Description.size() > kMaxDescription)
        errors.add("description longer than " + std::to_string(kMaxDescription));
    if (const auto& config = pool.SchedulerConfiguration) {
        const std::string& algorithm = config->SchedulerAlgorithm;
        if (!algorithm.empty() && algorithm != "binpack" && algorithm != "spread")
            errors.add("invalid scheduler algorithm " + quote(algorithm));
    }
    if (pool.NodeIdentityTTL.ns < 0) errors.add("node identity TTL must not be negative");
    if (errors.empty()) return {};
    return fail(Error::bad_request("invalid node pool " + quote(pool.Name) + ": " + errors.text()));
}

net::Task<Result<model::GenericResponse>> upsert_pools(Leader& leader, model::NodePoolUpsertRequest request) {
    if (request.NodePools.empty()) co_return fail(Error::bad_request("must specify at least one node pool"));
    state::command::UpsertNodePools command;
    for (const auto& pool : request.NodePools) {
        if (auto checked = check(*pool); !checked) co_return fail(checked.error());
        auto stored = std::make_shared<model::NodePool>(*pool);
        model::canonicalize(*stored);
        stored->Hash = model::node_pool_hash(*stored);
        command.NodePools.push_back(std::move(stored));
    }
    auto applied = co_await leader.commit(std::move(command));
    if (!applied) co_return fail(applied.error());
    model::GenericResponse response;
    response.Index = applied->Index;
    co_return response;
}

// Why a pool may not go.
void add_obstacles(const View& view, const std::string& region, const std::string& name, model::ErrorList& errors) {
    const std::string where = " in regions: [" + region + "]";
    for (const auto& node : view.nodes().all()) {
        if (node->NodePool != name) continue;
        errors.add("node pool " + quote(name) + " has nodes" + where);
        break;
    }
    for (const auto& job : view.jobs().all()) {
        if (job->NodePool != name || job->Status == "dead") continue;
        errors.add("node pool " + quote(name) + " has non-terminal jobs" + where);
        break;
    }
}

net::Task<Result<model::GenericResponse>> delete_pools(Leader& leader, model::NodePoolDeleteRequest request) {
    if (request.Names.empty()) co_return fail(Error::bad_request("must specify at least one node pool to delete"));
    const View view = leader.view();
    model::ErrorList obstacles;
    for (const std::string& name : request.Names) {
        if (is_built_in(name))
            co_return fail(Error::bad_request("deleting node pool " + quote(name) + " is not allowed"));
        add_obstacles(view, leader.config().region, name, obstacles);
    }
    if (!obstacles.empty()) co_return fail(Error::internal(obstacles.text()));
    auto applied = co_await leader.commit(state::command::DeleteNodePools{request.Names});
    if (!applied) co_return fail(applied.error());
    model::GenericResponse response;
    response.Index = applied->Index;
    co_return response;
}

}  // namespace

const EndpointTable& node_pool_endpoints() {
    static const EndpointTable table = {
        read("NodePool.List", list_pools, needs_token()),
        read("NodePool.GetNodePool", get_pool, needs_node_pool("read")),
        read("NodePool.ListNodes", list_nodes, needs_node("read")),
        read("NodePool.ListJobs", list_jobs, needs_node_pool("read")),
        write("NodePool.UpsertNodePools", upsert_pools, needs_node_pool("write")),
        write("NodePool.DeleteNodePools", delete_pools, needs_node_pool("delete")),
    };
    return table;
}

}  // namespace drover::server
