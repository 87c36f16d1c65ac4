#pragma once
// An outcome of the scheduler as lines of text, two spaces before each. Pure functions of what they are given.

#include <set>
#include <string>

#include "model/explain.h"
#include "scheduler/memory_snapshot.h"
#include "scheduler/schedule.h"

namespace drover::scheduler::cases {

// What is shown beside the changes themselves.
struct Shown {
    std::string place;           // of a node: its name if empty; "none", "class", "dc" or "meta.K"
    std::set<std::string> more;  // "desired", "queued", "scores", "resources", "classes"

    bool wants(const char* what) const { return more.contains(what); }
};

std::string name_of_place(const MemorySnapshot& cluster, const std::string& node_id, const Shown& shown);

// `cluster` is as it was before the outcome's plan is applied.
std::string text_of(const Outcome& outcome, const MemorySnapshot& cluster, Time now, const Shown& shown);

// Placements with the nodes that were refused, and what would help.
std::string text_of(const model::EvalExplanation& explanation);

}  // namespace drover::scheduler::cases
