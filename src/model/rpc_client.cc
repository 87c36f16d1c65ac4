#include "model/rpc_client.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(AllocChecksRequest, EMBED(QueryOptions), FIELD(AllocID));

DESCRIBE(AllocChecksResponse, EMBED(QueryMeta), FIELD(Results));

DESCRIBE(AllocExecRequest, FIELD(JobID), FIELD(AllocID), FIELD(Task), FIELD(Tty), FIELD(Cmd), FIELD(Action),
         EMBED(QueryOptions));

DESCRIBE(AllocStatsRequest, FIELD(AllocID), FIELD(Task), EMBED(QueryOptions));

DESCRIBE(AllocStatsResponse, FIELD(Stats), EMBED(QueryMeta));

DESCRIBE(CSIControllerQuery, FIELD(ControllerNodeID), FIELD(PluginID));

DESCRIBE(ClientCSIControllerAttachVolumeRequest, FIELD(VolumeID), FIELD(ClientCSINodeID), FIELD(AttachmentMode),
         FIELD(AccessMode), FIELD(MountOptions), FIELD(ReadOnly), FIELD(Secrets).secret(), FIELD(VolumeContext),
         EMBED(CSIControllerQuery));

DESCRIBE(ClientCSIControllerAttachVolumeResponse, FIELD(PublishContext));

DESCRIBE(ClientCSIControllerCreateSnapshotRequest, FIELD(ExternalSourceVolumeID), FIELD(Name), FIELD(Secrets).secret(),
         FIELD(Parameters), EMBED(CSIControllerQuery));

DESCRIBE(ClientCSIControllerCreateSnapshotResponse, FIELD(ID), FIELD(ExternalSourceVolumeID), FIELD(SizeBytes),
         FIELD(CreateTime), FIELD(IsReady));

DESCRIBE(ClientCSIControllerCreateVolumeRequest, FIELD(Name), FIELD(VolumeCapabilities), FIELD(MountOptions),
         FIELD(Parameters), FIELD(Secrets).secret(), FIELD(CapacityMin), FIELD(CapacityMax), FIELD(SnapshotID),
         FIELD(CloneID), FIELD(RequestedTopologies), EMBED(CSIControllerQuery));

DESCRIBE(ClientCSIControllerCreateVolumeResponse, FIELD(ExternalVolumeID), FIELD(CapacityBytes), FIELD(VolumeContext),
         FIELD(Topologies));

DESCRIBE(ClientCSIControllerDeleteSnapshotRequest, FIELD(ID), FIELD(Secrets).secret(), EMBED(CSIControllerQuery));

DESCRIBE(ClientCSIControllerDeleteVolumeRequest, FIELD(ExternalVolumeID), FIELD(Secrets).secret(),
         EMBED(CSIControllerQuery));

DESCRIBE(ClientCSIControllerDetachVolumeRequest, FIELD(VolumeID), FIELD(ClientCSINodeID), FIELD(Secrets).secret(),
         EMBED(CSIControllerQuery));

DESCRIBE(ClientCSIControllerExpandVolumeRequest, FIELD(ExternalVolumeID), FIELD(CapacityRange), FIELD(Secrets).secret(),
         FIELD(VolumeCapability), EMBED(CSIControllerQuery));

DESCRIBE(ClientCSIControllerExpandVolumeResponse, FIELD(CapacityBytes), FIELD(NodeExpansionRequired));

DESCRIBE(ClientCSIControllerListSnapshotsRequest, FIELD(MaxEntries), FIELD(StartingToken), FIELD(Secrets).secret(),
         EMBED(CSIControllerQuery));

DESCRIBE(ClientCSIControllerListSnapshotsResponse, FIELD(Entries), FIELD(NextToken));

DESCRIBE(ClientCSIControllerListVolumesRequest, FIELD(MaxEntries), FIELD(StartingToken), EMBED(CSIControllerQuery));

DESCRIBE(ClientCSIControllerListVolumesResponse, FIELD(Entries), FIELD(NextToken));

