#pragma once
// The agent configuration file: every block and key that Nomad knows, with its name in HCL. Reading a file writes
// only what it mentions, so that files are merged by reading one after the other into the same value.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"

namespace drover::agent::file {

struct Ports {
    int64_t HTTP = 0;
    int64_t RPC = 0;
    int64_t Serf = 0;
};
DECLARE_TYPE(Ports);

struct Addresses {
    std::string HTTP;
    std::string RPC;
    std::string Serf;
};
DECLARE_TYPE(Addresses);

struct AdvertiseAddrs {
    std::string HTTP;
    std::string RPC;
    std::string Serf;
};
DECLARE_TYPE(AdvertiseAddrs);

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

struct HostVolumeBlock {
    std::string Name;
    std::string Path;
    bool ReadOnly = false;
};
DECLARE_TYPE(HostVolumeBlock);

struct HostNetworkBlock {
    std::string Name;
    std::string CIDR;
    std::string Interface;
    std::string ReservedPorts;
};
DECLARE_TYPE(HostNetworkBlock);

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

struct FingerprintBlock {
    std::string Name;
    std::string RetryInterval;
    int64_t RetryAttempts = 0;
    Opt<bool> ExitOnFailure;
};
DECLARE_TYPE(FingerprintBlock);

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
    std::string NodePool;
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
    std::string MaxKillTimeout;
    int64_t ClientMaxPort = 0;
    int64_t ClientMinPort = 0;
    int64_t MaxDynamicPort = 0;
    int64_t MinDynamicPort = 0;
    Box<Resources> Reserved;
    std::string GCIntervalHCL;
    int64_t GCParallelDestroys = 0;
    double GCDiskUsageThreshold = 0;
    double GCInodeUsageThreshold = 0;
    int64_t GCMaxAllocs = 0;
    bool GCVolumesOnNodeGC = false;
    Opt<bool> NoHostUUID;
    bool DisableRemoteExec = false;
    codec::Any TemplateConfig;
    Box<file::ServerJoin> ServerJoin;
    List<HostVolumeBlock> HostVolumes;
    std::string CNIPath;
    std::string CNIConfigDir;
    std::string BridgeNetworkName;
    std::string BridgeNetworkSubnet;
    std::string BridgeNetworkSubnetIPv6;
    bool BridgeNetworkHairpinMode = false;
    List<HostNetworkBlock> HostNetworks;
    bool BindWildcardDefaultHostNetwork = false;
    std::string CgroupParent;
    Opt<bool> NomadServiceDiscovery;
    Box<ArtifactConfig> Artifact;
    Box<DrainConfig> Drain;
    Box<UsersConfig> Users;
    int64_t NodeMaxAllocs = 0;
    std::string LogFile;
    List<FingerprintBlock> Fingerprinters;
    bool DefaultIneligible = false;
};
DECLARE_TYPE(ClientConfig);

struct ClientIntroduction {
    std::string Enforcement;
    std::string DefaultIdentityTTLHCL;
    std::string MaxIdentityTTLHCL;
};
DECLARE_TYPE(ClientIntroduction);

struct PreemptionBlock {
    Opt<bool> SystemSchedulerEnabled;
    Opt<bool> SysBatchSchedulerEnabled;
    Opt<bool> BatchSchedulerEnabled;
    Opt<bool> ServiceSchedulerEnabled;
};
DECLARE_TYPE(PreemptionBlock);

struct SchedulerBlock {
    std::string SchedulerAlgorithm;
    Box<PreemptionBlock> PreemptionConfig;
    bool MemoryOversubscriptionEnabled = false;
    bool RejectJobRegistration = false;
    bool PauseEvalBroker = false;
    int64_t NodeLimitForFeasibilityChecks = 0;
};
DECLARE_TYPE(SchedulerBlock);

struct PlanRejectionTracker {
    Opt<bool> Enabled;
    int64_t NodeThreshold = 0;
    std::string NodeWindowHCL;
};
DECLARE_TYPE(PlanRejectionTracker);

struct Search {
    bool FuzzyEnabled = false;
    int64_t LimitQuery = 0;
    int64_t LimitResults = 0;
    int64_t MinTermLength = 0;
};
DECLARE_TYPE(Search);

struct RaftBoltConfig {
    bool NoFreelistSync = false;
};
DECLARE_TYPE(RaftBoltConfig);

struct WALConfig {
    int64_t SegmentSizeMB = 0;
};
DECLARE_TYPE(WALConfig);

