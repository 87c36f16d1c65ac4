#include "scheduler/group_placer.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "model/fit.h"

namespace drover::scheduler {
namespace {

constexpr size_t kScoresShown = 5;
constexpr std::string_view kClassIneligible = "computed class ineligible";

bool wants_distinct_hosts(const List<model::Constraint>& constraints) {
    return std::any_of(constraints.begin(), constraints.end(),
                       [](const model::Constraint& c) { return is_distinct_hosts(c) && c.RTarget != "false"; });
}

bool has_per_alloc_volume(const model::TaskGroup& group) {
    return std::any_of(group.Volumes.begin(), group.Volumes.end(), [](const auto& v) { return v.second.PerAlloc; });
}

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

Map<double> shown(const Score& score, bool each_node) {
    Map<double> scores;
    scores["binpack"] = score.binpack;
    if (score.has_devices) scores["devices"] = score.devices;
    if (score.preemption != 0) scores["preemption"] = score.preemption;
    if (each_node) return scores;
    scores["job-anti-affinity"] = score.job_anti_affinity;
    scores["node-affinity"] = score.node_affinity;
    scores["node-reschedule-penalty"] = score.reschedule_penalty;
    if (score.spread != 0) scores["allocation-spread"] = score.spread;
    return scores;
}

}  // namespace

GroupPlacer::GroupPlacer(const Snapshot& snapshot, const Proposal& proposal, const model::Job& job,
                         const model::TaskGroup& group, Settings settings)
    : snapshot_(snapshot),
      fleet_(snapshot.fleet()),
      proposal_(proposal),
      job_(job),
      group_(group),
      settings_(settings),
      checks_(job, group),
      resources_(group, settings.memory_oversubscription),
      distinct_job_hosts_(wants_distinct_hosts(job.Constraints)),
      distinct_group_hosts_(wants_distinct_hosts(group.Constraints)),
      per_alloc_volumes_(has_per_alloc_volume(group)) {}

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

void GroupPlacer::count(const Proposal::Change& change) {
    const bool own = change.group == group_.Name;
    job_here_[change.slot] += change.delta;
    if (own) group_here_[change.slot] += change.delta;
    for (Property& property : properties_) {
        if (own || property.job_level) property.uses.add(change.slot, change.delta);
    }
    if (!own) return;
    for (SpreadBlock& block : spreads_) block.uses().add(change.slot, change.delta);
}

void GroupPlacer::score_all() {
    const bool plain = affinities_.empty() && spreads_.empty() && properties_.empty();
    double scores[Fleet::kChunk];
    for (size_t begin = 0; begin < fleet_.slots(); begin += Fleet::kChunk) {
        score_chunk(settings_.packing, fleet_.chunk(begin / Fleet::kChunk), resources_.ask(), scores);
        const size_t end = std::min(begin + Fleet::kChunk, fleet_.slots());
        for (size_t slot = begin; slot < end; ++slot) {
            const double value = feasible_[slot] ? scores[slot - begin] : kRefused;
            const bool again = feasible_[slot] && (!plain || value <= kRefused);
            board_.put(static_cast<Slot>(slot), again ? rescored(static_cast<Slot>(slot)) : value);
        }
    }
    for (const Proposal::Change& change : proposal_.changes()) {
        if (feasible_[change.slot]) board_.put(change.slot, rescored(change.slot));
    }
    board_.build();
}

GroupPlacer::Fit GroupPlacer::fit(Slot slot) const {
    const Fleet::Chunk& chunk = fleet_.chunk(slot / Fleet::kChunk);
    const size_t i = slot % Fleet::kChunk;
    Fit result{{chunk.free_cpu[i], chunk.free_memory[i], chunk.free_disk[i], chunk.free_allocs[i]}, {}};
    if (const Usage* change = proposal_.change_of(slot)) result.free += -*change;
    result.free += -resources_.ask();
    if (result.free.cpu < 0) {
        result.exceeded = "cpu";
    } else if (result.free.memory < 0) {
        result.exceeded = "memory";
    } else if (result.free.disk < 0) {
        result.exceeded = "disk";
    } else if (result.free.allocs < 0) {
        result.exceeded = "max allocations exceeded";
    }
    return result;
}

std::string GroupPlacer::forbidden(Slot slot) const {
    if ((distinct_job_hosts_ && job_here_[slot] > 0) || (distinct_group_hosts_ && group_here_[slot] > 0)) {
        return "distinct_hosts";
    }
    for (const Property& property : properties_) {
        const uint32_t value = property.uses.value_of(slot);
        if (value == ValueUses::kMissing) return "missing property " + property.target;
        const int64_t uses = property.uses.uses(value);
        if (uses < property.limit) continue;
        return "distinct_property: " + property.target + "=" + property.uses.name_of(value) + " used by " +
               std::to_string(uses) + " allocs";
    }
    return {};
}

Score GroupPlacer::score(Slot slot, double binpack) const {
    Score score;
    score.binpack = binpack;
    if (settings_.each_node) return score;
    if (group_here_[slot] > 0) {
        score.job_anti_affinity = -static_cast<double>(group_here_[slot] + 1) / static_cast<double>(group_.Count);
    }
    if (!penalized_.empty() && std::find(penalized_.begin(), penalized_.end(), slot) != penalized_.end()) {
        score.reschedule_penalty = -1;
    }
    score.has_affinity = !affinities_.empty();
    if (score.has_affinity) score.node_affinity = affinities_[slot];
    for (const SpreadBlock& block : spreads_) score.spread += block.boost(block.uses().value_of(slot));
    return score;
}

// What a feasible slot is worth now; notes why it is refused.
double GroupPlacer::rescored(Slot slot) {
    if (distinct_job_hosts_ || distinct_group_hosts_ || !properties_.empty()) {
        if (const std::string reason = forbidden(slot); !reason.empty()) {
            verdicts_.set(slot, verdicts_.id(Refusal::filtered, reason));
            return kRefused;
        }
    }
    const Fit after = fit(slot);
    if (!after.exceeded.empty()) {
        verdicts_.set(slot, verdicts_.id(Refusal::exhausted, after.exceeded));
        return kRefused;
    }
    const Fleet::Chunk& chunk = fleet_.chunk(slot / Fleet::kChunk);
    const size_t i = slot % Fleet::kChunk;
    const double binpack =
        packing_score(settings_.packing, after.free.cpu * chunk.per_cpu[i], after.free.memory * chunk.per_memory[i]);
    verdicts_.set(slot, Verdicts::kOpen);
    return score(slot, binpack).mean();
}

// Where most scores change, finding the best anew costs less than keeping it.
void GroupPlacer::rescore(const std::vector<Slot>& slots) {
    const bool many = slots.size() > fleet_.slots() / 8;
    for (Slot slot : slots) {
        if (!feasible_[slot]) continue;
        const double value = rescored(slot);
        if (many) {
            board_.put(slot, value);
        } else {
            board_.set(slot, value);
        }
    }
    if (many) board_.build();
}

void GroupPlacer::follow() {
    const auto& changes = proposal_.changes();
    if (followed_ == changes.size()) return;
    std::vector<Slot> slots;
    for (; followed_ < changes.size(); ++followed_) {
        const Proposal::Change& change = changes[followed_];
        count(change);
        slots.push_back(change.slot);
        for (const Property& property : properties_) {
            const auto& same = property.uses.slots_with(property.uses.value_of(change.slot));
            slots.insert(slots.end(), same.begin(), same.end());
        }
    }
    for (SpreadBlock& block : spreads_) {
        for (uint32_t value : block.update(spread_weights_)) {
            const auto& same = block.uses().slots_with(value);
            slots.insert(slots.end(), same.begin(), same.end());
        }
    }
    rescore(slots);
}

std::optional<GroupResources::Given> GroupPlacer::resources_on(Slot slot, Rng& rng) {
    if (resources_.uniform()) return GroupResources::Given{resources_.common(), 0, false};
    auto on_node = resources_.on_node(snapshot_, proposal_, slot, rng);
    if (on_node) return std::move(*on_node);
    verdicts_.set(slot, verdicts_.id(Refusal::exhausted, on_node.error().message));
    board_.set(slot, kRefused);
    return std::nullopt;
}

GroupPlacer::Choice GroupPlacer::choice_of(Slot slot, const GroupResources::Given& given) const {
    const bool uniform = resources_.uniform();
    return {slot, given.resources, uniform ? resources_.ask() : usage_of(model::sums_of(*given.resources))};
}

std::optional<GroupPlacer::Choice> GroupPlacer::take(Slot slot, Rng& rng) {
    const auto given = resources_on(slot, rng);
    if (!given) return std::nullopt;
    for (Slot shown : board_.top(kScoresShown)) best_.emplace_back(shown, exact_score(shown));
    for (auto& [shown, exact] : best_) {
        if (shown != slot || !given->has_device_affinity) continue;
        exact.has_devices = true;
        exact.devices = given->device_affinity;
    }
    return choice_of(slot, *given);
}

// Brings the scores up to date.
void GroupPlacer::look(std::string_view alloc_name) {
    if (!open_ || (per_alloc_volumes_ && alloc_name != alloc_name_)) {
        alloc_name_ = alloc_name;
        open();
    } else {
        follow();
    }
    best_.clear();
    alone_ = kNoSlot;
}

std::optional<GroupPlacer::Choice> GroupPlacer::choose(const Wish& wish, Rng& rng) {
    look(wish.alloc_name);
    penalized_ = wish.penalized;
    rescore(penalized_);
    std::optional<Choice> choice;
    if (wish.only != kNoSlot) {
        if (board_.score(wish.only) > kRefused) choice = take(wish.only, rng);
    } else {
        for (Slot slot = board_.best(); slot != kNoSlot && !choice; slot = board_.best()) choice = take(slot, rng);
    }
    const std::vector<Slot> penalized = std::exchange(penalized_, {});
    rescore(penalized);
    return choice;
}

std::optional<GroupPlacer::Choice> GroupPlacer::choose_on(Slot slot, std::string_view alloc_name, double preemption,
                                                          Rng& rng) {
    look(alloc_name);
    if (settings_.each_node) alone_ = slot;
    if (board_.score(slot) <= kRefused) return std::nullopt;
    const auto given = resources_on(slot, rng);
    if (!given) return std::nullopt;
    Score exact = exact_score(slot);
    exact.preemption = preemption;
    exact.has_devices = given->has_device_affinity;
    exact.devices = given->device_affinity;
    best_.emplace_back(slot, exact);
    return choice_of(slot, *given);
}

std::optional<GroupPlacer::Eviction> GroupPlacer::eviction_on(Slot slot, const Preemption& preemption) const {
    if (!feasible_[slot] || !verdicts_.exhausted(verdicts_.of(slot))) return std::nullopt;
    Usage after = fit(slot).free, before = after;
    before += resources_.ask();
    auto victims = preemption.victims(slot, group_, resources_.ask(), before);
    if (!victims) return std::nullopt;
    for (const Running& alloc : *victims) after += alloc.usage;
    const Fleet::Chunk& chunk = fleet_.chunk(slot / Fleet::kChunk);
    const size_t i = slot % Fleet::kChunk;
    Score score = this->score(
        slot, packing_score(settings_.packing, after.cpu * chunk.per_cpu[i], after.memory * chunk.per_memory[i]));
    score.preemption = Preemption::score(*victims);
    return Eviction{slot, std::move(*victims), score.preemption, score.mean()};
}

// All nodes at first, then those that the proposal has changed.
void GroupPlacer::follow_evictions(const Preemption& preemption) {
    const auto& changes = proposal_.changes();
    std::set<Slot> slots;
    for (size_t i = evictions_followed_.value_or(changes.size()); i < changes.size(); ++i)
        slots.insert(changes[i].slot);
    std::erase_if(evictions_, [&](const Eviction& eviction) { return slots.contains(eviction.slot); });
    const auto look_at = [&](Slot slot) {
        if (auto eviction = eviction_on(slot, preemption)) evictions_.push_back(std::move(*eviction));
    };
    if (evictions_followed_) {
        for (Slot slot : slots) look_at(slot);
    } else {
        for (Slot slot = 0; slot < fleet_.slots(); ++slot) look_at(slot);
    }
    evictions_followed_ = changes.size();
}

const GroupPlacer::Eviction* GroupPlacer::maybe_eviction(const Preemption& preemption, Slot only) {
    follow();
    if (only == kNoSlot) {
        follow_evictions(preemption);
    } else {
        evictions_.clear();
        if (auto eviction = eviction_on(only, preemption)) evictions_.push_back(std::move(*eviction));
    }
    const auto best = std::max_element(evictions_.begin(), evictions_.end(), [](const Eviction& a, const Eviction& b) {
        return a.score != b.score ? a.score < b.score : a.slot > b.slot;
    });
    return best == evictions_.end() ? nullptr : &*best;
}

void GroupPlacer::refuse_eviction(Slot slot) {
    std::erase_if(evictions_, [&](const Eviction& eviction) { return eviction.slot == slot; });
    evictions_followed_ = proposal_.changes().size();
}

bool GroupPlacer::may_run(Slot slot, std::string_view alloc_name) {
    look(alloc_name);
    return feasible_[slot] != 0;
}

// With the C library's powers, as it is shown.
Score GroupPlacer::exact_score(Slot slot) const {
    const Fleet::Chunk& chunk = fleet_.chunk(slot / Fleet::kChunk);
    const size_t i = slot % Fleet::kChunk;
    const Usage free = fit(slot).free;
    const auto share = [](double left, double per_unit) { return per_unit > 0 ? left / std::round(1 / per_unit) : 0; };
    const model::FreeShares shares{share(free.cpu, chunk.per_cpu[i]), share(free.memory, chunk.per_memory[i])};
    const bool binpack = settings_.packing == Packing::binpack;
    return score(slot, binpack ? model::binpack_score(shares) : model::spread_score(shares));
}

model::AllocMetric GroupPlacer::metrics() const {
    model::AllocMetric metrics;
    metrics.NodesEvaluated = alone_ == kNoSlot ? in_set_ : 1;
    metrics.NodesInPool = in_set_;
    metrics.NodePool = job_.NodePool;
    metrics.NodesAvailable.made = true;
    for (const auto& [datacenter, nodes] : available_) metrics.NodesAvailable[datacenter] = nodes;
    if (alone_ == kNoSlot) {
        verdicts_.fill(metrics);
    } else {
        verdicts_.fill_one(alone_, metrics);
    }
    const auto exhausted = [&](const char* dimension) {
        const int64_t* nodes = metrics.DimensionExhausted.get(dimension);
        return nodes ? *nodes : 0;
    };
    const int64_t no_cpu = exhausted("cpu"), no_memory = exhausted("memory");
    for (const model::Task& task : group_.Tasks) {
        if (!task.Resources || no_cpu + no_memory == 0) continue;
        model::Resources& asked = metrics.ResourcesExhausted[task.Name];
        asked.CPU = task.Resources->CPU * no_cpu;
        asked.MemoryMB = task.Resources->MemoryMB * no_memory;
    }
    metrics.ScoreMetaData.reserve(best_.size());
    for (const auto& [slot, score] : best_) {
        metrics.ScoreMetaData.push_back({fleet_.node(slot)->ID, shown(score, settings_.each_node), score.mean()});
    }
    return metrics;
}

bool GroupPlacer::could_stay(Slot slot, std::string_view alloc_name) {
    const Fleet::Chunk& chunk = fleet_.chunk(slot / Fleet::kChunk);
    const model::Node& node = *chunk.nodes[slot % Fleet::kChunk];
    if (!in_node_set(job_, node.NodePool, node.Datacenter) || checks_.refuse_class(node)) return false;
    if (checks_.has_node_checks() && checks_.refuse_node(node, alloc_name)) return false;
    return fit(slot).exceeded.empty();
}

}  // namespace drover::scheduler
