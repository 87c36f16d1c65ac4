#pragma once
// The decisions on one task group of a system or sysbatch job: on every ready node of its pool and data centres run
// its allocations, and nowhere else. Used by reconcile.cc alone; lives for one call.

#include <map>
#include <set>
#include <string_view>
#include <unordered_set>

#include "scheduler/reconcile.h"
#include "scheduler/rollout.h"

namespace drover::scheduler {

class SystemReconciler {
public:
    SystemReconciler(const ReconcileInput& input, const SystemNodes& nodes, Rollout& rollout, ReconcileResult& result,
                     Rng& rng, std::string group, const Allocs& allocs);

    // True if nothing of the group's rollout is left to do.
    bool run();

    // Stops every live allocation: the group or its job is gone.
    void stop_all();

private:
    using Place = std::pair<std::string, std::string>;  // node and name

    enum class Fate { stop, tainted, lost, unknown, reconnect, update, ignore };
    Fate fate_of(const model::Allocation& alloc) const;
    Fate fate_on_tainted(const model::Allocation& alloc, const model::Node* maybe_node) const;
    void settle(const Shared<model::Allocation>& alloc, std::vector<DelayedAlloc>& timeouts);
    bool is_done(const model::Allocation& ended) const;
    void find_missing();
    void split_updates();
    bool is_canary_of_rollout(const model::Allocation& alloc) const;
    void begin_canaries();
    void place_canary(Placement& placement);
    void place_canaries();
    bool reports_health(const model::Allocation& alloc) const;
    bool timed() const;
    bool waits_for_next_step() const;
    uint64_t update_limit() const;
    void update();
    void replace(size_t count, bool canaries);
    void go_on_later();
    void place_missing();
    void stop_misplaced();
    void create_deployment(bool had_current_version);
    int64_t places() const;
    bool all_healthy() const;
    bool rollout_complete() const;
    void add_stop(const Shared<model::Allocation>& alloc, std::string_view client_status, std::string_view description);

    const ReconcileInput& input_;
    const SystemNodes& nodes_;
    Rollout& rollout_;
    ReconcileResult& result_;
    Rng& rng_;
    std::string name_;
    const model::TaskGroup* group_;
    model::DesiredUpdates& desired_;
    model::DeploymentState state_;
    bool in_deployment_ = false, canarying_ = false;
    bool step_by_step_ = false;  // so many at once
    bool rolls_ = false;         // step by step, by deployments

    Allocs live_;
    std::map<Place, Shared<model::Allocation>> ended_;  // the newest of each place
    std::set<Place> taken_;                             // places with a live allocation, whatever its fate
    std::unordered_set<std::string_view> may_run_on_;   // ids of the ready nodes that may run the new version
    // Those to update: to be replaced, and where the new version may not run.
    Allocs updates_, destructive_, misplaced_;
    std::vector<Placement> missing_;
    size_t placed_ = 0, in_place_ = 0;
    int64_t live_canaries_ = 0;
};

}  // namespace drover::scheduler
