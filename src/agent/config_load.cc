#include "agent/config_load.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

#include "agent/config_reader.h"
#include "agent/config_support.h"
#include "agent/config_syntax.h"
#include "agent/known_servers.h"
#include "base/log.h"
#include "base/strings.h"

namespace drover::agent {
namespace {

namespace fs = std::filesystem;

Result<> read_file(Config& config, const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return fail(Error::bad_request("Error loading " + path + ": cannot be opened"));
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (in.bad()) return fail(Error::bad_request("Error loading " + path + ": cannot be read"));
    auto tree = parse_config_text(text);
    if (!tree) return fail(tree.error().wrapped("Error parsing " + path + ": "));
    if (auto done = read_tree(*tree, codec::type_of<Config>(), &config); !done) {
        return fail(done.error().wrapped("Error parsing " + path + ": "));
    }
    config.Files.push_back(path);
    return {};
}

Result<> check_duration(std::string_view key, const std::string& text) {
    if (text.empty()) return {};
    auto d = parse_duration(text);
    if (!d) return fail(Error::bad_request("invalid value for " + quote(key) + ": " + d.error().message));
    return {};
}

Result<> check_port(std::string_view key, int64_t port) {
    if (port >= 0 && port <= 65535) return {};
    return fail(Error::bad_request("invalid value for " + quote(key) + ": " + std::to_string(port) + " is no port"));
}

// Addresses of servers that a client knows.
Result<> check_servers(const ClientConfig& client) {
    const auto check = [](std::string_view key, const List<std::string>& addresses) -> Result<> {
        for (const std::string& address : addresses) {
            if (address.find('=') != std::string::npos)
                return fail(Error::bad_request("invalid value for " + quote(key) + ": finding servers by " +
                                               quote(address) + " is not supported; give addresses"));
            if (auto checked = server_address(address); !checked)
                return fail(Error::bad_request("invalid value for " + quote(key) + ": " + checked.error().message));
        }
        return {};
    };
    if (auto done = check("client.servers", client.Servers); !done) return done;
    if (!client.ServerJoin) return {};
    if (auto done = check("client.server_join.start_join", client.ServerJoin->StartJoin); !done) return done;
    if (auto done = check("client.server_join.retry_join", client.ServerJoin->RetryJoin); !done) return done;
    return check_duration("client.server_join.retry_interval", client.ServerJoin->RetryIntervalHCL);
}

Result<> check_roles(const Config& config) {
    if (!config.Server->Enabled && !config.Client->Enabled) {
        return fail(Error::bad_request("Must specify either server, client or dev mode for the agent."));
    }
    if (!config.DevMode && config.DataDir.empty()) {
        return fail(Error::bad_request("Must specify \"data_dir\" config option or \"data-dir\" CLI flag"));
    }
    if (!config.DataDir.empty() && !fs::path(config.DataDir).is_absolute()) {
        return fail(Error::bad_request("data_dir must be given as an absolute path: got " + config.DataDir));
    }
    if (config.Region.empty()) return fail(Error::bad_request("Missing region"));
    LogLevel level;
    if (!parse_log_level(config.LogLevel, level)) {
        return fail(Error::bad_request("Invalid log level: " + config.LogLevel +
                                       ". Valid log levels are: TRACE, DEBUG, INFO, WARN, ERROR, OFF"));
    }
    return {};
}

}  // namespace

Config default_config() {
    Config config;
    config.Ports.make();
    config.Addresses.make();
    config.AdvertiseAddrs.make();
    config.Client.make();
    config.Server.make();
    config.ACL.make();
    config.Telemetry.make();
    return config;
}

Config dev_config() {
    Config config = default_config();
    config.DevMode = true;
    config.BindAddr = "127.0.0.1";
    config.LogLevel = "DEBUG";
    config.EnableDebug = true;
    config.Server->Enabled = true;
    config.Server->BootstrapExpect = 1;
    config.Client->Enabled = true;
    config.Client->NetworkInterface = "lo";
    config.Client->Options["driver.raw_exec.enable"] = "true";
    config.Telemetry->PrometheusMetrics = true;
    config.Telemetry->PublishAllocationMetrics = true;
    config.Telemetry->PublishNodeMetrics = true;
    return config;
}

Result<> read_config_path(Config& config, const std::string& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) return fail(Error::bad_request("Error loading " + path + ": no such file or directory"));
    config.ConfigPaths.push_back(path);
    if (!fs::is_directory(status)) return read_file(config, path);
    std::vector<std::string> files;
    for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
        const fs::path& file = it->path();
        const std::string name = file.filename().string();
        const bool temporary =
            name.starts_with(".#") || name.ends_with("~") || (name.starts_with("#") && name.ends_with("#"));
        const bool wanted = file.extension() == ".hcl" || file.extension() == ".json";
        if (wanted && !temporary && !it->is_directory(error)) files.push_back(file.string());
    }
    if (error) return fail(Error::bad_request("Error loading " + path + ": " + error.message()));
    std::sort(files.begin(), files.end());
    for (const std::string& file : files) {
        if (auto done = read_file(config, file); !done) return done;
    }
    return {};
}

