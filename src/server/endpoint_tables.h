#pragma once
// The endpoint tables, one a family. Any thread.

#include "server/endpoint.h"

namespace drover::server {

const EndpointTable& alloc_endpoints();
const EndpointTable& child_job_endpoints();
const EndpointTable& client_endpoints();  // what only nodes call
const EndpointTable& deployment_endpoints();
const EndpointTable& deployment_write_endpoints();
const EndpointTable& eval_endpoints();
const EndpointTable& job_endpoints();
const EndpointTable& job_version_endpoints();
const EndpointTable& job_write_endpoints();
const EndpointTable& namespace_endpoints();
const EndpointTable& node_endpoints();
const EndpointTable& node_pool_endpoints();
const EndpointTable& operator_endpoints();
const EndpointTable& scaling_endpoints();
const EndpointTable& search_endpoints();
const EndpointTable& status_endpoints();
const EndpointTable& system_endpoints();

}  // namespace drover::server
