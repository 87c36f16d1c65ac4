// Children of jobs: periodic ones launched by hand, parameterized ones dispatched.
#include "base/strings.h"
#include "base/uuid.h"
#include "model/child_job.h"
#include "model/job_rules.h"
#include "model/rpc_job.h"
#include "server/child_jobs.h"
#include "server/endpoint_tables.h"

namespace drover::server {
namespace {

using state::View;

// By hand several may be launched within a second, and a child's name tells only that.
Time free_launch_time(const View& view, const model::Job& job, Time launch) {
    while (view.jobs().find(job.Namespace, model::periodic_child_id(job.ID, launch))) launch = launch + seconds(1);
    return launch;
}

net::Task<Result<model::PeriodicForceResponse>> force_periodic(Leader& leader, model::PeriodicForceRequest request) {
    if (request.JobID.empty()) co_return fail(Error::internal("missing job ID for evaluation"));
    const View view = leader.view();
    const auto job = view.jobs().find(request.Namespace, request.JobID);
    if (!job) co_return fail(Error::internal("job not found"));
    if (!model::is_periodic(*job)) co_return fail(Error::internal("can't force launch non-periodic job"));
    if (!model::is_periodic_active(*job)) {
        const std::string name = quote(job->ID);
        co_return fail(Error::internal("force launch for job " + name + " failed: can't force run non-tracked job " +
                                       name + " (" + job->Namespace + ")"));
    }
    auto launched = co_await launch_periodic(leader, job, free_launch_time(view, *job, leader.now()));
    if (!launched) co_return fail(launched.error());
    model::PeriodicForceResponse response;
    response.EvalID = launched->eval_id;
    response.Index = response.EvalCreateIndex = launched->index;
    co_return response;
}

// The child that was dispatched with that token before, finished or not.
Shared<model::Job> earlier_child(const View& view, const model::JobDispatchRequest& request) {
    if (request.IdempotencyToken.empty()) return nullptr;
    for (const auto& child : view.jobs().children(request.Namespace, request.JobID)) {
        if (child->DispatchIdempotencyToken == request.IdempotencyToken) return child;
    }
    return nullptr;
}

model::JobDispatchResponse as_dispatched(const model::Job& earlier) {
    model::JobDispatchResponse response;
    response.DispatchedJobID = earlier.ID;
    response.JobCreateIndex = earlier.CreateIndex;
    response.Index = earlier.ModifyIndex;
    return response;
}

net::Task<Result<model::JobDispatchResponse>> dispatch_job(Leader& leader, model::JobDispatchRequest request) {
    if (request.JobID.empty()) co_return fail(Error::internal("missing parameterized job ID"));
    const View view = leader.view();
    const auto parent = view.jobs().find(request.Namespace, request.JobID);
    if (!parent) co_return fail(Error::internal("parameterized job not found"));
    auto child = model::dispatched_child(*parent, request, leader.config().job_max_priority, leader.now(),
                                         random_id(leader.rng()).substr(0, 8));
    if (!child) co_return fail(child.error());
    if (const auto earlier = earlier_child(view, request)) co_return as_dispatched(*earlier);
    model::JobDispatchResponse response;
    response.DispatchedJobID = child->ID;
    state::command::RegisterJob command;
    command.TrackedVersions = leader.config().job_tracked_versions;
    // One that is periodic as well waits for its times.
    if (!model::is_periodic(*child)) {
        auto eval = leader.new_eval(child->Namespace, child->ID, child->Type, child->Priority, "job-register");
        response.EvalID = eval.ID;
        command.Eval = std::make_shared<model::Evaluation>(std::move(eval));
    }
    command.Job = std::make_shared<model::Job>(std::move(*child));
    auto applied = co_await leader.commit(std::move(command));
    if (!applied) co_return fail(applied.error());
    if (!applied->changed) {
        // Somebody came first with the same token.
        const auto earlier = earlier_child(leader.view(), request);
        if (!earlier) co_return fail(Error::internal("the child with the same idempotency token is gone"));
        co_return as_dispatched(*earlier);
    }
    response.Index = response.JobCreateIndex = applied->Index;
    if (!response.EvalID.empty()) response.EvalCreateIndex = applied->Index;
    co_return response;
}

}  // namespace

net::Task<Result<Launched>> launch_periodic(Leader& leader, Shared<model::Job> parent, Time launch) {
    state::command::RegisterJob command;
    model::Job child = model::periodic_child(*parent, launch, leader.now());
    auto eval = leader.new_eval(child.Namespace, child.ID, child.Type, child.Priority, "periodic-job");
    Launched launched{eval.ID, 0};
    command.Eval = std::make_shared<model::Evaluation>(std::move(eval));
    command.Job = std::make_shared<model::Job>(std::move(child));
    // A forced launch may bear a time to come: what is due until then is due all the same.
    command.Launch = std::min(launch, leader.now());
    command.TrackedVersions = leader.config().job_tracked_versions;
    auto applied = co_await leader.commit(std::move(command));
    if (!applied) co_return fail(applied.error());
    launched.index = applied->Index;
    co_return launched;
}

const EndpointTable& child_job_endpoints() {
    static const EndpointTable table = {
        write("Periodic.Force", force_periodic, needs({"dispatch-job", "submit-job", "force-periodic-job"})),
        write("Job.Dispatch", dispatch_job, needs({"dispatch-job"})),
    };
    return table;
}

}  // namespace drover::server
