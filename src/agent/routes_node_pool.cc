#include "agent/http_api.h"
#include "agent/http_options.h"
#include "agent/route_tables.h"
#include "codec/describe.h"
#include "model/rpc_node.h"

namespace drover::agent {

// A pool as it is sent: its duration may be a text, which the answers never are.
namespace body {

struct NodePool {
    std::string Name;
    std::string Description;
    Map<std::string> Meta;
    Box<model::NodePoolSchedulerConfiguration> SchedulerConfiguration;
    Duration NodeIdentityTTL;
};
DECLARE_TYPE(NodePool);
DESCRIBE(NodePool, FIELD(Name), FIELD(Description), FIELD(Meta), FIELD(SchedulerConfiguration),
         FIELD(NodeIdentityTTL).duration_as_text());

}  // namespace body

namespace {

// The body is one pool; its name must be that of the path, if the path has one.
Result<> with_pool(const HttpCall& call, server::Message& request) {
    auto sent = decode_body<body::NodePool>(call.request);
    if (!sent) return fail(sent.error());
    if (call.route.has_parameter && sent->Name != call.parameter)
        return fail(Error::bad_request("Node pool name does not match request path"));
    auto pool = std::make_shared<model::NodePool>();
    pool->Name = std::move(sent->Name);
    pool->Description = std::move(sent->Description);
    pool->Meta = std::move(sent->Meta);
    pool->SchedulerConfiguration = std::move(sent->SchedulerConfiguration);
    pool->NodeIdentityTTL = sent->NodeIdentityTTL;
    request.as<model::NodePoolUpsertRequest>().NodePools.push_back(std::move(pool));
    return {};
}

Result<> with_names(const HttpCall& call, server::Message& request) {
    request.as<model::NodePoolDeleteRequest>().Names.push_back(call.parameter);
    return {};
}

// What is listed of a pool cannot be chosen by a prefix as well.
Result<> without_prefix(const model::QueryOptions& request) {
    if (request.Prefix.empty()) return {};
    return fail(Error::bad_request("prefix argument not allowed"));
}

Result<> with_node_fields(const HttpCall& call, server::Message& request) {
    auto& nodes = request.as<model::NodePoolNodesRequest>();
    if (auto allowed = without_prefix(nodes); !allowed) return allowed;
    auto resources = flag(call.request.query, "resources");
    auto os = flag(call.request.query, "os");
    const auto* failed = !resources ? &resources.error() : !os ? &os.error() : nullptr;
    if (failed) return fail(Error::bad_request("Failed to parse node list fields: " + failed->message));
    nodes.Fields = model::NodeStubFields{*resources, *os};
    return {};
}

Result<> with_job_fields(const HttpCall& call, server::Message& request) {
    auto& jobs = request.as<model::NodePoolJobsRequest>();
    if (auto allowed = without_prefix(jobs); !allowed) return allowed;
    auto meta = flag(call.request.query, "meta");
    if (!meta) return fail(meta.error());
    jobs.Fields = model::JobStubFields{*meta};
    return {};
}

}  // namespace

RouteTable node_pool_routes() {
    using namespace model;
    return {
        get("/v1/node/pools", "NodePool.List", list_of(&NodePoolListResponse::NodePools)),
        put("/v1/node/pools", "NodePool.UpsertNodePools", empty()).with(with_pool),
        get("/v1/node/pool/:Name", "NodePool.GetNodePool",
            one_of(&SingleNodePoolResponse::NodePool, "node pool not found")),
        put("/v1/node/pool/:Name", "NodePool.UpsertNodePools", empty()).with(with_pool),
        del("/v1/node/pool/:Name", "NodePool.DeleteNodePools", empty()).with(with_names),
        get("/v1/node/pool/:Name/nodes", "NodePool.ListNodes", list_of(&NodePoolNodesResponse::Nodes))
            .with(with_node_fields),
        get("/v1/node/pool/:Name/jobs", "NodePool.ListJobs", list_of(&NodePoolJobsResponse::Jobs))
            .with(with_job_fields),
    };
}

}  // namespace drover::agent
