#include "scheduler/reconcile.h"

#include <map>

#include "model/job_rules.h"
#include "scheduler/group_reconciler.h"
#include "scheduler/system_reconciler.h"

namespace drover::scheduler {

namespace {

// Runs what decides on each group of the job, and of its allocations.
template <class Run>
ReconcileResult each_group(const ReconcileInput& input, Run&& run) {
    ReconcileResult result;
    Rollout rollout = judge_rollout(input, result);
    std::map<std::string, Allocs> by_group;
    for (const auto& alloc : input.allocs) by_group[alloc->TaskGroup].push_back(alloc);
    if (input.job) {
        for (const model::TaskGroup& group : input.job->TaskGroups) by_group[group.Name];
    }
    const bool stopped = model::stopped(input.job.get());
    bool complete = !stopped;
    for (const auto& [name, allocs] : by_group) {
        auto group = run(rollout, result, name, allocs);
        if (stopped) {
            group.stop_all();
        } else {
            complete &= group.run();
        }
    }
    end_rollout(rollout, complete, input, result);
    return result;
}

}  // namespace

ReconcileResult reconcile(const ReconcileInput& input, Rng& rng) {
    return each_group(input, [&](Rollout& rollout, ReconcileResult& result, const auto& name, const Allocs& allocs) {
        return GroupReconciler(input, rollout, result, rng, name, allocs);
    });
}

ReconcileResult reconcile_system(const ReconcileInput& input, const SystemNodes& nodes, Rng& rng) {
    return each_group(input, [&](Rollout& rollout, ReconcileResult& result, const auto& name, const Allocs& allocs) {
        return SystemReconciler(input, nodes, rollout, result, rng, name, allocs);
    });
}

}  // namespace drover::scheduler
