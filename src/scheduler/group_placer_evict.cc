// Nodes that are full, and who would have to leave them.
#include <algorithm>
#include <set>

#include "model/fit.h"
#include "scheduler/group_placer.h"

namespace drover::scheduler {

std::optional<GroupPlacer::Eviction> GroupPlacer::eviction_on(Slot slot, const Preemption& preemption) const {
    if (!feasible_[slot] || !verdicts_.exhausted(verdicts_.of(slot))) return std::nullopt;
    const Usage ask = ask_on(slot);
    Usage after = fit(slot).free, before = after;
    before += ask;
    auto victims = preemption.victims(slot, group_, ask, before);
    if (!victims) return std::nullopt;
    for (const Running& alloc : *victims) after += alloc.usage;
    const Fleet::Chunk& chunk = fleet_.chunk(slot / Fleet::kChunk);
    const size_t i = slot % Fleet::kChunk;
    Score score = this->score(
        slot, packing_score(settings_.packing, after.cpu * chunk.per_cpu[i], after.memory * chunk.per_memory[i]));
    score.preemption = Preemption::score(*victims);
    return Eviction{slot, std::move(*victims), score};
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

const GroupPlacer::Eviction* GroupPlacer::maybe_eviction(const Preemption& preemption, const Wish& wish) {
    follow();
    if (wish.only == kNoSlot) {
        follow_evictions(preemption);
    } else {
        evictions_.clear();
        evictions_followed_.reset();
        if (auto eviction = eviction_on(wish.only, preemption)) evictions_.push_back(std::move(*eviction));
    }
    for (Eviction& eviction : evictions_) {
        const auto& failed = wish.penalized;
        const bool penalized = std::find(failed.begin(), failed.end(), eviction.slot) != failed.end();
        eviction.score.reschedule_penalty = penalized ? -1 : 0;
    }
    const auto best = std::max_element(evictions_.begin(), evictions_.end(), [](const Eviction& a, const Eviction& b) {
        const double x = a.score.mean(), y = b.score.mean();
        return x != y ? x < y : a.slot > b.slot;
    });
    return best == evictions_.end() ? nullptr : &*best;
}

void GroupPlacer::refuse_eviction(Slot slot) {
    std::erase_if(evictions_, [&](const Eviction& eviction) { return eviction.slot == slot; });
    evictions_followed_ = proposal_.changes().size();
}

}  // namespace drover::scheduler
