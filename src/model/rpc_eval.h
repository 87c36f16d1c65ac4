#pragma once
// Requests and answers of the RPC methods: eval.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/alloc.h"
#include "model/envelope.h"
#include "model/eval.h"
#include "model/plan.h"

namespace drover::model {

struct EvalAckRequest : WriteRequest {
    std::string EvalID;
    std::string Token;
};
DECLARE_TYPE(EvalAckRequest);

struct EvalAllocationsResponse : QueryMeta {
    List<AllocListStub> Allocations;
};
DECLARE_TYPE(EvalAllocationsResponse);

struct EvalCountRequest : QueryOptions {};
DECLARE_TYPE(EvalCountRequest);

struct EvalCountResponse : QueryMeta {
    int64_t Count = 0;
};
DECLARE_TYPE(EvalCountResponse);

struct EvalDeleteRequest : WriteRequest {
    List<std::string> EvalIDs;
    std::string Filter;
};
DECLARE_TYPE(EvalDeleteRequest);

struct EvalDeleteResponse : WriteMeta {
    int64_t Count = 0;
};
DECLARE_TYPE(EvalDeleteResponse);

struct EvalDequeueRequest : WriteRequest {
    List<std::string> Schedulers;
    Duration Timeout;
    uint16_t SchedulerVersion = 0;
};
DECLARE_TYPE(EvalDequeueRequest);

struct EvalDequeueResponse : QueryMeta {
    Shared<Evaluation> Eval;
    std::string Token;
    uint64_t WaitIndex = 0;
};
DECLARE_TYPE(EvalDequeueResponse);

struct EvalListRequest : QueryOptions {
    std::string FilterJobID;
    std::string FilterEvalStatus;
};
DECLARE_TYPE(EvalListRequest);

struct EvalListResponse : QueryMeta {
    List<Shared<Evaluation>> Evaluations;
};
DECLARE_TYPE(EvalListResponse);

struct EvalOptions {
    bool ForceReschedule = false;
};
DECLARE_TYPE(EvalOptions);

struct EvalReapRequest : WriteRequest {
    List<std::string> Evals;
    List<std::string> Allocs;
    std::string Filter;
    int32_t PerPage = 0;
    std::string NextToken;
    bool UserInitiated = false;
};
DECLARE_TYPE(EvalReapRequest);

struct EvalSpecificRequest : QueryOptions {
    std::string EvalID;
    bool IncludeRelated = false;
};
DECLARE_TYPE(EvalSpecificRequest);

struct EvalUpdateRequest : WriteRequest {
    List<Shared<Evaluation>> Evals;
    std::string EvalToken;
};
DECLARE_TYPE(EvalUpdateRequest);

struct PlanRequest : WriteRequest {
    Box<model::Plan> Plan;
};
DECLARE_TYPE(PlanRequest);

struct PlanResponse : WriteMeta {
    Box<PlanResult> Result;
};
DECLARE_TYPE(PlanResponse);

struct SingleEvalResponse : QueryMeta {
    Shared<Evaluation> Eval;
};
DECLARE_TYPE(SingleEvalResponse);

}  // namespace drover::model
