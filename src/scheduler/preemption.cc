#include "scheduler/preemption.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "model/job_rules.h"
#include "scheduler/devices.h"

namespace drover::scheduler {
namespace {

// What one more eviction weighs for a group that gave up as many as it may lose at once.
constexpr double kOverParallelWeight = 50;

using Victims = Preemption::Victims;

int64_t priority_of(const Running& alloc) { return alloc.job->Priority; }

bool covers(const Usage& free, const Usage& ask) {
    return free.cpu >= ask.cpu && free.memory >= ask.memory && free.disk >= ask.disk && free.allocs >= ask.allocs;
}

double distance(const Usage& need, const Usage& have) {
    const auto term = [](double needed, double had) {
        const double share = needed > 0 ? (needed - had) / needed : 0;
        return share * share;
    };
    return std::sqrt(term(need.memory, have.memory) + term(need.cpu, have.cpu) + term(need.disk, have.disk));
}

bool is_among(const Victims& victims, const std::string& id) {
    return std::any_of(victims.begin(), victims.end(), [&](const Running& alloc) { return alloc.id == id; });
}

// False if it is no candidate.
bool move_to(Victims& chosen, Victims& candidates, const std::string& id) {
    const auto it =
        std::find_if(candidates.begin(), candidates.end(), [&](const Running& alloc) { return alloc.id == id; });
    if (it == candidates.end()) return false;
    chosen.push_back(std::move(*it));
    candidates.erase(it);
    return true;
}

std::set<int64_t> static_ports(const model::TaskGroup& group) {
    std::set<int64_t> ports;
    const auto add = [&](const List<model::NetworkResource>& networks) {
        for (const model::NetworkResource& network : networks) {
            for (const model::Port& port : network.ReservedPorts) ports.insert(port.Value);
        }
    };
    add(group.Networks);
    for (const model::Task& task : group.Tasks) {
        if (task.Resources) add(task.Resources->Networks);
    }
    return ports;
}

bool owns_one_of(const model::Allocation& alloc, const std::set<int64_t>& ports) {
    if (!alloc.AllocatedResources) return false;
    const auto in_network = [&](const model::NetworkResource& network) {
        const auto has = [&](const model::Port& port) { return ports.contains(port.Value); };
        return std::any_of(network.ReservedPorts.begin(), network.ReservedPorts.end(), has) ||
               std::any_of(network.DynamicPorts.begin(), network.DynamicPorts.end(), has);
    };
    const auto& shared = alloc.AllocatedResources->Shared;
    if (std::any_of(shared.Ports.begin(), shared.Ports.end(),
                    [&](const auto& port) { return ports.contains(port.Value); })) {
        return true;
    }
    if (std::any_of(shared.Networks.begin(), shared.Networks.end(), in_network)) return true;
    return std::any_of(alloc.AllocatedResources->Tasks.begin(), alloc.AllocatedResources->Tasks.end(),
                       [&](const auto& entry) {
                           const auto& networks = entry.second.Networks;
                           return std::any_of(networks.begin(), networks.end(), in_network);
                       });
}

size_t instances_of(const model::Allocation& alloc, const model::NodeDeviceResource& group) {
    size_t count = 0;
    if (!alloc.AllocatedResources) return 0;
    for (const auto& [name, task] : alloc.AllocatedResources->Tasks) {
        for (const model::AllocatedDeviceResource& device : task.Devices) {
            const bool same = device.Vendor == group.Vendor && device.Type == group.Type && device.Name == group.Name;
            if (same) count += device.DeviceIDs.size();
        }
    }
    return count;
}

bool wants_devices(const model::TaskGroup& group) {
    return std::any_of(group.Tasks.begin(), group.Tasks.end(),
                       [](const model::Task& task) { return task.Resources && !task.Resources->Devices.empty(); });
}

// The least important owners first, of equals those with most instances, until `missing` are free. Empty: too few.
Victims owners_to_evict(const Snapshot& snapshot, const Victims& candidates, const model::NodeDeviceResource& group,
                        size_t missing) {
    std::vector<std::pair<Running, size_t>> owners;
    for (const Running& alloc : candidates) {
        const auto full = alloc.has_devices ? snapshot.alloc(alloc.id) : nullptr;
        const size_t held = full ? instances_of(*full, group) : 0;
        if (held > 0) owners.emplace_back(alloc, held);
    }
    std::sort(owners.begin(), owners.end(), [](const auto& a, const auto& b) {
        const int64_t x = priority_of(a.first), y = priority_of(b.first);
        if (x != y) return x < y;
        return a.second != b.second ? a.second > b.second : a.first.id < b.first.id;
    });
    Victims chosen;
    size_t gained = 0;
    for (const auto& [alloc, held] : owners) {
        if (gained >= missing) break;
        gained += held;
        chosen.push_back(alloc);
    }
    return gained >= missing ? chosen : Victims{};
}

int64_t sum_of_priorities(const Victims& victims) {
    std::set<int64_t> distinct;
    for (const Running& alloc : victims) distinct.insert(priority_of(alloc));
    int64_t sum = 0;
    for (int64_t priority : distinct) sum += priority;
    return sum;
}

}  // namespace

double Preemption::score(const Victims& victims) {
    int64_t highest = 0, sum = 0;
    for (const Running& alloc : victims) {
        highest = std::max(highest, priority_of(alloc));
        sum += priority_of(alloc);
    }
    if (highest == 0) return 1;
    const double weight = static_cast<double>(highest) + static_cast<double>(sum) / static_cast<double>(highest);
    return 1 / (1 + std::exp(0.0048 * (weight - 2048)));
}

void Preemption::note(const Victims& evicted) {
    for (const Running& alloc : evicted) ++evicted_[key_of(alloc)];
}

double Preemption::penalty(const Running& alloc, const Victims& chosen) const {
    const model::TaskGroup* group = model::maybe_group(*alloc.job, alloc.task_group);
    const int64_t parallel = group && group->Migrate ? group->Migrate->MaxParallel : 0;
    if (parallel <= 0) return 0;
    const auto known = evicted_.find(key_of(alloc));
    int64_t already = known == evicted_.end() ? 0 : known->second;
    for (const Running& other : chosen) already += key_of(other) == key_of(alloc);
    return already < parallel ? 0 : kOverParallelWeight * static_cast<double>(already + 1 - parallel);
}

// Whoever has a port that is wanted goes, or nothing is gained.
bool Preemption::take_port_owners(const model::TaskGroup& group, const Victims& there, Victims& candidates,
                                  Victims& chosen) const {
    const std::set<int64_t> ports = static_ports(group);
    if (ports.empty()) return true;
    for (const Running& alloc : there) {
        const auto full = alloc.has_ports ? snapshot_.alloc(alloc.id) : nullptr;
        if (full && owns_one_of(*full, ports) && !move_to(chosen, candidates, alloc.id)) return false;
    }
    return true;
}

bool Preemption::take_device_owners(const model::TaskGroup& group, const model::Node& node, const Victims& there,
                                    Victims& candidates, Victims& chosen) const {
    if (!wants_devices(group)) return true;
    DeviceTable table(node);
    for (const Running& alloc : there) {
        const bool keeps = alloc.has_devices && !is_among(chosen, alloc.id);
        const auto full = keeps ? snapshot_.alloc(alloc.id) : nullptr;
        if (full && full->AllocatedResources) table.take(*full->AllocatedResources);
    }
    for (const model::Task& task : group.Tasks) {
        if (!task.Resources) continue;
        for (const model::RequestedDevice& request : task.Resources->Devices) {
            double affinity = 0;
            if (table.assign(request, affinity)) continue;
            Victims best;
            for (const DeviceTable::Shortage& shortage : table.shortages(request)) {
                Victims owners = owners_to_evict(snapshot_, candidates, *shortage.group, shortage.missing);
                const bool better = best.empty() || sum_of_priorities(owners) < sum_of_priorities(best);
                if (!owners.empty() && better) best = std::move(owners);
            }
            for (const Running& alloc : best) {
                move_to(chosen, candidates, alloc.id);
                table.give_back(*snapshot_.alloc(alloc.id)->AllocatedResources);
            }
            if (best.empty() || !table.assign(request, affinity)) return false;
        }
    }
    return true;
}

// The least important first; among those the ones that come nearest to what is still needed. Then those that were not
// needed after all are left alone: the farthest from the whole ask are kept first.
bool Preemption::take_for_amounts(const Usage& ask, Usage free, Victims candidates, Victims& chosen) const {
    for (const Running& alloc : chosen) free += alloc.usage;
    if (covers(free, ask)) return true;
    Usage need = ask, got = free;
    Victims taken;
    std::sort(candidates.begin(), candidates.end(), [](const Running& a, const Running& b) {
        const int64_t x = priority_of(a), y = priority_of(b);
        return x != y ? x < y : a.id < b.id;
    });
    while (!covers(got, ask) && !candidates.empty()) {
        const int64_t priority = priority_of(candidates.front());
        size_t best = 0;
        double best_distance = 0;
        for (size_t i = 0; i < candidates.size() && priority_of(candidates[i]) == priority; ++i) {
            const double d = distance(need, candidates[i].usage) + penalty(candidates[i], taken);
            if (i == 0 || d < best_distance) best = i, best_distance = d;
        }
        got += candidates[best].usage;
        need += -candidates[best].usage;
        taken.push_back(std::move(candidates[best]));
        candidates.erase(candidates.begin() + static_cast<ptrdiff_t>(best));
    }
    if (!covers(got, ask)) return false;
    std::sort(taken.begin(), taken.end(), [&](const Running& a, const Running& b) {
        const double x = distance(ask, a.usage), y = distance(ask, b.usage);
        return x != y ? x > y : a.id < b.id;
    });
    for (Running& alloc : taken) {
        if (covers(free, ask)) break;
        free += alloc.usage;
        chosen.push_back(std::move(alloc));
    }
    return true;
}

std::optional<Victims> Preemption::victims(Slot slot, const model::TaskGroup& group, const Usage& ask,
                                           const Usage& free) const {
    const model::Node& node = *snapshot_.fleet().node(slot);
    const int64_t highest = priority_ - kLeastDifference;
    // Most nodes are ruled out by sums.
    Usage most = free;
    most += snapshot_.usage_below(node.ID, highest);
    if (!covers(most, ask)) return std::nullopt;
    Victims there = snapshot_.running_on(node.ID), candidates, chosen;
    std::erase_if(there, [&](const Running& alloc) { return proposal_.is_stopped(alloc.id); });
    for (const Running& alloc : there) {
        if (!alloc.stopping && alloc.job->Priority <= highest) candidates.push_back(alloc);
    }
    if (candidates.empty() || !take_port_owners(group, there, candidates, chosen) ||
        !take_device_owners(group, node, there, candidates, chosen) ||
        !take_for_amounts(ask, free, std::move(candidates), chosen) || chosen.empty()) {
        return std::nullopt;
    }
    return chosen;
}

}  // namespace drover::scheduler
