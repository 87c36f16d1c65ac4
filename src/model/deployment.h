#pragma once
// The rollout of one job version.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"

namespace drover::model {

struct AllocDeploymentStatus {
    Opt<bool> Healthy;
    Time Timestamp;
    bool Canary = false;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(AllocDeploymentStatus);

struct DeploymentState {
    bool AutoRevert = false;
    bool AutoPromote = false;
    Duration ProgressDeadline;
    Time RequireProgressBy;
    bool Promoted = false;
    List<std::string> PlacedCanaries;
    int64_t DesiredCanaries = 0;
    int64_t DesiredTotal = 0;
    int64_t PlacedAllocs = 0;
    int64_t HealthyAllocs = 0;
    int64_t UnhealthyAllocs = 0;
};
DECLARE_TYPE(DeploymentState);

struct Deployment {
    std::string ID;
    std::string Namespace;
    std::string JobID;
    uint64_t JobVersion = 0;
    uint64_t JobModifyIndex = 0;
    uint64_t JobSpecModifyIndex = 0;
    uint64_t JobCreateIndex = 0;
    bool IsMultiregion = false;
    Map<DeploymentState> TaskGroups;
    std::string Status;
    std::string StatusDescription;
    int64_t EvalPriority = 0;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
    int64_t CreateTime = 0;
    int64_t ModifyTime = 0;
};
DECLARE_TYPE(Deployment);

struct DeploymentStatusUpdate {
    std::string DeploymentID;
    std::string Status;
    std::string StatusDescription;
    int64_t UpdatedAt = 0;
};
DECLARE_TYPE(DeploymentStatusUpdate);

}  // namespace drover::model
