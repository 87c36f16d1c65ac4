#include "agent/config_client.h"

#include "codec/describe.h"

namespace drover::agent {

DESCRIBE(Resources, FIELD(CPU).hcl_attribute("cpu"), FIELD(MemoryMB).hcl_attribute("memory"),
         FIELD(DiskMB).hcl_attribute("disk"), FIELD(ReservedPorts).hcl_attribute("reserved_ports"),
         FIELD(Cores).hcl_attribute("cores"));

DESCRIBE(ServerJoin, FIELD(StartJoin).hcl_attribute("start_join"), FIELD(RetryJoin).hcl_attribute("retry_join"),
         FIELD(RetryMaxAttempts).hcl_attribute("retry_max"),
         FIELD(RetryIntervalHCL).hcl_attribute("retry_interval").wire_only());

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

DESCRIBE(ClientConfig, FIELD(Enabled).hcl_attribute("enabled"), FIELD(StateDir).hcl_attribute("state_dir"),
         FIELD(AllocDir).hcl_attribute("alloc_dir"), FIELD(AllocMountsDir).hcl_attribute("alloc_mounts_dir"),
         FIELD(HostVolumesDir).hcl_attribute("host_volumes_dir"),
         FIELD(HostVolumePluginDir).hcl_attribute("host_volume_plugin_dir"), FIELD(IntroToken).secret(),
         FIELD(CommonPluginDir).hcl_attribute("common_plugin_dir"), FIELD(Servers).hcl_attribute("servers"),
         FIELD(NodeClass).hcl_attribute("node_class"), FIELD(NodePool).hcl_attribute("node_pool"),
         FIELD(Options).hcl_block("options"), FIELD(Meta).hcl_block("meta"), FIELD(ChrootEnv).hcl_block("chroot_env"),
         FIELD(NetworkInterface).hcl_attribute("network_interface"),
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
         FIELD(TemplateConfig).hcl_block("template"), FIELD(ServerJoin).hcl_block("server_join"),
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

}  // namespace drover::agent
