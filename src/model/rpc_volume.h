#pragma once
// Requests and answers of the RPC methods: volume.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/envelope.h"
#include "model/volume.h"

namespace drover::model {

struct CSIPluginDeleteRequest : QueryOptions {
    std::string ID;
};
DECLARE_TYPE(CSIPluginDeleteRequest);

struct CSIPluginDeleteResponse : QueryMeta {};
DECLARE_TYPE(CSIPluginDeleteResponse);

struct CSIPluginGetRequest : QueryOptions {
    std::string ID;
};
DECLARE_TYPE(CSIPluginGetRequest);

struct CSIPluginGetResponse : QueryMeta {
    Shared<CSIPlugin> Plugin;
};
DECLARE_TYPE(CSIPluginGetResponse);

struct CSIPluginListRequest : QueryOptions {};
DECLARE_TYPE(CSIPluginListRequest);

struct CSIPluginListResponse : QueryMeta {
    List<CSIPluginListStub> Plugins;
};
DECLARE_TYPE(CSIPluginListResponse);

struct CSISnapshotCreateRequest : WriteRequest {
    List<CSISnapshot> Snapshots;
};
DECLARE_TYPE(CSISnapshotCreateRequest);

struct CSISnapshotCreateResponse : QueryMeta {
    List<CSISnapshot> Snapshots;
};
DECLARE_TYPE(CSISnapshotCreateResponse);

struct CSISnapshotDeleteRequest : WriteRequest {
    List<CSISnapshot> Snapshots;
};
DECLARE_TYPE(CSISnapshotDeleteRequest);

struct CSISnapshotDeleteResponse : QueryMeta {};
DECLARE_TYPE(CSISnapshotDeleteResponse);

struct CSISnapshotListRequest : QueryOptions {
    std::string PluginID;
    Map<std::string> Secrets;
};
DECLARE_TYPE(CSISnapshotListRequest);

struct CSISnapshotListResponse : QueryMeta {
    List<CSISnapshot> Snapshots;
    std::string NextToken;
};
DECLARE_TYPE(CSISnapshotListResponse);

struct CSIVolumeClaimRequest : WriteRequest {
    std::string VolumeID;
    std::string AllocationID;
    std::string NodeID;
    std::string ExternalNodeID;
    int64_t Claim = 0;
    std::string AccessMode;
    std::string AttachmentMode;
    int64_t State = 0;
    int64_t Timestamp = 0;
};
DECLARE_TYPE(CSIVolumeClaimRequest);

struct CSIVolumeClaimBatchRequest {
    List<CSIVolumeClaimRequest> Claims;
};
DECLARE_TYPE(CSIVolumeClaimBatchRequest);

struct CSIVolumeClaimResponse : QueryMeta {
    Map<std::string> PublishContext;
    Shared<CSIVolume> Volume;
};
DECLARE_TYPE(CSIVolumeClaimResponse);

struct CSIVolumeCreateRequest : WriteRequest {
    List<Shared<CSIVolume>> Volumes;
    int64_t Timestamp = 0;
    bool PolicyOverride = false;
};
DECLARE_TYPE(CSIVolumeCreateRequest);

struct CSIVolumeCreateResponse : QueryMeta {
    List<Shared<CSIVolume>> Volumes;
    std::string Warnings;
};
DECLARE_TYPE(CSIVolumeCreateResponse);

struct CSIVolumeDeleteRequest : WriteRequest {
    List<std::string> VolumeIDs;
    Map<std::string> Secrets;
};
DECLARE_TYPE(CSIVolumeDeleteRequest);

struct CSIVolumeDeleteResponse : QueryMeta {};
DECLARE_TYPE(CSIVolumeDeleteResponse);

struct CSIVolumeDeregisterRequest : WriteRequest {
    List<std::string> VolumeIDs;
    bool Force = false;
};
DECLARE_TYPE(CSIVolumeDeregisterRequest);

struct CSIVolumeDeregisterResponse : QueryMeta {};
DECLARE_TYPE(CSIVolumeDeregisterResponse);

struct CSIVolumeExpandRequest : WriteRequest {
    std::string VolumeID;
    int64_t RequestedCapacityMin = 0;
    int64_t RequestedCapacityMax = 0;
    Map<std::string> Secrets;
};
DECLARE_TYPE(CSIVolumeExpandRequest);

struct CSIVolumeExpandResponse : QueryMeta {
    int64_t CapacityBytes = 0;
};
DECLARE_TYPE(CSIVolumeExpandResponse);

struct CSIVolumeExternalListRequest : QueryOptions {
    std::string PluginID;
};
DECLARE_TYPE(CSIVolumeExternalListRequest);

struct CSIVolumeExternalListResponse : QueryMeta {
    List<CSIVolumeExternalStub> Volumes;
    std::string NextToken;
};
DECLARE_TYPE(CSIVolumeExternalListResponse);

struct CSIVolumeGetRequest : QueryOptions {
    std::string ID;
};
DECLARE_TYPE(CSIVolumeGetRequest);

struct CSIVolumeGetResponse : QueryMeta {
    Shared<CSIVolume> Volume;
};
DECLARE_TYPE(CSIVolumeGetResponse);

struct CSIVolumeListRequest : QueryOptions {
    std::string PluginID;
    std::string NodeID;
};
DECLARE_TYPE(CSIVolumeListRequest);

struct CSIVolumeListResponse : QueryMeta {
    List<CSIVolListStub> Volumes;
};
DECLARE_TYPE(CSIVolumeListResponse);

struct CSIVolumeRegisterRequest : WriteRequest {
    List<Shared<CSIVolume>> Volumes;
    int64_t Timestamp = 0;
    bool PolicyOverride = false;
};
DECLARE_TYPE(CSIVolumeRegisterRequest);

struct CSIVolumeRegisterResponse : QueryMeta {
    List<Shared<CSIVolume>> Volumes;
    std::string Warnings;
};
DECLARE_TYPE(CSIVolumeRegisterResponse);

struct CSIVolumeUnpublishRequest : WriteRequest {
    std::string VolumeID;
    Box<CSIVolumeClaim> Claim;
};
DECLARE_TYPE(CSIVolumeUnpublishRequest);

struct CSIVolumeUnpublishResponse : QueryMeta {};
DECLARE_TYPE(CSIVolumeUnpublishResponse);

struct HostVolumeCreateRequest : WriteRequest {
    Shared<HostVolume> Volume;
    bool PolicyOverride = false;
};
DECLARE_TYPE(HostVolumeCreateRequest);

struct HostVolumeCreateResponse : WriteMeta {
    Shared<HostVolume> Volume;
    std::string Warnings;
};
DECLARE_TYPE(HostVolumeCreateResponse);

struct HostVolumeDeleteRequest : WriteRequest {
    std::string VolumeID;
    bool Force = false;
};
DECLARE_TYPE(HostVolumeDeleteRequest);

struct HostVolumeDeleteResponse : WriteMeta {};
DECLARE_TYPE(HostVolumeDeleteResponse);

struct HostVolumeGetRequest : QueryOptions {
    std::string ID;
};
DECLARE_TYPE(HostVolumeGetRequest);

struct HostVolumeGetResponse : QueryMeta {
    Shared<HostVolume> Volume;
};
DECLARE_TYPE(HostVolumeGetResponse);

struct HostVolumeListRequest : QueryOptions {
    std::string NodeID;
    std::string NodePool;
};
DECLARE_TYPE(HostVolumeListRequest);

struct HostVolumeListResponse : QueryMeta {
    List<HostVolumeStub> Volumes;
};
DECLARE_TYPE(HostVolumeListResponse);

struct HostVolumeRegisterRequest : WriteRequest {
    Shared<HostVolume> Volume;
    bool PolicyOverride = false;
};
DECLARE_TYPE(HostVolumeRegisterRequest);

struct HostVolumeRegisterResponse : WriteMeta {
    Shared<HostVolume> Volume;
    std::string Warnings;
};
DECLARE_TYPE(HostVolumeRegisterResponse);

struct TaskGroupVolumeClaimDeleteRequest : WriteRequest {
    std::string ClaimID;
};
DECLARE_TYPE(TaskGroupVolumeClaimDeleteRequest);

struct TaskGroupVolumeClaimDeleteResponse : WriteMeta {};
DECLARE_TYPE(TaskGroupVolumeClaimDeleteResponse);

struct TaskGroupVolumeClaimListRequest : QueryOptions {
    std::string TaskGroup;
    std::string JobID;
    std::string VolumeName;
};
DECLARE_TYPE(TaskGroupVolumeClaimListRequest);

struct TaskGroupVolumeClaimListResponse : QueryMeta {
    List<Shared<TaskGroupHostVolumeClaim>> Claims;
};
DECLARE_TYPE(TaskGroupVolumeClaimListResponse);

}  // namespace drover::model
