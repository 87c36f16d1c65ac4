#pragma once
// Resources, constraints, affinities and spreads of a job specification: every member that may be left out is optional.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"

namespace drover::model::spec {

inline constexpr std::string_view kGoPackage = "api";

struct Affinity {
    std::string LTarget;
    std::string RTarget;
    std::string Operand;
    Opt<int8_t> Weight;
};
DECLARE_TYPE(Affinity);

struct Constraint {
    std::string LTarget;
    std::string RTarget;
    std::string Operand;
};
DECLARE_TYPE(Constraint);

struct SpreadTarget {
    std::string Value;
    uint8_t Percent = 0;
};
DECLARE_TYPE(SpreadTarget);

struct Spread {
    std::string Attribute;
    Opt<int8_t> Weight;
    List<spec::SpreadTarget> SpreadTarget;
};
DECLARE_TYPE(Spread);

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
    Box<DNSConfig> DNS;
    List<Port> ReservedPorts;
    List<Port> DynamicPorts;
    std::string Hostname;
    Opt<int64_t> MBits;
    Box<CNIConfig> CNI;
};
DECLARE_TYPE(NetworkResource);

struct NUMAResource {
    std::string Affinity;
    List<std::string> Devices;
};
DECLARE_TYPE(NUMAResource);

struct RequestedDevice {
    std::string Name;
    Opt<uint64_t> Count;
    List<Constraint> Constraints;
    List<Affinity> Affinities;
};
DECLARE_TYPE(RequestedDevice);

struct Resources {
    Opt<int64_t> CPU;
    Opt<int64_t> Cores;
    Opt<int64_t> MemoryMB;
    Opt<int64_t> MemoryMaxMB;
    Opt<int64_t> DiskMB;
    List<NetworkResource> Networks;
    List<RequestedDevice> Devices;
    Box<NUMAResource> NUMA;
    Opt<int64_t> SecretsMB;
    Opt<int64_t> IOPS;
};
DECLARE_TYPE(Resources);

struct VolumeMount {
    Opt<std::string> Volume;
    Opt<std::string> Destination;
    Opt<bool> ReadOnly;
    Opt<std::string> PropagationMode;
    Opt<std::string> SELinuxLabel;
};
DECLARE_TYPE(VolumeMount);

}  // namespace drover::model::spec
