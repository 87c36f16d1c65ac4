#include "agent/agent.h"
#include "agent/http_api.h"
#include "agent/http_options.h"
#include "agent/route_tables.h"
#include "base/strings.h"
#include "codec/json.h"
#include "model/canonicalize.h"
#include "model/child_job.h"
#include "model/jobspec.h"
#include "model/rpc_deployment.h"
#include "model/rpc_job.h"
#include "model/spec_job.h"
#include "net/signal.h"

namespace drover::agent {
namespace {

namespace spec = model::spec;

Result<> with_meta(const HttpCall& call, server::Message& request) {
    auto meta = flag(call.request.query, "meta");
    if (!meta) return fail(meta.error());
    request.as<model::JobListRequest>().Fields = model::JobStubFields{*meta};
    return {};
}

// Leniently: what is no boolean is false.
Result<> with_all(const HttpCall& call, server::Message& request) {
    request.as<model::JobSpecificRequest>().All = parse_bool(call.request.query.get("all")).value_or(false);
    return {};
}

Result<> with_version(const HttpCall& call, server::Message& request) {
    auto version = parse_uint(call.request.query.get("version"));
    if (!version) return fail(Error::bad_request("Unable to parse job submission version parameter"));
    request.as<model::JobSubmissionRequest>().Version = *version;
    return {};
}

Result<> with_diffs(const HttpCall& call, server::Message& request) {
    auto& versions = request.as<model::JobVersionsRequest>();
    auto diffs = flag(call.request.query, "diffs");
    if (!diffs) return fail(diffs.error());
    versions.Diffs = *diffs;
    versions.DiffTagName = call.request.query.get("diff_tag");
    if (std::string_view text = call.request.query.get("diff_version"); !text.empty()) {
        auto version = parse_uint(text);
        if (!version)
            return fail(Error::internal("Failed to parse value of \"diff_version\" (" + std::string(text) +
                                        ") as a uint64: strconv.ParseUint: parsing " + quote(text) +
                                        ": invalid syntax"));
        versions.DiffVersion = *version;
    }
    return {};
}

Result<> with_deregister_options(const HttpCall& call, server::Message& request) {
    const net::Query& query = call.request.query;
    auto& deregister = request.as<model::JobDeregisterRequest>();
    auto purge = flag(query, "purge");
    if (!purge) return fail(purge.error());
    auto global = flag(query, "global");
    if (!global) return fail(global.error());
    if (std::string_view text = query.get("eval_priority"); !text.empty()) {
        auto priority = parse_int(text);
        if (!priority)
            return fail(Error::internal("Failed to parse value of \"eval_priority\" (" + std::string(text) +
                                        ") as a int: strconv.Atoi: parsing " + quote(text) + ": invalid syntax"));
        deregister.EvalPriority = *priority;
    }
    auto no_delay = flag(query, "no_shutdown_delay");
    if (!no_delay) {
        // Clients know this text with a letter too many.
        return fail(Error::internal(
            replace_all(no_delay.error().message, "\"no_shutdown_delay\" ", "\"no_shutdown_delay\"q ")));
    }
    deregister.Purge = *purge, deregister.Global = *global, deregister.NoShutdownDelay = *no_delay;
    return {};
}

// Payloads are kept compressed.
void show_payload(server::Message& answer) {
    auto& job = answer.as<model::SingleJobResponse>().Job;
    job = model::with_plain_payload(std::move(job));
}

Result<> with_evaluate_options(const HttpCall& call, server::Message& request) {
    auto& evaluate = request.as<model::JobEvaluateRequest>();
    if (!call.request.body.empty()) {
        auto body = decode_body<model::JobEvaluateRequest>(call.request);
        if (!body) return fail(body.error());
        if (body->JobID.empty()) return fail(Error::bad_request("Job ID must be specified"));
        if (body->JobID != call.parameter) return fail(Error::bad_request("JobID not same as job name"));
        evaluate.EvalOptions = body->EvalOptions;
    }
    return {};
}

// Region and namespace: what the query says, else the body, else the job.
void set_target(const HttpCall& call, const spec::WriteRequest& body, const spec::Job& job,
                model::WriteRequest& options) {
    const auto first_of = [](std::string_view a, std::string_view b, const Opt<std::string>& c) {
        return std::string(!a.empty() ? a : !b.empty() ? b : c ? std::string_view(*c) : std::string_view());
    };
    options.Region = first_of(call.request.query.get("region"), body.Region, job.Region);
    if (options.Region.empty() || options.Region == "global") options.Region = call.api.region();
    options.Namespace = first_of(call.request.query.get("namespace"), body.Namespace, job.Namespace);
    if (options.Namespace.empty()) options.Namespace = "default";
    options.AuthToken = token_of(call.request.headers);
    if (options.AuthToken.empty()) options.AuthToken = body.SecretID;
}

// The job as the cluster takes it, in the region and namespace that the request means.
std::shared_ptr<model::Job> job_of(spec::Job& job, const model::WriteRequest& options) {
    job.Region = options.Region;
    job.Namespace = options.Namespace;
    const bool has_priority = job.Priority.has_value();
    model::canonicalize(job);
    auto converted = std::make_shared<model::Job>(model::to_job(job));
    if (!has_priority) converted->Priority = 0;  // the servers give it theirs
    return converted;
}

Shared<model::JobSubmission> submission_of(const Box<spec::JobSubmission>& submission) {
    if (!submission) return nullptr;
    auto kept = std::make_shared<model::JobSubmission>();
    kept->Source = submission->Source;
    kept->Format = submission->Format;
    kept->VariableFlags = submission->VariableFlags;
    kept->Variables = submission->Variables;
    return kept;
}

Result<> with_job(const HttpCall& call, server::Message& request) {
    auto body = decode_body<spec::JobRegisterRequest>(call.request);
    if (!body) return fail(body.error());
    if (!body->Job) return fail(Error::bad_request("Job must be specified"));
    if (!body->Job->ID) return fail(Error::bad_request("Job ID hasn't been provided"));
    if (call.route.has_parameter && *body->Job->ID != call.parameter)
        return fail(Error::bad_request("Job ID does not match name"));
    auto& registration = request.as<model::JobRegisterRequest>();
    set_target(call, *body, *body->Job, registration);
    registration.Submission = submission_of(body->Submission);
    registration.Job = job_of(*body->Job, registration);
    registration.EnforceIndex = body->EnforceIndex;
    registration.JobModifyIndex = body->JobModifyIndex;
    registration.PolicyOverride = body->PolicyOverride;
    registration.PreserveCounts = body->PreserveCounts;
    registration.PreserveResources = body->PreserveResources;
    registration.EvalPriority = body->EvalPriority;
    return {};
}

Result<> with_planned_job(const HttpCall& call, server::Message& request) {
    auto body = decode_body<spec::JobPlanRequest>(call.request);
    if (!body) return fail(body.error());
    if (!body->Job) return fail(Error::bad_request("Job must be specified"));
    if (!body->Job->ID) return fail(Error::bad_request("Job must have a valid ID"));
    if (*body->Job->ID != call.parameter) return fail(Error::bad_request("Job ID does not match"));
    auto& plan = request.as<model::JobPlanRequest>();
    set_target(call, *body, *body->Job, plan);
    plan.Job = job_of(*body->Job, plan);
    plan.Diff = body->Diff;
    plan.PolicyOverride = body->PolicyOverride;
    return {};
}

Result<> with_validated_job(const HttpCall& call, server::Message& request) {
    auto body = decode_body<spec::JobValidateRequest>(call.request);
    if (!body) return fail(body.error());
    if (!body->Job) return fail(Error::bad_request("Job must be specified"));
    auto& validate = request.as<model::JobValidateRequest>();
    set_target(call, *body, *body->Job, validate);
    validate.Job = job_of(*body->Job, validate);
    // A job of another region is as valid here: only the query asks for that region's own word.
    const std::string_view region = call.request.query.get("region");
    validate.Region = region.empty() ? call.api.region() : region;
    return {};
}

net::Task<net::Response> parse_job(HttpCall call) {
    auto body = decode_body<spec::JobsParseRequest>(call.request);
    if (!body) co_return respond(body.error());
    if (body->JobHCL.empty()) co_return net::Response::text(400, "Job spec is empty");
    model::JobspecOptions options;
    options.variables_text = body->Variables;
    options.rng = &call.api.agent().rng();
    // A file may ask for work (bcrypt, large ranges) that would hold up everybody on this loop.
    auto job = co_await net::run_blocking(call.api.agent().loop(), [text = std::move(body->JobHCL), options] {
        return model::parse_jobspec(text, options);
    });
    if (!job && job.error().code == ErrorCode::unavailable) co_return respond(job.error());
    if (!job) co_return net::Response::text(400, "Failed to parse job: " + job.error().message);
    if (body->Canonicalize) model::canonicalize(*job);
    co_return net::Response::json(codec::to_json(*job, wants_pretty(call.request.query)));
}

}  // namespace

RouteTable job_routes() {
    using namespace model;
    return {
        get("/v1/jobs", "Job.List", list_of(&JobListResponse::Jobs)).with(with_meta),
        put("/v1/jobs", "Job.Register").with(with_job),
        on(kWrite, "/v1/jobs/parse", parse_job),
        put("/v1/validate/job", "Job.Validate").with(with_validated_job),
        get("/v1/job/:JobID", "Job.GetJob", one_of(&SingleJobResponse::Job, "job not found")).shown(show_payload),
        put("/v1/job/:JobID", "Job.Register").with(with_job),
        del("/v1/job/:JobID", "Job.Deregister").with(with_deregister_options),
        get("/v1/job/:JobID/allocations", "Job.Allocations", list_of(&JobAllocationsResponse::Allocations))
            .with(with_all),
        get("/v1/job/:JobID/evaluations", "Job.Evaluations", list_of(&JobEvaluationsResponse::Evaluations)),
        get("/v1/job/:JobID/deployments", "Job.Deployments", list_of(&DeploymentListResponse::Deployments))
            .with(with_all),
        get("/v1/job/:JobID/deployment", "Job.LatestDeployment", value_of(&SingleDeploymentResponse::Deployment)),
        on(kAnyMethod, "/v1/job/:JobID/summary", "Job.Summary",
           one_of(&JobSummaryResponse::JobSummary, "job not found")),
        on(kAnyMethod, "/v1/job/:JobID/versions", "Job.GetJobVersions",
           whole_unless_empty(&JobVersionsResponse::Versions, "job versions not found"))
            .with(with_diffs),
        on(kAnyMethod, "/v1/job/:JobID/submission", "Job.GetJobSubmission",
           one_of(&JobSubmissionResponse::Submission, "job source not found"))
            .with(with_version),
        put("/v1/job/:JobID/evaluate", "Job.Evaluate").with(with_evaluate_options),
        put("/v1/job/:JobID/plan", "Job.Plan").with(with_planned_job),
    };
}

}  // namespace drover::agent
