#pragma once
// Consul Connect: what a job's services in the mesh ask of their group. Pure; any thread; none of it fails: what cannot
// be made is left as it is, for model/validate to refuse.

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "model/job.h"

namespace drover::model {

// What a task that stands for a service in the mesh begins its kind with, before a colon and the service's name.
inline constexpr std::string_view kConnectProxyKind = "connect-proxy";
inline constexpr std::string_view kConnectIngressKind = "connect-ingress";
inline constexpr std::string_view kConnectTerminatingKind = "connect-terminating";
inline constexpr std::string_view kConnectMeshKind = "connect-mesh";

// The target of a port that is the same inside the network as outside: known once the allocation is placed.
inline constexpr int64_t kPortOfAllocation = -1;

// Whether the task is a proxy that the cluster has added.
bool is_connect_proxy(const Task& task);

// The kind of a gateway's task; empty if it is no kind of gateway.
std::string gateway_kind(const ConsulGateway& gateway);

// The ports of a network by their labels. The network outlives it, and others leave its ports alone meanwhile.
class DynamicPorts {
public:
    explicit DynamicPorts(NetworkResource& network);
    // Adds a port whose number is given to it and is the same inside the network. False: there is one of that label.
    bool add(const std::string& label);

private:
    NetworkResource& network_;
    std::set<std::string> labels_;
};

const Port* maybe_port(const NetworkResource& network, std::string_view label);
bool has_port(const NetworkResource& network, std::string_view label);

// The port on which a service listens inside its network: a number, or a port's own target.
std::optional<int64_t> local_port(const Service& service, const NetworkResource& network);

// Gives every check of a sidecar's service that is to be exposed its path through the proxy, and a port if it names
// none.
void expose_checks(TaskGroup& group);

}  // namespace drover::model
