#pragma once
// The job that a row of a trace stands for. Pure but for the file that it may name. Any thread.

#include "base/result.h"
#include "replay/trace.h"

namespace drover::replay {

// What a short job has that says nothing of it.
inline constexpr std::string_view kUsualType = "service";
inline constexpr int64_t kUsualCPU = 100, kUsualMemory = 300, kUsualDisk = 300, kUsualPriority = 50;
inline constexpr std::string_view kUsualNamespace = "default", kUsualDatacenter = "*", kUsualPool = "default";

// Stands in a short job that names none.
inline constexpr std::string_view kAnyDriver = "mock_driver";

// Beside a whole job, a field of the short form is an error.
Result<Shared<model::Job>> job_of(const TraceRow& row, const ReadFile& read_file);

}  // namespace drover::replay
