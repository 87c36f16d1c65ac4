#include "model/rpc_alloc.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(AllocGetPauseStateRequest, FIELD(AllocID), FIELD(Task), EMBED(QueryOptions));

DESCRIBE(AllocGetPauseStateResponse, FIELD(ScheduleState));

DESCRIBE(AllocIdentitiesRequest, FIELD(Identities), EMBED(QueryOptions));

DESCRIBE(AllocIdentitiesResponse, FIELD(SignedIdentities).secret(), FIELD(Rejections), EMBED(QueryMeta));

DESCRIBE(AllocStubFields, FIELD(Resources), FIELD(TaskStates));

DESCRIBE(AllocListRequest, EMBED(QueryOptions), FIELD(Fields));

DESCRIBE(AllocListResponse, FIELD(Allocations), EMBED(QueryMeta));

DESCRIBE(AllocPauseRequest, FIELD(AllocID), FIELD(Task), FIELD(ScheduleState), EMBED(QueryOptions));

DESCRIBE(AllocRestartRequest, FIELD(AllocID), FIELD(TaskName), FIELD(AllTasks), EMBED(QueryOptions));

DESCRIBE(AllocServiceRegistrationsRequest, FIELD(AllocID), EMBED(QueryOptions));

DESCRIBE(AllocServiceRegistrationsResponse, FIELD(Services), EMBED(QueryMeta));

DESCRIBE(AllocSignalRequest, FIELD(AllocID), FIELD(Task), FIELD(Signal), EMBED(QueryOptions));

DESCRIBE(AllocSpecificRequest, FIELD(AllocID), EMBED(QueryOptions));

DESCRIBE(AllocStopRequest, FIELD(AllocID), FIELD(NoShutdownDelay), FIELD(Reschedule), EMBED(WriteRequest));

DESCRIBE(AllocStopResponse, FIELD(EvalID), EMBED(WriteMeta));

DESCRIBE(AllocUpdateDesiredTransitionRequest, FIELD(Allocs), FIELD(Evals), EMBED(WriteRequest));

DESCRIBE(AllocUpdateRequest, FIELD(Alloc), FIELD(Evals), EMBED(WriteRequest));

DESCRIBE(AllocsGetRequest, FIELD(AllocIDs), EMBED(QueryOptions));

DESCRIBE(AllocsGetResponse, FIELD(Allocs), FIELD(SignedIdentities).secret(), EMBED(QueryMeta));

DESCRIBE(SingleAllocResponse, FIELD(Alloc), EMBED(QueryMeta));

}  // namespace drover::model
