#include "model/volume.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(CSIPlugin, FIELD(ID), FIELD(Provider), FIELD(Version), FIELD(ControllerRequired), FIELD(Controllers),
         FIELD(Nodes), FIELD(Allocations), FIELD(ControllerJobs), FIELD(NodeJobs), FIELD(ControllersHealthy),
         FIELD(ControllersExpected), FIELD(NodesHealthy), FIELD(NodesExpected), FIELD(CreateIndex), FIELD(ModifyIndex),
         FIELD(CreateTime), FIELD(ModifyTime));

DESCRIBE(CSIPluginEvent, FIELD(Plugin));

DESCRIBE(CSIPluginListStub, FIELD(ID), FIELD(Provider), FIELD(ControllerRequired), FIELD(ControllersHealthy),
         FIELD(ControllersExpected), FIELD(NodesHealthy), FIELD(NodesExpected), FIELD(CreateIndex), FIELD(ModifyIndex));

DESCRIBE(CSISnapshot, FIELD(ID), FIELD(ExternalSourceVolumeID), FIELD(SizeBytes), FIELD(CreateTime), FIELD(IsReady),
         FIELD(SourceVolumeID), FIELD(PluginID), FIELD(Name), FIELD(Secrets).secret(), FIELD(Parameters));

DESCRIBE(CSITopologyRequest, FIELD(Required), FIELD(Preferred));

DESCRIBE(CSIVolListStub, FIELD(ID), FIELD(Namespace), FIELD(Name), FIELD(ExternalID), FIELD(Topologies),
         FIELD(AccessMode), FIELD(AttachmentMode), FIELD(CurrentReaders), FIELD(CurrentWriters), FIELD(Schedulable),
         FIELD(PluginID), FIELD(Provider), FIELD(ControllerRequired), FIELD(ControllersHealthy),
         FIELD(ControllersExpected), FIELD(NodesHealthy), FIELD(NodesExpected), FIELD(ResourceExhausted),
         FIELD(CreateIndex), FIELD(ModifyIndex), FIELD(CreateTime), FIELD(ModifyTime));

DESCRIBE(CSIVolumeCapability, FIELD(AttachmentMode), FIELD(AccessMode));

DESCRIBE(CSIVolumeClaim, FIELD(AllocationID), FIELD(NodeID), FIELD(ExternalNodeID), FIELD(Mode), FIELD(AccessMode),
         FIELD(AttachmentMode), FIELD(State));

DESCRIBE(CSIVolume, FIELD(ID), FIELD(Name), FIELD(ExternalID), FIELD(Namespace), FIELD(RequestedTopologies),
         FIELD(Topologies), FIELD(AccessMode), FIELD(AttachmentMode), FIELD(MountOptions), FIELD(Secrets).secret(),
         FIELD(Parameters), FIELD(Context), FIELD(Capacity), FIELD(RequestedCapacityMin), FIELD(RequestedCapacityMax),
         FIELD(RequestedCapabilities), FIELD(CloneID), FIELD(SnapshotID), FIELD(ReadAllocs), FIELD(WriteAllocs),
         FIELD(ReadClaims).wire_only(), FIELD(WriteClaims).wire_only(), FIELD(PastClaims).wire_only(),
         FIELD(Schedulable), FIELD(PluginID), FIELD(Provider), FIELD(ProviderVersion), FIELD(ControllerRequired),
         FIELD(ControllersHealthy), FIELD(ControllersExpected), FIELD(NodesHealthy), FIELD(NodesExpected),
         FIELD(ResourceExhausted), FIELD(CreateIndex), FIELD(ModifyIndex), FIELD(CreateTime), FIELD(ModifyTime));

DESCRIBE(CSIVolumeEvent, FIELD(Volume));

DESCRIBE(CSIVolumeExternalStub, FIELD(ExternalID), FIELD(CapacityBytes), FIELD(VolumeContext), FIELD(CloneID),
         FIELD(SnapshotID), FIELD(PublishedExternalNodeIDs), FIELD(IsAbnormal), FIELD(Status));

DESCRIBE(HostVolumeCapability, FIELD(AttachmentMode), FIELD(AccessMode));

DESCRIBE(HostVolume, FIELD(Namespace), FIELD(ID), FIELD(Name), FIELD(PluginID), FIELD(NodePool), FIELD(NodeID),
         FIELD(Constraints), FIELD(RequestedCapacityMinBytes), FIELD(RequestedCapacityMaxBytes), FIELD(CapacityBytes),
         FIELD(RequestedCapabilities), FIELD(Parameters), FIELD(HostPath), FIELD(State), FIELD(CreateIndex),
         FIELD(CreateTime), FIELD(ModifyIndex), FIELD(ModifyTime), FIELD(Allocations));

DESCRIBE(HostVolumeEvent, FIELD(Volume));

DESCRIBE(HostVolumeStub, FIELD(Namespace), FIELD(ID), FIELD(Name), FIELD(PluginID), FIELD(NodePool), FIELD(NodeID),
         FIELD(CapacityBytes), FIELD(State), FIELD(CreateIndex), FIELD(CreateTime), FIELD(ModifyIndex),
         FIELD(ModifyTime));

DESCRIBE(TaskGroupHostVolumeClaim, FIELD(ID), FIELD(Namespace), FIELD(JobID), FIELD(TaskGroupName), FIELD(AllocID),
         FIELD(VolumeID), FIELD(VolumeName), FIELD(CreateIndex), FIELD(ModifyIndex));

DESCRIBE(CSIVolumeMountOptions, FIELD(Filesystem), FIELD(MountFlags));

}  // namespace drover::model
