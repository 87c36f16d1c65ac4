#pragma once
// The decisions on one task group, in their order. Used by reconcile.cc alone; lives for one call.

#include <map>
#include <set>
#include <string>

#include "scheduler/name_index.h"
#include "scheduler/reconcile.h"
#include "scheduler/rollout.h"

namespace drover::scheduler {

class GroupReconciler {
public:
    GroupReconciler(const ReconcileInput& input, Rollout& rollout, ReconcileResult& result, Rng& rng, std::string group,
                    Allocs allocs);

    // True if nothing of the group's rollout is left to do.
    bool run();

    // Stops every live allocation: the group or its job is gone.
    void stop_all();

private:
    void drop_finished();
    void stop_unneeded_canaries();
    void reschedule();
    void handle_reconnecting();
    void handle_disconnecting();
    bool reconnected_is_kept(const model::Allocation& original, const model::Allocation& replacement) const;
    bool delay_lost();
    void follow_up_stopped(std::vector<DelayedAlloc> delayed, std::string_view trigger);
    void stop_surplus();
    void split_updates();
    void place_canaries();
    std::vector<Placement> placements();
    void rename_duplicates(std::vector<Placement>& wanted);
    void rename_if_borne(Placement& placement, std::set<std::string>& borne);
    uint64_t update_limit() const;
    void place(std::vector<Placement> wanted);
    void migrate();
    void create_deployment(bool had_current_version);
    bool rollout_complete() const;

    void add_stop(const Shared<model::Allocation>& alloc, std::string_view client_status, std::string_view description);
    void stop_with_count(const Shared<model::Allocation>& alloc, std::string_view client_status,
                         std::string_view description);
    Placement replacement(const Shared<model::Allocation>& previous) const;
    bool needs_canaries() const;
    Allocs canaries_of(const model::Deployment* maybe_deployment, bool unpromoted_only) const;

    const ReconcileInput& input_;
    Rollout& rollout_;
    ReconcileResult& result_;
    Rng& rng_;
    std::string name_;
    Allocs all_;
    const model::TaskGroup* group_ = nullptr;
    model::DesiredUpdates& desired_;
    model::DeploymentState state_;
    bool in_deployment_ = false;  // the group is part of the current one
    bool canarying_ = false;
    AllocSets sets_;
    Allocs canaries_, now_, destructive_, replaced_disconnecting_;
    size_t in_place_ = 0, later_ = 0, placed_ = 0;
    NameIndex names_;
    bool awaits_client_ = false;                     // of a lost allocation, to stop it by itself
    std::map<std::string, std::string> follow_ups_;  // of allocations that are stopped
};

}  // namespace drover::scheduler
