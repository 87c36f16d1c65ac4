#include "agent/http_api.h"
#include "agent/route_tables.h"
#include "model/rpc_job.h"

namespace drover::agent {
namespace {

// The body may name the job once more.
Result<> with_dispatch(const HttpCall& call, server::Message& request) {
    auto body = decode_body<model::JobDispatchRequest>(call.request);
    if (!body) return fail(body.error());
    if (!body->JobID.empty() && body->JobID != call.parameter) return fail(Error::bad_request("Job ID does not match"));
    auto& dispatch = request.as<model::JobDispatchRequest>();
    dispatch.Payload = std::move(body->Payload);
    dispatch.Meta = std::move(body->Meta);
    dispatch.IdPrefixTemplate = std::move(body->IdPrefixTemplate);
    dispatch.Priority = body->Priority;
    return {};
}

Result<> with_payload(const HttpCall& call, server::Message& request) {
    if (!call.request.body.empty()) request.as<model::JobDispatchRequest>().Payload = Bytes(call.request.body);
    return {};
}

}  // namespace

RouteTable child_job_routes() {
    return {
        put("/v1/job/:JobID/periodic/force", "Periodic.Force"),
        put("/v1/job/:JobID/dispatch", "Job.Dispatch").with(with_dispatch),
        put("/v1/job/:JobID/dispatch/payload", "Job.Dispatch").with(with_payload),
    };
}

}  // namespace drover::agent
