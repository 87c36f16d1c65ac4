#pragma once
// Sorts a group's allocations by what has become of them and of their nodes. Pure functions; any thread.

#include <functional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/alloc.h"
#include "model/deployment.h"
#include "model/node.h"

namespace drover::scheduler {

// Ordered by name index, then by creation; no allocation twice.
using Allocs = std::vector<Shared<model::Allocation>>;

void sort_by_name(Allocs& allocs);
bool contains(const Allocs& allocs, const std::string& id);
Allocs without(const Allocs& allocs, const Allocs& removed);
void append(Allocs& allocs, const Allocs& more);

// Placed from that version of the job.
bool of_version(const model::Allocation& alloc, const model::Job& job);
// Placed from the job as it is specified now; a change of its status alone makes no difference.
bool of_specification(const model::Allocation& alloc, const model::Job& job);

// A member of DesiredTransition, absent or false until somebody wants it.
inline bool is_set(const Opt<bool>& flag) { return flag.value_or(false); }

// Not yet promoted.
inline bool is_canary(const model::Allocation& alloc) {
    return alloc.DeploymentStatus && alloc.DeploymentStatus->Canary;
}

inline constexpr uint8_t kClientStatusField = 0;  // AllocState.Field

// The node of an allocation, or null if there is none any more.
using NodeLookup = std::function<Shared<model::Node>(const std::string& node_id)>;

struct AllocSets {
    Allocs untainted;      // may stay where it is, as far as its node goes; terminal ones too
    Allocs migrating;      // to be moved away
    Allocs lost;           // their node is gone, or was away for too long
    Allocs disconnecting;  // their node has just been cut off and may come back
    Allocs reconnecting;   // their node was cut off and came back
    Allocs ignored;
};

AllocSets classify(const Allocs& allocs, const NodeLookup& node_of, Time now);

struct DelayedAlloc {
    Shared<model::Allocation> alloc;
    Time at;
};

struct RescheduleSplit {
    Allocs kept;
    Allocs now;
    std::vector<DelayedAlloc> later;  // they are in `kept` too
};

struct RescheduleRules {
    bool batch = false;
    bool disconnecting = false;  // the set is of allocations that are being cut off now
    Time now;
    std::string eval_id;
    Shared<model::Deployment> deployment;  // the current one; may be null
};

// Failed allocations that are to be replaced now, or later, and those that stand. What is over and counts no more is
// in neither.
RescheduleSplit split_by_reschedule(const Allocs& allocs, const RescheduleRules& rules);

// How long its node may be away before it counts as lost; zero: not at all.
Duration lost_after(const model::Allocation& alloc);
bool replaces_when_disconnected(const model::Allocation& alloc);
// Its last recorded client status is unknown: its node was cut off, and it was not heard of since.
bool was_unknown(const model::Allocation& alloc);
Time last_unknown(const model::Allocation& alloc);  // zero: never
// Unknown for longer than its node may be away. Without such a time it is waited for without end.
bool is_expired(const model::Allocation& alloc, Time now);

}  // namespace drover::scheduler