struct LogStoreVerificationConfig {
    bool Enabled = false;
    std::string Interval;
};
DECLARE_TYPE(LogStoreVerificationConfig);

struct RaftLogStoreConfig {
    std::string Backend;
    Box<RaftBoltConfig> BoltDB;
    Box<WALConfig> WAL;
    bool DisableLogCache = false;
    Box<LogStoreVerificationConfig> Verification;
};
DECLARE_TYPE(RaftLogStoreConfig);

struct ServerConfig {
    bool Enabled = false;
    std::string AuthoritativeRegion;
    int64_t BootstrapExpect = 0;
    Box<file::ClientIntroduction> ClientIntroduction;
    std::string DataDir;
    int64_t ProtocolVersion = 0;
    int64_t RaftProtocol = 0;
    Opt<int64_t> RaftMultiplier;
    Opt<int64_t> NumSchedulers;
    List<std::string> EnabledSchedulers;
    std::string NodeGCThreshold;
    std::string JobGCInterval;
    std::string JobGCThreshold;
    std::string EvalGCThreshold;
    std::string BatchEvalGCThreshold;
    std::string DeploymentGCThreshold;
    std::string CSIVolumeClaimGCInterval;
    std::string CSIVolumeClaimGCThreshold;
    std::string CSIPluginGCThreshold;
    std::string ACLTokenGCThreshold;
    std::string RootKeyGCInterval;
    std::string RootKeyGCThreshold;
    std::string RootKeyRotationThreshold;
    std::string HeartbeatGraceHCL;
    std::string MinHeartbeatTTLHCL;
    double MaxHeartbeatsPerSecond = 0;
    std::string FailoverHeartbeatTTLHCL;
    List<std::string> StartJoin;
    List<std::string> RetryJoin;
    int64_t RetryMaxAttempts = 0;
    std::string RetryIntervalHCL;
    bool RejoinAfterLeave = false;
    bool NonVotingServer = false;
    std::string RedundancyZone;
    std::string UpgradeVersion;
    std::string EncryptKey;
    Box<file::ServerJoin> ServerJoin;
    Box<SchedulerBlock> DefaultSchedulerConfig;
    Box<file::PlanRejectionTracker> PlanRejectionTracker;
    int64_t PlanApplyPipeline = 0;
    Opt<bool> EnableEventBroker;
    Opt<int64_t> EventBufferSize;
    std::string LicensePath;
    Box<file::Search> Search;
    double DeploymentQueryRateLimit = 0;
    Box<file::RaftLogStoreConfig> RaftLogStoreConfig;
    Box<file::RaftBoltConfig> RaftBoltConfig;
    Opt<int64_t> RaftSnapshotThreshold;
    Opt<std::string> RaftSnapshotInterval;
    Opt<int64_t> RaftTrailingLogs;
    Opt<int64_t> JobDefaultPriority;
    Opt<int64_t> JobMaxPriority;
    Opt<int64_t> JobMaxCount;
    Opt<std::string> JobMaxSourceSize;
    Opt<int64_t> JobTrackedVersions;
    std::string OIDCIssuer;
    std::string StartTimeout;
    std::string LogFile;
    bool NonProduction = false;
};
DECLARE_TYPE(ServerConfig);

struct RPCConfig {
    int64_t AcceptBacklog = 0;
    std::string KeepAliveIntervalHCL;
    std::string ConnectionWriteTimeoutHCL;
    std::string StreamOpenTimeoutHCL;
    std::string StreamCloseTimeoutHCL;
    std::string DialTimeoutHCL;
};
DECLARE_TYPE(RPCConfig);

struct ACLConfig {
    bool Enabled = false;
    std::string TokenTTLHCL;
    std::string PolicyTTLHCL;
    std::string RoleTTLHCL;
    std::string ReplicationToken;
    std::string TokenMinExpirationTTLHCL;
    std::string TokenMaxExpirationTTLHCL;
};
DECLARE_TYPE(ACLConfig);

