#pragma once
// Resources asked for and given: CPU, memory, disk, networks, ports, devices; constraints, affinities and spreads.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"

namespace drover::model {

struct Affinity {
    std::string LTarget;
    std::string RTarget;
    std::string Operand;
    int8_t Weight = 0;
};
DECLARE_TYPE(Affinity);

struct AllocatedCpuResources {
    int64_t CpuShares = 0;
    List<uint16_t> ReservedCores;
};
DECLARE_TYPE(AllocatedCpuResources);

struct AllocatedDeviceResource {
    std::string Vendor;
    std::string Type;
    std::string Name;
    List<std::string> DeviceIDs;
};
DECLARE_TYPE(AllocatedDeviceResource);

struct AllocatedMemoryResources {
    int64_t MemoryMB = 0;
    int64_t MemoryMaxMB = 0;
};
DECLARE_TYPE(AllocatedMemoryResources);

struct AllocatedPortMapping {
    std::string Label;
    int64_t Value = 0;
    int64_t To = 0;
    std::string HostIP;
    bool IgnoreCollision = false;
};
DECLARE_TYPE(AllocatedPortMapping);

struct CNIConfig {
    Map<std::string> Args;
};
DECLARE_TYPE(CNIConfig);

struct DNSConfig {
    List<std::string> Servers;
    List<std::string> Searches;
    List<std::string> Options;
};
DECLARE_TYPE(DNSConfig);

struct Port {
    std::string Label;
    int64_t Value = 0;
    int64_t To = 0;
    std::string HostNetwork;
    bool IgnoreCollision = false;
};
DECLARE_TYPE(Port);

struct NetworkResource {
    std::string Mode;
    std::string Device;
    std::string CIDR;
    std::string IP;
    std::string Hostname;
    int64_t MBits = 0;
    Box<DNSConfig> DNS;
    List<Port> ReservedPorts;
    List<Port> DynamicPorts;
    Box<CNIConfig> CNI;
};
DECLARE_TYPE(NetworkResource);

struct AllocatedSharedResources {
    List<NetworkResource> Networks;
    int64_t DiskMB = 0;
    List<AllocatedPortMapping> Ports;
};
DECLARE_TYPE(AllocatedSharedResources);

struct AllocatedTaskResources {
    AllocatedCpuResources Cpu;
    AllocatedMemoryResources Memory;
    List<NetworkResource> Networks;
    List<AllocatedDeviceResource> Devices;
};
DECLARE_TYPE(AllocatedTaskResources);

struct TaskLifecycleConfig {
    std::string Hook;
    bool Sidecar = false;
};
DECLARE_TYPE(TaskLifecycleConfig);

struct AllocatedResources {
    Map<AllocatedTaskResources> Tasks;
    Map<Box<TaskLifecycleConfig>> TaskLifecycles;
    AllocatedSharedResources Shared;
};
DECLARE_TYPE(AllocatedResources);

struct Constraint {
    std::string LTarget;
    std::string RTarget;
    std::string Operand;
};
DECLARE_TYPE(Constraint);

struct NUMA {
    std::string Affinity;
    List<std::string> Devices;
};
DECLARE_TYPE(NUMA);

struct NodeDeviceLocality {
    std::string PciBusID;
};
DECLARE_TYPE(NodeDeviceLocality);

struct RequestedDevice {
    std::string Name;
    uint64_t Count = 0;
    List<Constraint> Constraints;
    List<Affinity> Affinities;
};
DECLARE_TYPE(RequestedDevice);

struct Resources {
    int64_t CPU = 0;
    int64_t Cores = 0;
    int64_t MemoryMB = 0;
    int64_t MemoryMaxMB = 0;
    int64_t DiskMB = 0;
    int64_t IOPS = 0;
    List<NetworkResource> Networks;
    List<RequestedDevice> Devices;
    Box<model::NUMA> NUMA;
    int64_t SecretsMB = 0;
};
DECLARE_TYPE(Resources);

struct SpreadTarget {
    std::string Value;
    uint8_t Percent = 0;
};
DECLARE_TYPE(SpreadTarget);

struct Spread {
    std::string Attribute;
    int8_t Weight = 0;
    List<model::SpreadTarget> SpreadTarget;
};
DECLARE_TYPE(Spread);

struct VolumeMount {
    std::string Volume;
    std::string Destination;
    bool ReadOnly = false;
    std::string PropagationMode;
    std::string SELinuxLabel;
};
DECLARE_TYPE(VolumeMount);

}  // namespace drover::model
