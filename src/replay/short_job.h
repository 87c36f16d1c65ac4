#pragma once
// The job that a row of a trace stands for. Pure but for the file that it may name. Any thread.

#include "base/result.h"
#include "replay/trace.h"

namespace drover::replay {

// Stands in a short job that names none.
inline constexpr std::string_view kAnyDriver = "mock_driver";

Result<Shared<model::Job>> job_of(const TraceRow& row, const ReadFile& read_file);

}  // namespace drover::replay
