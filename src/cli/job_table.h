#pragma once
// How lists show jobs. Pure functions.

#include <string>

#include "model/job.h"

namespace drover::cli {

std::string shown_status(const std::string& status, bool stop);

// Sorted by identifier.
std::string job_table(List<model::JobListStub> jobs, bool with_namespace);

}  // namespace drover::cli
