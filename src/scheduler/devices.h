#pragma once
// Devices of a node (GPUs and the like): whether it has what tasks ask for, and which instances an allocation gets. Any
// thread; nothing fails.

#include <set>
#include <string>
#include <vector>

#include "model/alloc.h"
#include "model/job.h"
#include "model/node.h"
#include "model/resources.h"

namespace drover::scheduler {

// Whether the node's healthy instances would cover all requests if nothing else ran there.
bool covers_devices(const model::Node& node, const std::vector<const model::RequestedDevice*>& requests);

// The free instances of one node.
class DeviceTable {
public:
    explicit DeviceTable(const model::Node& node);

    void take(const model::AllocatedResources& given);
    // Instances for a request, taken at once. Null: too few are free. `affinity` is the sum of the weights of the
    // affinities that the chosen group matches.
    Box<model::AllocatedDeviceResource> assign(const model::RequestedDevice& request, double& affinity);

    // The other way round.
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
