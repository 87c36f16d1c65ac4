#pragma once
// Requests and answers of the RPC methods: deployment.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/deployment.h"
#include "model/envelope.h"
#include "model/eval.h"
#include "model/job.h"

namespace drover::model {

struct DeploymentAllocHealthRequest : WriteRequest {
    std::string DeploymentID;
    List<std::string> HealthyAllocationIDs;
    List<std::string> UnhealthyAllocationIDs;
};
DECLARE_TYPE(DeploymentAllocHealthRequest);

struct ApplyDeploymentAllocHealthRequest : DeploymentAllocHealthRequest {
    Time Timestamp;
    Box<DeploymentStatusUpdate> DeploymentUpdate;
    Shared<model::Job> Job;
    Shared<Evaluation> Eval;
};
DECLARE_TYPE(ApplyDeploymentAllocHealthRequest);

struct DeploymentPromoteRequest : WriteRequest {
    std::string DeploymentID;
    bool All = false;
    List<std::string> Groups;
    int64_t PromotedAt = 0;
};
DECLARE_TYPE(DeploymentPromoteRequest);

struct ApplyDeploymentPromoteRequest : DeploymentPromoteRequest {
    Shared<Evaluation> Eval;
};
DECLARE_TYPE(ApplyDeploymentPromoteRequest);

struct DeploymentCancelRequest : WriteRequest {
    std::string DeploymentID;
};
DECLARE_TYPE(DeploymentCancelRequest);

struct DeploymentDeleteRequest : WriteRequest {
    List<std::string> Deployments;
};
DECLARE_TYPE(DeploymentDeleteRequest);

struct DeploymentFailRequest : WriteRequest {
    std::string DeploymentID;
};
DECLARE_TYPE(DeploymentFailRequest);

struct DeploymentListRequest : QueryOptions {};
DECLARE_TYPE(DeploymentListRequest);

struct DeploymentListResponse : QueryMeta {
    List<Shared<Deployment>> Deployments;
};
DECLARE_TYPE(DeploymentListResponse);

struct DeploymentPauseRequest : WriteRequest {
    std::string DeploymentID;
    bool Pause = false;
};
DECLARE_TYPE(DeploymentPauseRequest);

struct DeploymentRunRequest : WriteRequest {
    std::string DeploymentID;
};
DECLARE_TYPE(DeploymentRunRequest);

struct DeploymentSpecificRequest : QueryOptions {
    std::string DeploymentID;
};
DECLARE_TYPE(DeploymentSpecificRequest);

struct DeploymentStatusUpdateRequest {
    Shared<Evaluation> Eval;
    Box<DeploymentStatusUpdate> DeploymentUpdate;
    Shared<model::Job> Job;
};
DECLARE_TYPE(DeploymentStatusUpdateRequest);

struct DeploymentUnblockRequest : WriteRequest {
    std::string DeploymentID;
};
DECLARE_TYPE(DeploymentUnblockRequest);

struct DeploymentUpdateResponse : WriteMeta {
    std::string EvalID;
    uint64_t EvalCreateIndex = 0;
    uint64_t DeploymentModifyIndex = 0;
    Opt<uint64_t> RevertedJobVersion;
};
DECLARE_TYPE(DeploymentUpdateResponse);

struct SingleDeploymentResponse : QueryMeta {
    Shared<model::Deployment> Deployment;
};
DECLARE_TYPE(SingleDeploymentResponse);

}  // namespace drover::model
