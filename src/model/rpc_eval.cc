#include "model/rpc_eval.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(EvalAckRequest, FIELD(EvalID), FIELD(Token), EMBED(WriteRequest));

DESCRIBE(EvalAllocationsResponse, FIELD(Allocations), EMBED(QueryMeta));

DESCRIBE(EvalCountRequest, EMBED(QueryOptions));

DESCRIBE(EvalCountResponse, FIELD(Count), EMBED(QueryMeta));

DESCRIBE(EvalDeleteRequest, FIELD(EvalIDs), FIELD(Filter), EMBED(WriteRequest));

DESCRIBE(EvalDeleteResponse, FIELD(Count), EMBED(WriteMeta));

DESCRIBE(EvalDequeueRequest, FIELD(Schedulers), FIELD(Timeout), FIELD(SchedulerVersion), EMBED(WriteRequest));

DESCRIBE(EvalDequeueResponse, FIELD(Eval), FIELD(Token), FIELD(WaitIndex), EMBED(QueryMeta));

DESCRIBE(EvalListRequest, FIELD(FilterJobID), FIELD(FilterEvalStatus), EMBED(QueryOptions));

DESCRIBE(EvalListResponse, FIELD(Evaluations), EMBED(QueryMeta));

DESCRIBE(EvalOptions, FIELD(ForceReschedule));

DESCRIBE(EvalReapRequest, FIELD(Evals), FIELD(Allocs), FIELD(Filter), FIELD(PerPage), FIELD(NextToken),
         FIELD(UserInitiated), EMBED(WriteRequest));

DESCRIBE(EvalSpecificRequest, FIELD(EvalID), FIELD(IncludeRelated), EMBED(QueryOptions));

DESCRIBE(EvalUpdateRequest, FIELD(Evals), FIELD(EvalToken), EMBED(WriteRequest));

DESCRIBE(PlanRequest, FIELD(Plan), EMBED(WriteRequest));

DESCRIBE(PlanResponse, FIELD(Result), EMBED(WriteMeta));

DESCRIBE(SingleEvalResponse, FIELD(Eval), EMBED(QueryMeta));

}  // namespace drover::model
