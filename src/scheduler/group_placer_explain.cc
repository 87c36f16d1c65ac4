// What a placer can tell of the nodes that it did not choose.
#include <algorithm>
#include <numeric>

#include "scheduler/group_placer.h"

namespace drover::scheduler {
namespace {

bool is_amount(std::string_view dimension) {
    return dimension == "cpu" || dimension == "memory" || dimension == "disk" ||
           dimension == "max allocations exceeded";
}

}  // namespace

void GroupPlacer::look_anew() {
    look(alloc_name_);
    if (resources_.uniform()) return;
    SeededRng rng(settings_.tie_seed);  // which ports it would get makes no difference
    for (Slot slot = 0; slot < fleet_.slots(); ++slot) {
        if (board_.score(slot) > kRefused) maybe_resources_on(slot, rng);
    }
}

std::vector<Slot> GroupPlacer::explained() const {
    if (alone_ != kNoSlot) return {alone_};
    std::vector<Slot> slots(fleet_.slots());
    std::iota(slots.begin(), slots.end(), Slot{0});
    return slots;
}

std::vector<GroupPlacer::Refused> GroupPlacer::refused() const {
    std::vector<Refused> found;
    for (Slot slot : explained()) {
        const Verdicts::Id id = verdicts_.of(slot);
        if (!verdicts_.filtered(id) && !verdicts_.exhausted(id)) continue;
        const std::string_view reason = verdicts_.reason(id);
        const bool exhausted = verdicts_.exhausted(id);
        found.push_back({slot, exhausted, exhausted && is_amount(reason), fit(slot).exceeded.empty(), reason});
    }
    return found;
}

std::vector<GroupPlacer::Shortfall> GroupPlacer::shortfalls() const {
    std::vector<Shortfall> found;
    for (Slot slot : explained()) {
        const Verdicts::Id id = verdicts_.of(slot);
        if (!feasible_[slot] || !verdicts_.exhausted(id) || !is_amount(verdicts_.reason(id))) continue;
        const Usage free = fit(slot).free, ask = ask_on(slot);
        Shortfall shortfall{slot, {}, 0};
        const auto add = [&](std::string_view dimension, double left, double asked) {
            if (left >= 0) return;
            const double part = asked > 0 ? -left / asked : -left;
            shortfall.lacks.push_back({dimension, -left, part});
            shortfall.part = std::max(shortfall.part, part);
        };
        add("cpu", free.cpu, ask.cpu);
        add("memory", free.memory, ask.memory);
        add("disk", free.disk, ask.disk);
        add("allocations", free.allocs, ask.allocs);
        if (!shortfall.lacks.empty()) found.push_back(std::move(shortfall));
    }
    return found;
}

int64_t GroupPlacer::takers() {
    look_anew();
    int64_t count = 0;
    for (Slot slot = 0; slot < fleet_.slots(); ++slot) count += board_.score(slot) > kRefused;
    return count;
}

}  // namespace drover::scheduler
