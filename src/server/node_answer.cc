#include "server/node_answer.h"

namespace drover::server {

void add_cluster(const Leader& leader, model::NodeUpdateResponse& response) {
    response.LeaderRPCAddr = leader.config().rpc_address;
    response.NumNodes = static_cast<int32_t>(leader.view().nodes().size());
    for (const Routing::Server& known : leader.routing().servers()) {
        model::NodeServerInfo server;
        server.RPCAdvertiseAddr = known.address;
        server.Datacenter = known.datacenter;
        response.Servers.push_back(std::move(server));
    }
}

}  // namespace drover::server
