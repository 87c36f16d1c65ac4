#pragma once
// How a server is set up: the agent fills it from its configuration. Values; read-only once a Server has it.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/operator.h"
#include "net/rpc_session.h"
#include "net/tls.h"
#include "raft/key_ring.h"

namespace drover::server {

struct SearchLimits {
    bool fuzzy_enabled = true;
    int64_t limit_query = 20;
    int64_t limit_results = 100;
    int64_t min_term_length = 2;
};

struct GcThresholds {
    Duration eval = hours(1);
    Duration batch_eval = hours(24);
    Duration job = hours(4);
    Duration job_interval = minutes(5);
    Duration node = hours(24);
    Duration deployment = hours(1);
};

// The RPC port and the calls that this server makes itself.
struct RpcSettings {
    net::Address listen = net::Address::tcp("127.0.0.1", 0);
    net::RpcSessionConfig session = {};
    Duration handshake_timeout = seconds(5);
    size_t max_connections_per_address = 100;  // 0: any number
    std::shared_ptr<net::TlsContext> server_tls = nullptr;
    std::shared_ptr<net::TlsContext> client_tls = nullptr;
    bool tls_required = false;
    bool verify_server_hostname = false;
};

// The members' protocol on the serf port.
struct MemberSettings {
    bool enabled = true;
    net::Address listen = net::Address::tcp("127.0.0.1", 0);
    std::string advertise_host;  // numeric; empty: as it listens
    std::vector<std::string> retry_join;
    std::vector<std::string> start_join;
    Duration retry_interval = seconds(30);
    int64_t retry_max = 0;
    raft::KeyRing keys;
    std::function<net::Task<Result<>>(raft::KeyRing)> maybe_save_keys = nullptr;
};

struct ServerConfig {
    std::string region = "global";
    std::string datacenter = "dc1";
    std::string name;         // of the agent
    std::string id;           // a UUID
    std::string rpc_address;  // "ip:port" that others reach this server at
    uint16_t serf_port = 4648;
    bool acl_enabled = false;
    uint64_t instance = 0;         // random, of this start
    int64_t bootstrap_expect = 1;  // servers that a new cluster waits for; 0: waits to be added
    RpcSettings rpc;
    MemberSettings members;
    int64_t raft_multiplier = 1;

    int64_t num_schedulers = 1;
    std::vector<std::string> enabled_schedulers{"service", "batch", "system", "sysbatch"};
    // false: no thread takes evaluations; who owns the loop calls Scheduling::run_next() on it.
    bool scheduler_threads = true;

    Duration min_heartbeat_ttl = seconds(10);
    Duration heartbeat_grace = seconds(10);
    Duration failover_heartbeat_ttl = seconds(300);
    double max_heartbeats_per_second = 50;

    int64_t job_default_priority = 50;
    int64_t job_max_priority = 100;
    int64_t job_max_count = 50000;
    int64_t job_max_source_size = 1 << 20;
    int64_t job_tracked_versions = 6;

    model::SchedulerConfiguration default_scheduler_config;
    model::AutopilotConfig default_autopilot_config;
    SearchLimits search;
    GcThresholds gc;
};

}  // namespace drover::server
