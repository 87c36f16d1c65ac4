#include "agent/http_api.h"
#include "agent/http_options.h"
#include "agent/route_tables.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "model/rpc_job.h"

namespace drover::agent {

struct TagBody {
    uint64_t Version = 0;
    bool Latest = false;
    std::string Description;
};
DECLARE_TYPE(TagBody);
DESCRIBE(TagBody, FIELD(Version), FIELD(Latest), FIELD(Description));

namespace {

// The body names the job as well as the path.
template <class Request>
Result<> with_job_id(const HttpCall& call, server::Message& request) {
    auto body = decode_body<Request>(call.request);
    if (!body) return fail(body.error());
    if (body->JobID.empty()) return fail(Error::bad_request("JobID must be specified"));
    if (body->JobID != call.parameter) return fail(Error::bad_request("Job ID does not match"));
    write_options(call.request, call.api.region(), *body);
    request.as<Request>() = std::move(*body);
    return {};
}

// The path has exactly these parts: job, `versions`, tag. A job with a slash in its name has no tags.
Result<> with_tag_name(const HttpCall& call, server::Message& request) {
    const auto parts = split(call.parameter, '/');
    if (parts.size() != 3 || parts[1] != "versions") return fail(Error::not_found("invalid job tag endpoint"));
    auto& tag = request.as<model::JobApplyTagRequest>();
    tag.JobID = parts[0];
    tag.Name = parts[2];
    return {};
}

Result<> with_tag(const HttpCall& call, server::Message& request) {
    if (auto named = with_tag_name(call, request); !named) return named;
    auto body = decode_body<TagBody>(call.request);
    if (!body) return fail(body.error());
    auto& tag = request.as<model::JobApplyTagRequest>();
    tag.Tag = model::JobVersionTag{tag.Name, body->Description, 0};
    tag.Version = body->Version;
    tag.Latest = body->Latest;
    return {};
}

net::Task<net::Response> refuse_tag_read(HttpCall call) {
    server::Message request = server::Message::of(model::JobApplyTagRequest{});
    if (auto named = with_tag_name(call, request); !named) co_return respond(named.error());
    co_return net::Response::text(405, "Invalid method");
}

}  // namespace

RouteTable job_version_routes() {
    using namespace model;
    constexpr std::string_view kTag = "/v1/job/:JobID/tag";
    return {
        put("/v1/job/:JobID/revert", "Job.Revert").with(with_job_id<JobRevertRequest>).with_read_headers(),
        put("/v1/job/:JobID/stable", "Job.Stable").with(with_job_id<JobStabilityRequest>),
        on(kGet, std::string(kTag), refuse_tag_read),
        put(std::string(kTag), "Job.TagVersion").with(with_tag).bare(),
        del(std::string(kTag), "Job.TagVersion").with(with_tag_name).bare(),
    };
}

}  // namespace drover::agent
