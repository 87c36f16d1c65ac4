#pragma once
// Whether a plan can still be carried out: each node that it touches is checked against the newest state and the plans
// that are on their way into the log. What does not fit is left out, node by node. Pure; any thread.

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/plan.h"
#include "scheduler/fleet_keeper.h"

namespace drover::server {

// A checked plan that is being written: later plans count with it until the state shows it.
struct PendingPlan {
    Shared<model::PlanResult> result;
    std::unordered_map<std::string, scheduler::Usage> usage;  // what changes, by node

    // Whether a version of the state has it already.
    bool is_in(const state::View& view) const;
};

struct CheckedPlan {
    model::PlanResult result;  // without indexes
    bool complete = true;      // nothing was left out
    std::unordered_map<std::string, scheduler::Usage> usage;
};

CheckedPlan check_plan(const scheduler::ViewFleet& source,
                       const std::vector<std::shared_ptr<const PendingPlan>>& pending, const model::Plan& plan);

}  // namespace drover::server
