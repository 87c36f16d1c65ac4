#include "agent/settings.h"

#include <algorithm>
#include <thread>

#include "agent/known_servers.h"
#include "server/autopilot.h"

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

model::AutopilotConfig autopilot_settings(const Config& config) {
    model::AutopilotConfig s = server::default_autopilot_config();
    if (!config.Autopilot) return s;
    const AutopilotConfig& c = *config.Autopilot;
    s.CleanupDeadServers = c.CleanupDeadServers.value_or(s.CleanupDeadServers);
    s.ServerStabilizationTime = duration_or(c.ServerStabilizationTimeHCL, s.ServerStabilizationTime);
    s.LastContactThreshold = duration_or(c.LastContactThresholdHCL, s.LastContactThreshold);
    if (c.MaxTrailingLogs > 0) s.MaxTrailingLogs = static_cast<uint64_t>(c.MaxTrailingLogs);
    if (c.MinQuorum > 0) s.MinQuorum = static_cast<uint64_t>(c.MinQuorum);
    return s;
}

Ports ports_of(const Config& config) { return config.Ports ? *config.Ports : Ports{}; }

}  // namespace

std::string server_directory(const Config& config) {
    if (config.Server && !config.Server->DataDir.empty()) return config.Server->DataDir;
    return config.DataDir + "/server";
}

namespace {

int64_t milliseconds_or(const std::string& text, Duration absent) { return duration_or(text, absent).milliseconds(); }

net::YamuxConfig yamux_settings(const Config& config) {
    net::YamuxConfig yamux;
    if (!config.RPC) return yamux;
    const RPCConfig& rpc = *config.RPC;
    if (rpc.AcceptBacklog > 0) yamux.accept_backlog = static_cast<uint32_t>(rpc.AcceptBacklog);
    yamux.keepalive_interval = duration_or(rpc.KeepAliveIntervalHCL, yamux.keepalive_interval);
    yamux.connection_write_timeout = duration_or(rpc.ConnectionWriteTimeoutHCL, yamux.connection_write_timeout);
    yamux.stream_open_timeout = duration_or(rpc.StreamOpenTimeoutHCL, yamux.stream_open_timeout);
    yamux.stream_close_timeout = duration_or(rpc.StreamCloseTimeoutHCL, yamux.stream_close_timeout);
    return yamux;
}

bool uses_tls(const Config& config) { return config.TLSConfig && config.TLSConfig->EnableRPC; }

net::TlsConfig tls_files(const TLSConfig& tls) {
    net::TlsConfig files;
    files.certificate = tls.CertFile;
    files.key = tls.KeyFile;
    files.ca = tls.CAFile;
    if (tls.TLSMinVersion == "tls13") files.min_version = "tls13";
    return files;
}

// The port, its limits, and what TLS asks for.
Result<server::RpcSettings> rpc_settings(const Config& config) {
    server::RpcSettings s;
    std::string host = config.Addresses && !config.Addresses->RPC.empty() ? config.Addresses->RPC : config.BindAddr;
    if (host.empty()) host = "0.0.0.0";
    s.listen = net::Address::tcp(host, static_cast<uint16_t>(ports_of(config).RPC));
    s.handshake_timeout = milliseconds(milliseconds_or(config.Limits.RPCHandshakeTimeout, seconds(5)));
    s.max_connections_per_address =
        static_cast<size_t>(std::max<int64_t>(0, config.Limits.RPCMaxConnsPerClient.value_or(100)));
    s.session.yamux = yamux_settings(config);
    if (!uses_tls(config)) return s;
    const TLSConfig& tls = *config.TLSConfig;
    auto server = net::TlsContext::server(tls_files(tls));
    if (!server) return fail(server.error().wrapped("tls: "));
    auto client = net::TlsContext::client(tls_files(tls));
    if (!client) return fail(client.error().wrapped("tls: "));
    s.server_tls = std::move(*server);
    s.client_tls = std::move(*client);
    s.tls_required = !tls.RPCUpgradeMode;
    s.verify_server_hostname = tls.VerifyServerHostname;
    return s;
}

// The members' port, and whom to look for.
server::MemberSettings member_settings(const Config& config) {
    server::MemberSettings s;
    const Addresses addresses = config.Addresses ? *config.Addresses : Addresses{};
    std::string host = addresses.Serf.empty() ? config.BindAddr : addresses.Serf;
    if (host.empty()) host = "0.0.0.0";
    s.listen = net::Address::tcp(host, static_cast<uint16_t>(ports_of(config).Serf));
    const std::string advertised =
        reachable(config, config.AdvertiseAddrs ? config.AdvertiseAddrs->Serf : "", ports_of(config).Serf);
    if (auto address = net::parse_address(advertised)) s.advertise_host = address->host;
    const agent::ServerConfig& c = *config.Server;
    s.retry_join = c.RetryJoin, s.start_join = c.StartJoin;
    s.retry_max = c.RetryMaxAttempts;
    s.retry_interval = duration_or(c.RetryIntervalHCL, s.retry_interval);
    if (!c.ServerJoin) return s;
    s.retry_join.insert(s.retry_join.end(), c.ServerJoin->RetryJoin.begin(), c.ServerJoin->RetryJoin.end());
    s.start_join.insert(s.start_join.end(), c.ServerJoin->StartJoin.begin(), c.ServerJoin->StartJoin.end());
    if (c.ServerJoin->RetryMaxAttempts > 0) s.retry_max = c.ServerJoin->RetryMaxAttempts;
    s.retry_interval = duration_or(c.ServerJoin->RetryIntervalHCL, s.retry_interval);
    return s;
}

}  // namespace

