#include <set>

#include "base/strings.h"
#include "model/connect.h"

namespace drover::model {
namespace {

bool may_be_exposed(const ServiceCheck& check) {
    return check.Expose && (check.Type == "http" || check.Type == "grpc");
}

// Gives a service's checks ports of their own, reachable from outside the network, and paths to them.
class Exposer {
public:
    explicit Exposer(NetworkResource& network) : network_(network), ports_(network) {}

    void expose(Service& service) {
        const auto inside = local_port(service, network_);
        if (!inside) return;
        next_ = 1;
        std::set<std::pair<std::string, std::string>> known;
        if (const auto& proxy = service.Connect->SidecarService->Proxy; proxy && proxy->Expose) {
            for (const ConsulExposePath& path : proxy->Expose->Paths) known.emplace(path.Path, path.ListenerPort);
        }
        for (ServiceCheck& check : service.Checks) {
            if (!may_be_exposed(check)) continue;
            if (check.PortLabel.empty()) check.PortLabel = add_port(service.Name);
            if (known.emplace(check.Path, check.PortLabel).second) add_path(check, service, *inside);
        }
    }

private:
    std::string add_port(const std::string& service) {
        std::string label;
        do {
            label = "svc_" + service + "_ck_" + std::to_string(next_++);
        } while (!ports_.add(label));
        return label;
    }

    static void add_path(const ServiceCheck& check, Service& service, int64_t inside) {
        ConsulExposePath path;
        path.Path = check.Path;
        path.Protocol = check.Protocol;
        path.LocalPathPort = inside;
        path.ListenerPort = check.PortLabel;
        service.Connect->SidecarService->Proxy.make().Expose.make().Paths.push_back(std::move(path));
    }

    const NetworkResource& network_;
    DynamicPorts ports_;
    size_t next_ = 1;
};

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
    Exposer exposer(group.Networks[0]);
    for (Service& service : group.Services) {
        if (!service.Connect || !service.Connect->SidecarService) continue;
        exposer.expose(service);
    }
}

}  // namespace drover::model
