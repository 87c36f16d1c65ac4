#include "server/plan_check.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_set>

#include "model/alloc_rules.h"
#include "model/fit.h"
#include "model/status.h"
#include "scheduler/alloc_sets.h"
#include "scheduler/node_facts.h"

namespace drover::server {
namespace {

using AllocList = List<Shared<model::Allocation>>;
using scheduler::Usage;

Usage usage_of(const state::AllocRef& alloc) {
    if (!alloc || alloc.client_terminal()) return {};
    const state::AllocUsage& sums = alloc.usage();
    return {static_cast<double>(sums.cpu_shares), static_cast<double>(sums.memory_mb),
            static_cast<double>(sums.disk_mb), 1};
}

const AllocList& list_of(const Map<AllocList>& lists, const std::string& node) {
    static const AllocList kNone;
    const AllocList* list = lists.get(node);
    return list ? *list : kNone;
}

bool has_details(const model::AllocatedResources& resources) {
    if (!resources.Shared.Ports.empty() || !resources.Shared.Networks.empty()) return true;
    return std::any_of(resources.Tasks.begin(), resources.Tasks.end(), [](const auto& entry) {
        const model::AllocatedTaskResources& task = entry.second;
        return !task.Networks.empty() || !task.Devices.empty() || !task.Cpu.ReservedCores.empty();
    });
}

// Checks one plan. Keeps what allocations of the plan share, so that equal ones are looked at once.
class Checker {
public:
    Checker(const scheduler::ViewFleet& source, const std::vector<std::shared_ptr<const PendingPlan>>& pending,
            const model::Plan& plan)
        : source_(source), pending_(pending), plan_(plan) {}

    bool accepts(const std::string& node_id) {
        const AllocList& placed = list_of(plan_.NodeAllocation, node_id);
        change_ = {};
        for (const auto* removed : {&list_of(plan_.NodeUpdate, node_id), &list_of(plan_.NodePreemptions, node_id)}) {
            for (const auto& alloc : *removed) {
                // A stopped allocation keeps its resources until its client says that it is over; the plan counts on
                // their end.
                change_ += -usage_of(source_.view.allocs().find(alloc->ID));
            }
        }
        if (placed.empty()) return true;
        const scheduler::Slot slot = source_.fleet.slot_of(node_id);
        if (slot == scheduler::kNoSlot) return false;
        const model::Node& node = *source_.fleet.node(slot);
        if (const auto decided = by_status(node, placed)) return *decided;
        return fits(slot, node, placed);
    }
    const Usage& change() const { return change_; }

private:
    const Usage& usage_of_new(const model::Allocation& alloc) {
        const auto [it, added] = usages_.try_emplace(alloc.AllocatedResources.get());
        if (added && alloc.AllocatedResources) {
            it->second.usage = scheduler::usage_of(model::sums_of(*alloc.AllocatedResources));
            it->second.details = has_details(*alloc.AllocatedResources);
        }
        details_ |= it->second.details;
        return it->second.usage;
    }

    std::optional<bool> by_status(const model::Node& node, const AllocList& placed) {
        const auto all = [&](auto&& holds) { return std::all_of(placed.begin(), placed.end(), holds); };
        const bool all_over_there = all([&](const auto& alloc) {
            const state::AllocRef known = source_.view.allocs().find(alloc->ID);
            return known && known.client_terminal();
        });
        if (all_over_there) return true;
        if (node.Status == scheduler::kNodeDisconnected) {
            return all([](const auto& alloc) { return alloc->ClientStatus == model::kAllocClientUnknown; });
        }
        if (node.Status == scheduler::kNodeDown) {
            return all([](const auto& alloc) {
                return alloc->ClientStatus == model::kAllocClientLost ||
                       (alloc->ClientStatus == model::kAllocClientUnknown &&
                        !scheduler::replaces_when_disconnected(*alloc));
            });
        }
        if (node.Status != scheduler::kNodeReady) return false;
        const bool all_known = all([&](const auto& alloc) {
            const state::AllocRef known = source_.view.allocs().find(alloc->ID);
            return known && known.node_id() == node.ID;
        });
        if (all_known) return true;
        if (!scheduler::is_ready(node)) return false;
        return std::nullopt;
    }

