// What changes jobs: register, stop, evaluate; and what only asks what a change would do: plan, validate.
#include "base/strings.h"
#include "base/time_zone.h"
#include "base/uuid.h"
#include "model/canonicalize.h"
#include "model/job_diff.h"
#include "model/job_rules.h"
#include "model/periodic.h"
#include "model/rpc_job.h"
#include "model/status.h"
#include "model/validate.h"
#include "net/blocking.h"
#include "server/endpoint_tables.h"
#include "server/job_registration.h"
#include "server/leader.h"
#include "server/plan_job.h"

namespace drover::server {
namespace {

using state::View;

// A job on its way into the cluster.
struct Admitted {
    std::shared_ptr<model::Job> job;
    model::Validation validation;
};

Admitted admit(Leader& leader, const View& view, const model::Job& submitted) {
    Admitted admitted{std::make_shared<model::Job>(submitted), {}};
    model::Job& job = *admitted.job;
    if (job.Priority == 0) job.Priority = leader.config().job_default_priority;
    model::complete(job);
    model::ValidateOptions options;
    options.max_priority = leader.config().job_max_priority;
    options.max_count = leader.config().job_max_count;
    options.memory_oversubscription = leader.scheduler_config().MemoryOversubscriptionEnabled;
    options.namespace_exists = [&view](const std::string& name) { return view.namespaces().find(name) != nullptr; };
    options.node_pool_exists = [&view](const std::string& name) { return view.node_pools().find(name) != nullptr; };
    options.time_zone_exists = TimeZone::exists;
    const auto ns = view.namespaces().find(job.Namespace);
    if (ns && ns->Capabilities) options.maybe_capabilities = &*ns->Capabilities;
    admitted.validation = model::validate(job, options);
    return admitted;
}

Result<> check_priority(const Leader& leader, int64_t priority) {
    const int64_t most = leader.config().job_max_priority;
    if (priority == 0 || (priority >= 1 && priority <= most)) return {};
    return fail(Error::bad_request("Eval priority must be between 1 and " + std::to_string(most) + " inclusively"));
}

Result<> check_index(const Shared<model::Job>& stored, const model::JobRegisterRequest& request) {
    return request.EnforceIndex ? model::check_modify_index(stored.get(), request.JobModifyIndex) : Result<>{};
}

// The source as it is kept beside the version, unless it is too long.
Shared<model::JobSubmission> submission_of(const Leader& leader, const model::JobRegisterRequest& request,
                                           std::vector<std::string>& warnings) {
    if (!request.Submission) return nullptr;
    const auto size = static_cast<int64_t>(request.Submission->Source.size());
    if (size > leader.config().job_max_source_size) {
        warnings.push_back("job source size of " + std::to_string(size) + " B exceeds maximum of " +
                           std::to_string(leader.config().job_max_source_size) + " B and will be discarded");
        return nullptr;
    }
    return request.Submission;
}

bool waits_for_others(const model::Job& job) { return model::is_periodic(job) || model::is_parameterized(job); }

}  // namespace

net::Task<Result<model::JobRegisterResponse>> register_job(Leader& leader, model::JobRegisterRequest request) {
    if (!request.Job) co_return fail(Error::internal("missing job for registration"));
    if (auto checked = check_priority(leader, request.EvalPriority); !checked) co_return fail(checked.error());
    const View view = leader.view();
    Admitted admitted = admit(leader, view, *request.Job);
    model::ErrorList& errors = admitted.validation.errors;
    if (!errors.empty()) co_return fail(Error::internal(errors.text()));
    model::Job& job = *admitted.job;
    auto stored = view.jobs().find(job.Namespace, job.ID);
    if (stored) {
        if (auto update = model::validate_update(*stored, job); !update.empty())
            co_return fail(Error::internal(update.text()));
    }
    if (auto checked = check_index(stored, request); !checked) co_return fail(checked.error());
    if (stored) model::keep_scaling_identity(job, *stored);
    model::edit_scaling_policies(job, [&](model::ScalingPolicy& policy) {
        if (policy.ID.empty()) policy.ID = random_id(leader.rng());
    });
    job.SubmitTime = leader.now().unix_ns;

    state::command::RegisterJob command;
    command.Submission = submission_of(leader, request, admitted.validation.warnings);
    command.EnforceIndex = request.EnforceIndex;
    command.JobModifyIndex = request.JobModifyIndex;
    command.PreserveCounts = request.PreserveCounts;
    command.PreserveResources = request.PreserveResources;
    command.TrackedVersions = leader.config().job_tracked_versions;
    model::JobRegisterResponse response;
    if (!waits_for_others(job)) {
        const int64_t priority = request.EvalPriority != 0 ? request.EvalPriority : job.Priority;
        auto eval = leader.new_eval(job.Namespace, job.ID, job.Type, priority, "job-register");
        response.EvalID = eval.ID;
        command.Eval = std::make_shared<model::Evaluation>(std::move(eval));
    }
    command.Job = admitted.job;
    response.Warnings = model::warnings_text(admitted.validation.warnings);
    auto applied = co_await leader.commit(std::move(command));
    if (!applied) co_return fail(applied.error());
    response.Index = response.JobModifyIndex = applied->Index;
    if (!response.EvalID.empty()) response.EvalCreateIndex = applied->Index;
    // A specification that says what the stored one says makes no new version.
    auto now = leader.view().jobs().find(job.Namespace, job.ID);
    if (stored && now && now->Version == stored->Version) response.JobModifyIndex = now->ModifyIndex;
    co_return response;
}

namespace {

net::Task<Result<model::JobDeregisterResponse>> deregister_job(Leader& leader, model::JobDeregisterRequest request) {
    if (request.JobID.empty()) co_return fail(Error::internal("missing job ID for deregistering"));
    if (auto checked = check_priority(leader, request.EvalPriority); !checked) co_return fail(checked.error());
    model::JobDeregisterResponse response;
    auto job = leader.view().jobs().find(request.Namespace, request.JobID);
    if (!job) co_return response;
    state::command::DeregisterJob command;
    command.Namespace = request.Namespace;
    command.JobID = request.JobID;
    command.Purge = request.Purge;
    command.NoShutdownDelay = request.NoShutdownDelay;
    command.SubmitTime = leader.now().unix_ns;
    command.TrackedVersions = leader.config().job_tracked_versions;
    if (!waits_for_others(*job)) {
        const int64_t priority = request.EvalPriority != 0 ? request.EvalPriority : job->Priority;
        auto eval = leader.new_eval(request.Namespace, request.JobID, std::string(model::kJobTypeService), priority,
                                    "job-deregister");
        response.EvalID = eval.ID;
        command.Eval = std::make_shared<model::Evaluation>(std::move(eval));
    }
    auto applied = co_await leader.commit(std::move(command));
    if (!applied) co_return fail(applied.error());
    response.Index = response.JobModifyIndex = response.EvalCreateIndex = applied->Index;
    co_return response;
}

net::Task<Result<model::JobRegisterResponse>> evaluate_job(Leader& leader, model::JobEvaluateRequest request) {
    if (request.JobID.empty()) co_return fail(Error::internal("missing job ID for evaluation"));
    const View view = leader.view();
    auto job = view.jobs().find(request.Namespace, request.JobID);
    if (!job) co_return fail(Error::internal("job not found"));
    if (model::is_periodic(*job)) co_return fail(Error::internal("can't evaluate periodic job"));
    if (model::is_parameterized(*job)) co_return fail(Error::internal("can't evaluate parameterized job"));
    auto eval = leader.new_eval(job->Namespace, job->ID, job->Type, job->Priority, "job-register");
    eval.JobModifyIndex = job->ModifyIndex;
    model::JobRegisterResponse response;
    response.EvalID = eval.ID;
    response.JobModifyIndex = job->ModifyIndex;
    state::command::SetDesiredTransitions command;
    if (request.EvalOptions.ForceReschedule) {
        for (const auto& alloc : view.allocs().of_job(job->Namespace, job->ID)) {
            if (alloc.server_terminal() || alloc.client_status() != state::ClientStatus::failed) continue;
            command.Allocs[alloc.id()].ForceReschedule = true;
        }
    }
    command.Evals.push_back(std::make_shared<model::Evaluation>(std::move(eval)));
    command.UpdatedAt = leader.now().unix_ns;
    auto applied = co_await leader.commit(std::move(command));
    if (!applied) co_return fail(applied.error());
    response.Index = response.EvalCreateIndex = applied->Index;
    co_return response;
}

net::Task<Result<model::JobPlanResponse>> plan(Leader& leader, model::JobPlanRequest request) {
    if (!request.Job) co_return fail(Error::internal("Job required for plan"));
    const View view = leader.view();
    Admitted admitted = admit(leader, view, *request.Job);
    if (!admitted.validation.errors.empty()) co_return fail(Error::internal(admitted.validation.errors.text()));
    model::Job& job = *admitted.job;
    auto stored = view.jobs().find(job.Namespace, job.ID);
    if (stored) model::keep_scaling_identity(job, *stored);
    if (!leader.maybe_scheduling) co_return fail(Error::internal("No cluster leader"));
    model::JobPlanResponse response;
    response.Index = response.JobModifyIndex = stored ? stored->JobModifyIndex : 0;
    response.Warnings = model::warnings_text(admitted.validation.warnings);
    auto planned = std::make_shared<JobPlan>();
    Scheduling& scheduling = *leader.maybe_scheduling;
    const auto work = [planned, view, &scheduling, config = leader.scheduler_config(), admitted = admitted.job,
                       now = leader.now(), &rng = leader.rng()]() -> Result<> {
        auto plan = plan_job(scheduling.fleets().at_least(view), config, *admitted, now, rng);
        if (!plan) return fail(plan.error());
        *planned = std::move(*plan);
        return {};
    };
    const Result<> done = co_await net::run_blocking(leader.loop(), scheduling.questions(), work);
    if (!done) co_return fail(done.error());
    response.Annotations = std::move(planned->Annotations);
    response.FailedTGAllocs = std::move(planned->FailedTGAllocs);
    response.CreatedEvals = std::move(planned->CreatedEvals);
    if (model::is_periodic_active(job))
        response.NextPeriodicLaunch = model::next_launch(*job.Periodic, leader.now()).value_or(Time{});
    if (request.Diff) {
        model::JobDiff diff = model::job_diff(stored.get(), &job, true);
        if (response.Annotations) model::annotate(diff, response.Annotations->DesiredTGUpdates);
        response.Diff = std::move(diff);
    }
    co_return response;
}

net::Task<Result<model::JobValidateResponse>> validate_job(Leader& leader, model::JobValidateRequest request) {
    if (!request.Job) co_return fail(Error::internal("missing job for validation"));
    const View view = leader.view();
    Admitted admitted = admit(leader, view, *request.Job);
    model::JobValidateResponse response;
    response.DriverConfigValidated = true;
    response.Error = admitted.validation.errors.text();
    for (const std::string& item : admitted.validation.errors.items()) response.ValidationErrors.push_back(item);
    response.Warnings = model::warnings_text(admitted.validation.warnings);
    co_return response;
}

}  // namespace

const EndpointTable& job_write_endpoints() {
    static const EndpointTable table = {
        write("Job.Register", register_job, needs({"submit-job", "register-job"})),
        write("Job.Deregister", deregister_job, needs({"submit-job", "deregister-job", "purge-job"})),
        write("Job.Evaluate", evaluate_job, needs({"submit-job", "evaluate-job"})),
        write("Job.Plan", plan, needs({"submit-job", "plan-job"})),
        write("Job.Validate", validate_job, needs({"read-job"})),
    };
    return table;
}

}  // namespace drover::server
