#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <map>
#include <memory>
#include <sstream>

#include "base/strings.h"
#include "client/fingerprint.h"
#include "client/host_files.h"

namespace drover::client {
namespace {

struct FoundAddress {
    std::string text;
    bool v6 = false;
    bool link_local = false;
};

struct Interface {
    std::string mac;
    int64_t speed = 0;  // Mbit/s; 0: the kernel does not know
    std::vector<FoundAddress> addresses;
};

std::optional<FoundAddress> read_address(const sockaddr* address) {
    char text[INET6_ADDRSTRLEN] = {};
    if (!address) return std::nullopt;
    if (address->sa_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
        ::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
        return FoundAddress{text, false, (ntohl(v4->sin_addr.s_addr) >> 16) == 0xa9fe};
    }
    if (address->sa_family != AF_INET6) return std::nullopt;
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
    ::inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
    return FoundAddress{text, true, IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr) != 0};
}

std::map<std::string, Interface> read_interfaces(const std::string& root) {
    std::map<std::string, Interface> out;
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return out;
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> frees(first, ::freeifaddrs);
    for (const ifaddrs* at = first; at; at = at->ifa_next) {
        if ((at->ifa_flags & IFF_UP) == 0) continue;
        auto address = read_address(at->ifa_addr);
        if (!address) continue;
        Interface& interface = out[at->ifa_name];
        interface.addresses.push_back(std::move(*address));
    }
    for (auto& [name, interface] : out) {
        const std::string base = root + "/sys/class/net/" + name;
        const std::string mac(trim(read_host_file(base + "/address")));
        if (mac != "00:00:00:00:00:00") interface.mac = mac;
        interface.speed = std::max<int64_t>(read_host_number(base + "/speed", 0), 0);
    }
    return out;
}

// The interface of the default route, of IPv4 or else of IPv6.
std::string default_interface(const std::string& root) {
    std::istringstream v4(read_host_file(root + "/proc/net/route"));
    for (std::string line; std::getline(v4, line);) {
        const auto words = split(line, '\t');
        if (words.size() > 1 && words[1] == "00000000") return words[0];
    }
    std::istringstream v6(read_host_file(root + "/proc/net/ipv6_route"));
    for (std::string line; std::getline(v6, line);) {
        std::istringstream fields(line);
        std::vector<std::string> words;
        for (std::string word; fields >> word;) words.push_back(word);
        if (words.size() == 10 && words[0] == std::string(32, '0') && words[1] == "00" && words[9] != "lo")
            return words[9];
    }
    return "";
}

bool in_cidr(const std::string& address, std::string_view cidr) {
    const size_t slash = cidr.find('/');
    const auto bits = slash == cidr.npos ? std::nullopt : parse_uint(cidr.substr(slash + 1));
    const int family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
    unsigned char a[16] = {}, b[16] = {};
    const std::string network(cidr.substr(0, slash));
    if (!bits || ::inet_pton(family, address.c_str(), a) != 1 || ::inet_pton(family, network.c_str(), b) != 1)
        return false;
    for (uint64_t bit = 0; bit < *bits && bit < 128; ++bit) {
        if (((a[bit / 8] ^ b[bit / 8]) >> (7 - bit % 8)) & 1) return false;
    }
    return true;
}

// Under which names an address is offered.
std::vector<std::pair<std::string, std::string>> aliases(const ClientConfig& config, const std::string& name,
                                                         bool is_default, const FoundAddress& address) {
    std::vector<std::pair<std::string, std::string>> out;  // alias, reserved ports
    if (is_default) out.emplace_back("default", config.reserved.ports);
    for (const auto& network : config.host_networks) {
        const bool fits = (network.Interface.empty() || network.Interface == name) &&
                          (network.CIDR.empty() || in_cidr(address.text, network.CIDR)) &&
                          !(network.Interface.empty() && network.CIDR.empty());
        if (fits) out.emplace_back(network.Name, network.ReservedPorts);
    }
    return out;
}

// Link-local addresses only where there is no other.
std::vector<FoundAddress> usable(const ClientConfig& config, const Interface& interface) {
    std::vector<FoundAddress> out;
    for (const auto& address : interface.addresses) {
        if (!address.link_local) out.push_back(address);
    }
    const auto* refuse = config.options.get("fingerprint.network.disallow_link_local");
    if (out.empty() && !(refuse && parse_bool(*refuse).value_or(false))) out = interface.addresses;
    const bool v6_first = config.preferred_address_family == "ipv6";
    std::vector<FoundAddress> sorted;
    for (const bool wanted : {v6_first, !v6_first}) {
        for (const auto& address : out) {
            if (address.v6 == wanted) sorted.push_back(address);
        }
    }
    return sorted;
}

}  // namespace

Result<> fingerprint_network(const ClientConfig& config, const std::string& root, model::Node& node) {
    const auto interfaces = read_interfaces(root);
    std::string chosen = config.network_interface.empty() ? default_interface(root) : config.network_interface;
    if (chosen.empty()) return {};
    if (!interfaces.contains(chosen)) {
        if (config.network_interface.empty()) return {};
        return fail(Error::internal("network interface " + quote(chosen) + " has no address"));
    }
    auto& resources = node.NodeResources.make();
    for (const auto& [name, interface] : interfaces) {
        const bool is_default = name == chosen;
        const int64_t known = interface.speed > 0 ? interface.speed : 1000;
        const int64_t speed = config.network_speed > 0 ? config.network_speed : known;
        model::NodeNetworkResource entry;
        entry.Mode = "host";
        entry.Device = name;
        entry.MacAddress = interface.mac;
        entry.Speed = speed;
        for (const auto& address : usable(config, interface)) {
            for (const auto& [alias, ports] : aliases(config, name, is_default, address)) {
                model::NodeNetworkAddress offered;
                offered.Family = address.v6 ? "ipv6" : "ipv4";
                offered.Alias = alias;
                offered.Address = address.text;
                offered.ReservedPorts = ports;
                entry.Addresses.push_back(std::move(offered));
            }
            if (!is_default) continue;
            model::NetworkResource resource;
            resource.Mode = "host";
            resource.Device = name;
            resource.CIDR = address.text + (address.v6 ? "/128" : "/32");
            resource.IP = address.text;
            resource.MBits = speed;
            resources.Networks.push_back(std::move(resource));
            node.Attributes.emplace("unique.network.ip-address", address.text);
        }
        if (!entry.Addresses.empty()) resources.NodeNetworks.push_back(std::move(entry));
    }
    return {};
}

}  // namespace drover::client
