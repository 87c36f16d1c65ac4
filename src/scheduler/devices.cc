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

using Requests = std::vector<const model::RequestedDevice*>;

// Matches units of requests with the instances of the groups that suit them, moving earlier ones to make room.
class Matching {
public:
    Matching(const std::vector<std::vector<uint8_t>>& suits, std::vector<uint64_t> free)
        : suits_(suits), free_(std::move(free)), given_(free_.size()) {}

    bool place(size_t request) {
        std::vector<uint8_t> seen(free_.size());
        return place(request, seen);
    }

private:
    bool place(size_t request, std::vector<uint8_t>& seen) {
        for (size_t i = 0; i < free_.size(); ++i) {
            if (!suits_[request][i] || seen[i]) continue;
            seen[i] = 1;
            if (!make_room(i, seen)) continue;
            --free_[i];
            given_[i].push_back(request);
            return true;
        }
        return false;
    }

    bool make_room(size_t group, std::vector<uint8_t>& seen) {
        if (free_[group] > 0) return true;
        for (size_t n = 0; n < given_[group].size(); ++n) {
            const size_t holder = given_[group][n];
            if (n > 0 && given_[group][n - 1] == holder) continue;
            if (!place(holder, seen)) continue;
            given_[group].erase(given_[group].begin() + static_cast<ptrdiff_t>(n));
            ++free_[group];
            return true;
        }
        return false;
    }

    const std::vector<std::vector<uint8_t>>& suits_;  // by request and group
    std::vector<uint64_t> free_;
    std::vector<std::vector<size_t>> given_;  // the requests that each group serves
};

// Whether the requests from `first` on can be covered, each by one group or several.
bool covers(const std::vector<std::vector<uint8_t>>& suits, const std::vector<uint64_t>& free, const Requests& requests,
            size_t first) {
    Matching matching(suits, free);
    for (size_t r = first; r < requests.size(); ++r) {
        uint64_t most = 0;
        for (size_t i = 0; i < free.size(); ++i) most += suits[r][i] ? free[i] : 0;
        if (most < requests[r]->Count) return false;
        for (uint64_t n = 0; n < requests[r]->Count; ++n) {
            if (!matching.place(r)) return false;
        }
    }
    return true;
}

std::vector<std::vector<uint8_t>> suitable(const Requests& requests, const model::Node& node) {
    std::vector<std::vector<uint8_t>> table;
    for (const model::RequestedDevice* request : requests) {
        auto& row = table.emplace_back();
        for (const model::NodeDeviceResource& group : node.NodeResources->Devices)
            row.push_back(suits(*request, group));
    }
    return table;
}

// One group for each request, the first that works in the order of its preference.
class Choice {
public:
    Choice(const Requests& requests, const std::vector<std::vector<uint8_t>>& suits,
           const std::vector<std::vector<size_t>>& preferred, std::vector<uint64_t> free)
        : requests_(requests), suits_(suits), preferred_(preferred), free_(std::move(free)) {}

    bool find() {
        const size_t request = chosen_.size();
        if (request == requests_.size()) return true;
        if (++looks_ > kMostLooks || !covers(suits_, free_, requests_, request)) return false;
        const uint64_t count = requests_[request]->Count;
        for (size_t group : preferred_[request]) {
            if (free_[group] < count) continue;
            free_[group] -= count;
            chosen_.push_back(group);
            if (find()) return true;
            chosen_.pop_back();
            free_[group] += count;
        }
        return false;
    }

    const std::vector<size_t>& chosen() const { return chosen_; }

private:
    // Enough for what people ask for; what is asked for in bad faith does not hold up the others.
    static constexpr int kMostLooks = 200;

    const Requests& requests_;
    const std::vector<std::vector<uint8_t>>& suits_;
    const std::vector<std::vector<size_t>>& preferred_;
    std::vector<uint64_t> free_;
    std::vector<size_t> chosen_;
    int looks_ = 0;
};

// The sum of the weights that the group matches, and its share of all weights.
std::pair<double, double> affinity_of(const model::RequestedDevice& request, const model::NodeDeviceResource& group) {
    double matched = 0, all = 0;
    for (const model::Affinity& wish : request.Affinities) {
        all += std::abs(static_cast<double>(wish.Weight));
        if (holds(wish, group)) matched += wish.Weight;
    }
    return {matched, all > 0 ? matched / all : 0};
}

}  // namespace

std::vector<const model::RequestedDevice*> device_requests(const model::TaskGroup& group) {
    Requests requests;
    for (const model::Task& task : group.Tasks) {
        if (!task.Resources) continue;
        for (const model::RequestedDevice& request : task.Resources->Devices) requests.push_back(&request);
    }
    return requests;
}

bool is_healthy(const model::NodeDeviceResource& group, std::string_view id) {
    return std::any_of(group.Instances.begin(), group.Instances.end(),
                       [&](const model::NodeDevice& instance) { return instance.ID == id && instance.Healthy; });
}

// A request may be covered by several groups together.
bool covers_devices(const model::Node& node, const std::vector<const model::RequestedDevice*>& requests) {
    if (!node.NodeResources) return requests.empty();
    std::vector<uint64_t> healthy;
    for (const model::NodeDeviceResource& group : node.NodeResources->Devices) {
        healthy.push_back(static_cast<uint64_t>(std::count_if(group.Instances.begin(), group.Instances.end(),
                                                              [](const auto& instance) { return instance.Healthy; })));
    }
    return covers(suitable(requests, node), healthy, requests, 0);
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
                    } else if (is_healthy(group, id)) {
                        free_[i].insert(id);
                    }
                }
            }
        }
    }
}

std::optional<std::vector<model::AllocatedDeviceResource>> DeviceTable::assign(const Requests& requests,
                                                                               double& affinity) {
    std::vector<model::AllocatedDeviceResource> given;
    if (requests.empty()) return given;
    if (free_.empty()) return std::nullopt;
    const auto& groups = node_.NodeResources->Devices;
    const auto suits = suitable(requests, node_);
    std::vector<std::vector<size_t>> preferred;
    for (size_t r = 0; r < requests.size(); ++r) {
        auto& order = preferred.emplace_back();
        std::vector<std::pair<double, size_t>> shares;
        for (size_t i = 0; i < groups.size(); ++i) {
            if (suits[r][i]) shares.emplace_back(affinity_of(*requests[r], groups[i]).second, i);
        }
        std::sort(shares.rbegin(), shares.rend());
        for (const auto& [share, i] : shares) order.push_back(i);
    }
    std::vector<uint64_t> free;
    for (const auto& ids : free_) free.push_back(ids.size());
    Choice choice(requests, suits, preferred, std::move(free));
    if (!choice.find()) return std::nullopt;
    for (size_t r = 0; r < requests.size(); ++r) {
        const size_t i = choice.chosen()[r];
        affinity += affinity_of(*requests[r], groups[i]).first;
        auto& one =
            given.emplace_back(model::AllocatedDeviceResource{groups[i].Vendor, groups[i].Type, groups[i].Name, {}});
        for (uint64_t n = 0; n < requests[r]->Count; ++n) {
            one.DeviceIDs.push_back(*free_[i].begin());
            free_[i].erase(free_[i].begin());
        }
    }
    return given;
}

size_t DeviceTable::suitable_groups(const model::RequestedDevice& request) const {
    if (free_.empty()) return 0;
    const auto row = suitable({&request}, node_).front();
    return static_cast<size_t>(std::count(row.begin(), row.end(), 1));
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
