#include "scheduler/verdicts.h"

namespace drover::scheduler {
namespace {

void copy_counts(const std::map<std::string, int64_t>& from, Map<int64_t>& to) {
    for (const auto& [name, count] : from) {
        if (count > 0) to[name] = count;
    }
}

}  // namespace

Verdicts::Verdicts(const Fleet& fleet) : fleet_(&fleet), by_slot_(fleet.slots(), kOutside), kinds_(2) {}

Verdicts::Id Verdicts::id(Refusal refusal, std::string_view reason) {
    const auto [it, added] =
        ids_.emplace(std::pair(static_cast<int>(refusal), std::string(reason)), static_cast<Id>(kinds_.size()));
    if (added) kinds_.push_back({refusal, std::string(reason), 0});
    return it->second;
}

void Verdicts::count(Slot slot, Id id, int64_t delta) {
    if (id <= kOutside) return;
    Kind& kind = kinds_[id];
    kind.nodes += delta;
    const uint32_t fleet_class = fleet_->chunk(slot / Fleet::kChunk).classes[slot % Fleet::kChunk];
    const std::string& node_class = fleet_->classes()[fleet_class]->node_class;
    if (node_class.empty()) return;
    (kind.refusal == Refusal::filtered ? class_filtered_ : class_exhausted_)[node_class] += delta;
}

void Verdicts::set(Slot slot, Id id) {
    if (by_slot_[slot] == id) return;
    count(slot, by_slot_[slot], -1);
    count(slot, id, 1);
    by_slot_[slot] = id;
}

void Verdicts::fill(model::AllocMetric& metrics) const {
    for (size_t i = kOutside + 1; i < kinds_.size(); ++i) {
        const Kind& kind = kinds_[i];
        if (kind.nodes <= 0) continue;
        const bool filtered = kind.refusal == Refusal::filtered;
        (filtered ? metrics.NodesFiltered : metrics.NodesExhausted) += kind.nodes;
        (filtered ? metrics.ConstraintFiltered : metrics.DimensionExhausted)[kind.reason] += kind.nodes;
    }
    copy_counts(class_filtered_, metrics.ClassFiltered);
    copy_counts(class_exhausted_, metrics.ClassExhausted);
}

void Verdicts::fill_one(Slot slot, model::AllocMetric& metrics) const {
    const Id id = by_slot_[slot];
    if (id <= kOutside) return;
    const Kind& kind = kinds_[id];
    const bool is_filtered = kind.refusal == Refusal::filtered;
    ++(is_filtered ? metrics.NodesFiltered : metrics.NodesExhausted);
    ++(is_filtered ? metrics.ConstraintFiltered : metrics.DimensionExhausted)[kind.reason];
    const std::string& node_class = fleet_->node(slot)->NodeClass;
    if (!node_class.empty()) ++(is_filtered ? metrics.ClassFiltered : metrics.ClassExhausted)[node_class];
}

}  // namespace drover::scheduler
