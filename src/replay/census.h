#pragma once
// Follows the versions of the state and counts what becomes of allocations and evaluations. Lives with the store, on
// the thread that applies; figures are read between commands.

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "replay/figures.h"
#include "state/store.h"

namespace drover::replay {

struct Counts {
    int64_t placed = 0;     // allocations that were made
    int64_t completed = 0;  // that ended well by themselves, or were stopped
    int64_t failed = 0;
    int64_t lost = 0;  // with their nodes
    int64_t preempted = 0;
    int64_t evaluations = 0;         // that were complete
    int64_t failed_evaluations = 0;  // or failed
};

class Census {
public:
    // Counts what happens from now on.
    Census(state::Store& store, const Clock& clock);

    const Counts& counts() const { return counts_; }
    // From the evaluation that asked for an allocation, or the beginning, until it was placed. What found no room waits
    // since the first evaluation that found none for it; of a group's, what waits longest is placed first. Milliseconds
    // of virtual time.
    const Distribution& placement_ms() const { return placement_ms_; }
    // What allocations asked for, each by itself.
    const Distribution& cpu() const { return cpu_; }
    const Distribution& memory() const { return memory_; }
    const Distribution& devices() const { return devices_; }  // of those that asked for any
    // Jobs of which something waits for room.
    size_t waiting_jobs() const { return waiting_since_.size(); }

private:
    using JobKey = std::pair<std::string, std::string>;  // namespace, job

    void follow(const state::View& before, const state::View& after);
    void note_placed(const state::View& view, const state::AllocRef& alloc);
    void note_change(const state::AllocRef& before, const state::AllocRef& now);
    void note_eval(const model::Evaluation* maybe_before, const model::Evaluation& now);
    void note_left_blocked(const state::View& view);
    void note_left(const model::Evaluation& eval);
    void note_waiting(const JobKey& job, const std::string& group, int64_t count, int64_t since);
    std::optional<int64_t> end_wait(const state::AllocRef& alloc, const model::Evaluation& eval);

    const Clock& clock_;
    const int64_t begin_;
    Counts counts_;
    Distribution placement_ms_, cpu_, memory_, devices_;
    // Each that waits, by group, the longest first; none is empty.
    std::map<JobKey, std::map<std::string, std::deque<int64_t>>> waiting_since_;
};

}  // namespace drover::replay
