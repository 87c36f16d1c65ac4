#pragma once
// Why an evaluation was decided as it was: the same decision once more, with everything noted that was weighed. A pure
// function of what the decision was a function of.

#include "model/explain.h"
#include "scheduler/schedule.h"

namespace drover::scheduler {

class GroupPlacer;

// Takes part in one run of schedule() and notes each placement.
class Recorder {
public:
    static constexpr size_t kPlacementsShown = 20;  // of a group
    static constexpr size_t kNodesShown = 200;      // refused ones, of a placement

    // `max_priority`: the highest that a job may have.
    Recorder(const Snapshot& snapshot, int64_t max_priority) : snapshot_(snapshot), max_priority_(max_priority) {}

    // `maybe_alloc`: null if no node was found. The placer stands as it did when it chose.
    void note(const std::string& name, const GroupPlacer& placer, const model::AllocMetric& metrics,
              const model::Allocation* maybe_alloc);
    // The group could not be placed: what would help.
    void note_remedies(GroupPlacer& placer, std::string_view eval_type, bool may_evict);

    List<model::ExplainedGroup> take();

private:
    model::ExplainedGroup& group(const std::string& name);

    const Snapshot& snapshot_;
    int64_t max_priority_;
    List<model::ExplainedGroup> groups_;
};

// `now` and `seed` are those of the decision. The error is schedule()'s.
Result<model::EvalExplanation> explain(const Snapshot& snapshot, const model::Evaluation& eval, Time now, uint64_t seed,
                                       int64_t max_priority);

// Where the decision itself cannot be run again: from what its allocations and failures have kept.
model::EvalExplanation explain_stored(const Snapshot& now, const model::Evaluation& eval,
                                      const std::vector<Shared<model::Allocation>>& allocs, int64_t max_priority);

}  // namespace drover::scheduler
