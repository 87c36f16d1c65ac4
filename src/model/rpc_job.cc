#include "model/rpc_job.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(JobActionListRequest, FIELD(JobID), EMBED(QueryOptions));

DESCRIBE(JobActionListResponse, FIELD(Actions), EMBED(QueryMeta));

DESCRIBE(JobAllocationsResponse, FIELD(Allocations), EMBED(QueryMeta));

DESCRIBE(JobApplyTagRequest, FIELD(JobID), FIELD(Name), FIELD(Tag), FIELD(Version), FIELD(Latest), EMBED(WriteRequest));

DESCRIBE(JobDeregisterOptions, FIELD(Purge));

DESCRIBE(JobDeregisterRequest, FIELD(JobID), FIELD(Purge), FIELD(Global), FIELD(EvalPriority), FIELD(NoShutdownDelay),
         FIELD(Eval), FIELD(SubmitTime), EMBED(WriteRequest));

DESCRIBE(JobDeregisterResponse, FIELD(EvalID), FIELD(EvalCreateIndex), FIELD(JobModifyIndex), FIELD(VolumeEvalID),
         FIELD(VolumeEvalIndex), EMBED(QueryMeta));

DESCRIBE(JobDispatchRequest, FIELD(JobID), FIELD(Payload), FIELD(Meta), EMBED(WriteRequest), FIELD(IdPrefixTemplate),
         FIELD(Priority));

DESCRIBE(JobDispatchResponse, FIELD(DispatchedJobID), FIELD(EvalID), FIELD(EvalCreateIndex), FIELD(JobCreateIndex),
         EMBED(WriteMeta));

DESCRIBE(JobEvaluateRequest, FIELD(JobID), FIELD(EvalOptions), EMBED(WriteRequest));

DESCRIBE(JobEvaluationsResponse, FIELD(Evaluations), EMBED(QueryMeta));

DESCRIBE(JobStubFields, FIELD(Meta));

DESCRIBE(JobListRequest, EMBED(QueryOptions), FIELD(Fields));

DESCRIBE(JobListResponse, FIELD(Jobs), EMBED(QueryMeta));

DESCRIBE(JobPlanRequest, FIELD(Job), FIELD(Diff), FIELD(PolicyOverride), EMBED(WriteRequest));

DESCRIBE(JobPlanResponse, FIELD(Annotations), FIELD(FailedTGAllocs), FIELD(JobModifyIndex), FIELD(CreatedEvals),
         FIELD(Diff), FIELD(NextPeriodicLaunch), FIELD(Warnings), EMBED(WriteMeta));

DESCRIBE(JobRegisterRequest, FIELD(Submission), FIELD(Job), FIELD(EnforceIndex), FIELD(JobModifyIndex),
         FIELD(PreserveCounts), FIELD(PreserveResources), FIELD(PolicyOverride), FIELD(EvalPriority), FIELD(Eval),
         FIELD(Deployment), EMBED(WriteRequest));

DESCRIBE(JobRegisterResponse, FIELD(EvalID), FIELD(EvalCreateIndex), FIELD(JobModifyIndex), FIELD(Warnings),
         EMBED(QueryMeta));

DESCRIBE(JobRevertRequest, FIELD(JobID), FIELD(JobVersion), FIELD(EnforcePriorVersion), EMBED(WriteRequest));

DESCRIBE(JobScaleRequest, FIELD(JobID), FIELD(Target), FIELD(Count), FIELD(Message), FIELD(Error), FIELD(Meta),
         FIELD(PolicyOverride), FIELD(EnforceIndex), FIELD(JobModifyIndex), EMBED(WriteRequest));

DESCRIBE(JobScaleStatusRequest, FIELD(JobID), EMBED(QueryOptions));

DESCRIBE(JobScaleStatusResponse, FIELD(JobScaleStatus), EMBED(QueryMeta));

DESCRIBE(JobServiceRegistrationsRequest, FIELD(JobID), EMBED(QueryOptions));

DESCRIBE(JobServiceRegistrationsResponse, FIELD(Services), EMBED(QueryMeta));

DESCRIBE(JobSpecificRequest, FIELD(JobID), FIELD(All), EMBED(QueryOptions));

DESCRIBE(JobStabilityRequest, FIELD(JobID), FIELD(JobVersion), FIELD(Stable), EMBED(WriteRequest));

DESCRIBE(JobStabilityResponse, EMBED(WriteMeta));

DESCRIBE(JobStatusesRequest, FIELD(Jobs), FIELD(IncludeChildren), EMBED(QueryOptions));

DESCRIBE(JobStatusesResponse, FIELD(Jobs), EMBED(QueryMeta));

DESCRIBE(JobSubmissionRequest, FIELD(JobID), FIELD(Version), EMBED(QueryOptions));

DESCRIBE(JobSubmissionResponse, FIELD(Submission), EMBED(QueryMeta));

DESCRIBE(JobSummaryRequest, FIELD(JobID), EMBED(QueryOptions));

DESCRIBE(JobSummaryResponse, FIELD(JobSummary), EMBED(QueryMeta));

DESCRIBE(JobTagResponse, FIELD(Name), FIELD(Description), FIELD(TaggedTime), EMBED(QueryMeta));

DESCRIBE(JobValidateRequest, FIELD(Job), EMBED(WriteRequest));

DESCRIBE(JobValidateResponse, FIELD(DriverConfigValidated), FIELD(ValidationErrors), FIELD(Error), FIELD(Warnings));

DESCRIBE(JobVersionsRequest, FIELD(JobID), FIELD(Diffs), FIELD(DiffVersion), FIELD(DiffTagName), EMBED(QueryOptions));

DESCRIBE(JobVersionsResponse, FIELD(Versions), FIELD(Diffs), EMBED(QueryMeta));

DESCRIBE(PeriodicForceRequest, FIELD(JobID), EMBED(WriteRequest));

DESCRIBE(PeriodicForceResponse, FIELD(EvalID), FIELD(EvalCreateIndex), EMBED(WriteMeta));

DESCRIBE(ScalingEventRequest, FIELD(Namespace), FIELD(JobID), FIELD(TaskGroup), FIELD(ScalingEvent));

DESCRIBE(ScalingPolicyListRequest, FIELD(Job), FIELD(Type), EMBED(QueryOptions));

DESCRIBE(ScalingPolicyListStub, FIELD(ID), FIELD(Enabled), FIELD(Type), FIELD(Target), FIELD(CreateIndex),
         FIELD(ModifyIndex));

DESCRIBE(ScalingPolicyListResponse, FIELD(Policies), EMBED(QueryMeta));

DESCRIBE(ScalingPolicySpecificRequest, FIELD(ID), EMBED(QueryOptions));

DESCRIBE(SingleJobResponse, FIELD(Job), EMBED(QueryMeta));

DESCRIBE(SingleScalingPolicyResponse, FIELD(Policy), EMBED(QueryMeta));

}  // namespace drover::model
