// The tasks, ports and listener addresses that a group needs for its service mesh, and that its author leaves to the
// cluster. Everything here finds what an earlier pass has added, so that a job that was read back can be submitted.
#include <algorithm>
#include <map>
#include <optional>

#include "base/strings.h"
#include "model/canonicalize.h"
#include "model/connect.h"
#include "model/job_rules.h"

namespace drover::model {
namespace {

constexpr std::string_view kAnyAddress = "0.0.0.0";
constexpr std::string_view kDefaultDriver = "docker";

// The names that are known before there is an allocation.
std::string expand_known(const std::string& text, const Job& job, const TaskGroup& group) {
    if (text.find("${") == std::string::npos) return text;
    const std::pair<std::string_view, std::string_view> known[] = {{"${NOMAD_JOB_ID}", job.ID},
                                                                   {"${NOMAD_JOB_NAME}", job.Name},
                                                                   {"${NOMAD_GROUP_NAME}", group.Name},
                                                                   {"${NOMAD_NAMESPACE}", job.Namespace},
                                                                   {"${NOMAD_REGION}", job.Region}};
    return replace_words(text, known);
}

bool all_use(const List<Task>& tasks, std::string_view driver) {
    return std::all_of(tasks.begin(), tasks.end(),
                       [&](const Task& task) { return is_connect_proxy(task) || task.Driver == driver; });
}

bool has_own_task(const TaskGroup& group) {
    return std::any_of(group.Tasks.begin(), group.Tasks.end(),
                       [](const Task& task) { return !is_connect_proxy(task); });
}

// The proxy runs under the driver that everything beside it uses, where that one can run images of containers.
std::string proxy_driver(const Job& job, const TaskGroup& group) {
    bool any = has_own_task(group), podman = all_use(group.Tasks, "podman");
    if (!any) {
        podman = true;
        for (const TaskGroup& other : job.TaskGroups) {
            any |= has_own_task(other);
            podman &= all_use(other.Tasks, "podman");
        }
    }
    return any && podman ? "podman" : std::string(kDefaultDriver);
}

Map<codec::Any> envoy_config(bool gateway) {
    codec::AnyList args = {"-c",
                           "${NOMAD_SECRETS_DIR}/envoy_bootstrap.json",
                           "-l",
                           "${meta.connect.log_level}",
                           "--concurrency",
                           "${meta.connect.proxy_concurrency}",
                           "--disable-hot-restart"};
    return {{"image", gateway ? "${meta.connect.gateway_image}" : "${meta.connect.sidecar_image}"},
            {"args", std::move(args)}};
}

List<Constraint> proxy_constraints(const Service& service) {
    const bool named = !service.Cluster.empty() && service.Cluster != "default";
    const std::string consul = "${attr.consul." + (named ? service.Cluster + "." : "");
    return {{consul + "grpc}", "0", ">"}, {consul + "version}", ">= 1.8.0", "semver"}};
}

Task proxy_task(const Service& service, const std::string& kind, const std::string& driver, const TaskGroup& group) {
    Task task;
    task.Name = kind + "-" + service.Name;
    task.Kind = kind + ":" + service.Name;
    task.Driver = driver;
    task.Config = envoy_config(kind != kConnectProxyKind);
    task.ShutdownDelay = seconds(5);
    task.KillTimeout = seconds(5);
    task.LogConfig = LogConfig{.MaxFiles = 2, .MaxFileSizeMB = 2};
    Resources& resources = task.Resources.make();
    resources.CPU = 250, resources.MemoryMB = 128;
    task.RestartPolicy = group.RestartPolicy;
    task.Constraints = proxy_constraints(service);
    if (kind == kConnectProxyKind) task.Lifecycle = TaskLifecycleConfig{.Hook = "prestart", .Sidecar = true};
    return task;
}

template <class T>
void take(T& to, const T& from) {
    if (!from.empty()) to = from;
}

void take_logs(LogConfig& to, const LogConfig& from) {
    if (from.MaxFiles > 0) to.MaxFiles = from.MaxFiles;
    if (from.MaxFileSizeMB > 0) to.MaxFileSizeMB = from.MaxFileSizeMB;
    to.Disabled = from.Disabled;
}

// What the author wants other than usual.
void apply(const SidecarTask& wanted, Task& task) {
    take(task.Name, wanted.Name);
    take(task.User, wanted.User);
    take(task.KillSignal, wanted.KillSignal);
    take(task.VolumeMounts, wanted.VolumeMounts);
    // The usual arguments mean nothing to another driver.
    if (!wanted.Driver.empty() && wanted.Driver != task.Driver) {
        task.Driver = wanted.Driver;
        task.Config.set_null();
    }
    take(task.Config, wanted.Config);
    for (const auto& [name, value] : wanted.Env) task.Env[name] = value;
    for (const auto& [name, value] : wanted.Meta) task.Meta[name] = value;
    if (wanted.Resources) task.Resources = wanted.Resources;
    if (wanted.LogConfig) take_logs(*task.LogConfig, *wanted.LogConfig);
    if (wanted.KillTimeout && wanted.KillTimeout->ns != 0) task.KillTimeout = *wanted.KillTimeout;
    // Zero is what canonicalization gives a sidecar_task that does not mention it.
    if (wanted.ShutdownDelay && wanted.ShutdownDelay->ns != 0) task.ShutdownDelay = *wanted.ShutdownDelay;
    for (const WorkloadIdentity& identity : wanted.Identities) {
        if (identity.Name.empty() || identity.Name == "default") {
            task.Identity = identity;
        } else {
            task.Identities.push_back(identity);
        }
    }
}

// Where the proxy listens inside a network of its own. An address that the author gave is left alone.
void bind_gateway(ConsulGateway& gateway) {
    ConsulGatewayProxy& proxy = *gateway.Proxy;
    proxy.EnvoyGatewayNoDefaultBind = true;
    if (!proxy.EnvoyGatewayBindAddresses.empty()) return;
    const auto bind = [&](const std::string& name, int64_t port) {
        proxy.EnvoyGatewayBindAddresses[name] = {std::string(kAnyAddress), port};
    };
    if (gateway.Ingress) {
        for (const ConsulIngressListener& listener : gateway.Ingress->Listeners) {
            for (const ConsulIngressService& service : listener.Services) bind(service.Name, listener.Port);
        }
    } else if (gateway.Terminating) {
        bind("default", kPortOfAllocation);
    } else {
        bind("lan", kPortOfAllocation);
        bind("wan", kPortOfAllocation);
    }
}

void mark_native(Service& service, TaskGroup& group) {
    if (service.TaskName.empty() && group.Tasks.size() == 1) service.TaskName = group.Tasks[0].Name;
    for (Task& task : group.Tasks) {
        if (task.Name == service.TaskName) task.Kind = "connect-native:" + service.Name;
    }
}

// Gives the services of a group what they need.
class GroupMesh {
public:
    GroupMesh(const Job& job, TaskGroup& group)
        : group_(group), driver_(proxy_driver(job, group)), ports_(group.Networks[0]) {
        for (size_t i = 0; i < group.Tasks.size(); ++i) places_.emplace(group.Tasks[i].Kind, i);
    }

