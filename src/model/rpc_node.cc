#include "model/rpc_node.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(DrainUpdate, FIELD(DrainStrategy), FIELD(MarkEligible));

DESCRIBE(BatchNodeUpdateDrainRequest, FIELD(Updates), FIELD(NodeEvents), FIELD(UpdatedAt), EMBED(WriteRequest));

DESCRIBE(EmitNodeEventsRequest, FIELD(NodeEvents), EMBED(WriteRequest));

DESCRIBE(EmitNodeEventsResponse, EMBED(WriteMeta));

DESCRIBE(NodeAllocsResponse, FIELD(Allocs), EMBED(QueryMeta));

DESCRIBE(NodeBatchDeregisterRequest, FIELD(NodeIDs), EMBED(WriteRequest));

DESCRIBE(NodeClientAllocsResponse, FIELD(Allocs), FIELD(MigrateTokens).secret(), EMBED(QueryMeta));

DESCRIBE(NodeConnQueryResponse, FIELD(Connected), FIELD(Established), EMBED(QueryMeta));

DESCRIBE(NodeDeregisterRequest, FIELD(NodeID), EMBED(WriteRequest));

DESCRIBE(NodeDrainUpdateResponse, FIELD(NodeModifyIndex), FIELD(EvalIDs), FIELD(EvalCreateIndex), EMBED(WriteMeta));

DESCRIBE(NodeEligibilityUpdateResponse, FIELD(NodeModifyIndex), FIELD(EvalIDs), FIELD(EvalCreateIndex),
         EMBED(WriteMeta));

DESCRIBE(NodeEvaluateRequest, FIELD(NodeID), EMBED(WriteRequest));

DESCRIBE(NodeIdentityGetReq, FIELD(NodeID), EMBED(QueryOptions));

DESCRIBE(NodeIdentityGetResp, FIELD(Claims));

DESCRIBE(NodeIdentityRenewReq, FIELD(NodeID), EMBED(QueryOptions));

DESCRIBE(NodeStubFields, FIELD(Resources), FIELD(OS));

DESCRIBE(NodeListRequest, EMBED(QueryOptions), FIELD(Fields));

DESCRIBE(NodeListResponse, FIELD(Nodes), EMBED(QueryMeta));

DESCRIBE(NodeMetaApplyRequest, EMBED(QueryOptions), FIELD(NodeID), FIELD(Meta));

DESCRIBE(NodeMetaResponse, FIELD(Meta), FIELD(Dynamic), FIELD(Static));

DESCRIBE(NodePoolDeleteRequest, FIELD(Names), EMBED(WriteRequest));

DESCRIBE(NodePoolJobsRequest, FIELD(Name), FIELD(Fields), EMBED(QueryOptions));

DESCRIBE(NodePoolJobsResponse, FIELD(Jobs), EMBED(QueryMeta));

DESCRIBE(NodePoolListRequest, EMBED(QueryOptions));

DESCRIBE(NodePoolListResponse, FIELD(NodePools), EMBED(QueryMeta));

DESCRIBE(NodePoolNodesRequest, FIELD(Name), FIELD(Fields), EMBED(QueryOptions));

DESCRIBE(NodePoolNodesResponse, FIELD(Nodes), EMBED(QueryMeta));

DESCRIBE(NodePoolSpecificRequest, FIELD(Name), EMBED(QueryOptions));

DESCRIBE(NodePoolUpsertRequest, FIELD(NodePools), EMBED(WriteRequest));

DESCRIBE(NodeRegisterRequest, FIELD(Node), FIELD(NodeEvent), FIELD(CreateNodePool), EMBED(WriteRequest));

DESCRIBE(NodeSpecificRequest, FIELD(NodeID), FIELD(SecretID).secret(), EMBED(QueryOptions));

DESCRIBE(NodeUpdateDrainRequest, FIELD(NodeID), FIELD(DrainStrategy), FIELD(MarkEligible), FIELD(NodeEvent),
         FIELD(UpdatedAt), FIELD(Meta), FIELD(UpdatedBy), EMBED(WriteRequest));

DESCRIBE(NodeUpdateEligibilityRequest, FIELD(NodeID), FIELD(Eligibility), FIELD(NodeEvent), FIELD(UpdatedAt),
         EMBED(WriteRequest));

DESCRIBE(NodeUpdateResponse, FIELD(HeartbeatTTL), FIELD(EvalIDs), FIELD(EvalCreateIndex), FIELD(NodeModifyIndex),
         FIELD(Features), FIELD(LeaderRPCAddr), FIELD(NumNodes), FIELD(Servers), FIELD(SchedulingEligibility),
         FIELD(SignedIdentity).secret(), EMBED(QueryMeta));

DESCRIBE(NodeUpdateStatusRequest, FIELD(NodeID), FIELD(Status), FIELD(IdentitySigningKeyID),
         FIELD(ForceIdentityRenewal), FIELD(NodeEvent), FIELD(UpdatedAt), EMBED(WriteRequest));

DESCRIBE(SingleNodePoolResponse, FIELD(NodePool), EMBED(QueryMeta));

DESCRIBE(SingleNodeResponse, FIELD(Node), EMBED(QueryMeta));

}  // namespace drover::model
