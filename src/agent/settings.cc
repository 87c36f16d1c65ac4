#include "agent/settings.h"

#include <algorithm>
#include <thread>

namespace drover::agent {
namespace {

Duration duration_or(const std::string& text, Duration absent) {
    if (text.empty()) return absent;
    return parse_duration(text).value_or(absent);
}

// The address that others reach a port at: what is advertised, else the bound one, and never "any address".
std::string reachable(const Config& config, const std::string& advertised, int64_t port) {
    std::string host = advertised.empty() ? config.BindAddr : advertised;
    if (host.empty() || host == "0.0.0.0" || host == "::") host = "127.0.0.1";
    if (host.find(':') != std::string::npos && host.front() != '[' && !advertised.empty()) return host;
    return host + ":" + std::to_string(port);
}

Ports ports_of(const Config& config) { return config.Ports ? *config.Ports : Ports{}; }

}  // namespace

server::ServerConfig server_settings(const Config& config, std::string id) {
    server::ServerConfig s;
    s.region = config.Region;
    s.datacenter = config.Datacenter;
    s.name = config.NodeName;
    s.id = std::move(id);
    s.rpc_address = reachable(config, config.AdvertiseAddrs ? config.AdvertiseAddrs->RPC : "", ports_of(config).RPC);
    s.serf_port = static_cast<uint16_t>(ports_of(config).Serf);
    s.acl_enabled = config.ACL && config.ACL->Enabled;
    s.num_schedulers = std::max(1u, std::thread::hardware_concurrency());
    s.default_scheduler_config.SchedulerAlgorithm = "binpack";
    s.default_scheduler_config.PreemptionConfig.SystemSchedulerEnabled = true;
    if (!config.Server) return s;
    const agent::ServerConfig& c = *config.Server;
    if (c.NumSchedulers) s.num_schedulers = *c.NumSchedulers;
    if (!c.EnabledSchedulers.empty()) s.enabled_schedulers = c.EnabledSchedulers;
    s.min_heartbeat_ttl = duration_or(c.MinHeartbeatTTLHCL, s.min_heartbeat_ttl);
    s.heartbeat_grace = duration_or(c.HeartbeatGraceHCL, s.heartbeat_grace);
    s.failover_heartbeat_ttl = duration_or(c.FailoverHeartbeatTTLHCL, s.failover_heartbeat_ttl);
    if (c.MaxHeartbeatsPerSecond > 0) s.max_heartbeats_per_second = c.MaxHeartbeatsPerSecond;
    s.job_default_priority = c.JobDefaultPriority.value_or(s.job_default_priority);
    s.job_max_priority = c.JobMaxPriority.value_or(s.job_max_priority);
    s.job_max_count = c.JobMaxCount.value_or(s.job_max_count);
    s.job_tracked_versions = c.JobTrackedVersions.value_or(s.job_tracked_versions);
    if (c.DefaultSchedulerConfig) s.default_scheduler_config = *c.DefaultSchedulerConfig;
    if (s.default_scheduler_config.SchedulerAlgorithm.empty())
        s.default_scheduler_config.SchedulerAlgorithm = "binpack";
    s.gc.eval = duration_or(c.EvalGCThreshold, s.gc.eval);
    s.gc.job = duration_or(c.JobGCThreshold, s.gc.job);
    s.gc.job_interval = duration_or(c.JobGCInterval, s.gc.job_interval);
    s.gc.node = duration_or(c.NodeGCThreshold, s.gc.node);
    return s;
}

client::ClientConfig client_settings(const Config& config, const std::string& data_dir, std::string http_address) {
    client::ClientConfig s;
    const agent::ClientConfig& c = *config.Client;
    s.dev_mode = config.DevMode;
    s.state_dir = c.StateDir.empty() ? data_dir + "/client" : c.StateDir;
    s.alloc_dir = c.AllocDir.empty() ? data_dir + "/alloc" : c.AllocDir;
    s.region = config.Region;
    s.datacenter = config.Datacenter;
    s.node_name = config.NodeName;
    s.node_class = c.NodeClass;
    if (!c.NodePool.empty()) s.node_pool = c.NodePool;
    s.http_address = std::move(http_address);
    s.meta = c.Meta;
    s.options = c.Options;
    for (const PluginConfig& plugin : config.Plugins) s.plugins[plugin.Name] = plugin.Config;
    s.network_interface = c.NetworkInterface;
    s.preferred_address_family = c.PreferredAddressFamily;
    s.network_speed = c.NetworkSpeed;
    s.cpu_total_compute = c.CpuCompute;
    s.memory_total_mb = c.MemoryMB;
    s.disk_total_mb = c.DiskTotalMB;
    s.reservable_cores = c.ReservableCores;
    if (c.Reserved) {
        s.reserved = {c.Reserved->CPU, c.Reserved->Cores, c.Reserved->MemoryMB, c.Reserved->DiskMB,
                      c.Reserved->ReservedPorts};
    }
    if (c.MinDynamicPort > 0) s.min_dynamic_port = c.MinDynamicPort;
    if (c.MaxDynamicPort > 0) s.max_dynamic_port = c.MaxDynamicPort;
    s.node_max_allocs = c.NodeMaxAllocs;
    s.no_host_uuid = c.NoHostUUID.value_or(true);
    s.default_ineligible = c.DefaultIneligible;
    s.nomad_service_discovery = c.NomadServiceDiscovery.value_or(true);
    s.gc_volumes_on_node_gc = c.GCVolumesOnNodeGC;
    if (!c.CgroupParent.empty()) s.cgroup_parent = c.CgroupParent;
    for (const auto& volume : c.HostVolumes) s.host_volumes.push_back(volume);
    for (const auto& network : c.HostNetworks) s.host_networks.push_back(network);
    s.max_kill_timeout = duration_or(c.MaxKillTimeout, s.max_kill_timeout);
    s.gc_interval = duration_or(c.GCIntervalHCL, s.gc_interval);
    if (c.GCDiskUsageThreshold > 0) s.gc_disk_usage_threshold = c.GCDiskUsageThreshold;
    if (c.GCInodeUsageThreshold > 0) s.gc_inode_usage_threshold = c.GCInodeUsageThreshold;
    if (c.GCMaxAllocs > 0) s.gc_max_allocs = c.GCMaxAllocs;
    return s;
}

std::string http_host(const Config& config) {
    std::string host = config.Addresses && !config.Addresses->HTTP.empty() ? config.Addresses->HTTP : config.BindAddr;
    return host.empty() ? "0.0.0.0" : host;
}

}  // namespace drover::agent
