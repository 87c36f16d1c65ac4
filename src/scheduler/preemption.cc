#include "scheduler/preemption.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "model/job_rules.h"
#include "model/ports.h"
#include "model/status.h"
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

// A static port, and the addresses any of which would do.
struct WantedPort {
    int64_t value;
    std::vector<std::string> addresses;
};

std::vector<WantedPort> static_ports(const model::TaskGroup& group, const model::PortTable& table) {
    std::vector<WantedPort> wanted;
    const auto add = [&](const List<model::NetworkResource>& networks, auto&& addresses_for) {
        if (networks.empty()) return;
        for (const model::Port& port : networks.front().ReservedPorts) {
            if (!port.IgnoreCollision) wanted.push_back({port.Value, addresses_for(port)});
        }
    };
    add(group.Networks, [&](const model::Port& port) { return table.addresses_for(port); });
    for (const model::Task& task : group.Tasks) {
        if (!task.Resources) continue;
        add(task.Resources->Networks, [&](const model::Port&) { return std::vector{table.task_address()}; });
    }
    return wanted;
}

bool wants_static_ports(const model::TaskGroup& group) {
    const auto any = [](const List<model::NetworkResource>& networks) {
        return !networks.empty() && !networks.front().ReservedPorts.empty();
    };
    return any(group.Networks) || std::any_of(group.Tasks.begin(), group.Tasks.end(), [&](const model::Task& task) {
               return task.Resources && any(task.Resources->Networks);
           });
}

// Who holds a port on an address.
using PortOwners = std::map<std::pair<std::string, int64_t>, std::vector<std::string>>;

PortOwners owners_of_ports(const Snapshot& snapshot, const Victims& there) {
    PortOwners owners;
    for (const Running& alloc : there) {
        const auto full = alloc.has_ports ? snapshot.alloc(alloc.id) : nullptr;
        if (!full || !full->AllocatedResources) continue;
        for (const model::HeldPort& port : model::held_ports(*full->AllocatedResources))
            owners[{std::string(port.ip), port.value}].push_back(alloc.id);
    }
    return owners;
}

