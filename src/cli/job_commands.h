#pragma once
// Commands about jobs that live in files of their own; commands_job.cc lists them.

namespace drover::cli {

class Call;

int job_run(Call& call);
int job_plan(Call& call);
int job_validate(Call& call);
int job_status(Call& call);
int job_init(Call& call);
int job_schema(Call& call);

}  // namespace drover::cli
