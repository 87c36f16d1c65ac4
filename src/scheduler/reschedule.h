#pragma once
// When a failed allocation may be replaced, and the record that its replacement carries. Pure functions; any thread.

#include <optional>

#include "base/time.h"
#include "model/alloc.h"

namespace drover::scheduler {

// Failed allocations wait in one follow-up evaluation if they are due less than this apart.
inline constexpr Duration kRescheduleBatch = seconds(5);
// What is due this soon is due now.
inline constexpr Duration kRescheduleWindow = seconds(1);

inline constexpr std::string_view kRescheduleOk = "ok";
inline constexpr std::string_view kRescheduleNoPlacement = "no placement";

// The policy of the job version that it was placed from, or null.
const model::ReschedulePolicy* maybe_policy(const model::Allocation& alloc);

// When its last task finished, else when it was last changed.
Time fail_time(const model::Allocation& alloc);

// How long after its failure the allocation is replaced, by the policy's function of the earlier delays.
Duration next_delay(const model::Allocation& alloc, const model::ReschedulePolicy& policy, Time failed_at);

// When it may be replaced. Nothing: the policy is off or its attempts are used up.
std::optional<Time> reschedule_at(const model::Allocation& alloc, Time failed_at);

// The record of the replacement: the earlier events that still matter, and this one.
model::RescheduleTracker next_tracker(const model::Allocation& predecessor, Time now);

bool found_no_placement(const model::Allocation& alloc);  // the last time it was to be replaced

}  // namespace drover::scheduler
