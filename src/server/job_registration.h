#pragma once
// The registration of a job, as Job.Register does it, for other endpoints that end in one.

#include "model/rpc_job.h"
#include "server/leader.h"

namespace drover::server {

// Completes and checks the job, and commits it with its evaluation.
net::Task<Result<model::JobRegisterResponse>> register_job(Leader& leader, model::JobRegisterRequest request);

}  // namespace drover::server
