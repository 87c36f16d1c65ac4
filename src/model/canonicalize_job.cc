#include <algorithm>

#include "codec/convert.h"
#include "model/canonicalize.h"
#include "model/job_rules.h"
#include "model/status.h"

namespace drover::model {
namespace {

constexpr std::string_view kIdentityAudience = "nomadproject.io";

template <class C>
void null_if_empty(C& container) {
    if (container.empty()) container.set_null();
}

void name_ports(List<NetworkResource>& networks) {
    for (NetworkResource& network : networks) {
        null_if_empty(network.ReservedPorts);
        null_if_empty(network.DynamicPorts);
        for (auto* ports : {&network.ReservedPorts, &network.DynamicPorts}) {
            for (Port& port : *ports) {
                if (port.HostNetwork.empty()) port.HostNetwork = "default";
            }
        }
    }
}

// `${JOB}`, `${TASKGROUP}` and `${TASK}` in the name of a service stand for the names around it.
std::string expand_name(const std::string& name, const Job& job, const TaskGroup& group, const std::string& task) {
    if (name.find("${") == std::string::npos) return name;
    const std::string base = job.Name + "-" + group.Name + "-" + task;
    const std::pair<std::string_view, std::string_view> words[] = {
        {"${JOB}", job.Name}, {"${TASKGROUP}", group.Name}, {"${TASK}", task}, {"${BASE}", base}};
    return replace_words(name, words);
}

void canonicalize_check(ServiceCheck& check, const std::string& service, const std::string& task) {
    null_if_empty(check.Args);
    null_if_empty(check.Header);
    if (check.Name.empty()) check.Name = "service: \"" + service + "\" check";
    if (check.OnUpdate.empty()) check.OnUpdate = "require_healthy";
    if (check.TaskName.empty()) check.TaskName = task;
}

// `task` is empty for a service of the group.
void canonicalize_service(Service& service, const Job& job, const TaskGroup& group, const std::string& task) {
    null_if_empty(service.Tags);
    null_if_empty(service.CanaryTags);
    null_if_empty(service.Checks);
    null_if_empty(service.TaggedAddresses);
    service.Name = expand_name(service.Name, job, group, task.empty() ? "group" : task);
    if (service.TaskName.empty()) service.TaskName = task;
    if (service.AddressMode.empty()) service.AddressMode = "auto";
    if (service.OnUpdate.empty()) service.OnUpdate = "require_healthy";
    if (service.Provider.empty()) service.Provider = "consul";
    if (service.Cluster.empty()) service.Cluster = "default";
    if (service.Namespace.empty()) {
        if (service.Provider == "nomad") {
            service.Namespace = job.Namespace;
        } else {
            service.Namespace = group.Consul && !group.Consul->Namespace.empty() ? group.Consul->Namespace : "default";
        }
    }
    for (ServiceCheck& check : service.Checks) canonicalize_check(check, service.Name, task);
}

void canonicalize_template(Template& tmpl) {
    if (tmpl.ChangeMode == "signal" && tmpl.ChangeSignal.empty()) tmpl.ChangeSignal = "SIGHUP";
}

void canonicalize_resources(Resources& resources) {
    null_if_empty(resources.Networks);
    null_if_empty(resources.Devices);
    name_ports(resources.Networks);
}

void canonicalize_task(Task& task, const Job& job, const TaskGroup& group) {
    null_if_empty(task.Meta);
    null_if_empty(task.Config);
    null_if_empty(task.Env);
    null_if_empty(task.Artifacts);
    null_if_empty(task.Templates);
    null_if_empty(task.Constraints);
    null_if_empty(task.Affinities);
    canonicalize_resources(task.Resources.make());
    for (Template& tmpl : task.Templates) canonicalize_template(tmpl);
    for (Service& service : task.Services) canonicalize_service(service, job, group, task.Name);
}

void set_scaling_target(ScalingPolicy& policy, const Job& job, const TaskGroup& group, const std::string& task) {
    policy.Target = {{"Namespace", job.Namespace}, {"Job", job.ID}, {"Group", group.Name}};
    if (!task.empty()) policy.Target["Task"] = task;
    if (policy.Type.empty()) policy.Type = "horizontal";
}

void set_scaling_targets(TaskGroup& group, const Job& job) {
    if (group.Scaling) {
        auto policy = std::make_shared<ScalingPolicy>(*group.Scaling);
        set_scaling_target(*policy, job, group, "");
        group.Scaling = std::move(policy);
    }
    for (Task& task : group.Tasks) {
        for (Shared<ScalingPolicy>& shared : task.ScalingPolicies) {
            auto policy = std::make_shared<ScalingPolicy>(*shared);
            set_scaling_target(*policy, job, group, task.Name);
            shared = std::move(policy);
        }
    }
}

void canonicalize_group(TaskGroup& group, const Job& job) {
    null_if_empty(group.Meta);
    null_if_empty(group.Tasks);
    null_if_empty(group.Constraints);
    null_if_empty(group.Affinities);
    null_if_empty(group.Spreads);
    name_ports(group.Networks);
    for (Service& service : group.Services) canonicalize_service(service, job, group, "");
    for (Task& task : group.Tasks) canonicalize_task(task, job, group);
    set_scaling_targets(group, job);
}

// The first identity without a name, or called default, is the task's own unless it has one.
void take_own_identity(Task& task) {
    if (task.Identity) return;
    const auto own = std::find_if(task.Identities.begin(), task.Identities.end(), [](const WorkloadIdentity& identity) {
        return identity.Name.empty() || identity.Name == "default";
    });
    if (own == task.Identities.end()) return;
    task.Identity = *own;
    task.Identities.erase(own);
}

// What spec and stored form do not share by name.
void convert_group(const spec::TaskGroup& from, TaskGroup& to) {
    for (size_t i = 0; i < from.Tasks.size(); ++i) {
        const spec::Task& source = from.Tasks[i];
        Task& task = to.Tasks[i];
        if (source.LogConfig && task.LogConfig && !source.LogConfig->Disabled && source.LogConfig->Enabled) {
            task.LogConfig->Disabled = !*source.LogConfig->Enabled;
        }
        take_own_identity(task);
        null_if_empty(task.Identities);
    }
}

void add(List<Constraint>& constraints, Constraint constraint, bool same_left_suffices) {
    for (const Constraint& c : constraints) {
        const bool same_left = c.LTarget == constraint.LTarget;
        const bool same = same_left && c.RTarget == constraint.RTarget && c.Operand == constraint.Operand;
        if (same || (same_left && same_left_suffices)) return;
    }
    constraints.push_back(std::move(constraint));
}

struct ServiceNeeds {
    bool nomad = false, nomad_checks = false, transparent_proxy = false;
    std::vector<std::string> consul_clusters;
};

void note(const List<Service>& services, ServiceNeeds& needs) {
    for (const Service& service : services) {
        if (service.Provider == "nomad") {
            needs.nomad = true;
            needs.nomad_checks |= !service.Checks.empty();
        } else {
            needs.consul_clusters.push_back(service.Cluster);
        }
        if (service.Connect && service.Connect->SidecarService && service.Connect->SidecarService->Proxy) {
            needs.transparent_proxy |= static_cast<bool>(service.Connect->SidecarService->Proxy->TransparentProxy);
        }
    }
}

std::string cluster_attribute(std::string_view product, const std::string& cluster) {
    std::string attribute = "${attr." + std::string(product);
    if (!cluster.empty() && cluster != "default") attribute += "." + cluster;
    return attribute + ".version}";
}

void add_vault_constraints(TaskGroup& group) {
    for (const Task& task : group.Tasks) {
        if (!task.Vault) continue;
        const bool named = !task.Vault->Cluster.empty() && task.Vault->Cluster != "default";
        add(group.Constraints,
            {cluster_attribute("vault", task.Vault->Cluster), named ? ">= 1.11.0" : ">= 0.6.1", "semver"}, true);
    }
}

void add_network_constraints(TaskGroup& group, const ServiceNeeds& needs) {
    const bool bridge = std::any_of(group.Networks.begin(), group.Networks.end(),
                                    [](const NetworkResource& network) { return network.Mode == "bridge"; });
    if (bridge) {
        for (std::string_view plugin : {"bridge", "firewall", "host-local", "loopback", "portmap"}) {
            add(group.Constraints, {"${attr.plugins.cni.version." + std::string(plugin) + "}", ">= 0.4.0", "semver"},
                true);
        }
    }
    if (needs.transparent_proxy) {
        add(group.Constraints, {"${attr.plugins.cni.version.consul-cni}", ">= 1.4.2", "semver"}, true);
        add(group.Constraints, {"${attr.nomad.version}", ">= 1.8.0-dev", "semver"}, true);
    }
}

void add_service_constraints(TaskGroup& group, const ServiceNeeds& needs) {
    if (needs.nomad) add(group.Constraints, {"${attr.nomad.service_discovery}", "true", "="}, false);
    if (needs.nomad_checks) add(group.Constraints, {"${attr.nomad.version}", ">= 1.4.0", "semver"}, false);
    for (const std::string& cluster : needs.consul_clusters) {
        add(group.Constraints, {cluster_attribute("consul", cluster), ">= 1.8.0", "semver"}, true);
    }
}

void add_task_constraints(TaskGroup& group) {
    for (const Task& task : group.Tasks) {
        for (const Secret& secret : task.Secrets) {
            if (secret.Provider.empty() || secret.Provider == "nomad" || secret.Provider == "vault") continue;
            add(group.Constraints, {"${attr.plugins.secrets." + secret.Provider + ".version}", "", "is_set"}, true);
        }
        if (task.Schedule) add(group.Constraints, {"${attr.nomad.version}", ">= 1.8.0-dev", "semver"}, true);
        if (task.Resources && task.Resources->NUMA && task.Resources->NUMA->Affinity != "none") {
            add(group.Constraints, {"${attr.nomad.version}", ">= 1.6.3-dev", "semver"}, false);
            add(group.Constraints, {"${attr.kernel.name}", "linux", "="}, false);
        }
    }
}

void add_identity_constraints(TaskGroup& group) {
    if (group.Consul && !group.Consul->Partition.empty()) {
        add(group.Constraints, {"${attr.consul.partition}", group.Consul->Partition, "="}, false);
    }
    const bool named =
        std::any_of(group.Tasks.begin(), group.Tasks.end(), [](const Task& task) { return !task.Identities.empty(); });
    if (named) add(group.Constraints, {"${attr.nomad.version}", ">= 1.7.0-a", "semver"}, false);
}

}  // namespace

Job to_job(const spec::Job& from) {
    Job job = codec::convert_to<Job>(from);
    job.Update = {};
    if (from.Update) {
        job.Update.Stagger = from.Update->Stagger.value_or(Duration{});
        job.Update.MaxParallel = from.Update->MaxParallel.value_or(0);
    }
    if (job.UI && from.UI) {
        for (size_t i = 0; i < from.UI->Links.size(); ++i) job.UI->Links[i].Url = from.UI->Links[i].URL;
    }
    for (size_t i = 0; i < from.TaskGroups.size(); ++i) convert_group(from.TaskGroups[i], job.TaskGroups[i]);
    return job;
}

void canonicalize(Job& job) {
    null_if_empty(job.Meta);
    null_if_empty(job.TaskGroups);
    null_if_empty(job.Constraints);
    null_if_empty(job.Affinities);
    null_if_empty(job.Spreads);
    if (job.Namespace.empty()) job.Namespace = kDefaultNamespace;
    if (job.NodePool.empty()) job.NodePool = kDefaultNodePool;
    if (job.Datacenters.empty()) job.Datacenters = {"*"};
    if (job.Priority == 0) job.Priority = 50;
    for (TaskGroup& group : job.TaskGroups) canonicalize_group(group, job);
    if (job.ParameterizedJob && job.ParameterizedJob->Payload.empty()) job.ParameterizedJob->Payload = "optional";
    if (job.Periodic && job.Periodic->TimeZone.empty()) job.Periodic->TimeZone = "UTC";
}

void add_implied_constraints(Job& job) {
    for (TaskGroup& group : job.TaskGroups) {
        ServiceNeeds needs;
        note(group.Services, needs);
        for (const Task& task : group.Tasks) note(task.Services, needs);
        add_vault_constraints(group);
        if (const auto signals = required_signals(group); !signals.empty()) {
            std::string list;
            for (const std::string& signal : signals) list += (list.empty() ? "" : ",") + signal;
            add(group.Constraints, {"${attr.os.signals}", list, "set_contains"}, false);
        }
        add_service_constraints(group, needs);
        add_network_constraints(group, needs);
        add_task_constraints(group);
        add_identity_constraints(group);
    }
}

void add_implied_identities(Job& job) {
    for (TaskGroup& group : job.TaskGroups) {
        for (Task& task : group.Tasks) {
            WorkloadIdentity& identity = task.Identity.make();
            if (identity.Name.empty()) identity.Name = "default";
            identity.Audience = {std::string(kIdentityAudience)};
        }
    }
}

void complete(Job& job) {
    canonicalize(job);
    add_connect(job);
    add_implied_constraints(job);
    add_implied_identities(job);
}

}  // namespace drover::model
