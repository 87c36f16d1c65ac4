#pragma once
// Requests and answers of the RPC methods: operator.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/envelope.h"
#include "model/keyring.h"
#include "model/namespace.h"
#include "model/operator.h"
#include "model/search.h"
#include "model/service.h"

namespace drover::model {

struct AutopilotSetConfigRequest : WriteRequest {
    std::string Datacenter;
    AutopilotConfig Config;
    bool CAS = false;
};
DECLARE_TYPE(AutopilotSetConfigRequest);

struct EventStreamRequest : QueryOptions {
    Map<List<std::string>> Topics;
    int64_t Index = 0;
};
DECLARE_TYPE(EventStreamRequest);

struct FuzzySearchRequest : QueryOptions {
    std::string Text;
    std::string Context;
};
DECLARE_TYPE(FuzzySearchRequest);

struct FuzzySearchResponse : QueryMeta {
    Map<List<FuzzyMatch>> Matches;
    Map<bool> Truncations;
};
DECLARE_TYPE(FuzzySearchResponse);

struct HostDataRequest : QueryOptions {
    std::string ServerID;
    std::string NodeID;
};
DECLARE_TYPE(HostDataRequest);

struct HostDataResponse {
    std::string AgentID;
    Opt<codec::Any> HostData;
};
DECLARE_TYPE(HostDataResponse);

struct KeyringDeleteRootKeyRequest : WriteRequest {
    std::string KeyID;
    bool Force = false;
};
DECLARE_TYPE(KeyringDeleteRootKeyRequest);

struct KeyringDeleteRootKeyResponse : WriteMeta {};
DECLARE_TYPE(KeyringDeleteRootKeyResponse);

struct KeyringListPublicResponse : QueryMeta {
    List<KeyringPublicKey> PublicKeys;
    Duration RotationThreshold;
};
DECLARE_TYPE(KeyringListPublicResponse);

struct KeyringListRootKeyMetaRequest : QueryOptions {};
DECLARE_TYPE(KeyringListRootKeyMetaRequest);

struct KeyringListRootKeyMetaResponse : QueryMeta {
    List<RootKeyMeta> Keys;
};
DECLARE_TYPE(KeyringListRootKeyMetaResponse);

struct KeyringRequest {
    std::string Key;
};
DECLARE_TYPE(KeyringRequest);

struct KeyringResponse {
    Map<std::string> Messages;
    Map<int64_t> Keys;
    int64_t NumNodes = 0;
};
DECLARE_TYPE(KeyringResponse);

struct KeyringRotateRootKeyRequest : WriteRequest {
    std::string Algorithm;
    bool Full = false;
    int64_t PublishTime = 0;
};
DECLARE_TYPE(KeyringRotateRootKeyRequest);

struct KeyringRotateRootKeyResponse : WriteMeta {
    Box<RootKeyMeta> Key;
};
DECLARE_TYPE(KeyringRotateRootKeyResponse);

struct KeyringUpdateRootKeyMetaRequest : WriteRequest {
    Box<model::RootKeyMeta> RootKeyMeta;
    bool Rekey = false;
};
DECLARE_TYPE(KeyringUpdateRootKeyMetaRequest);

struct KeyringUpdateRootKeyMetaResponse : WriteMeta {};
DECLARE_TYPE(KeyringUpdateRootKeyMetaResponse);

struct LeadershipTransferResponse {
    RaftIDAddress From;
    RaftIDAddress To;
    bool Noop = false;
    codec::Any Err;  // always null: a failure is the call's
};
DECLARE_TYPE(LeadershipTransferResponse);

struct NamespaceDeleteRequest : WriteRequest {
    List<std::string> Namespaces;
};
DECLARE_TYPE(NamespaceDeleteRequest);

struct NamespaceListRequest : QueryOptions {};
DECLARE_TYPE(NamespaceListRequest);

struct NamespaceListResponse : QueryMeta {
    List<Shared<model::Namespace>> Namespaces;
};
DECLARE_TYPE(NamespaceListResponse);

struct NamespaceSetRequest : QueryOptions {
    List<std::string> Namespaces;
};
DECLARE_TYPE(NamespaceSetRequest);

struct NamespaceSetResponse : QueryMeta {
    Map<Shared<model::Namespace>> Namespaces;
};
DECLARE_TYPE(NamespaceSetResponse);

struct NamespaceSpecificRequest : QueryOptions {
    std::string Name;
};
DECLARE_TYPE(NamespaceSpecificRequest);

struct NamespaceUpsertRequest : WriteRequest {
    List<Shared<model::Namespace>> Namespaces;
};
DECLARE_TYPE(NamespaceUpsertRequest);

struct RaftConfigurationResponse {
    List<RaftServer> Servers;
    uint64_t Index = 0;
};
DECLARE_TYPE(RaftConfigurationResponse);

struct RaftPeerByAddressRequest : WriteRequest {
    std::string Address;
};
DECLARE_TYPE(RaftPeerByAddressRequest);

struct RaftPeerByIDRequest : WriteRequest {
    std::string ID;
};
DECLARE_TYPE(RaftPeerByIDRequest);

struct RaftPeerRequest : RaftIDAddress, WriteRequest {};
DECLARE_TYPE(RaftPeerRequest);

struct ScheduleStateApplyRequest : QueryOptions {
    std::string NodeID;
    std::string AllocID;
    std::string TaskName;
    std::string ScheduleState;
};
DECLARE_TYPE(ScheduleStateApplyRequest);

struct ScheduleStateReadRequest : QueryOptions {
    std::string NodeID;
    std::string AllocID;
    std::string TaskName;
};
DECLARE_TYPE(ScheduleStateReadRequest);

struct ScheduleStateResponse {
    std::string ScheduleState;
};
DECLARE_TYPE(ScheduleStateResponse);

struct SchedulerConfigurationResponse : QueryMeta {
    Box<SchedulerConfiguration> SchedulerConfig;
};
DECLARE_TYPE(SchedulerConfigurationResponse);

struct SchedulerSetConfigRequest : WriteRequest {
    SchedulerConfiguration Config;
    bool CAS = false;
};
DECLARE_TYPE(SchedulerSetConfigRequest);

struct SchedulerSetConfigurationResponse : WriteMeta {
    bool Updated = false;
};
DECLARE_TYPE(SchedulerSetConfigurationResponse);

struct SearchRequest : QueryOptions {
    std::string Prefix;
    std::string Context;
};
DECLARE_TYPE(SearchRequest);

struct SearchResponse : QueryMeta {
    Map<List<std::string>> Matches;
    Map<bool> Truncations;
};
DECLARE_TYPE(SearchResponse);

struct ServerMembersResponse {
    std::string ServerName;
    std::string ServerRegion;
    std::string ServerDC;
    List<ServerMember> Members;
};
DECLARE_TYPE(ServerMembersResponse);

struct ServiceRegistrationByNameRequest : QueryOptions {
    std::string ServiceName;
    std::string Choose;
};
DECLARE_TYPE(ServiceRegistrationByNameRequest);

struct ServiceRegistrationByNameResponse : QueryMeta {
    List<Shared<ServiceRegistration>> Services;
};
DECLARE_TYPE(ServiceRegistrationByNameResponse);

struct ServiceRegistrationDeleteByIDRequest : WriteRequest {
    std::string ID;
};
DECLARE_TYPE(ServiceRegistrationDeleteByIDRequest);

struct ServiceRegistrationDeleteByIDResponse : WriteMeta {};
DECLARE_TYPE(ServiceRegistrationDeleteByIDResponse);

struct ServiceRegistrationDeleteByNodeIDRequest : WriteRequest {
    std::string NodeID;
};
DECLARE_TYPE(ServiceRegistrationDeleteByNodeIDRequest);

struct ServiceRegistrationDeleteByNodeIDResponse : WriteMeta {};
DECLARE_TYPE(ServiceRegistrationDeleteByNodeIDResponse);

struct ServiceRegistrationListRequest : QueryOptions {};
DECLARE_TYPE(ServiceRegistrationListRequest);

struct ServiceRegistrationStub {
    std::string ServiceName;
    List<std::string> Tags;
};
DECLARE_TYPE(ServiceRegistrationStub);

struct ServiceRegistrationListStub {
    std::string Namespace;
    List<ServiceRegistrationStub> Services;
};
DECLARE_TYPE(ServiceRegistrationListStub);

struct ServiceRegistrationListResponse : QueryMeta {
    List<ServiceRegistrationListStub> Services;
};
DECLARE_TYPE(ServiceRegistrationListResponse);

struct ServiceRegistrationUpsertRequest : WriteRequest {
    List<Shared<ServiceRegistration>> Services;
};
DECLARE_TYPE(ServiceRegistrationUpsertRequest);

struct ServiceRegistrationUpsertResponse : WriteMeta {};
DECLARE_TYPE(ServiceRegistrationUpsertResponse);

struct SingleNamespaceResponse : QueryMeta {
    Shared<model::Namespace> Namespace;
};
DECLARE_TYPE(SingleNamespaceResponse);

struct SnapshotRestoreRequest : WriteRequest {
    bool Force = false;  // ours: also an archive with keys that cannot be opened
};
DECLARE_TYPE(SnapshotRestoreRequest);

struct SnapshotRestoreResponse : QueryMeta {
    int64_t ErrorCode = 0;
    std::string ErrorMsg;
};
DECLARE_TYPE(SnapshotRestoreResponse);

struct SnapshotSaveRequest : QueryOptions {};
DECLARE_TYPE(SnapshotSaveRequest);

struct SnapshotSaveResponse : QueryMeta {
    std::string SnapshotChecksum;
    int64_t ErrorCode = 0;
    std::string ErrorMsg;
};
DECLARE_TYPE(SnapshotSaveResponse);

struct StreamingRpcAck {
    std::string Error;
};
DECLARE_TYPE(StreamingRpcAck);

struct StreamingRpcHeader {
    std::string Method;
};
DECLARE_TYPE(StreamingRpcHeader);

}  // namespace drover::model