Result<> check_config(const Config& config) {
    if (auto done = check_roles(config); !done) return done;
    const ServerConfig& server = *config.Server;
    const ClientConfig& client = *config.Client;
    for (const auto& [key, port] : {std::pair{"ports.http", config.Ports->HTTP},
                                    {"ports.rpc", config.Ports->RPC},
                                    {"ports.serf", config.Ports->Serf},
                                    {"client.min_dynamic_port", client.MinDynamicPort},
                                    {"client.max_dynamic_port", client.MaxDynamicPort}}) {
        if (auto done = check_port(key, port); !done) return done;
    }
    if (client.MinDynamicPort > client.MaxDynamicPort) {
        return fail(Error::bad_request("client.min_dynamic_port is greater than client.max_dynamic_port"));
    }
    for (const auto& [key, text] : {std::pair{"server.heartbeat_grace", server.HeartbeatGraceHCL},
                                    {"server.min_heartbeat_ttl", server.MinHeartbeatTTLHCL},
                                    {"server.failover_heartbeat_ttl", server.FailoverHeartbeatTTLHCL},
                                    {"server.node_gc_threshold", server.NodeGCThreshold},
                                    {"server.job_gc_interval", server.JobGCInterval},
                                    {"server.job_gc_threshold", server.JobGCThreshold},
                                    {"server.eval_gc_threshold", server.EvalGCThreshold},
                                    {"server.batch_eval_gc_threshold", server.BatchEvalGCThreshold},
                                    {"server.deployment_gc_threshold", server.DeploymentGCThreshold},
                                    {"client.max_kill_timeout", client.MaxKillTimeout},
                                    {"client.gc_interval", client.GCIntervalHCL},
                                    {"telemetry.collection_interval", config.Telemetry->CollectionInterval},
                                    {"limits.https_handshake_timeout", config.Limits.HTTPSHandshakeTimeout}}) {
        if (auto done = check_duration(key, text); !done) return done;
    }
    if (config.Autopilot) {
        const AutopilotConfig& autopilot = *config.Autopilot;
        for (const auto& [key, text] :
             {std::pair{"autopilot.server_stabilization_time", autopilot.ServerStabilizationTimeHCL},
              {"autopilot.last_contact_threshold", autopilot.LastContactThresholdHCL}}) {
            if (auto done = check_duration(key, text); !done) return done;
        }
        if (autopilot.MaxTrailingLogs < 0 || autopilot.MinQuorum < 0)
            return fail(Error::bad_request("autopilot.max_trailing_logs and min_quorum must be >= 0"));
    }
    if (client.Enabled) {
        if (auto done = check_servers(client); !done) return done;
    }
    const int64_t connections = config.Limits.HTTPMaxConnsPerClient.value_or(0);
    if (connections < 0) return fail(Error::bad_request("http_max_conns_per_client must be >= 0"));
    return check_support(config);
}

}  // namespace drover::agent