    void add_sidecar(const Service& service) {
        add_task(service, std::string(kConnectProxyKind));
        const std::string& port = service.Connect->SidecarService->Port;
        ports_.add(port.empty() ? std::string(kConnectProxyKind) + "-" + service.Name : port);
    }

    void add_gateway(Service& service) {
        ConsulGateway& gateway = *service.Connect->Gateway;
        const std::string kind = gateway_kind(gateway);
        if (kind.empty()) return;
        ConsulGatewayProxy& proxy = gateway.Proxy.make();
        if (!proxy.ConnectTimeout) proxy.ConnectTimeout = seconds(5);
        const std::string& mode = group_.Networks[0].Mode;
        if (mode == "bridge" || has_prefix(mode, "cni/")) bind_gateway(gateway);
        add_task(service, kind);
        if (gateway.Ingress) return;
        // The listeners of an ingress gateway have ports of their own; the others are reached by one that is given to
        // them.
        const std::string label = kind + "-" + service.Name;
        ports_.add(label);
        if (service.PortLabel.empty()) service.PortLabel = label;
    }

private:
    void add_task(const Service& service, const std::string& kind) {
        Task task = proxy_task(service, kind, driver_, group_);
        if (service.Connect->SidecarTask) apply(*service.Connect->SidecarTask, task);
        const auto [place, is_new] = places_.emplace(task.Kind, group_.Tasks.size());
        if (is_new) {
            group_.Tasks.push_back(std::move(task));
        } else {
            group_.Tasks[place->second] = std::move(task);
        }
    }

    TaskGroup& group_;
    const std::string driver_;
    DynamicPorts ports_;
    std::map<std::string, size_t> places_;  // of the tasks, by kind
};

void add_to_group(const Job& job, TaskGroup& group) {
    // What comes of another number of networks, validation says.
    std::optional<GroupMesh> mesh;
    if (group.Networks.size() == 1) mesh.emplace(job, group);
    for (Service& service : group.Services) {
        if (!service.Connect) continue;
        const ConsulConnect& connect = *service.Connect;
        if (connect.SidecarService || connect.Gateway) service.Name = expand_known(service.Name, job, group);
        if (connect.SidecarService) {
            if (mesh) mesh->add_sidecar(service);
        } else if (connect.Gateway) {
            if (mesh) mesh->add_gateway(service);
        } else if (connect.Native) {
            mark_native(service, group);
        }
    }
}

}  // namespace

DynamicPorts::DynamicPorts(NetworkResource& network) : network_(network) {
    for (const auto* ports : {&network.ReservedPorts, &network.DynamicPorts}) {
        for (const Port& port : *ports) labels_.insert(port.Label);
    }
}

bool DynamicPorts::add(const std::string& label) {
    if (!labels_.insert(label).second) return false;
    Port port;
    port.Label = label;
    port.To = kPortOfAllocation;
    port.HostNetwork = "default";
    network_.DynamicPorts.push_back(std::move(port));
    return true;
}

bool has_port(const NetworkResource& network, std::string_view label) { return maybe_port(network, label); }

const Port* maybe_port(const NetworkResource& network, std::string_view label) {
    for (const auto* ports : {&network.ReservedPorts, &network.DynamicPorts}) {
        for (const Port& port : *ports) {
            if (port.Label == label) return &port;
        }
    }
    return nullptr;
}

bool is_connect_proxy(const Task& task) {
    for (std::string_view kind : {kConnectProxyKind, kConnectIngressKind, kConnectTerminatingKind, kConnectMeshKind}) {
        if (has_prefix(task.Kind, std::string(kind) + ":")) return true;
    }
    return false;
}

std::string gateway_kind(const ConsulGateway& gateway) {
    if (gateway.Ingress) return std::string(kConnectIngressKind);
    if (gateway.Terminating) return std::string(kConnectTerminatingKind);
    return gateway.Mesh ? std::string(kConnectMeshKind) : std::string();
}

void add_connect(Job& job) {
    for (TaskGroup& group : job.TaskGroups) {
        add_to_group(job, group);
        expose_checks(group);
    }
}

}  // namespace drover::model
