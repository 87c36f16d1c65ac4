#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <future>
#include <iostream>

#include "agent/agent.h"
#include "agent/config_load.h"
#include "base/log.h"
#include "base/rng.h"
#include "base/strings.h"
#include "base/version.h"
#include "cli/command.h"
#include "cli/local_commands.h"

namespace drover::cli {
namespace {

constexpr Duration kLeavePatience = seconds(5);

struct AgentFlags {
    bool dev = false;
    std::vector<std::string> config_paths, servers, meta;
    Opt<bool> server, client, log_json, acl_enabled;
    Opt<int64_t> bootstrap_expect;
    Opt<std::string> bind, region, dc, data_dir, plugin_dir, node, log_level, state_dir, alloc_dir, node_class,
        node_pool, network_interface, encrypt;

    void add_to(Flags& flags) {
        flags.add("config", config_paths, "A configuration file or a directory of them; repeatable, merged in order.");
        flags.add("dev", dev, "A server and a client in one process that keep nothing.");
        flags.add("server", server, "Be a server.");
        flags.add("client", client, "Be a client.");
        flags.add("bootstrap-expect", bootstrap_expect, "How many servers make the cluster.");
        flags.add("bind", bind, "The address to listen on.");
        flags.add("region", region, "The region of the agent.");
        flags.add("dc", dc, "The datacenter of the agent.");
        flags.add("data-dir", data_dir, "The directory that keeps the agent's state.");
        flags.add("plugin-dir", plugin_dir, "The directory of plugins.");
        flags.add("node", node, "The name of the agent; default: the host's.");
        flags.add("log-level", log_level, "TRACE, DEBUG, INFO, WARN, ERROR or OFF.");
        flags.add("log-json", log_json, "Log in JSON.");
        flags.add("state-dir", state_dir, "The directory of the client's state.");
        flags.add("alloc-dir", alloc_dir, "The directory of allocations.");
        flags.add("node-class", node_class, "The class of the node.");
        flags.add("node-pool", node_pool, "The pool of the node.");
        flags.add("servers", servers, "Addresses of servers to register with; repeatable.");
        flags.add("meta", meta, "A key=value of the node's metadata; repeatable.");
        flags.add("network-interface", network_interface, "The interface whose address tasks get.");
        flags.add("acl-enabled", acl_enabled, "Enforce access control.");
        flags.add("encrypt", encrypt, "The key that members of the cluster share.");
    }

