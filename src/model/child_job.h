#pragma once
// The jobs that come from other jobs: launches of a periodic one, dispatches of a parameterized one. Pure; any thread.

#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "model/job.h"
#include "model/rpc_job.h"

namespace drover::model {

inline constexpr size_t kMaxDispatchPayload = 16 << 10;

// Named after the time at which it was due.
std::string periodic_child_id(std::string_view parent_id, Time launch);
Job periodic_child(const Job& parent, Time launch, Time now);

// Whether a parameterized job takes this payload and these keys of meta.
Result<> check_dispatch(const ParameterizedJobConfig& config, const JobDispatchRequest& request);
// The errors are those that who dispatches is told. `random_hex` ends the child's name; its payload is compressed.
Result<Job> dispatched_child(const Job& parent, const JobDispatchRequest& request, int64_t max_priority, Time now,
                             std::string_view random_hex);

// A job whose payload can be read: as it was given. One without a payload, or with one that is damaged, is returned as
// it is.
Shared<Job> with_plain_payload(Shared<Job> job);

}  // namespace drover::model
