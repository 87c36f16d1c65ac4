#pragma once
// The latest decisions of the scheduler with what they were made of, so that they can be explained. Kept in the memory
// of the leader that made them: a bounded number, and none for long, since each holds on to its version of the state.
// Any thread.

#include <deque>
#include <mutex>
#include <optional>
#include <string_view>

#include "model/eval.h"
#include "scheduler/fleet_keeper.h"

namespace drover::server {

struct Decision {
    model::Evaluation eval;  // as it was given to the scheduler
    scheduler::ViewFleet source;
    model::SchedulerConfiguration default_config;
    Time at;
    uint64_t seed = 0;
};

class Decisions {
public:
    static constexpr size_t kMost = 128;
    static constexpr Duration kLongest = minutes(10);

    // Takes the place of an earlier decision on that evaluation.
    void note(Decision decision);
    std::optional<Decision> find(std::string_view eval_id) const;
    // Lets go of those that were made too long before `now`.
    void forget(Time now);
    void clear();

private:
    mutable std::mutex mutex_;
    std::deque<Decision> decisions_;  // oldest first
};

}  // namespace drover::server
