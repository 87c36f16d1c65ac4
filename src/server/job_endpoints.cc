// What can be asked about jobs.
#include "model/job_diff.h"
#include "model/job_rules.h"
#include "model/rpc_job.h"
#include "server/endpoint_tables.h"
#include "server/listing.h"
#include "server/stubs.h"

namespace drover::server {
namespace {

using state::Table;
using state::View;

Result<model::SingleJobResponse> get_job(const View& view, const model::JobSpecificRequest& request) {
    model::SingleJobResponse response;
    response.Job = view.jobs().find(request.Namespace, request.JobID);
    response.Index = response.Job ? response.Job->ModifyIndex : view.table_index(Table::jobs);
    return response;
}

state::Range<model::Job> jobs_of(const View& view, const model::QueryOptions& request) {
    if (request.Namespace == "*") return view.jobs().all();
    return view.jobs().with_prefix(request.Namespace, request.Prefix);
}

Result<model::JobListResponse> list_jobs(const View& view, const model::JobListRequest& request) {
    model::JobListResponse response;
    response.Jobs.made = true;
    response.Index = std::max(view.table_index(Table::jobs), view.table_index(Table::job_summaries));
    const bool with_meta = request.Fields && request.Fields->Meta;
    auto paged = page(
        jobs_of(view, request), request, PageOrder::scoped_id, response,
        [&](const model::Job& job) { return has_prefix(job.ID, request.Prefix); },
        [&](const Shared<model::Job>& job) {
            response.Jobs.push_back(
                model::job_stub(*job, view.job_summaries().find(job->Namespace, job->ID), with_meta));
        });
    if (!paged) return fail(paged.error());
    return response;
}

Result<model::JobSummaryResponse> job_summary(const View& view, const model::JobSummaryRequest& request) {
    model::JobSummaryResponse response;
    response.JobSummary = view.job_summaries().find(request.Namespace, request.JobID);
    response.Index = response.JobSummary ? response.JobSummary->ModifyIndex : view.table_index(Table::job_summaries);
    return response;
}

Result<model::JobSubmissionResponse> job_submission(const View& view, const model::JobSubmissionRequest& request) {
    model::JobSubmissionResponse response;
    response.Submission = view.job_submissions().find(request.Namespace, request.JobID, request.Version);
    response.Index =
        response.Submission ? response.Submission->JobModifyIndex : view.table_index(Table::job_submissions);
    return response;
}

Result<model::JobAllocationsResponse> job_allocations(const View& view, const model::JobSpecificRequest& request) {
    model::JobAllocationsResponse response;
    response.Index = view.table_index(Table::allocs);
    auto job = view.jobs().find(request.Namespace, request.JobID);
    for (const auto& alloc : view.allocs().of_job(request.Namespace, request.JobID)) {
        // Those of a job of the same name that was purged are another job's.
        if (!request.All && job && alloc.job()->CreateIndex != job->CreateIndex) continue;
        response.Allocations.push_back(alloc_stub(alloc, false, true));
    }
    return response;
}

Result<model::JobEvaluationsResponse> job_evaluations(const View& view, const model::JobSpecificRequest& request) {
    model::JobEvaluationsResponse response;
    response.Index = view.table_index(Table::evals);
    for (const auto& eval : view.evals().of_job(request.Namespace, request.JobID)) response.Evaluations.push_back(eval);
    return response;
}

// The version that others are compared with, if one is asked for.
Result<Shared<model::Job>> reference_version(const View& view, const model::JobVersionsRequest& request) {
    if (request.DiffVersion) {
        auto job = view.job_versions().find(request.Namespace, request.JobID, *request.DiffVersion);
        if (!job) return fail(Error::internal("version " + std::to_string(*request.DiffVersion) + " not found"));
        return job;
    }
    if (!request.DiffTagName.empty()) {
        auto job = view.job_versions().tagged(request.Namespace, request.JobID, request.DiffTagName);
        if (!job) return fail(Error::internal("tag " + quote(request.DiffTagName) + " not found"));
        return job;
    }
    return Shared<model::Job>();
}

// Newest first. A difference stands beside the newer of two versions, or beside each when all are compared with one.
Result<model::JobVersionsResponse> job_versions(const View& view, const model::JobVersionsRequest& request) {
    model::JobVersionsResponse response;
    for (const auto& job : view.job_versions().of(request.Namespace, request.JobID)) response.Versions.push_back(job);
    response.Index = view.table_index(Table::job_versions);
    if (!response.Versions.empty()) response.Index = 0;
    // A tag changes a version, whichever it is.
    for (const auto& job : response.Versions) response.Index = std::max(response.Index, job->ModifyIndex);
    if (!request.Diffs) return response;
    auto reference = reference_version(view, request);
    if (!reference) return fail(reference.error());
    const auto& versions = response.Versions;
    for (size_t i = 0; i < versions.size(); ++i) {
        if (!*reference && i + 1 == versions.size()) break;
        const model::Job& older = *reference ? **reference : *versions[i + 1];
        response.Diffs.push_back(model::job_diff(&older, versions[i].get(), true));
    }
    return response;
}

}  // namespace

const EndpointTable& job_endpoints() {
    static const EndpointTable table = {
        read("Job.GetJob", get_job, needs({"read-job"})),
        read("Job.List", list_jobs, needs({"list-jobs"})),
        read("Job.Summary", job_summary, needs({"read-job"})),
        read("Job.GetJobSubmission", job_submission, needs({"read-job"})),
        read("Job.Allocations", job_allocations, needs({"read-job"})),
        read("Job.Evaluations", job_evaluations, needs({"read-job"})),
        read("Job.GetJobVersions", job_versions, needs({"read-job"})),
    };
    return table;
}

}  // namespace drover::server
