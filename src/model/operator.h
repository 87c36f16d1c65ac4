#pragma once
// Configuration and health that operators see and set.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"

namespace drover::model {

struct AutopilotConfig {
    bool CleanupDeadServers = false;
    Duration ServerStabilizationTime;
    Duration LastContactThreshold;
    uint64_t MaxTrailingLogs = 0;
    uint64_t MinQuorum = 0;
    bool EnableRedundancyZones = false;
    bool DisableUpgradeMigration = false;
    bool EnableCustomUpgrades = false;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(AutopilotConfig);

struct AutopilotZoneUpgradeVersions {
    List<std::string> TargetVersionVoters;
    List<std::string> TargetVersionNonVoters;
    List<std::string> OtherVersionVoters;
    List<std::string> OtherVersionNonVoters;
};
DECLARE_TYPE(AutopilotZoneUpgradeVersions);

struct AutopilotUpgrade {
    std::string Status;
    std::string TargetVersion;
    List<std::string> TargetVersionVoters;
    List<std::string> TargetVersionNonVoters;
    List<std::string> TargetVersionReadReplicas;
    List<std::string> OtherVersionVoters;
    List<std::string> OtherVersionNonVoters;
    List<std::string> OtherVersionReadReplicas;
    Map<AutopilotZoneUpgradeVersions> RedundancyZones;
};
DECLARE_TYPE(AutopilotUpgrade);

struct AutopilotZone {
    List<std::string> Servers;
    List<std::string> Voters;
    int64_t FailureTolerance = 0;
};
DECLARE_TYPE(AutopilotZone);

struct ClusterMetadata {
    std::string ClusterID;
    int64_t CreateTime = 0;
};
DECLARE_TYPE(ClusterMetadata);

struct ServerHealth {
    std::string ID;
    std::string Name;
    std::string Address;
    std::string SerfStatus;
    std::string Version;
    bool Leader = false;
    Duration LastContact;
    uint64_t LastTerm = 0;
    uint64_t LastIndex = 0;
    bool Healthy = false;
    bool Voter = false;
    Time StableSince;
};
DECLARE_TYPE(ServerHealth);

struct OperatorHealthReply {
    bool Healthy = false;
    int64_t FailureTolerance = 0;
    List<ServerHealth> Servers;
    std::string Leader;
    List<std::string> Voters;
    List<std::string> ReadReplicas;
    Map<AutopilotZone> RedundancyZones;
    Box<AutopilotUpgrade> Upgrade;
    int64_t OptimisticFailureTolerance = 0;
};
DECLARE_TYPE(OperatorHealthReply);

struct PreemptionConfig {
    bool SystemSchedulerEnabled = false;
    bool SysBatchSchedulerEnabled = false;
    bool BatchSchedulerEnabled = false;
    bool ServiceSchedulerEnabled = false;
};
DECLARE_TYPE(PreemptionConfig);

struct RaftIDAddress {
    std::string Address;
    std::string ID;
};
DECLARE_TYPE(RaftIDAddress);

struct RaftServer {
    std::string ID;
    std::string Node;
    std::string Address;
    bool Leader = false;
    bool Voter = false;
    std::string RaftProtocol;
};
DECLARE_TYPE(RaftServer);

struct RaftStats {
    std::string LastContact;
    uint64_t LastTerm = 0;
    uint64_t LastIndex = 0;
};
DECLARE_TYPE(RaftStats);

struct SchedulerConfiguration {
    std::string SchedulerAlgorithm;
    model::PreemptionConfig PreemptionConfig;
    bool MemoryOversubscriptionEnabled = false;
    bool RejectJobRegistration = false;
    bool PauseEvalBroker = false;
    uint64_t NodeLimitForFeasibilityChecks = 0;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(SchedulerConfiguration);

struct ServerMember {
    std::string Name;
    Bytes Addr;
    uint16_t Port = 0;
    Map<std::string> Tags;
    std::string Status;
    uint8_t ProtocolMin = 0;
    uint8_t ProtocolMax = 0;
    uint8_t ProtocolCur = 0;
    uint8_t DelegateMin = 0;
    uint8_t DelegateMax = 0;
    uint8_t DelegateCur = 0;
};
DECLARE_TYPE(ServerMember);

}  // namespace drover::model
