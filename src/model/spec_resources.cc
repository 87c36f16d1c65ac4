#include "model/spec_resources.h"

#include "codec/describe.h"

namespace drover::model::spec {

DESCRIBE(Affinity, FIELD(LTarget).hcl_attribute("attribute"), FIELD(RTarget).hcl_attribute("value"),
         FIELD(Operand).hcl_attribute("operator"), FIELD(Weight).hcl_attribute("weight"));

DESCRIBE(Constraint, FIELD(LTarget).hcl_attribute("attribute"), FIELD(RTarget).hcl_attribute("value"),
         FIELD(Operand).hcl_attribute("operator"));

DESCRIBE(SpreadTarget, FIELD(Value).hcl_label(""), FIELD(Percent).hcl_attribute("percent"));

DESCRIBE(Spread, FIELD(Attribute).hcl_attribute("attribute"), FIELD(Weight).hcl_attribute("weight"),
         FIELD(SpreadTarget).hcl_block("target"));

DESCRIBE(CNIConfig, FIELD(Args).hcl_attribute("args"));

DESCRIBE(DNSConfig, FIELD(Servers).hcl_attribute("servers"), FIELD(Searches).hcl_attribute("searches"),
         FIELD(Options).hcl_attribute("options"));

DESCRIBE(Port, FIELD(Label).hcl_label(""), FIELD(Value).hcl_attribute("static"), FIELD(To).hcl_attribute("to"),
         FIELD(HostNetwork).hcl_attribute("host_network"), FIELD(IgnoreCollision).hcl_attribute("ignore_collision"));

DESCRIBE(NetworkResource, FIELD(Mode).hcl_attribute("mode"), FIELD(Device).hcl_attribute("device"),
         FIELD(CIDR).hcl_attribute("cidr"), FIELD(IP).hcl_attribute("ip"), FIELD(DNS).hcl_block("dns"),
         FIELD(ReservedPorts).hcl_block("reserved_ports"), FIELD(DynamicPorts).hcl_block("port"),
         FIELD(Hostname).hcl_attribute("hostname"), FIELD(MBits).hcl_attribute("mbits"), FIELD(CNI).hcl_block("cni"));

DESCRIBE(NUMAResource, FIELD(Affinity).hcl_attribute("affinity"), FIELD(Devices).hcl_attribute("devices"));

DESCRIBE(RequestedDevice, FIELD(Name).hcl_label(""), FIELD(Count).hcl_attribute("count"),
         FIELD(Constraints).hcl_block("constraint"), FIELD(Affinities).hcl_block("affinity"));

DESCRIBE(Resources, FIELD(CPU).hcl_attribute("cpu"), FIELD(Cores).hcl_attribute("cores"),
         FIELD(MemoryMB).hcl_attribute("memory"), FIELD(MemoryMaxMB).hcl_attribute("memory_max"),
         FIELD(DiskMB).hcl_attribute("disk"), FIELD(Networks).hcl_block("network"), FIELD(Devices).hcl_block("device"),
         FIELD(NUMA).hcl_block("numa"), FIELD(SecretsMB).hcl_attribute("secrets"), FIELD(IOPS).hcl_attribute("iops"));

DESCRIBE(VolumeMount, FIELD(Volume).hcl_attribute("volume"), FIELD(Destination).hcl_attribute("destination"),
         FIELD(ReadOnly).hcl_attribute("read_only"), FIELD(PropagationMode).hcl_attribute("propagation_mode"),
         FIELD(SELinuxLabel).hcl_attribute("selinux_label"));

}  // namespace drover::model::spec
