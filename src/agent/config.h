#pragma once
// The configuration of an agent as its files and flags give it, with the defaults of those that have one. Keys of files
// are the HCL names of the rows; JSON, as /v1/agent/self shows it, uses the members' names. Durations and sizes stay
// text as people wrote them; whoever uses one has had it checked at load. Values: read-only once an Agent has it.

#include <string>

#include "agent/config_client.h"
#include "agent/config_integrations.h"
#include "agent/config_server.h"
#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"

namespace drover::agent {

struct Ports {
    int64_t HTTP = 4646;
    int64_t RPC = 4647;
    int64_t Serf = 4648;
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
    std::string InMemoryCollectionInterval = "10s";
    std::string InMemoryRetentionPeriod = "1m";
    std::string StatsiteAddr;
    std::string StatsdAddr;
    std::string DataDogAddr;
    List<std::string> DataDogTags;
    bool PrometheusMetrics = false;
    bool DisableHostname = false;
    bool UseNodeName = false;
    std::string CollectionInterval = "1s";
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

struct Limits {
    std::string HTTPSHandshakeTimeout = "5s";
    Opt<int64_t> HTTPMaxConnsPerClient = 100;
    std::string RPCHandshakeTimeout = "5s";
    Opt<int64_t> RPCMaxConnsPerClient = 100;
};
DECLARE_TYPE(Limits);

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

struct PluginConfig {
    std::string Name;
    List<std::string> Args;
    codec::AnyObject Config;
};
DECLARE_TYPE(PluginConfig);

struct Eventlog {
    bool Enabled = false;
    std::string Level;
};
DECLARE_TYPE(Eventlog);

struct Config {
    std::string Region = "global";
    std::string Datacenter = "dc1";
    std::string NodeName;
    std::string DataDir;
    std::string PluginDir;
    std::string LogLevel = "INFO";
    bool LogJson = false;
    std::string LogFile;
    bool LogIncludeLocation = false;
    std::string LogRotateDuration;
    int64_t LogRotateBytes = 0;
    int64_t LogRotateMaxFiles = 0;
    std::string BindAddr = "0.0.0.0";
    bool EnableDebug = false;
    Box<agent::Ports> Ports;
    Box<agent::Addresses> Addresses;
    Box<agent::AdvertiseAddrs> AdvertiseAddrs;
    Box<ClientConfig> Client;
    Box<ServerConfig> Server;
    Box<RPCConfig> RPC;
    Box<ACLConfig> ACL;
    Box<agent::Telemetry> Telemetry;
    bool LeaveOnInt = false;
    bool LeaveOnTerm = false;
    bool EnableSyslog = false;
    std::string SyslogFacility = "LOCAL0";
    Opt<bool> DisableUpdateCheck;
    bool DisableAnonymousSignature = false;
    List<ConsulConfig> Consuls;
    List<VaultConfig> Vaults;
    Box<UIConfig> UI;
    bool DevMode = false;
    List<std::string> Files;
    List<std::string> ConfigPaths;
    Box<agent::TLSConfig> TLSConfig;
    Map<std::string> HTTPAPIResponseHeaders;
    Box<SentinelConfig> Sentinel;
    Box<AutopilotConfig> Autopilot;
    List<PluginConfig> Plugins;
    agent::Limits Limits;
    Box<AuditConfig> Audit;
    Box<ReportingConfig> Reporting;
    List<codec::AnyObject> KEKProviders;
};
DECLARE_TYPE(Config);

}  // namespace drover::agent
