#include "model/deployment.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(AllocDeploymentStatus, FIELD(Healthy), FIELD(Timestamp), FIELD(Canary), FIELD(ModifyIndex));

DESCRIBE(DeploymentState, FIELD(AutoRevert), FIELD(AutoPromote), FIELD(ProgressDeadline), FIELD(RequireProgressBy),
         FIELD(Promoted), FIELD(PlacedCanaries), FIELD(DesiredCanaries), FIELD(DesiredTotal), FIELD(PlacedAllocs),
         FIELD(HealthyAllocs), FIELD(UnhealthyAllocs));

DESCRIBE(Deployment, FIELD(ID), FIELD(Namespace), FIELD(JobID), FIELD(JobVersion), FIELD(JobModifyIndex),
         FIELD(JobSpecModifyIndex), FIELD(JobCreateIndex), FIELD(IsMultiregion), FIELD(TaskGroups), FIELD(Status),
         FIELD(StatusDescription), FIELD(EvalPriority), FIELD(CreateIndex), FIELD(ModifyIndex), FIELD(CreateTime),
         FIELD(ModifyTime));

DESCRIBE(DeploymentStatusUpdate, FIELD(DeploymentID), FIELD(Status), FIELD(StatusDescription), FIELD(UpdatedAt));

}  // namespace drover::model
