#include "server/garbage_rules.h"

#include <algorithm>

#include "model/deployment_rules.h"
#include "model/job_rules.h"
#include "model/status.h"
#include "state/apply.h"

namespace drover::server {
namespace {

using state::View;

bool is_older(int64_t unix_ns, Duration threshold, Time now) { return unix_ns <= (now - threshold).unix_ns; }

bool is_over(const model::Evaluation& eval) {
    return eval.Status == "complete" || eval.Status == "failed" || eval.Status == "canceled";
}

bool is_dead(const model::Job& job) { return job.Status == "dead"; }
bool is_batch(std::string_view type) { return type == model::kJobTypeBatch || type == model::kJobTypeSysBatch; }

// Whether a failed allocation waits to be replaced, or might be later.
bool may_be_replaced(const state::AllocRef& alloc, Time now) {
    const model::TaskGroup* group = model::maybe_group(*alloc.job(), alloc.task_group());
    if (!group || !group->ReschedulePolicy) return false;
    const model::ReschedulePolicy& policy = *group->ReschedulePolicy;
    if (policy.Attempts <= 0 && !policy.Unlimited) return false;
    if (alloc.has_next_allocation()) return false;
    if (policy.Unlimited) return true;
    const auto tracker = alloc.reschedule_tracker();
    if (!tracker || tracker->Events.empty()) return false;
    return tracker->Events.back().RescheduleTime > (now - policy.Interval).unix_ns;
}

class Collector {
public:
    Collector(const View& view, const GcThresholds& thresholds, Time now)
        : view_(view), thresholds_(thresholds), now_(now) {}

    void evals() {
        for (const auto& eval : view_.evals().all()) {
            const auto job = view_.jobs().find(eval->Namespace, eval->JobID);
            const bool batch = is_batch(eval->Type);
            const Duration threshold = batch ? thresholds_.batch_eval : thresholds_.eval;
            if (!is_over(*eval) || !is_older(eval->ModifyTime, threshold, now_)) continue;
            const bool keeps_results = batch && job && !(job->Stop && is_dead(*job));
            bool all = !keeps_results;
            for (const auto& alloc : view_.allocs().of_eval(eval->ID)) {
                const bool may_go = keeps_results ? alloc.terminal() && alloc.create_index() < job->JobModifyIndex
                                                  : is_garbage(alloc, job.get(), now_);
                if (may_go && is_older(alloc.modify_time(), threshold, now_)) {
                    found.allocs.push_back(alloc.id());
                } else {
                    all = false;
                }
            }
            if (all) found.evals.push_back(eval->ID);
        }
    }

    void jobs() {
        for (const auto& job : view_.jobs().all()) {
            if (!is_dead(*job) || !is_older(job->SubmitTime, thresholds_.job, now_)) continue;
            const bool starts_others = model::is_periodic(*job) || model::is_parameterized(*job);
            if (!job->Stop && (starts_others || !is_batch(job->Type))) continue;
            if (is_tagged(*job)) continue;
            Garbage of_job;
            if (!all_of(*job, of_job)) continue;
            found.jobs.push_back(job);
            found.evals.insert(found.evals.end(), of_job.evals.begin(), of_job.evals.end());
            found.allocs.insert(found.allocs.end(), of_job.allocs.begin(), of_job.allocs.end());
        }
    }

    void deployments() {
        for (const auto& deployment : view_.deployments().all()) {
            if (model::is_active(*deployment) || !is_older(deployment->ModifyTime, thresholds_.deployment, now_))
                continue;
            const auto allocs = view_.allocs().of_deployment(deployment->ID);
            if (!has_live(allocs)) found.deployments.push_back(deployment->ID);
        }
    }

    void nodes() {
        for (const auto& node : view_.nodes().all()) {
            const int64_t since = Time::from_unix_seconds(node->StatusUpdatedAt).unix_ns;
            if (node->Status != "down" || !is_older(since, thresholds_.node, now_)) continue;
            if (!has_live(view_.allocs().of_node(node->ID))) found.nodes.push_back(node->ID);
        }
    }

    Garbage found;

private:
    static bool has_live(const state::Range<state::AllocRef>& allocs) {
        for (const auto& alloc : allocs) {
            if (!alloc.terminal()) return true;
        }
        return false;
    }

    bool is_tagged(const model::Job& job) const {
        for (const auto& version : view_.job_versions().of(job.Namespace, job.ID)) {
            if (version->VersionTag) return true;
        }
        return false;
    }

    // A dead job's evaluations and allocations; false: one of them has to stay.
    bool all_of(const model::Job& job, Garbage& out) const {
        for (const auto& eval : view_.evals().of_job(job.Namespace, job.ID)) {
            if (!is_over(*eval) || !is_older(eval->ModifyTime, thresholds_.job, now_)) return false;
            out.evals.push_back(eval->ID);
        }
        for (const auto& alloc : view_.allocs().of_job(job.Namespace, job.ID)) {
            if (!is_garbage(alloc, &job, now_) || !is_older(alloc.modify_time(), thresholds_.job, now_)) return false;
            out.allocs.push_back(alloc.id());
        }
        return true;
    }

    const View& view_;
    const GcThresholds& thresholds_;
    const Time now_;
};

}  // namespace

bool is_garbage(const state::AllocRef& alloc, const model::Job* maybe_job, Time now) {
    if (!alloc.terminal() || alloc.client_status() == state::ClientStatus::running) return false;
    if (!maybe_job || maybe_job->Stop || is_dead(*maybe_job)) return true;
    if (alloc.desired_status() == state::DesiredStatus::stop) return true;
    if (alloc.client_status() != state::ClientStatus::failed) return true;
    return !may_be_replaced(alloc, now);
}

Garbage collect(const View& view, GarbageKind kind, const GcThresholds& thresholds, Time now) {
    Collector collector(view, thresholds, now);
    switch (kind) {
        case GarbageKind::evals: collector.evals(); break;
        case GarbageKind::jobs: collector.jobs(); break;
        case GarbageKind::deployments: collector.deployments(); break;
        case GarbageKind::nodes: collector.nodes(); break;
    }
    return std::move(collector.found);
}

GcThresholds no_thresholds() {
    GcThresholds none;
    none.eval = none.batch_eval = none.job = none.node = none.deployment = Duration{};
    return none;
}

}  // namespace drover::server
