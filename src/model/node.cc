#include "model/node.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(CSIControllerInfo, FIELD(SupportsCreateDelete), FIELD(SupportsAttachDetach), FIELD(SupportsListVolumes),
         FIELD(SupportsGetCapacity), FIELD(SupportsCreateDeleteSnapshot), FIELD(SupportsListSnapshots),
         FIELD(SupportsClone), FIELD(SupportsReadOnlyAttach), FIELD(SupportsExpand),
         FIELD(SupportsListVolumesAttachedNodes), FIELD(SupportsCondition), FIELD(SupportsGet));

DESCRIBE(CSITopology, FIELD(Segments));

DESCRIBE(CSINodeInfo, FIELD(ID), FIELD(MaxVolumes), FIELD(AccessibleTopology), FIELD(RequiresNodeStageVolume),
         FIELD(SupportsStats), FIELD(SupportsExpand), FIELD(SupportsCondition));

DESCRIBE(CSIInfo, FIELD(PluginID), FIELD(AllocID), FIELD(Healthy), FIELD(HealthDescription), FIELD(UpdateTime),
         FIELD(Provider), FIELD(ProviderVersion), FIELD(RequiresControllerPlugin), FIELD(RequiresTopologies),
         FIELD(ControllerInfo), FIELD(NodeInfo));

DESCRIBE(ClientHostNetworkConfig, FIELD(Name).hcl_label("name"), FIELD(CIDR).hcl_attribute("cidr"),
         FIELD(Interface).hcl_attribute("interface"), FIELD(ReservedPorts).hcl_attribute("reserved_ports"));

DESCRIBE(ClientHostVolumeConfig, FIELD(Name).hcl_label("name"), FIELD(Path).hcl_attribute("path"),
         FIELD(ReadOnly).hcl_attribute("read_only"), FIELD(ID));

DESCRIBE(DrainMetadata, FIELD(StartedAt), FIELD(UpdatedAt), FIELD(Status), FIELD(AccessorID), FIELD(Meta));

DESCRIBE(DrainSpec, FIELD(Deadline), FIELD(IgnoreSystemJobs));

DESCRIBE(DrainStrategy, EMBED(DrainSpec), FIELD(ForceDeadline), FIELD(StartedAt));

DESCRIBE(DriverInfo, FIELD(Attributes), FIELD(Detected), FIELD(Healthy), FIELD(HealthDescription), FIELD(UpdateTime));

DESCRIBE(LegacyNodeCpuResources, FIELD(CpuShares), FIELD(TotalCpuCores), FIELD(ReservableCpuCores));

DESCRIBE(NodeEvent, FIELD(Message), FIELD(Subsystem), FIELD(Details), FIELD(Timestamp), FIELD(CreateIndex));

DESCRIBE(NodeReservedCpuResources, FIELD(CpuShares), FIELD(ReservedCpuCores));

DESCRIBE(NodeReservedDiskResources, FIELD(DiskMB));

DESCRIBE(NodeReservedMemoryResources, FIELD(MemoryMB));

DESCRIBE(NodeReservedNetworkResources, FIELD(ReservedHostPorts));

DESCRIBE(NodeReservedResources, FIELD(Cpu), FIELD(Memory), FIELD(Disk), FIELD(Networks));

DESCRIBE(NodeDevice, FIELD(ID), FIELD(Healthy), FIELD(HealthDescription), FIELD(Locality));

DESCRIBE(NodeDeviceResource, FIELD(Vendor), FIELD(Type), FIELD(Name), FIELD(Instances), FIELD(Attributes));

DESCRIBE(NodeDiskResources, FIELD(DiskMB));

DESCRIBE(NodeMemoryResources, FIELD(MemoryMB));

DESCRIBE(NodeNetworkAddress, FIELD(Family), FIELD(Alias), FIELD(Address), FIELD(ReservedPorts), FIELD(Gateway));

DESCRIBE(NodeNetworkResource, FIELD(Mode), FIELD(Device), FIELD(MacAddress), FIELD(Speed), FIELD(Addresses));

DESCRIBE(Core, FIELD(SocketID), FIELD(NodeID), FIELD(ID), FIELD(Grade), FIELD(Disable), FIELD(BaseSpeed),
         FIELD(MaxSpeed), FIELD(GuessSpeed));

DESCRIBE(Topology, FIELD(Nodes), FIELD(Distances), FIELD(Cores), FIELD(BusAssociativity).wire_only(),
         FIELD(OverrideTotalCompute), FIELD(OverrideWitholdCompute));

DESCRIBE(NodeProcessorResources, FIELD(Topology));

DESCRIBE(NodeResources, FIELD(Cpu), FIELD(Processors), FIELD(Memory), FIELD(Disk), FIELD(Devices), FIELD(NodeNetworks),
         FIELD(Networks), FIELD(MinDynamicPort), FIELD(MaxDynamicPort));

DESCRIBE(Node, FIELD(ID), FIELD(SecretID).secret(), FIELD(Datacenter), FIELD(Name), FIELD(CgroupParent),
         FIELD(HTTPAddr), FIELD(TLSEnabled), FIELD(Attributes), FIELD(NodeResources), FIELD(ReservedResources),
         FIELD(Links), FIELD(Meta), FIELD(NodeClass), FIELD(NodePool), FIELD(ComputedClass), FIELD(DrainStrategy),
         FIELD(SchedulingEligibility), FIELD(Status), FIELD(StatusDescription), FIELD(IdentitySigningKeyID),
         FIELD(StatusUpdatedAt), FIELD(Events), FIELD(Drivers), FIELD(CSIControllerPlugins), FIELD(CSINodePlugins),
         FIELD(HostVolumes), FIELD(GCVolumesOnNodeGC), FIELD(HostNetworks), FIELD(LastDrain), FIELD(NodeMaxAllocs),
         FIELD(LastMissedHeartbeatIndex), FIELD(LastAllocUpdateIndex), FIELD(CreateIndex), FIELD(ModifyIndex));

DESCRIBE(NodeListStub, FIELD(Address), FIELD(ID), FIELD(Attributes), FIELD(Datacenter), FIELD(Name), FIELD(NodePool),
         FIELD(NodeClass), FIELD(Version), FIELD(Drain), FIELD(SchedulingEligibility), FIELD(Status),
         FIELD(StatusDescription), FIELD(Drivers), FIELD(HostVolumes), FIELD(NodeResources), FIELD(ReservedResources),
         FIELD(LastDrain), FIELD(CreateIndex), FIELD(ModifyIndex));

DESCRIBE(NodePoolSchedulerConfiguration, FIELD(SchedulerAlgorithm), FIELD(MemoryOversubscriptionEnabled));

DESCRIBE(NodePool, FIELD(Name), FIELD(Description), FIELD(Meta), FIELD(SchedulerConfiguration), FIELD(NodeIdentityTTL),
         FIELD(Hash), FIELD(CreateIndex), FIELD(ModifyIndex));

DESCRIBE(NodeServerInfo, FIELD(RPCAdvertiseAddr), FIELD(RPCMajorVersion), FIELD(RPCMinorVersion), FIELD(Datacenter));

}  // namespace drover::model
