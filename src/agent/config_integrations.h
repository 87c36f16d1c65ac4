#pragma once
// Blocks of an agent's configuration for what stands beside it: Consul, Vault, audit, reporting, the web interface.

#include <string>

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"

namespace drover::agent {

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

struct AuditFilter {
    std::string Name;
    std::string Type;
    List<std::string> Endpoints;
    List<std::string> Stages;
    List<std::string> Operations;
};
DECLARE_TYPE(AuditFilter);

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

struct AuditConfig {
    Opt<bool> Enabled;
    List<AuditSink> Sinks;
    List<AuditFilter> Filters;
};
DECLARE_TYPE(AuditConfig);

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

struct UIConfig {
    bool Enabled = true;
    Box<agent::ContentSecurityPolicy> ContentSecurityPolicy;
    Box<ConsulUIConfig> Consul;
    Box<VaultUIConfig> Vault;
    Box<LabelUIConfig> Label;
    Opt<bool> ShowCLIHints;
};
DECLARE_TYPE(UIConfig);

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

}  // namespace drover::agent
