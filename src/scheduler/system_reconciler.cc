#include "scheduler/system_reconciler.h"

#include <algorithm>

#include "model/alloc_rules.h"
#include "model/deployment_rules.h"
#include "model/job_rules.h"
#include "model/status.h"
#include "scheduler/follow_ups.h"
#include "scheduler/node_facts.h"

namespace drover::scheduler {
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
    step_by_step_ = !input.batch && model::has_update_strategy(*group_);
    rolls_ = step_by_step_ && std::all_of(nodes.ready.begin(), nodes.ready.end(),
                                          [](const auto& ready) { return ready.reports_health; });
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
    if (!nodes_.numbers.contains(alloc.NodeID)) return Fate::stop;
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
        case Fate::ignore:
            live_canaries_ += is_canary_of_rollout(*alloc) && alloc->ClientStatus != model::kAllocClientUnknown;
            ++desired_.Ignore;
            return;
    }
}

// A sysbatch job runs once on each node, whether or not it was a success. What made room for others runs again.
bool SystemReconciler::is_done(const model::Allocation& ended) const {
    return input_.batch && ended.DesiredStatus != model::kAllocDesiredEvict && of_specification(ended, *input_.job);
}

void SystemReconciler::find_missing() {
    const bool any_live = !live_.empty();
    bool wanted = false;
    for (const auto& [node, reports_health] : nodes_.ready) {
        const bool may_run = nodes_.may_run(*group_, *node);
        if (may_run) may_run_on_.insert(node->ID);
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
    if (wanted && may_run_on_.empty() && !any_live) result_.nowhere.push_back(name_);
}

void SystemReconciler::split_updates() {
    UpdateSplit split = scheduler::split_updates(updates_, *group_, input_, result_);
    in_place_ = split.in_place;
    for (const auto& alloc : split.destructive)
        (may_run_on_.contains(alloc->NodeID) ? destructive_ : misplaced_).push_back(alloc);
}

bool SystemReconciler::is_canary_of_rollout(const model::Allocation& alloc) const {
    return is_canary(alloc) && rollout_.current && alloc.DeploymentID == rollout_.current->ID;
}

// The share of the nodes that tries the new version first. Those that may not run it are none of them. A group that is
// no part of the deployment has none: nobody could promote them.
void SystemReconciler::begin_canaries() {
    const bool wanted = rolls_ && group_->Update->Canary > 0 && input_.job->Version > 0;
    if (!rollout_.current && wanted && !destructive_.empty()) {
        const auto replaced = static_cast<int64_t>(destructive_.size());
        const int64_t share = (group_->Update->Canary * replaced + 99) / 100;
        state_.DesiredCanaries = std::min(group_->Update->MaxParallel, share);
    }
    canarying_ = model::waits_for_promotion(state_);
}

void SystemReconciler::place_canary(Placement& placement) {
    placement.canary = true;
    result_.place.push_back(std::move(placement));
    ++desired_.Place, ++desired_.Canary, ++placed_;
}

// A canary that ended is placed again where it was; for one whose node has left another node tries the new version: one
// that has the old version, or else one that has none.
void SystemReconciler::place_canaries() {
    auto lacking = static_cast<size_t>(std::max<int64_t>(0, state_.DesiredCanaries - live_canaries_));
    std::vector<Placement*> others;
    for (Placement& placement : missing_) {
        if (lacking > 0 && placement.previous && is_canary_of_rollout(*placement.previous)) {
            place_canary(placement), --lacking;
        } else {
            others.push_back(&placement);
        }
    }
    const size_t replaced = std::min(lacking, destructive_.size());
    replace(replaced, true);
    others.resize(std::min(others.size(), lacking - replaced));
    for (Placement* placement : others) place_canary(*placement);
}

bool SystemReconciler::reports_health(const model::Allocation& alloc) const {
    const auto ready = nodes_.numbers.find(alloc.NodeID);
    return ready != nodes_.numbers.end() && nodes_.ready[ready->second].reports_health;
}

// Whether time brings the next step, since nothing that an allocation reports would: there is a client that does not
// say what is healthy, or the group is no part of the deployment.
bool SystemReconciler::timed() const { return step_by_step_ && !(rolls_ && (in_deployment_ || !rollout_.current)); }

// The next step is not due yet. What a deployment has placed may become healthy before. An earlier attempt of this
// evaluation may have made the one that waits.
bool SystemReconciler::waits_for_next_step() const {
    const bool by_health = in_deployment_ && input_.eval.TriggeredBy == "deployment-watcher";
    return timed() && !by_health && input_.next_step && input_.next_step->PreviousEval != input_.eval.ID;
}

// How many may be replaced now. A deployment goes on as what it has placed becomes healthy. Without one, since some
// client does not say what is healthy, what was placed must have started.
uint64_t SystemReconciler::update_limit() const {
    if (!step_by_step_) return destructive_.size();
    if (waits_for_next_step()) return 0;
    Allocs counted;
    for (const auto& alloc : live_) {
        if (reports_health(*alloc)) counted.push_back(alloc);
    }
    // What ended counts until something else is in its place.
    for (const auto& [place, alloc] : ended_) {
        if (!taken_.contains(place) && !model::server_terminal(*alloc) && reports_health(*alloc))
            counted.push_back(alloc);
    }
    if (in_deployment_) return updates_left(rollout_, *group_, counted);
    const auto parallel = static_cast<uint64_t>(group_->Update->MaxParallel);
    const auto starting = std::count_if(live_.begin(), live_.end(), [&](const auto& alloc) {
        return of_version(*alloc, *input_.job) && alloc->ClientStatus == model::kAllocClientPending;
    });
    return parallel - std::min(parallel, static_cast<uint64_t>(starting));
}

// The first so many of the old ones.
void SystemReconciler::replace(size_t count, bool canaries) {
    count = std::min(count, destructive_.size());
    for (size_t i = 0; i < count; ++i) {
        const auto& old = destructive_[i];
        Placement placement;
        placement.name = old->Name;
        placement.group = group_;
        placement.previous = old;
        placement.canary = canaries;
        placement.stops_previous = true;
        placement.stop_description = kUpdated;
        placement.node_id = old->NodeID;
        result_.destructive.push_back(std::move(placement));
    }
    desired_.DestructiveUpdate += count;
    desired_.Place += count;
    if (canaries) desired_.Canary += count;
    desired_.Ignore += destructive_.size() - count;
    placed_ += count;
}

// One evaluation at a time waits for the next step.
void SystemReconciler::go_on_later() {
    if (destructive_.size() <= placed_ || !timed() || input_.next_step) return;
    const auto& made = result_.follow_ups;  // by another group
    if (std::any_of(made.begin(), made.end(), [](const auto& eval) { return eval.TriggeredBy == kRollingUpdate; }))
        return;
    result_.follow_ups.push_back(rolling_update(input_, input_.now + group_->Update->Stagger, rng_));
}

void SystemReconciler::place_missing() {
    for (Placement& placement : missing_) result_.place.push_back(std::move(placement));
    desired_.Place += missing_.size();
    placed_ += missing_.size();
}

// Where the new version may not run, the old one is only stopped; that is no step of the update.
void SystemReconciler::stop_misplaced() {
    for (const auto& alloc : misplaced_) add_stop(alloc, {}, kUpdated);
    misplaced_.clear();
}

// Until its canaries are promoted the new version goes nowhere else, and the old one stays.
void SystemReconciler::update() {
    const bool held = rollout_.paused || rollout_.failed;
    if (canarying_ && !held) {
        place_canaries();
    } else if (canarying_ || held) {
        replace(0, false);
    } else {
        replace(update_limit(), false);
        go_on_later();
        stop_misplaced();
    }
    desired_.Ignore += misplaced_.size();
    if (!canarying_) place_missing();
}

void SystemReconciler::create_deployment(bool had_current_version) {
    const bool changes_spec = !destructive_.empty() || in_place_ > 0;
    if (in_deployment_ || !rolls_ || may_run_on_.empty()) return;
    if (had_current_version && !changes_spec) return;
    if (!rollout_.created && rollout_.current) return;
    state_.DesiredTotal = places();
    begin_rollout(rollout_, input_, rng_).TaskGroups[name_] = state_;
}

int64_t SystemReconciler::places() const { return static_cast<int64_t>(may_run_on_.size()) * group_->Count; }

// Whether all that the nodes should run is there and healthy. Nodes come and go: the total that the deployment began
// with may be of nodes that are no longer there. Of clients that do not say what is healthy nothing is expected.
bool SystemReconciler::all_healthy() const {
    int64_t expected = 0, healthy = 0;
    for (const auto& [node, reports_health] : nodes_.ready) {
        if (reports_health && may_run_on_.contains(node->ID)) expected += group_->Count;
    }
    for (const auto& alloc : live_) {
        const bool counts =
            reports_health(*alloc) && may_run_on_.contains(alloc->NodeID) && of_version(*alloc, *input_.job);
        healthy += counts && alloc->DeploymentStatus && alloc->DeploymentStatus->Healthy.value_or(false);
    }
    return healthy >= expected;
}

bool SystemReconciler::rollout_complete() const {
    if (destructive_.size() + misplaced_.size() + in_place_ + placed_ > 0) return false;
    if (!in_deployment_) return true;
    if (canarying_) return false;
    // While its nodes are away, what was placed may yet turn out to be bad.
    if (may_run_on_.empty()) return state_.PlacedAllocs == 0 || state_.HealthyAllocs > 0;
    return state_.HealthyAllocs >= state_.DesiredTotal || all_healthy();
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
    update();
    create_deployment(had_current_version);
    return rollout_complete();
}

}  // namespace drover::scheduler
