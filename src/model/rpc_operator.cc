#include "model/rpc_operator.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(AutopilotSetConfigRequest, FIELD(Datacenter), FIELD(Config), FIELD(CAS), EMBED(WriteRequest));

DESCRIBE(EventStreamRequest, FIELD(Topics), FIELD(Index), EMBED(QueryOptions));

DESCRIBE(FuzzySearchRequest, FIELD(Text), FIELD(Context), EMBED(QueryOptions));

DESCRIBE(FuzzySearchResponse, FIELD(Matches), FIELD(Truncations), EMBED(QueryMeta));

DESCRIBE(HostDataRequest, FIELD(ServerID), FIELD(NodeID), EMBED(QueryOptions));

DESCRIBE(HostDataResponse, FIELD(AgentID), FIELD(HostData));

DESCRIBE(KeyringDeleteRootKeyRequest, FIELD(KeyID), FIELD(Force), EMBED(WriteRequest));

DESCRIBE(KeyringDeleteRootKeyResponse, EMBED(WriteMeta));

DESCRIBE(KeyringListPublicResponse, FIELD(PublicKeys), FIELD(RotationThreshold), EMBED(QueryMeta));

DESCRIBE(KeyringListRootKeyMetaRequest, EMBED(QueryOptions));

DESCRIBE(KeyringListRootKeyMetaResponse, FIELD(Keys), EMBED(QueryMeta));

DESCRIBE(KeyringRequest, FIELD(Key));

DESCRIBE(KeyringResponse, FIELD(Messages), FIELD(Keys), FIELD(NumNodes));

DESCRIBE(KeyringRotateRootKeyRequest, FIELD(Algorithm), FIELD(Full), FIELD(PublishTime), EMBED(WriteRequest));

DESCRIBE(KeyringRotateRootKeyResponse, FIELD(Key), EMBED(WriteMeta));

DESCRIBE(KeyringUpdateRootKeyMetaRequest, FIELD(RootKeyMeta), FIELD(Rekey), EMBED(WriteRequest));

DESCRIBE(KeyringUpdateRootKeyMetaResponse, EMBED(WriteMeta));

DESCRIBE(LeadershipTransferResponse, FIELD(From), FIELD(To), FIELD(Noop), FIELD(Err));

DESCRIBE(NamespaceDeleteRequest, FIELD(Namespaces), EMBED(WriteRequest));

DESCRIBE(NamespaceListRequest, EMBED(QueryOptions));

DESCRIBE(NamespaceListResponse, FIELD(Namespaces), EMBED(QueryMeta));

DESCRIBE(NamespaceSetRequest, FIELD(Namespaces), EMBED(QueryOptions));

DESCRIBE(NamespaceSetResponse, FIELD(Namespaces), EMBED(QueryMeta));

DESCRIBE(NamespaceSpecificRequest, FIELD(Name), EMBED(QueryOptions));

DESCRIBE(NamespaceUpsertRequest, FIELD(Namespaces), EMBED(WriteRequest));

DESCRIBE(RaftConfigurationResponse, FIELD(Servers), FIELD(Index));

DESCRIBE(RaftPeerByAddressRequest, FIELD(Address), EMBED(WriteRequest));

DESCRIBE(RaftPeerByIDRequest, FIELD(ID), EMBED(WriteRequest));

DESCRIBE(RaftPeerRequest, EMBED(RaftIDAddress), EMBED(WriteRequest));

DESCRIBE(ScheduleStateApplyRequest, EMBED(QueryOptions), FIELD(NodeID), FIELD(AllocID), FIELD(TaskName),
         FIELD(ScheduleState));

DESCRIBE(ScheduleStateReadRequest, EMBED(QueryOptions), FIELD(NodeID), FIELD(AllocID), FIELD(TaskName));

DESCRIBE(ScheduleStateResponse, FIELD(ScheduleState));

DESCRIBE(SchedulerConfigurationResponse, FIELD(SchedulerConfig), EMBED(QueryMeta));

DESCRIBE(SchedulerSetConfigRequest, FIELD(Config), FIELD(CAS), EMBED(WriteRequest));

DESCRIBE(SchedulerSetConfigurationResponse, FIELD(Updated), EMBED(WriteMeta));

DESCRIBE(SearchRequest, FIELD(Prefix), FIELD(Context), EMBED(QueryOptions));

DESCRIBE(SearchResponse, FIELD(Matches), FIELD(Truncations), EMBED(QueryMeta));

DESCRIBE(ServerMembersResponse, FIELD(ServerName), FIELD(ServerRegion), FIELD(ServerDC), FIELD(Members));

DESCRIBE(ServiceRegistrationByNameRequest, FIELD(ServiceName), FIELD(Choose), EMBED(QueryOptions));

DESCRIBE(ServiceRegistrationByNameResponse, FIELD(Services), EMBED(QueryMeta));

DESCRIBE(ServiceRegistrationDeleteByIDRequest, FIELD(ID), EMBED(WriteRequest));

DESCRIBE(ServiceRegistrationDeleteByIDResponse, EMBED(WriteMeta));

DESCRIBE(ServiceRegistrationDeleteByNodeIDRequest, FIELD(NodeID), EMBED(WriteRequest));

DESCRIBE(ServiceRegistrationDeleteByNodeIDResponse, EMBED(WriteMeta));

DESCRIBE(ServiceRegistrationListRequest, EMBED(QueryOptions));

DESCRIBE(ServiceRegistrationStub, FIELD(ServiceName), FIELD(Tags));

DESCRIBE(ServiceRegistrationListStub, FIELD(Namespace), FIELD(Services));

DESCRIBE(ServiceRegistrationListResponse, FIELD(Services), EMBED(QueryMeta));

DESCRIBE(ServiceRegistrationUpsertRequest, FIELD(Services), EMBED(WriteRequest));

DESCRIBE(ServiceRegistrationUpsertResponse, EMBED(WriteMeta));

DESCRIBE(SingleNamespaceResponse, FIELD(Namespace), EMBED(QueryMeta));

DESCRIBE(SnapshotRestoreRequest, EMBED(WriteRequest), FIELD(Force).omit_empty());

DESCRIBE(SnapshotRestoreResponse, FIELD(ErrorCode).omit_empty_on_wire(), FIELD(ErrorMsg).omit_empty_on_wire(),
         EMBED(QueryMeta));

DESCRIBE(SnapshotSaveRequest, EMBED(QueryOptions));

DESCRIBE(SnapshotSaveResponse, FIELD(SnapshotChecksum), FIELD(ErrorCode).omit_empty_on_wire(),
         FIELD(ErrorMsg).omit_empty_on_wire(), EMBED(QueryMeta));

DESCRIBE(StreamingRpcAck, FIELD(Error));

DESCRIBE(StreamingRpcHeader, FIELD(Method));

}  // namespace drover::model
