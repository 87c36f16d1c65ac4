#include "scheduler/group_placer.h"

#include <algorithm>
#include <cmath>

#include "model/fit.h"

namespace drover::scheduler {
namespace {

constexpr size_t kScoresShown = 5;

bool wants_distinct_hosts(const List<model::Constraint>& constraints) {
    return std::any_of(constraints.begin(), constraints.end(),
                       [](const model::Constraint& c) { return is_distinct_hosts(c) && c.RTarget != "false"; });
}

bool has_per_alloc_volume(const model::TaskGroup& group) {
    return std::any_of(group.Volumes.begin(), group.Volumes.end(), [](const auto& v) { return v.second.PerAlloc; });
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
      // A system job is on each node anyway, as often as its count says.
      distinct_job_hosts_(!settings.each_node && wants_distinct_hosts(job.Constraints)),
      distinct_group_hosts_(!settings.each_node && wants_distinct_hosts(group.Constraints)),
      per_alloc_volumes_(has_per_alloc_volume(group)) {}

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
    const bool plain = affinities_.empty() && spreads_.empty() && properties_.empty() && !resources_.wants_cores() &&
                       !resources_.has_device_affinity();
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

Usage GroupPlacer::ask_on(Slot slot) const {
    return resources_.wants_cores() ? resources_.ask_on(*fleet_.node(slot)) : resources_.ask();
}

GroupPlacer::Fit GroupPlacer::fit(Slot slot) const {
    const Fleet::Chunk& chunk = fleet_.chunk(slot / Fleet::kChunk);
    const size_t i = slot % Fleet::kChunk;
    Fit result{{chunk.free_cpu[i], chunk.free_memory[i], chunk.free_disk[i], chunk.free_allocs[i]}, {}};
    if (const Usage* change = proposal_.change_of(slot)) result.free += -*change;
    result.free += -ask_on(slot);
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
    score.has_devices = !device_affinities_.empty();
    if (score.has_devices) score.devices = device_affinities_[slot];
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

double GroupPlacer::refuse(Slot slot, std::string_view dimension) {
    verdicts_.set(slot, verdicts_.id(Refusal::exhausted, dimension));
    return kRefused;
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
    // Cores come with their MHz: where those lack, it may be the cores that do.
    if (after.exceeded == "cpu" && resources_.wants_cores() && !resources_.has_cores(snapshot_, proposal_, slot))
        return refuse(slot, kNoCores);
    if (!after.exceeded.empty()) return refuse(slot, after.exceeded);
    if (resources_.has_device_affinity()) {
        const auto affinity = resources_.device_affinity(snapshot_, proposal_, slot);
        device_affinities_[slot] = affinity.value_or(0);
        if (!affinity) return refuse(slot, kNoDevices);
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

// Null: it does not get them there, which is noted.
Shared<model::AllocatedResources> GroupPlacer::maybe_resources_on(Slot slot, Rng& rng) {
    if (resources_.uniform()) return resources_.common();
    auto on_node = resources_.on_node(snapshot_, proposal_, slot, rng);
    if (on_node) return std::move(*on_node);
    board_.set(slot, refuse(slot, on_node.error().message));
    return nullptr;
}

GroupPlacer::Choice GroupPlacer::choice_of(Slot slot, const Shared<model::AllocatedResources>& resources) const {
    return {slot, resources, resources_.uniform() ? resources_.ask() : usage_of(model::sums_of(*resources))};
}

std::optional<GroupPlacer::Choice> GroupPlacer::take(Slot slot, Rng& rng) {
    const auto resources = maybe_resources_on(slot, rng);
    if (!resources) return std::nullopt;
    for (Slot shown : board_.top(kScoresShown)) best_.emplace_back(shown, exact_score(shown));
    return choice_of(slot, resources);
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

std::optional<GroupPlacer::Choice> GroupPlacer::choose_on(const Wish& wish, double preemption, Rng& rng) {
    look(wish.alloc_name);
    const Slot slot = wish.only;
    if (settings_.each_node) alone_ = slot;
    if (board_.score(slot) <= kRefused) return std::nullopt;
    const auto resources = maybe_resources_on(slot, rng);
    if (!resources) return std::nullopt;
    penalized_ = wish.penalized;
    Score exact = exact_score(slot);
    penalized_.clear();
    exact.preemption = preemption;
    best_.emplace_back(slot, exact);
    return choice_of(slot, resources);
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
