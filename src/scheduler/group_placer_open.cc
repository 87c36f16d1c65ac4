// The first look at the nodes: which of them may run the group, and what is weighed there.
#include <cmath>

#include "scheduler/group_placer.h"

namespace drover::scheduler {
namespace {

constexpr std::string_view kClassIneligible = "computed class ineligible";

std::vector<const model::Affinity*> all_affinities(const model::Job& job, const model::TaskGroup& group) {
    std::vector<const model::Affinity*> all;
    const auto add = [&](const List<model::Affinity>& list) {
        for (const model::Affinity& affinity : list) all.push_back(&affinity);
    };
    add(job.Affinities);
    add(group.Affinities);
    for (const model::Task& task : group.Tasks) add(task.Affinities);
    return all;
}

}  // namespace

std::vector<Verdicts::Id> GroupPlacer::judge_classes() {
    std::vector<Verdicts::Id> verdicts;
    for (const auto& entry : fleet_.classes()) {
        if (!in_node_set(job_, entry->pool, entry->datacenter)) {
            verdicts.push_back(Verdicts::kOutside);
            continue;
        }
        const std::string* reason = checks_.refuse_class(*entry->sample);
        verdicts.push_back(reason ? verdicts_.id(Refusal::filtered, *reason) : Verdicts::kOpen);
    }
    return verdicts;
}

void GroupPlacer::judge_nodes() {
    verdicts_ = Verdicts(fleet_);
    feasible_.assign(fleet_.slots(), 0);
    std::vector<Verdicts::Id> by_class = judge_classes();
    const Verdicts::Id cached = verdicts_.id(Refusal::filtered, kClassIneligible);
    class_eligibility_.clear();
    available_.clear();
    in_set_ = 0;
    std::vector<int64_t> nodes(by_class.size());
    for (Slot slot = 0; slot < fleet_.slots(); ++slot) {
        const Fleet::Chunk& chunk = fleet_.chunk(slot / Fleet::kChunk);
        const size_t i = slot % Fleet::kChunk;
        const uint32_t fleet_class = chunk.classes[i];
        if (!chunk.ready[i] || by_class[fleet_class] == Verdicts::kOutside) continue;
        if (by_class[fleet_class] == Verdicts::kOpen) {
            const std::string* reason =
                checks_.has_node_checks() ? checks_.refuse_node(*chunk.nodes[i], alloc_name_) : nullptr;
            feasible_[slot] = reason == nullptr;
            verdicts_.set(slot, reason ? verdicts_.id(Refusal::filtered, *reason) : Verdicts::kOpen);
        } else {
            const bool first = nodes[fleet_class] == 0 || checks_.escapes() || settings_.explain;
            verdicts_.set(slot, first ? by_class[fleet_class] : cached);
        }
        ++nodes[fleet_class];
    }
    for (size_t i = 0; i < nodes.size(); ++i) {
        if (nodes[i] == 0) continue;
        const FleetClass& entry = *fleet_.classes()[i];
        in_set_ += nodes[i];
        available_[entry.datacenter] += nodes[i];
        if (!checks_.escapes()) class_eligibility_[entry.computed_class] |= by_class[i] == Verdicts::kOpen;
    }
}

void GroupPlacer::open_affinities() {
    affinities_.clear();
    const auto wishes = all_affinities(job_, group_);
    double total = 0;
    for (const model::Affinity* wish : wishes) total += std::abs(static_cast<double>(wish->Weight));
    if (total == 0) return;
    affinities_.resize(fleet_.slots());
    for (const model::Affinity* wish : wishes) {
        NodeConstraint rule(wish->LTarget, wish->Operand, wish->RTarget);
        std::vector<uint8_t> by_class;
        if (!rule.unique()) {
            for (const auto& entry : fleet_.classes()) by_class.push_back(rule.holds_on(*entry->sample));
        }
        for (Slot slot = 0; slot < fleet_.slots(); ++slot) {
            if (!feasible_[slot]) continue;
            const Fleet::Chunk& chunk = fleet_.chunk(slot / Fleet::kChunk);
            const size_t i = slot % Fleet::kChunk;
            const bool holds = rule.unique() ? rule.holds_on(*chunk.nodes[i]) : by_class[chunk.classes[i]] != 0;
            if (holds) affinities_[slot] += wish->Weight / total;
        }
    }
}

void GroupPlacer::open_spreads() {
    spreads_.clear();
    spread_weights_ = 0;
    for (const auto* list : {&job_.Spreads, &group_.Spreads}) {
        for (const model::Spread& spread : *list) {
            spreads_.emplace_back(fleet_, spread, group_.Count);
            spread_weights_ += spread.Weight;
        }
    }
}

void GroupPlacer::open_properties() {
    properties_.clear();
    for (const auto* list : {&job_.Constraints, &group_.Constraints}) {
        for (const model::Constraint& constraint : *list) {
            if (!is_distinct_property(constraint)) continue;
            const int64_t limit = std::atoll(constraint.RTarget.c_str());
            properties_.push_back({ValueUses(fleet_, constraint.LTarget), constraint.LTarget, limit > 0 ? limit : 1,
                                   list == &job_.Constraints});
        }
    }
}

void GroupPlacer::open() {
    open_ = true;
    judge_nodes();
    board_ = ScoreBoard(fleet_.slots(), settings_.tie_seed);
    evictions_.clear();
    evictions_followed_.reset();
    device_affinities_.assign(resources_.has_device_affinity() ? fleet_.slots() : 0, 0);
    job_here_.assign(fleet_.slots(), 0);
    group_here_.assign(fleet_.slots(), 0);
    open_affinities();
    open_spreads();
    open_properties();
    followed_ = 0;
    const auto& changes = proposal_.changes();
    for (; followed_ < changes.size(); ++followed_) count(changes[followed_]);
    for (SpreadBlock& block : spreads_) block.update(spread_weights_);
    score_all();
}

}  // namespace drover::scheduler
