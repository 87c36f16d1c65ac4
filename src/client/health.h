#pragma once
// Whether an allocation counts as healthy, for its deployment or for a drain: a rule from the job, and a watch that is
// shown the states of the tasks whenever they change. Pure; the time comes in.

#include <optional>
#include <string>

#include "base/time.h"
#include "model/alloc.h"

namespace drover::client {

struct HealthRule {
    bool watched = false;
    Duration min_healthy_time;
    Duration deadline;
};

// By the group's update block in a deployment, else by its migrate block. Batch work is not watched, nor what people
// judge.
HealthRule health_rule(const model::Allocation& alloc);

struct HealthVerdict {
    std::optional<bool> healthy;  // nothing: not known yet
    std::string reason;           // of an unhealthy one
    Duration look_again;          // when nothing changes meanwhile
};

class HealthWatch {
public:
    HealthWatch(HealthRule rule, Time start) : rule_(rule), start_(start) {}
    HealthVerdict look(const model::TaskGroup& group, const Map<model::TaskState>& states, Time now);

private:
    HealthRule rule_;
    Time start_;
    Time good_since_;  // zero: not good now
};

}  // namespace drover::client
