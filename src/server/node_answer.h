#pragma once
// What answers about nodes tell of the servers.

#include "model/rpc_node.h"
#include "server/leader.h"

namespace drover::server {

// The leader, the region's servers and how many nodes there are.
void add_cluster(const Leader& leader, model::NodeUpdateResponse& response);

}  // namespace drover::server
