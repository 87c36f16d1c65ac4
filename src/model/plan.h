#pragma once
// What a scheduler wants to change, and what of it was committed.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/alloc.h"
#include "model/deployment.h"
#include "model/eval.h"
#include "model/job.h"

namespace drover::model {

struct PlanJobTuple {
    std::string Namespace;
    std::string ID;
};
DECLARE_TYPE(PlanJobTuple);

struct Plan {
    std::string EvalID;
    std::string EvalToken;
    int64_t Priority = 0;
    bool AllAtOnce = false;
    Shared<model::Job> Job;
    Box<PlanJobTuple> JobInfo;
    Map<List<Shared<Allocation>>> NodeUpdate;
    Map<List<Shared<Allocation>>> NodeAllocation;
    Box<PlanAnnotations> Annotations;
    Shared<model::Deployment> Deployment;
    List<DeploymentStatusUpdate> DeploymentUpdates;
    Map<List<Shared<Allocation>>> NodePreemptions;
    uint64_t SnapshotIndex = 0;
};
DECLARE_TYPE(Plan);

struct PlanResult {
    Map<List<Shared<Allocation>>> NodeUpdate;
    Map<List<Shared<Allocation>>> NodeAllocation;
    Shared<model::Deployment> Deployment;
    List<DeploymentStatusUpdate> DeploymentUpdates;
    Map<List<Shared<Allocation>>> NodePreemptions;
    List<std::string> RejectedNodes;
    List<std::string> IneligibleNodes;
    uint64_t RefreshIndex = 0;
    uint64_t AllocIndex = 0;
};
DECLARE_TYPE(PlanResult);

}  // namespace drover::model
