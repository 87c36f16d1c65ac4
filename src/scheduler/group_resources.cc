#include "scheduler/group_resources.h"

#include <algorithm>
#include <set>

#include "model/alloc_rules.h"
#include "model/fit.h"
#include "model/ports.h"
#include "scheduler/devices.h"

namespace drover::scheduler {
namespace {

Shared<model::AllocatedResources> amounts(const model::TaskGroup& group, bool memory_oversubscription) {
    auto result = std::make_shared<model::AllocatedResources>();
    result->Tasks.made = result->TaskLifecycles.made = true;
    for (const model::Task& task : group.Tasks) {
        model::AllocatedTaskResources& given = result->Tasks[task.Name];
        result->TaskLifecycles[task.Name] = task.Lifecycle;
        if (!task.Resources) continue;
        const model::Resources& asked = *task.Resources;
        given.Cpu.CpuShares = asked.Cores > 0 ? 0 : asked.CPU;
        given.Memory.MemoryMB = asked.MemoryMB + asked.SecretsMB;
        if (memory_oversubscription && asked.MemoryMaxMB != 0) {
            given.Memory.MemoryMaxMB = asked.MemoryMaxMB < 0 ? asked.MemoryMaxMB : asked.MemoryMaxMB + asked.SecretsMB;
        }
    }
    if (group.EphemeralDisk) result->Shared.DiskMB = group.EphemeralDisk->SizeMB;
    return result;
}

// What other allocations hold of a node, as far as amounts in columns do not say it.
struct Taken {
    model::PortTable ports;
    DeviceTable devices;
    std::set<uint16_t> cores;
    int64_t cpu_mhz = 0;

    explicit Taken(const model::Node& node) : ports(node), devices(node) {}

    void add(const model::AllocatedResources& resources) {
        ports.add(resources);
        devices.take(resources);
        for (const auto& [name, task] : resources.Tasks) {
            cores.insert(task.Cpu.ReservedCores.begin(), task.Cpu.ReservedCores.end());
        }
        cpu_mhz += model::sums_of(resources).cpu_mhz;
    }
};

Taken taken_on(const Snapshot& snapshot, const Proposal& proposal, Slot slot, const model::Node& node) {
    Taken taken(node);
    for (const auto& alloc : snapshot.allocs_on_node(node.ID)) {
        if (model::client_terminal(*alloc) || proposal.is_stopped(alloc->ID) || !alloc->AllocatedResources) continue;
        taken.add(*alloc->AllocatedResources);
    }
    for (const auto& resources : proposal.placed_on(slot)) taken.add(*resources);
    return taken;
}

// Adds the lowest free cores of the node to the task; false if there are too few.
bool give_cores(const model::ResourceSums& capacity, Taken& taken, int64_t count,
                model::AllocatedTaskResources& given) {
    const auto total = static_cast<int64_t>(capacity.cores.size());
    for (uint16_t core : capacity.cores) {
        if (static_cast<int64_t>(given.Cpu.ReservedCores.size()) == count) break;
        if (taken.cores.insert(core).second) given.Cpu.ReservedCores.push_back(core);
    }
    if (static_cast<int64_t>(given.Cpu.ReservedCores.size()) < count) return false;
    given.Cpu.CpuShares = capacity.cpu_mhz / total * count;
    return true;
}

}  // namespace

GroupResources::GroupResources(const model::TaskGroup& group, bool memory_oversubscription)
    : group_(group), common_(amounts(group, memory_oversubscription)), ask_(usage_of(model::sums_of(*common_))) {
    wants_ports_ = !group.Networks.empty();
    for (const model::Task& task : group.Tasks) {
        if (!task.Resources) continue;
        wants_ports_ |= !task.Resources->Networks.empty();
        wants_cores_ |= task.Resources->Cores > 0;
        wants_devices_ |= !task.Resources->Devices.empty();
    }
    uniform_ = !wants_ports_ && !wants_cores_ && !wants_devices_;
    device_weights_ = device_affinity_weights(group);
}

Result<GroupResources::Given> GroupResources::on_node(const Snapshot& snapshot, const Proposal& proposal, Slot slot,
                                                      Rng& rng) const {
    const model::Node& node = *snapshot.fleet().node(slot);
    Taken taken = taken_on(snapshot, proposal, slot, node);
    const model::ResourceSums capacity = model::capacity_of(node);
    auto result = std::make_shared<model::AllocatedResources>(*common_);
    double device_weight = 0;
    if (!group_.Networks.empty()) {
        auto offer = taken.ports.assign_group(group_.Networks.front(), rng);
        if (!offer) return fail(offer.error().wrapped("network: "));
        taken.ports.take(*offer);
        result->Shared.Networks = {std::move(offer->network)};
        result->Shared.Ports = std::move(offer->ports);
    }
    for (const model::Task& task : group_.Tasks) {
        if (!task.Resources) continue;
        model::AllocatedTaskResources& given = result->Tasks[task.Name];
        if (!task.Resources->Networks.empty()) {
            auto network = taken.ports.assign_task(task.Resources->Networks.front(), rng);
            if (!network) return fail(network.error().wrapped("network: "));
            taken.ports.take(*network);
            given.Networks = {std::move(*network)};
        }
        for (const model::RequestedDevice& request : task.Resources->Devices) {
            auto device = taken.devices.assign(request, device_weight);
            if (!device) return fail(Error::conflict("devices: no devices match request"));
            given.Devices.push_back(std::move(*device));
        }
        if (task.Resources->Cores > 0 && !give_cores(capacity, taken, task.Resources->Cores, given)) {
            return fail(Error::conflict("numa-cores"));
        }
    }
    if (wants_cores_ && taken.cpu_mhz + model::sums_of(*result).cpu_mhz > capacity.cpu_mhz) {
        return fail(Error::conflict("cpu"));
    }
    return Given{std::move(result), device_weights_ > 0 ? device_weight / device_weights_ : 0, device_weights_ > 0};
}

}  // namespace drover::scheduler
