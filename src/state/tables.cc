#include "state/tables.h"

#include <algorithm>
#include <iterator>

namespace drover::state {
namespace {

constexpr std::string_view kNames[] = {
    "nodes",
    "node_pools",
    "jobs",
    "job_summary",
    "job_version",
    "job_submission",
    "deployment",
    "periodic_launch",
    "evals",
    "allocs",
    "namespaces",
    "scheduler_config",
    "root_keys",
    "acl_policy",
    "acl_token",
    "acl_token_bootstrap",
    "acl_roles",
    "acl_auth_methods",
    "acl_binding_rules",
    "one_time_token",
    "scaling_policy",
    "scaling_event",
    "csi_plugins",
    "csi_volumes",
    "host_volumes",
    "task_volume",
    "service_registrations",
    "variables",
    "variables_quota",
    "cluster_meta",
    "autopilot-config",
};
static_assert(std::size(kNames) == kTables);

}  // namespace

std::string_view table_name(Table table) { return kNames[static_cast<size_t>(table)]; }

std::optional<Table> table_named(std::string_view name) {
    for (size_t i = 0; i < kTables; ++i) {
        if (kNames[i] == name) return static_cast<Table>(i);
    }
    return std::nullopt;
}

Key&& Key::number(uint64_t part) && {
    for (int shift = 56; shift >= 0; shift -= 8) bytes_.push_back(static_cast<char>(part >> shift));
    return std::move(*this);
}

std::string uuid_key(const Uuid& id) { return Key().uuid(id); }

std::string uuid_key(std::string_view id) {
    const auto parsed = parse_uuid(id);
    return parsed ? uuid_key(*parsed) : std::string();
}

Result<std::string> uuid_prefix(std::string_view prefix) {
    if (prefix.size() > 36)
        return fail(
            Error::internal("Invalid UUID length. UUID have 36 characters; got " + std::to_string(prefix.size())));
    if (std::count(prefix.begin(), prefix.end(), '-') > 4) {
        return fail(Error::internal("Invalid UUID format: too many hyphens"));
    }
    std::string digits;
    std::copy_if(prefix.begin(), prefix.end(), std::back_inserter(digits), [](char c) { return c != '-'; });
    if (digits.size() % 2) return fail(Error::internal("Input (without hyphens) must be even length"));
    auto key = parse_uuid_digits(digits);
    if (!key) return fail(Error::internal(key.error().message));
    return key;
}

std::string scoped_key(std::string_view ns, std::string_view id) { return Key().text(ns).text(id); }

std::string job_version_key(std::string_view ns, std::string_view id, uint64_t version) {
    return scoped_key(ns, id) + Key().number(~version).str();
}

}  // namespace drover::state
