#pragma once
// Keeps the fleet of the newest version of the state, and brings it forward by what changed between versions. Any
// thread may call it; a caller may wait for another that is at it.

#include <mutex>

#include "scheduler/fleet.h"
#include "state/view.h"

namespace drover::scheduler {

// A version of the state and the fleet that belongs to it.
struct ViewFleet {
    state::View view;
    Fleet fleet;
};

class FleetKeeper {
public:
    // The fleet of that view, or of a newer one that was asked for before.
    ViewFleet at_least(const state::View& view);

private:
    std::mutex mutex_;
    ViewFleet newest_;
};

// From nothing.
Fleet fleet_of(const state::View& view);

}  // namespace drover::scheduler
