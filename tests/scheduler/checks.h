#pragma once
// What must hold of a cluster whatever happened to it. Each function returns what is wrong, or nothing. They work it
// out anew, without the scheduler's own columns and boards. Pure functions.

#include <string>

#include "scheduler/memory_snapshot.h"
#include "scheduler/schedule.h"

namespace drover::scheduler::cases {

// Nodes that the plan places on are not given twice what they have: amounts, cores, ports, devices, places.
std::string overcommitted(const MemorySnapshot& after, const model::Plan& plan);

// What the plan places stands on nodes that are ready, and whose properties its job's constraints allow.
std::string misplaced(const MemorySnapshot& after, const model::Plan& plan);

// Names of what the plan places: of the group, below the count, borne by no other of its version.
std::string misnamed(const MemorySnapshot& after, const model::Plan& plan);

// Some node would take one more allocation of a group that is said to have found none; of jobs with one group.
std::string overlooked(const MemorySnapshot& after, const Outcome& outcome, const model::Job& job);

// What the plan evicts is of other jobs that are less important by ten at least, and goes for something that is placed.
std::string wronged(const model::Plan& plan, const model::Job& job);

// Fewer allocations than the count, and nothing that explains it; of service and batch jobs.
std::string missing(const MemorySnapshot& after, const Outcome& outcome, const model::Job& job);

// A node with more or fewer than one allocation of each name; of system jobs whose canaries do not hold them back.
std::string uneven(const MemorySnapshot& after, const Outcome& outcome, const model::Job& job);

}  // namespace drover::scheduler::cases
