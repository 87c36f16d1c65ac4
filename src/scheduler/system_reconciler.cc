#include "scheduler/system_reconciler.h"

#include <algorithm>

#include "model/alloc_rules.h"
#include "model/job_rules.h"
#include "model/status.h"
#include "scheduler/follow_ups.h"
#include "scheduler/node_facts.h"
#include "scheduler/version.h"

namespace drover::scheduler {
namespace {

// Clients report the health of a system job's allocations from this version on.
bool reports_health(const model::Node& node) {
    const std::string* text = node.Attributes.get("nomad.version");
    const auto version = text ? parse_version(*text, VersionRules::lenient) : std::nullopt;
    return !version || version->compare(*parse_version("1.11.0-a", VersionRules::lenient)) >= 0;
}

}  // namespace

SystemReconciler::SystemReconciler(const ReconcileInput& input, const SystemNodes& nodes, Rollout& rollout,
                                   ReconcileResult& result, Rng& rng, std::string group, const Allocs& allocs)
    : input_(input),
      nodes_(nodes),
      rollout_(rollout),
      result_(result),
      rng_(rng),
      name_(std::move(group)),
      group_(input.job ? model::maybe_group(*input.job, name_) : nullptr),
      desired_(result.desired[name_]) {
    for (const auto& node : nodes.ready) in_set_.insert(node->ID);
    for (const auto& alloc : allocs) {
        if (!model::terminal(*alloc)) {
            live_.push_back(alloc);
            continue;
        }
        Shared<model::Allocation>& newest = ended_[{alloc->NodeID, alloc->Name}];
        if (!newest || newest->CreateIndex < alloc->CreateIndex) newest = alloc;
    }
    sort_by_name(live_);
    if (!group_) return;
    state_ = state_of_group(rollout, *group_);
    in_deployment_ = is_part_of(rollout, name_);
}

void SystemReconciler::add_stop(const Shared<model::Allocation>& alloc, std::string_view client_status,
                                std::string_view description) {
    result_.stop.push_back({alloc, std::string(client_status), std::string(description), {}});
    ++desired_.Stop;
}

void SystemReconciler::stop_all() {
    for (const auto& alloc : live_) {
        const Shared<model::Node> node = input_.node_of(alloc->NodeID);
        const bool lost = !node || node->Status == kNodeDown;
        add_stop(alloc, lost ? model::kAllocClientLost : std::string_view{}, lost ? kLost : kNotNeeded);
    }
}

SystemReconciler::Fate SystemReconciler::fate_on_tainted(const model::Allocation& alloc,
                                                         const model::Node* maybe_node) const {
    if (input_.batch && model::ran_successfully(alloc)) return Fate::ignore;
    if (!maybe_node || maybe_node->Status == kNodeDown) return Fate::lost;
    if (maybe_node->Status != kNodeDisconnected) return Fate::ignore;
    return alloc.ClientStatus == model::kAllocClientRunning ? Fate::unknown : Fate::ignore;
}

// The first rule that fits decides.
SystemReconciler::Fate SystemReconciler::fate_of(const model::Allocation& alloc) const {
    const auto index = model::alloc_index(alloc.Name);
    if (!index || static_cast<int64_t>(*index) >= group_->Count) return Fate::stop;
    if (is_set(alloc.DesiredTransition.Migrate)) return Fate::tainted;
    const Shared<model::Node> node = input_.node_of(alloc.NodeID);
    const bool tainted = !node || is_tainted(*node);
    if (is_expired(alloc, input_.now)) return Fate::lost;
    if (alloc.ClientStatus == model::kAllocClientUnknown && alloc.DesiredStatus == model::kAllocDesiredRun)
        return Fate::ignore;
    if (was_unknown(alloc) && !tainted) return Fate::reconnect;
    if (tainted) return fate_on_tainted(alloc, node.get());
    if (!is_ready(*node)) return of_version(alloc, *input_.job) ? Fate::ignore : Fate::stop;
    if (!in_set_.contains(alloc.NodeID)) return Fate::stop;
    return of_specification(alloc, *input_.job) ? Fate::ignore : Fate::update;
}

void SystemReconciler::settle(const Shared<model::Allocation>& alloc, std::vector<DelayedAlloc>& timeouts) {
    taken_.insert({alloc->NodeID, alloc->Name});
    switch (fate_of(*alloc)) {
        case Fate::stop: return add_stop(alloc, {}, kNotNeeded);
        case Fate::tainted: return add_stop(alloc, {}, kTainted);
        case Fate::lost: return add_stop(alloc, model::kAllocClientLost, kLost);
        case Fate::unknown: {
            const auto copy = cut_off(*alloc, input_.now);
            result_.changed.push_back(copy);
            if (lost_after(*alloc).ns > 0) timeouts.push_back({copy, input_.now + lost_after(*alloc)});
            ++desired_.Disconnect;
            return;
        }
        case Fate::reconnect:
            if (!alloc->FollowupEvalID.empty()) result_.no_longer_needed.push_back(alloc->FollowupEvalID);
            result_.changed.push_back(with_client_state(*alloc, alloc->ClientStatus, input_.now));
            ++desired_.Reconnect;
            return;
        case Fate::update: updates_.push_back(alloc); return;
        case Fate::ignore: ++desired_.Ignore; return;
    }
}

// A sysbatch job runs once on each node, whether or not it was a success. What made room for others runs again.
bool SystemReconciler::is_done(const model::Allocation& ended) const {
    return input_.batch && ended.DesiredStatus != model::kAllocDesiredEvict && of_specification(ended, *input_.job);
}

void SystemReconciler::find_missing() {
    const bool any_live = !live_.empty();
    bool wanted = false;
    for (const auto& node : nodes_.ready) {
        const bool may_run = nodes_.may_run(*group_, *node);
        may_run_ += may_run;
        for (int64_t i = 0; i < group_->Count; ++i) {
            Placement placement;
            placement.name = model::alloc_name(input_.job->Name, name_, static_cast<uint64_t>(i));
            placement.group = group_;
            placement.node_id = node->ID;
            const Place place{node->ID, placement.name};
            if (taken_.contains(place)) continue;
            if (const auto ended = ended_.find(place); ended != ended_.end()) {
                if (is_done(*ended->second)) {
                    ++desired_.Ignore;
                    continue;
                }
                placement.previous = ended->second;
            }
            wanted = true;
            if (may_run) missing_.push_back(std::move(placement));
        }
    }
    if (wanted && may_run_ == 0 && !any_live) result_.nowhere.push_back(name_);
}

void SystemReconciler::split_updates() {
    UpdateSplit split = scheduler::split_updates(updates_, *group_, input_, result_);
    destructive_ = std::move(split.destructive);
    in_place_ = split.in_place;
}

bool SystemReconciler::rolls() const {
    if (input_.batch || !model::has_update_strategy(*group_)) return false;
    return std::all_of(nodes_.ready.begin(), nodes_.ready.end(),
                       [](const auto& node) { return reports_health(*node); });
}

// The share of the nodes that tries the new version first.
void SystemReconciler::begin_canaries() {
    canaries_ = static_cast<size_t>(state_.PlacedCanaries.size());
    const bool wanted = rolls() && group_->Update->Canary > 0 && input_.job->Version > 0 && !state_.Promoted;
    const auto replaced = static_cast<int64_t>(destructive_.size() + canaries_);
    if (!in_deployment_ && wanted && replaced > 0) {
        const int64_t share = (group_->Update->Canary * replaced + 99) / 100;
        state_.DesiredCanaries = std::min(group_->Update->MaxParallel, share);
    }
    canarying_ = state_.DesiredCanaries != 0 && !state_.Promoted;
}

uint64_t SystemReconciler::update_limit() const {
    if (!rolls()) return destructive_.size();
    return updates_left(rollout_, *group_, live_);
}

// The first so many of the old ones. Where the new version may not run, the old one is only stopped.
void SystemReconciler::replace(size_t count, bool canaries) {
    count = std::min(count, destructive_.size());
    for (size_t i = 0; i < count; ++i) {
        const auto& old = destructive_[i];
        const Shared<model::Node> node = input_.node_of(old->NodeID);
        ++desired_.DestructiveUpdate;
        if (!node || !nodes_.may_run(*group_, *node)) {
            result_.stop.push_back({old, {}, std::string(kUpdated), {}});
            continue;
        }
        Placement placement;
        placement.name = old->Name;
        placement.group = group_;
        placement.previous = old;
        placement.canary = canaries;
        placement.stops_previous = true;
        placement.stop_description = kUpdated;
        placement.node_id = old->NodeID;
        result_.destructive.push_back(std::move(placement));
        ++desired_.Place;
        ++placed_;
        if (canaries) ++desired_.Canary;
    }
    desired_.Ignore += destructive_.size() - count;
}

void SystemReconciler::place_missing() {
    // Until its canaries are promoted the new version goes nowhere else.
    if (canarying_) return;
    for (Placement& placement : missing_) result_.place.push_back(std::move(placement));
    desired_.Place += missing_.size();
    placed_ += missing_.size();
}

void SystemReconciler::create_deployment(bool had_current_version) {
    const bool changes_spec = !destructive_.empty() || in_place_ > 0;
    if (in_deployment_ || !rolls() || may_run_ == 0) return;
    if (had_current_version && !changes_spec) return;
    if (!rollout_.created && rollout_.current) return;
    state_.DesiredTotal = static_cast<int64_t>(may_run_) * group_->Count;
    begin_rollout(rollout_, input_, rng_).TaskGroups[name_] = state_;
}

bool SystemReconciler::rollout_complete() const {
    if (destructive_.size() + in_place_ + placed_ > 0) return false;
    if (!in_deployment_ || may_run_ == 0) return true;
    return state_.HealthyAllocs >= state_.DesiredTotal && (state_.DesiredCanaries == 0 || state_.Promoted);
}

bool SystemReconciler::run() {
    if (!group_ || group_->Count == 0) {
        stop_all();
        return true;
    }
    const auto current = [&](const auto& alloc) { return of_version(*alloc, *input_.job); };
    const bool had_current_version =
        std::any_of(live_.begin(), live_.end(), current) ||
        std::any_of(ended_.begin(), ended_.end(), [&](const auto& entry) { return current(entry.second); });
    std::vector<DelayedAlloc> timeouts;
    for (const auto& alloc : live_) settle(alloc, timeouts);
    add_follow_ups(result_, input_, std::move(timeouts), "max-disconnect-timeout",
                   "created for delayed disconnect timeout", rng_);
    find_missing();
    split_updates();
    begin_canaries();
    const bool held = rollout_.paused || rollout_.failed;
    if (canarying_) {
        const auto desired = static_cast<size_t>(state_.DesiredCanaries);
        replace(held || desired <= canaries_ ? 0 : desired - canaries_, true);
    } else {
        replace(held ? 0 : update_limit(), false);
    }
    place_missing();
    create_deployment(had_current_version);
    return rollout_complete();
}

}  // namespace drover::scheduler
