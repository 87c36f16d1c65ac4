#include "model/ports.h"

#include "base/strings.h"

namespace drover::model {
namespace {

constexpr int kRandomTries = 20;
constexpr std::string_view kDefaultHostNetwork = "default";

std::string host_network(const Port& port) {
    return port.HostNetwork.empty() ? std::string(kDefaultHostNetwork) : port.HostNetwork;
}

int64_t target_of(const Port& port, int64_t value) { return port.To == -1 ? value : port.To; }

Error collision(const Port& port) {
    return Error::conflict("reserved port collision " + port.Label + "=" + std::to_string(port.Value));
}

Error no_address(const std::string& network) {
    return Error::conflict("no addresses available for " + quote(network) + " network");
}

}  // namespace

std::optional<std::vector<int64_t>> parse_port_ranges(std::string_view text) {
    std::set<int64_t> ports;
    if (trim(text).empty()) return std::vector<int64_t>{};
    for (const std::string& part : split(text, ',')) {
        const std::vector<std::string> ends = split(trim(part), '-');
        if (ends.size() > 2) return std::nullopt;
        const auto first = parse_uint(trim(ends.front())), last = parse_uint(trim(ends.back()));
        if (!first || !last || *first > *last || *last > static_cast<uint64_t>(kMaxPort)) return std::nullopt;
        for (uint64_t port = *first; port <= *last; ++port) ports.insert(static_cast<int64_t>(port));
    }
    return std::vector<int64_t>(ports.begin(), ports.end());
}

std::vector<HeldPort> held_ports(const AllocatedResources& resources) {
    std::vector<HeldPort> held;
    const auto add_networks = [&](const List<NetworkResource>& networks) {
        for (const NetworkResource& network : networks) {
            for (const auto* ports : {&network.ReservedPorts, &network.DynamicPorts}) {
                for (const Port& port : *ports) held.push_back({network.IP, port.Value, port.IgnoreCollision});
            }
        }
    };
    if (resources.Shared.Ports.empty()) {
        add_networks(resources.Shared.Networks);
    } else {
        for (const AllocatedPortMapping& port : resources.Shared.Ports)
            held.push_back({port.HostIP, port.Value, port.IgnoreCollision});
    }
    for (const auto& [name, task] : resources.Tasks) add_networks(task.Networks);
    return held;
}

bool PortTable::Taken::test(int64_t port) const {
    return !bits.empty() && (bits[static_cast<size_t>(port) / 64] >> (port % 64) & 1);
}

bool PortTable::Taken::set(int64_t port) {
    if (bits.empty()) bits.resize((kMaxPort + 1) / 64);
    uint64_t& word = bits[static_cast<size_t>(port) / 64];
    const uint64_t bit = uint64_t{1} << (port % 64);
    if (word & bit) return false;
    word |= bit;
    return true;
}

PortTable::PortTable(const Node& node) {
    if (!node.NodeResources) return;
    const NodeResources& has = *node.NodeResources;
    if (has.MinDynamicPort > 0) min_dynamic_ = has.MinDynamicPort;
    if (has.MaxDynamicPort > 0 && has.MaxDynamicPort <= kMaxPort) max_dynamic_ = has.MaxDynamicPort;
    for (const NodeNetworkResource& network : has.NodeNetworks) {
        if (!network.Mode.empty() && network.Mode != "host") continue;
        for (const NodeNetworkAddress& address : network.Addresses) {
            addresses_.push_back({address.Alias, address.Address});
        }
    }
    for (const NetworkResource& network : has.Networks) {
        if (network.Device.empty() || network.IP.empty()) continue;
        task_ip_ = network.IP, task_device_ = network.Device;
        break;
    }
    add_reserved(node);
}

void PortTable::add_reserved(const Node& node) {
    const auto reserve_ranges = [this](std::string_view text, auto reserve_one) {
        const auto ports = parse_port_ranges(text);
        if (!ports) {
            malformed_ = true;
            return;
        }
        for (int64_t port : *ports) reserve_one(port);
    };
    for (const NodeNetworkResource& network : node.NodeResources->NodeNetworks) {
        for (const NodeNetworkAddress& address : network.Addresses) {
            reserve_ranges(address.ReservedPorts, [&](int64_t port) { taken(address.Address).set(port); });
        }
    }
    if (!node.ReservedResources) return;
    reserve_ranges(node.ReservedResources->Networks.ReservedHostPorts, [this](int64_t port) { reserve_on_all(port); });
}

void PortTable::reserve_on_all(int64_t port) {
    for (const Address& address : addresses_) taken(address.ip).set(port);
    if (!task_ip_.empty()) taken(task_ip_).set(port);
}

bool PortTable::is_taken(const std::string& ip, int64_t port) const {
    const auto it = taken_.find(ip);
    return it != taken_.end() && it->second.test(port);
}

bool PortTable::reserve(const std::string& ip, int64_t port, bool ignore_collision) {
    if (port <= 0 || port > kMaxPort) return ignore_collision || port == 0;
    return taken(ip).set(port) || ignore_collision;
}

bool PortTable::add(const Allocation& alloc) { return !alloc.AllocatedResources || add(*alloc.AllocatedResources); }

bool PortTable::add(const AllocatedResources& resources) {
    bool free = true;
    for (const HeldPort& port : held_ports(resources))
        free &= reserve(std::string(port.ip), port.value, port.ignore_collision);
    return free;
}

std::vector<std::string> PortTable::addresses_for(const Port& port) const {
    const std::string network = host_network(port);
    std::vector<std::string> found;
    for (const Address& address : addresses_) {
        if (address.alias == network) found.push_back(address.ip);
    }
    return found;
}

std::optional<int64_t> PortTable::pick_dynamic(const std::string& ip, const Chosen& chosen, Rng& rng) const {
    if (min_dynamic_ > max_dynamic_) return std::nullopt;
    const auto usable = [&](int64_t port) { return !is_taken(ip, port) && !chosen.contains({ip, port}); };
    if (const auto width = static_cast<uint64_t>(max_dynamic_ - min_dynamic_); width > 0) {
        for (int i = 0; i < kRandomTries; ++i) {
            const int64_t port = min_dynamic_ + static_cast<int64_t>(rng.below(width));
            if (usable(port)) return port;
        }
    }
    std::vector<int64_t> left;
    for (int64_t port = min_dynamic_; port <= max_dynamic_; ++port) {
        if (usable(port)) left.push_back(port);
    }
    if (left.empty()) return std::nullopt;
    return left[rng.below(left.size())];
}

Result<AllocatedPortMapping> PortTable::choose_static(const Port& port, Chosen& chosen) const {
    if (port.Value < 0 || port.Value > kMaxPort) {
        return fail(Error::conflict("invalid port " + std::to_string(port.Value) + " (out of range)"));
    }
    const std::string network = host_network(port);
    bool found = false;
    for (const Address& address : addresses_) {
        if (address.alias != network) continue;
        found = true;
        const bool used = is_taken(address.ip, port.Value) || chosen.contains({address.ip, port.Value});
        if (used && !port.IgnoreCollision) continue;
        chosen.insert({address.ip, port.Value});
        return AllocatedPortMapping{port.Label, port.Value, target_of(port, port.Value), address.ip,
                                    port.IgnoreCollision};
    }
    return fail(found ? collision(port) : no_address(network));
}

Result<AllocatedPortMapping> PortTable::choose_dynamic(const Port& port, Chosen& chosen, Rng& rng) const {
    const std::string network = host_network(port);
    bool found = false;
    for (const Address& address : addresses_) {
        if (address.alias != network) continue;
        found = true;
        const auto value = pick_dynamic(address.ip, chosen, rng);
        if (!value) continue;
        chosen.insert({address.ip, *value});
        return AllocatedPortMapping{port.Label, *value, target_of(port, *value), address.ip, false};
    }
    return fail(found ? Error::conflict("dynamic port selection failed") : no_address(network));
}

Result<PortOffer> PortTable::assign_group(const NetworkResource& request, Rng& rng) const {
    PortOffer offer;
    offer.network = request;
    Chosen chosen;
    for (Port& port : offer.network.ReservedPorts) {
        auto mapping = choose_static(port, chosen);
        if (!mapping) return fail(mapping.error());
        offer.ports.push_back(std::move(*mapping));
    }
    for (Port& port : offer.network.DynamicPorts) {
        auto mapping = choose_dynamic(port, chosen, rng);
        if (!mapping) return fail(mapping.error());
        port.Value = mapping->Value;
        port.To = mapping->To;
        offer.ports.push_back(std::move(*mapping));
    }
    for (Port& port : offer.network.ReservedPorts) port.To = target_of(port, port.Value);
    if (!addresses_.empty()) offer.network.IP = addresses_.front().ip;
    return offer;
}

Result<NetworkResource> PortTable::assign_task(const NetworkResource& request, Rng& rng) const {
    if (task_ip_.empty()) return fail(Error::conflict("no networks available"));
    NetworkResource given = request;
    given.IP = task_ip_;
    given.Device = task_device_;
    Chosen chosen;
    for (Port& port : given.ReservedPorts) {
        const bool used = port.Value < 0 || port.Value > kMaxPort || is_taken(task_ip_, port.Value) ||
                          !chosen.insert({task_ip_, port.Value}).second;
        if (used) return fail(collision(port));
    }
    for (Port& port : given.DynamicPorts) {
        const auto value = pick_dynamic(task_ip_, chosen, rng);
        if (!value) return fail(Error::conflict("dynamic port selection failed"));
        chosen.insert({task_ip_, *value});
        port.Value = *value;
        port.To = target_of(port, *value);
    }
    return given;
}

void PortTable::take(const PortOffer& offer) {
    for (const AllocatedPortMapping& port : offer.ports) reserve(port.HostIP, port.Value, port.IgnoreCollision);
}

void PortTable::take(const NetworkResource& network) {
    for (const auto* ports : {&network.ReservedPorts, &network.DynamicPorts}) {
        for (const Port& port : *ports) reserve(network.IP, port.Value, port.IgnoreCollision);
    }
}

}  // namespace drover::model
