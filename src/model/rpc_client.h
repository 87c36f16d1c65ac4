#pragma once
// Requests and answers of the RPC methods: client.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/envelope.h"
#include "model/job.h"
#include "model/node.h"
#include "model/stats.h"
#include "model/volume.h"

namespace drover::model {

struct AllocChecksRequest : QueryOptions {
    std::string AllocID;
};
DECLARE_TYPE(AllocChecksRequest);

struct AllocChecksResponse : QueryMeta {
    Map<CheckQueryResult> Results;
};
DECLARE_TYPE(AllocChecksResponse);

struct AllocExecRequest : QueryOptions {
    std::string JobID;
    std::string AllocID;
    std::string Task;
    bool Tty = false;
    List<std::string> Cmd;
    std::string Action;
};
DECLARE_TYPE(AllocExecRequest);

struct AllocStatsRequest : QueryOptions {
    std::string AllocID;
    std::string Task;
};
DECLARE_TYPE(AllocStatsRequest);

struct AllocStatsResponse : QueryMeta {
    Box<AllocResourceUsage> Stats;
};
DECLARE_TYPE(AllocStatsResponse);

struct CSIControllerQuery {
    std::string ControllerNodeID;
    std::string PluginID;
};
DECLARE_TYPE(CSIControllerQuery);

struct ClientCSIControllerAttachVolumeRequest : CSIControllerQuery {
    std::string VolumeID;
    std::string ClientCSINodeID;
    std::string AttachmentMode;
    std::string AccessMode;
    Box<CSIVolumeMountOptions> MountOptions;
    bool ReadOnly = false;
    Map<std::string> Secrets;
    Map<std::string> VolumeContext;
};
DECLARE_TYPE(ClientCSIControllerAttachVolumeRequest);

struct ClientCSIControllerAttachVolumeResponse {
    Map<std::string> PublishContext;
};
DECLARE_TYPE(ClientCSIControllerAttachVolumeResponse);

struct ClientCSIControllerCreateSnapshotRequest : CSIControllerQuery {
    std::string ExternalSourceVolumeID;
    std::string Name;
    Map<std::string> Secrets;
    Map<std::string> Parameters;
};
DECLARE_TYPE(ClientCSIControllerCreateSnapshotRequest);

struct ClientCSIControllerCreateSnapshotResponse {
    std::string ID;
    std::string ExternalSourceVolumeID;
    int64_t SizeBytes = 0;
    int64_t CreateTime = 0;
    bool IsReady = false;
};
DECLARE_TYPE(ClientCSIControllerCreateSnapshotResponse);

struct ClientCSIControllerCreateVolumeRequest : CSIControllerQuery {
    std::string Name;
    List<CSIVolumeCapability> VolumeCapabilities;
    Box<CSIMountOptions> MountOptions;
    Map<std::string> Parameters;
    Map<std::string> Secrets;
    int64_t CapacityMin = 0;
    int64_t CapacityMax = 0;
    std::string SnapshotID;
    std::string CloneID;
    Box<CSITopologyRequest> RequestedTopologies;
};
DECLARE_TYPE(ClientCSIControllerCreateVolumeRequest);

struct ClientCSIControllerCreateVolumeResponse {
    std::string ExternalVolumeID;
    int64_t CapacityBytes = 0;
    Map<std::string> VolumeContext;
    List<Box<CSITopology>> Topologies;  // an element may be null
};
DECLARE_TYPE(ClientCSIControllerCreateVolumeResponse);

struct ClientCSIControllerDeleteSnapshotRequest : CSIControllerQuery {
    std::string ID;
    Map<std::string> Secrets;
};
DECLARE_TYPE(ClientCSIControllerDeleteSnapshotRequest);

struct ClientCSIControllerDeleteVolumeRequest : CSIControllerQuery {
    std::string ExternalVolumeID;
    Map<std::string> Secrets;
};
DECLARE_TYPE(ClientCSIControllerDeleteVolumeRequest);

struct ClientCSIControllerDetachVolumeRequest : CSIControllerQuery {
    std::string VolumeID;
    std::string ClientCSINodeID;
    Map<std::string> Secrets;
};
DECLARE_TYPE(ClientCSIControllerDetachVolumeRequest);

struct ClientCSIControllerExpandVolumeRequest : CSIControllerQuery {
    std::string ExternalVolumeID;
    Opt<codec::Any> CapacityRange;
    Map<std::string> Secrets;
    Opt<codec::Any> VolumeCapability;
};
DECLARE_TYPE(ClientCSIControllerExpandVolumeRequest);

struct ClientCSIControllerExpandVolumeResponse {
    int64_t CapacityBytes = 0;
    bool NodeExpansionRequired = false;
};
DECLARE_TYPE(ClientCSIControllerExpandVolumeResponse);

struct ClientCSIControllerListSnapshotsRequest : CSIControllerQuery {
    int32_t MaxEntries = 0;
    std::string StartingToken;
    Map<std::string> Secrets;
};
DECLARE_TYPE(ClientCSIControllerListSnapshotsRequest);

struct ClientCSIControllerListSnapshotsResponse {
    List<CSISnapshot> Entries;
    std::string NextToken;
};
DECLARE_TYPE(ClientCSIControllerListSnapshotsResponse);

struct ClientCSIControllerListVolumesRequest : CSIControllerQuery {
    int32_t MaxEntries = 0;
    std::string StartingToken;
};
DECLARE_TYPE(ClientCSIControllerListVolumesRequest);

struct ClientCSIControllerListVolumesResponse {
    List<CSIVolumeExternalStub> Entries;
    std::string NextToken;
};
DECLARE_TYPE(ClientCSIControllerListVolumesResponse);

struct ClientCSIControllerValidateVolumeRequest : CSIControllerQuery {
    std::string VolumeID;
    List<CSIVolumeCapability> VolumeCapabilities;
    Box<CSIMountOptions> MountOptions;
    Map<std::string> Secrets;
    std::string AttachmentMode;
    std::string AccessMode;
    Map<std::string> Parameters;
    Map<std::string> Context;
};
DECLARE_TYPE(ClientCSIControllerValidateVolumeRequest);

struct ClientCSINodeDetachVolumeRequest {
    std::string PluginID;
    std::string VolumeID;
    std::string VolumeNamespace;
    std::string AllocID;
    std::string NodeID;
    std::string ExternalID;
    std::string AttachmentMode;
    std::string AccessMode;
    bool ReadOnly = false;
};
DECLARE_TYPE(ClientCSINodeDetachVolumeRequest);

struct ClientCSINodeExpandVolumeRequest {
    std::string PluginID;
    std::string VolumeID;
    std::string VolumeNamespace;
    std::string ExternalID;
    Opt<codec::Any> Capacity;
    Box<CSIVolumeClaim> Claim;
};
DECLARE_TYPE(ClientCSINodeExpandVolumeRequest);

struct ClientCSINodeExpandVolumeResponse {
    int64_t CapacityBytes = 0;
};
DECLARE_TYPE(ClientCSINodeExpandVolumeResponse);

struct ClientHostVolumeCreateRequest {
    std::string ID;
    std::string Name;
    std::string PluginID;
    std::string Namespace;
    std::string NodeID;
    int64_t RequestedCapacityMinBytes = 0;
    int64_t RequestedCapacityMaxBytes = 0;
    Map<std::string> Parameters;
};
DECLARE_TYPE(ClientHostVolumeCreateRequest);

struct ClientHostVolumeCreateResponse {
    std::string VolumeName;
    std::string VolumeID;
    std::string HostPath;
    int64_t CapacityBytes = 0;
};
DECLARE_TYPE(ClientHostVolumeCreateResponse);

struct ClientHostVolumeDeleteRequest {
    std::string ID;
    std::string Name;
    std::string PluginID;
    std::string Namespace;
    std::string NodeID;
    std::string HostPath;
    Map<std::string> Parameters;
};
DECLARE_TYPE(ClientHostVolumeDeleteRequest);

struct ClientHostVolumeDeleteResponse {
    std::string VolumeName;
    std::string VolumeID;
};
DECLARE_TYPE(ClientHostVolumeDeleteResponse);

struct ClientHostVolumeRegisterRequest {
    std::string ID;
    std::string Name;
    std::string NodeID;
    std::string HostPath;
    int64_t CapacityBytes = 0;
    Map<std::string> Parameters;
};
DECLARE_TYPE(ClientHostVolumeRegisterRequest);

struct ClientStatsResponse : QueryMeta {
    Opt<codec::Any> HostStats;
};
DECLARE_TYPE(ClientStatsResponse);

struct FsListRequest : QueryOptions {
    std::string AllocID;
    std::string Path;
};
DECLARE_TYPE(FsListRequest);

struct FsListResponse : QueryMeta {
    List<AllocFileInfo> Files;
};
DECLARE_TYPE(FsListResponse);

struct FsLogsRequest : QueryOptions {
    std::string AllocID;
    std::string Task;
    std::string LogType;
    int64_t Offset = 0;
    std::string Origin;
    bool PlainText = false;
    bool Follow = false;
};
DECLARE_TYPE(FsLogsRequest);

struct FsStatRequest : QueryOptions {
    std::string AllocID;
    std::string Path;
};
DECLARE_TYPE(FsStatRequest);

struct FsStatResponse : QueryMeta {
    Box<AllocFileInfo> Info;
};
DECLARE_TYPE(FsStatResponse);

struct FsStreamRequest : QueryOptions {
    std::string AllocID;
    std::string Path;
    int64_t Offset = 0;
    std::string Origin;
    bool PlainText = false;
    int64_t Limit = 0;
    bool Follow = false;
};
DECLARE_TYPE(FsStreamRequest);

struct HealthCheckIntervalResponse {
    bool Eligible = false;
    Duration Period;
};
DECLARE_TYPE(HealthCheckIntervalResponse);

struct HealthCheckResponse {
    Map<DriverInfo> Drivers;
};
DECLARE_TYPE(HealthCheckResponse);

struct MonitorExportRequest : QueryOptions {
    std::string NodeID;
    std::string ServerID;
    std::string ServiceName;
    bool Follow = false;
    std::string LogsSince;
    bool OnDisk = false;
    std::string NomadLogPath;
    bool PlainText = false;
};
DECLARE_TYPE(MonitorExportRequest);

struct MonitorRequest : QueryOptions {
    std::string LogLevel;
    bool LogJSON = false;
    bool LogIncludeLocation = false;
    std::string NodeID;
    std::string ServerID;
    bool PlainText = false;
};
DECLARE_TYPE(MonitorRequest);

struct NodeRegistration {
    bool HasRegistered = false;
};
DECLARE_TYPE(NodeRegistration);

struct StreamErrWrapper {
    Opt<codec::Any> Error;
    Bytes Payload;
};
DECLARE_TYPE(StreamErrWrapper);

}  // namespace drover::model
