#pragma once
// A request to bring the allocations of a job in line with its specification.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/alloc.h"
#include "model/diff.h"

namespace drover::model {

struct EvaluationStub {
    std::string ID;
    std::string Namespace;
    int64_t Priority = 0;
    std::string Type;
    std::string TriggeredBy;
    std::string JobID;
    std::string NodeID;
    std::string DeploymentID;
    std::string Status;
    std::string StatusDescription;
    Time WaitUntil;
    std::string NextEval;
    std::string PreviousEval;
    std::string BlockedEval;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
    int64_t CreateTime = 0;
    int64_t ModifyTime = 0;
};
DECLARE_TYPE(EvaluationStub);

struct PlanAnnotations {
    Map<DesiredUpdates> DesiredTGUpdates;
    List<AllocListStub> PreemptedAllocs;
};
DECLARE_TYPE(PlanAnnotations);

struct Evaluation {
    std::string ID;
    std::string Namespace;
    int64_t Priority = 0;
    std::string Type;
    std::string TriggeredBy;
    std::string JobID;
    uint64_t JobModifyIndex = 0;
    std::string NodeID;
    uint64_t NodeModifyIndex = 0;
    std::string DeploymentID;
    std::string Status;
    std::string StatusDescription;
    Duration Wait;
    Time WaitUntil;
    std::string NextEval;
    std::string PreviousEval;
    std::string BlockedEval;
    List<EvaluationStub> RelatedEvals;
    Map<Shared<AllocMetric>> FailedTGAllocs;
    Box<model::PlanAnnotations> PlanAnnotations;
    Map<bool> ClassEligibility;
    std::string QuotaLimitReached;
    List<std::string> MissingNonNodeResources;
    bool EscapedComputedClass = false;
    bool AnnotatePlan = false;
    Map<int64_t> QueuedAllocations;
    std::string LeaderACL;
    uint64_t SnapshotIndex = 0;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
    int64_t CreateTime = 0;
    int64_t ModifyTime = 0;
};
DECLARE_TYPE(Evaluation);

}  // namespace drover::model
