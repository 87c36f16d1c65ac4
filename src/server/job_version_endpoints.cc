// Versions of a job: going back to one, marking one stable, giving one a name.
#include "base/strings.h"
#include "model/rpc_job.h"
#include "server/endpoint_tables.h"
#include "server/job_registration.h"
#include "server/leader.h"

namespace drover::server {
namespace {

using state::View;

Error no_such_job(const std::string& id) { return Error::internal("job " + quote(id) + " not found"); }

// Registers the stored version over the present one, which must not change meanwhile.
net::Task<Result<model::JobRegisterResponse>> revert_job(Leader& leader, model::JobRevertRequest request) {
    if (request.JobID.empty()) co_return fail(Error::internal("missing job ID for revert"));
    const View view = leader.view();
    const auto present = view.jobs().find(request.Namespace, request.JobID);
    if (!present) co_return fail(no_such_job(request.JobID));
    if (request.EnforcePriorVersion && *request.EnforcePriorVersion != present->Version) {
        co_return fail(Error::internal("Current job has version " + std::to_string(present->Version) +
                                       "; enforcing version " + std::to_string(*request.EnforcePriorVersion)));
    }
    if (request.JobVersion == present->Version) co_return fail(Error::internal("can't revert to current version"));
    const auto version = view.job_versions().find(request.Namespace, request.JobID, request.JobVersion);
    if (!version) {
        co_return fail(Error::internal("job " + quote(request.JobID) + " in namespace " + quote(request.Namespace) +
                                       " at version " + std::to_string(request.JobVersion) + " not found"));
    }
    auto again = std::make_shared<model::Job>(*version);
    again->Stable = false;
    again->VersionTag.reset();
    model::JobRegisterRequest registration;
    static_cast<model::WriteRequest&>(registration) = request;
    registration.Job = std::move(again);
    registration.Submission = view.job_submissions().find(request.Namespace, request.JobID, request.JobVersion);
    registration.EnforceIndex = true;
    registration.JobModifyIndex = present->JobModifyIndex;
    co_return co_await register_job(leader, std::move(registration));
}

net::Task<Result<model::JobStabilityResponse>> set_stability(Leader& leader, model::JobStabilityRequest request) {
    if (request.JobID.empty()) co_return fail(Error::internal("missing job ID for marking job as stable"));
    if (!leader.view().jobs().find(request.Namespace, request.JobID)) co_return fail(no_such_job(request.JobID));
    auto applied = co_await leader.commit(
        state::command::SetJobStability{request.Namespace, request.JobID, request.JobVersion, request.Stable});
    if (!applied) co_return fail(applied.error());
    model::JobStabilityResponse response;
    response.Index = applied->Index;
    co_return response;
}

// Without a tag in the request the version of that tag loses it.
net::Task<Result<model::JobTagResponse>> tag_version(Leader& leader, model::JobApplyTagRequest request) {
    if (request.JobID.empty()) co_return fail(Error::internal("missing job ID for tagging a version"));
    if (request.Tag && request.Tag->Name.empty()) request.Tag->Name = request.Name;
    if (request.Name.empty() && request.Tag) request.Name = request.Tag->Name;
    if (request.Name.empty()) co_return fail(Error::internal("missing tag name"));
    model::JobTagResponse response;
    response.Name = request.Name;
    if (request.Tag) {
        request.Tag->TaggedTime = leader.now().unix_ns;
        response.Description = request.Tag->Description;
        response.TaggedTime = request.Tag->TaggedTime;
    }
    state::command::TagJobVersion command;
    command.Namespace = request.Namespace;
    command.JobID = request.JobID;
    command.Name = request.Name;
    command.Tag = std::move(request.Tag);
    command.Version = request.Version;
    command.Latest = request.Latest;
    auto applied = co_await leader.commit(std::move(command));
    if (!applied) co_return fail(applied.error());
    response.Index = applied->Index;
    co_return response;
}

}  // namespace

const EndpointTable& job_version_endpoints() {
    static const EndpointTable table = {
        write("Job.Revert", revert_job, needs({"submit-job", "revert-job"})),
        write("Job.Stable", set_stability, needs({"submit-job", "stable-job"})),
        write("Job.TagVersion", tag_version, needs({"submit-job", "tag-job-version"})),
    };
    return table;
}

}  // namespace drover::server
