#pragma once
// Requests and answers of the RPC methods: node.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/alloc.h"
#include "model/envelope.h"
#include "model/job.h"
#include "model/node.h"
#include "model/rpc_job.h"

namespace drover::model {

struct DrainUpdate {
    Box<model::DrainStrategy> DrainStrategy;
    bool MarkEligible = false;
};
DECLARE_TYPE(DrainUpdate);

struct BatchNodeUpdateDrainRequest : WriteRequest {
    Map<DrainUpdate> Updates;
    Map<NodeEvent> NodeEvents;
    int64_t UpdatedAt = 0;
};
DECLARE_TYPE(BatchNodeUpdateDrainRequest);

struct EmitNodeEventsRequest : WriteRequest {
    Map<List<NodeEvent>> NodeEvents;
};
DECLARE_TYPE(EmitNodeEventsRequest);

struct EmitNodeEventsResponse : WriteMeta {};
DECLARE_TYPE(EmitNodeEventsResponse);

struct NodeAllocsResponse : QueryMeta {
    List<Shared<Allocation>> Allocs;
};
DECLARE_TYPE(NodeAllocsResponse);

struct NodeBatchDeregisterRequest : WriteRequest {
    List<std::string> NodeIDs;
};
DECLARE_TYPE(NodeBatchDeregisterRequest);

struct NodeClientAllocsResponse : QueryMeta {
    Map<uint64_t> Allocs;
    Map<std::string> MigrateTokens;
};
DECLARE_TYPE(NodeClientAllocsResponse);

struct NodeConnQueryResponse : QueryMeta {
    bool Connected = false;
    Time Established;
};
DECLARE_TYPE(NodeConnQueryResponse);

struct NodeDeregisterRequest : WriteRequest {
    std::string NodeID;
};
DECLARE_TYPE(NodeDeregisterRequest);

struct NodeDrainUpdateResponse : WriteMeta {
    uint64_t NodeModifyIndex = 0;
    List<std::string> EvalIDs;
    uint64_t EvalCreateIndex = 0;
};
DECLARE_TYPE(NodeDrainUpdateResponse);

struct NodeEligibilityUpdateResponse : WriteMeta {
    uint64_t NodeModifyIndex = 0;
    List<std::string> EvalIDs;
    uint64_t EvalCreateIndex = 0;
};
DECLARE_TYPE(NodeEligibilityUpdateResponse);

struct NodeEvaluateRequest : WriteRequest {
    std::string NodeID;
};
DECLARE_TYPE(NodeEvaluateRequest);

struct NodeIdentityGetReq : QueryOptions {
    std::string NodeID;
};
DECLARE_TYPE(NodeIdentityGetReq);

struct NodeIdentityGetResp {
    Map<codec::Any> Claims;
};
DECLARE_TYPE(NodeIdentityGetResp);

struct NodeIdentityRenewReq : QueryOptions {
    std::string NodeID;
};
DECLARE_TYPE(NodeIdentityRenewReq);

struct NodeStubFields {
    bool Resources = false;
    bool OS = false;
};
DECLARE_TYPE(NodeStubFields);

struct NodeListRequest : QueryOptions {
    Box<NodeStubFields> Fields;
};
DECLARE_TYPE(NodeListRequest);

struct NodeListResponse : QueryMeta {
    List<NodeListStub> Nodes;
};
DECLARE_TYPE(NodeListResponse);

struct NodeMetaApplyRequest : QueryOptions {
    std::string NodeID;
    Map<Opt<std::string>> Meta;
};
DECLARE_TYPE(NodeMetaApplyRequest);

struct NodeMetaResponse {
    Map<std::string> Meta;
    Map<Opt<std::string>> Dynamic;
    Map<std::string> Static;
};
DECLARE_TYPE(NodeMetaResponse);

struct NodePoolDeleteRequest : WriteRequest {
    List<std::string> Names;
};
DECLARE_TYPE(NodePoolDeleteRequest);

struct NodePoolJobsRequest : QueryOptions {
    std::string Name;
    Box<JobStubFields> Fields;
};
DECLARE_TYPE(NodePoolJobsRequest);

struct NodePoolJobsResponse : QueryMeta {
    List<JobListStub> Jobs;
};
DECLARE_TYPE(NodePoolJobsResponse);

struct NodePoolListRequest : QueryOptions {};
DECLARE_TYPE(NodePoolListRequest);

struct NodePoolListResponse : QueryMeta {
    List<Shared<NodePool>> NodePools;
};
DECLARE_TYPE(NodePoolListResponse);

struct NodePoolNodesRequest : QueryOptions {
    std::string Name;
    Box<NodeStubFields> Fields;
};
DECLARE_TYPE(NodePoolNodesRequest);

struct NodePoolNodesResponse : QueryMeta {
    List<NodeListStub> Nodes;
};
DECLARE_TYPE(NodePoolNodesResponse);

struct NodePoolSpecificRequest : QueryOptions {
    std::string Name;
};
DECLARE_TYPE(NodePoolSpecificRequest);

struct NodePoolUpsertRequest : WriteRequest {
    List<Shared<NodePool>> NodePools;
};
DECLARE_TYPE(NodePoolUpsertRequest);

struct NodeRegisterRequest : WriteRequest {
    Shared<model::Node> Node;
    Box<model::NodeEvent> NodeEvent;
    bool CreateNodePool = false;
};
DECLARE_TYPE(NodeRegisterRequest);

struct NodeSpecificRequest : QueryOptions {
    std::string NodeID;
    std::string SecretID;
};
DECLARE_TYPE(NodeSpecificRequest);

struct NodeUpdateDrainRequest : WriteRequest {
    std::string NodeID;
    Box<model::DrainStrategy> DrainStrategy;
    bool MarkEligible = false;
    Box<model::NodeEvent> NodeEvent;
    int64_t UpdatedAt = 0;
    Map<std::string> Meta;
    std::string UpdatedBy;
};
DECLARE_TYPE(NodeUpdateDrainRequest);

struct NodeUpdateEligibilityRequest : WriteRequest {
    std::string NodeID;
    std::string Eligibility;
    Box<model::NodeEvent> NodeEvent;
    int64_t UpdatedAt = 0;
};
DECLARE_TYPE(NodeUpdateEligibilityRequest);

struct NodeUpdateResponse : QueryMeta {
    Duration HeartbeatTTL;
    List<std::string> EvalIDs;
    uint64_t EvalCreateIndex = 0;
    uint64_t NodeModifyIndex = 0;
    uint64_t Features = 0;
    std::string LeaderRPCAddr;
    int32_t NumNodes = 0;
    List<NodeServerInfo> Servers;
    std::string SchedulingEligibility;
    Opt<std::string> SignedIdentity;
};
DECLARE_TYPE(NodeUpdateResponse);

struct NodeUpdateStatusRequest : WriteRequest {
    std::string NodeID;
    std::string Status;
    std::string IdentitySigningKeyID;
    bool ForceIdentityRenewal = false;
    Box<model::NodeEvent> NodeEvent;
    int64_t UpdatedAt = 0;
};
DECLARE_TYPE(NodeUpdateStatusRequest);

struct SingleNodePoolResponse : QueryMeta {
    Shared<model::NodePool> NodePool;
};
DECLARE_TYPE(SingleNodePoolResponse);

struct SingleNodeResponse : QueryMeta {
    Shared<model::Node> Node;
};
DECLARE_TYPE(SingleNodeResponse);

}  // namespace drover::model
