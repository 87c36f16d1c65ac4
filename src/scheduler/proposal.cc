#include "scheduler/proposal.h"

#include "model/alloc_rules.h"

namespace drover::scheduler {

Proposal::Proposal(const Fleet& fleet, const std::vector<Shared<model::Allocation>>& job_allocs) : fleet_(fleet) {
    for (const auto& alloc : job_allocs) {
        if (model::terminal(*alloc)) continue;
        const Slot slot = fleet.slot_of(alloc->NodeID);
        if (slot != kNoSlot) changes_.push_back({slot, 1, *groups_.insert(alloc->TaskGroup).first});
    }
}

void Proposal::place(Slot slot, const Shared<model::AllocatedResources>& resources, const Usage& usage,
                     const std::string& group) {
    usage_[slot] += usage;
    placed_[slot].push_back(resources);
    changes_.push_back({slot, 1, *groups_.insert(group).first});
}

void Proposal::stop(const Shared<model::Allocation>& alloc) {
    if (!stopped_.insert(alloc->ID).second) return;
    const Slot slot = fleet_.slot_of(alloc->NodeID);
    if (slot == kNoSlot) return;
    usage_[slot] += -usage_of(*alloc);
    changes_.push_back({slot, model::terminal(*alloc) ? 0 : -1, *groups_.insert(alloc->TaskGroup).first});
}

void Proposal::undo_stop(const Shared<model::Allocation>& alloc) {
    if (stopped_.erase(alloc->ID) == 0) return;
    const Slot slot = fleet_.slot_of(alloc->NodeID);
    if (slot == kNoSlot) return;
    usage_[slot] += usage_of(*alloc);
    changes_.push_back({slot, model::terminal(*alloc) ? 0 : 1, *groups_.insert(alloc->TaskGroup).first});
}

void Proposal::evict(const std::string& alloc_id, Slot slot, const Usage& usage) {
    if (!stopped_.insert(alloc_id).second) return;
    usage_[slot] += -usage;
    changes_.push_back({slot, 0, {}});
}

void Proposal::undo_evict(const std::string& alloc_id, Slot slot, const Usage& usage) {
    if (stopped_.erase(alloc_id) == 0) return;
    usage_[slot] += usage;
    changes_.push_back({slot, 0, {}});
}

const std::vector<Shared<model::AllocatedResources>>& Proposal::placed_on(Slot slot) const {
    static const std::vector<Shared<model::AllocatedResources>> kNone;
    const auto it = placed_.find(slot);
    return it == placed_.end() ? kNone : it->second;
}

}  // namespace drover::scheduler
