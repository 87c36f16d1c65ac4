#pragma once
// Which allocations of less important jobs would have to go so that a task group fits a node, and what that costs in
// its score. Belongs to one evaluation; no threads; nothing fails but "not by eviction either".

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "model/job.h"
#include "scheduler/proposal.h"
#include "scheduler/snapshot.h"

namespace drover::scheduler {

class Preemption {
public:
    // Allocations give way to a job whose priority is at least this much higher.
    static constexpr int64_t kLeastDifference = 10;

    using Victims = std::vector<Running>;

    // For a job of that name and priority. Its own allocations never give way to it, whatever version they are of.
    Preemption(const Snapshot& snapshot, const Proposal& proposal, std::string namespace_, std::string job_id,
               int64_t priority)
        : snapshot_(snapshot),
          proposal_(proposal),
          namespace_(std::move(namespace_)),
          job_id_(std::move(job_id)),
          priority_(priority) {}

    // Those that must go so that the group gets its static ports, its devices and `ask` on that node, where `free` is
    // free now. Nothing: there are not enough, or none are needed. Whether the group then fits is for the caller to
    // see: cores and dynamic ports are not looked at.
    std::optional<Victims> victims(Slot slot, const model::TaskGroup& group, const Usage& ask, const Usage& free) const;

    // Counts them, so that later choices prefer other groups.
    void note(const Victims& evicted);

    // The score of evicting them, 0..1: less for more, and more important, victims.
    static double score(const Victims& victims);

private:
    using GroupKey = std::tuple<std::string, std::string, std::string>;  // namespace, job, group
    using GroupView = std::tuple<std::string_view, std::string_view, std::string_view>;

    // What a group may lose at once, and what it has lost.
    struct Losses {
        int64_t most = 0, already = 0;
        double penalty() const;  // of one more
    };

    bool take_port_owners(const model::TaskGroup& group, Slot slot, const Victims& there, Victims& candidates,
                          Victims& chosen) const;
    bool take_device_owners(const model::TaskGroup& group, Slot slot, const Victims& there, Victims& candidates,
                            Victims& chosen) const;
    bool take_for_amounts(const Usage& ask, Usage free, Victims candidates, Victims& chosen) const;
    std::optional<Victims> nearest(const Usage& ask, const Usage& free, Victims candidates) const;
    Losses losses_of(const Running& alloc) const;
    bool is_own(const Running& alloc) const { return alloc.job->ID == job_id_ && alloc.job->Namespace == namespace_; }
    static GroupView key_of(const Running& alloc) { return {alloc.job->Namespace, alloc.job->ID, alloc.task_group}; }

    const Snapshot& snapshot_;
    const Proposal& proposal_;
    std::string namespace_, job_id_;
    int64_t priority_;
    std::map<GroupKey, int64_t, std::less<>> evicted_;
};

// Whether the cluster lets jobs of that type evict others.
bool may_evict(const model::SchedulerConfiguration& config, std::string_view job_type);

}  // namespace drover::scheduler
