#pragma once
// How long a simulated allocation runs and how it ends: read from the group's Meta, or else the job's. Pure; any
// thread.

#include "base/result.h"
#include "base/time.h"
#include "model/job.h"

namespace drover::replay {

inline constexpr std::string_view kRunForKey = "sim_run_for";            // "10m"; of batch and sysbatch jobs
inline constexpr std::string_view kFailPercentKey = "sim_fail_percent";  // 0 to 100: how many allocations fail
inline constexpr std::string_view kFailAfterKey = "sim_fail_after";      // when those do that fail

// No time that is read is longer: what is added to one stays far from the end of the clock.
inline constexpr Duration kLongest = hours(24 * 3660);

inline constexpr Duration kDefaultRunFor = minutes(10);
inline constexpr Duration kDefaultFailAfter = minutes(1);

struct Behaviour {
    bool ends = false;  // by itself, after run_for
    Duration run_for = kDefaultRunFor;
    uint64_t fail_percent = 0;
    Duration fail_after = kDefaultFailAfter;
    Duration min_healthy = seconds(10);  // from running until it is told to be healthy
};

// What is malformed counts as absent.
Behaviour behaviour_of(const model::Job& job, std::string_view group);

// For those who write it: the first value that makes no sense.
Result<> check_behaviour(const model::Job& job);

}  // namespace drover::replay
