#include "agent/config_file.h"

#include "codec/describe.h"

namespace drover::agent::file {

DESCRIBE(Ports, FIELD(HTTP).hcl_attribute("http"), FIELD(RPC).hcl_attribute("rpc"), FIELD(Serf).hcl_attribute("serf"));

DESCRIBE(Addresses, FIELD(HTTP).hcl_attribute("http"), FIELD(RPC).hcl_attribute("rpc"),
         FIELD(Serf).hcl_attribute("serf"));

DESCRIBE(AdvertiseAddrs, FIELD(HTTP).hcl_attribute("http"), FIELD(RPC).hcl_attribute("rpc"),
         FIELD(Serf).hcl_attribute("serf"));

DESCRIBE(Resources, FIELD(CPU).hcl_attribute("cpu"), FIELD(MemoryMB).hcl_attribute("memory"),
         FIELD(DiskMB).hcl_attribute("disk"), FIELD(ReservedPorts).hcl_attribute("reserved_ports"),
         FIELD(Cores).hcl_attribute("cores"));

DESCRIBE(ServerJoin, FIELD(StartJoin).hcl_attribute("start_join"), FIELD(RetryJoin).hcl_attribute("retry_join"),
         FIELD(RetryMaxAttempts).hcl_attribute("retry_max"),
         FIELD(RetryIntervalHCL).hcl_attribute("retry_interval").wire_only());

DESCRIBE(HostVolumeBlock, FIELD(Name).hcl_label("name"), FIELD(Path).hcl_attribute("path"),
         FIELD(ReadOnly).hcl_attribute("read_only"));

DESCRIBE(HostNetworkBlock, FIELD(Name).hcl_label("name"), FIELD(CIDR).hcl_attribute("cidr"),
         FIELD(Interface).hcl_attribute("interface"), FIELD(ReservedPorts).hcl_attribute("reserved_ports"));

DESCRIBE(ArtifactConfig, FIELD(HTTPReadTimeout).hcl_attribute("http_read_timeout"),
         FIELD(HTTPMaxSize).hcl_attribute("http_max_size"), FIELD(GCSTimeout).hcl_attribute("gcs_timeout"),
         FIELD(GitTimeout).hcl_attribute("git_timeout"), FIELD(HgTimeout).hcl_attribute("hg_timeout"),
         FIELD(S3Timeout).hcl_attribute("s3_timeout"),
         FIELD(DecompressionFileCountLimit).hcl_attribute("decompression_file_count_limit"),
         FIELD(DecompressionSizeLimit).hcl_attribute("decompression_size_limit"),
         FIELD(DisableArtifactInspection).hcl_attribute("disable_artifact_inspection"),
         FIELD(DisableFilesystemIsolation).hcl_attribute("disable_filesystem_isolation"),
         FIELD(FilesystemIsolationExtraPaths).hcl_attribute("filesystem_isolation_extra_paths"),
         FIELD(SetEnvironmentVariables).hcl_attribute("set_environment_variables"));

DESCRIBE(DrainConfig, FIELD(Deadline).hcl_attribute("deadline"),
         FIELD(IgnoreSystemJobs).hcl_attribute("ignore_system_jobs"), FIELD(Force).hcl_attribute("force"));

DESCRIBE(UsersConfig, FIELD(MinDynamicUser).hcl_attribute("dynamic_user_min"),
         FIELD(MaxDynamicUser).hcl_attribute("dynamic_user_max"));

DESCRIBE(FingerprintBlock, FIELD(Name).hcl_label("name"), FIELD(RetryInterval).hcl_attribute("retry_interval"),
         FIELD(RetryAttempts).hcl_attribute("retry_attempts"), FIELD(ExitOnFailure).hcl_attribute("exit_on_failure"));

DESCRIBE(ClientConfig, FIELD(Enabled).hcl_attribute("enabled"), FIELD(StateDir).hcl_attribute("state_dir"),
         FIELD(AllocDir).hcl_attribute("alloc_dir"), FIELD(AllocMountsDir).hcl_attribute("alloc_mounts_dir"),
         FIELD(HostVolumesDir).hcl_attribute("host_volumes_dir"),
         FIELD(HostVolumePluginDir).hcl_attribute("host_volume_plugin_dir"), FIELD(IntroToken).secret(),
         FIELD(CommonPluginDir).hcl_attribute("common_plugin_dir"), FIELD(Servers).hcl_attribute("servers"),
         FIELD(NodeClass).hcl_attribute("node_class"), FIELD(NodePool).hcl_attribute("node_pool"),
         FIELD(Options).hcl_attribute("options"), FIELD(Meta).hcl_attribute("meta"),
         FIELD(ChrootEnv).hcl_attribute("chroot_env"), FIELD(NetworkInterface).hcl_attribute("network_interface"),
         FIELD(PreferredAddressFamily).hcl_attribute("preferred_address_family"),
         FIELD(NetworkSpeed).hcl_attribute("network_speed"),
         FIELD(CpuDisableDmidecode).hcl_attribute("cpu_disable_dmidecode"),
         FIELD(CpuCompute).hcl_attribute("cpu_total_compute"), FIELD(MemoryMB).hcl_attribute("memory_total_mb"),
         FIELD(DiskTotalMB).hcl_attribute("disk_total_mb"), FIELD(DiskFreeMB).hcl_attribute("disk_free_mb"),
         FIELD(ReservableCores).hcl_attribute("reservable_cores"),
         FIELD(MaxKillTimeout).hcl_attribute("max_kill_timeout"), FIELD(ClientMaxPort).hcl_attribute("client_max_port"),
         FIELD(ClientMinPort).hcl_attribute("client_min_port"), FIELD(MaxDynamicPort).hcl_attribute("max_dynamic_port"),
         FIELD(MinDynamicPort).hcl_attribute("min_dynamic_port"), FIELD(Reserved).hcl_block("reserved"),
         FIELD(GCIntervalHCL).hcl_attribute("gc_interval").wire_only(),
         FIELD(GCParallelDestroys).hcl_attribute("gc_parallel_destroys"),
         FIELD(GCDiskUsageThreshold).hcl_attribute("gc_disk_usage_threshold"),
         FIELD(GCInodeUsageThreshold).hcl_attribute("gc_inode_usage_threshold"),
         FIELD(GCMaxAllocs).hcl_attribute("gc_max_allocs"),
         FIELD(GCVolumesOnNodeGC).hcl_attribute("gc_volumes_on_node_gc"),
         FIELD(NoHostUUID).hcl_attribute("no_host_uuid"), FIELD(DisableRemoteExec).hcl_attribute("disable_remote_exec"),
         FIELD(TemplateConfig).hcl_attribute("template"), FIELD(ServerJoin).hcl_block("server_join"),
         FIELD(HostVolumes).hcl_block("host_volume"), FIELD(CNIPath).hcl_attribute("cni_path"),
         FIELD(CNIConfigDir).hcl_attribute("cni_config_dir"),
         FIELD(BridgeNetworkName).hcl_attribute("bridge_network_name"),
         FIELD(BridgeNetworkSubnet).hcl_attribute("bridge_network_subnet"),
         FIELD(BridgeNetworkSubnetIPv6).hcl_attribute("bridge_network_subnet_ipv6"),
         FIELD(BridgeNetworkHairpinMode).hcl_attribute("bridge_network_hairpin_mode"),
         FIELD(HostNetworks).hcl_block("host_network"),
         FIELD(BindWildcardDefaultHostNetwork).hcl_attribute("bind_wildcard_default_host_network"),
         FIELD(CgroupParent).hcl_attribute("cgroup_parent"),
         FIELD(NomadServiceDiscovery).hcl_attribute("nomad_service_discovery"), FIELD(Artifact).hcl_block("artifact"),
         FIELD(Drain).hcl_block("drain_on_shutdown"), FIELD(Users).hcl_block("users"),
         FIELD(NodeMaxAllocs).hcl_attribute("node_max_allocs"), FIELD(LogFile).hcl_attribute("log_file"),
         FIELD(Fingerprinters).hcl_block("fingerprint"), FIELD(DefaultIneligible).hcl_attribute("default_ineligible"));

DESCRIBE(ClientIntroduction, FIELD(Enforcement).hcl_attribute("enforcement"),
         FIELD(DefaultIdentityTTLHCL).hcl_attribute("default_identity_ttl").wire_only(),
         FIELD(MaxIdentityTTLHCL).hcl_attribute("max_identity_ttl").wire_only());

DESCRIBE(PreemptionBlock, FIELD(SystemSchedulerEnabled).hcl_attribute("system_scheduler_enabled"),
         FIELD(SysBatchSchedulerEnabled).hcl_attribute("sysbatch_scheduler_enabled"),
         FIELD(BatchSchedulerEnabled).hcl_attribute("batch_scheduler_enabled"),
         FIELD(ServiceSchedulerEnabled).hcl_attribute("service_scheduler_enabled"));

DESCRIBE(SchedulerBlock, FIELD(SchedulerAlgorithm).hcl_attribute("scheduler_algorithm"),
         FIELD(PreemptionConfig).hcl_block("preemption_config"),
         FIELD(MemoryOversubscriptionEnabled).hcl_attribute("memory_oversubscription_enabled"),
         FIELD(RejectJobRegistration).hcl_attribute("reject_job_registration"),
         FIELD(PauseEvalBroker).hcl_attribute("pause_eval_broker"),
         FIELD(NodeLimitForFeasibilityChecks).hcl_attribute("node_limit_for_feasibility_checks"));

DESCRIBE(PlanRejectionTracker, FIELD(Enabled).hcl_attribute("enabled"),
         FIELD(NodeThreshold).hcl_attribute("node_threshold"),
         FIELD(NodeWindowHCL).hcl_attribute("node_window").wire_only());

DESCRIBE(Search, FIELD(FuzzyEnabled).hcl_attribute("fuzzy_enabled"), FIELD(LimitQuery).hcl_attribute("limit_query"),
         FIELD(LimitResults).hcl_attribute("limit_results"), FIELD(MinTermLength).hcl_attribute("min_term_length"));

DESCRIBE(RaftBoltConfig, FIELD(NoFreelistSync).hcl_attribute("no_freelist_sync"));

DESCRIBE(WALConfig, FIELD(SegmentSizeMB).hcl_attribute("segment_size_mb"));

DESCRIBE(LogStoreVerificationConfig, FIELD(Enabled).hcl_attribute("enabled"),
         FIELD(Interval).hcl_attribute("interval"));

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

DESCRIBE(RPCConfig, FIELD(AcceptBacklog).hcl_attribute("accept_backlog"),
         FIELD(KeepAliveIntervalHCL).hcl_attribute("keep_alive_interval"),
         FIELD(ConnectionWriteTimeoutHCL).hcl_attribute("connection_write_timeout"),
         FIELD(StreamOpenTimeoutHCL).hcl_attribute("stream_open_timeout"),
         FIELD(StreamCloseTimeoutHCL).hcl_attribute("stream_close_timeout"),
         FIELD(DialTimeoutHCL).hcl_attribute("dial_timeout"));

DESCRIBE(ACLConfig, FIELD(Enabled).hcl_attribute("enabled"), FIELD(TokenTTLHCL).hcl_attribute("token_ttl").wire_only(),
         FIELD(PolicyTTLHCL).hcl_attribute("policy_ttl").wire_only(),
         FIELD(RoleTTLHCL).hcl_attribute("role_ttl").wire_only(),
         FIELD(ReplicationToken).hcl_attribute("replication_token").secret(),
         FIELD(TokenMinExpirationTTLHCL).hcl_attribute("token_min_expiration_ttl").wire_only(),
         FIELD(TokenMaxExpirationTTLHCL).hcl_attribute("token_max_expiration_ttl").wire_only());

DESCRIBE(Telemetry, FIELD(InMemoryCollectionInterval).hcl_attribute("in_memory_collection_interval"),
         FIELD(InMemoryRetentionPeriod).hcl_attribute("in_memory_retention_period"),
         FIELD(StatsiteAddr).hcl_attribute("statsite_address"), FIELD(StatsdAddr).hcl_attribute("statsd_address"),
         FIELD(DataDogAddr).hcl_attribute("datadog_address"), FIELD(DataDogTags).hcl_attribute("datadog_tags"),
         FIELD(PrometheusMetrics).hcl_attribute("prometheus_metrics"),
         FIELD(DisableHostname).hcl_attribute("disable_hostname"), FIELD(UseNodeName).hcl_attribute("use_node_name"),
         FIELD(CollectionInterval).hcl_attribute("collection_interval"),
         FIELD(PublishAllocationMetrics).hcl_attribute("publish_allocation_metrics"),
         FIELD(PublishNodeMetrics).hcl_attribute("publish_node_metrics"),
         FIELD(IncludeAllocMetadataInMetrics).hcl_attribute("include_alloc_metadata_in_metrics"),
         FIELD(AllowedMetadataKeysInMetrics).hcl_attribute("allowed_metadata_keys_in_metrics"),
         FIELD(PrefixFilter).hcl_attribute("prefix_filter"), FIELD(FilterDefault).hcl_attribute("filter_default"),
         FIELD(DisableDispatchedJobSummaryMetrics).hcl_attribute("disable_dispatched_job_summary_metrics"),
         FIELD(DisableQuotaUtilizationMetrics).hcl_attribute("disable_quota_utilization_metrics"),
         FIELD(DisableRPCRateMetricsLabels).hcl_attribute("disable_rpc_rate_metrics_labels"),
         FIELD(DisableAllocationHookMetrics).hcl_attribute("disable_allocation_hook_metrics"),
         FIELD(CirconusAPIToken).hcl_attribute("circonus_api_token").secret(),
         FIELD(CirconusAPIApp).hcl_attribute("circonus_api_app"),
         FIELD(CirconusAPIURL).hcl_attribute("circonus_api_url"),
         FIELD(CirconusSubmissionInterval).hcl_attribute("circonus_submission_interval"),
         FIELD(CirconusCheckSubmissionURL).hcl_attribute("circonus_submission_url"),
         FIELD(CirconusCheckID).hcl_attribute("circonus_check_id"),
         FIELD(CirconusCheckForceMetricActivation).hcl_attribute("circonus_check_force_metric_activation"),
         FIELD(CirconusCheckInstanceID).hcl_attribute("circonus_check_instance_id"),
         FIELD(CirconusCheckSearchTag).hcl_attribute("circonus_check_search_tag"),
         FIELD(CirconusCheckTags).hcl_attribute("circonus_check_tags"),
         FIELD(CirconusCheckDisplayName).hcl_attribute("circonus_check_display_name"),
         FIELD(CirconusBrokerID).hcl_attribute("circonus_broker_id"),
         FIELD(CirconusBrokerSelectTag).hcl_attribute("circonus_broker_select_tag"));

DESCRIBE(WorkloadIdentityConfig, FIELD(Name).wire_only(), FIELD(Audience).hcl_attribute("aud"),
         FIELD(Env).hcl_attribute("env"), FIELD(File).hcl_attribute("file"), FIELD(Filepath).hcl_attribute("filepath"),
         FIELD(TTL), FIELD(TTLHCL).hcl_attribute("ttl").wire_only(), FIELD(ExtraClaims).hcl_attribute("extra_claims"));

DESCRIBE(ConsulConfig, FIELD(Name).hcl_attribute("name"), FIELD(ServerServiceName).hcl_attribute("server_service_name"),
         FIELD(ServerHTTPCheckName).hcl_attribute("server_http_check_name"),
         FIELD(ServerSerfCheckName).hcl_attribute("server_serf_check_name"),
         FIELD(ServerRPCCheckName).hcl_attribute("server_rpc_check_name"),
         FIELD(ServerFailuresBeforeCritical).hcl_attribute("server_failures_before_critical"),
         FIELD(ServerFailuresBeforeWarning).hcl_attribute("server_failures_before_warning"),
         FIELD(ClientServiceName).hcl_attribute("client_service_name"),
         FIELD(ClientHTTPCheckName).hcl_attribute("client_http_check_name"),
         FIELD(ClientFailuresBeforeCritical).hcl_attribute("client_failures_before_critical"),
         FIELD(ClientFailuresBeforeWarning).hcl_attribute("client_failures_before_warning"),
         FIELD(Tags).hcl_attribute("tags"), FIELD(AutoAdvertise).hcl_attribute("auto_advertise"),
         FIELD(ChecksUseAdvertise).hcl_attribute("checks_use_advertise"), FIELD(Addr).hcl_attribute("address"),
         FIELD(GRPCAddr).hcl_attribute("grpc_address"), FIELD(Timeout),
         FIELD(TimeoutHCL).hcl_attribute("timeout").wire_only(), FIELD(Token).hcl_attribute("token").secret(),
         FIELD(Auth).hcl_attribute("auth").secret(), FIELD(EnableSSL).hcl_attribute("ssl"),
         FIELD(ShareSSL).hcl_attribute("share_ssl"), FIELD(VerifySSL).hcl_attribute("verify_ssl"),
         FIELD(GRPCCAFile).hcl_attribute("grpc_ca_file"), FIELD(CAFile).hcl_attribute("ca_file"),
         FIELD(CertFile).hcl_attribute("cert_file"), FIELD(KeyFile).hcl_attribute("key_file"),
         FIELD(ServerAutoJoin).hcl_attribute("server_auto_join"),
         FIELD(ClientAutoJoin).hcl_attribute("client_auto_join"), FIELD(Namespace).hcl_attribute("namespace"),
         FIELD(ServiceIdentity).hcl_block("service_identity"),
         FIELD(ServiceIdentityAuthMethod).hcl_attribute("service_auth_method"),
         FIELD(TaskIdentity).hcl_block("task_identity"),
         FIELD(TaskIdentityAuthMethod).hcl_attribute("task_auth_method"));

DESCRIBE(VaultConfig, FIELD(Name).hcl_attribute("name"), FIELD(Enabled).hcl_attribute("enabled"),
         FIELD(Role).hcl_attribute("create_from_role"), FIELD(Namespace).hcl_attribute("namespace"),
         FIELD(Addr).hcl_attribute("address"), FIELD(JWTAuthBackendPath).hcl_attribute("jwt_auth_backend_path"),
         FIELD(TLSCaFile).hcl_attribute("ca_file"), FIELD(TLSCaPath).hcl_attribute("ca_path"),
         FIELD(TLSCertFile).hcl_attribute("cert_file"), FIELD(TLSKeyFile).hcl_attribute("key_file"),
         FIELD(TLSSkipVerify).hcl_attribute("tls_skip_verify"), FIELD(TLSServerName).hcl_attribute("tls_server_name"),
         FIELD(DefaultIdentity).hcl_block("default_identity"), FIELD(Token).hcl_attribute("token").secret());

DESCRIBE(ContentSecurityPolicy, FIELD(ConnectSrc).hcl_attribute("connect_src"),
         FIELD(DefaultSrc).hcl_attribute("default_src"), FIELD(FormAction).hcl_attribute("form_action"),
         FIELD(FrameAncestors).hcl_attribute("frame_ancestors"), FIELD(ImgSrc).hcl_attribute("img_src"),
         FIELD(ScriptSrc).hcl_attribute("script_src"), FIELD(StyleSrc).hcl_attribute("style_src"));

DESCRIBE(ConsulUIConfig, FIELD(BaseUIURL).hcl_attribute("ui_url"));

DESCRIBE(VaultUIConfig, FIELD(BaseUIURL).hcl_attribute("ui_url"));

DESCRIBE(LabelUIConfig, FIELD(Text).hcl_attribute("text"), FIELD(BackgroundColor).hcl_attribute("background_color"),
         FIELD(TextColor).hcl_attribute("text_color"));

DESCRIBE(UIConfig, FIELD(Enabled).hcl_attribute("enabled"),
         FIELD(ContentSecurityPolicy).hcl_block("content_security_policy"), FIELD(Consul).hcl_block("consul"),
         FIELD(Vault).hcl_block("vault"), FIELD(Label).hcl_block("label"),
         FIELD(ShowCLIHints).hcl_attribute("show_cli_hints"));

DESCRIBE(TLSConfig, FIELD(EnableHTTP).hcl_attribute("http"), FIELD(EnableRPC).hcl_attribute("rpc"),
         FIELD(VerifyServerHostname).hcl_attribute("verify_server_hostname"), FIELD(CAFile).hcl_attribute("ca_file"),
         FIELD(CertFile).hcl_attribute("cert_file"), FIELD(KeyFile).hcl_attribute("key_file"),
         FIELD(RPCUpgradeMode).hcl_attribute("rpc_upgrade_mode"),
         FIELD(VerifyHTTPSClient).hcl_attribute("verify_https_client"),
         FIELD(TLSCipherSuites).hcl_attribute("tls_cipher_suites"),
         FIELD(TLSMinVersion).hcl_attribute("tls_min_version"));

DESCRIBE(SentinelImport, FIELD(Name).hcl_label("name"), FIELD(Path).hcl_attribute("path"),
         FIELD(Args).hcl_attribute("args"));

DESCRIBE(SentinelConfig, FIELD(Imports).hcl_block("import"),
         FIELD(AdditionalEnabledModules).hcl_attribute("additional_enabled_modules"));

DESCRIBE(AutopilotConfig, FIELD(CleanupDeadServers).hcl_attribute("cleanup_dead_servers"),
         FIELD(ServerStabilizationTimeHCL).hcl_attribute("server_stabilization_time").wire_only(),
         FIELD(LastContactThresholdHCL).hcl_attribute("last_contact_threshold").wire_only(),
         FIELD(MaxTrailingLogs).hcl_attribute("max_trailing_logs"), FIELD(MinQuorum).hcl_attribute("min_quorum"),
         FIELD(EnableRedundancyZones).hcl_attribute("enable_redundancy_zones"),
         FIELD(DisableUpgradeMigration).hcl_attribute("disable_upgrade_migration"),
         FIELD(EnableCustomUpgrades).hcl_attribute("enable_custom_upgrades"));

DESCRIBE(PluginConfig, FIELD(Name).hcl_label("name"), FIELD(Args).hcl_attribute("args"),
         FIELD(Config).hcl_attribute("config"));

DESCRIBE(Limits, FIELD(HTTPSHandshakeTimeout).hcl_attribute("https_handshake_timeout"),
         FIELD(HTTPMaxConnsPerClient).hcl_attribute("http_max_conns_per_client"),
         FIELD(RPCHandshakeTimeout).hcl_attribute("rpc_handshake_timeout"),
         FIELD(RPCMaxConnsPerClient).hcl_attribute("rpc_max_conns_per_client"));

DESCRIBE(AuditSink, FIELD(Name).hcl_label("name"), FIELD(DeliveryGuarantee).hcl_attribute("delivery_guarantee"),
         FIELD(Type).hcl_attribute("type"), FIELD(Format).hcl_attribute("format"), FIELD(Path).hcl_attribute("path"),
         FIELD(RotateDurationHCL).hcl_attribute("rotate_duration").wire_only(),
         FIELD(RotateBytes).hcl_attribute("rotate_bytes"), FIELD(RotateMaxFiles).hcl_attribute("rotate_max_files"),
         FIELD(Mode).hcl_attribute("mode"));

DESCRIBE(AuditFilter, FIELD(Name).hcl_label("name"), FIELD(Type).hcl_attribute("type"),
         FIELD(Endpoints).hcl_attribute("endpoints"), FIELD(Stages).hcl_attribute("stages"),
         FIELD(Operations).hcl_attribute("operations"));

DESCRIBE(AuditConfig, FIELD(Enabled).hcl_attribute("enabled"), FIELD(Sinks).hcl_block("sink"),
         FIELD(Filters).hcl_block("filter"));

DESCRIBE(LicenseReportingConfig, FIELD(Enabled).hcl_attribute("enabled"));

DESCRIBE(ReportingConfig, FIELD(License).hcl_block("license"),
         FIELD(ExportAddress).hcl_attribute("address").wire_only(),
         FIELD(ExportIntervalHCL).hcl_attribute("export_interval").wire_only(),
         FIELD(SnapshotRetentionTimeHCL).hcl_attribute("snapshot_retention_time"),
         FIELD(DisableUsageReporting).hcl_attribute("disable_product_usage_reporting"));

DESCRIBE(Eventlog, FIELD(Enabled).hcl_attribute("enabled"), FIELD(Level).hcl_attribute("level"));

DESCRIBE(Config, FIELD(Region).hcl_attribute("region"), FIELD(Datacenter).hcl_attribute("datacenter"),
         FIELD(NodeName).hcl_attribute("name"), FIELD(DataDir).hcl_attribute("data_dir"),
         FIELD(PluginDir).hcl_attribute("plugin_dir"), FIELD(LogLevel).hcl_attribute("log_level"),
         FIELD(LogJson).hcl_attribute("log_json"), FIELD(LogFile).hcl_attribute("log_file"),
         FIELD(LogIncludeLocation).hcl_attribute("log_include_location"),
         FIELD(LogRotateDuration).hcl_attribute("log_rotate_duration"),
         FIELD(LogRotateBytes).hcl_attribute("log_rotate_bytes"),
         FIELD(LogRotateMaxFiles).hcl_attribute("log_rotate_max_files"), FIELD(BindAddr).hcl_attribute("bind_addr"),
         FIELD(EnableDebug).hcl_attribute("enable_debug"), FIELD(Ports).hcl_block("ports"),
         FIELD(Addresses).hcl_block("addresses"), FIELD(AdvertiseAddrs).hcl_block("advertise"),
         FIELD(Client).hcl_block("client"), FIELD(Server).hcl_block("server"), FIELD(RPC).hcl_block("rpc"),
         FIELD(ACL).hcl_block("acl"), FIELD(Telemetry).hcl_block("telemetry"),
         FIELD(LeaveOnInt).hcl_attribute("leave_on_interrupt"), FIELD(LeaveOnTerm).hcl_attribute("leave_on_terminate"),
         FIELD(EnableSyslog).hcl_attribute("enable_syslog"), FIELD(SyslogFacility).hcl_attribute("syslog_facility"),
         FIELD(DisableUpdateCheck).hcl_attribute("disable_update_check"),
         FIELD(DisableAnonymousSignature).hcl_attribute("disable_anonymous_signature"),
         FIELD(Consuls).hcl_block("consul"), FIELD(Vaults).hcl_block("vault"), FIELD(UI).hcl_block("ui"),
         FIELD(DevMode), FIELD(Files), FIELD(ConfigPaths), FIELD(TLSConfig).hcl_block("tls"),
         FIELD(HTTPAPIResponseHeaders).hcl_attribute("http_api_response_headers"),
         FIELD(Sentinel).hcl_block("sentinel"), FIELD(Autopilot).hcl_block("autopilot"),
         FIELD(Plugins).hcl_block("plugin"), FIELD(Limits).hcl_block("limits"), FIELD(Audit).hcl_block("audit"),
         FIELD(Reporting).hcl_block("reporting"), FIELD(Eventlog).hcl_block("eventlog"));

}  // namespace drover::agent::file
