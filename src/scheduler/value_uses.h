#pragma once
// How often the values of one node property (a data centre, a rack) are used by the allocations of a job or group: the
// ground of `spread` and `distinct_property`. Belongs to one evaluation; no threads.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/resources.h"
#include "scheduler/constraint.h"
#include "scheduler/fleet.h"

namespace drover::scheduler {

class ValueUses {
public:
    static constexpr uint32_t kMissing = 0;  // the value of nodes without the property

    ValueUses(const Fleet& fleet, std::string_view target);

    uint32_t value_of(Slot slot) const { return values_[slot]; }
    const std::string& name_of(uint32_t value) const { return names_[value]; }
    size_t size() const { return names_.size(); }  // values are 1 .. size() - 1
    const std::vector<Slot>& slots_with(uint32_t value) const { return slots_[value]; }
    int64_t uses(uint32_t value) const { return uses_[value]; }
    void add(Slot slot, int delta) { uses_[values_[slot]] += delta; }

private:
    std::vector<uint32_t> values_;  // by slot
    std::vector<std::string> names_;
    std::vector<std::vector<Slot>> slots_;
    std::vector<int64_t> uses_;
};

// One spread block: what a further allocation on a node of a value is worth.
class SpreadBlock {
public:
    SpreadBlock(const Fleet& fleet, const model::Spread& spread, int64_t count);

    ValueUses& uses() { return uses_; }
    const ValueUses& uses() const { return uses_; }
    double boost(uint32_t value) const { return boosts_[value]; }
    // Works the boosts out again. `weights`: the sum over all blocks of the group. Returns the values whose boost
    // changed.
    const std::vector<uint32_t>& update(double weights);

private:
    double targeted(uint32_t value, double weights) const;
    double even(uint32_t value) const;
    double desired(uint32_t value) const;

    ValueUses uses_;
    double weight_ = 0;
    bool has_targets_ = false;
    std::map<std::string, double, std::less<>> desired_;  // `*`: what unlisted values share
    std::vector<double> boosts_;
    std::vector<uint32_t> changed_;
    double lowest_ = -1;         // boost of values of which none are wanted
    int64_t min_ = 0, max_ = 0;  // over the used values, for an even spread
};

}  // namespace drover::scheduler
