#include "scheduler/feasibility.h"

#include <algorithm>
#include <set>

#include "base/strings.h"
#include "scheduler/devices.h"
#include "scheduler/node_facts.h"

namespace drover::scheduler {
namespace {

void add_constraints(std::vector<NodeConstraint>& out, const List<model::Constraint>& constraints) {
    for (const model::Constraint& constraint : constraints) {
        if (!is_distinct_hosts(constraint) && !is_distinct_property(constraint)) out.emplace_back(constraint);
    }
}

bool any_unique(const std::vector<NodeConstraint>& constraints) {
    return std::any_of(constraints.begin(), constraints.end(), [](const NodeConstraint& c) { return c.unique(); });
}

}  // namespace

bool in_node_set(const model::Job& job, std::string_view pool, std::string_view datacenter) {
    if (job.NodePool != "all" && !job.NodePool.empty() && job.NodePool != pool) return false;
    return std::any_of(job.Datacenters.begin(), job.Datacenters.end(),
                       [&](const std::string& pattern) { return glob_match(pattern, datacenter); });
}

GroupChecks::GroupChecks(const model::Job& job, const model::TaskGroup& group) : group_(group) {
    std::set<std::string> drivers, providers;
    add_constraints(job_constraints_, job.Constraints);
    add_constraints(group_constraints_, group.Constraints);
    for (const model::Task& task : group.Tasks) {
        drivers.insert(task.Driver);
        add_constraints(group_constraints_, task.Constraints);
        for (const model::Secret& secret : task.Secrets) providers.insert(secret.Provider);
        if (!task.Resources) continue;
        for (const model::RequestedDevice& device : task.Resources->Devices) devices_.push_back(&device);
    }
    drivers_.assign(drivers.begin(), drivers.end());
    secret_providers_.assign(providers.begin(), providers.end());
    needed_features_ = needed_features(group);
    const auto is_csi = [](const auto& entry) { return entry.second.Type == "csi"; };
    escapes_ = any_unique(job_constraints_) || any_unique(group_constraints_) ||
               std::any_of(group.Volumes.begin(), group.Volumes.end(), is_csi);
    has_node_checks_ = escapes_ || !devices_.empty() || !group.Volumes.empty();
}

const std::string* GroupChecks::fail_with(std::string reason) {
    reason_ = std::move(reason);
    return &reason_;
}

const std::string* GroupChecks::check_constraints(std::vector<NodeConstraint>& constraints, const model::Node& node,
                                                  bool unique) {
    for (NodeConstraint& constraint : constraints) {
        if (constraint.unique() == unique && !constraint.holds_on(node)) return &constraint.reason();
    }
    return nullptr;
}

const std::string* GroupChecks::check_network(const model::Node& node) {
    if (group_.Networks.empty()) return nullptr;
    const model::NetworkResource& network = group_.Networks.front();
    if (!offers_network_mode(node, network.Mode)) return fail_with("missing network");
    for (const auto* ports : {&network.DynamicPorts, &network.ReservedPorts}) {
        for (const model::Port& port : *ports) {
            if (port.HostNetwork.empty()) continue;
            const Target host_network(port.HostNetwork);
            const auto name = host_network.on(node);
            if (!name)
                return fail_with("invalid host network " + quote(port.HostNetwork) + " for port " + quote(port.Label));
            if (!has_host_network(node, *name)) {
                return fail_with("missing host network " + quote(*name) + " for port " + quote(port.Label));
            }
        }
    }
    return nullptr;
}

const std::string* GroupChecks::refuse_class(const model::Node& sample) {
    refused_by_job_ = false;
    if (const std::string* reason = check_constraints(job_constraints_, sample, false)) {
        refused_by_job_ = true;
        return reason;
    }
    for (const std::string& driver : drivers_) {
        if (!has_driver(sample, driver)) return fail_with("missing drivers");
    }
    if (const std::string* reason = check_constraints(group_constraints_, sample, false)) return reason;
    if (const std::string* reason = check_network(sample)) return reason;
    for (const std::string& provider : secret_providers_) {
        if (!sample.Attributes.get("plugins.secrets." + provider + ".version")) {
            return fail_with("missing secrets provider");
        }
    }
    if (const std::string* path = missing_feature(sample, needed_features_)) return path;
    return nullptr;
}

const std::string* GroupChecks::check_devices(const model::Node& node) {
    if (devices_.empty() || covers_devices(node, devices_)) return nullptr;
    return fail_with("missing devices");
}

const std::string* GroupChecks::check_volumes(const model::Node& node, std::string_view alloc_name) {
    for (const auto& [name, request] : group_.Volumes) {
        std::string source = request.Source;
        if (request.PerAlloc) {
            if (const size_t bracket = alloc_name.rfind('['); bracket != std::string_view::npos) {
                source += alloc_name.substr(bracket);
            }
        }
        if (request.Type == "csi") return fail_with("missing CSI volume(s) " + source);
        const model::ClientHostVolumeConfig* volume = node.HostVolumes.get(source);
        if (!volume || (volume->ReadOnly && !request.ReadOnly)) return fail_with("missing compatible host volumes");
    }
    return nullptr;
}

const std::string* GroupChecks::refuse_node(const model::Node& node, std::string_view alloc_name) {
    if (const std::string* reason = check_constraints(job_constraints_, node, true)) return reason;
    if (const std::string* reason = check_constraints(group_constraints_, node, true)) return reason;
    if (const std::string* reason = check_devices(node)) return reason;
    return check_volumes(node, alloc_name);
}

}  // namespace drover::scheduler
