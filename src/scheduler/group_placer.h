#pragma once
// Finds the best node for each allocation of one task group. Opening it looks at every node once; after that, every
// placement changes the score of one node (and of those that share a spread value with it), and the best of all is
// found over the best of each block of nodes. So the best node is the best node: nothing is sampled.
//
// Belongs to one evaluation; no threads; nothing fails but "no node".

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "model/alloc.h"
#include "model/job.h"
#include "scheduler/feasibility.h"
#include "scheduler/group_resources.h"
#include "scheduler/preemption.h"
#include "scheduler/proposal.h"
#include "scheduler/ranking.h"
#include "scheduler/score_board.h"
#include "scheduler/snapshot.h"
#include "scheduler/value_uses.h"
#include "scheduler/verdicts.h"

namespace drover::scheduler {

class GroupPlacer {
public:
    struct Settings {
        Packing packing = Packing::binpack;
        bool memory_oversubscription = false;
        bool explain = false;    // every node's own reason is kept, not only its class's
        bool each_node = false;  // of a system job: nodes do not compete, and metrics are of one node
        uint64_t tie_seed = 0;   // equal scores: which node is first differs from evaluation to evaluation
    };
    struct Wish {
        std::string_view alloc_name;
        std::vector<Slot> penalized;  // nodes where the predecessors failed
        Slot only = kNoSlot;          // the one node to look at; kNoSlot: all
    };
    struct Choice {
        Slot slot = kNoSlot;
        Shared<model::AllocatedResources> resources;
        Usage usage;
    };

    // `job` and `group` must live as long as this.
    GroupPlacer(const Snapshot& snapshot, const Proposal& proposal, const model::Job& job,
                const model::TaskGroup& group, Settings settings);

    // The best node. Nothing: no node is left; the metrics say why.
    std::optional<Choice> choose(const Wish& wish, Rng& rng);

    // The wish's one node, looked at alone: for system jobs, or after others were evicted there. `preemption`: that
    // part of its score, 0 for none.
    std::optional<Choice> choose_on(const Wish& wish, double preemption, Rng& rng);

    // A node that is full, but would take the allocation if others were evicted.
    struct Eviction {
        Slot slot;
        Preemption::Victims victims;
        Score score;
    };
    // The best of them, or null. Valid until the next call.
    const Eviction* maybe_eviction(const Preemption& preemption, const Wish& wish);
    // It did not help.
    void refuse_eviction(Slot slot);

    // Whether the group may run there at all, full or not.
    bool may_run(Slot slot, std::string_view alloc_name);

    // Looks at every node without choosing one, down to ports, cores and devices. The metrics and what explains them
    // are then of that look.
    void look_anew();

    // Of the latest choice, before the proposal goes on.
    model::AllocMetric metrics() const;

    // Whether an allocation of this group that runs there could stay there with these resources: for updates in place.
    // The allocation itself must have been stopped in the proposal.
    bool could_stay(Slot slot, std::string_view alloc_name);

    // For explanations, after a choice or a look. The nodes of the set that were refused; of a system job the one that
    // was looked at:
    struct Refused {
        Slot slot;
        bool exhausted;  // else filtered
        bool amount;     // exhausted in an amount
        bool has_room;   // as far as amounts go
        std::string_view reason;
    };
    std::vector<Refused> refused() const;
    // What those that are exhausted in amounts lack: the dimension, how much, and as part of what the group asks.
    struct Shortfall {
        struct Lack {
            std::string_view dimension;
            double missing, part;
        };
        Slot slot;
        std::vector<Lack> lacks;
        double part;  // the greatest
    };
    std::vector<Shortfall> shortfalls() const;
    // How many nodes would take one more, by another look.
    int64_t takers();
    // The same question of another specification of the job.
    GroupPlacer of(const model::Job& job, const model::TaskGroup& group) const {
        return GroupPlacer(snapshot_, proposal_, job, group, settings_);
    }
    // Whom the job could evict if it had that priority.
    Preemption preemption_for(int64_t priority) const {
        return Preemption(snapshot_, proposal_, job_.Namespace, job_.ID, priority);
    }
    std::optional<Eviction> eviction_on(Slot slot, const Preemption& preemption) const;
    const model::Job& job() const { return job_; }
    const model::TaskGroup& group() const { return group_; }

    // By computed class, of the nodes looked at: whether the group may run there. Empty if the group escapes classes.
    const std::map<std::string, bool>& class_eligibility() const { return class_eligibility_; }
    bool escapes() const { return checks_.escapes(); }

private:
    struct Property {
        ValueUses uses;
        std::string target;
        int64_t limit;
        bool job_level;
    };

    struct Fit {
        Usage free;  // after placing
        std::string_view exceeded;
    };

    void look(std::string_view alloc_name);
    void open();
    void judge_nodes();
    std::vector<Verdicts::Id> judge_classes();
    void open_affinities();
    void open_spreads();
    void open_properties();
    void score_all();
    void follow();  // the proposal's new changes
    void count(const Proposal::Change& change);
    double rescored(Slot slot);
    void rescore(const std::vector<Slot>& slots);
    Fit fit(Slot slot) const;
    // Why the allocations of this job elsewhere forbid the slot; empty: they do not.
    std::string forbidden(Slot slot) const;
    Score score(Slot slot, double binpack) const;
    double refuse(Slot slot, std::string_view dimension);  // for now; returns kRefused
    std::optional<Choice> take(Slot slot, Rng& rng);
    Shared<model::AllocatedResources> maybe_resources_on(Slot slot, Rng& rng);
    void follow_evictions(const Preemption& preemption);
    Choice choice_of(Slot slot, const Shared<model::AllocatedResources>& resources) const;
    Usage ask_on(Slot slot) const;
    Score exact_score(Slot slot) const;
    std::vector<Slot> explained() const;

    const Snapshot& snapshot_;
    const Fleet& fleet_;
    const Proposal& proposal_;
    const model::Job& job_;
    const model::TaskGroup& group_;
    Settings settings_;
    GroupChecks checks_;
    GroupResources resources_;

    bool open_ = false;
    std::string alloc_name_;  // that node checks were last made for
    size_t followed_ = 0;     // changes of the proposal
    std::vector<uint8_t> feasible_;
    Verdicts verdicts_;
    ScoreBoard board_;
    std::vector<uint16_t> job_here_, group_here_;  // live allocations, by slot
    std::vector<Slot> penalized_;
    std::vector<double> affinities_;         // by slot; empty without affinities
    std::vector<double> device_affinities_;  // the same of devices, of those that it would get there now
    std::vector<SpreadBlock> spreads_;
    double spread_weights_ = 0;
    std::vector<Property> properties_;
    bool distinct_job_hosts_ = false, distinct_group_hosts_ = false, per_alloc_volumes_ = false;
    std::map<std::string, bool> class_eligibility_;
    std::map<std::string, int64_t> available_;  // ready nodes by data centre
    int64_t in_set_ = 0;
    // Of the latest choice.
    std::vector<std::pair<Slot, Score>> best_;
    Slot alone_ = kNoSlot;  // the one node that was looked at
    // Once something did not fit: what could be evicted, as of so many changes of the proposal.
    std::vector<Eviction> evictions_;
    std::optional<size_t> evictions_followed_;
};

}  // namespace drover::scheduler
