#pragma once
// What an evaluation has decided so far, as it changes the nodes for its further decisions: allocations that it places
// and stops. Groups that place read the changes as a list and follow it. Belongs to one evaluation; no threads.

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "model/alloc.h"
#include "scheduler/fleet.h"

namespace drover::scheduler {

class Proposal {
public:
    // One allocation of the job more (+1) or less (-1) on a node, or one of another job less (0). Slots are of nodes
    // that the fleet knows.
    struct Change {
        Slot slot;
        int delta;
        std::string_view group;
    };

    // Starts with the live allocations of the job, which the fleet's columns contain already.
    Proposal(const Fleet& fleet, const std::vector<Shared<model::Allocation>>& job_allocs);

    void place(Slot slot, const Shared<model::AllocatedResources>& resources, const Usage& usage,
               const std::string& group);
    // A stop makes room for what is placed later. undo_stop takes the latest stop back.
    void stop(const Shared<model::Allocation>& alloc);
    void undo_stop(const Shared<model::Allocation>& alloc);
    // The same for an allocation of another job.
    void evict(const std::string& alloc_id, Slot slot, const Usage& usage);
    void undo_evict(const std::string& alloc_id, Slot slot, const Usage& usage);

    const std::vector<Change>& changes() const { return changes_; }
    // How the fleet's columns of that node have changed; null: not at all.
    const Usage* change_of(Slot slot) const {
        const auto it = usage_.find(slot);
        return it == usage_.end() ? nullptr : &it->second;
    }
    const std::vector<Shared<model::AllocatedResources>>& placed_on(Slot slot) const;
    bool is_stopped(const std::string& alloc_id) const { return stopped_.contains(alloc_id); }

private:
    const Fleet& fleet_;
    std::vector<Change> changes_;
    std::unordered_map<Slot, Usage> usage_;
    std::unordered_map<Slot, std::vector<Shared<model::AllocatedResources>>> placed_;
    std::unordered_set<std::string> stopped_;
    std::unordered_set<std::string> groups_;  // the names that changes_ points at
};

}  // namespace drover::scheduler
