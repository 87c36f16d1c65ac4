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

    explicit Taken(const model::Node& node) : ports(node), devices(node) {}

    void add(const model::AllocatedResources& resources) {
        ports.add(resources);
        devices.take(resources);
        for (const auto& [name, task] : resources.Tasks) {
            cores.insert(task.Cpu.ReservedCores.begin(), task.Cpu.ReservedCores.end());
        }
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

int64_t core_mhz(const model::ResourceSums& capacity) {
    const auto cores = static_cast<int64_t>(capacity.cores.size());
    return cores > 0 ? capacity.cpu_mhz / cores : 0;
}

// Adds the lowest free cores of the node to the task; false if there are too few.
bool give_cores(const model::ResourceSums& capacity, Taken& taken, int64_t count,
                model::AllocatedTaskResources& given) {
    for (uint16_t core : capacity.cores) {
        if (static_cast<int64_t>(given.Cpu.ReservedCores.size()) == count) break;
        if (taken.cores.insert(core).second) given.Cpu.ReservedCores.push_back(core);
    }
    if (static_cast<int64_t>(given.Cpu.ReservedCores.size()) < count) return false;
    given.Cpu.CpuShares = core_mhz(capacity) * count;
    return true;
}

}  // namespace

GroupResources::GroupResources(const model::TaskGroup& group, bool memory_oversubscription)
    : group_(group), common_(amounts(group, memory_oversubscription)), ask_(usage_of(model::sums_of(*common_))) {
    uniform_ = group.Networks.empty();
    for (const model::Task& task : group.Tasks) {
        if (!task.Resources) continue;
        cores_ += task.Resources->Cores;
        uniform_ &= task.Resources->Networks.empty() && task.Resources->Devices.empty();
    }
    uniform_ &= cores_ == 0;
    device_weights_ = device_affinity_weights(group);
}

Usage GroupResources::ask_on(const model::Node& node) const {
    Usage ask = ask_;
    if (cores_ > 0) ask.cpu += static_cast<double>(core_mhz(model::capacity_of(node)) * cores_);
    return ask;
}

bool GroupResources::has_cores(const Snapshot& snapshot, const Proposal& proposal, Slot slot) const {
    const model::Node& node = *snapshot.fleet().node(slot);
    const Taken taken = taken_on(snapshot, proposal, slot, node);
    const auto cores = model::capacity_of(node).cores;
    return std::count_if(cores.begin(), cores.end(), [&](uint16_t core) { return !taken.cores.contains(core); }) >=
           cores_;
}

std::optional<double> GroupResources::device_affinity(const Snapshot& snapshot, const Proposal& proposal,
                                                      Slot slot) const {
    Taken taken = taken_on(snapshot, proposal, slot, *snapshot.fleet().node(slot));
    double matched = 0;
    if (!taken.devices.assign(device_requests(group_), matched)) return std::nullopt;
    return device_weights_ > 0 ? matched / device_weights_ : 0;
}

Result<Shared<model::AllocatedResources>> GroupResources::on_node(const Snapshot& snapshot, const Proposal& proposal,
                                                                  Slot slot, Rng& rng) const {
    const model::Node& node = *snapshot.fleet().node(slot);
    Taken taken = taken_on(snapshot, proposal, slot, node);
    const model::ResourceSums capacity = model::capacity_of(node);
    auto result = std::make_shared<model::AllocatedResources>(*common_);
    if (!group_.Networks.empty()) {
        auto offer = taken.ports.assign_group(group_.Networks.front(), rng);
        if (!offer) return fail(offer.error().wrapped("network: "));
        taken.ports.take(*offer);
        result->Shared.Networks = {std::move(offer->network)};
        result->Shared.Ports = std::move(offer->ports);
    }
    double matched = 0;
    auto devices = taken.devices.assign(device_requests(group_), matched);
    size_t next_device = 0;
    for (const model::Task& task : group_.Tasks) {
        if (!task.Resources) continue;
        model::AllocatedTaskResources& given = result->Tasks[task.Name];
        if (!task.Resources->Networks.empty()) {
            auto network = taken.ports.assign_task(task.Resources->Networks.front(), rng);
            if (!network) return fail(network.error().wrapped("network: "));
            taken.ports.take(*network);
            given.Networks = {std::move(*network)};
        }
        if (!task.Resources->Devices.empty() && !devices) return fail(Error::conflict(std::string(kNoDevices)));
        for (size_t n = 0; n < task.Resources->Devices.size(); ++n)
            given.Devices.push_back(std::move((*devices)[next_device++]));
        if (task.Resources->Cores > 0 && !give_cores(capacity, taken, task.Resources->Cores, given)) {
            return fail(Error::conflict(std::string(kNoCores)));
        }
    }
    return Shared<model::AllocatedResources>(std::move(result));
}

}  // namespace drover::scheduler
