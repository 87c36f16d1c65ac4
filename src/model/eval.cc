#include "model/eval.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(EvaluationStub, FIELD(ID), FIELD(Namespace), FIELD(Priority), FIELD(Type), FIELD(TriggeredBy), FIELD(JobID),
         FIELD(NodeID), FIELD(DeploymentID), FIELD(Status), FIELD(StatusDescription), FIELD(WaitUntil), FIELD(NextEval),
         FIELD(PreviousEval), FIELD(BlockedEval), FIELD(CreateIndex), FIELD(ModifyIndex), FIELD(CreateTime),
         FIELD(ModifyTime));

DESCRIBE(PlanAnnotations, FIELD(DesiredTGUpdates), FIELD(PreemptedAllocs));

DESCRIBE_OMITTING(Evaluation, FIELD(ID), FIELD(Namespace), FIELD(Priority), FIELD(Type), FIELD(TriggeredBy),
                  FIELD(JobID), FIELD(JobModifyIndex), FIELD(NodeID), FIELD(NodeModifyIndex), FIELD(DeploymentID),
                  FIELD(Status), FIELD(StatusDescription), FIELD(Wait), FIELD(WaitUntil), FIELD(NextEval),
                  FIELD(PreviousEval), FIELD(BlockedEval), FIELD(RelatedEvals), FIELD(FailedTGAllocs),
                  FIELD(PlanAnnotations), FIELD(ClassEligibility), FIELD(QuotaLimitReached),
                  FIELD(MissingNonNodeResources), FIELD(EscapedComputedClass), FIELD(AnnotatePlan),
                  FIELD(QueuedAllocations), FIELD(LeaderACL).secret(), FIELD(SnapshotIndex), FIELD(CreateIndex),
                  FIELD(ModifyIndex), FIELD(CreateTime), FIELD(ModifyTime));

}  // namespace drover::model
