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

// As Serf numbers them.
constexpr std::string_view kSerfStatus[] = {"none", "alive", "leaving", "left", "failed"};

DESCRIBE(ServerHealth, FIELD(ID), FIELD(Name), FIELD(Address), FIELD(SerfStatus).numbered_on_wire(kSerfStatus),
         FIELD(Version), FIELD(Leader), FIELD(LastContact).duration_as_text(), FIELD(LastTerm), FIELD(LastIndex),
         FIELD(Healthy), FIELD(Voter), FIELD(StableSince));

DESCRIBE(OperatorHealthReply, FIELD(Healthy), FIELD(FailureTolerance), FIELD(Servers), FIELD(Leader), FIELD(Voters),
         FIELD(ReadReplicas).omit_empty(), FIELD(RedundancyZones).omit_empty(), FIELD(Upgrade).omit_empty(),
         FIELD(OptimisticFailureTolerance).omit_empty());

DESCRIBE(PreemptionConfig, FIELD(SystemSchedulerEnabled).hcl_attribute("system_scheduler_enabled"),
         FIELD(SysBatchSchedulerEnabled).hcl_attribute("sysbatch_scheduler_enabled"),
         FIELD(BatchSchedulerEnabled).hcl_attribute("batch_scheduler_enabled"),
         FIELD(ServiceSchedulerEnabled).hcl_attribute("service_scheduler_enabled"));

DESCRIBE(RaftIDAddress, FIELD(Address), FIELD(ID));

DESCRIBE(RaftServer, FIELD(ID), FIELD(Node), FIELD(Address), FIELD(Leader), FIELD(Voter), FIELD(RaftProtocol));

DESCRIBE(RaftStats, FIELD(LastContact), FIELD(LastTerm), FIELD(LastIndex));

DESCRIBE(SchedulerConfiguration,
         FIELD(SchedulerAlgorithm).hcl_attribute("scheduler_algorithm").named_in_go("api.SchedulerAlgorithm"),
         FIELD(PreemptionConfig).hcl_block("preemption_config"),
         FIELD(MemoryOversubscriptionEnabled).hcl_attribute("memory_oversubscription_enabled"),
         FIELD(RejectJobRegistration).hcl_attribute("reject_job_registration"),
         FIELD(PauseEvalBroker).hcl_attribute("pause_eval_broker"),
         FIELD(NodeLimitForFeasibilityChecks).hcl_attribute("node_limit_for_feasibility_checks").named_in_go("uint"),
         FIELD(CreateIndex), FIELD(ModifyIndex));

DESCRIBE(ServerMember, FIELD(Name), FIELD(Addr), FIELD(Port), FIELD(Tags), FIELD(Status), FIELD(ProtocolMin),
         FIELD(ProtocolMax), FIELD(ProtocolCur), FIELD(DelegateMin), FIELD(DelegateMax), FIELD(DelegateCur));

}  // namespace drover::model
