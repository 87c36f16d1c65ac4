#include "model/rpc_deployment.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(DeploymentAllocHealthRequest, FIELD(DeploymentID), FIELD(HealthyAllocationIDs), FIELD(UnhealthyAllocationIDs),
         EMBED(WriteRequest));

DESCRIBE(ApplyDeploymentAllocHealthRequest, EMBED(DeploymentAllocHealthRequest), FIELD(Timestamp),
         FIELD(DeploymentUpdate), FIELD(Job), FIELD(Eval));

DESCRIBE(DeploymentPromoteRequest, FIELD(DeploymentID), FIELD(All), FIELD(Groups), FIELD(PromotedAt),
         EMBED(WriteRequest));

DESCRIBE(ApplyDeploymentPromoteRequest, EMBED(DeploymentPromoteRequest), FIELD(Eval));

DESCRIBE(DeploymentCancelRequest, FIELD(DeploymentID), EMBED(WriteRequest));

DESCRIBE(DeploymentDeleteRequest, FIELD(Deployments), EMBED(WriteRequest));

DESCRIBE(DeploymentFailRequest, FIELD(DeploymentID), EMBED(WriteRequest));

DESCRIBE(DeploymentListRequest, EMBED(QueryOptions));

DESCRIBE(DeploymentListResponse, FIELD(Deployments), EMBED(QueryMeta));

DESCRIBE(DeploymentPauseRequest, FIELD(DeploymentID), FIELD(Pause), EMBED(WriteRequest));

DESCRIBE(DeploymentRunRequest, FIELD(DeploymentID), EMBED(WriteRequest));

DESCRIBE(DeploymentSpecificRequest, FIELD(DeploymentID), EMBED(QueryOptions));

DESCRIBE(DeploymentStatusUpdateRequest, FIELD(Eval), FIELD(DeploymentUpdate), FIELD(Job));

DESCRIBE(DeploymentUnblockRequest, FIELD(DeploymentID), EMBED(WriteRequest));

DESCRIBE(DeploymentUpdateResponse, FIELD(EvalID), FIELD(EvalCreateIndex), FIELD(DeploymentModifyIndex),
         FIELD(RevertedJobVersion), EMBED(WriteMeta));

DESCRIBE(SingleDeploymentResponse, FIELD(Deployment), EMBED(QueryMeta));

}  // namespace drover::model
