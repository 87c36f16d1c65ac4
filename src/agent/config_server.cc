#include "agent/config_server.h"

#include "codec/describe.h"

namespace drover::agent {

DESCRIBE(ClientIntroduction, FIELD(Enforcement).hcl_attribute("enforcement"),
         FIELD(DefaultIdentityTTLHCL).hcl_attribute("default_identity_ttl").wire_only(),
         FIELD(MaxIdentityTTLHCL).hcl_attribute("max_identity_ttl").wire_only());

DESCRIBE(PlanRejectionTracker, FIELD(Enabled).hcl_attribute("enabled"),
         FIELD(NodeThreshold).hcl_attribute("node_threshold"),
         FIELD(NodeWindowHCL).hcl_attribute("node_window").wire_only());

DESCRIBE(Search, FIELD(FuzzyEnabled).hcl_attribute("fuzzy_enabled"), FIELD(LimitQuery).hcl_attribute("limit_query"),
         FIELD(LimitResults).hcl_attribute("limit_results"), FIELD(MinTermLength).hcl_attribute("min_term_length"));

DESCRIBE(LogStoreVerificationConfig, FIELD(Enabled).hcl_attribute("enabled"),
         FIELD(Interval).hcl_attribute("interval"));

DESCRIBE(RaftBoltConfig, FIELD(NoFreelistSync).hcl_attribute("no_freelist_sync"));

DESCRIBE(WALConfig, FIELD(SegmentSizeMB).hcl_attribute("segment_size_mb"));

DESCRIBE(RaftLogStoreConfig, FIELD(Backend).hcl_attribute("backend"), FIELD(BoltDB).hcl_block("boltdb"),
         FIELD(WAL).hcl_block("wal"), FIELD(DisableLogCache).hcl_attribute("disable_log_cache"),
         FIELD(Verification).hcl_block("verification"));

DESCRIBE(ServerConfig, FIELD(Enabled).hcl_attribute("enabled"),
         FIELD(AuthoritativeRegion).hcl_attribute("authoritative_region"),
         FIELD(BootstrapExpect).hcl_attribute("bootstrap_expect"),
         FIELD(ClientIntroduction).hcl_block("client_introduction"), FIELD(DataDir).hcl_attribute("data_dir"),
         FIELD(ProtocolVersion).hcl_attribute("protocol_version").wire_only(),
         FIELD(RaftProtocol).hcl_attribute("raft_protocol"), FIELD(RaftMultiplier).hcl_attribute("raft_multiplier"),
         FIELD(NumSchedulers).hcl_attribute("num_schedulers"),
         FIELD(EnabledSchedulers).hcl_attribute("enabled_schedulers"),
         FIELD(NodeGCThreshold).hcl_attribute("node_gc_threshold"),
         FIELD(JobGCInterval).hcl_attribute("job_gc_interval"), FIELD(JobGCThreshold).hcl_attribute("job_gc_threshold"),
         FIELD(EvalGCThreshold).hcl_attribute("eval_gc_threshold"),
         FIELD(BatchEvalGCThreshold).hcl_attribute("batch_eval_gc_threshold"),
         FIELD(DeploymentGCThreshold).hcl_attribute("deployment_gc_threshold"),
         FIELD(CSIVolumeClaimGCInterval).hcl_attribute("csi_volume_claim_gc_interval"),
         FIELD(CSIVolumeClaimGCThreshold).hcl_attribute("csi_volume_claim_gc_threshold"),
         FIELD(CSIPluginGCThreshold).hcl_attribute("csi_plugin_gc_threshold"),
         FIELD(ACLTokenGCThreshold).hcl_attribute("acl_token_gc_threshold"),
         FIELD(RootKeyGCInterval).hcl_attribute("root_key_gc_interval"),
         FIELD(RootKeyGCThreshold).hcl_attribute("root_key_gc_threshold"),
         FIELD(RootKeyRotationThreshold).hcl_attribute("root_key_rotation_threshold"),
         FIELD(HeartbeatGraceHCL).hcl_attribute("heartbeat_grace").wire_only(),
         FIELD(MinHeartbeatTTLHCL).hcl_attribute("min_heartbeat_ttl").wire_only(),
         FIELD(MaxHeartbeatsPerSecond).hcl_attribute("max_heartbeats_per_second"),
         FIELD(FailoverHeartbeatTTLHCL).hcl_attribute("failover_heartbeat_ttl").wire_only(),
         FIELD(StartJoin).hcl_attribute("start_join"), FIELD(RetryJoin).hcl_attribute("retry_join"),
         FIELD(RetryMaxAttempts).hcl_attribute("retry_max"),
         FIELD(RetryIntervalHCL).hcl_attribute("retry_interval").wire_only(),
         FIELD(RejoinAfterLeave).hcl_attribute("rejoin_after_leave"),
         FIELD(NonVotingServer).hcl_attribute("non_voting_server"),
         FIELD(RedundancyZone).hcl_attribute("redundancy_zone"), FIELD(UpgradeVersion).hcl_attribute("upgrade_version"),
         FIELD(EncryptKey).hcl_attribute("encrypt").wire_only().secret(), FIELD(ServerJoin).hcl_block("server_join"),
         FIELD(DefaultSchedulerConfig).hcl_block("default_scheduler_config"),
         FIELD(PlanRejectionTracker).hcl_block("plan_rejection_tracker"),
         FIELD(PlanApplyPipeline).hcl_attribute("plan_apply_pipeline"),
         FIELD(EnableEventBroker).hcl_attribute("enable_event_broker"),
         FIELD(EventBufferSize).hcl_attribute("event_buffer_size"), FIELD(LicensePath).hcl_attribute("license_path"),
         FIELD(Search).hcl_block("search"), FIELD(DeploymentQueryRateLimit).hcl_attribute("deploy_query_rate_limit"),
         FIELD(RaftLogStoreConfig).hcl_block("raft_logstore"), FIELD(RaftBoltConfig).hcl_block("raft_boltdb"),
         FIELD(RaftSnapshotThreshold).hcl_attribute("raft_snapshot_threshold"),
         FIELD(RaftSnapshotInterval).hcl_attribute("raft_snapshot_interval"),
         FIELD(RaftTrailingLogs).hcl_attribute("raft_trailing_logs"),
         FIELD(JobDefaultPriority).hcl_attribute("job_default_priority"),
         FIELD(JobMaxPriority).hcl_attribute("job_max_priority"), FIELD(JobMaxCount).hcl_attribute("job_max_count"),
         FIELD(JobMaxSourceSize).hcl_attribute("job_max_source_size"),
         FIELD(JobTrackedVersions).hcl_attribute("job_tracked_versions"),
         FIELD(OIDCIssuer).hcl_attribute("oidc_issuer"), FIELD(StartTimeout).hcl_attribute("start_timeout"),
         FIELD(LogFile).hcl_attribute("log_file"), FIELD(NonProduction).hcl_attribute("non_production"));

}  // namespace drover::agent
