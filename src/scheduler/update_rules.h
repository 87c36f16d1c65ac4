#pragma once
// Whether allocations of an older job version can take over a newer one as they run, or must be replaced. Pure
// functions of the two specifications; any thread.

#include <string_view>

#include "model/job.h"

namespace drover::scheduler {

// Something differs between the versions of the group that a running task cannot take over.
bool needs_replacement(const model::Job& before, const model::Job& after, std::string_view group);

}  // namespace drover::scheduler
