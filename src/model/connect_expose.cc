#include <algorithm>

#include "base/strings.h"
#include "model/connect.h"

namespace drover::model {
namespace {

bool may_be_exposed(const ServiceCheck& check) {
    return check.Expose && (check.Type == "http" || check.Type == "grpc");
}

// A port for one check, reachable from outside the network.
std::string add_check_port(NetworkResource& network, const std::string& service) {
    std::string label;
    for (size_t number = 1; label.empty() || has_port(network, label); ++number) {
        label = "svc_" + service + "_ck_" + std::to_string(number);
    }
    Port port;
    port.Label = label;
    port.To = -1;
    port.HostNetwork = "default";
    network.DynamicPorts.push_back(std::move(port));
    return label;
}

void expose(ServiceCheck& check, Service& service, NetworkResource& network) {
    const auto inside = local_port(service, network);
    if (!inside) return;
    if (check.PortLabel.empty()) check.PortLabel = add_check_port(network, service.Name);
    ConsulExposePath path;
    path.Path = check.Path;
    path.Protocol = check.Protocol;
    path.LocalPathPort = *inside;
    path.ListenerPort = check.PortLabel;
    auto& paths = service.Connect->SidecarService->Proxy.make().Expose.make().Paths;
    const bool known = std::any_of(paths.begin(), paths.end(), [&](const ConsulExposePath& p) {
        return p.Path == path.Path && p.ListenerPort == path.ListenerPort;
    });
    if (!known) paths.push_back(std::move(path));
}

}  // namespace

std::optional<int64_t> local_port(const Service& service, const NetworkResource& network) {
    if (const auto number = parse_uint(service.PortLabel)) return static_cast<int64_t>(*number);
    const Port* port = maybe_port(network, service.PortLabel);
    if (!port) return std::nullopt;
    if (port->To > 0) return port->To;
    return port->Value > 0 ? std::optional(port->Value) : std::nullopt;
}

void expose_checks(TaskGroup& group) {
    if (group.Networks.size() != 1) return;
    for (Service& service : group.Services) {
        if (!service.Connect || !service.Connect->SidecarService) continue;
        for (ServiceCheck& check : service.Checks) {
            if (may_be_exposed(check)) expose(check, service, group.Networks[0]);
        }
    }
}

}  // namespace drover::model
