#pragma once
// Requests and answers of the RPC methods: alloc.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/alloc.h"
#include "model/envelope.h"
#include "model/eval.h"
#include "model/service.h"
#include "model/task.h"

namespace drover::model {

struct AllocGetPauseStateRequest : QueryOptions {
    std::string AllocID;
    std::string Task;
};
DECLARE_TYPE(AllocGetPauseStateRequest);

struct AllocGetPauseStateResponse {
    std::string ScheduleState;
};
DECLARE_TYPE(AllocGetPauseStateResponse);

struct AllocIdentitiesRequest : QueryOptions {
    List<Opt<codec::Any>> Identities;
};
DECLARE_TYPE(AllocIdentitiesRequest);

struct AllocIdentitiesResponse : QueryMeta {
    List<SignedWorkloadIdentity> SignedIdentities;
    List<Opt<codec::Any>> Rejections;
};
DECLARE_TYPE(AllocIdentitiesResponse);

struct AllocStubFields {
    bool Resources = false;
    bool TaskStates = false;
};
DECLARE_TYPE(AllocStubFields);

struct AllocListRequest : QueryOptions {
    Box<AllocStubFields> Fields;
};
DECLARE_TYPE(AllocListRequest);

struct AllocListResponse : QueryMeta {
    List<AllocListStub> Allocations;
};
DECLARE_TYPE(AllocListResponse);

struct AllocPauseRequest : QueryOptions {
    std::string AllocID;
    std::string Task;
    std::string ScheduleState;
};
DECLARE_TYPE(AllocPauseRequest);

struct AllocRestartRequest : QueryOptions {
    std::string AllocID;
    std::string TaskName;
    bool AllTasks = false;
};
DECLARE_TYPE(AllocRestartRequest);

struct AllocServiceRegistrationsRequest : QueryOptions {
    std::string AllocID;
};
DECLARE_TYPE(AllocServiceRegistrationsRequest);

struct AllocServiceRegistrationsResponse : QueryMeta {
    List<Shared<ServiceRegistration>> Services;
};
DECLARE_TYPE(AllocServiceRegistrationsResponse);

struct AllocSignalRequest : QueryOptions {
    std::string AllocID;
    std::string Task;
    std::string Signal;
};
DECLARE_TYPE(AllocSignalRequest);

struct AllocSpecificRequest : QueryOptions {
    std::string AllocID;
};
DECLARE_TYPE(AllocSpecificRequest);

struct AllocStopRequest : WriteRequest {
    std::string AllocID;
    bool NoShutdownDelay = false;
    bool Reschedule = false;
};
DECLARE_TYPE(AllocStopRequest);

struct AllocStopResponse : WriteMeta {
    std::string EvalID;
};
DECLARE_TYPE(AllocStopResponse);

struct AllocUpdateDesiredTransitionRequest : WriteRequest {
    Map<DesiredTransition> Allocs;
    List<Shared<Evaluation>> Evals;
};
DECLARE_TYPE(AllocUpdateDesiredTransitionRequest);

struct AllocUpdateRequest : WriteRequest {
    List<Shared<Allocation>> Alloc;
    List<Shared<Evaluation>> Evals;
};
DECLARE_TYPE(AllocUpdateRequest);

struct AllocsGetRequest : QueryOptions {
    List<std::string> AllocIDs;
};
DECLARE_TYPE(AllocsGetRequest);

struct AllocsGetResponse : QueryMeta {
    List<Shared<Allocation>> Allocs;
    List<SignedWorkloadIdentity> SignedIdentities;
};
DECLARE_TYPE(AllocsGetResponse);

struct SingleAllocResponse : QueryMeta {
    Shared<Allocation> Alloc;
};
DECLARE_TYPE(SingleAllocResponse);

}  // namespace drover::model
