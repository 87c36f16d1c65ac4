#include "agent/config_integrations.h"

#include "codec/describe.h"

namespace drover::agent {

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

DESCRIBE(AuditFilter, FIELD(Name).hcl_label("name"), FIELD(Type).hcl_attribute("type"),
         FIELD(Endpoints).hcl_attribute("endpoints"), FIELD(Stages).hcl_attribute("stages"),
         FIELD(Operations).hcl_attribute("operations"));

DESCRIBE(AuditSink, FIELD(Name).hcl_label("name"), FIELD(DeliveryGuarantee).hcl_attribute("delivery_guarantee"),
         FIELD(Type).hcl_attribute("type"), FIELD(Format).hcl_attribute("format"), FIELD(Path).hcl_attribute("path"),
         FIELD(RotateDurationHCL).hcl_attribute("rotate_duration").wire_only(),
         FIELD(RotateBytes).hcl_attribute("rotate_bytes"), FIELD(RotateMaxFiles).hcl_attribute("rotate_max_files"),
         FIELD(Mode).hcl_attribute("mode"));

DESCRIBE(AuditConfig, FIELD(Enabled).hcl_attribute("enabled"), FIELD(Sinks).hcl_block("sink"),
         FIELD(Filters).hcl_block("filter"));

DESCRIBE(SentinelImport, FIELD(Name).hcl_label("name"), FIELD(Path).hcl_attribute("path"),
         FIELD(Args).hcl_attribute("args"));

DESCRIBE(SentinelConfig, FIELD(Imports).hcl_block("import"),
         FIELD(AdditionalEnabledModules).hcl_attribute("additional_enabled_modules"));

DESCRIBE(LicenseReportingConfig, FIELD(Enabled).hcl_attribute("enabled"));

DESCRIBE(ReportingConfig, FIELD(License).hcl_block("license"),
         FIELD(ExportAddress).hcl_attribute("address").wire_only(),
         FIELD(ExportIntervalHCL).hcl_attribute("export_interval").wire_only(),
         FIELD(SnapshotRetentionTimeHCL).hcl_attribute("snapshot_retention_time"),
         FIELD(DisableUsageReporting).hcl_attribute("disable_product_usage_reporting"));

DESCRIBE(ConsulUIConfig, FIELD(BaseUIURL).hcl_attribute("ui_url"));

DESCRIBE(VaultUIConfig, FIELD(BaseUIURL).hcl_attribute("ui_url"));

DESCRIBE(LabelUIConfig, FIELD(Text).hcl_attribute("text"), FIELD(BackgroundColor).hcl_attribute("background_color"),
         FIELD(TextColor).hcl_attribute("text_color"));

DESCRIBE(ContentSecurityPolicy, FIELD(ConnectSrc).hcl_attribute("connect_src"),
         FIELD(DefaultSrc).hcl_attribute("default_src"), FIELD(FormAction).hcl_attribute("form_action"),
         FIELD(FrameAncestors).hcl_attribute("frame_ancestors"), FIELD(ImgSrc).hcl_attribute("img_src"),
         FIELD(ScriptSrc).hcl_attribute("script_src"), FIELD(StyleSrc).hcl_attribute("style_src"));

DESCRIBE(UIConfig, FIELD(Enabled).hcl_attribute("enabled"),
         FIELD(ContentSecurityPolicy).hcl_block("content_security_policy"), FIELD(Consul).hcl_block("consul"),
         FIELD(Vault).hcl_block("vault"), FIELD(Label).hcl_block("label"),
         FIELD(ShowCLIHints).hcl_attribute("show_cli_hints"));

DESCRIBE(AutopilotConfig, FIELD(CleanupDeadServers).hcl_attribute("cleanup_dead_servers"),
         FIELD(ServerStabilizationTimeHCL).hcl_attribute("server_stabilization_time").wire_only(),
         FIELD(LastContactThresholdHCL).hcl_attribute("last_contact_threshold").wire_only(),
         FIELD(MaxTrailingLogs).hcl_attribute("max_trailing_logs"), FIELD(MinQuorum).hcl_attribute("min_quorum"),
         FIELD(EnableRedundancyZones).hcl_attribute("enable_redundancy_zones"),
         FIELD(DisableUpgradeMigration).hcl_attribute("disable_upgrade_migration"),
         FIELD(EnableCustomUpgrades).hcl_attribute("enable_custom_upgrades"));

}  // namespace drover::agent