DESCRIBE(ClientCSIControllerValidateVolumeRequest, FIELD(VolumeID), FIELD(VolumeCapabilities), FIELD(MountOptions),
         FIELD(Secrets).secret(), FIELD(AttachmentMode), FIELD(AccessMode), FIELD(Parameters), FIELD(Context),
         EMBED(CSIControllerQuery));

DESCRIBE(ClientCSINodeDetachVolumeRequest, FIELD(PluginID), FIELD(VolumeID), FIELD(VolumeNamespace), FIELD(AllocID),
         FIELD(NodeID), FIELD(ExternalID), FIELD(AttachmentMode), FIELD(AccessMode), FIELD(ReadOnly));

DESCRIBE(ClientCSINodeExpandVolumeRequest, FIELD(PluginID), FIELD(VolumeID), FIELD(VolumeNamespace), FIELD(ExternalID),
         FIELD(Capacity), FIELD(Claim));

DESCRIBE(ClientCSINodeExpandVolumeResponse, FIELD(CapacityBytes));

DESCRIBE(ClientHostVolumeCreateRequest, FIELD(ID), FIELD(Name), FIELD(PluginID), FIELD(Namespace), FIELD(NodeID),
         FIELD(RequestedCapacityMinBytes), FIELD(RequestedCapacityMaxBytes), FIELD(Parameters));

DESCRIBE(ClientHostVolumeCreateResponse, FIELD(VolumeName), FIELD(VolumeID), FIELD(HostPath), FIELD(CapacityBytes));

DESCRIBE(ClientHostVolumeDeleteRequest, FIELD(ID), FIELD(Name), FIELD(PluginID), FIELD(Namespace), FIELD(NodeID),
         FIELD(HostPath), FIELD(Parameters));

DESCRIBE(ClientHostVolumeDeleteResponse, FIELD(VolumeName), FIELD(VolumeID));

DESCRIBE(ClientHostVolumeRegisterRequest, FIELD(ID), FIELD(Name), FIELD(NodeID), FIELD(HostPath), FIELD(CapacityBytes),
         FIELD(Parameters));

DESCRIBE(ClientStatsResponse, FIELD(HostStats), EMBED(QueryMeta));

DESCRIBE(FsListRequest, FIELD(AllocID), FIELD(Path), EMBED(QueryOptions));

DESCRIBE(FsListResponse, FIELD(Files), EMBED(QueryMeta));

DESCRIBE(FsLogsRequest, FIELD(AllocID), FIELD(Task), FIELD(LogType), FIELD(Offset), FIELD(Origin), FIELD(PlainText),
         FIELD(Follow), EMBED(QueryOptions));

DESCRIBE(FsStatRequest, FIELD(AllocID), FIELD(Path), EMBED(QueryOptions));

DESCRIBE(FsStatResponse, FIELD(Info), EMBED(QueryMeta));

DESCRIBE(FsStreamRequest, FIELD(AllocID), FIELD(Path), FIELD(Offset), FIELD(Origin), FIELD(PlainText), FIELD(Limit),
         FIELD(Follow), EMBED(QueryOptions));

DESCRIBE(HealthCheckIntervalResponse, FIELD(Eligible), FIELD(Period));

DESCRIBE(HealthCheckResponse, FIELD(Drivers));

DESCRIBE(MonitorExportRequest, FIELD(NodeID), FIELD(ServerID), FIELD(ServiceName), FIELD(Follow), FIELD(LogsSince),
         FIELD(OnDisk), FIELD(NomadLogPath), FIELD(PlainText), EMBED(QueryOptions));

DESCRIBE(MonitorRequest, FIELD(LogLevel), FIELD(LogJSON), FIELD(LogIncludeLocation), FIELD(NodeID), FIELD(ServerID),
         FIELD(PlainText), EMBED(QueryOptions));

DESCRIBE(NodeRegistration, FIELD(HasRegistered));

DESCRIBE(StreamErrWrapper, FIELD(Error), FIELD(Payload));

}  // namespace drover::model
