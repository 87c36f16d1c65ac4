#include "agent/http_api.h"
#include "agent/route_tables.h"
#include "model/rpc_job.h"

namespace drover::agent {
namespace {

// The job of the path; a target may name it once more.
Result<> with_scaled_job(const HttpCall& call, server::Message& request) {
    auto& scale = request.as<model::JobScaleRequest>();
    const auto named = scale.Target.find("Job");
    if (named != scale.Target.end() && named->second != call.parameter)
        return fail(Error::bad_request("job ID in payload did not match URL"));
    return {};
}

}  // namespace

RouteTable scaling_routes() {
    using namespace model;
    return {
        get("/v1/job/:JobID/scale", "Job.ScaleStatus",
            one_of(&JobScaleStatusResponse::JobScaleStatus, "job not found")),
        put("/v1/job/:JobID/scale", "Job.Scale").decodes().with(with_scaled_job),
        get("/v1/scaling/policies", "Scaling.ListPolicies", list_of(&ScalingPolicyListResponse::Policies))
            .takes("job", "Job")
            .takes("type", "Type"),
        get("/v1/scaling/policy/:ID", "Scaling.GetPolicy",
            one_of(&SingleScalingPolicyResponse::Policy, "policy not found")),
    };
}

}  // namespace drover::agent
