#pragma once
// Turns what the reconciler wants into a plan: stops, changes, and a node for each placement. Used by schedule.cc
// alone; lives for one call.

#include <map>
#include <memory>

#include "scheduler/group_placer.h"
#include "scheduler/reconcile.h"
#include "scheduler/schedule.h"

namespace drover::scheduler {

class Planner {
public:
    Planner(const Snapshot& snapshot, const model::Evaluation& eval, Shared<model::Job> job,
            const std::vector<Shared<model::Allocation>>& allocs, Time now, Rng& rng, Recorder* maybe_recorder);

    // For the reconciler. What it lets update in place is part of the plan from then on.
    Update update_of(const Shared<model::Allocation>& alloc, const model::TaskGroup& group);

    // Whether a group of the job may run on that node, full or not.
    bool may_run(const model::TaskGroup& group, const model::Node& node);

    // Stops are in the plan before anything is placed, so that their resources count as free.
    void carry_out(const ReconcileResult& wanted, const std::string& deployment_id);

    // Allocations that are to stop on nodes that are gone will never say that they did.
    void lose_unreachable(const std::vector<Shared<model::Allocation>>& allocs, const NodeLookup& node_of);

    Outcome take() { return std::move(outcome_); }
    // Of a system job: had no room for what belongs on them.
    const std::vector<std::string>& full_nodes() const { return full_nodes_; }

private:
    void note_classes();
    GroupPlacer& placer(const Shared<model::Job>& job, const model::TaskGroup& group);
    Shared<model::Job> job_for(const Placement& placement) const;
    std::vector<Slot> failed_nodes(const model::Allocation& predecessor) const;
    Slot preferred_node(const Placement& placement) const;
    void stop(const Stop& stop);
    void place(const Placement& placement, const std::string& deployment_id);
    std::optional<GroupPlacer::Choice> find_node(const Placement& placement, GroupPlacer& nodes,
                                                 GroupPlacer::Wish wish);
    std::optional<GroupPlacer::Choice> find_by_eviction(GroupPlacer& nodes, const GroupPlacer::Wish& wish);
    void note_failure(const Placement& placement, GroupPlacer& nodes, model::AllocMetric why);
    void put_evictions(model::Allocation& alloc);
    void note_unplaced(const Placement& placement);
    std::shared_ptr<model::Allocation> make_alloc(const Placement& placement, const GroupPlacer& placer,
                                                  const GroupPlacer::Choice& choice, const Shared<model::Job>& job,
                                                  const std::string& deployment_id);
    void drop_note(const model::Allocation& stopped);
    void put_stop(const Shared<model::Allocation>& alloc);
    void put_alloc(const Shared<model::Allocation>& alloc);

    const Snapshot& snapshot_;
    const model::Evaluation& eval_;
    Shared<model::Job> job_;
    Time now_;
    Rng& rng_;
    Recorder* maybe_recorder_;
    GroupPlacer::Settings settings_;
    Proposal proposal_;
    std::map<std::pair<uint64_t, std::string>, std::unique_ptr<GroupPlacer>> placers_;  // by job version and group
    std::vector<Shared<model::Job>> older_jobs_;                                        // that placers_ use
    std::map<std::string, model::AllocMetric> failures_;                                // by group
    bool may_evict_ = false;
    Preemption preemption_;
    std::vector<Shared<model::Allocation>> victims_;  // of the latest choice
    std::vector<std::string> full_nodes_;
    Outcome outcome_;
};

}  // namespace drover::scheduler