Result<server::ServerConfig> server_settings(const Config& config, std::string id, uint64_t instance) {
    server::ServerConfig s;
    auto rpc = rpc_settings(config);
    if (!rpc) return fail(rpc.error());
    s.rpc = std::move(*rpc);
    s.instance = instance;
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
    s.default_autopilot_config = autopilot_settings(config);
    if (!config.Server) return s;
    s.members = member_settings(config);
    const agent::ServerConfig& c = *config.Server;
    s.bootstrap_expect = config.DevMode ? 1 : c.BootstrapExpect;
    s.raft_multiplier = std::clamp<int64_t>(c.RaftMultiplier.value_or(1), 1, 10);
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
    s.gc.batch_eval = duration_or(c.BatchEvalGCThreshold, s.gc.batch_eval);
    s.gc.deployment = duration_or(c.DeploymentGCThreshold, s.gc.deployment);
    s.gc.job = duration_or(c.JobGCThreshold, s.gc.job);
    s.gc.job_interval = duration_or(c.JobGCInterval, s.gc.job_interval);
    s.gc.node = duration_or(c.NodeGCThreshold, s.gc.node);
    return s;
}

Result<net::RpcPoolConfig> client_pool_settings(const Config& config) {
    net::RpcPoolConfig pool;
    pool.dial_for_streams = true;
    pool.session.yamux = yamux_settings(config);
    if (config.RPC) pool.dial_timeout = duration_or(config.RPC->DialTimeoutHCL, pool.dial_timeout);
    if (!uses_tls(config)) return pool;
    auto tls = net::TlsContext::client(tls_files(*config.TLSConfig));
    if (!tls) return fail(tls.error().wrapped("tls: "));
    pool.tls = std::move(*tls);
    return pool;
}

client::RpcServersConfig client_servers(const Config& config) {
    client::RpcServersConfig servers;
    servers.region = config.Region;
    servers.verify_server_hostname = uses_tls(config) && config.TLSConfig->VerifyServerHostname;
    const agent::ClientConfig& c = *config.Client;
    std::vector<std::string> texts = c.Servers;
    if (c.ServerJoin) {
        texts.insert(texts.end(), c.ServerJoin->StartJoin.begin(), c.ServerJoin->StartJoin.end());
        texts.insert(texts.end(), c.ServerJoin->RetryJoin.begin(), c.ServerJoin->RetryJoin.end());
    }
    for (const std::string& text : texts) {
        if (auto address = server_address(text)) servers.addresses.push_back(std::move(*address));
    }
    std::sort(servers.addresses.begin(), servers.addresses.end());
    servers.addresses.erase(std::unique(servers.addresses.begin(), servers.addresses.end()), servers.addresses.end());
    return servers;
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