struct Telemetry {
    std::string InMemoryCollectionInterval;
    std::string InMemoryRetentionPeriod;
    std::string StatsiteAddr;
    std::string StatsdAddr;
    std::string DataDogAddr;
    List<std::string> DataDogTags;
    bool PrometheusMetrics = false;
    bool DisableHostname = false;
    bool UseNodeName = false;
    std::string CollectionInterval;
    bool PublishAllocationMetrics = false;
    bool PublishNodeMetrics = false;
    bool IncludeAllocMetadataInMetrics = false;
    List<std::string> AllowedMetadataKeysInMetrics;
    List<std::string> PrefixFilter;
    Opt<bool> FilterDefault;
    bool DisableDispatchedJobSummaryMetrics = false;
    bool DisableQuotaUtilizationMetrics = false;
    bool DisableRPCRateMetricsLabels = false;
    Opt<bool> DisableAllocationHookMetrics;
    std::string CirconusAPIToken;
    std::string CirconusAPIApp;
    std::string CirconusAPIURL;
    std::string CirconusSubmissionInterval;
    std::string CirconusCheckSubmissionURL;
    std::string CirconusCheckID;
    std::string CirconusCheckForceMetricActivation;
    std::string CirconusCheckInstanceID;
    std::string CirconusCheckSearchTag;
    std::string CirconusCheckTags;
    std::string CirconusCheckDisplayName;
    std::string CirconusBrokerID;
    std::string CirconusBrokerSelectTag;
};
DECLARE_TYPE(Telemetry);

struct WorkloadIdentityConfig {
    std::string Name;
    List<std::string> Audience;
    Opt<bool> Env;
    Opt<bool> File;
    std::string Filepath;
    Opt<Duration> TTL;
    std::string TTLHCL;
    Map<std::string> ExtraClaims;
};
DECLARE_TYPE(WorkloadIdentityConfig);

struct ConsulConfig {
    std::string Name;
    std::string ServerServiceName;
    std::string ServerHTTPCheckName;
    std::string ServerSerfCheckName;
    std::string ServerRPCCheckName;
    int64_t ServerFailuresBeforeCritical = 0;
    int64_t ServerFailuresBeforeWarning = 0;
    std::string ClientServiceName;
    std::string ClientHTTPCheckName;
    int64_t ClientFailuresBeforeCritical = 0;
    int64_t ClientFailuresBeforeWarning = 0;
    List<std::string> Tags;
    Opt<bool> AutoAdvertise;
    Opt<bool> ChecksUseAdvertise;
    std::string Addr;
    std::string GRPCAddr;
    Duration Timeout;
    std::string TimeoutHCL;
    std::string Token;
    std::string Auth;
    Opt<bool> EnableSSL;
    Opt<bool> ShareSSL;
    Opt<bool> VerifySSL;
    std::string GRPCCAFile;
    std::string CAFile;
    std::string CertFile;
    std::string KeyFile;
    Opt<bool> ServerAutoJoin;
    Opt<bool> ClientAutoJoin;
    std::string Namespace;
    Box<WorkloadIdentityConfig> ServiceIdentity;
    std::string ServiceIdentityAuthMethod;
    Box<WorkloadIdentityConfig> TaskIdentity;
    std::string TaskIdentityAuthMethod;
};
DECLARE_TYPE(ConsulConfig);

struct VaultConfig {
    std::string Name;
    Opt<bool> Enabled;
    std::string Role;
    std::string Namespace;
    std::string Addr;
    std::string JWTAuthBackendPath;
    std::string TLSCaFile;
    std::string TLSCaPath;
    std::string TLSCertFile;
    std::string TLSKeyFile;
    Opt<bool> TLSSkipVerify;
    std::string TLSServerName;
    Box<WorkloadIdentityConfig> DefaultIdentity;
    std::string Token;
};
DECLARE_TYPE(VaultConfig);

struct ContentSecurityPolicy {
    List<std::string> ConnectSrc;
    List<std::string> DefaultSrc;
    List<std::string> FormAction;
    List<std::string> FrameAncestors;
    List<std::string> ImgSrc;
    List<std::string> ScriptSrc;
    List<std::string> StyleSrc;
};
DECLARE_TYPE(ContentSecurityPolicy);

struct ConsulUIConfig {
    std::string BaseUIURL;
};
DECLARE_TYPE(ConsulUIConfig);

struct VaultUIConfig {
    std::string BaseUIURL;
};
DECLARE_TYPE(VaultUIConfig);

struct LabelUIConfig {
    std::string Text;
    std::string BackgroundColor;
    std::string TextColor;
};
DECLARE_TYPE(LabelUIConfig);

struct UIConfig {
    bool Enabled = false;
    Box<file::ContentSecurityPolicy> ContentSecurityPolicy;
    Box<ConsulUIConfig> Consul;
    Box<VaultUIConfig> Vault;
    Box<LabelUIConfig> Label;
    Opt<bool> ShowCLIHints;
};
DECLARE_TYPE(UIConfig);

