#include "scheduler/explain.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <span>

#include "model/job_rules.h"
#include "model/status.h"
#include "scheduler/group_placer.h"

namespace drover::scheduler {
namespace {

constexpr size_t kCapacityRemedies = 3;
constexpr size_t kMostConstraints = 32;  // tried one by one

std::string nodes(int64_t count) { return count == 1 ? "1 node" : std::to_string(count) + " nodes"; }

std::string words(const model::Constraint& constraint) {
    return constraint.LTarget + " " + constraint.Operand + " " + constraint.RTarget;
}

// What a node lacks, in words, and the dimension that it lacks most of.
model::ExplainedRemedy capacity_remedy(const model::Node& node, const GroupPlacer::Shortfall& shortfall) {
    model::ExplainedRemedy remedy;
    remedy.Kind = "capacity";
    remedy.NodeID = node.ID;
    remedy.NodeName = node.Name;
    remedy.Nodes = 1;
    std::string lacking;
    double worst = 0;
    for (const auto& [dimension, missing, part] : shortfall.lacks) {
        const auto amount = static_cast<int64_t>(std::ceil(missing));
        const char* unit = dimension == "cpu" ? " MHz of " : dimension == "allocations" ? " " : " MB of ";
        lacking += (lacking.empty() ? "" : " and ") + std::to_string(amount) + unit + std::string(dimension);
        if (part <= worst) continue;
        worst = part;
        remedy.Dimension = dimension;
        remedy.Missing = amount;
    }
    remedy.Description = "node " + node.Name + " would take it with " + lacking + " more";
    return remedy;
}

void add_capacity(const GroupPlacer& placer, const Fleet& fleet, List<model::ExplainedRemedy>& remedies) {
    auto shortfalls = placer.shortfalls();
    std::sort(shortfalls.begin(), shortfalls.end(),
              [](const auto& a, const auto& b) { return a.part != b.part ? a.part < b.part : a.slot < b.slot; });
    if (shortfalls.size() > kCapacityRemedies) shortfalls.resize(kCapacityRemedies);
    for (const auto& shortfall : shortfalls)
        remedies.push_back(capacity_remedy(*fleet.node(shortfall.slot), shortfall));
}

// Each constraint is left out once, and the nodes that would take the group then are counted.
void add_constraints(const GroupPlacer& placer, List<model::ExplainedRemedy>& remedies) {
    const std::string& name = placer.group().Name;
    size_t tried = 0;
    const auto without = [&](const model::Constraint& constraint, auto&& list_of, size_t i) {
        if (++tried > kMostConstraints) return;
        model::Job job = placer.job();
        auto group = std::find_if(job.TaskGroups.begin(), job.TaskGroups.end(),
                                  [&](const model::TaskGroup& one) { return one.Name == name; });
        auto& list = list_of(job, *group);
        list.erase(list.begin() + static_cast<ptrdiff_t>(i));
        const int64_t takers = placer.of(job, *group).takers();
        if (takers == 0) return;
        model::ExplainedRemedy remedy;
        remedy.Kind = "constraint";
        remedy.Constraint = words(constraint);
        remedy.Nodes = takers;
        remedy.Description = "without the constraint \"" + remedy.Constraint + "\" it would fit on " + nodes(takers);
        remedies.push_back(std::move(remedy));
    };
    for (size_t i = 0; i < placer.job().Constraints.size(); ++i)
        without(placer.job().Constraints[i], [](model::Job& job, auto&) -> auto& { return job.Constraints; }, i);
    for (size_t i = 0; i < placer.group().Constraints.size(); ++i)
        without(placer.group().Constraints[i], [](auto&, model::TaskGroup& g) -> auto& { return g.Constraints; }, i);
    for (size_t t = 0; t < placer.group().Tasks.size(); ++t) {
        const auto& constraints = placer.group().Tasks[t].Constraints;
        for (size_t i = 0; i < constraints.size(); ++i)
            without(constraints[i], [t](auto&, model::TaskGroup& g) -> auto& { return g.Tasks[t].Constraints; }, i);
    }
}

// The constraints of job, group and tasks, as nodes are refused by them.
std::set<std::string, std::less<>> constraints_of(const GroupPlacer& placer) {
    std::set<std::string, std::less<>> all;
    const auto add = [&](const List<model::Constraint>& list) {
        for (const model::Constraint& constraint : list) all.insert(words(constraint));
    };
    add(placer.job().Constraints);
    add(placer.group().Constraints);
    for (const model::Task& task : placer.group().Tasks) add(task.Constraints);
    return all;
}

// What is no constraint of the job's: drivers, volumes, networks, and what is not an amount.
void add_refusals(const GroupPlacer& placer, List<model::ExplainedRemedy>& remedies) {
    std::map<std::pair<bool, std::string>, int64_t> counts;
    const auto constraints = constraints_of(placer);
    for (const auto& refused : placer.refused()) {
        const bool by_constraint = refused.reason.starts_with("distinct_") || constraints.contains(refused.reason);
        if (refused.exhausted ? refused.amount : !refused.has_room || by_constraint) continue;
        ++counts[{refused.exhausted, std::string(refused.reason)}];
    }
    for (const auto& [key, count] : counts) {
        model::ExplainedRemedy remedy;
        remedy.Kind = key.first ? "capacity" : "filter";
        (key.first ? remedy.Dimension : remedy.Constraint) = key.second;
        remedy.Nodes = count;
        remedy.Description = nodes(count) + " would have the room otherwise, but: " + key.second;
        remedies.push_back(std::move(remedy));
    }
}

// Nothing if not even the highest priority that a job may have would help.
void add_priority(const GroupPlacer& placer, const Fleet& fleet, std::string_view eval_type, bool may_evict,
                  int64_t max_priority, List<model::ExplainedRemedy>& remedies) {
    const Preemption any = placer.preemption_for(max_priority);
    Slot where = kNoSlot;
    int64_t least = 0;
    size_t victims = 0;
    for (const auto& refused : placer.refused()) {
        if (!refused.exhausted) continue;
        const auto eviction = placer.eviction_on(refused.slot, any);
        if (!eviction) continue;
        int64_t needed = 0;
        for (const Running& alloc : eviction->victims)
            needed = std::max(needed, alloc.job->Priority + Preemption::kLeastDifference);
        // With the priority that it has it was tried already, and something else was in the way.
        if (may_evict && needed <= placer.job().Priority) continue;
        if (where != kNoSlot && needed >= least) continue;
        where = refused.slot, least = needed, victims = eviction->victims.size();
    }
    if (where == kNoSlot) return;
    model::ExplainedRemedy remedy;
    remedy.Kind = "priority";
    remedy.NodeID = fleet.node(where)->ID;
    remedy.NodeName = fleet.node(where)->Name;
    remedy.Priority = least;
    remedy.Nodes = 1;
    const std::string gain = "evict " + std::to_string(victims) + (victims == 1 ? " allocation" : " allocations") +
                             " from node " + remedy.NodeName;
    remedy.Description = "with a priority of " + std::to_string(least) + " or more it may " + gain;
    if (!may_evict) remedy.Description += ", were preemption not off for jobs of type " + std::string(eval_type);
    remedies.push_back(std::move(remedy));
}

model::ExplainedPlacement placement_of(const std::string& name, const model::AllocMetric& metrics,
                                       const model::Allocation* maybe_alloc, const Fleet& fleet) {
    model::ExplainedPlacement placement;
    placement.Name = name;
    placement.NodesEvaluated = metrics.NodesEvaluated;
    placement.Filtered = metrics.ConstraintFiltered;
    placement.Exhausted = metrics.DimensionExhausted;
    if (maybe_alloc) {
        placement.NodeID = maybe_alloc->NodeID;
        placement.NodeName = maybe_alloc->NodeName;
        placement.PreemptedAllocations = maybe_alloc->PreemptedAllocations;
    }
    for (const model::NodeScoreMeta& score : metrics.ScoreMetaData) {
        const Slot slot = fleet.slot_of(score.NodeID);
        model::ExplainedNode node;
        node.ID = score.NodeID;
        node.Name = slot == kNoSlot ? std::string{} : fleet.node(slot)->Name;
        node.Outcome = score.NodeID == placement.NodeID ? "placed" : "candidate";
        node.Scores = score.Scores;
        node.NormScore = score.NormScore;
        placement.Nodes.push_back(std::move(node));
    }
    return placement;
}

}  // namespace

model::ExplainedGroup& Recorder::group(const std::string& name) {
    const auto it = std::find_if(groups_.begin(), groups_.end(), [&](const auto& group) { return group.Name == name; });
    if (it != groups_.end()) return *it;
    groups_.emplace_back().Name = name;
    return groups_.back();
}

void Recorder::note(const std::string& name, const GroupPlacer& placer, const model::AllocMetric& metrics,
                    const model::Allocation* maybe_alloc) {
    model::ExplainedGroup& explained = group(placer.group().Name);
    if (explained.Placements.size() >= kPlacementsShown) {
        ++explained.MorePlacements;
        return;
    }
    model::ExplainedPlacement placement = placement_of(name, metrics, maybe_alloc, snapshot_.fleet());
    const auto all = placer.refused();
    const size_t listed = std::min(all.size(), kNodesShown);
    placement.MoreNodes = static_cast<int64_t>(all.size() - listed);
    for (const auto& refused : std::span(all).first(listed)) {
        const model::Node& node = *snapshot_.fleet().node(refused.slot);
        placement.Nodes.push_back(
            {node.ID, node.Name, refused.exhausted ? "exhausted" : "filtered", std::string(refused.reason), {}, 0});
    }
    explained.Placements.push_back(std::move(placement));
}

void Recorder::note_remedies(GroupPlacer& placer, std::string_view eval_type, bool may_evict) {
    List<model::ExplainedRemedy>& remedies = group(placer.group().Name).Remedies;
    if (!remedies.empty()) return;
    add_capacity(placer, snapshot_.fleet(), remedies);
    add_constraints(placer, remedies);
    add_refusals(placer, remedies);
    add_priority(placer, snapshot_.fleet(), eval_type, may_evict, max_priority_, remedies);
}

List<model::ExplainedGroup> Recorder::take() { return std::move(groups_); }

namespace {

model::EvalExplanation head_of(const model::Evaluation& eval, uint64_t index, std::string_view basis) {
    model::EvalExplanation explanation;
    explanation.EvalID = eval.ID;
    explanation.Namespace = eval.Namespace;
    explanation.JobID = eval.JobID;
    explanation.Status = eval.Status;
    explanation.TriggeredBy = eval.TriggeredBy;
    explanation.SnapshotIndex = index;
    explanation.Basis = basis;
    return explanation;
}

}  // namespace

Result<model::EvalExplanation> explain(const Snapshot& snapshot, const model::Evaluation& eval, Time now, uint64_t seed,
                                       int64_t max_priority) {
    Recorder recorder(snapshot, max_priority);
    SeededRng rng(seed);
    auto outcome = schedule(snapshot, eval, now, rng, &recorder);
    if (!outcome) return fail(outcome.error());
    model::EvalExplanation explanation = head_of(eval, snapshot.index(), "recorded");
    explanation.Groups = recorder.take();
    return explanation;
}

model::EvalExplanation explain_stored(const Snapshot& now, const model::Evaluation& eval,
                                      const std::vector<Shared<model::Allocation>>& allocs, int64_t max_priority) {
    Recorder recorder(now, max_priority);
    model::EvalExplanation explanation = head_of(eval, eval.SnapshotIndex, "stored");
    const auto group = [&](const std::string& name) -> model::ExplainedGroup& {
        for (auto& known : explanation.Groups) {
            if (known.Name == name) return known;
        }
        explanation.Groups.emplace_back().Name = name;
        return explanation.Groups.back();
    };
    for (const auto& alloc : allocs) {
        if (!alloc->Metrics) continue;
        auto& explained = group(alloc->TaskGroup);
        if (explained.Placements.size() >= Recorder::kPlacementsShown) {
            ++explained.MorePlacements;
        } else {
            explained.Placements.push_back(placement_of(alloc->Name, *alloc->Metrics, alloc.get(), now.fleet()));
        }
    }
    const Shared<model::Job> job = now.job(eval.Namespace, eval.JobID);
    const auto of_job = now.allocs_of_job(eval.Namespace, eval.JobID);
    for (const auto& [name, metrics] : eval.FailedTGAllocs) {
        group(name).Placements.push_back(placement_of({}, *metrics, nullptr, now.fleet()));
        group(name).MorePlacements += metrics->CoalescedFailures;
        const model::TaskGroup* spec = job ? model::maybe_group(*job, name) : nullptr;
        if (!spec) continue;
        const Proposal proposal(now.fleet(), of_job);
        GroupPlacer placer(now, proposal, *job, *spec, {.explain = true, .each_node = model::is_system_like(*job)});
        placer.look_anew();
        recorder.note_remedies(placer, eval.Type, may_evict(now.scheduler_config(), eval.Type));
    }
    for (model::ExplainedGroup& found : recorder.take()) group(found.Name).Remedies = std::move(found.Remedies);
    return explanation;
}

}  // namespace drover::scheduler