// Those that would be of use to another.
size_t instances_of(const model::Allocation& alloc, const model::NodeDeviceResource& group) {
    size_t count = 0;
    if (!alloc.AllocatedResources) return 0;
    for (const auto& [name, task] : alloc.AllocatedResources->Tasks) {
        for (const model::AllocatedDeviceResource& device : task.Devices) {
            const bool same = device.Vendor == group.Vendor && device.Type == group.Type && device.Name == group.Name;
            if (!same) continue;
            count += static_cast<size_t>(std::count_if(device.DeviceIDs.begin(), device.DeviceIDs.end(),
                                                       [&](const auto& id) { return is_healthy(group, id); }));
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
    for (const Running& alloc : evicted) ++evicted_[GroupKey(key_of(alloc))];
}

double Preemption::Losses::penalty() const {
    return most <= 0 || already < most ? 0 : kOverParallelWeight * static_cast<double>(already + 1 - most);
}

Preemption::Losses Preemption::losses_of(const Running& alloc) const {
    const model::TaskGroup* group = model::maybe_group(*alloc.job, alloc.task_group);
    const auto known = evicted_.find(key_of(alloc));
    return {group && group->Migrate ? group->Migrate->MaxParallel : 0, known == evicted_.end() ? 0 : known->second};
}

// Whoever has a port that is wanted goes, or nothing is gained. Where it may be on several addresses, one where fewest
// have to go.
bool Preemption::take_port_owners(const model::TaskGroup& group, Slot slot, const Victims& there, Victims& candidates,
                                  Victims& chosen) const {
    if (!wants_static_ports(group)) return true;
    model::PortTable kept(*snapshot_.fleet().node(slot));  // what nobody who is there could give
    for (const auto& resources : proposal_.placed_on(slot)) kept.add(*resources);
    const PortOwners owners = owners_of_ports(snapshot_, there);
    for (const WantedPort& port : static_ports(group, kept)) {
        bool is_free = false;
        std::vector<std::string> fewest;
        for (const std::string& address : port.addresses) {
            if (kept.is_taken(address, port.value)) continue;
            std::vector<std::string> ids;
            if (const auto held = owners.find({address, port.value}); held != owners.end()) ids = held->second;
            std::erase_if(ids, [&](const std::string& id) { return is_among(chosen, id); });
            is_free |= ids.empty();
            const bool all_go =
                std::all_of(ids.begin(), ids.end(), [&](const std::string& id) { return is_among(candidates, id); });
            if (all_go && (fewest.empty() || ids.size() < fewest.size())) fewest = std::move(ids);
        }
        if (is_free) continue;
        if (fewest.empty()) return false;
        for (const std::string& id : fewest) move_to(chosen, candidates, id);
    }
    return true;
}

bool Preemption::take_device_owners(const model::TaskGroup& group, Slot slot, const Victims& there, Victims& candidates,
                                    Victims& chosen) const {
    if (!wants_devices(group)) return true;
    DeviceTable table(*snapshot_.fleet().node(slot));
    for (const auto& resources : proposal_.placed_on(slot)) table.take(*resources);
    for (const Running& alloc : there) {
        const bool keeps = alloc.has_devices && !is_among(chosen, alloc.id);
        const auto full = keeps ? snapshot_.alloc(alloc.id) : nullptr;
        if (full && full->AllocatedResources) table.take(*full->AllocatedResources);
    }
    double affinity = 0;
    const auto requests = device_requests(group);
    if (table.assign(requests, affinity)) return true;
    // Those that suit few groups leave the others their choice.
    std::vector<std::pair<size_t, size_t>> order;  // how many, and which request
    for (size_t i = 0; i < requests.size(); ++i) order.emplace_back(table.suitable_groups(*requests[i]), i);
    std::sort(order.begin(), order.end());
    for (const auto& [groups, i] : order) {
        const model::RequestedDevice* request = requests[i];
        if (table.assign({request}, affinity)) continue;
        Victims best;
        for (const DeviceTable::Shortage& shortage : table.shortages(*request)) {
            Victims owners = owners_to_evict(snapshot_, candidates, *shortage.group, shortage.missing);
            const bool better = best.empty() || sum_of_priorities(owners) < sum_of_priorities(best);
            if (!owners.empty() && better) best = std::move(owners);
        }
        for (const Running& alloc : best) {
            move_to(chosen, candidates, alloc.id);
            table.give_back(*snapshot_.alloc(alloc.id)->AllocatedResources);
        }
        if (best.empty() || !table.assign({request}, affinity)) return false;
    }
    return true;
}

// The least important first; among those the ones that come nearest to what is still needed. Nothing: not enough.
std::optional<Victims> Preemption::nearest(const Usage& ask, const Usage& free, Victims candidates) const {
    std::sort(candidates.begin(), candidates.end(), [](const Running& a, const Running& b) {
        const int64_t x = priority_of(a), y = priority_of(b);
        return x != y ? x < y : a.id < b.id;
    });
    std::map<GroupView, Losses> groups;
    std::vector<Losses*> losses;  // of each candidate's group
    for (const Running& alloc : candidates) {
        const auto [it, added] = groups.try_emplace(key_of(alloc));
        if (added) it->second = losses_of(alloc);
        losses.push_back(&it->second);
    }
    Usage need = ask, got = free;
    Victims taken;
    std::vector<uint8_t> is_taken(candidates.size());
    for (size_t first = 0; !covers(got, ask);) {
        while (first < candidates.size() && is_taken[first]) ++first;
        if (first == candidates.size()) return std::nullopt;
        size_t best = first;
        double best_distance = std::numeric_limits<double>::infinity();
        for (size_t i = first; i < candidates.size() && priority_of(candidates[i]) == priority_of(candidates[first]);
             ++i) {
            if (is_taken[i]) continue;
            const double d = distance(need, candidates[i].usage) + losses[i]->penalty();
            if (d < best_distance) best = i, best_distance = d;
        }
        got += candidates[best].usage;
        need += -candidates[best].usage;
        ++losses[best]->already;
        is_taken[best] = 1;
        taken.push_back(candidates[best]);
    }
    return taken;
}

// Of the nearest ones those that are not needed after all are left alone: the farthest from the whole ask are kept
// first.
bool Preemption::take_for_amounts(const Usage& ask, Usage free, Victims candidates, Victims& chosen) const {
    for (const Running& alloc : chosen) free += alloc.usage;
    auto taken = nearest(ask, free, std::move(candidates));
    if (!taken) return false;
    std::sort(taken->begin(), taken->end(), [&](const Running& a, const Running& b) {
        const double x = distance(ask, a.usage), y = distance(ask, b.usage);
        return x != y ? x > y : a.id < b.id;
    });
    for (Running& alloc : *taken) {
        if (covers(free, ask)) break;
        free += alloc.usage;
        chosen.push_back(std::move(alloc));
    }
    return true;
}

bool may_evict(const model::SchedulerConfiguration& config, std::string_view job_type) {
    const model::PreemptionConfig& types = config.PreemptionConfig;
    if (job_type == model::kJobTypeSystem) return types.SystemSchedulerEnabled;
    if (job_type == model::kJobTypeSysBatch) return types.SysBatchSchedulerEnabled;
    return job_type == model::kJobTypeBatch ? types.BatchSchedulerEnabled : types.ServiceSchedulerEnabled;
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
        if (!alloc.stopping && !is_own(alloc) && alloc.job->Priority <= highest) candidates.push_back(alloc);
    }
    if (candidates.empty() || !take_port_owners(group, slot, there, candidates, chosen) ||
        !take_device_owners(group, slot, there, candidates, chosen) ||
        !take_for_amounts(ask, free, std::move(candidates), chosen) || chosen.empty()) {
        return std::nullopt;
    }
    return chosen;
}

}  // namespace drover::scheduler
