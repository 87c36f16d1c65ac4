#include "scheduler/alloc_sets.h"

#include <algorithm>
#include <set>

#include "model/alloc_rules.h"
#include "model/deployment_rules.h"
#include "model/status.h"
#include "scheduler/node_facts.h"
#include "scheduler/reconcile.h"
#include "scheduler/reschedule.h"

namespace drover::scheduler {
namespace {

const model::DisconnectStrategy* maybe_disconnect(const model::Allocation& alloc) {
    const model::TaskGroup* group = model::maybe_group_of(alloc);
    return group ? group->Disconnect.get() : nullptr;
}

// On a node that was cut off and is not known to be back.
Allocs& of_disconnected_node(AllocSets& sets, const model::Allocation& alloc) {
    if (alloc.ClientStatus == model::kAllocClientUnknown) return sets.untainted;
    if (alloc.ClientStatus == model::kAllocClientPending || lost_after(alloc).ns <= 0) return sets.lost;
    return sets.disconnecting;
}

// The first rule that fits decides.
Allocs& set_of(AllocSets& sets, const model::Allocation& alloc, const model::Node* maybe_node, Time now) {
    const bool unknown_before = was_unknown(alloc);
    const bool failed = alloc.ClientStatus == model::kAllocClientFailed;
    const auto& wanted = alloc.DesiredTransition;
    if (unknown_before && failed && alloc.DesiredStatus == model::kAllocDesiredRun) return sets.reconnecting;
    if (model::server_terminal(alloc) && !unknown_before) {
        return is_set(wanted.MigrateDisablePlacement) ? sets.untainted : sets.ignored;
    }
    if (model::terminal(alloc) && !unknown_before) {
        return is_canary(alloc) && is_set(wanted.Migrate) ? sets.migrating : sets.untainted;
    }
    if (is_expired(alloc, now)) return sets.lost;
    if (unknown_before && failed && alloc.DesiredStatus == model::kAllocDesiredStop) return sets.ignored;
    if (maybe_node && maybe_node->Status == kNodeDisconnected) return of_disconnected_node(sets, alloc);
    if (is_set(wanted.Migrate)) return sets.migrating;
    if (maybe_node && (!is_tainted(*maybe_node) || maybe_node->Status == kNodeReady)) {
        return unknown_before ? sets.reconnecting : sets.untainted;
    }
    if (!maybe_node) return sets.lost;
    if (maybe_node->Status == kNodeDown && !replaces_when_disconnected(alloc)) {
        if (alloc.ClientStatus == model::kAllocClientUnknown) return sets.untainted;
        if (alloc.ClientStatus == model::kAllocClientRunning) return sets.disconnecting;
    }
    return maybe_node->Status == kNodeDown ? sets.lost : sets.untainted;
}

enum class Standing { keep, candidate, drop };

Standing standing_of_batch(const model::Allocation& alloc) {
    if (is_set(alloc.DesiredTransition.MigrateDisablePlacement)) return Standing::keep;
    if (is_set(alloc.DesiredTransition.Reschedule)) return Standing::candidate;
    if (alloc.DesiredStatus == model::kAllocDesiredStop) {
        if (model::ran_successfully(alloc)) return Standing::keep;
        return found_no_placement(alloc) ? Standing::candidate : Standing::drop;
    }
    if (alloc.DesiredStatus == model::kAllocDesiredEvict) return Standing::drop;
    return alloc.ClientStatus == model::kAllocClientFailed ? Standing::candidate : Standing::keep;
}

Standing standing_of_service(const model::Allocation& alloc) {
    if (model::server_terminal(alloc)) return found_no_placement(alloc) ? Standing::candidate : Standing::drop;
    const bool over =
        alloc.ClientStatus == model::kAllocClientComplete || alloc.ClientStatus == model::kAllocClientLost;
    return over ? Standing::drop : Standing::candidate;
}

// When a candidate is due. Nothing: it is not to be replaced.
std::optional<Time> due(const model::Allocation& alloc, const RescheduleRules& rules) {
    const bool in_rollout =
        rules.deployment && alloc.DeploymentID == rules.deployment->ID && model::is_active(*rules.deployment);
    if (in_rollout && !is_set(alloc.DesiredTransition.Reschedule)) return std::nullopt;
    if (is_set(alloc.DesiredTransition.ForceReschedule)) return rules.now;
    if (rules.disconnecting) {
        return replaces_when_disconnected(alloc) ? reschedule_at(alloc, rules.now) : std::nullopt;
    }
    const bool own_follow_up = !alloc.FollowupEvalID.empty() && alloc.FollowupEvalID == rules.eval_id;
    if (alloc.ClientStatus == model::kAllocClientUnknown && own_follow_up && alloc.NextAllocation.empty()) {
        return reschedule_at(alloc, last_unknown(alloc));
    }
    const bool wanted = (rules.batch && is_set(alloc.DesiredTransition.Reschedule)) ||
                        (model::server_terminal(alloc) && found_no_placement(alloc));
    if (!wanted && alloc.ClientStatus != model::kAllocClientFailed) return std::nullopt;
    return reschedule_at(alloc, fail_time(alloc));
}

}  // namespace

void sort_by_name(Allocs& allocs) {
    std::sort(allocs.begin(), allocs.end(), [](const auto& a, const auto& b) {
        const auto x = model::alloc_index(a->Name), y = model::alloc_index(b->Name);
        if (x != y) return x < y;
        if (a->CreateIndex != b->CreateIndex) return a->CreateIndex < b->CreateIndex;
        return a->ID < b->ID;
    });
}

bool contains(const Allocs& allocs, const std::string& id) {
    return std::any_of(allocs.begin(), allocs.end(), [&](const auto& alloc) { return alloc->ID == id; });
}

Allocs without(const Allocs& allocs, const Allocs& removed) {
    if (removed.empty()) return allocs;
    std::set<std::string_view> ids;
    for (const auto& alloc : removed) ids.insert(alloc->ID);
    Allocs left;
    for (const auto& alloc : allocs) {
        if (!ids.contains(alloc->ID)) left.push_back(alloc);
    }
    return left;
}

bool of_version(const model::Allocation& alloc, const model::Job& job) {
    return alloc.Job && alloc.Job->CreateIndex == job.CreateIndex && alloc.Job->Version == job.Version;
}

bool of_specification(const model::Allocation& alloc, const model::Job& job) {
    return alloc.Job && alloc.Job->CreateIndex == job.CreateIndex && alloc.Job->JobModifyIndex == job.JobModifyIndex;
}

void append(Allocs& allocs, const Allocs& more) { allocs.insert(allocs.end(), more.begin(), more.end()); }

AllocSets classify(const Allocs& allocs, const NodeLookup& node_of, Time now) {
    AllocSets sets;
    for (const auto& alloc : allocs) {
        const Shared<model::Node> node = node_of(alloc->NodeID);
        set_of(sets, *alloc, node.get(), now).push_back(alloc);
    }
    return sets;
}

RescheduleSplit split_by_reschedule(const Allocs& allocs, const RescheduleRules& rules) {
    RescheduleSplit split;
    for (const auto& alloc : allocs) {
        if (!alloc->NextAllocation.empty() && model::terminal(*alloc)) continue;
        const Standing standing = rules.batch ? standing_of_batch(*alloc) : standing_of_service(*alloc);
        if (standing == Standing::drop) continue;
        const bool candidate = standing == Standing::candidate || rules.disconnecting;
        const std::optional<Time> at = candidate ? due(*alloc, rules) : std::nullopt;
        const bool own_follow_up = !rules.eval_id.empty() && alloc->FollowupEvalID == rules.eval_id;
        if (at && (own_follow_up || *at - rules.now <= kRescheduleWindow)) {
            split.now.push_back(alloc);
            continue;
        }
        split.kept.push_back(alloc);
        if (at && (rules.disconnecting || alloc->FollowupEvalID.empty())) split.later.push_back({alloc, *at});
    }
    return split;
}

Duration lost_after(const model::Allocation& alloc) {
    const auto* disconnect = maybe_disconnect(alloc);
    return disconnect ? disconnect->LostAfter : Duration{};
}

bool replaces_when_disconnected(const model::Allocation& alloc) {
    const auto* disconnect = maybe_disconnect(alloc);
    return !disconnect || disconnect->Replace.value_or(true);
}

bool was_unknown(const model::Allocation& alloc) {
    for (auto state = alloc.AllocStates.rbegin(); state != alloc.AllocStates.rend(); ++state) {
        if (state->Field == kClientStatusField) return state->Value == model::kAllocClientUnknown;
    }
    return false;
}

Time last_unknown(const model::Allocation& alloc) {
    Time latest;
    for (const model::AllocState& state : alloc.AllocStates) {
        if (state.Field == kClientStatusField && state.Value == model::kAllocClientUnknown) {
            latest = std::max(latest, state.Time);
        }
    }
    return latest;
}

bool is_expired(const model::Allocation& alloc, Time now) {
    const Duration limit = lost_after(alloc);
    return alloc.ClientStatus == model::kAllocClientUnknown && limit.ns > 0 && last_unknown(alloc) + limit <= now;
}

}  // namespace drover::scheduler
