#include <re2/re2.h>

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/strings.h"
#include "model/connect.h"
#include "model/validate_parts.h"

namespace drover::model::parts {
namespace {

void check_header_rules(const ConsulIngressService& service, const std::string& protocol, ErrorList& errors) {
    if (protocol != "tcp") return;
    if (service.Name == "*") errors.add("Consul Ingress Service cannot be a wildcard when the protocol is \"tcp\"");
    if (!service.Hosts.empty()) errors.add("Consul Ingress Service cannot have hosts when the protocol is \"tcp\"");
    if (service.RequestHeaders || service.ResponseHeaders) {
        errors.add("Consul Ingress Service cannot modify headers when the protocol is \"tcp\"");
    }
}

void check_listener(const ConsulIngressListener& listener, ErrorList& errors) {
    static const std::set<std::string> kProtocols = {"tcp", "http", "http2", "grpc"};
    if (listener.Port <= 0) errors.add("Consul Ingress Listener requires valid Port");
    if (!kProtocols.contains(listener.Protocol)) {
        errors.add("Consul Ingress Listener requires protocol of tcp, http, http2, or grpc, got " +
                   quote(listener.Protocol));
        return;
    }
    if (listener.Services.empty()) errors.add("Consul Ingress Listener requires one or more services");
    if (listener.Protocol == "tcp" && listener.Services.size() > 1) {
        errors.add("Consul Ingress Listener requires exactly one service when the protocol is \"tcp\"");
    }
    for (const ConsulIngressService& service : listener.Services) {
        if (service.Name.empty()) errors.add("Consul Ingress Service requires a name");
        if (service.Name == "*" && !service.Hosts.empty()) {
            errors.add("Consul Ingress Service cannot have hosts when its name is a wildcard");
        }
        check_header_rules(service, listener.Protocol, errors);
    }
}

void check_linked(const ConsulLinkedService& service, ErrorList& errors) {
    if (service.Name.empty()) errors.add("Consul Linked Service requires Name");
    if (service.CertFile.empty() != service.KeyFile.empty()) {
        errors.add("Consul Linked Service requires both cert_file and key_file, or neither");
    }
}

void check_gateway_proxy(const ConsulGatewayProxy& proxy, ErrorList& errors) {
    if (proxy.ConnectTimeout && proxy.ConnectTimeout->ns < 0) {
        errors.add("Consul Gateway Proxy connection_timeout must be positive");
    }
    static const std::set<std::string> kDiscovery = {"", "STRICT_DNS", "LOGICAL_DNS"};
    if (!kDiscovery.contains(proxy.EnvoyDNSDiscoveryType)) {
        errors.add("Consul Gateway Proxy Envoy DNS discovery type must be STRICT_DNS or LOGICAL_DNS, got " +
                   quote(proxy.EnvoyDNSDiscoveryType));
    }
    for (const auto& [name, address] : proxy.EnvoyGatewayBindAddresses) {
        if (address.Address.empty()) errors.add("Consul Gateway Bind Address " + quote(name) + " requires an address");
        // The port that a gateway is given is not known yet.
        if (address.Port <= 0 && address.Port != kPortOfAllocation) {
            errors.add("Consul Gateway Bind Address " + quote(name) + " requires a valid port");
        }
    }
}

void check_gateway(const ConsulGateway& gateway, ErrorList& errors) {
    if (gateway.Proxy) check_gateway_proxy(*gateway.Proxy, errors);
    const int kinds =
        static_cast<bool>(gateway.Ingress) + static_cast<bool>(gateway.Terminating) + gateway.Mesh.has_value();
    if (kinds != 1) {
        errors.add("Consul Gateway must be exactly one of ingress, terminating, or mesh");
        return;
    }
    if (gateway.Ingress) {
        for (const ConsulIngressListener& listener : gateway.Ingress->Listeners) check_listener(listener, errors);
        if (gateway.Ingress->Listeners.empty()) {
            errors.add("Consul Ingress Gateway requires at least one listener");
        }
    }
    if (gateway.Terminating) {
        for (const ConsulLinkedService& service : gateway.Terminating->Services) check_linked(service, errors);
        if (gateway.Terminating->Services.empty()) {
            errors.add("Consul Terminating Gateway requires at least one service");
        }
    }
}

void check_upstream(const ConsulUpstream& upstream, ErrorList& errors) {
    if (upstream.DestinationName.empty()) errors.add("Consul Connect upstream requires destination_name");
    if (upstream.LocalBindPort <= 0 && upstream.LocalBindSocketPath.empty()) {
        errors.add("Consul Connect upstream " + quote(upstream.DestinationName) +
                   " requires local_bind_port or local_bind_socket_path");
    }
    static const std::set<std::string> kModes = {"", "none", "local", "remote"};
    if (!kModes.contains(upstream.MeshGateway.Mode)) {
        errors.add("Consul Connect upstream " + quote(upstream.DestinationName) + " has unknown mesh_gateway mode " +
                   quote(upstream.MeshGateway.Mode));
    }
}

void check_numeric_uid(const std::string& uid, std::string_view field, ErrorList& errors) {
    if (parse_uint(uid)) return;
    errors.add("Consul Connect transparent proxy has invalid " + std::string(field) + " " + quote(uid) +
               ": must be numeric");
}

void check_transparent_proxy(const ConsulTransparentProxy& proxy, ErrorList& errors) {
    if (!proxy.UID.empty()) check_numeric_uid(proxy.UID, "uid", errors);
    for (const std::string& uid : proxy.ExcludeUIDs) check_numeric_uid(uid, "exclude_uids", errors);
    static const re2::RE2 kCidr(R"([0-9a-fA-F:.]+/[0-9]{1,3})");
    for (const std::string& cidr : proxy.ExcludeOutboundCIDRs) {
        if (re2::RE2::FullMatch(cidr, kCidr)) continue;
        errors.add("Consul Connect transparent proxy has invalid exclude_outbound_cidrs " + quote(cidr) +
                   ": must be an address and a length");
    }
}

using Refusal = std::optional<std::string>;

const ConsulTransparentProxy* maybe_transparent(const Service& service) {
    if (!service.Connect || !service.Connect->SidecarService || !service.Connect->SidecarService->Proxy) return nullptr;
    const auto& proxy = service.Connect->SidecarService->Proxy->TransparentProxy;
    return proxy ? &*proxy : nullptr;
}

// `who` asks for the network: "connect sidecar" and such.
Refusal check_network(std::string_view who, const TaskGroup& group, bool host_allowed,
                      std::vector<std::string>& warnings) {
    const std::string where = "group " + quote(group.Name);
    if (group.Networks.size() != 1) {
        return std::string(who) + ": must have exactly one network for Consul Connect: " + where + " has " +
               std::to_string(group.Networks.size()) + " networks";
    }
    const std::string& mode = group.Networks[0].Mode;
    if (mode == "bridge" || (host_allowed && (mode.empty() || mode == "host"))) return std::nullopt;
    if (has_prefix(mode, "cni/")) {
        warnings.push_back(std::string(who) + ": use CNI networks with Consul Connect at your own risk: " + where +
                           " uses network mode " + quote(mode));
        return std::nullopt;
    }
    return std::string(who) + ": must use network mode \"bridge\"" + (host_allowed ? ", \"host\"" : "") +
           " or \"cni/*\" for Consul Connect: " + where + " uses network mode " + quote(mode.empty() ? "host" : mode);
}

Refusal check_excluded_ports(const ConsulTransparentProxy& proxy, const NetworkResource& network) {
    for (const std::string& port : proxy.ExcludeInboundPorts) {
        if (parse_uint(port) || has_port(network, port)) continue;
        return "Consul Connect transparent proxy port " + quote(port) +
               " must be numeric or one of network.port labels";
    }
    if (network.DNS && !proxy.NoDNS) {
        return "Consul Connect transparent proxy cannot be used with network.dns unless no_dns=true";
    }
    return std::nullopt;
}

// One listener cannot be opened twice in the network that all services of a group share.
Refusal check_listeners(const TaskGroup& group) {
    std::map<std::string, std::string> used;
    for (const Service& service : group.Services) {
        if (!service.Connect || !service.Connect->SidecarService || !service.Connect->SidecarService->Proxy) continue;
        for (const ConsulUpstream& upstream : service.Connect->SidecarService->Proxy->Upstreams) {
            const bool socket = !upstream.LocalBindSocketPath.empty();
            const std::string address = socket
                                            ? upstream.LocalBindSocketPath
                                            : upstream.LocalBindAddress + ":" + std::to_string(upstream.LocalBindPort);
            const auto [first, is_new] = used.emplace(address, service.Name);
            if (is_new) continue;
            return "Consul Connect services " + quote(service.Name) + " and " + quote(first->second) + " in group " +
                   quote(group.Name) + " using same " + (socket ? "socket path" : "address") + " for upstreams (" +
                   address + ")";
        }
    }
    return std::nullopt;
}

Refusal check_native(const Service& service, const TaskGroup& group) {
    if (service.PortLabel.empty())
        return "Service " + service.Name + " is Connect Native and requires setting the port";
    if (service.TaskName.empty()) return "Service " + service.Name + " is Connect Native and requires setting the task";
    for (const Task& task : group.Tasks) {
        if (task.Name == service.TaskName) return std::nullopt;
    }
    return "Service " + service.Name + " is Connect Native and names task " + quote(service.TaskName) +
           " that is not in group " + quote(group.Name);
}

Refusal check_group_mesh(const TaskGroup& group, std::vector<std::string>& warnings) {
    bool sidecar = false, gateway = false;
    for (const Service& service : group.Services) {
        if (!service.Connect) continue;
        if (service.Connect->SidecarService && !std::exchange(sidecar, true)) {
            if (auto wrong = check_network("connect sidecar", group, false, warnings)) return wrong;
        }
        if (service.Connect->Gateway && !std::exchange(gateway, true)) {
            if (auto wrong = check_network("connect gateway", group, true, warnings)) return wrong;
        }
        if (service.Connect->Native) {
            if (auto wrong = check_native(service, group)) return wrong;
        }
        if (const auto* transparent = maybe_transparent(service)) {
            if (auto wrong = check_excluded_ports(*transparent, group.Networks[0])) return wrong;
        }
    }
    return check_listeners(group);
}

Refusal check_exposed(const TaskGroup& group, std::vector<std::string>& warnings) {
    for (const Task& task : group.Tasks) {
        for (const Service& service : task.Services) {
            for (const ServiceCheck& check : service.Checks) {
                if (!check.Expose) continue;
                return "exposed service check " + group.Name + "[" + task.Name + "]->" + service.Name + "->" +
                       check.Name + " is not a task-group service";
            }
        }
    }
    bool network_checked = false;
    for (const Service& service : group.Services) {
        for (const ServiceCheck& check : service.Checks) {
            if (!check.Expose) continue;
            const std::string which = "exposed service check " + group.Name + "->" + service.Name + "->" + check.Name;
            if (!std::exchange(network_checked, true)) {
                if (auto wrong = check_network("connect expose check", group, false, warnings)) return wrong;
            }
            if (!service.Connect || !service.Connect->SidecarService) return which + " requires use of sidecar_proxy";
            if (check.Type != "http" && check.Type != "grpc") return which + " must be of type http or grpc";
            if (!local_port(service, group.Networks[0])) return which + " has no port to forward to";
        }
    }
    return std::nullopt;
}

template <class Check>
void first_refusal(const Job& job, Check check, Validation& result) {
    for (const TaskGroup& group : job.TaskGroups) {
        if (auto wrong = check(group, result.warnings)) {
            result.errors.add(std::move(*wrong));
            return;
        }
    }
}

}  // namespace

void check_connect(const Service& service, ErrorList& errors) {
    const ConsulConnect& connect = *service.Connect;
    const int kinds = connect.Native + static_cast<bool>(connect.SidecarService) + static_cast<bool>(connect.Gateway);
    if (kinds != 1) {
        errors.add("Consul Connect must be exclusively native, make use of a sidecar, or represent a Gateway");
        return;
    }
    if (connect.Gateway) check_gateway(*connect.Gateway, errors);
    if (!connect.SidecarService || !connect.SidecarService->Proxy) return;
    const ConsulProxy& proxy = *connect.SidecarService->Proxy;
    for (const ConsulUpstream& upstream : proxy.Upstreams) check_upstream(upstream, errors);
    if (proxy.TransparentProxy) check_transparent_proxy(*proxy.TransparentProxy, errors);
}

void check_mesh(const Job& job, Validation& result) {
    first_refusal(job, check_group_mesh, result);
    first_refusal(job, check_exposed, result);
}

}  // namespace drover::model::parts
