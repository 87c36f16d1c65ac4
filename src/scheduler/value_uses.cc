#include "scheduler/value_uses.h"

#include <algorithm>

namespace drover::scheduler {

ValueUses::ValueUses(const Fleet& fleet, std::string_view text)
    : values_(fleet.slots(), kMissing), names_(1), slots_(1), uses_(1) {
    const Target target(text);
    std::map<std::string, uint32_t, std::less<>> ids;
    const auto id_on = [&](const model::Node& node) {
        const auto value = target.on(node);
        if (!value) return kMissing;
        const auto [it, added] = ids.emplace(*value, static_cast<uint32_t>(names_.size()));
        if (added) names_.emplace_back(*value);
        return it->second;
    };
    std::vector<uint32_t> by_class;
    if (!target.unique()) {
        for (const auto& entry : fleet.classes()) by_class.push_back(id_on(*entry->sample));
    }
    for (Slot slot = 0; slot < fleet.slots(); ++slot) {
        const auto& chunk = fleet.chunk(slot / Fleet::kChunk);
        const auto& node = chunk.nodes[slot % Fleet::kChunk];
        if (!node) continue;
        values_[slot] = target.unique() ? id_on(*node) : by_class[chunk.classes[slot % Fleet::kChunk]];
    }
    slots_.resize(names_.size());
    uses_.resize(names_.size());
    for (Slot slot = 0; slot < values_.size(); ++slot) slots_[values_[slot]].push_back(slot);
}

SpreadBlock::SpreadBlock(const Fleet& fleet, const model::Spread& spread, int64_t count)
    : uses_(fleet, spread.Attribute), weight_(spread.Weight), has_targets_(!spread.SpreadTarget.empty()) {
    const double total = static_cast<double>(count);
    double sum = 0;
    for (const model::SpreadTarget& target : spread.SpreadTarget) {
        const double wanted = target.Percent / 100.0 * total;
        desired_[target.Value] = wanted;
        sum += wanted;
    }
    if (has_targets_ && sum > 0 && sum < total) desired_.emplace("*", total - sum);
    boosts_.resize(uses_.size());
}

double SpreadBlock::desired(uint32_t value) const {
    auto it = desired_.find(uses_.name_of(value));
    if (it == desired_.end()) it = desired_.find("*");
    return it == desired_.end() ? -1 : it->second;
}

double SpreadBlock::targeted(uint32_t value, double weights) const {
    const double wanted = value == ValueUses::kMissing ? -1 : desired(value);
    if (wanted < 0) return -1;
    if (wanted == 0) return lowest_;
    return (wanted - static_cast<double>(uses_.uses(value) + 1)) / wanted * weight_ / weights;
}

double SpreadBlock::even(uint32_t value) const {
    if (value == ValueUses::kMissing) return -1;
    if (max_ == 0) return 0;
    const double used = static_cast<double>(uses_.uses(value));
    const double min = static_cast<double>(min_), max = static_cast<double>(max_);
    if (used != min) return (min - used) / min;
    return min == max ? -1 : (max - min) / min;
}

const std::vector<uint32_t>& SpreadBlock::update(double weights) {
    changed_.clear();
    if (!has_targets_) {
        min_ = max_ = 0;
        for (uint32_t value = 1; value < uses_.size(); ++value) {
            const int64_t used = uses_.uses(value);
            if (used > 0 && (min_ == 0 || used < min_)) min_ = used;
            max_ = std::max(max_, used);
        }
    }
    for (uint32_t value = 0; value < uses_.size(); ++value) {
        const double boost = has_targets_ ? targeted(value, weights) : even(value);
        lowest_ = std::min(lowest_, boost);
        if (boost == boosts_[value]) continue;
        boosts_[value] = boost;
        changed_.push_back(value);
    }
    return changed_;
}

}  // namespace drover::scheduler
