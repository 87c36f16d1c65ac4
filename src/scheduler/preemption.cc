#include "scheduler/preemption.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "model/alloc_rules.h"
#include "scheduler/devices.h"

namespace drover::scheduler {
namespace {

// What one more eviction weighs for a group that gave up as many as it may lose at once.
constexpr double kOverParallelWeight = 50;

using Allocs = std::vector<Shared<model::Allocation>>;

int64_t priority_of(const model::Allocation& alloc) { return alloc.Job ? alloc.Job->Priority : 0; }

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

void move_to(Allocs& chosen, Allocs& candidates, const std::string& id) {
    const auto it =
        std::find_if(candidates.begin(), candidates.end(), [&](const auto& alloc) { return alloc->ID == id; });
    if (it == candidates.end()) return;
    chosen.push_back(*it);
    candidates.erase(it);
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

// The least important owners first, of equals those with most instances, until `missing` are free. Empty: too few.
Allocs owners_to_evict(const Allocs& candidates, const model::NodeDeviceResource& group, size_t missing) {
    std::vector<std::pair<Shared<model::Allocation>, size_t>> owners;
    for (const auto& alloc : candidates) {
        if (const size_t held = instances_of(*alloc, group); held > 0) owners.emplace_back(alloc, held);
    }
    std::sort(owners.begin(), owners.end(), [](const auto& a, const auto& b) {
        const int64_t x = priority_of(*a.first), y = priority_of(*b.first);
        if (x != y) return x < y;
        return a.second != b.second ? a.second > b.second : a.first->ID < b.first->ID;
    });
    Allocs chosen;
    size_t gained = 0;
    for (const auto& [alloc, held] : owners) {
        if (gained >= missing) break;
        gained += held;
        chosen.push_back(alloc);
    }
    return gained >= missing ? chosen : Allocs{};
}

int64_t sum_of_priorities(const Allocs& allocs) {
    std::set<int64_t> distinct;
    for (const auto& alloc : allocs) distinct.insert(priority_of(*alloc));
    int64_t sum = 0;
    for (int64_t priority : distinct) sum += priority;
    return sum;
}

}  // namespace

double Preemption::score(const Allocs& victims) {
    int64_t highest = 0, sum = 0;
    for (const auto& alloc : victims) {
        highest = std::max(highest, priority_of(*alloc));
        sum += priority_of(*alloc);
    }
    if (highest == 0) return 1;
    const double weight = static_cast<double>(highest) + static_cast<double>(sum) / static_cast<double>(highest);
    return 1 / (1 + std::exp(0.0048 * (weight - 2048)));
}

void Preemption::note(const Allocs& evicted) {
    for (const auto& alloc : evicted) ++evicted_[{alloc->Namespace, alloc->JobID, alloc->TaskGroup}];
}

double Preemption::penalty(const model::Allocation& alloc, const Allocs& chosen) const {
    const model::TaskGroup* group = model::maybe_group_of(alloc);
    const int64_t parallel = group && group->Migrate ? group->Migrate->MaxParallel : 0;
    const auto known = evicted_.find({alloc.Namespace, alloc.JobID, alloc.TaskGroup});
    int64_t already = known == evicted_.end() ? 0 : known->second;
    for (const auto& other : chosen) {
        already +=
            other->Namespace == alloc.Namespace && other->JobID == alloc.JobID && other->TaskGroup == alloc.TaskGroup;
    }
    if (parallel <= 0 || already < parallel) return 0;
    return kOverParallelWeight * static_cast<double>(already + 1 - parallel);
}

// Whoever has a port that is wanted goes, or nothing is gained.
bool Preemption::take_port_owners(const model::TaskGroup& group, const model::Node& node, Allocs& candidates,
                                  Allocs& chosen) const {
    const std::set<int64_t> ports = static_ports(group);
    if (ports.empty()) return true;
    for (const auto& alloc : snapshot_.allocs_on_node(node.ID)) {
        if (model::client_terminal(*alloc) || proposal_.is_stopped(alloc->ID) || !owns_one_of(*alloc, ports)) continue;
        const size_t before = chosen.size();
        move_to(chosen, candidates, alloc->ID);
        if (chosen.size() == before) return false;
    }
    return true;
}

bool Preemption::take_device_owners(const model::TaskGroup& group, const model::Node& node, Allocs& candidates,
                                    Allocs& chosen) const {
    DeviceTable table(node);
    for (const auto& alloc : snapshot_.allocs_on_node(node.ID)) {
        const bool gone = std::any_of(chosen.begin(), chosen.end(), [&](const auto& c) { return c->ID == alloc->ID; });
        if (gone || model::client_terminal(*alloc) || proposal_.is_stopped(alloc->ID)) continue;
        if (alloc->AllocatedResources) table.take(*alloc->AllocatedResources);
    }
    for (const model::Task& task : group.Tasks) {
        if (!task.Resources) continue;
        for (const model::RequestedDevice& request : task.Resources->Devices) {
            double affinity = 0;
            if (table.assign(request, affinity)) continue;
            Allocs best;
            for (const DeviceTable::Shortage& shortage : table.shortages(request)) {
                Allocs owners = owners_to_evict(candidates, *shortage.group, shortage.missing);
                const bool better = best.empty() || sum_of_priorities(owners) < sum_of_priorities(best);
                if (!owners.empty() && better) best = std::move(owners);
            }
            if (best.empty()) return false;
            for (const auto& alloc : best) {
                move_to(chosen, candidates, alloc->ID);
                table.give_back(*alloc->AllocatedResources);
            }
            if (!table.assign(request, affinity)) return false;
        }
    }
    return true;
}

// The least important first; among those the ones that come nearest to what is still needed. Then those that were not
// needed after all are left alone: the farthest from the whole ask are kept first.
bool Preemption::take_for_amounts(const Usage& ask, Usage free, Allocs candidates, Allocs& chosen) const {
    for (const auto& alloc : chosen) free += usage_of(*alloc);
    if (covers(free, ask)) return true;
    Usage need = ask, got = free;
    Allocs taken;
    std::sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
        const int64_t x = priority_of(*a), y = priority_of(*b);
        return x != y ? x < y : a->ID < b->ID;
    });
    while (!covers(got, ask) && !candidates.empty()) {
        const int64_t priority = priority_of(*candidates.front());
        size_t best = 0;
        double best_distance = 0;
        for (size_t i = 0; i < candidates.size() && priority_of(*candidates[i]) == priority; ++i) {
            const double d = distance(need, usage_of(*candidates[i])) + penalty(*candidates[i], taken);
            if (i == 0 || d < best_distance) best = i, best_distance = d;
        }
        const Usage freed = usage_of(*candidates[best]);
        got += freed;
        need += -freed;
        taken.push_back(candidates[best]);
        candidates.erase(candidates.begin() + static_cast<ptrdiff_t>(best));
    }
    if (!covers(got, ask)) return false;
    std::sort(taken.begin(), taken.end(), [&](const auto& a, const auto& b) {
        const double x = distance(ask, usage_of(*a)), y = distance(ask, usage_of(*b));
        return x != y ? x > y : a->ID < b->ID;
    });
    // From the farthest on, until it is enough.
    for (const auto& alloc : taken) {
        if (covers(free, ask)) break;
        free += usage_of(*alloc);
        chosen.push_back(alloc);
    }
    return true;
}

std::optional<Allocs> Preemption::victims(Slot slot, const model::TaskGroup& group, const Usage& ask,
                                          const Usage& free) const {
    const model::Node& node = *snapshot_.fleet().node(slot);
    Allocs candidates, chosen;
    for (const auto& alloc : snapshot_.allocs_on_node(node.ID)) {
        if (model::terminal(*alloc) || proposal_.is_stopped(alloc->ID)) continue;
        if (alloc->Job && priority_ - alloc->Job->Priority >= kLeastDifference) candidates.push_back(alloc);
    }
    if (candidates.empty()) return std::nullopt;
    if (!take_port_owners(group, node, candidates, chosen) || !take_device_owners(group, node, candidates, chosen) ||
        !take_for_amounts(ask, free, candidates, chosen) || chosen.empty()) {
        return std::nullopt;
    }
    return chosen;
}

}  // namespace drover::scheduler
