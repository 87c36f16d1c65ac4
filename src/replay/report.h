#pragma once
// What came of a simulation. Described types: they are its JSON. Values.

#include <string>

#include "base/containers.h"
#include "codec/type.h"

namespace drover::replay {

// The cluster at one moment. Shares are 0 to 1, of what ready nodes have.
struct Sample {
    int64_t AtSeconds = 0;
    int64_t NodesReady = 0;
    int64_t NodesUsed = 0;    // on which something runs
    int64_t Allocations = 0;  // that are to run and have not ended
    int64_t WaitingJobs = 0;  // of which something waits for room
    double CPU = 0;
    double Memory = 0;
    double Disk = 0;
    double Devices = 0;
    double FragmentedCPU = 0;  // of what is free: the part on nodes that cannot take the median allocation
    double FragmentedMemory = 0;
    double FragmentedDevices = 0;
};
DECLARE_TYPE(Sample);

struct Latency {
    int64_t Count = 0;
    int64_t P50 = 0;
    int64_t P90 = 0;
    int64_t P99 = 0;
    int64_t Most = 0;
};
DECLARE_TYPE(Latency);

// What is there in the end, and what should be.
struct Outcome {
    int64_t Jobs = 0;          // of type service and batch that were not stopped and are not over
    int64_t JobsComplete = 0;  // with all that they ask for
    List<std::string> Short;   // of the others, the first: "job: 3 of 5"
    int64_t BrokerEvaluations = 0;
    int64_t BlockedEvaluations = 0;
};
DECLARE_TYPE(Outcome);

// Of the machine that the simulation ran on. Differs from run to run.
struct Measured {
    double Seconds = 0;
    int64_t Evaluations = 0;
    double EvaluationMicroseconds = 0;  // on average
    double EvaluationP50 = 0;
    double EvaluationP99 = 0;
    List<int64_t> ResidentKB;  // one for each sample
};
DECLARE_TYPE(Measured);

struct Report {
    uint64_t Seed = 0;
    int64_t Nodes = 0;
    int64_t Events = 0;
    int64_t EndSeconds = 0;
    int64_t Placed = 0;
    int64_t Completed = 0;
    int64_t Failed = 0;
    int64_t Lost = 0;
    int64_t Preempted = 0;
    int64_t Evaluations = 0;
    int64_t FailedEvaluations = 0;
    int64_t MedianCPU = 0;
    int64_t MedianMemory = 0;
    int64_t MedianDevices = 0;
    Latency PlacementMilliseconds;
    replay::Outcome Outcome;
    int64_t RefusedEvents = 0;
    List<std::string> Refused;  // the first: "line 7: .."
    List<Sample> Samples;
    replay::Measured Measured;
};
DECLARE_TYPE(Report);

}  // namespace drover::replay
