#pragma once
// How the client of this node is set up: the agent fills it from its configuration. Values; read-only once a Client has
// it.

#include <map>
#include <string>
#include <vector>

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "model/node.h"

namespace drover::client {

// What the operator keeps from being given to tasks.
struct Reserved {
    int64_t cpu_mhz = 0;
    std::string cores;  // "0-2,7"
    int64_t memory_mb = 0;
    int64_t disk_mb = 0;
    std::string ports;  // "22,80,8500-8600"
};

struct ClientConfig {
    bool dev_mode = false;  // nothing lasts: no state on disk, and allocations end with the client
    std::string state_dir;  // <data_dir>/client
    std::string alloc_dir;  // <data_dir>/alloc

    std::string region = "global";
    std::string datacenter = "dc1";
    std::string node_name;
    std::string node_class;
    std::string node_pool = "default";
    std::string http_address;  // that others reach this agent's HTTP interface at
    bool tls_http = false;
    Map<std::string> meta;
    Map<std::string> options;
    Map<std::string> host_environment;                // the agent's own environment
    std::map<std::string, codec::AnyObject> plugins;  // config of `plugin "<name>"`

    std::string network_interface;
    std::string preferred_address_family;  // "ipv4", "ipv6" or empty
    int64_t network_speed = 0;
    int64_t cpu_total_compute = 0;
    int64_t memory_total_mb = 0;
    int64_t disk_total_mb = 0;
    std::string reservable_cores;
    Reserved reserved;
    int64_t min_dynamic_port = 20000;
    int64_t max_dynamic_port = 32000;
    int64_t node_max_allocs = 0;
    bool no_host_uuid = true;
    bool default_ineligible = false;
    bool nomad_service_discovery = true;
    bool bridge_hairpin_mode = false;
    bool gc_volumes_on_node_gc = false;
    std::string cgroup_parent = "nomad.slice";
    std::vector<model::ClientHostVolumeConfig> host_volumes;
    std::vector<model::ClientHostNetworkConfig> host_networks;

    Duration max_kill_timeout = seconds(30);
    Duration gc_interval = minutes(1);
    double gc_disk_usage_threshold = 80;
    double gc_inode_usage_threshold = 70;
    int64_t gc_max_allocs = 50;
};

}  // namespace drover::client
