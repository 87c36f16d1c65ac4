#pragma once
// Devices of a node (GPUs and the like): whether it has what tasks ask for, and which instances an allocation gets. Any
// thread; nothing fails.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/alloc.h"
#include "model/job.h"
#include "model/node.h"
#include "model/resources.h"

namespace drover::scheduler {

// What the tasks of the group ask for, in their order.
std::vector<const model::RequestedDevice*> device_requests(const model::TaskGroup& group);

bool is_healthy(const model::NodeDeviceResource& group, std::string_view id);

// Whether the node's healthy instances would cover all requests if nothing else ran there.
bool covers_devices(const model::Node& node, const std::vector<const model::RequestedDevice*>& requests);

// The free instances of one node.
class DeviceTable {
public:
    explicit DeviceTable(const model::Node& node);

    void take(const model::AllocatedResources& given);
    // Instances for each request, of one group each, taken at once. Nothing: too few are free. Adds to `affinity` the
    // weights of the affinities that the chosen groups match.
    std::optional<std::vector<model::AllocatedDeviceResource>> assign(
        const std::vector<const model::RequestedDevice*>& requests, double& affinity);
    size_t suitable_groups(const model::RequestedDevice& request) const;

    // The other way round. What is sick by now is not free.
    void give_back(const model::AllocatedResources& given);

    // The device groups that suit a request and have too few free instances, and how many are missing.
    struct Shortage {
        const model::NodeDeviceResource* group;
        size_t missing;
    };
    std::vector<Shortage> shortages(const model::RequestedDevice& request) const;

private:
    void move(const model::AllocatedResources& given, bool take);

    const model::Node& node_;
    std::vector<std::set<std::string>> free_;  // of each device group of the node
};

// Sum of the absolute weights of the affinities of all requests of the group's tasks.
double device_affinity_weights(const model::TaskGroup& group);

}  // namespace drover::scheduler
