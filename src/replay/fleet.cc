#include "replay/fleet.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/strings.h"
#include "base/uuid.h"
#include "codec/describe.h"
#include "replay/records.h"

namespace drover::replay {

DESCRIBE(NodeGroup, FIELD(Name), FIELD(Count), FIELD(CPU), FIELD(Memory), FIELD(Disk), FIELD(Devices),
         FIELD(Attributes), FIELD(Meta), FIELD(Datacenter), FIELD(Pool), FIELD(Class), FIELD(Drivers));

namespace {

constexpr int64_t kMostOfOne = 1'000'000'000;  // MHz or MB of a node
constexpr int64_t kMostInstances = 4096;       // of one device
constexpr std::string_view kUsualDrivers[] = {"docker", "exec", "java", "mock_driver", "qemu", "raw_exec"};

Result<> check_range(std::string_view field, int64_t value, int64_t least, int64_t most) {
    if (value >= least && value <= most) return {};
    return fail(wrong_field(
        field, std::to_string(value) + " is not between " + std::to_string(least) + " and " + std::to_string(most)));
}

Result<> check(const NodeGroup& group) {
    if (group.Name.empty()) return fail(wrong_field("Name", "missing"));
    if (group.Datacenter.empty()) return fail(wrong_field("Datacenter", "empty"));
    const std::tuple<std::string_view, int64_t, int64_t, int64_t> ranges[] = {
        {"Count", group.Count, 0, kMostNodes},
        {"CPU", group.CPU, 1, kMostOfOne},
        {"Memory", group.Memory, 1, kMostOfOne},
        {"Disk", group.Disk, 0, kMostOfOne},
    };
    for (const auto& [field, value, least, most] : ranges) {
        if (auto checked = check_range(field, value, least, most); !checked) return checked;
    }
    return {};
}

Result<model::NodeDeviceResource> device_of(const std::string& text) {
    const size_t colon = text.rfind(':');
    const auto count = colon == std::string::npos ? std::nullopt : parse_int(std::string_view(text).substr(colon + 1));
    const auto parts = split(std::string_view(text).substr(0, colon), '/');
    if (!count || parts.size() != 3 || *count < 1 || *count > kMostInstances)
        return fail(wrong_field("Devices", quote(text) + " is not vendor/type/name:count"));
    model::NodeDeviceResource device;
    device.Vendor = parts[0], device.Type = parts[1], device.Name = parts[2];
    for (int64_t i = 0; i < *count; ++i) {
        model::NodeDevice& instance = device.Instances.emplace_back();
        instance.ID = parts[2] + "-" + std::to_string(i);
        instance.Healthy = true;
    }
    return device;
}

// `instances_left`: of devices, for all nodes of the group; those that it takes are taken off.
Result<model::Node> pattern_of(const NodeGroup& group, int64_t& instances_left) {
    if (auto checked = check(group); !checked) return fail(checked.error());
    model::Node node;
    node.Datacenter = group.Datacenter, node.NodePool = group.Pool, node.NodeClass = group.Class;
    node.Attributes = group.Attributes, node.Meta = group.Meta;
    node.Status = "ready";
    model::NodeResources& resources = node.NodeResources.make();
    resources.Cpu.CpuShares = group.CPU;
    resources.Memory.MemoryMB = group.Memory;
    resources.Disk.DiskMB = group.Disk;
    resources.MinDynamicPort = 20000, resources.MaxDynamicPort = 32000;
    for (const std::string& text : group.Devices) {
        auto device = device_of(text);
        if (!device) return fail(device.error());
        instances_left -= std::max<int64_t>(1, group.Count) * static_cast<int64_t>(device->Instances.size());
        if (instances_left < 0)
            return fail(wrong_field(
                "Devices", "more than " + std::to_string(kMostInstancesInAll) + " instances on all nodes together"));
        resources.Devices.push_back(std::move(*device));
    }
    for (const std::string& driver : group.Drivers) node.Drivers[driver] = {{}, true, true, "", {}};
    if (group.Drivers.empty()) {
        for (const std::string_view driver : kUsualDrivers)
            node.Drivers[std::string(driver)] = {{}, true, true, "", {}};
    }
    for (const auto& [driver, info] : node.Drivers) node.Attributes["driver." + driver] = "1";
    node.Attributes.try_emplace("kernel.name", "linux");
    node.Attributes.try_emplace("nomad.version", "2.0.5");
    return node;
}

// Jobs with ports need an address of the node to give them on.
model::NodeNetworkResource network_of(size_t number) {
    model::NodeNetworkResource network;
    network.Mode = "host", network.Device = "eth0", network.Speed = 1000;
    const auto part = [&](int shift) { return std::to_string((number >> shift) & 255); };
    network.Addresses.push_back({"ipv4", "default", "10." + part(16) + "." + part(8) + "." + part(0), "", ""});
    return network;
}

}  // namespace

Result<std::vector<Shared<model::Node>>> read_fleet(std::string_view name, std::string_view text, Rng& rng) {
    auto rows = read_rows<NodeGroup>(name, text);
    if (!rows) return fail(rows.error());
    std::vector<Shared<model::Node>> nodes;
    std::set<std::string> names;
    int64_t instances_left = kMostInstancesInAll;
    for (const auto& [line, group] : *rows) {
        auto pattern = pattern_of(group, instances_left);
        if (!pattern) return fail(error_at(name, line, pattern.error()));
        if (nodes.size() + static_cast<size_t>(group.Count) > kMostNodes)
            return fail(error_at(name, line, wrong_field("Count", "too many nodes in all")));
        for (int64_t i = 0; i < group.Count; ++i) {
            auto node = std::make_shared<model::Node>(*pattern);
            node->ID = random_id(rng), node->SecretID = random_id(rng);
            node->Name = group.Count == 1 ? group.Name : group.Name + "-" + std::to_string(i);
            if (!names.insert(node->Name).second)
                return fail(error_at(name, line, wrong_field("Name", quote(node->Name) + " is there already")));
            node->NodeResources->NodeNetworks.push_back(network_of(nodes.size() + 1));
            node->HTTPAddr = node->NodeResources->NodeNetworks[0].Addresses[0].Address + ":4646";
            nodes.push_back(std::move(node));
        }
    }
    return nodes;
}

}  // namespace drover::replay
