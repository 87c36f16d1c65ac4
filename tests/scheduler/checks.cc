#include "checks.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/strings.h"
#include "model/alloc_rules.h"
#include "model/deployment_rules.h"
#include "model/job_rules.h"
#include "model/ports.h"
#include "scheduler/constraint.h"
#include "scheduler/feasibility.h"
#include "scheduler/reconcile.h"

namespace drover::scheduler::cases {
namespace {

using AllocPtr = Shared<model::Allocation>;

Shared<model::Node> node_of(const MemorySnapshot& cluster, const std::string& id) {
    const Slot slot = cluster.fleet().slot_of(id);
    return slot == kNoSlot ? nullptr : cluster.fleet().node(slot);
}

std::set<std::string> stopped_by(const model::Plan& plan) {
    std::set<std::string> ids;
    for (const auto* changes : {&plan.NodeUpdate, &plan.NodePreemptions}) {
        for (const auto& [node, allocs] : *changes) {
            for (const auto& alloc : allocs) ids.insert(alloc->ID);
        }
    }
    return ids;
}

// Those that are new: not there before.
std::vector<AllocPtr> placed_by(const model::Plan& plan) {
    std::vector<AllocPtr> placed;
    for (const auto& [node, allocs] : plan.NodeAllocation) {
        for (const auto& alloc : allocs) {
            if (alloc->CreateIndex == 0) placed.push_back(alloc);
        }
    }
    return placed;
}

// What a node holds once the plan is committed: what the plan stops gives way at once.
std::vector<AllocPtr> held(const MemorySnapshot& after, const model::Plan& plan, const std::string& node_id) {
    const auto stopped = stopped_by(plan);
    std::vector<AllocPtr> allocs;
    for (const auto& alloc : after.allocs_on_node(node_id)) {
        if (!model::client_terminal(*alloc) && !stopped.contains(alloc->ID)) allocs.push_back(alloc);
    }
    return allocs;
}

bool is_live(const model::Allocation& alloc) { return !model::terminal(alloc); }

std::string text_of(const model::Allocation& alloc) { return alloc.Name + " " + alloc.ID; }

bool is_node_ready(const model::Node& node) {
    return node.Status == "ready" && node.SchedulingEligibility == "eligible" && !node.DrainStrategy;
}

// Why constraints forbid the node to one more of the group, or of this one if it is there already.
std::string forbidden(const MemorySnapshot& cluster, const std::vector<AllocPtr>& others, const model::Job& job,
                      const model::TaskGroup& group, const model::Node& node) {
    std::vector<std::pair<const model::Constraint*, bool>> rules;
    for (const auto& rule : job.Constraints) rules.emplace_back(&rule, true);
    for (const auto& rule : group.Constraints) rules.emplace_back(&rule, false);
    for (const auto& [rule, of_job] : rules) {
        if (rule->Operand == "distinct_hosts") {
            for (const auto& other : others) {
                if (other->NodeID == node.ID && (of_job || other->TaskGroup == group.Name)) return "distinct_hosts";
            }
        } else if (rule->Operand == "distinct_property") {
            const Target target(rule->LTarget);
            const auto value = target.on(node);
            if (!value) return "missing property";
            int64_t uses = 0;
            for (const auto& other : others) {
                const auto there = node_of(cluster, other->NodeID);
                const bool counts = of_job || other->TaskGroup == group.Name;
                uses += counts && there && target.on(*there) == value;
            }
            if (uses >= (rule->RTarget.empty() ? 1 : *parse_int(rule->RTarget))) return "distinct_property";
        } else if (!NodeConstraint(*rule).holds_on(node)) {
            return rule->LTarget + " " + rule->Operand + " " + rule->RTarget;
        }
    }
    return {};
}

std::vector<AllocPtr> live_of(const MemorySnapshot& cluster, const model::Job& job) {
    auto allocs = cluster.allocs_of_job(job.Namespace, job.ID);
    std::erase_if(allocs, [](const auto& alloc) { return !is_live(*alloc); });
    return allocs;
}

size_t devices_asked(const model::TaskGroup& group) {
    size_t count = 0;
    for (const auto& task : group.Tasks) {
        for (const auto& request : task.Resources->Devices) count += request.Count;
    }
    return count;
}

// Whether one more would fit: amounts, cores, ports and devices, counted here once more.
bool would_fit(const std::vector<AllocPtr>& there, const model::TaskGroup& group, const model::Node& node) {
    model::ResourceSums used;
    std::set<int64_t> ports;
    size_t devices = 0;
    for (const auto& alloc : there) {
        used.add(model::sums_of(*alloc));
        for (const auto& port : alloc->AllocatedResources->Shared.Ports) ports.insert(port.Value);
        for (const auto& [name, task] : alloc->AllocatedResources->Tasks) {
            for (const auto& device : task.Devices) devices += device.DeviceIDs.size();
        }
    }
    const model::ResourceSums has = model::capacity_of(node);
    int64_t cores = 0;
    for (const auto& task : group.Tasks) {
        const model::Resources& asked = *task.Resources;
        cores += asked.Cores;
        used.cpu_mhz += asked.Cores > 0
                            ? has.cpu_mhz * asked.Cores / std::max<int64_t>(1, node.NodeResources->Cpu.TotalCpuCores)
                            : asked.CPU;
        used.memory_mb += asked.MemoryMB;
    }
    used.disk_mb += group.EphemeralDisk->SizeMB;
    if (used.cpu_mhz > has.cpu_mhz || used.memory_mb > has.memory_mb || used.disk_mb > has.disk_mb) return false;
    if (static_cast<int64_t>(used.cores.size()) + cores > static_cast<int64_t>(has.cores.size())) return false;
    if (node.NodeMaxAllocs > 0 && static_cast<int64_t>(there.size()) >= node.NodeMaxAllocs) return false;
    size_t instances = 0;
    for (const auto& device : node.NodeResources->Devices) instances += device.Instances.size();
    if (devices + devices_asked(group) > instances) return false;
    if (group.Networks.empty()) return true;
    for (const auto& port : group.Networks[0].ReservedPorts) {
        if (ports.contains(port.Value)) return false;
    }
    const auto taken = std::count_if(ports.begin(), ports.end(), [&](int64_t port) {
        return port >= node.NodeResources->MinDynamicPort && port <= node.NodeResources->MaxDynamicPort;
    });
    const auto range = node.NodeResources->MaxDynamicPort - node.NodeResources->MinDynamicPort + 1;
    return static_cast<int64_t>(taken + static_cast<int64_t>(group.Networks[0].DynamicPorts.size())) <= range;
}

bool may_run(const model::Job& job, const model::TaskGroup& group, const model::Node& node) {
    if (!is_node_ready(node) || !in_node_set(job, node.NodePool, node.Datacenter)) return false;
    for (const auto* rules : {&job.Constraints, &group.Constraints}) {
        for (const model::Constraint& rule : *rules) {
            const bool distinct = rule.Operand == "distinct_hosts" || rule.Operand == "distinct_property";
            if (!distinct && !NodeConstraint(rule).holds_on(node)) return false;
        }
    }
    return devices_asked(group) == 0 || !node.NodeResources->Devices.empty();
}

std::vector<Shared<model::Node>> nodes_of(const MemorySnapshot& cluster) {
    std::vector<Shared<model::Node>> nodes;
    for (Slot slot = 0; slot < cluster.fleet().slots(); ++slot) {
        if (cluster.fleet().node(slot)) nodes.push_back(cluster.fleet().node(slot));
    }
    return nodes;
}

}  // namespace

std::string overcommitted(const MemorySnapshot& after, const model::Plan& plan) {
    for (const auto& placed : placed_by(plan)) {
        const auto node = node_of(after, placed->NodeID);
        if (!node) return text_of(*placed) + " is on no node";
        auto allocs = held(after, plan, node->ID);
        // What an earlier plan stopped has given way to its successor, even if its client has not said so.
        std::erase_if(allocs, [](const auto& alloc) { return model::server_terminal(*alloc); });
        const auto fit = model::fit(*node, allocs);
        if (!fit.fits()) return node->Name + " is overcommitted: " + fit.dimension;
        if (node->NodeMaxAllocs > 0 && static_cast<int64_t>(allocs.size()) > node->NodeMaxAllocs)
            return node->Name + " has too many";
        std::set<std::string> ports;
        for (const auto& alloc : allocs) {
            for (const auto& port : alloc->AllocatedResources->Shared.Ports) {
                const std::string key = port.HostIP + ":" + std::to_string(port.Value);
                if (!ports.insert(key).second) return node->Name + " gives port " + key + " twice";
            }
        }
    }
    return {};
}

std::string misplaced(const MemorySnapshot& after, const model::Plan& plan) {
    for (const auto& placed : placed_by(plan)) {
        const auto node = node_of(after, placed->NodeID);
        const model::TaskGroup& group = *model::maybe_group_of(*placed);
        if (!node || !is_node_ready(*node)) return text_of(*placed) + " is on a node that is not ready";
        if (!in_node_set(*placed->Job, node->NodePool, node->Datacenter)) return text_of(*placed) + " is elsewhere";
        auto others = live_of(after, *placed->Job);
        std::erase_if(others, [&](const auto& other) { return other->ID == placed->ID; });
        const std::string why = forbidden(after, others, *placed->Job, group, *node);
        if (!why.empty()) return text_of(*placed) + " may not be on " + node->Name + ": " + why;
    }
    return {};
}

std::string misnamed(const MemorySnapshot& after, const model::Plan& plan) {
    for (const auto& placed : placed_by(plan)) {
        if (model::is_system_like(*placed->Job)) continue;
        const model::TaskGroup& group = *model::maybe_group_of(*placed);
        const auto index = model::alloc_index(placed->Name);
        if (!index || model::alloc_name(placed->JobID, group.Name, *index) != placed->Name) return placed->Name;
        const bool canary = placed->DeploymentStatus && placed->DeploymentStatus->Canary;
        if (canary) continue;
        if (placed->PreviousAllocation.empty() && static_cast<int64_t>(*index) >= group.Count)
            return placed->Name + " is not below the count";
        for (const auto& other : live_of(after, *placed->Job)) {
            const bool same = other->ID != placed->ID && other->Name == placed->Name && other->Job == placed->Job &&
                              other->ClientStatus != "unknown" &&
                              !(other->DeploymentStatus && other->DeploymentStatus->Canary);
            if (same) return placed->Name + " is there twice";
        }
    }
    return {};
}

std::string overlooked(const MemorySnapshot& after, const Outcome& outcome, const model::Job& job) {
    if (job.TaskGroups.size() != 1 || outcome.FailedTGAllocs.empty() || model::is_system_like(job)) return {};
    const model::TaskGroup& group = job.TaskGroups[0];
    for (const auto& node : nodes_of(after)) {
        if (!may_run(job, group, *node) || !forbidden(after, live_of(after, job), job, group, *node).empty()) continue;
        if (would_fit(held(after, outcome.plan, node->ID), group, *node))
            return node->Name + " would take one more of " + job.ID;
    }
    return {};
}

std::string wronged(const model::Plan& plan, const model::Job& job) {
    std::set<std::string> gained;
    for (const auto& placed : placed_by(plan))
        gained.insert(placed->PreemptedAllocations.begin(), placed->PreemptedAllocations.end());
    for (const auto& [node, allocs] : plan.NodePreemptions) {
        for (const auto& alloc : allocs) {
            if (alloc->JobID == job.ID) return text_of(*alloc) + " is evicted for its own job";
            if (alloc->Job->Priority > job.Priority - 10) return text_of(*alloc) + " is evicted and as important";
            if (!gained.contains(alloc->ID)) return text_of(*alloc) + " is evicted for nothing";
        }
    }
    return {};
}

std::string missing(const MemorySnapshot& after, const Outcome& outcome, const model::Job& job) {
    if (job.Stop || model::is_system_like(job) || !outcome.FailedTGAllocs.empty()) return {};
    const auto deployments = after.deployments_of_job(job.Namespace, job.ID);
    const bool held_back = !deployments.empty() && deployments[0]->JobVersion == job.Version &&
                           deployments[0]->JobCreateIndex == job.CreateIndex && model::is_active(*deployments[0]);
    for (const model::TaskGroup& group : job.TaskGroups) {
        int64_t there = 0;
        for (const auto& alloc : after.allocs_of_job(job.Namespace, job.ID)) {
            const bool waits = alloc->ClientStatus == "failed" && alloc->DesiredStatus == "run";
            const bool done = job.Type == "batch" && alloc->ClientStatus == "complete";
            there += alloc->TaskGroup == group.Name && (is_live(*alloc) || waits || done);
        }
        if (there < group.Count && !held_back)
            return job.ID + " has " + std::to_string(there) + " of " + std::to_string(group.Count);
    }
    return {};
}

std::string uneven(const MemorySnapshot& after, const Outcome& outcome, const model::Job& job) {
    if (job.Type != "system" || job.Stop) return {};
    const auto deployments = after.deployments_of_job(job.Namespace, job.ID);
    std::set<std::string> waited_for, held_back;  // nodes, groups
    for (const auto& eval : outcome.blocked) waited_for.insert(eval.NodeID);
    const bool goes_on = !deployments.empty() && deployments[0]->JobVersion == job.Version &&
                         model::is_active(*deployments[0]) && deployments[0]->Status != "paused";
    if (goes_on) {
        for (const auto& [name, state] : deployments[0]->TaskGroups) {
            if (model::waits_for_promotion(state)) held_back.insert(name);
        }
    }
    for (const auto& node : nodes_of(after)) {
        for (const model::TaskGroup& group : job.TaskGroups) {
            const auto live = live_of(after, job);
            const auto there = std::count_if(live.begin(), live.end(), [&](const auto& alloc) {
                return alloc->NodeID == node->ID && alloc->TaskGroup == group.Name;
            });
            const int64_t wanted = may_run(job, group, *node) && !waited_for.contains(node->ID) ? group.Count : 0;
            if (there > group.Count) return node->Name + " has " + std::to_string(there) + " of " + job.ID;
            if (there < wanted && !held_back.contains(group.Name)) return node->Name + " lacks " + job.ID;
        }
    }
    return {};
}

}  // namespace drover::scheduler::cases
