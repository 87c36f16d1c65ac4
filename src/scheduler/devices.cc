#include "scheduler/devices.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/strings.h"
#include "scheduler/device_value.h"

namespace drover::scheduler {
namespace {

std::optional<DeviceValue> resolve(const std::string& target, const model::NodeDeviceResource& group) {
    if (!has_prefix(target, "${")) return DeviceValue::of_literal(target);
    const std::string_view name = std::string_view(target).substr(2, target.size() - 3);
    if (name == "device.vendor") return DeviceValue::of_text(group.Vendor);
    if (name == "device.type") return DeviceValue::of_text(group.Type);
    if (name == "device.model") return DeviceValue::of_text(group.Name);
    if (name == "device.ids") {
        std::vector<std::string> ids;
        for (const model::NodeDevice& instance : group.Instances) ids.push_back(instance.ID);
        return DeviceValue::of_text(join(ids, ","));
    }
    static constexpr std::string_view kAttribute = "device.attr.";
    if (!has_prefix(name, kAttribute)) return std::nullopt;
    const auto* attribute = group.Attributes.get(name.substr(kAttribute.size()));
    if (!attribute || !*attribute) return std::nullopt;
    return DeviceValue::of_attribute(**attribute);
}

template <class Rule>
bool holds(const Rule& rule, const model::NodeDeviceResource& group) {
    return device_rule_holds(rule.Operand, resolve(rule.LTarget, group), resolve(rule.RTarget, group));
}

bool named(const model::RequestedDevice& request, const model::NodeDeviceResource& group) {
    const auto parts = split(request.Name, '/');
    if (parts.size() == 1) return group.Type == parts[0];
    if (parts.size() == 2) return group.Vendor == parts[0] && group.Type == parts[1];
    const std::string name = request.Name.substr(parts[0].size() + parts[1].size() + 2);
    return group.Vendor == parts[0] && group.Type == parts[1] && group.Name == name;
}

bool suits(const model::RequestedDevice& request, const model::NodeDeviceResource& group) {
    if (!named(request, group)) return false;
    for (const model::Constraint& constraint : request.Constraints) {
        if (!holds(constraint, group)) return false;
    }
    return true;
}

}  // namespace

// A request may be covered by several groups together.
bool covers_devices(const model::Node& node, const std::vector<const model::RequestedDevice*>& requests) {
    if (!node.NodeResources) return requests.empty();
    const auto& groups = node.NodeResources->Devices;
    std::vector<uint64_t> healthy;
    for (const model::NodeDeviceResource& group : groups) {
        healthy.push_back(static_cast<uint64_t>(std::count_if(group.Instances.begin(), group.Instances.end(),
                                                              [](const auto& instance) { return instance.Healthy; })));
    }
    for (const model::RequestedDevice* request : requests) {
        uint64_t missing = request->Count;
        for (size_t i = 0; i < groups.size() && missing > 0; ++i) {
            if (healthy[i] == 0 || !suits(*request, groups[i])) continue;
            const uint64_t used = std::min(missing, healthy[i]);
            healthy[i] -= used;
            missing -= used;
        }
        if (missing > 0) return false;
    }
    return true;
}

DeviceTable::DeviceTable(const model::Node& node) : node_(node) {
    if (!node.NodeResources) return;
    for (const model::NodeDeviceResource& group : node.NodeResources->Devices) {
        auto& free = free_.emplace_back();
        for (const model::NodeDevice& instance : group.Instances) {
            if (instance.Healthy) free.insert(instance.ID);
        }
    }
}

void DeviceTable::take(const model::AllocatedResources& given) { move(given, true); }
void DeviceTable::give_back(const model::AllocatedResources& given) { move(given, false); }

std::vector<DeviceTable::Shortage> DeviceTable::shortages(const model::RequestedDevice& request) const {
    std::vector<Shortage> found;
    for (size_t i = 0; i < free_.size(); ++i) {
        const model::NodeDeviceResource& group = node_.NodeResources->Devices[i];
        if (free_[i].size() >= request.Count || !suits(request, group)) continue;
        found.push_back({&group, request.Count - free_[i].size()});
    }
    return found;
}

void DeviceTable::move(const model::AllocatedResources& given, bool take) {
    for (const auto& [task, resources] : given.Tasks) {
        for (const model::AllocatedDeviceResource& device : resources.Devices) {
            for (size_t i = 0; i < free_.size(); ++i) {
                const model::NodeDeviceResource& group = node_.NodeResources->Devices[i];
                if (group.Vendor != device.Vendor || group.Type != device.Type || group.Name != device.Name) continue;
                for (const std::string& id : device.DeviceIDs) {
                    if (take) {
                        free_[i].erase(id);
                    } else {
                        free_[i].insert(id);
                    }
                }
            }
        }
    }
}

Box<model::AllocatedDeviceResource> DeviceTable::assign(const model::RequestedDevice& request, double& affinity) {
    std::optional<size_t> best;
    double best_affinity = 0, best_share = 0;
    for (size_t i = 0; i < free_.size(); ++i) {
        const model::NodeDeviceResource& group = node_.NodeResources->Devices[i];
        if (free_[i].size() < request.Count || !suits(request, group)) continue;
        double matched = 0, all = 0;
        for (const model::Affinity& wish : request.Affinities) {
            all += std::abs(static_cast<double>(wish.Weight));
            if (holds(wish, group)) matched += wish.Weight;
        }
        const double share = all > 0 ? matched / all : 0;
        if (best && share < best_share) continue;
        best = i;
        best_affinity = matched;
        best_share = share;
    }
    if (!best) return nullptr;
    affinity += best_affinity;
    const model::NodeDeviceResource& group = node_.NodeResources->Devices[*best];
    model::AllocatedDeviceResource given{group.Vendor, group.Type, group.Name, {}};
    for (uint64_t n = 0; n < request.Count; ++n) {
        given.DeviceIDs.push_back(*free_[*best].begin());
        free_[*best].erase(free_[*best].begin());
    }
    return given;
}

double device_affinity_weights(const model::TaskGroup& group) {
    double sum = 0;
    for (const model::Task& task : group.Tasks) {
        if (!task.Resources) continue;
        for (const model::RequestedDevice& request : task.Resources->Devices) {
            for (const model::Affinity& wish : request.Affinities) sum += std::abs(static_cast<double>(wish.Weight));
        }
    }
    return sum;
}

}  // namespace drover::scheduler
