#pragma once
// What changes from one version of a job to the next, as `job plan` and `job history` tell it, and what the change
// means for running allocations. Both jobs are canonical, with the constraints that servers add. Pure; any thread.

#include <string>

#include "model/diff.h"
#include "model/job.h"

namespace drover::model {

// Null stands for a job that is not there. With `contextual`, the unchanged fields of a changed object are told too.
JobDiff job_diff(const Job* maybe_old, const Job* maybe_new, bool contextual);

// Adds to groups, counts and tasks what the scheduler will do: "forces create/destroy update" and the like. `planned`
// is by group.
void annotate(JobDiff& diff, const Map<DesiredUpdates>& planned);

}  // namespace drover::model
