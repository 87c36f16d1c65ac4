#pragma once
// The `client` block of an agent's configuration.

#include <string>

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/node.h"

namespace drover::agent {

struct Resources {
    int64_t CPU = 0;
    int64_t MemoryMB = 0;
    int64_t DiskMB = 0;
    std::string ReservedPorts;
    std::string Cores;
};
DECLARE_TYPE(Resources);

struct ServerJoin {
    List<std::string> StartJoin;
    List<std::string> RetryJoin;
    int64_t RetryMaxAttempts = 0;
    std::string RetryIntervalHCL;
};
DECLARE_TYPE(ServerJoin);

struct ArtifactConfig {
    Opt<std::string> HTTPReadTimeout;
    Opt<std::string> HTTPMaxSize;
    Opt<std::string> GCSTimeout;
    Opt<std::string> GitTimeout;
    Opt<std::string> HgTimeout;
    Opt<std::string> S3Timeout;
    Opt<int64_t> DecompressionFileCountLimit;
    Opt<std::string> DecompressionSizeLimit;
    Opt<bool> DisableArtifactInspection;
    Opt<bool> DisableFilesystemIsolation;
    List<std::string> FilesystemIsolationExtraPaths;
    Opt<std::string> SetEnvironmentVariables;
};
DECLARE_TYPE(ArtifactConfig);

struct DrainConfig {
    Opt<std::string> Deadline;
    Opt<bool> IgnoreSystemJobs;
    Opt<bool> Force;
};
DECLARE_TYPE(DrainConfig);

struct UsersConfig {
    Opt<int64_t> MinDynamicUser;
    Opt<int64_t> MaxDynamicUser;
};
DECLARE_TYPE(UsersConfig);

struct ClientConfig {
    bool Enabled = false;
    std::string StateDir;
    std::string AllocDir;
    std::string AllocMountsDir;
    std::string HostVolumesDir;
    std::string HostVolumePluginDir;
    std::string IntroToken;
    std::string CommonPluginDir;
    List<std::string> Servers;
    std::string NodeClass;
    std::string NodePool = "default";
    Map<std::string> Options;
    Map<std::string> Meta;
    Map<std::string> ChrootEnv;
    std::string NetworkInterface;
    std::string PreferredAddressFamily;
    int64_t NetworkSpeed = 0;
    bool CpuDisableDmidecode = false;
    int64_t CpuCompute = 0;
    int64_t MemoryMB = 0;
    int64_t DiskTotalMB = 0;
    int64_t DiskFreeMB = 0;
    std::string ReservableCores;
    std::string MaxKillTimeout = "30s";
    int64_t ClientMaxPort = 14512;
    int64_t ClientMinPort = 14000;
    int64_t MaxDynamicPort = 32000;
    int64_t MinDynamicPort = 20000;
    Box<agent::Resources> Reserved;
    std::string GCIntervalHCL = "1m";
    int64_t GCParallelDestroys = 2;
    double GCDiskUsageThreshold = 80;
    double GCInodeUsageThreshold = 70;
    int64_t GCMaxAllocs = 50;
    bool GCVolumesOnNodeGC = false;
    Opt<bool> NoHostUUID;
    bool DisableRemoteExec = false;
    codec::AnyObject TemplateConfig;
    Box<agent::ServerJoin> ServerJoin;
    List<model::ClientHostVolumeConfig> HostVolumes;
    std::string CNIPath = "/opt/cni/bin";
    std::string CNIConfigDir = "/opt/cni/config";
    std::string BridgeNetworkName;
    std::string BridgeNetworkSubnet;
    std::string BridgeNetworkSubnetIPv6;
    bool BridgeNetworkHairpinMode = false;
    List<model::ClientHostNetworkConfig> HostNetworks;
    bool BindWildcardDefaultHostNetwork = true;
    std::string CgroupParent;
    Opt<bool> NomadServiceDiscovery;
    Box<ArtifactConfig> Artifact;
    Box<DrainConfig> Drain;
    Box<UsersConfig> Users;
    int64_t NodeMaxAllocs = 0;
    std::string LogFile;
    List<codec::AnyObject> Fingerprinters;
    bool DefaultIneligible = false;
};
DECLARE_TYPE(ClientConfig);

}  // namespace drover::agent
