#pragma once
// Commands about jobs that live in files of their own; commands_job.cc lists them, but for those with tables.

#include "cli/command.h"

namespace drover::cli {

int job_run(Call& call);
int job_plan(Call& call);
int job_validate(Call& call);
int job_status(Call& call);
int job_init(Call& call);
int job_schema(Call& call);
int job_restart(Call& call);

const CommandTable& scaling_commands();  // job scale, scaling policy
const CommandTable& launch_commands();   // job dispatch, job periodic

}  // namespace drover::cli
