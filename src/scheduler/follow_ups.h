#pragma once
// Changes of allocations whose time is yet to come, and of those that a lost connection touches. Shared by the
// reconcilers; pure functions.

#include <string_view>
#include <vector>

#include "base/rng.h"
#include "scheduler/reconcile.h"

namespace drover::scheduler {

// Puts the allocations into as few follow-up evaluations as their times allow, and notes in each which one is its own.
// Nothing is put off by an evaluation that itself waited.
void add_follow_ups(ReconcileResult& result, const ReconcileInput& input, std::vector<DelayedAlloc> delayed,
                    std::string_view trigger, std::string_view description, Rng& rng);

inline constexpr std::string_view kRollingUpdate = "rolling-update";

// Goes on with an update step by step, where no allocation's health does.
model::Evaluation rolling_update(const ReconcileInput& input, Time at, Rng& rng);

// The allocation with one more recorded client status.
Shared<model::Allocation> with_client_state(const model::Allocation& alloc, std::string_view status, Time now);
// As it is while nobody hears of its node.
Shared<model::Allocation> cut_off(const model::Allocation& alloc, Time now);

}  // namespace drover::scheduler
