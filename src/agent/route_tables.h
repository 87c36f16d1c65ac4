#pragma once
// The route tables, one a family.

#include "agent/route.h"

namespace drover::agent {

RouteTable agent_routes();
RouteTable alloc_routes();
RouteTable child_job_routes();
RouteTable client_routes();
RouteTable cluster_routes();
RouteTable deployment_routes();
RouteTable eval_routes();
RouteTable job_routes();
RouteTable job_version_routes();
RouteTable namespace_routes();
RouteTable node_pool_routes();
RouteTable node_routes();
RouteTable operator_routes();
RouteTable scaling_routes();
RouteTable snapshot_routes();
RouteTable system_routes();
RouteTable lacking_routes();  // what Nomad serves and we do not yet

// Whether a request brings an archive, whose bytes are spooled.
bool takes_archive(const net::Request& head);

std::vector<RouteTable> all_routes();

}  // namespace drover::agent
