#pragma once
// Why an evaluation was decided as it was: an answer that only Drover gives (`GET /v1/evaluation/:id/explain`).

#include <string>

#include "base/containers.h"
#include "codec/type.h"
#include "model/envelope.h"

namespace drover::model {

// One node, as it looked for one placement.
struct ExplainedNode {
    std::string ID;
    std::string Name;
    std::string Outcome;  // placed, candidate, filtered or exhausted
    std::string Reason;   // of the last two
    Map<double> Scores;   // of the first two: its parts
    double NormScore = 0;
};
DECLARE_TYPE(ExplainedNode);

// One allocation that was wanted.
struct ExplainedPlacement {
    std::string Name;
    std::string NodeID;  // empty: it found no node
    std::string NodeName;
    int64_t NodesEvaluated = 0;
    Map<int64_t> Filtered;   // nodes by reason
    Map<int64_t> Exhausted;  // nodes by dimension
    List<ExplainedNode> Nodes;
    int64_t MoreNodes = 0;  // that were refused and are not listed
    List<std::string> PreemptedAllocations;
};
DECLARE_TYPE(ExplainedPlacement);

// One change, any of which would let a group fit that did not.
struct ExplainedRemedy {
    std::string Kind;  // capacity, constraint, filter or priority
    std::string Description;
    std::string NodeID, NodeName;  // of a capacity, or where the evictions would be
    std::string Dimension;         // of a capacity
    int64_t Missing = 0;           // in the dimension's unit: MHz, MB, allocations
    std::string Constraint;        // what would have to go
    int64_t Nodes = 0;             // that would then take the group
    int64_t Priority = 0;          // that the job would need
};
DECLARE_TYPE(ExplainedRemedy);

struct ExplainedGroup {
    std::string Name;
    List<ExplainedPlacement> Placements;
    int64_t MorePlacements = 0;  // that are not listed
    List<ExplainedRemedy> Remedies;
};
DECLARE_TYPE(ExplainedGroup);

struct EvalExplanation {
    std::string EvalID;
    std::string Namespace;
    std::string JobID;
    std::string Status;
    std::string TriggeredBy;
    uint64_t SnapshotIndex = 0;  // of the state that was looked at
    // recorded: the very state and choices of the scheduler. stored: what allocations and the evaluation have kept, and
    // remedies by today's state; the leader that decided has restarted since, or it was long ago.
    std::string Basis;
    List<ExplainedGroup> Groups;
};
DECLARE_TYPE(EvalExplanation);

struct EvalExplainResponse : QueryMeta {
    Box<EvalExplanation> Explanation;
};
DECLARE_TYPE(EvalExplainResponse);

}  // namespace drover::model
