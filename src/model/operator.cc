#include "model/operator.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(AutopilotConfig, FIELD(CleanupDeadServers), FIELD(ServerStabilizationTime).duration_as_text(),
         FIELD(LastContactThreshold).duration_as_text(), FIELD(MaxTrailingLogs), FIELD(MinQuorum),
         FIELD(EnableRedundancyZones), FIELD(DisableUpgradeMigration), FIELD(EnableCustomUpgrades), FIELD(CreateIndex),
         FIELD(ModifyIndex));

DESCRIBE(AutopilotZoneUpgradeVersions, FIELD(TargetVersionVoters), FIELD(TargetVersionNonVoters),
         FIELD(OtherVersionVoters), FIELD(OtherVersionNonVoters));

DESCRIBE(AutopilotUpgrade, FIELD(Status), FIELD(TargetVersion), FIELD(TargetVersionVoters),
         FIELD(TargetVersionNonVoters), FIELD(TargetVersionReadReplicas), FIELD(OtherVersionVoters),
         FIELD(OtherVersionNonVoters), FIELD(OtherVersionReadReplicas), FIELD(RedundancyZones));

DESCRIBE(AutopilotZone, FIELD(Servers), FIELD(Voters), FIELD(FailureTolerance));

DESCRIBE(ClusterMetadata, FIELD(ClusterID), FIELD(CreateTime));

DESCRIBE(ServerHealth, FIELD(ID), FIELD(Name), FIELD(Address), FIELD(SerfStatus), FIELD(Version), FIELD(Leader),
         FIELD(LastContact), FIELD(LastTerm), FIELD(LastIndex), FIELD(Healthy), FIELD(Voter), FIELD(StableSince));

DESCRIBE(OperatorHealthReply, FIELD(Healthy), FIELD(FailureTolerance), FIELD(Servers), FIELD(Leader), FIELD(Voters),
         FIELD(ReadReplicas), FIELD(RedundancyZones), FIELD(Upgrade), FIELD(OptimisticFailureTolerance));

DESCRIBE(PreemptionConfig, FIELD(SystemSchedulerEnabled), FIELD(SysBatchSchedulerEnabled), FIELD(BatchSchedulerEnabled),
         FIELD(ServiceSchedulerEnabled));

DESCRIBE(RaftIDAddress, FIELD(Address), FIELD(ID));

DESCRIBE(RaftServer, FIELD(ID), FIELD(Node), FIELD(Address), FIELD(Leader), FIELD(Voter), FIELD(RaftProtocol));

DESCRIBE(RaftStats, FIELD(LastContact), FIELD(LastTerm), FIELD(LastIndex));

DESCRIBE(SchedulerConfiguration, FIELD(SchedulerAlgorithm), FIELD(PreemptionConfig),
         FIELD(MemoryOversubscriptionEnabled), FIELD(RejectJobRegistration), FIELD(PauseEvalBroker),
         FIELD(NodeLimitForFeasibilityChecks), FIELD(CreateIndex), FIELD(ModifyIndex));

DESCRIBE(ServerMember, FIELD(Name), FIELD(Addr), FIELD(Port), FIELD(Tags), FIELD(Status), FIELD(ProtocolMin),
         FIELD(ProtocolMax), FIELD(ProtocolCur), FIELD(DelegateMin), FIELD(DelegateMax), FIELD(DelegateCur));

}  // namespace drover::model
