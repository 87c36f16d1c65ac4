#include "model/rpc_volume.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(CSIPluginDeleteRequest, FIELD(ID), EMBED(QueryOptions));

DESCRIBE(CSIPluginDeleteResponse, EMBED(QueryMeta));

DESCRIBE(CSIPluginGetRequest, FIELD(ID), EMBED(QueryOptions));

DESCRIBE(CSIPluginGetResponse, FIELD(Plugin), EMBED(QueryMeta));

DESCRIBE(CSIPluginListRequest, EMBED(QueryOptions));

DESCRIBE(CSIPluginListResponse, FIELD(Plugins), EMBED(QueryMeta));

DESCRIBE(CSISnapshotCreateRequest, FIELD(Snapshots), EMBED(WriteRequest));

DESCRIBE(CSISnapshotCreateResponse, FIELD(Snapshots), EMBED(QueryMeta));

DESCRIBE(CSISnapshotDeleteRequest, FIELD(Snapshots), EMBED(WriteRequest));

DESCRIBE(CSISnapshotDeleteResponse, EMBED(QueryMeta));

DESCRIBE(CSISnapshotListRequest, FIELD(PluginID), FIELD(Secrets).secret(), EMBED(QueryOptions));

DESCRIBE(CSISnapshotListResponse, FIELD(Snapshots), FIELD(NextToken), EMBED(QueryMeta));

DESCRIBE(CSIVolumeClaimRequest, FIELD(VolumeID), FIELD(AllocationID), FIELD(NodeID), FIELD(ExternalNodeID),
         FIELD(Claim), FIELD(AccessMode), FIELD(AttachmentMode), FIELD(State), FIELD(Timestamp), EMBED(WriteRequest));

DESCRIBE(CSIVolumeClaimBatchRequest, FIELD(Claims));

DESCRIBE(CSIVolumeClaimResponse, FIELD(PublishContext), FIELD(Volume), EMBED(QueryMeta));

DESCRIBE(CSIVolumeCreateRequest, FIELD(Volumes), FIELD(Timestamp), FIELD(PolicyOverride), EMBED(WriteRequest));

DESCRIBE(CSIVolumeCreateResponse, FIELD(Volumes), FIELD(Warnings), EMBED(QueryMeta));

DESCRIBE(CSIVolumeDeleteRequest, FIELD(VolumeIDs), FIELD(Secrets).secret(), EMBED(WriteRequest));

DESCRIBE(CSIVolumeDeleteResponse, EMBED(QueryMeta));

DESCRIBE(CSIVolumeDeregisterRequest, FIELD(VolumeIDs), FIELD(Force), EMBED(WriteRequest));

DESCRIBE(CSIVolumeDeregisterResponse, EMBED(QueryMeta));

DESCRIBE(CSIVolumeExpandRequest, FIELD(VolumeID), FIELD(RequestedCapacityMin), FIELD(RequestedCapacityMax),
         FIELD(Secrets).secret(), EMBED(WriteRequest));

DESCRIBE(CSIVolumeExpandResponse, FIELD(CapacityBytes), EMBED(QueryMeta));

DESCRIBE(CSIVolumeExternalListRequest, FIELD(PluginID), EMBED(QueryOptions));

DESCRIBE(CSIVolumeExternalListResponse, FIELD(Volumes), FIELD(NextToken), EMBED(QueryMeta));

DESCRIBE(CSIVolumeGetRequest, FIELD(ID), EMBED(QueryOptions));

DESCRIBE(CSIVolumeGetResponse, FIELD(Volume), EMBED(QueryMeta));

DESCRIBE(CSIVolumeListRequest, FIELD(PluginID), FIELD(NodeID), EMBED(QueryOptions));

DESCRIBE(CSIVolumeListResponse, FIELD(Volumes), EMBED(QueryMeta));

DESCRIBE(CSIVolumeRegisterRequest, FIELD(Volumes), FIELD(Timestamp), FIELD(PolicyOverride), EMBED(WriteRequest));

DESCRIBE(CSIVolumeRegisterResponse, FIELD(Volumes), FIELD(Warnings), EMBED(QueryMeta));

DESCRIBE(CSIVolumeUnpublishRequest, FIELD(VolumeID), FIELD(Claim), EMBED(WriteRequest));

DESCRIBE(CSIVolumeUnpublishResponse, EMBED(QueryMeta));

DESCRIBE(HostVolumeCreateRequest, FIELD(Volume), FIELD(PolicyOverride), EMBED(WriteRequest));

DESCRIBE(HostVolumeCreateResponse, FIELD(Volume), FIELD(Warnings), EMBED(WriteMeta));

DESCRIBE(HostVolumeDeleteRequest, FIELD(VolumeID), FIELD(Force), EMBED(WriteRequest));

DESCRIBE(HostVolumeDeleteResponse, EMBED(WriteMeta));

DESCRIBE(HostVolumeGetRequest, FIELD(ID), EMBED(QueryOptions));

DESCRIBE(HostVolumeGetResponse, FIELD(Volume), EMBED(QueryMeta));

DESCRIBE(HostVolumeListRequest, FIELD(NodeID), FIELD(NodePool), EMBED(QueryOptions));

DESCRIBE(HostVolumeListResponse, FIELD(Volumes), EMBED(QueryMeta));

DESCRIBE(HostVolumeRegisterRequest, FIELD(Volume), FIELD(PolicyOverride), EMBED(WriteRequest));

DESCRIBE(HostVolumeRegisterResponse, FIELD(Volume), FIELD(Warnings), EMBED(WriteMeta));

DESCRIBE(TaskGroupVolumeClaimDeleteRequest, FIELD(ClaimID), EMBED(WriteRequest));

DESCRIBE(TaskGroupVolumeClaimDeleteResponse, EMBED(WriteMeta));

DESCRIBE(TaskGroupVolumeClaimListRequest, FIELD(TaskGroup), FIELD(JobID), FIELD(VolumeName), EMBED(QueryOptions));

DESCRIBE(TaskGroupVolumeClaimListResponse, FIELD(Claims), EMBED(QueryMeta));

}  // namespace drover::model
