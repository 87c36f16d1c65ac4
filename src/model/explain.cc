#include "model/explain.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(ExplainedNode, FIELD(ID), FIELD(Name), FIELD(Outcome), FIELD(Reason), FIELD(Scores), FIELD(NormScore));

DESCRIBE(ExplainedPlacement, FIELD(Name), FIELD(NodeID), FIELD(NodeName), FIELD(NodesEvaluated), FIELD(Filtered),
         FIELD(Exhausted), FIELD(Nodes), FIELD(MoreNodes), FIELD(PreemptedAllocations));

DESCRIBE(ExplainedRemedy, FIELD(Kind), FIELD(Description), FIELD(NodeID), FIELD(NodeName), FIELD(Dimension),
         FIELD(Missing), FIELD(Constraint), FIELD(Nodes), FIELD(Priority));

DESCRIBE(ExplainedGroup, FIELD(Name), FIELD(Placements), FIELD(MorePlacements), FIELD(Remedies));

DESCRIBE(EvalExplanation, FIELD(EvalID), FIELD(Namespace), FIELD(JobID), FIELD(Status), FIELD(TriggeredBy),
         FIELD(SnapshotIndex), FIELD(Basis), FIELD(Groups));

DESCRIBE(EvalExplainResponse, FIELD(Explanation), EMBED(QueryMeta));

}  // namespace drover::model