struct TLSConfig {
    bool EnableHTTP = false;
    bool EnableRPC = false;
    bool VerifyServerHostname = false;
    std::string CAFile;
    std::string CertFile;
    std::string KeyFile;
    bool RPCUpgradeMode = false;
    bool VerifyHTTPSClient = false;
    std::string TLSCipherSuites;
    std::string TLSMinVersion;
};
DECLARE_TYPE(TLSConfig);

struct SentinelImport {
    std::string Name;
    std::string Path;
    List<std::string> Args;
};
DECLARE_TYPE(SentinelImport);

struct SentinelConfig {
    List<SentinelImport> Imports;
    List<std::string> AdditionalEnabledModules;
};
DECLARE_TYPE(SentinelConfig);

struct AutopilotConfig {
    Opt<bool> CleanupDeadServers;
    std::string ServerStabilizationTimeHCL;
    std::string LastContactThresholdHCL;
    int64_t MaxTrailingLogs = 0;
    int64_t MinQuorum = 0;
    Opt<bool> EnableRedundancyZones;
    Opt<bool> DisableUpgradeMigration;
    Opt<bool> EnableCustomUpgrades;
};
DECLARE_TYPE(AutopilotConfig);

struct PluginConfig {
    std::string Name;
    List<std::string> Args;
    Map<codec::Any> Config;
};
DECLARE_TYPE(PluginConfig);

struct Limits {
    std::string HTTPSHandshakeTimeout;
    Opt<int64_t> HTTPMaxConnsPerClient;
    std::string RPCHandshakeTimeout;
    Opt<int64_t> RPCMaxConnsPerClient;
};
DECLARE_TYPE(Limits);

struct AuditSink {
    std::string Name;
    std::string DeliveryGuarantee;
    std::string Type;
    std::string Format;
    std::string Path;
    std::string RotateDurationHCL;
    int64_t RotateBytes = 0;
    int64_t RotateMaxFiles = 0;
    std::string Mode;
};
DECLARE_TYPE(AuditSink);

struct AuditFilter {
    std::string Name;
    std::string Type;
    List<std::string> Endpoints;
    List<std::string> Stages;
    List<std::string> Operations;
};
DECLARE_TYPE(AuditFilter);

struct AuditConfig {
    Opt<bool> Enabled;
    List<AuditSink> Sinks;
    List<AuditFilter> Filters;
};
DECLARE_TYPE(AuditConfig);

struct LicenseReportingConfig {
    Opt<bool> Enabled;
};
DECLARE_TYPE(LicenseReportingConfig);

struct ReportingConfig {
    Box<LicenseReportingConfig> License;
    std::string ExportAddress;
    std::string ExportIntervalHCL;
    std::string SnapshotRetentionTimeHCL;
    Opt<bool> DisableUsageReporting;
};
DECLARE_TYPE(ReportingConfig);

struct Eventlog {
    bool Enabled = false;
    std::string Level;
};
DECLARE_TYPE(Eventlog);

struct Config {
    std::string Region;
    std::string Datacenter;
    std::string NodeName;
    std::string DataDir;
    std::string PluginDir;
    std::string LogLevel;
    bool LogJson = false;
    std::string LogFile;
    bool LogIncludeLocation = false;
    std::string LogRotateDuration;
    int64_t LogRotateBytes = 0;
    int64_t LogRotateMaxFiles = 0;
    std::string BindAddr;
    bool EnableDebug = false;
    Box<file::Ports> Ports;
    Box<file::Addresses> Addresses;
    Box<file::AdvertiseAddrs> AdvertiseAddrs;
    Box<ClientConfig> Client;
    Box<ServerConfig> Server;
    Box<RPCConfig> RPC;
    Box<ACLConfig> ACL;
    Box<file::Telemetry> Telemetry;
    bool LeaveOnInt = false;
    bool LeaveOnTerm = false;
    bool EnableSyslog = false;
    std::string SyslogFacility;
    Opt<bool> DisableUpdateCheck;
    bool DisableAnonymousSignature = false;
    List<ConsulConfig> Consuls;
    List<VaultConfig> Vaults;
    Box<UIConfig> UI;
    bool DevMode = false;
    List<std::string> Files;
    List<std::string> ConfigPaths;
    Box<file::TLSConfig> TLSConfig;
    Map<std::string> HTTPAPIResponseHeaders;
    Box<SentinelConfig> Sentinel;
    Box<AutopilotConfig> Autopilot;
    List<PluginConfig> Plugins;
    file::Limits Limits;
    Box<AuditConfig> Audit;
    Box<ReportingConfig> Reporting;
    Box<file::Eventlog> Eventlog;
};
DECLARE_TYPE(Config);

}  // namespace drover::agent::file
