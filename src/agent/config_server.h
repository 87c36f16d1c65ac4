#pragma once
// The `server` block of an agent's configuration.

#include <string>

#include "agent/config_client.h"
#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/operator.h"

namespace drover::agent {

struct ClientIntroduction {
    std::string Enforcement;
    std::string DefaultIdentityTTLHCL;
    std::string MaxIdentityTTLHCL;
};
DECLARE_TYPE(ClientIntroduction);

struct PlanRejectionTracker {
    Opt<bool> Enabled;
    int64_t NodeThreshold = 0;
    std::string NodeWindowHCL;
};
DECLARE_TYPE(PlanRejectionTracker);

struct Search {
    bool FuzzyEnabled = true;
    int64_t LimitQuery = 20;
    int64_t LimitResults = 100;
    int64_t MinTermLength = 2;
};
DECLARE_TYPE(Search);

struct LogStoreVerificationConfig {
    bool Enabled = false;
    std::string Interval;
};
DECLARE_TYPE(LogStoreVerificationConfig);

struct RaftBoltConfig {
    bool NoFreelistSync = false;
};
DECLARE_TYPE(RaftBoltConfig);

struct WALConfig {
    int64_t SegmentSizeMB = 0;
};
DECLARE_TYPE(WALConfig);

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
    Box<agent::ClientIntroduction> ClientIntroduction;
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
    Box<agent::ServerJoin> ServerJoin;
    Box<model::SchedulerConfiguration> DefaultSchedulerConfig;
    Box<agent::PlanRejectionTracker> PlanRejectionTracker;
    int64_t PlanApplyPipeline = 0;
    Opt<bool> EnableEventBroker;
    Opt<int64_t> EventBufferSize;
    std::string LicensePath;
    Box<agent::Search> Search;
    double DeploymentQueryRateLimit = 0;
    Box<agent::RaftLogStoreConfig> RaftLogStoreConfig;
    Box<agent::RaftBoltConfig> RaftBoltConfig;
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

}  // namespace drover::agent
