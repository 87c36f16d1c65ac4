#pragma once
// Services and Consul Connect of a job specification.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/spec_resources.h"

namespace drover::model::spec {

struct Consul {
    std::string Namespace;
    std::string Cluster;
    std::string Partition;
};
DECLARE_TYPE(Consul);

struct CheckRestart {
    int64_t Limit = 0;
    Opt<Duration> Grace;
    bool IgnoreWarnings = false;
};
DECLARE_TYPE(CheckRestart);

struct ConsulGatewayBindAddress {
    std::string Name;
    std::string Address;
    int64_t Port = 0;
};
DECLARE_TYPE(ConsulGatewayBindAddress);

struct ConsulGatewayProxy {
    Opt<Duration> ConnectTimeout;
    bool EnvoyGatewayBindTaggedAddresses = false;
    Map<ConsulGatewayBindAddress> EnvoyGatewayBindAddresses;
    bool EnvoyGatewayNoDefaultBind = false;
    std::string EnvoyDNSDiscoveryType;
    Map<codec::Any> Config;
};
DECLARE_TYPE(ConsulGatewayProxy);

struct ConsulGatewayTLSSDSConfig {
    std::string ClusterName;
    std::string CertResource;
};
DECLARE_TYPE(ConsulGatewayTLSSDSConfig);

struct ConsulGatewayTLSConfig {
    bool Enabled = false;
    std::string TLSMinVersion;
    std::string TLSMaxVersion;
    List<std::string> CipherSuites;
    Box<ConsulGatewayTLSSDSConfig> SDS;
};
DECLARE_TYPE(ConsulGatewayTLSConfig);

struct ConsulHTTPHeaderModifiers {
    Map<std::string> Add;
    Map<std::string> Set;
    List<std::string> Remove;
};
DECLARE_TYPE(ConsulHTTPHeaderModifiers);

struct ConsulIngressService {
    std::string Name;
    List<std::string> Hosts;
    Box<ConsulGatewayTLSConfig> TLS;
    Box<ConsulHTTPHeaderModifiers> RequestHeaders;
    Box<ConsulHTTPHeaderModifiers> ResponseHeaders;
    Opt<uint32_t> MaxConnections;
    Opt<uint32_t> MaxPendingRequests;
    Opt<uint32_t> MaxConcurrentRequests;
};
DECLARE_TYPE(ConsulIngressService);

struct ConsulIngressListener {
    int64_t Port = 0;
    std::string Protocol;
    List<ConsulIngressService> Services;
};
DECLARE_TYPE(ConsulIngressListener);

struct ConsulIngressConfigEntry {
    Box<ConsulGatewayTLSConfig> TLS;
    List<ConsulIngressListener> Listeners;
};
DECLARE_TYPE(ConsulIngressConfigEntry);

struct ConsulLinkedService {
    std::string Name;
    std::string CAFile;
    std::string CertFile;
    std::string KeyFile;
    std::string SNI;
};
DECLARE_TYPE(ConsulLinkedService);

struct ConsulTerminatingConfigEntry {
    List<ConsulLinkedService> Services;
};
DECLARE_TYPE(ConsulTerminatingConfigEntry);

struct ConsulGateway {
    Box<ConsulGatewayProxy> Proxy;
    Box<ConsulIngressConfigEntry> Ingress;
    Box<ConsulTerminatingConfigEntry> Terminating;
    Opt<codec::Any> Mesh;
};
DECLARE_TYPE(ConsulGateway);

struct ConsulExposePath {
    std::string Path;
    std::string Protocol;
    int64_t LocalPathPort = 0;
    std::string ListenerPort;
};
DECLARE_TYPE(ConsulExposePath);

struct ConsulExposeConfig {
    List<ConsulExposePath> Paths;
    List<ConsulExposePath> Path;
};
DECLARE_TYPE(ConsulExposeConfig);

struct ConsulTransparentProxy {
    std::string UID;
    uint16_t OutboundPort = 0;
    List<std::string> ExcludeInboundPorts;
    List<uint16_t> ExcludeOutboundPorts;
    List<std::string> ExcludeOutboundCIDRs;
    List<std::string> ExcludeUIDs;
    bool NoDNS = false;
};
DECLARE_TYPE(ConsulTransparentProxy);

struct ConsulMeshGateway {
    std::string Mode;
};
DECLARE_TYPE(ConsulMeshGateway);

struct ConsulUpstream {
    std::string DestinationName;
    std::string DestinationNamespace;
    std::string DestinationPeer;
    std::string DestinationPartition;
    std::string DestinationType;
    int64_t LocalBindPort = 0;
    std::string Datacenter;
    std::string LocalBindAddress;
    std::string LocalBindSocketPath;
    std::string LocalBindSocketMode;
    Box<ConsulMeshGateway> MeshGateway;
    Map<codec::Any> Config;
};
DECLARE_TYPE(ConsulUpstream);

struct ConsulProxy {
    std::string LocalServiceAddress;
    int64_t LocalServicePort = 0;
    Box<ConsulExposeConfig> Expose;
    Box<ConsulExposeConfig> ExposeConfig;
    List<ConsulUpstream> Upstreams;
    Box<ConsulTransparentProxy> TransparentProxy;
    Map<codec::Any> Config;
};
DECLARE_TYPE(ConsulProxy);

struct ConsulSidecarService {
    List<std::string> Tags;
    std::string Port;
    Box<ConsulProxy> Proxy;
    bool DisableDefaultTCPCheck = false;
    Map<std::string> Meta;
};
DECLARE_TYPE(ConsulSidecarService);

struct LogConfig {
    Opt<int64_t> MaxFiles;
    Opt<int64_t> MaxFileSizeMB;
    Opt<bool> Enabled;
    Opt<bool> Disabled;
};
DECLARE_TYPE(LogConfig);

struct WorkloadIdentity {
    std::string Name;
    List<std::string> Audience;
    std::string ChangeMode;
    std::string ChangeSignal;
    bool Env = false;
    bool File = false;
    std::string Filepath;
    std::string ServiceName;
    Duration TTL;
    List<std::string> ExtraClaims;
};
DECLARE_TYPE(WorkloadIdentity);

struct SidecarTask {
    std::string Name;
    std::string Driver;
    std::string User;
    Map<codec::Any> Config;
    Map<std::string> Env;
    Box<spec::Resources> Resources;
    Map<std::string> Meta;
    Opt<Duration> KillTimeout;
    Box<spec::LogConfig> LogConfig;
    Opt<Duration> ShutdownDelay;
    std::string KillSignal;
    List<VolumeMount> VolumeMounts;
    List<WorkloadIdentity> Identities;
};
DECLARE_TYPE(SidecarTask);

struct ConsulConnect {
    bool Native = false;
    Box<ConsulGateway> Gateway;
    Box<ConsulSidecarService> SidecarService;
    Box<spec::SidecarTask> SidecarTask;
};
DECLARE_TYPE(ConsulConnect);

struct ServiceCheck {
    std::string Name;
    std::string Type;
    std::string Command;
    List<std::string> Args;
    std::string Path;
    std::string Protocol;
    std::string PortLabel;
    bool Expose = false;
    std::string AddressMode;
    std::string Advertise;
    Duration Interval;
    Duration Timeout;
    std::string InitialStatus;
    std::string Notes;
    std::string TLSServerName;
    bool TLSSkipVerify = false;
    Map<List<std::string>> Header;
    std::string Method;
    Box<spec::CheckRestart> CheckRestart;
    std::string GRPCService;
    bool GRPCUseTLS = false;
    std::string TaskName;
    int64_t SuccessBeforePassing = 0;
    int64_t FailuresBeforeCritical = 0;
    int64_t FailuresBeforeWarning = 0;
    std::string Body;
    std::string OnUpdate;
};
DECLARE_TYPE(ServiceCheck);

struct ServiceWeights {
    int64_t Passing = 0;
    int64_t Warning = 0;
};
DECLARE_TYPE(ServiceWeights);

struct Service {
    std::string Name;
    List<std::string> Tags;
    List<std::string> CanaryTags;
    bool EnableTagOverride = false;
    std::string PortLabel;
    std::string AddressMode;
    std::string Address;
    List<ServiceCheck> Checks;
    Box<spec::CheckRestart> CheckRestart;
    Box<ConsulConnect> Connect;
    Map<std::string> Meta;
    Map<std::string> CanaryMeta;
    Map<std::string> TaggedAddresses;
    std::string TaskName;
    std::string OnUpdate;
    Box<WorkloadIdentity> Identity;
    Box<ServiceWeights> Weights;
    std::string Provider;
    std::string Cluster;
    std::string Kind;
};
DECLARE_TYPE(Service);

struct WaitConfig {
    Opt<Duration> Min;
    Opt<Duration> Max;
};
DECLARE_TYPE(WaitConfig);

}  // namespace drover::model::spec
