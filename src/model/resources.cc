#include "model/resources.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(Affinity, FIELD(LTarget), FIELD(RTarget), FIELD(Operand), FIELD(Weight));

DESCRIBE(AllocatedCpuResources, FIELD(CpuShares), FIELD(ReservedCores));

DESCRIBE(AllocatedDeviceResource, FIELD(Vendor), FIELD(Type), FIELD(Name), FIELD(DeviceIDs));

DESCRIBE(AllocatedMemoryResources, FIELD(MemoryMB), FIELD(MemoryMaxMB));

DESCRIBE_OMITTING(AllocatedPortMapping, FIELD(Label), FIELD(Value), FIELD(To), FIELD(HostIP), FIELD(IgnoreCollision));

DESCRIBE(CNIConfig, FIELD(Args));

DESCRIBE(DNSConfig, FIELD(Servers), FIELD(Searches), FIELD(Options));

DESCRIBE_OMITTING(Port, FIELD(Label), FIELD(Value), FIELD(To), FIELD(HostNetwork), FIELD(IgnoreCollision));

DESCRIBE_OMITTING(NetworkResource, FIELD(Mode), FIELD(Device), FIELD(CIDR), FIELD(IP), FIELD(Hostname), FIELD(MBits),
                  FIELD(DNS), FIELD(ReservedPorts), FIELD(DynamicPorts), FIELD(CNI));

DESCRIBE(AllocatedSharedResources, FIELD(Networks), FIELD(DiskMB), FIELD(Ports));

DESCRIBE(AllocatedTaskResources, FIELD(Cpu), FIELD(Memory), FIELD(Networks), FIELD(Devices));

DESCRIBE(TaskLifecycleConfig, FIELD(Hook), FIELD(Sidecar));

DESCRIBE(AllocatedResources, FIELD(Tasks), FIELD(TaskLifecycles), FIELD(Shared));

DESCRIBE(Constraint, FIELD(LTarget), FIELD(RTarget), FIELD(Operand));

DESCRIBE(NUMA, FIELD(Affinity), FIELD(Devices));

DESCRIBE(NodeDeviceLocality, FIELD(PciBusID));

DESCRIBE(RequestedDevice, FIELD(Name), FIELD(Count), FIELD(Constraints), FIELD(Affinities));

DESCRIBE(Resources, FIELD(CPU), FIELD(Cores), FIELD(MemoryMB), FIELD(MemoryMaxMB), FIELD(DiskMB), FIELD(IOPS),
         FIELD(Networks), FIELD(Devices), FIELD(NUMA), FIELD(SecretsMB));

DESCRIBE(SpreadTarget, FIELD(Value), FIELD(Percent));

DESCRIBE(Spread, FIELD(Attribute), FIELD(Weight), FIELD(SpreadTarget));

DESCRIBE(VolumeMount, FIELD(Volume), FIELD(Destination), FIELD(ReadOnly), FIELD(PropagationMode), FIELD(SELinuxLabel));

}  // namespace drover::model
