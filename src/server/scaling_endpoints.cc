// Scaling: counts of groups that are set from outside, what is said about it, and the policies by which it is done.
#include "base/strings.h"
#include "model/deployment_rules.h"
#include "model/job_rules.h"
#include "model/rpc_job.h"
#include "model/status.h"
#include "server/endpoint_tables.h"
#include "server/leader.h"
#include "server/listing.h"
#include "state/apply.h"

namespace drover::server {
namespace {

using state::Table;
using state::View;

Error bad(std::string message) { return Error::bad_request(std::move(message)); }

Result<> check_form(const model::JobScaleRequest& request, const std::string& group) {
    if (request.JobID.empty()) return fail(bad("missing job ID for scaling"));
    if (group.empty()) return fail(bad("missing task group name for scaling action"));
    if (request.Error && request.Count) return fail(bad("scaling action should not contain count if error is true"));
    if (request.Count && *request.Count < 0) return fail(bad("scaling action count can't be negative"));
    return {};
}

Result<> check_count(const View& view, const model::Job& job, const model::TaskGroup& group, int64_t count) {
    if (job.Type == model::kJobTypeSystem && count > 1)
        return fail(bad("the count of a group of a system job can only be 0 or 1"));
    const auto deployment = view.deployments().latest_of_job(job.Namespace, job.ID);
    if (deployment && deployment->JobCreateIndex == job.CreateIndex && model::is_active(*deployment))
        return fail(bad("job scaling blocked due to active deployment"));
    if (!group.Scaling) return {};
    const auto beyond = [&](std::string_view how, int64_t limit) {
        return fail(bad("group count was " + std::string(how) + ": " + std::to_string(count) +
                        (how.starts_with("less") ? " < " : " > ") + std::to_string(limit)));
    };
    if (count < group.Scaling->Min) return beyond("less than scaling policy minimum", group.Scaling->Min);
    if (count > group.Scaling->Max) return beyond("greater than scaling policy maximum", group.Scaling->Max);
    return {};
}

// The job with that count. What is equal already needs no new version.
net::Task<Result<uint64_t>> set_count(Leader& leader, Shared<model::Job> job, model::JobScaleRequest request,
                                      std::string group) {
    auto scaled = std::make_shared<model::Job>(*job);
    for (model::TaskGroup& one : scaled->TaskGroups) {
        if (one.Name == group) one.Count = *request.Count;
    }
    if (!model::specification_changed(*job, *scaled)) co_return job->JobModifyIndex;
    scaled->SubmitTime = leader.now().unix_ns;
    state::command::RegisterJob command;
    command.Job = std::move(scaled);
    command.EnforceIndex = true;  // nobody's change of the job in between is undone
    command.JobModifyIndex = job->JobModifyIndex;
    command.TrackedVersions = leader.config().job_tracked_versions;
    auto applied = co_await leader.commit(std::move(command));
    if (!applied) co_return fail(applied.error());
    co_return applied->Index;
}

// The job, its evaluation and the event are three entries of the log, in this order: clients know three indexes. What a
// lost leader leaves of them is found by the next one (forgotten_evals.h).
net::Task<Result<model::JobRegisterResponse>> scale_job(Leader& leader, model::JobScaleRequest request) {
    const auto target = request.Target.find("Group");
    const std::string group_name = target == request.Target.end() ? "" : target->second;
    if (auto checked = check_form(request, group_name); !checked) co_return fail(checked.error());
    const View view = leader.view();
    const auto job = view.jobs().find(request.Namespace, request.JobID);
    if (!job) co_return fail(Error::not_found("job " + quote(request.JobID) + " not found"));
    const model::TaskGroup* group = model::maybe_group(*job, group_name);
    if (!group) co_return fail(bad("task group " + quote(group_name) + " specified for scaling does not exist in job"));
    state::command::RegisterScalingEvent noted;
    noted.Namespace = job->Namespace, noted.JobID = job->ID, noted.TaskGroup = group_name;
    noted.Event.Time = leader.now().unix_ns;
    noted.Event.PreviousCount = group->Count;
    noted.Event.Count = request.Count;
    noted.Event.Message = request.Message;
    noted.Event.Error = request.Error;
    noted.Event.Meta = request.Meta;
    model::JobRegisterResponse response;
    response.KnownLeader = true;
    response.JobModifyIndex = job->JobModifyIndex;
    if (request.EnforceIndex && request.JobModifyIndex != job->JobModifyIndex) {
        co_return fail(bad("Enforcing job modify index " + std::to_string(request.JobModifyIndex) +
                           ": job exists with conflicting job modify index: " + std::to_string(job->JobModifyIndex)));
    }
    if (request.Count) {
        if (auto checked = check_count(view, *job, *group, *request.Count); !checked) co_return fail(checked.error());
        auto changed = co_await set_count(leader, job, request, group_name);
        if (!changed) co_return fail(changed.error());
        response.JobModifyIndex = *changed;
        if (!model::is_periodic(*job) && !model::is_parameterized(*job)) {
            auto eval = leader.new_eval(job->Namespace, job->ID, job->Type, job->Priority, "job-scaling");
            eval.JobModifyIndex = *changed;
            response.EvalID = eval.ID;
            noted.Event.EvalID = eval.ID;
            state::command::UpsertEvals evaluate;
            evaluate.Evals.push_back(std::make_shared<model::Evaluation>(std::move(eval)));
            auto evaluated = co_await leader.commit(std::move(evaluate));
            if (!evaluated) co_return fail(evaluated.error());
            response.EvalCreateIndex = evaluated->Index;
        }
    }
    auto applied = co_await leader.commit(std::move(noted));
    if (!applied) co_return fail(applied.error());
    response.Index = applied->Index;
    co_return response;
}

// An allocation of that very job which should run and may.
bool counts(const state::AllocRef& alloc, const model::Job& job) {
    return !alloc.terminal() && alloc.job()->CreateIndex == job.CreateIndex;
}

Result<model::JobScaleStatusResponse> scale_status(const View& view, const model::JobScaleStatusRequest& request) {
    model::JobScaleStatusResponse response;
    const auto job = view.jobs().find(request.Namespace, request.JobID);
    const auto events = view.rows<model::JobScalingEvents>().find(request.Namespace, request.JobID);
    if (!job) {
        response.Index = std::max(view.table_index(Table::jobs), view.table_index(Table::scaling_events));
        return response;
    }
    model::JobScaleStatus status;
    status.JobID = job->ID, status.Namespace = job->Namespace;
    status.JobCreateIndex = job->CreateIndex, status.JobModifyIndex = job->JobModifyIndex;
    status.JobStopped = job->Stop;
    for (const model::TaskGroup& group : job->TaskGroups) {
        model::TaskGroupScaleStatus& one = status.TaskGroups[group.Name];
        one.Desired = group.Count;
        if (!events) continue;
        if (const auto found = events->ScalingEvents.find(group.Name); found != events->ScalingEvents.end())
            one.Events = found->second;
    }
    response.Index = std::max(job->ModifyIndex, events ? events->ModifyIndex : 0);
    for (const state::AllocRef& alloc : view.allocs().of_job(job->Namespace, job->ID)) {
        response.Index = std::max(response.Index, alloc.modify_index());
        const auto found = status.TaskGroups.find(alloc.task_group());
        if (found == status.TaskGroups.end() || !counts(alloc, *job)) continue;
        model::TaskGroupScaleStatus& one = found->second;
        ++one.Placed;
        if (alloc.client_status() == state::ClientStatus::running) ++one.Running;
        const auto health = alloc.healthy();
        if (health) ++(*health ? one.Healthy : one.Unhealthy);
    }
    response.JobScaleStatus = std::move(status);
    return response;
}

std::string target_of(const model::ScalingPolicy& policy, const char* what) {
    const auto found = policy.Target.find(what);
    return found == policy.Target.end() ? "" : found->second;
}

model::ScalingPolicyListStub stub_of(const model::ScalingPolicy& policy) {
    model::ScalingPolicyListStub stub;
    stub.ID = policy.ID, stub.Enabled = policy.Enabled, stub.Type = policy.Type, stub.Target = policy.Target;
    stub.CreateIndex = policy.CreateIndex, stub.ModifyIndex = policy.ModifyIndex;
    return stub;
}

Result<model::ScalingPolicyListResponse> list_policies(const View& view,
                                                       const model::ScalingPolicyListRequest& request) {
    model::ScalingPolicyListResponse response;
    response.Policies.made = true;
    response.Index = view.table_index(Table::scaling_policies);
    auto paged = page(
        view.rows<model::ScalingPolicy>().all(), request, PageOrder::id, response,
        [&](const model::ScalingPolicy& policy) {
            return in_namespace(request, target_of(policy, "Namespace")) && has_prefix(policy.ID, request.Prefix) &&
                   has_prefix(policy.Type, request.Type) &&
                   (request.Job.empty() || target_of(policy, "Job") == request.Job);
        },
        [&](const Shared<model::ScalingPolicy>& policy) { response.Policies.push_back(stub_of(*policy)); });
    if (!paged) return fail(paged.error());
    return response;
}

Result<model::SingleScalingPolicyResponse> get_policy(const View& view,
                                                      const model::ScalingPolicySpecificRequest& request) {
    model::SingleScalingPolicyResponse response;
    response.Policy = view.rows<model::ScalingPolicy>().find(request.ID);
    response.Index = response.Policy ? response.Policy->ModifyIndex : view.table_index(Table::scaling_policies);
    return response;
}

}  // namespace

const EndpointTable& scaling_endpoints() {
    static const EndpointTable table = {
        write("Job.Scale", scale_job, needs({"scale-job", "submit-job"})),
        read("Job.ScaleStatus", scale_status, needs({"read-job", "read-job-scaling"})),
        read("Scaling.ListPolicies", list_policies, needs({"list-scaling-policies", "list-jobs"})),
        read("Scaling.GetPolicy", get_policy, needs({"read-scaling-policy", "list-jobs"})),
    };
    return table;
}

}  // namespace drover::server
