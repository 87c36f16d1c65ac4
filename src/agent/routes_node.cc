#include "agent/http_api.h"
#include "agent/http_options.h"
#include "agent/route_tables.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "model/rpc_node.h"
#include "model/shown_node.h"

namespace drover::agent {

// The body of a drain. Without a specification: the drain ends.
namespace body {

struct NodeDrain {
    Box<model::DrainSpec> DrainSpec;
    bool MarkEligible = false;
    Map<std::string> Meta;
};
DECLARE_TYPE(NodeDrain);
DESCRIBE(NodeDrain, FIELD(DrainSpec), FIELD(MarkEligible), FIELD(Meta));

}  // namespace body

namespace {

Result<> with_fields(const HttpCall& call, server::Message& request) {
    auto resources = flag(call.request.query, "resources");
    auto os = flag(call.request.query, "os");
    const auto* failed = !resources ? &resources.error() : !os ? &os.error() : nullptr;
    if (failed) return fail(Error::bad_request("Failed to parse node list fields: " + failed->message));
    request.as<model::NodeListRequest>().Fields = model::NodeStubFields{*resources, *os};
    return {};
}

// A node in the body is meant where it names one.
Result<> with_path_node(const HttpCall& call, server::Message& request) {
    auto& update = request.as<model::NodeUpdateEligibilityRequest>();
    if (auto body = decode_body<model::NodeUpdateEligibilityRequest>(call.request); !body) return fail(body.error());
    if (auto body = decode_body<model::NodeUpdateEligibilityRequest>(call.request); body && !body->NodeID.empty())
        update.NodeID = body->NodeID;
    return {};
}

// A node in the body means nothing.
Result<> with_drain(const HttpCall& call, server::Message& request) {
    auto drain = decode_body<body::NodeDrain>(call.request);
    if (!drain) return fail(drain.error());
    auto& update = request.as<model::NodeUpdateDrainRequest>();
    if (drain->DrainSpec) static_cast<model::DrainSpec&>(update.DrainStrategy.make()) = *drain->DrainSpec;
    update.MarkEligible = drain->MarkEligible;
    update.Meta = std::move(drain->Meta);
    return {};
}

}  // namespace

RouteTable node_routes() {
    using namespace model;
    return {
        get("/v1/nodes", "Node.List", list_of(&NodeListResponse::Nodes)).with(with_fields),
        get("/v1/node/:NodeID", "Node.GetNode", one_of(&ShownNodeResponse::Node, "node not found")),
        get("/v1/node/:NodeID/allocations", "Node.GetAllocs", list_of(&NodeAllocsResponse::Allocs)),
        put("/v1/node/:NodeID/evaluate", "Node.Evaluate"),
        put("/v1/node/:NodeID/drain", "Node.UpdateDrain").with(with_drain),
        put("/v1/node/:NodeID/eligibility", "Node.UpdateEligibility").decodes().with(with_path_node),
        put("/v1/node/:NodeID/purge", "Node.Deregister"),
    };
}

}  // namespace drover::agent
