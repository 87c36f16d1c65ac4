#include "agent/config_support.h"

#include <algorithm>
#include <string_view>

#include "agent/config_load.h"
#include "base/strings.h"

namespace drover::agent {
namespace {

using codec::FieldInfo;
using codec::Kind;
using codec::TypeInfo;

// Keys that something acts on; a block's name stands for all of it.
constexpr std::string_view kSupported[] = {"region",
                                           "datacenter",
                                           "name",
                                           "data_dir",
                                           "log_level",
                                           "log_json",
                                           "log_file",
                                           "bind_addr",
                                           "enable_debug",
                                           "ports",
                                           "addresses",
                                           "advertise",
                                           "leave_on_interrupt",
                                           "leave_on_terminate",
                                           "disable_update_check",
                                           "disable_anonymous_signature",
                                           "http_api_response_headers",
                                           "limits.http_max_conns_per_client",
                                           "limits.https_handshake_timeout",
                                           "limits.rpc_max_conns_per_client",
                                           "limits.rpc_handshake_timeout",
                                           "rpc",
                                           "tls.rpc",
                                           "tls.ca_file",
                                           "tls.cert_file",
                                           "tls.key_file",
                                           "tls.verify_server_hostname",
                                           "tls.rpc_upgrade_mode",
                                           "tls.tls_min_version",
                                           "plugin",
                                           "autopilot.cleanup_dead_servers",
                                           "autopilot.server_stabilization_time",
                                           "autopilot.last_contact_threshold",
                                           "autopilot.max_trailing_logs",
                                           "autopilot.min_quorum",
                                           "ui.show_cli_hints",
                                           "ui.enabled",
                                           "telemetry.collection_interval",
                                           "telemetry.in_memory_collection_interval",
                                           "telemetry.in_memory_retention_period",
                                           "telemetry.prometheus_metrics",
                                           "telemetry.publish_allocation_metrics",
                                           "telemetry.publish_node_metrics",
                                           "telemetry.disable_hostname",
                                           "server.enabled",
                                           "server.bootstrap_expect",
                                           "server.data_dir",
                                           "server.raft_protocol",
                                           "server.retry_join",
                                           "server.retry_max",
                                           "server.retry_interval",
                                           "server.start_join",
                                           "server.server_join",
                                           "server.encrypt",
                                           "server.raft_multiplier",
                                           "server.num_schedulers",
                                           "server.enabled_schedulers",
                                           "server.heartbeat_grace",
                                           "server.min_heartbeat_ttl",
                                           "server.max_heartbeats_per_second",
                                           "server.failover_heartbeat_ttl",
                                           "server.default_scheduler_config",
                                           "server.job_default_priority",
                                           "server.job_max_priority",
                                           "server.job_max_count",
                                           "server.job_max_source_size",
                                           "server.job_tracked_versions",
                                           "server.node_gc_threshold",
                                           "server.job_gc_interval",
                                           "server.job_gc_threshold",
                                           "server.eval_gc_threshold",
                                           "server.batch_eval_gc_threshold",
                                           "server.deployment_gc_threshold",
                                           "client.enabled",
                                           "client.state_dir",
                                           "client.alloc_dir",
                                           "client.servers",
                                           "client.server_join",
                                           "client.node_class",
                                           "client.node_pool",
                                           "client.options",
                                           "client.meta",
                                           "client.network_interface",
                                           "client.cpu_total_compute",
                                           "client.memory_total_mb",
                                           "client.disk_total_mb",
                                           "client.disk_free_mb",
                                           "client.max_kill_timeout",
                                           "client.min_dynamic_port",
                                           "client.max_dynamic_port",
                                           "client.reserved",
                                           "client.gc_interval",
                                           "client.gc_max_allocs",
                                           "client.gc_parallel_destroys",
                                           "client.no_host_uuid",
                                           "client.host_volume",
                                           "client.host_network",
                                           "client.cgroup_parent",
                                           "client.node_max_allocs"};

bool supported(std::string_view path) {
    return std::any_of(std::begin(kSupported), std::end(kSupported), [&](std::string_view known) {
        return path == known || (path.starts_with(known) && path[known.size()] == '.');
    });
}

bool contains_supported(std::string_view path) {
    return std::any_of(std::begin(kSupported), std::end(kSupported), [&](std::string_view known) {
        return known.starts_with(path) && known.size() > path.size() && known[path.size()] == '.';
    });
}

// A block that says `enabled = false` asks for nothing, whatever else stands in it; so does one without content.
bool asks_for_nothing(const TypeInfo& type, const void* value) {
    if (type.kind == Kind::pointer) {
        const void* pointee = type.pointee(value);
        return !pointee || asks_for_nothing(type.element(), pointee);
    }
    if (type.kind == Kind::list) {
        for (size_t i = 0; i < type.count(value); ++i) {
            if (!asks_for_nothing(type.element(), type.at(value, i))) return false;
        }
        return true;
    }
    if (codec::is_zero(type, value)) return true;
    if (type.kind != Kind::structure) return false;
    return std::any_of(type.fields.begin(), type.fields.end(), [&](const FieldInfo& f) {
        if (f.hcl != "enabled" || f.type().kind != Kind::pointer) return false;
        const void* flag = f.type().pointee(codec::member(f, value));
        return flag && !*static_cast<const bool*>(flag);
    });
}

// The first key of `value` that differs from its default and that nothing acts on; empty if there is none.
std::string first_unsupported(const TypeInfo& type, const void* value, const void* by_default,
                              const std::string& path) {
    for (const FieldInfo& f : type.fields) {
        if (f.hcl.empty()) continue;
        const std::string place = path.empty() ? std::string(f.hcl) : path + "." + std::string(f.hcl);
        if (supported(place)) continue;
        const TypeInfo* member_type = &f.type();
        const void *mine = codec::member(f, value), *theirs = codec::member(f, by_default);
        if (codec::equal(*member_type, mine, theirs) || asks_for_nothing(*member_type, mine)) continue;
        if (member_type->kind == Kind::pointer && member_type->pointee(mine) && member_type->pointee(theirs)) {
            mine = member_type->pointee(mine), theirs = member_type->pointee(theirs);
            member_type = &member_type->element();
        }
        if (member_type->kind != Kind::structure || !contains_supported(place)) return place;
        if (std::string inner = first_unsupported(*member_type, mine, theirs, place); !inner.empty()) return inner;
    }
    return "";
}

}  // namespace

Result<> check_support(const Config& config) {
    Config by_default = config.DevMode ? dev_config() : default_config();
    // So that their keys are looked at one by one.
    by_default.UI.make(), by_default.Autopilot.make(), by_default.TLSConfig.make();
    Config asked = config;
    asked.UI.make(), asked.Autopilot.make(), asked.TLSConfig.make();
    const std::string key = first_unsupported(codec::type_of<Config>(), &asked, &by_default, "");
    if (key.empty()) return {};
    return fail(Error::not_implemented("configuration " + quote(key) + " is not supported yet; remove it to start"));
}

}  // namespace drover::agent
