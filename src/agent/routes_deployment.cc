#include "agent/http_api.h"
#include "agent/http_options.h"
#include "agent/route_tables.h"
#include "model/rpc_alloc.h"
#include "model/rpc_deployment.h"

namespace drover::agent {
namespace {

// The body names the deployment as well as the path.
template <class Request>
Result<> with_deployment(const HttpCall& call, server::Message& request) {
    auto body = decode_body<Request>(call.request);
    if (!body) return fail(body.error());
    if (body->DeploymentID.empty()) return fail(Error::bad_request("DeploymentID must be specified"));
    if (body->DeploymentID != call.parameter) return fail(Error::bad_request("Deployment ID does not match"));
    write_options(call.request, call.api.region(), *body);
    request.as<Request>() = std::move(*body);
    return {};
}

}  // namespace

RouteTable deployment_routes() {
    using namespace model;
    return {
        get("/v1/deployments", "Deployment.List", list_of(&DeploymentListResponse::Deployments)),
        get("/v1/deployment/:DeploymentID", "Deployment.GetDeployment",
            one_of(&SingleDeploymentResponse::Deployment, "deployment not found")),
        get("/v1/deployment/allocations/:DeploymentID", "Deployment.Allocations",
            list_of(&AllocListResponse::Allocations)),
        put("/v1/deployment/fail/:DeploymentID", "Deployment.Fail"),
        put("/v1/deployment/pause/:DeploymentID", "Deployment.Pause").with(with_deployment<DeploymentPauseRequest>),
        put("/v1/deployment/promote/:DeploymentID", "Deployment.Promote")
            .with(with_deployment<DeploymentPromoteRequest>),
        put("/v1/deployment/unblock/:DeploymentID", "Deployment.Unblock")
            .with(with_deployment<DeploymentUnblockRequest>),
        put("/v1/deployment/allocation-health/:DeploymentID", "Deployment.SetAllocHealth")
            .with(with_deployment<DeploymentAllocHealthRequest>),
    };
}

}  // namespace drover::agent
