#include "server/forgotten_evals.h"

#include "model/job_rules.h"

namespace drover::server {
namespace {

// How many entries of the log are looked back: evaluations of older changes may have been collected since.
constexpr uint64_t kLookBack = 4096;

bool is_forgotten(const state::View& view, const model::Job& job) {
    if (job.Version == 0 || job.Stop || model::is_periodic(job) || model::is_parameterized(job)) return false;
    if (job.JobModifyIndex + kLookBack < view.index()) return false;
    for (const auto& eval : view.evals().of_job(job.Namespace, job.ID)) {
        if (eval->CreateIndex >= job.JobModifyIndex) return false;
    }
    return true;
}

}  // namespace

std::vector<model::Evaluation> forgotten_evals(const Leader& leader, const state::View& view) {
    std::vector<model::Evaluation> evals;
    for (const auto& job : view.jobs().all()) {
        if (!is_forgotten(view, *job)) continue;
        evals.push_back(leader.new_eval(job->Namespace, job->ID, job->Type, job->Priority, "job-scaling"));
        evals.back().JobModifyIndex = job->JobModifyIndex;
    }
    return evals;
}

}  // namespace drover::server
