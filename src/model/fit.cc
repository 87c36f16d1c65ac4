#include "model/fit.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "model/alloc_rules.h"
#include "model/ports.h"
#include "model/status.h"

namespace drover::model {
namespace {

// Ten to the free share of each: 2 for a full node, 20 for an empty one; their difference is the best score.
constexpr double kFullNode = 2;
constexpr double kEmptyNode = 20;
constexpr double kMaxScore = 18;

enum class Phase { before, main, after };

// A sidecar started before the main tasks runs along with them.
Phase phase_of(const TaskLifecycleConfig* maybe_lifecycle) {
    if (!maybe_lifecycle) return Phase::main;
    if (maybe_lifecycle->Hook == kLifecyclePoststop) return Phase::after;
    if (maybe_lifecycle->Hook == kLifecyclePrestart && !maybe_lifecycle->Sidecar) return Phase::before;
    return Phase::main;
}

void keep_larger(ResourceSums& sums, const ResourceSums& other) {
    sums.cpu_mhz = std::max(sums.cpu_mhz, other.cpu_mhz);
    sums.memory_mb = std::max(sums.memory_mb, other.memory_mb);
    sums.memory_max_mb = std::max(sums.memory_max_mb, other.memory_max_mb);
}

std::string device_key(const std::string& vendor, const std::string& type, const std::string& name) {
    return vendor + "/" + type + "/" + name;
}

// Whether some device instance is given twice, or is none of the node's healthy ones.
bool devices_oversubscribed(const Node& node, std::span<const Shared<Allocation>> allocs) {
    std::set<std::string> free;
    if (node.NodeResources) {
        for (const NodeDeviceResource& group : node.NodeResources->Devices) {
            for (const NodeDevice& instance : group.Instances) {
                if (instance.Healthy) free.insert(device_key(group.Vendor, group.Type, group.Name) + "/" + instance.ID);
            }
        }
    }
    for (const Shared<Allocation>& alloc : allocs) {
        if (client_terminal(*alloc) || !alloc->AllocatedResources) continue;
        for (const auto& [name, task] : alloc->AllocatedResources->Tasks) {
            for (const AllocatedDeviceResource& given : task.Devices) {
                for (const std::string& id : given.DeviceIDs) {
                    if (!free.erase(device_key(given.Vendor, given.Type, given.Name) + "/" + id)) return true;
                }
            }
        }
    }
    return false;
}

}  // namespace

void ResourceSums::add(const ResourceSums& other) {
    cpu_mhz += other.cpu_mhz;
    memory_mb += other.memory_mb;
    memory_max_mb += other.memory_max_mb;
    disk_mb += other.disk_mb;
    if (other.cores.empty()) return;
    cores.insert(cores.end(), other.cores.begin(), other.cores.end());
    std::sort(cores.begin(), cores.end());
}

void ResourceSums::subtract(const ResourceSums& other) {
    cpu_mhz -= other.cpu_mhz;
    memory_mb -= other.memory_mb;
    memory_max_mb -= other.memory_max_mb;
    disk_mb -= other.disk_mb;
    std::vector<uint16_t> left;
    std::set_difference(cores.begin(), cores.end(), other.cores.begin(), other.cores.end(), std::back_inserter(left));
    cores = std::move(left);
}

ResourceSums sums_of(const AllocatedResources& resources) {
    ResourceSums throughout, phases[3];
    for (const auto& [name, task] : resources.Tasks) {
        ResourceSums sums;
        sums.memory_mb = task.Memory.MemoryMB;
        sums.memory_max_mb = task.Memory.MemoryMaxMB != 0 ? task.Memory.MemoryMaxMB : task.Memory.MemoryMB;
        if (task.Cpu.ReservedCores.empty()) {
            sums.cpu_mhz = task.Cpu.CpuShares;
        } else {
            throughout.cpu_mhz += task.Cpu.CpuShares;
            throughout.cores.insert(throughout.cores.end(), task.Cpu.ReservedCores.begin(),
                                    task.Cpu.ReservedCores.end());
        }
        const auto* lifecycle = resources.TaskLifecycles.get(name);
        phases[static_cast<int>(phase_of(lifecycle ? lifecycle->get() : nullptr))].add(sums);
    }
    ResourceSums result;
    for (const ResourceSums& phase : phases) keep_larger(result, phase);
    std::sort(throughout.cores.begin(), throughout.cores.end());
    result.add(throughout);
    result.disk_mb = resources.Shared.DiskMB;
    return result;
}

ResourceSums sums_of(const Allocation& alloc) {
    return alloc.AllocatedResources ? sums_of(*alloc.AllocatedResources) : ResourceSums{};
}

ResourceSums capacity_of(const Node& node) {
    ResourceSums sums;
    if (!node.NodeResources) return sums;
    const NodeResources& has = *node.NodeResources;
    sums.cpu_mhz = has.Cpu.CpuShares;
    sums.memory_mb = has.Memory.MemoryMB;
    sums.disk_mb = has.Disk.DiskMB;
    sums.cores.assign(has.Cpu.ReservableCpuCores.begin(), has.Cpu.ReservableCpuCores.end());
    std::sort(sums.cores.begin(), sums.cores.end());
    if (node.ReservedResources) {
        const NodeReservedResources& kept = *node.ReservedResources;
        ResourceSums reserved;
        reserved.cpu_mhz = kept.Cpu.CpuShares;
        reserved.memory_mb = kept.Memory.MemoryMB;
        reserved.disk_mb = kept.Disk.DiskMB;
        reserved.cores.assign(kept.Cpu.ReservedCpuCores.begin(), kept.Cpu.ReservedCpuCores.end());
        std::sort(reserved.cores.begin(), reserved.cores.end());
        sums.subtract(reserved);
    }
    sums.memory_max_mb = sums.memory_mb;
    return sums;
}

std::string_view exceeded_dimension(const ResourceSums& capacity, const ResourceSums& used) {
    if (used.cpu_mhz > capacity.cpu_mhz) return "cpu";
    if (!std::includes(capacity.cores.begin(), capacity.cores.end(), used.cores.begin(), used.cores.end())) {
        return "cores";
    }
    if (used.memory_mb > capacity.memory_mb) return "memory";
    if (used.disk_mb > capacity.disk_mb) return "disk";
    return {};
}

FitResult fit(const Node& node, std::span<const Shared<Allocation>> allocs) {
    FitResult result;
    int64_t live = 0;
    for (const Shared<Allocation>& alloc : allocs) {
        if (client_terminal(*alloc)) continue;
        ++live;
        result.used.add(sums_of(*alloc));
    }
    if (node.NodeMaxAllocs > 0 && live > node.NodeMaxAllocs) {
        result.dimension = "max allocation exceeded";
        return result;
    }
    const auto& cores = result.used.cores;
    if (std::adjacent_find(cores.begin(), cores.end()) != cores.end()) {
        result.dimension = "cores";
        return result;
    }
    result.dimension = exceeded_dimension(capacity_of(node), result.used);
    if (!result.fits()) return result;

    PortTable ports(node);
    if (ports.malformed()) {
        result.dimension = "reserved node port collision";
        return result;
    }
    for (const Shared<Allocation>& alloc : allocs) {
        if (client_terminal(*alloc)) continue;
        if (!ports.add(*alloc)) {
            result.dimension = "reserved alloc port collision";
            return result;
        }
    }
    if (devices_oversubscribed(node, allocs)) result.dimension = "device oversubscribed";
    return result;
}

FreeShares free_shares(const ResourceSums& capacity, const ResourceSums& used) {
    const auto share = [](int64_t have, int64_t taken) {
        return have > 0 ? 1 - static_cast<double>(taken) / static_cast<double>(have) : 0.0;
    };
    return {share(capacity.cpu_mhz, used.cpu_mhz), share(capacity.memory_mb, used.memory_mb)};
}

double binpack_score(FreeShares free) {
    const double total = std::pow(10, free.cpu) + std::pow(10, free.memory);
    return std::clamp(kEmptyNode - total, 0.0, kMaxScore) / kMaxScore;
}

double spread_score(FreeShares free) {
    const double total = std::pow(10, free.cpu) + std::pow(10, free.memory);
    return std::clamp(total - kFullNode, 0.0, kMaxScore) / kMaxScore;
}

}  // namespace drover::model
