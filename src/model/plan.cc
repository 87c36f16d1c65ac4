#include "model/plan.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(PlanJobTuple, FIELD(Namespace), FIELD(ID));

DESCRIBE_OMITTING(Plan, FIELD(EvalID), FIELD(EvalToken), FIELD(Priority), FIELD(AllAtOnce), FIELD(Job), FIELD(JobInfo),
                  FIELD(NodeUpdate), FIELD(NodeAllocation), FIELD(Annotations), FIELD(Deployment),
                  FIELD(DeploymentUpdates), FIELD(NodePreemptions), FIELD(SnapshotIndex));

DESCRIBE(PlanResult, FIELD(NodeUpdate), FIELD(NodeAllocation), FIELD(Deployment), FIELD(DeploymentUpdates),
         FIELD(NodePreemptions), FIELD(RejectedNodes), FIELD(IneligibleNodes), FIELD(RefreshIndex), FIELD(AllocIndex));

}  // namespace drover::model