    bool fits(scheduler::Slot slot, const model::Node& node, const AllocList& placed) {
        details_ = false;
        for (const auto& alloc : placed) {
            change_ += -usage_of(source_.view.allocs().find(alloc->ID));
            if (!model::client_terminal(*alloc)) change_ += usage_of_new(*alloc);
        }
        const auto& chunk = source_.fleet.chunk(slot / scheduler::Fleet::kChunk);
        const size_t i = slot % scheduler::Fleet::kChunk;
        Usage free{chunk.free_cpu[i], chunk.free_memory[i], chunk.free_disk[i], chunk.free_allocs[i]};
        free += -change_;
        for (const auto& earlier : pending_) {
            if (const auto it = earlier->usage.find(node.ID); it != earlier->usage.end()) free += -it->second;
        }
        if (free.cpu < 0 || free.memory < 0 || free.disk < 0 || free.allocs < 0) return false;
        return !details_ || details_fit(node, placed);
    }

    // Ports, cores and devices, over all allocations of the node.
    bool details_fit(const model::Node& node, const AllocList& placed) {
        std::map<std::string, Shared<model::Allocation>> there;
        for (const state::AllocRef& alloc : source_.view.allocs().of_node(node.ID)) {
            if (!alloc.client_terminal()) there[alloc.id()] = alloc.full();
        }
        const auto apply = [&](const Map<AllocList>& removed, const AllocList& added) {
            for (const auto& alloc : list_of(removed, node.ID)) there.erase(alloc->ID);
            for (const auto& alloc : added) there[alloc->ID] = alloc;
        };
        for (const auto& earlier : pending_) {
            apply(earlier->result->NodePreemptions, {});
            apply(earlier->result->NodeUpdate, list_of(earlier->result->NodeAllocation, node.ID));
        }
        apply(plan_.NodePreemptions, {});
        apply(plan_.NodeUpdate, placed);
        std::vector<Shared<model::Allocation>> all;
        for (auto& [id, alloc] : there) all.push_back(alloc);
        return model::fit(node, all).fits();
    }

    struct Known {
        Usage usage;
        bool details = false;
    };
    const scheduler::ViewFleet& source_;
    const std::vector<std::shared_ptr<const PendingPlan>>& pending_;
    const model::Plan& plan_;
    std::unordered_map<const model::AllocatedResources*, Known> usages_;
    Usage change_;  // of the node looked at last
    bool details_ = false;
};

}  // namespace

bool PendingPlan::is_in(const state::View& view) const {
    for (const auto& [node, allocs] : result->NodeAllocation) {
        for (const auto& alloc : allocs) {
            if (alloc->CreateIndex == 0) return bool(view.allocs().find(alloc->ID));
        }
    }
    for (const auto& [node, allocs] : result->NodeUpdate) {
        if (allocs.empty()) continue;
        const state::AllocRef alloc = view.allocs().find(allocs.front()->ID);
        return !alloc || alloc.server_terminal();
    }
    return false;
}

CheckedPlan check_plan(const scheduler::ViewFleet& source,
                       const std::vector<std::shared_ptr<const PendingPlan>>& pending, const model::Plan& plan) {
    CheckedPlan checked;
    Checker checker(source, pending, plan);
    std::set<std::string> nodes;
    for (const auto& [node, allocs] : plan.NodeUpdate) nodes.insert(node);
    for (const auto& [node, allocs] : plan.NodeAllocation) nodes.insert(node);
    model::PlanResult& result = checked.result;
    for (const std::string& node : nodes) {
        if (!checker.accepts(node)) {
            result.RejectedNodes.push_back(node);
            checked.complete = false;
            if (plan.AllAtOnce) break;
            continue;
        }
        checked.usage[node] = checker.change();
        if (const auto* stops = plan.NodeUpdate.get(node)) result.NodeUpdate[node] = *stops;
        if (const auto* allocs = plan.NodeAllocation.get(node)) result.NodeAllocation[node] = *allocs;
        for (const auto& alloc : list_of(plan.NodePreemptions, node)) {
            const state::AllocRef known = source.view.allocs().find(alloc->ID);
            if (known && !known.terminal()) result.NodePreemptions[node].push_back(alloc);
        }
    }
    if (!checked.complete && plan.AllAtOnce) {
        checked.usage.clear();
        result.NodeUpdate.set_null();
        result.NodeAllocation.set_null();
        result.NodePreemptions.set_null();
        return checked;
    }
    result.Deployment = plan.Deployment;
    result.DeploymentUpdates = plan.DeploymentUpdates;
    return checked;
}

}  // namespace drover::server
