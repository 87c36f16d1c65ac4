#pragma once
// The files that a task finds when it starts, because its specification asks for them: a dispatched payload, templates
// that are plain text, the default identity. What is asked for and not offered is an error that names it, never left
// out in silence: servers place such tasks elsewhere, this is the second line.

#include "base/result.h"
#include "client/alloc_dir.h"
#include "client/task_env.h"
#include "model/alloc.h"

namespace drover::client {

// The task's directory must be there.
Result<> write_task_files(const model::Allocation& alloc, const model::Task& task, const AllocDir& directory,
                          const TaskEnv& env);

}  // namespace drover::client
