#include "server/plan_job.h"

#include "base/uuid.h"
#include "model/job_rules.h"
#include "scheduler/schedule.h"

namespace drover::server {
namespace {

class WithJob final : public scheduler::ViewSnapshot {
public:
    WithJob(const scheduler::ViewFleet& source, const model::SchedulerConfiguration& defaults, Shared<model::Job> job)
        : ViewSnapshot(source, defaults), job_(std::move(job)) {}

    Shared<model::Job> job(std::string_view namespace_, std::string_view id) const override {
        if (namespace_ == job_->Namespace && id == job_->ID) return job_;
        return ViewSnapshot::job(namespace_, id);
    }

private:
    Shared<model::Job> job_;
};

// As registration would number it.
Shared<model::Job> as_registered(const state::View& view, const model::Job& job) {
    model::Job copy = job;
    const uint64_t index = view.index() + 1;
    const Shared<model::Job> before = view.jobs().find(job.Namespace, job.ID);
    if (!before) {
        copy.Version = 0;
        copy.CreateIndex = copy.ModifyIndex = copy.JobModifyIndex = index;
    } else {
        const bool changed = model::specification_changed(*before, copy);
        copy.Version = before->Version + (changed ? 1 : 0);
        copy.CreateIndex = before->CreateIndex;
        copy.ModifyIndex = copy.JobModifyIndex = changed ? index : before->JobModifyIndex;
    }
    return std::make_shared<model::Job>(std::move(copy));
}

}  // namespace

Result<JobPlan> plan_job(const scheduler::ViewFleet& source, const model::SchedulerConfiguration& defaults,
                         const model::Job& job, Time now, Rng& rng) {
    JobPlan answer;
    const Shared<model::Job> planned = as_registered(source.view, job);
    model::Evaluation eval;
    eval.ID = random_id(rng);
    eval.Namespace = planned->Namespace;
    eval.Priority = planned->Priority;
    eval.Type = planned->Type;
    eval.TriggeredBy = "job-register";
    eval.JobID = planned->ID;
    const Shared<model::Job> stored = source.view.jobs().find(job.Namespace, job.ID);
    eval.JobModifyIndex = stored ? stored->ModifyIndex : planned->ModifyIndex;
    eval.Status = "pending";
    eval.AnnotatePlan = true;
    eval.CreateTime = eval.ModifyTime = now.unix_ns;
    auto outcome = scheduler::schedule(WithJob(source, defaults, planned), eval, now, rng);
    if (!outcome) return fail(outcome.error());
    answer.Annotations = outcome->PlanAnnotations;
    answer.FailedTGAllocs = std::move(outcome->FailedTGAllocs);
    for (model::Evaluation& follow_up : outcome->follow_ups) {
        answer.CreatedEvals.push_back(std::make_shared<model::Evaluation>(std::move(follow_up)));
    }
    for (const auto& eval : outcome->blocked) answer.CreatedEvals.push_back(std::make_shared<model::Evaluation>(eval));
    return answer;
}

}  // namespace drover::server
