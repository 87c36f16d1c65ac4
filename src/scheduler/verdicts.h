#pragma once
// What was found about each slot: open, outside the node set, or refused for a reason; and the counts that placement
// metrics show of them. One owner; no threads.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/alloc.h"
#include "scheduler/fleet.h"

namespace drover::scheduler {

enum class Refusal { filtered, exhausted };

class Verdicts {
public:
    using Id = uint32_t;
    static constexpr Id kOpen = 0;
    static constexpr Id kOutside = 1;

    Verdicts() = default;
    explicit Verdicts(const Fleet& fleet);

    // The verdict of that name, made at first use.
    Id id(Refusal refusal, std::string_view reason);
    bool filtered(Id id) const { return id > kOutside && kinds_[id].refusal == Refusal::filtered; }

    std::string_view reason(Id id) const { return kinds_[id].reason; }  // of one of the two
    Id of(Slot slot) const { return by_slot_[slot]; }
    void set(Slot slot, Id id);

    // Fills in NodesFiltered, ConstraintFiltered, ClassFiltered and their likes of exhausted nodes.
    void fill(model::AllocMetric& metrics) const;
    // The same of one slot alone.
    void fill_one(Slot slot, model::AllocMetric& metrics) const;
    bool exhausted(Id id) const { return id > kOutside && kinds_[id].refusal == Refusal::exhausted; }

private:
    struct Kind {
        Refusal refusal = Refusal::filtered;
        std::string reason;
        int64_t nodes = 0;
    };
    void count(Slot slot, Id id, int64_t delta);

    const Fleet* fleet_ = nullptr;
    std::vector<Id> by_slot_;
    std::vector<Kind> kinds_;
    std::map<std::pair<int, std::string>, Id, std::less<>> ids_;
    std::map<std::string, int64_t> class_filtered_, class_exhausted_;  // by node class
};

}  // namespace drover::scheduler
