#pragma once
// The job that a row of a trace stands for. Pure but for the file that it may name. Any thread.

#include "base/result.h"
#include "replay/trace.h"

namespace drover::replay {

Result<Shared<model::Job>> job_of(const TraceRow& row, const ReadFile& read_file);

}  // namespace drover::replay
