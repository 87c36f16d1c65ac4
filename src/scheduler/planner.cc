#include "scheduler/planner.h"

#include <algorithm>

#include "base/assert.h"
#include "base/uuid.h"
#include "model/alloc_rules.h"
#include "model/job_rules.h"
#include "model/status.h"
#include "scheduler/explain.h"
#include "scheduler/node_facts.h"
#include "scheduler/reschedule.h"
#include "scheduler/update_rules.h"

namespace drover::scheduler {
namespace {

GroupPlacer::Settings settings_for(const Snapshot& snapshot, const model::Job* maybe_job, Rng& rng) {
    const model::SchedulerConfiguration config = snapshot.scheduler_config();
    GroupPlacer::Settings settings;
    std::string algorithm = config.SchedulerAlgorithm;
    settings.memory_oversubscription = config.MemoryOversubscriptionEnabled;
    const Shared<model::NodePool> pool = maybe_job ? snapshot.node_pool(maybe_job->NodePool) : nullptr;
    if (pool && pool->SchedulerConfiguration) {
        const auto& own = *pool->SchedulerConfiguration;
        if (!own.SchedulerAlgorithm.empty()) algorithm = own.SchedulerAlgorithm;
        settings.memory_oversubscription = own.MemoryOversubscriptionEnabled.value_or(settings.memory_oversubscription);
    }
    settings.each_node = maybe_job && model::is_system_like(*maybe_job);
    settings.packing = algorithm == "spread" ? Packing::spread : Packing::binpack;
    settings.tie_seed = rng.next();
    return settings;
}

bool same_places(const model::Job& a, const model::Job& b) {
    return a.NodePool == b.NodePool && a.Datacenters == b.Datacenters;
}

}  // namespace

Planner::Planner(const Snapshot& snapshot, const model::Evaluation& eval, Shared<model::Job> job,
                 const std::vector<Shared<model::Allocation>>& allocs, Time now, Rng& rng, Recorder* maybe_recorder)
    : snapshot_(snapshot),
      eval_(eval),
      job_(std::move(job)),
      now_(now),
      rng_(rng),
      maybe_recorder_(maybe_recorder),
      settings_(settings_for(snapshot, job_.get(), rng)),
      proposal_(snapshot.fleet(), allocs),
      may_evict_(may_evict(snapshot.scheduler_config(), eval.Type)),
      preemption_(snapshot, proposal_, eval.Namespace, eval.JobID, job_ ? job_->Priority : eval.Priority) {
    model::Plan& plan = outcome_.plan;
    plan.EvalID = eval.ID;
    plan.Priority = eval.Priority;
    plan.Job = job_;
    plan.AllAtOnce = job_ && job_->AllAtOnce;
    plan.SnapshotIndex = snapshot.index();
    settings_.explain = maybe_recorder != nullptr;
}

GroupPlacer& Planner::placer(const Shared<model::Job>& job, const model::TaskGroup& group) {
    auto& placer = placers_[{job->Version, group.Name}];
    if (!placer) {
        if (job != job_) older_jobs_.push_back(job);
        placer = std::make_unique<GroupPlacer>(snapshot_, proposal_, *job, group, settings_);
    }
    return *placer;
}

Update Planner::update_of(const Shared<model::Allocation>& alloc, const model::TaskGroup& group) {
    if (of_specification(*alloc, *job_)) return {};
    if (!alloc->Job || needs_replacement(*alloc->Job, *job_, group.Name)) return {UpdateKind::destructive, nullptr};
    if (model::terminal(*alloc)) return {};
    const Slot slot = snapshot_.fleet().slot_of(alloc->NodeID);
    if (slot == kNoSlot) return {UpdateKind::destructive, nullptr};
    proposal_.stop(alloc);
    if (!placer(job_, group).could_stay(slot, alloc->Name)) {
        proposal_.undo_stop(alloc);
        return {UpdateKind::destructive, nullptr};
    }
    proposal_.undo_stop(alloc);
    auto updated = std::make_shared<model::Allocation>(*alloc);
    updated->Job = job_;
    updated->EvalID = eval_.ID;
    return {UpdateKind::in_place, std::move(updated)};
}

void Planner::put_stop(const Shared<model::Allocation>& alloc) {
    outcome_.plan.NodeUpdate[alloc->NodeID].push_back(alloc);
}

void Planner::put_alloc(const Shared<model::Allocation>& alloc) {
    outcome_.plan.NodeAllocation[alloc->NodeID].push_back(alloc);
}

// Of what is stopped nothing else is committed: that would have it run again.
void Planner::drop_note(const model::Allocation& stopped) {
    const auto notes = outcome_.plan.NodeAllocation.find(stopped.NodeID);
    if (notes == outcome_.plan.NodeAllocation.end()) return;
    std::erase_if(notes->second, [&](const auto& alloc) { return alloc->ID == stopped.ID; });
    if (notes->second.empty()) outcome_.plan.NodeAllocation.erase(notes);
}

void Planner::stop(const Stop& stop) {
    auto copy = std::make_shared<model::Allocation>(*stop.alloc);
    copy->DesiredStatus = model::kAllocDesiredStop;
    copy->DesiredDescription = stop.description;
    if (!stop.client_status.empty()) copy->ClientStatus = stop.client_status;
    if (stop.client_status == model::kAllocClientLost) {
        copy->AllocStates.push_back({kClientStatusField, std::string(model::kAllocClientLost), now_});
    }
    if (!stop.followup_eval_id.empty()) copy->FollowupEvalID = stop.followup_eval_id;
    drop_note(*copy);
    put_stop(copy);
    proposal_.stop(stop.alloc);
}

void Planner::lose_unreachable(const std::vector<Shared<model::Allocation>>& allocs, const NodeLookup& node_of) {
    for (const auto& alloc : allocs) {
        const bool live =
            alloc->ClientStatus == model::kAllocClientRunning || alloc->ClientStatus == model::kAllocClientPending;
        if (!model::server_terminal(*alloc) || !live) continue;
        const Shared<model::Node> node = node_of(alloc->NodeID);
        if (node && node->Status != kNodeDown) continue;
        stop({alloc, std::string(model::kAllocClientLost), std::string(kLost), {}});
    }
}

// While canaries run, what is not one runs the version that was promoted last, but none older than its predecessor.
Shared<model::Job> Planner::job_for(const Placement& placement) const {
    if (!placement.not_canary) return job_;
    const uint64_t least = placement.previous && placement.previous->Job ? placement.previous->Job->Version : 0;
    std::optional<uint64_t> version;
    if (model::has_update_strategy(*placement.group)) {
        for (const auto& deployment : snapshot_.deployments_of_job(job_->Namespace, job_->ID)) {
            const auto* state = deployment->TaskGroups.get(placement.group->Name);
            if (!state || (state->DesiredCanaries != 0 && !state->Promoted)) continue;
            version = deployment->JobVersion;
            break;
        }
    } else if (placement.previous) {
        version = least;
    }
    if (!version || *version < least) version = least;
    const Shared<model::Job> job = snapshot_.job_version(job_->Namespace, job_->ID, *version);
    return job && model::maybe_group(*job, placement.group->Name) ? job : job_;
}

std::vector<Slot> Planner::failed_nodes(const model::Allocation& predecessor) const {
    std::vector<Slot> slots;
    const auto add = [&](const std::string& node_id) {
        const Slot slot = snapshot_.fleet().slot_of(node_id);
        if (slot != kNoSlot && std::find(slots.begin(), slots.end(), slot) == slots.end()) slots.push_back(slot);
    };
    if (predecessor.ClientStatus == model::kAllocClientFailed) add(predecessor.NodeID);
    if (predecessor.RescheduleTracker) {
        for (const model::RescheduleEvent& event : predecessor.RescheduleTracker->Events) add(event.PrevNodeID);
    }
    return slots;
}

// Data of a sticky disk is where the predecessor ran.
Slot Planner::preferred_node(const Placement& placement) const {
    if (!placement.previous || !placement.group->EphemeralDisk || !placement.previous->Job) return kNoSlot;
    const model::EphemeralDisk& disk = *placement.group->EphemeralDisk;
    if ((!disk.Sticky && !disk.Migrate) || !same_places(*placement.previous->Job, *job_)) return kNoSlot;
    return snapshot_.fleet().slot_of(placement.previous->NodeID);
}

bool Planner::may_run(const model::TaskGroup& group, const model::Node& node) {
    const Slot slot = snapshot_.fleet().slot_of(node.ID);
    return slot != kNoSlot && placer(job_, group).may_run(slot, {});
}

std::optional<GroupPlacer::Choice> Planner::find_node(const Placement& placement, GroupPlacer& nodes,
                                                      GroupPlacer::Wish wish) {
    if (wish.only != kNoSlot) return nodes.choose_on(wish, 0, rng_);
    wish.only = preferred_node(placement);
    auto choice = nodes.choose(wish, rng_);
    if (choice || wish.only == kNoSlot) return choice;
    wish.only = kNoSlot;
    return nodes.choose(wish, rng_);
}

// Where others would make room. What they have besides amounts may still not do; then the next best node is tried.
std::optional<GroupPlacer::Choice> Planner::find_by_eviction(GroupPlacer& nodes, const GroupPlacer::Wish& wish) {
    GroupPlacer::Wish there = wish;
    while (const GroupPlacer::Eviction* maybe_best = nodes.maybe_eviction(preemption_, wish)) {
        const GroupPlacer::Eviction eviction = *maybe_best;
        there.only = eviction.slot;
        for (const Running& alloc : eviction.victims) proposal_.evict(alloc.id, eviction.slot, alloc.usage);
        if (auto choice = nodes.choose_on(there, eviction.score.preemption, rng_)) {
            for (const Running& alloc : eviction.victims) victims_.push_back(snapshot_.alloc(alloc.id));
            preemption_.note(eviction.victims);
            return choice;
        }
        for (const Running& alloc : eviction.victims) proposal_.undo_evict(alloc.id, eviction.slot, alloc.usage);
        if (wish.only != kNoSlot) return std::nullopt;
        nodes.refuse_eviction(eviction.slot);
    }
    return std::nullopt;
}

// A node of a system job that may not run it is no failure; one that is full is, and is waited for.
void Planner::note_failure(const Placement& placement, GroupPlacer& nodes, model::AllocMetric why) {
    const std::string& group = placement.group->Name;
    if (maybe_recorder_) {
        maybe_recorder_->note(placement.name, nodes, why, nullptr);
        maybe_recorder_->note_remedies(nodes, eval_.Type, may_evict_);
    }
    if (!placement.node_id.empty()) {
        if (why.NodesExhausted == 0) {
            --outcome_.QueuedAllocations[group];
            return;
        }
        full_nodes_.push_back(placement.node_id);
    }
    const auto [failure, first] = failures_.emplace(group, std::move(why));
    if (!first) ++failure->second.CoalescedFailures;
}

void Planner::put_evictions(model::Allocation& alloc) {
    for (const auto& victim : victims_) {
        auto copy = std::make_shared<model::Allocation>(*victim);
        copy->DesiredStatus = model::kAllocDesiredEvict;
        copy->DesiredDescription = "Preempted by alloc ID " + alloc.ID;
        copy->PreemptedByAllocation = alloc.ID;
        alloc.PreemptedAllocations.push_back(victim->ID);
        outcome_.plan.NodePreemptions[victim->NodeID].push_back(std::move(copy));
    }
}

void Planner::place(const Placement& placement, const std::string& deployment_id) {
    const std::string& group_name = placement.group->Name;
    ++outcome_.QueuedAllocations[group_name];
    const bool anywhere = placement.node_id.empty();
    if (const auto failed = failures_.find(group_name); anywhere && failed != failures_.end()) {
        ++failed->second.CoalescedFailures;
        return note_unplaced(placement);
    }
    const Shared<model::Job> job = job_for(placement);
    const model::TaskGroup& group = job == job_ ? *placement.group : *model::maybe_group(*job, group_name);
    GroupPlacer& nodes = placer(job, group);
    if (placement.stops_previous) proposal_.stop(placement.previous);
    victims_.clear();
    const GroupPlacer::Wish wish{placement.name,
                                 placement.reschedule ? failed_nodes(*placement.previous) : std::vector<Slot>{},
                                 anywhere ? kNoSlot : snapshot_.fleet().slot_of(placement.node_id)};
    assert_always(anywhere || wish.only != kNoSlot);
    auto choice = find_node(placement, nodes, wish);
    if (!choice) {
        model::AllocMetric why = nodes.metrics();
        if (may_evict_) choice = find_by_eviction(nodes, wish);
        if (!choice) note_failure(placement, nodes, std::move(why));
    }
    if (!choice) {
        if (placement.stops_previous) proposal_.undo_stop(placement.previous);
        return note_unplaced(placement);
    }
    if (placement.stops_previous) {
        stop({placement.previous, {}, placement.stop_description, {}});
    }
    auto alloc = make_alloc(placement, nodes, *choice, job, deployment_id);
    put_evictions(*alloc);
    if (maybe_recorder_) maybe_recorder_->note(placement.name, nodes, *alloc->Metrics, alloc.get());
    put_alloc(alloc);
    proposal_.place(choice->slot, choice->resources, choice->usage, group_name);
}

// A failed allocation that finds no new place remembers that it looked for one.
void Planner::note_unplaced(const Placement& placement) {
    if (!placement.reschedule || found_no_placement(*placement.previous)) return;
    auto copy = std::make_shared<model::Allocation>(*placement.previous);
    copy->RescheduleTracker.make().LastReschedule = kRescheduleNoPlacement;
    put_alloc(copy);
}

std::shared_ptr<model::Allocation> Planner::make_alloc(const Placement& placement, const GroupPlacer& placer,
                                                       const GroupPlacer::Choice& choice, const Shared<model::Job>& job,
                                                       const std::string& deployment_id) {
    const model::Node& node = *snapshot_.fleet().node(choice.slot);
    auto alloc = std::make_shared<model::Allocation>();
    alloc->ID = random_id(rng_);
    alloc->Namespace = job->Namespace;
    alloc->EvalID = eval_.ID;
    alloc->Name = placement.name;
    alloc->NodeID = node.ID;
    alloc->NodeName = node.Name;
    alloc->JobID = job->ID;
    alloc->Job = job;
    alloc->TaskGroup = placement.group->Name;
    alloc->AllocatedResources = choice.resources;
    alloc->Metrics = std::make_shared<model::AllocMetric>(placer.metrics());
    alloc->DesiredStatus = model::kAllocDesiredRun;
    alloc->ClientStatus = model::kAllocClientPending;
    if (job == job_) alloc->DeploymentID = deployment_id;
    if (placement.canary && job == job_) alloc->DeploymentStatus.make().Canary = true;
    if (placement.previous) {
        alloc->PreviousAllocation = placement.previous->ID;
        if (placement.reschedule) {
            alloc->RescheduleTracker = next_tracker(*placement.previous, now_);
        } else if (placement.previous->RescheduleTracker) {
            alloc->RescheduleTracker = placement.previous->RescheduleTracker;
        }
    }
    return alloc;
}

void Planner::carry_out(const ReconcileResult& wanted, const std::string& deployment_id) {
    for (const Stop& one : wanted.stop) stop(one);
    for (const auto& alloc : wanted.changed) {
        if (!proposal_.is_stopped(alloc->ID)) put_alloc(alloc);
    }
    for (const auto& alloc : wanted.in_place) {
        auto copy = std::make_shared<model::Allocation>(*alloc);
        if (copy->DeploymentID != deployment_id) {
            copy->DeploymentID = deployment_id;
            copy->DeploymentStatus.reset();
        }
        put_alloc(copy);
    }
    for (const Placement& placement : wanted.destructive) place(placement, deployment_id);
    for (const Placement& placement : wanted.place) place(placement, deployment_id);
    if (wanted.destructive.empty() && wanted.place.empty() && job_) {
        for (const model::TaskGroup& group : job_->TaskGroups) outcome_.QueuedAllocations[group.Name] = 0;
    }
    for (const std::string& name : wanted.nowhere) {
        GroupPlacer& nodes = placer(job_, *model::maybe_group(*job_, name));
        nodes.look_anew();
        if (maybe_recorder_) {
            maybe_recorder_->note({}, nodes, nodes.metrics(), nullptr);
            maybe_recorder_->note_remedies(nodes, eval_.Type, may_evict_);
        }
        failures_.emplace(name, nodes.metrics());
    }
    for (auto& [group, metrics] : failures_) {
        outcome_.FailedTGAllocs[group] = std::make_shared<model::AllocMetric>(std::move(metrics));
    }
    note_classes();
}

void Planner::note_classes() {
    outcome_.ClassEligibility.made = true;
    for (const auto& [key, placer] : placers_) {
        outcome_.EscapedComputedClass |= placer->escapes();
        for (const auto& [name, eligible] : placer->class_eligibility()) outcome_.ClassEligibility[name] |= eligible;
    }
    if (outcome_.EscapedComputedClass) outcome_.ClassEligibility.set_null();
    if (outcome_.ClassEligibility.empty()) outcome_.ClassEligibility.set_null();
}

}  // namespace drover::scheduler