    void apply_to(agent::Config& config) const {
        const auto set = [](auto& member, const auto& flag) {
            if (flag) member = *flag;
        };
        set(config.Server->Enabled, server);
        set(config.Client->Enabled, client);
        set(config.Server->BootstrapExpect, bootstrap_expect);
        set(config.BindAddr, bind);
        set(config.Region, region);
        set(config.Datacenter, dc);
        set(config.DataDir, data_dir);
        set(config.PluginDir, plugin_dir);
        set(config.NodeName, node);
        set(config.LogLevel, log_level);
        set(config.LogJson, log_json);
        set(config.Client->StateDir, state_dir);
        set(config.Client->AllocDir, alloc_dir);
        set(config.Client->NodeClass, node_class);
        set(config.Client->NodePool, node_pool);
        set(config.Client->NetworkInterface, network_interface);
        set(config.ACL->Enabled, acl_enabled);
        set(config.Server->EncryptKey, encrypt);
        for (const std::string& list : servers) {
            for (std::string& one : split(list, ',')) config.Client->Servers.push_back(std::move(one));
        }
        for (const std::string& pair : meta) {
            const size_t eq = pair.find('=');
            config.Client->Meta[pair.substr(0, eq)] = eq == std::string::npos ? "" : pair.substr(eq + 1);
        }
    }
};

Result<agent::Config> make_config(const AgentFlags& flags) {
    agent::Config config = flags.dev ? agent::dev_config() : agent::default_config();
    for (const std::string& path : flags.config_paths) {
        if (auto done = agent::read_config_path(config, path); !done) return fail(done.error());
    }
    flags.apply_to(config);
    if (config.NodeName.empty()) {
        char host[HOST_NAME_MAX + 1] = "";
        gethostname(host, sizeof host - 1);
        config.NodeName = host;
    }
    if (auto done = agent::check_config(config); !done) return fail(done.error());
    return config;
}

// The block that is printed before the log begins: keys aligned on the right, sorted.
void print_heading(Call& call, const agent::Config& config, const agent::Agent& running) {
    for (const std::string& file : config.Files) call.say("==> Loaded configuration from " + file);
    if (config.Files.empty()) call.say("==> No configuration files loaded");
    std::vector<std::pair<std::string, std::string>> lines{
        {"Advertise Addrs", "HTTP: " + running.http_address()},
        {"Bind Addrs", "HTTP: [" + running.http_address() + "]"},
        {"Client", config.Client->Enabled ? "true" : "false"},
        {"Log Level", config.LogLevel},
        {"Region", config.Region + " (DC: " + config.Datacenter + ")"},
        {"Server", config.Server->Enabled ? "true" : "false"},
        {"Version", std::string(kNomadVersion) + " (Drover " + std::string(kDroverVersion) + ")"}};
    size_t longest = 0;
    for (const auto& [key, value] : lines) longest = std::max(longest, key.size());
    call.say("==> Nomad agent configuration:\n");
    for (const auto& [key, value] : lines) call.say(std::string(longest - key.size() + 7, ' ') + key + ": " + value);
    call.say("\n==> Nomad agent started! Log data will stream in below:\n");
    call.io.out << std::flush;
}

sigset_t agent_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
    return set;
}

// Takes leave of the cluster. False: a second signal came, or it took too long.
bool leave(Call& call, agent::Agent& running, const sigset_t& signals) {
    call.say("==> Gracefully shutting down agent...");
    call.io.out << std::flush;
    constexpr timespec kLook{0, 50'000'000};
    const std::future<void> left = running.leave(kLeavePatience);
    const Duration end = call.io.clock.monotonic() + kLeavePatience;
    while (left.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        const int signal = sigtimedwait(&signals, nullptr, &kLook);
        if (signal == SIGINT || signal == SIGTERM || call.io.clock.monotonic() > end) return false;
    }
    return true;
}

// Waits for a signal that ends the agent; answers the exit code.
int serve(Call& call, const agent::Config& config, agent::Agent& running, const sigset_t& signals, const Logger& log) {
    for (;;) {
        int signal = 0;
        if (sigwait(&signals, &signal) != 0) continue;
        if (signal == SIGHUP) {
            log.info("caught a signal: nothing to reload", {{"signal", "hangup"}});
            continue;
        }
        call.say(std::string("==> Caught signal: ") + (signal == SIGINT ? "interrupt" : "terminated"));
        const bool leaves = signal == SIGINT ? config.LeaveOnInt : config.LeaveOnTerm;
        const bool has_left = leaves && leave(call, running, signals);
        running.stop();
        return has_left ? 0 : 1;
    }
}

int agent_command(Call& call) {
    AgentFlags flags;
    flags.add_to(call.flags);
    if (auto code = call.parse({0, 0, "no arguments"}, true)) return *code;
    auto config = make_config(flags);
    if (!config) return call.complain("==> " + config.error().message);
    LogConfig logging;
    parse_log_level(config->LogLevel, logging.level);
    logging.json = config->LogJson;
    logging.file = config->LogFile;
    if (!configure_logging(logging)) return call.complain("==> Error opening log file " + config->LogFile);
    // Threads inherit the mask, so that only this thread takes these signals.
    const sigset_t signals = agent_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGIO, SIG_IGN);  // who opens a file on which a lease is being asked for
    SystemRng rng;
    const Logger log("agent");
    Map<std::string> environment;
    for (const auto& [name, value] : call.io.environment) environment[name] = value;
    auto running = agent::Agent::start(*config, call.io.clock, rng, std::move(environment));
    if (!running) return call.complain("==> Error starting agent: " + running.error().message);
    print_heading(call, *config, **running);
    return serve(call, *config, **running, signals, log);
}

}  // namespace

const CommandTable& agent_commands() {
    static const CommandTable table = {
        {"agent", "Run an agent", "[options]", "", agent_command},
    };
    return table;
}

}  // namespace drover::cli
