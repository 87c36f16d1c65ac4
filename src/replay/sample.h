#pragma once
// A look at the cluster at one moment: how full it is, and how much of what is free is of use. Pure; any thread.

#include "replay/report.h"
#include "scheduler/fleet_keeper.h"

namespace drover::replay {

// The allocation that fragmentation is measured with. Nothing was asked for yet: all zero.
struct MedianAsk {
    int64_t cpu = 0, memory = 0, devices = 0;
};

// All but the time and the waiting jobs.
Sample sample_of(const scheduler::ViewFleet& source, const MedianAsk& ask);

// Whether every job has what it asks for.
Outcome outcome_of(const state::View& view);

}  // namespace drover::replay
