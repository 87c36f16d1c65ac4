#pragma once
// A client node: what it has, how it is, and the pool that it is in.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/resources.h"

namespace drover::model {

struct CSIControllerInfo {
    bool SupportsCreateDelete = false;
    bool SupportsAttachDetach = false;
    bool SupportsListVolumes = false;
    bool SupportsGetCapacity = false;
    bool SupportsCreateDeleteSnapshot = false;
    bool SupportsListSnapshots = false;
    bool SupportsClone = false;
    bool SupportsReadOnlyAttach = false;
    bool SupportsExpand = false;
    bool SupportsListVolumesAttachedNodes = false;
    bool SupportsCondition = false;
    bool SupportsGet = false;
};
DECLARE_TYPE(CSIControllerInfo);

struct CSITopology {
    Map<std::string> Segments;
};
DECLARE_TYPE(CSITopology);

struct CSINodeInfo {
    std::string ID;
    int64_t MaxVolumes = 0;
    Box<CSITopology> AccessibleTopology;
    bool RequiresNodeStageVolume = false;
    bool SupportsStats = false;
    bool SupportsExpand = false;
    bool SupportsCondition = false;
};
DECLARE_TYPE(CSINodeInfo);

struct CSIInfo {
    std::string PluginID;
    std::string AllocID;
    bool Healthy = false;
    std::string HealthDescription;
    Time UpdateTime;
    std::string Provider;
    std::string ProviderVersion;
    bool RequiresControllerPlugin = false;
    bool RequiresTopologies = false;
    Box<CSIControllerInfo> ControllerInfo;
    Box<CSINodeInfo> NodeInfo;
};
DECLARE_TYPE(CSIInfo);

struct ClientHostNetworkConfig {
    std::string Name;
    std::string CIDR;
    std::string Interface;
    std::string ReservedPorts;
};
DECLARE_TYPE(ClientHostNetworkConfig);

struct ClientHostVolumeConfig {
    std::string Name;
    std::string Path;
    bool ReadOnly = false;
    std::string ID;
};
DECLARE_TYPE(ClientHostVolumeConfig);

struct DrainMetadata {
    Time StartedAt;
    Time UpdatedAt;
    std::string Status;
    std::string AccessorID;
    Map<std::string> Meta;
};
DECLARE_TYPE(DrainMetadata);

struct DrainSpec {
    Duration Deadline;
    bool IgnoreSystemJobs = false;
};
DECLARE_TYPE(DrainSpec);

struct DrainStrategy : DrainSpec {
    Time ForceDeadline;
    Time StartedAt;
};
DECLARE_TYPE(DrainStrategy);

struct DriverInfo {
    Map<std::string> Attributes;
    bool Detected = false;
    bool Healthy = false;
    std::string HealthDescription;
    Time UpdateTime;
};
DECLARE_TYPE(DriverInfo);

struct LegacyNodeCpuResources {
    int64_t CpuShares = 0;
    uint16_t TotalCpuCores = 0;
    List<uint16_t> ReservableCpuCores;
};
DECLARE_TYPE(LegacyNodeCpuResources);

struct NodeEvent {
    std::string Message;
    std::string Subsystem;
    Map<std::string> Details;
    Time Timestamp;
    uint64_t CreateIndex = 0;
};
DECLARE_TYPE(NodeEvent);

struct NodeReservedCpuResources {
    int64_t CpuShares = 0;
    List<uint16_t> ReservedCpuCores;
};
DECLARE_TYPE(NodeReservedCpuResources);

struct NodeReservedDiskResources {
    int64_t DiskMB = 0;
};
DECLARE_TYPE(NodeReservedDiskResources);

struct NodeReservedMemoryResources {
    int64_t MemoryMB = 0;
};
DECLARE_TYPE(NodeReservedMemoryResources);

struct NodeReservedNetworkResources {
    std::string ReservedHostPorts;
};
DECLARE_TYPE(NodeReservedNetworkResources);

struct NodeReservedResources {
    NodeReservedCpuResources Cpu;
    NodeReservedMemoryResources Memory;
    NodeReservedDiskResources Disk;
    NodeReservedNetworkResources Networks;
};
DECLARE_TYPE(NodeReservedResources);

struct NodeDevice {
    std::string ID;
    bool Healthy = false;
    std::string HealthDescription;
    Box<NodeDeviceLocality> Locality;
};
DECLARE_TYPE(NodeDevice);

struct NodeDeviceResource {
    std::string Vendor;
    std::string Type;
    std::string Name;
    List<NodeDevice> Instances;
    Map<Opt<codec::Any>> Attributes;
};
DECLARE_TYPE(NodeDeviceResource);

struct NodeDiskResources {
    int64_t DiskMB = 0;
};
DECLARE_TYPE(NodeDiskResources);

struct NodeMemoryResources {
    int64_t MemoryMB = 0;
};
DECLARE_TYPE(NodeMemoryResources);

struct NodeNetworkAddress {
    std::string Family;
    std::string Alias;
    std::string Address;
    std::string ReservedPorts;
    std::string Gateway;
};
DECLARE_TYPE(NodeNetworkAddress);

struct NodeNetworkResource {
    std::string Mode;
    std::string Device;
    std::string MacAddress;
    int64_t Speed = 0;
    List<NodeNetworkAddress> Addresses;
};
DECLARE_TYPE(NodeNetworkResource);

struct Core {
    uint8_t SocketID = 0;
    uint8_t NodeID = 0;
    uint16_t ID = 0;
    bool Grade = false;
    bool Disable = false;
    uint64_t BaseSpeed = 0;
    uint64_t MaxSpeed = 0;
    uint64_t GuessSpeed = 0;
};
DECLARE_TYPE(Core);

struct Topology {
    List<uint8_t> Nodes;
    List<List<uint8_t>> Distances;
    List<Core> Cores;
    Map<uint8_t> BusAssociativity;
    uint64_t OverrideTotalCompute = 0;
    uint64_t OverrideWitholdCompute = 0;
};
DECLARE_TYPE(Topology);

struct NodeProcessorResources {
    Box<model::Topology> Topology;
};
DECLARE_TYPE(NodeProcessorResources);

struct NodeResources {
    LegacyNodeCpuResources Cpu;
    NodeProcessorResources Processors;
    NodeMemoryResources Memory;
    NodeDiskResources Disk;
    List<NodeDeviceResource> Devices;
    List<NodeNetworkResource> NodeNetworks;
    List<NetworkResource> Networks;
    int64_t MinDynamicPort = 0;
    int64_t MaxDynamicPort = 0;
};
DECLARE_TYPE(NodeResources);

struct Node {
    std::string ID;
    std::string SecretID;
    std::string Datacenter;
    std::string Name;
    std::string CgroupParent;
    std::string HTTPAddr;
    bool TLSEnabled = false;
    Map<std::string> Attributes;
    Box<model::NodeResources> NodeResources;
    Box<NodeReservedResources> ReservedResources;
    Map<std::string> Links;
    Map<std::string> Meta;
    std::string NodeClass;
    std::string NodePool;
    std::string ComputedClass;
    Box<model::DrainStrategy> DrainStrategy;
    std::string SchedulingEligibility;
    std::string Status;
    std::string StatusDescription;
    std::string IdentitySigningKeyID;
    int64_t StatusUpdatedAt = 0;
    List<NodeEvent> Events;
    Map<DriverInfo> Drivers;
    Map<CSIInfo> CSIControllerPlugins;
    Map<CSIInfo> CSINodePlugins;
    Map<ClientHostVolumeConfig> HostVolumes;
    bool GCVolumesOnNodeGC = false;
    Map<ClientHostNetworkConfig> HostNetworks;
    Box<DrainMetadata> LastDrain;
    int64_t NodeMaxAllocs = 0;
    uint64_t LastMissedHeartbeatIndex = 0;
    uint64_t LastAllocUpdateIndex = 0;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(Node);

struct NodeListStub {
    std::string Address;
    std::string ID;
    Map<std::string> Attributes;
    std::string Datacenter;
    std::string Name;
    std::string NodePool;
    std::string NodeClass;
    std::string Version;
    bool Drain = false;
    std::string SchedulingEligibility;
    std::string Status;
    std::string StatusDescription;
    Map<DriverInfo> Drivers;
    Map<ClientHostVolumeConfig> HostVolumes;
    Box<model::NodeResources> NodeResources;
    Box<NodeReservedResources> ReservedResources;
    Box<DrainMetadata> LastDrain;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(NodeListStub);

struct NodePoolSchedulerConfiguration {
    std::string SchedulerAlgorithm;
    Opt<bool> MemoryOversubscriptionEnabled;
};
DECLARE_TYPE(NodePoolSchedulerConfiguration);

struct NodePool {
    std::string Name;
    std::string Description;
    Map<std::string> Meta;
    Box<NodePoolSchedulerConfiguration> SchedulerConfiguration;
    Duration NodeIdentityTTL;
    Bytes Hash;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(NodePool);

struct NodeServerInfo {
    std::string RPCAdvertiseAddr;
    int32_t RPCMajorVersion = 0;
    int32_t RPCMinorVersion = 0;
    std::string Datacenter;
};
DECLARE_TYPE(NodeServerInfo);

}  // namespace drover::model
