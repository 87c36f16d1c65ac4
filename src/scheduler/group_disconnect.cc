// What becomes of allocations whose node was cut off, and of those whose node came back.
#include <algorithm>
#include <set>

#include "model/alloc_rules.h"
#include "model/status.h"
#include "scheduler/follow_ups.h"
#include "scheduler/group_reconciler.h"

namespace drover::scheduler {
namespace {

double best_score(const model::Allocation& alloc) {
    if (!alloc.Metrics || alloc.Metrics->ScoreMetaData.empty()) return 0;
    return alloc.Metrics->ScoreMetaData.front().NormScore;
}

// Start of the leader task, else of the task that runs longest; zero: unknown.
Time running_since(const model::Allocation& alloc) {
    const model::TaskGroup* group = model::maybe_group_of(alloc);
    Time oldest;
    for (const auto& [name, state] : alloc.TaskStates) {
        const bool leader =
            group && std::any_of(group->Tasks.begin(), group->Tasks.end(),
                                 [&](const model::Task& task) { return task.Leader && task.Name == name; });
        if (leader && !state.StartedAt.is_zero()) return state.StartedAt;
        if (!state.StartedAt.is_zero() && (oldest.is_zero() || state.StartedAt < oldest)) oldest = state.StartedAt;
    }
    return oldest;
}

bool replacement_scores_better(const model::Allocation& original, const model::Allocation& replacement) {
    if (best_score(replacement) <= best_score(original)) return false;
    return replacement.ClientStatus == model::kAllocClientRunning ||
           original.ClientStatus != model::kAllocClientRunning;
}

}  // namespace

bool GroupReconciler::reconnected_is_kept(const model::Allocation& original,
                                          const model::Allocation& replacement) const {
    if (replacement.Job && original.Job && replacement.Job->Version > original.Job->Version) return false;
    const std::string how = group_->Disconnect ? group_->Disconnect->Reconcile : std::string{};
    if (how == "keep_original") return true;
    if (how == "keep_replacement") return false;
    if (how == "longest_running") {
        const Time a = running_since(original), b = running_since(replacement);
        if (!a.is_zero() || !b.is_zero()) return b.is_zero() || (!a.is_zero() && a <= b);
    }
    return !replacement_scores_better(original, replacement);
}

void GroupReconciler::handle_reconnecting() {
    std::set<std::string> came_back;  // their follow-ups
    for (const auto& alloc : sets_.reconnecting) {
        const auto& wanted = alloc->DesiredTransition;
        const model::Job* placed = alloc->Job.get();
        const bool older =
            !placed || placed->Version < input_.job->Version || placed->CreateIndex < input_.job->CreateIndex;
        if (alloc->ClientStatus == model::kAllocClientFailed && alloc->DesiredStatus == model::kAllocDesiredRun) {
            stop_with_count(alloc, model::kAllocClientFailed, kRescheduled);
            continue;
        }
        if (model::server_terminal(*alloc) || older || is_set(wanted.Migrate) || is_set(wanted.Reschedule) ||
            is_set(wanted.ForceReschedule)) {
            stop_with_count(alloc, {}, kNotNeeded);
            continue;
        }
        Allocs rivals;
        std::string next = alloc->NextAllocation;
        for (size_t i = 0; i < all_.size() && !next.empty(); ++i) {
            const auto it = std::find_if(all_.begin(), all_.end(), [&](const auto& a) { return a->ID == next; });
            if (it == all_.end()) break;
            if (!model::terminal(**it)) rivals.push_back(*it);
            next = (*it)->NextAllocation;
        }
        const bool kept = std::all_of(rivals.begin(), rivals.end(),
                                      [&](const auto& rival) { return reconnected_is_kept(*alloc, *rival); });
        if (!kept) {
            stop_with_count(alloc, {}, kReconnected);
            continue;
        }
        for (const auto& rival : rivals) stop_with_count(rival, {}, kReconnected);
        sets_.untainted = without(sets_.untainted, rivals);
        ++desired_.Reconnect;
        if (!alloc->FollowupEvalID.empty()) came_back.insert(alloc->FollowupEvalID);
        result_.changed.push_back(with_client_state(*alloc, alloc->ClientStatus, input_.now));
        // Of a service, what has ended while it was away is replaced like any other.
        if (input_.batch || !model::client_terminal(*alloc)) sets_.untainted.push_back(alloc);
    }
    sort_by_name(sets_.untainted);
    // Others may still wait for theirs.
    for (const auto& alloc : all_) {
        if (alloc->ClientStatus == model::kAllocClientUnknown) came_back.erase(alloc->FollowupEvalID);
    }
    result_.no_longer_needed.insert(result_.no_longer_needed.end(), came_back.begin(), came_back.end());
}

void GroupReconciler::handle_disconnecting() {
    if (sets_.disconnecting.empty()) return;
    RescheduleRules rules{input_.batch, true, input_.now, input_.eval.ID, rollout_.current};
    RescheduleSplit split = split_by_reschedule(sets_.disconnecting, rules);
    std::vector<DelayedAlloc> timeouts;
    for (const auto& alloc : sets_.disconnecting) {
        const auto copy = cut_off(*alloc, input_.now);
        result_.changed.push_back(copy);
        if (lost_after(*alloc).ns > 0) timeouts.push_back({copy, input_.now + lost_after(*alloc)});
        ++desired_.Disconnect;
    }
    add_follow_ups(result_, input_, std::move(timeouts), "max-disconnect-timeout",
                   "created for delayed disconnect timeout", rng_);
    later_ += split.later.size();
    add_follow_ups(result_, input_, std::move(split.later), "alloc-reschedule", "created for delayed rescheduling",
                   rng_);
    // They run on, as far as anyone knows: what replaces them stops nothing.
    append(replaced_disconnecting_, split.now);
    append(sets_.untainted, split.kept);
    sort_by_name(sets_.untainted);
}

}  // namespace drover::scheduler
