#pragma once
// The nodes and jobs that the load is made of.

#include <string>

#include "base/rng.h"
#include "load/options.h"
#include "model/job.h"
#include "model/node.h"

namespace drover::load {

// As a client agent tells its server of itself. There are 50 racks.
model::Node make_node(int number, Rng& rng);

// A job of raw_exec tasks as people write it (the value of "Job").
std::string job_text(const Options& options, const std::string& id);

// The same as an agent sends it to a server.
Result<model::Job> make_job(const Options& options, const std::string& id);

}  // namespace drover::load
