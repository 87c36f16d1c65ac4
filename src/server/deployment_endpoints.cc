#include "model/rpc_alloc.h"
#include "model/rpc_deployment.h"
#include "model/rpc_job.h"
#include "server/endpoint_tables.h"
#include "server/listing.h"
#include "server/stubs.h"

namespace drover::server {
namespace {

using state::Table;
using state::View;

constexpr std::string_view kLookupFailed = "deployment lookup failed: index error: ";

Result<model::SingleDeploymentResponse> get_deployment(const View& view,
                                                       const model::DeploymentSpecificRequest& request) {
    if (request.DeploymentID.empty()) return fail(Error::internal("missing deployment ID"));
    if (auto id = parse_uuid(request.DeploymentID); !id)
        return fail(Error::internal(id.error().message).wrapped(kLookupFailed));
    model::SingleDeploymentResponse response;
    response.Deployment = view.deployments().find(request.DeploymentID);
    response.Index = response.Deployment ? response.Deployment->ModifyIndex : view.table_index(Table::deployments);
    return response;
}

Result<model::DeploymentListResponse> list_deployments(const View& view, const model::DeploymentListRequest& request) {
    auto range = request.Prefix.empty() ? Result<state::Range<model::Deployment>>(view.deployments().by_creation())
                                        : view.deployments().with_prefix(request.Prefix);
    if (!range) return fail(Error::internal(range.error().message).wrapped(kLookupFailed));
    model::DeploymentListResponse response;
    response.Deployments.made = true;
    response.Index = view.table_index(Table::deployments);
    auto paged = page(
        std::move(*range), request, request.Prefix.empty() ? PageOrder::creation : PageOrder::id, response,
        [&](const model::Deployment& d) { return in_namespace(request, d.Namespace); },
        [&](const Shared<model::Deployment>& d) { response.Deployments.push_back(d); });
    if (!paged) return fail(paged.error());
    return response;
}

Result<model::DeploymentListResponse> job_deployments(const View& view, const model::JobSpecificRequest& request) {
    model::DeploymentListResponse response;
    response.Index = view.table_index(Table::deployments);
    auto job = view.jobs().find(request.Namespace, request.JobID);
    for (const auto& deployment : view.deployments().of_job(request.Namespace, request.JobID)) {
        if (!request.All && job && deployment->JobCreateIndex != job->CreateIndex) continue;
        response.Deployments.push_back(deployment);
    }
    return response;
}

Result<model::SingleDeploymentResponse> latest_deployment(const View& view, const model::JobSpecificRequest& request) {
    model::SingleDeploymentResponse response;
    response.Deployment = view.deployments().latest_of_job(request.Namespace, request.JobID);
    response.Index = response.Deployment ? response.Deployment->ModifyIndex : view.table_index(Table::deployments);
    return response;
}

Result<model::AllocListResponse> deployment_allocations(const View& view,
                                                        const model::DeploymentSpecificRequest& request) {
    if (auto id = parse_uuid(request.DeploymentID); !id)
        return fail(Error::internal("index error: " + id.error().message));
    model::AllocListResponse response;
    response.Index = view.table_index(Table::allocs);
    for (const auto& alloc : view.allocs().of_deployment(request.DeploymentID))
        response.Allocations.push_back(alloc_stub(alloc, false, true));
    return response;
}

}  // namespace

const EndpointTable& deployment_endpoints() {
    static const EndpointTable table = {
        read("Deployment.GetDeployment", get_deployment, needs({"read-job"})),
        read("Deployment.Allocations", deployment_allocations, needs({"read-job"})),
        read("Deployment.List", list_deployments, needs({"read-job"})),
        read("Job.Deployments", job_deployments, needs({"read-job"})),
        read("Job.LatestDeployment", latest_deployment, needs({"read-job"})),
    };
    return table;
}

}  // namespace drover::server
