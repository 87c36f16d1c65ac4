#pragma once
// What the machine of an agent looks like, for those who look into a fault: system, network, name resolution,
// environment without secrets, disks. Reading blocks: run it where blocking is allowed.

#include <string>

#include "base/containers.h"
#include "codec/type.h"

namespace drover::agent {

struct DiskUsage {
    int64_t DiskMB = 0;
    int64_t UsedMB = 0;
};
DECLARE_TYPE(DiskUsage);

struct HostData {
    std::string OS;
    List<Map<std::string>> Network;
    std::string ResolvConf;
    std::string Hosts;
    Map<std::string> Environment;
    Map<DiskUsage> Disk;  // by mount point
};
DECLARE_TYPE(HostData);

struct HostDataAnswer {
    std::string AgentID;
    agent::HostData HostData;
};
DECLARE_TYPE(HostDataAnswer);

HostData read_host_data(const Map<std::string>& environment);

// The environment with the values of those variables hidden that may hold a secret.
Map<std::string> without_secrets(const Map<std::string>& environment);

}  // namespace drover::agent
