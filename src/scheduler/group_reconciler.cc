#include "scheduler/group_reconciler.h"

#include <algorithm>
#include <set>

#include "model/alloc_rules.h"
#include "model/job_rules.h"
#include "model/status.h"
#include "scheduler/follow_ups.h"
#include "scheduler/reschedule.h"

namespace drover::scheduler {
namespace {

constexpr Duration kLeastKillTimeout = seconds(5);

bool of_older_version(const model::Allocation& alloc, const model::Job& job) {
    return !alloc.Job || alloc.Job->CreateIndex < job.CreateIndex || alloc.Job->Version < job.Version;
}

// When the client that lost touch has stopped the allocation itself.
std::optional<Time> stopped_by_client_at(const model::Allocation& alloc, Time now) {
    const model::TaskGroup* group = model::maybe_group_of(alloc);
    if (!group || !group->Disconnect || !group->Disconnect->StopOnClientAfter) return std::nullopt;
    Time since = now;
    for (const model::AllocState& state : alloc.AllocStates) {
        if (state.Value == model::kAllocClientLost) {
            since = state.Time;
            break;
        }
    }
    Duration kill = kLeastKillTimeout;
    for (const model::Task& task : group->Tasks) kill = std::max(kill, task.KillTimeout);
    return since + *group->Disconnect->StopOnClientAfter + kill;
}

}  // namespace

GroupReconciler::GroupReconciler(const ReconcileInput& input, Rollout& rollout, ReconcileResult& result, Rng& rng,
                                 std::string group, Allocs allocs)
    : input_(input),
      rollout_(rollout),
      result_(result),
      rng_(rng),
      name_(std::move(group)),
      all_(std::move(allocs)),
      group_(input.job ? model::maybe_group(*input.job, name_) : nullptr),
      desired_(result.desired[name_]),
      names_(input.eval.JobID, name_, group_ ? static_cast<uint64_t>(std::max<int64_t>(group_->Count, 0)) : 0) {
    sort_by_name(all_);
    if (!group_) return;
    state_ = state_of_group(rollout, *group_);
    in_deployment_ = is_part_of(rollout, name_);
}

void GroupReconciler::add_stop(const Shared<model::Allocation>& alloc, std::string_view client_status,
                               std::string_view description) {
    const auto follow_up = follow_ups_.find(alloc->ID);
    result_.stop.push_back({alloc, std::string(client_status), std::string(description),
                            follow_up == follow_ups_.end() ? std::string{} : follow_up->second});
}

void GroupReconciler::stop_with_count(const Shared<model::Allocation>& alloc, std::string_view client_status,
                                      std::string_view description) {
    add_stop(alloc, client_status, description);
    ++desired_.Stop;
}

void GroupReconciler::stop_all() {
    const AllocSets sets = classify(all_, input_.node_of, input_.now);
    for (const auto* set : {&sets.untainted, &sets.migrating, &sets.disconnecting, &sets.reconnecting}) {
        for (const auto& alloc : *set) {
            if (!model::terminal(*alloc)) stop_with_count(alloc, {}, kNotNeeded);
        }
    }
    for (const auto& alloc : sets.lost) {
        if (!model::terminal(*alloc)) stop_with_count(alloc, model::kAllocClientLost, kLost);
    }
}

// Allocations that the servers have stopped count no more, and of a batch job the finished ones of older versions.
void GroupReconciler::drop_finished() {
    Allocs left;
    for (const auto& alloc : all_) {
        const bool stopped = model::server_terminal(*alloc) && !found_no_placement(*alloc);
        const bool dropped = stopped && (!input_.batch || is_set(alloc->DesiredTransition.Reschedule));
        if (dropped) continue;
        if (input_.batch && model::terminal(*alloc) && of_older_version(*alloc, *input_.job)) {
            ++desired_.Ignore;
        } else {
            left.push_back(alloc);
        }
    }
    all_ = std::move(left);
}

Allocs GroupReconciler::canaries_of(const model::Deployment* maybe_deployment, bool unpromoted_only) const {
    Allocs found;
    const auto* state = maybe_deployment ? maybe_deployment->TaskGroups.get(name_) : nullptr;
    if (!state || (unpromoted_only && state->Promoted)) return found;
    for (const auto& alloc : all_) {
        const auto& ids = state->PlacedCanaries;
        if (std::find(ids.begin(), ids.end(), alloc->ID) != ids.end()) found.push_back(alloc);
    }
    return found;
}

void GroupReconciler::stop_unneeded_canaries() {
    Allocs unneeded = canaries_of(rollout_.old.get(), true);
    if (rollout_.failed) append(unneeded, canaries_of(rollout_.current.get(), true));
    for (const auto& alloc : unneeded) {
        if (!model::terminal(*alloc)) stop_with_count(alloc, {}, kNotNeeded);
    }
    all_ = without(all_, unneeded);
    if (!rollout_.current) return;
    const AllocSets sets = classify(canaries_of(rollout_.current.get(), false), input_.node_of, input_.now);
    for (const auto& alloc : sets.migrating) add_stop(alloc, {}, kMigrated);
    for (const auto& alloc : sets.lost) add_stop(alloc, model::kAllocClientLost, kLost);
    canaries_ = sets.untainted;
    all_ = without(without(all_, sets.migrating), sets.lost);
}

void GroupReconciler::reschedule() {
    RescheduleRules rules{input_.batch, false, input_.now, input_.eval.ID, rollout_.current};
    RescheduleSplit split = split_by_reschedule(sets_.untainted, rules);
    sets_.untainted = std::move(split.kept);
    // What is away may come back: its replacement does not stop it.
    for (const auto& alloc : split.now) {
        const bool away = alloc->ClientStatus == model::kAllocClientUnknown;
        (away ? replaced_disconnecting_ : now_).push_back(alloc);
    }
    later_ = split.later.size();
    add_follow_ups(result_, input_, std::move(split.later), "alloc-reschedule", "created for delayed rescheduling",
                   rng_);
    Allocs migrating;
    std::vector<DelayedAlloc> later;
    for (const auto& alloc : sets_.migrating) {
        RescheduleSplit one = split_by_reschedule({alloc}, rules);
        append(one.now.empty() ? migrating : now_, {alloc});
        later.insert(later.end(), one.later.begin(), one.later.end());
    }
    sets_.migrating = std::move(migrating);
    if (input_.batch) follow_up_stopped(std::move(later), "alloc-reschedule");
}

// They are stopped in the same plan: the note goes with the stop.
void GroupReconciler::follow_up_stopped(std::vector<DelayedAlloc> delayed, std::string_view trigger) {
    const size_t before = result_.changed.size();
    add_follow_ups(result_, input_, std::move(delayed), trigger, "created for delayed rescheduling", rng_);
    for (size_t i = before; i < result_.changed.size(); ++i)
        follow_ups_[result_.changed[i]->ID] = result_.changed[i]->FollowupEvalID;
    result_.changed.resize(before);
}

// Lost allocations that their client stops by itself after a while hold up the whole group until then.
bool GroupReconciler::delay_lost() {
    std::vector<DelayedAlloc> delayed;
    for (const auto& alloc : sets_.lost) {
        const auto at = stopped_by_client_at(*alloc, input_.now);
        if (at && *at > input_.now) delayed.push_back({alloc, *at});
    }
    if (delayed.empty()) return awaits_client_;
    follow_up_stopped(std::move(delayed), "alloc-failure");
    return true;
}

void GroupReconciler::stop_surplus() {
    for (const auto& alloc : sets_.lost) stop_with_count(alloc, model::kAllocClientLost, kLost);
    Allocs known;
    for (const auto& alloc : canarying_ ? without(sets_.untainted, canaries_) : sets_.untainted) {
        if (alloc->ClientStatus != model::kAllocClientUnknown) known.push_back(alloc);
    }
    const Allocs due = canarying_ ? without(now_, canaries_) : now_;
    auto surplus = static_cast<int64_t>(known.size() + sets_.migrating.size() + due.size()) - group_->Count;
    Allocs stopped;
    const auto stop = [&](const Shared<model::Allocation>& alloc, std::string_view why) {
        if (surplus <= 0 || model::server_terminal(*alloc) || contains(stopped, alloc->ID)) return;
        stopped.push_back(alloc);
        names_.release(alloc->Name);
        stop_with_count(alloc, {}, why);
        --surplus;
    };
    // What failed would be replaced: without a successor there is nothing to lose. Those that the servers have stopped
    // already are only not replaced.
    for (auto alloc = due.rbegin(); alloc != due.rend() && surplus > 0; ++alloc) {
        if (model::server_terminal(**alloc)) {
            stopped.push_back(*alloc);
            --surplus;
        } else {
            stop(*alloc, kNotNeeded);
        }
    }
    const auto bears_canary_name = [&](const model::Allocation& alloc) {
        return !contains(canaries_, alloc.ID) &&
               std::any_of(canaries_.begin(), canaries_.end(),
                           [&](const auto& canary) { return canary->Name == alloc.Name; });
    };
    if (!canarying_) {
        for (const auto& alloc : known) {
            if (bears_canary_name(*alloc)) stop(alloc, kNotNeeded);
        }
        for (const auto& canary : canaries_) names_.use(canary->Name);
    }
    for (auto alloc = sets_.migrating.rbegin(); alloc != sets_.migrating.rend(); ++alloc) stop(*alloc, kNotNeeded);
    if (surplus > 0) {
        const std::set<std::string> highest = names_.highest(static_cast<uint64_t>(surplus));
        for (const auto& alloc : known) {
            if (highest.contains(alloc->Name)) stop(alloc, kNotNeeded);
        }
    }
    for (auto alloc = known.rbegin(); alloc != known.rend(); ++alloc) stop(*alloc, kNotNeeded);
    sets_.untainted = without(sets_.untainted, stopped);
    sets_.migrating = without(sets_.migrating, stopped);
    now_ = without(now_, stopped);
    canaries_ = without(canaries_, stopped);
}

void GroupReconciler::split_updates() {
    UpdateSplit split = scheduler::split_updates(sets_.untainted, *group_, input_, result_);
    destructive_ = std::move(split.destructive);
    in_place_ = split.in_place;
    if (!in_deployment_) state_.DesiredTotal += static_cast<int64_t>(destructive_.size() + in_place_);
}

bool GroupReconciler::needs_canaries() const {
    if (!model::has_update_strategy(*group_) || destructive_.empty() || state_.Promoted) return false;
    return static_cast<int64_t>(canaries_.size()) < group_->Update->Canary;
}

void GroupReconciler::place_canaries() {
    const auto missing = static_cast<uint64_t>(group_->Update->Canary) - canaries_.size();
    state_.DesiredCanaries = group_->Update->Canary;
    if (rollout_.paused || rollout_.failed) return;
    desired_.Canary += missing;
    for (std::string& name : names_.next_canaries(missing, canaries_, destructive_)) {
        Placement placement;
        placement.name = std::move(name);
        placement.group = group_;
        placement.canary = true;
        result_.place.push_back(std::move(placement));
        ++placed_;
    }
}

Placement GroupReconciler::replacement(const Shared<model::Allocation>& previous) const {
    Placement placement;
    placement.name = previous->Name;
    placement.group = group_;
    placement.previous = previous;
    placement.canary = is_canary(*previous);
    placement.not_canary = canarying_ && !placement.canary;
    return placement;
}

// Failed ones first, then lost ones, then new names; never more than the count.
std::vector<Placement> GroupReconciler::placements() {
    std::vector<Placement> wanted;
    for (const auto& alloc : now_) {
        wanted.push_back(replacement(alloc));
        wanted.back().reschedule = true;
        wanted.back().stops_previous = true;
    }
    for (const auto& alloc : replaced_disconnecting_) {
        wanted.push_back(replacement(alloc));
        wanted.back().reschedule = true;
    }
    auto existing = static_cast<int64_t>(sets_.untainted.size() + sets_.migrating.size() + wanted.size());
    for (const auto& alloc : sets_.lost) {
        if (existing >= group_->Count) break;
        ++existing;
        wanted.push_back(replacement(alloc));
        wanted.back().lost = true;
    }
    if (existing < group_->Count) {
        for (std::string& name : names_.next(static_cast<uint64_t>(group_->Count - existing))) {
            Placement placement;
            placement.name = std::move(name);
            placement.group = group_;
            placement.not_canary = canarying_;
            wanted.push_back(std::move(placement));
        }
    }
    if (wanted.size() > static_cast<size_t>(group_->Count)) wanted.resize(static_cast<size_t>(group_->Count));
    rename_duplicates(wanted);
    return wanted;
}

// Of two with one name, the later placement gets the next free one.
void GroupReconciler::rename_duplicates(std::vector<Placement>& wanted) {
    std::set<std::string> borne;
    for (const auto* set : {&sets_.untainted, &sets_.migrating}) {
        for (const auto& alloc : *set) borne.insert(alloc->Name);
    }
    for (Placement& placement : wanted) {
        if (!canarying_) rename_if_borne(placement, borne);
    }
}

void GroupReconciler::rename_if_borne(Placement& placement, std::set<std::string>& borne) {
    const bool of_count = model::alloc_index(placement.name).value_or(0) < static_cast<uint64_t>(group_->Count);
    if (borne.insert(placement.name).second || !of_count) return;
    placement.name = names_.next(1).front();
    borne.insert(placement.name);
}

// How many allocations a rolling update may touch now.
uint64_t GroupReconciler::update_limit() const {
    const auto count = static_cast<uint64_t>(group_->Count);
    if (!model::has_update_strategy(*group_) || destructive_.size() + sets_.migrating.size() == 0) return count;
    if (rollout_.paused || rollout_.failed || canarying_) return 0;
    // Those that failed and are replaced in this evaluation too: what they said of the new version stands.
    Allocs counted = sets_.untainted;
    append(counted, now_);
    append(counted, replaced_disconnecting_);
    return updates_left(rollout_, *group_, counted);
}

void GroupReconciler::place(std::vector<Placement> wanted) {
    if (!in_deployment_) state_.DesiredTotal += static_cast<int64_t>(wanted.size());
    const bool ready = !rollout_.paused && !rollout_.failed && !canarying_;
    uint64_t limit = update_limit();
    size_t lost_left = sets_.lost.size();
    for (Placement& placement : wanted) {
        const bool of_failed = rollout_.failed && placement.previous && rollout_.current &&
                               placement.previous->DeploymentID == rollout_.current->ID;
        bool placed = ready || (placement.reschedule && !of_failed);
        if (!placed && !placement.reschedule && lost_left > 0) {
            placed = true;
            --lost_left;
        }
        if (!placed) continue;
        ++desired_.Place;
        if (placement.stops_previous) ++desired_.Stop;
        limit -= std::min<uint64_t>(limit, 1);
        result_.place.push_back(std::move(placement));
        ++placed_;
    }
    if (!ready) limit = 0;
    const size_t updated = std::min<size_t>(limit, destructive_.size());
    std::set<std::string> borne;
    for (const auto& alloc : without(sets_.untainted, destructive_)) borne.insert(alloc->Name);
    for (size_t i = 0; i < updated; ++i) {
        Placement placement = replacement(destructive_[i]);
        rename_if_borne(placement, borne);
        placement.canary = placement.not_canary = false;
        placement.stops_previous = true;
        placement.stop_description = kUpdated;
        result_.destructive.push_back(std::move(placement));
    }
    desired_.DestructiveUpdate += updated;
    desired_.Ignore += destructive_.size() - updated;
}

void GroupReconciler::migrate() {
    desired_.Migrate += sets_.migrating.size();
    for (const auto& alloc : sets_.migrating) {
        const auto& wanted = alloc->DesiredTransition;
        add_stop(alloc, {}, kMigrated);
        if (input_.batch && (is_set(wanted.Reschedule) || is_set(wanted.MigrateDisablePlacement))) continue;
        result_.place.push_back(replacement(alloc));
    }
}

void GroupReconciler::create_deployment(bool had_current_version) {
    const bool changes_spec = !destructive_.empty() || in_place_ > 0;
    if (input_.batch || in_deployment_ || !model::has_update_strategy(*group_) || state_.DesiredTotal == 0) return;
    if (had_current_version && !changes_spec) return;
    if (!rollout_.created && rollout_.current) return;
    begin_rollout(rollout_, input_, rng_).TaskGroups[name_] = state_;
}

bool GroupReconciler::rollout_complete() const {
    if (destructive_.size() + in_place_ + placed_ + sets_.migrating.size() + now_.size() + later_ > 0) return false;
    if (needs_canaries()) return false;
    if (!in_deployment_) return true;
    if (state_.HealthyAllocs < std::max(state_.DesiredTotal, state_.DesiredCanaries)) return false;
    return state_.DesiredCanaries == 0 || state_.Promoted;
}

bool GroupReconciler::run() {
    if (!group_ || group_->Count == 0) {
        stop_all();
        return true;
    }
    const bool had_current_version =
        std::any_of(all_.begin(), all_.end(), [&](const auto& alloc) { return of_version(*alloc, *input_.job); });
    awaits_client_ = std::any_of(all_.begin(), all_.end(), [&](const auto& alloc) {
        if (alloc->ClientStatus != model::kAllocClientLost || !alloc->NextAllocation.empty()) return false;
        const auto at = stopped_by_client_at(*alloc, input_.now);
        return of_version(*alloc, *input_.job) && at && *at > input_.now;
    });
    drop_finished();
    stop_unneeded_canaries();
    sets_ = classify(all_, input_.node_of, input_.now);
    desired_.Ignore += sets_.ignored.size();
    reschedule();
    handle_reconnecting();
    handle_disconnecting();
    desired_.RescheduleLater = later_;
    const bool delayed = delay_lost();
    for (const auto* set : {&sets_.untainted, &sets_.migrating, &now_, &sets_.lost}) names_.use(*set);
    canarying_ = state_.DesiredCanaries != 0 && !state_.Promoted;
    stop_surplus();
    desired_.RescheduleNow = now_.size() + replaced_disconnecting_.size();
    split_updates();
    if (canarying_) sets_.untainted = without(sets_.untainted, canaries_);
    if (needs_canaries()) place_canaries();
    canarying_ = state_.DesiredCanaries != 0 && !state_.Promoted;
    place(delayed ? std::vector<Placement>{} : placements());
    migrate();
    create_deployment(had_current_version);
    return rollout_complete();
}

}  // namespace drover::scheduler
