#pragma once
// Makes the jobs that come from other jobs: launches of periodic ones. On the server's loop, by the leader.

#include "model/job.h"
#include "server/leader.h"

namespace drover::server {

struct Launched {
    std::string eval_id;
    uint64_t index = 0;
};

// Registers the child for that time, with its evaluation, and notes the launch with the parent: one command.
net::Task<Result<Launched>> launch_periodic(Leader& leader, Shared<model::Job> parent, Time launch);

}  // namespace drover::server
