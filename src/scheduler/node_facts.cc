#include "scheduler/node_facts.h"

#include <algorithm>

#include "base/strings.h"
#include "scheduler/version.h"

namespace drover::scheduler {

bool is_ready(const model::Node& node) {
    return node.Status == kNodeReady && !node.DrainStrategy && node.SchedulingEligibility == kEligible;
}

bool is_tainted(const model::Node& node) {
    return node.Status == kNodeDown || node.Status == kNodeDisconnected || node.DrainStrategy;
}

bool has_driver(const model::Node& node, std::string_view driver) {
    if (const model::DriverInfo* info = node.Drivers.get(driver)) return info->Detected && info->Healthy;
    const std::string* attribute = node.Attributes.get("driver." + std::string(driver));
    return attribute && parse_bool(*attribute).value_or(false);
}

bool reports_system_health(const model::Node& node) {
    static const Version kSince = *parse_version("1.11.0-a", VersionRules::lenient);
    const std::string* text = node.Attributes.get("nomad.version");
    const auto version = text ? parse_version(*text, VersionRules::lenient) : std::nullopt;
    return !version || version->compare(kSince) >= 0;
}

std::vector<std::string> network_offers(const model::Node& node) {
    std::vector<std::string> offers;
    if (!node.NodeResources) return offers;
    const auto add = [&](std::string_view kind, const std::string& name) {
        std::string offer(kind);
        offer += name;
        if (std::find(offers.begin(), offers.end(), offer) == offers.end()) offers.push_back(std::move(offer));
    };
    for (const model::NetworkResource& network : node.NodeResources->Networks) {
        add("mode:", network.Mode.empty() ? "host" : network.Mode);
    }
    for (const model::NodeNetworkResource& network : node.NodeResources->NodeNetworks) {
        if (!network.Mode.empty()) add("mode:", network.Mode);
        for (const model::NodeNetworkAddress& address : network.Addresses) add("alias:", address.Alias);
    }
    return offers;
}

bool offers_network_mode(const model::Node& node, std::string_view mode) {
    if (mode == "none") return true;
    if (!node.NodeResources) return false;
    const model::NodeResources& resources = *node.NodeResources;
    const std::string_view wanted = mode.empty() ? "host" : mode;
    const auto of_networks = [&](const model::NetworkResource& n) {
        return (n.Mode.empty() ? "host" : n.Mode) == wanted;
    };
    const auto of_node_networks = [&](const model::NodeNetworkResource& n) { return n.Mode == wanted; };
    return std::any_of(resources.Networks.begin(), resources.Networks.end(), of_networks) ||
           std::any_of(resources.NodeNetworks.begin(), resources.NodeNetworks.end(), of_node_networks);
}

bool has_host_network(const model::Node& node, std::string_view name) {
    if (!node.NodeResources) return false;
    for (const model::NodeNetworkResource& network : node.NodeResources->NodeNetworks) {
        for (const model::NodeNetworkAddress& address : network.Addresses) {
            if (address.Alias == name) return true;
        }
    }
    return false;
}

}  // namespace drover::scheduler
