#include "agent/config.h"

#include "codec/describe.h"

namespace drover::agent {

DESCRIBE(Ports, FIELD(HTTP).hcl_attribute("http"), FIELD(RPC).hcl_attribute("rpc"), FIELD(Serf).hcl_attribute("serf"));

DESCRIBE(Addresses, FIELD(HTTP).hcl_attribute("http"), FIELD(RPC).hcl_attribute("rpc"),
         FIELD(Serf).hcl_attribute("serf"));

DESCRIBE(AdvertiseAddrs, FIELD(HTTP).hcl_attribute("http"), FIELD(RPC).hcl_attribute("rpc"),
         FIELD(Serf).hcl_attribute("serf"));

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

DESCRIBE(Limits, FIELD(HTTPSHandshakeTimeout).hcl_attribute("https_handshake_timeout"),
         FIELD(HTTPMaxConnsPerClient).hcl_attribute("http_max_conns_per_client"),
         FIELD(RPCHandshakeTimeout).hcl_attribute("rpc_handshake_timeout"),
         FIELD(RPCMaxConnsPerClient).hcl_attribute("rpc_max_conns_per_client"));

DESCRIBE(TLSConfig, FIELD(EnableHTTP).hcl_attribute("http"), FIELD(EnableRPC).hcl_attribute("rpc"),
         FIELD(VerifyServerHostname).hcl_attribute("verify_server_hostname"), FIELD(CAFile).hcl_attribute("ca_file"),
         FIELD(CertFile).hcl_attribute("cert_file"), FIELD(KeyFile).hcl_attribute("key_file"),
         FIELD(RPCUpgradeMode).hcl_attribute("rpc_upgrade_mode"),
         FIELD(VerifyHTTPSClient).hcl_attribute("verify_https_client"),
         FIELD(TLSCipherSuites).hcl_attribute("tls_cipher_suites"),
         FIELD(TLSMinVersion).hcl_attribute("tls_min_version"));

DESCRIBE(PluginConfig, FIELD(Name).hcl_label("name"), FIELD(Args).hcl_attribute("args"),
         FIELD(Config).hcl_block("config"));

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
         FIELD(HTTPAPIResponseHeaders).hcl_block("http_api_response_headers"), FIELD(Sentinel).hcl_block("sentinel"),
         FIELD(Autopilot).hcl_block("autopilot"), FIELD(Plugins).hcl_block("plugin"), FIELD(Limits).hcl_block("limits"),
         FIELD(Audit).hcl_block("audit"), FIELD(Reporting).hcl_block("reporting"),
         FIELD(KEKProviders).hcl_block("keyring"));

}  // namespace drover::agent
