#pragma once
// How a server is set up: the agent fills it from its configuration. Values; read-only once a Server has it.

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/operator.h"

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

struct ServerConfig {
    std::string region = "global";
    std::string datacenter = "dc1";
    std::string name;         // of the agent
    std::string id;           // a UUID
    std::string rpc_address;  // "ip:port" that others reach this server at
    uint16_t serf_port = 4648;
    bool acl_enabled = false;

    int64_t num_schedulers = 1;
    std::vector<std::string> enabled_schedulers{"service", "batch", "system", "sysbatch"};

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
    SearchLimits search;
    GcThresholds gc;
};

}  // namespace drover::server
