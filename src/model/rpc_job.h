#pragma once
// Requests and answers of the RPC methods: job.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/alloc.h"
#include "model/deployment.h"
#include "model/diff.h"
#include "model/envelope.h"
#include "model/eval.h"
#include "model/job.h"
#include "model/rpc_eval.h"
#include "model/service.h"
#include "model/task.h"

namespace drover::model {

struct JobActionListRequest : QueryOptions {
    std::string JobID;
};
DECLARE_TYPE(JobActionListRequest);

struct JobActionListResponse : QueryMeta {
    List<JobAction> Actions;
};
DECLARE_TYPE(JobActionListResponse);

struct JobAllocationsResponse : QueryMeta {
    List<AllocListStub> Allocations;
};
DECLARE_TYPE(JobAllocationsResponse);

struct JobApplyTagRequest : WriteRequest {
    std::string JobID;
    std::string Name;
    Box<JobVersionTag> Tag;
    uint64_t Version = 0;
    bool Latest = false;
};
DECLARE_TYPE(JobApplyTagRequest);

struct JobDeregisterOptions {
    bool Purge = false;
};
DECLARE_TYPE(JobDeregisterOptions);

struct JobDeregisterRequest : WriteRequest {
    std::string JobID;
    bool Purge = false;
    bool Global = false;
    int64_t EvalPriority = 0;
    bool NoShutdownDelay = false;
    Shared<Evaluation> Eval;
    int64_t SubmitTime = 0;
};
DECLARE_TYPE(JobDeregisterRequest);

struct JobDeregisterResponse : QueryMeta {
    std::string EvalID;
    uint64_t EvalCreateIndex = 0;
    uint64_t JobModifyIndex = 0;
    std::string VolumeEvalID;
    uint64_t VolumeEvalIndex = 0;
};
DECLARE_TYPE(JobDeregisterResponse);

struct JobDispatchRequest : WriteRequest {
    std::string JobID;
    Bytes Payload;
    Map<std::string> Meta;
    std::string IdPrefixTemplate;
    int64_t Priority = 0;
};
DECLARE_TYPE(JobDispatchRequest);

struct JobDispatchResponse : WriteMeta {
    std::string DispatchedJobID;
    std::string EvalID;
    uint64_t EvalCreateIndex = 0;
    uint64_t JobCreateIndex = 0;
};
DECLARE_TYPE(JobDispatchResponse);

struct JobEvaluateRequest : WriteRequest {
    std::string JobID;
    model::EvalOptions EvalOptions;
};
DECLARE_TYPE(JobEvaluateRequest);

struct JobEvaluationsResponse : QueryMeta {
    List<Shared<Evaluation>> Evaluations;
};
DECLARE_TYPE(JobEvaluationsResponse);

struct JobStubFields {
    bool Meta = false;
};
DECLARE_TYPE(JobStubFields);

struct JobListRequest : QueryOptions {
    Box<JobStubFields> Fields;
};
DECLARE_TYPE(JobListRequest);

struct JobListResponse : QueryMeta {
    List<JobListStub> Jobs;
};
DECLARE_TYPE(JobListResponse);

struct JobPlanRequest : WriteRequest {
    Shared<model::Job> Job;
    bool Diff = false;
    bool PolicyOverride = false;
};
DECLARE_TYPE(JobPlanRequest);

struct JobPlanResponse : WriteMeta {
    Box<PlanAnnotations> Annotations;
    Map<Shared<AllocMetric>> FailedTGAllocs;
    uint64_t JobModifyIndex = 0;
    List<Shared<Evaluation>> CreatedEvals;
    Box<JobDiff> Diff;
    Time NextPeriodicLaunch;
    std::string Warnings;
};
DECLARE_TYPE(JobPlanResponse);

struct JobRegisterRequest : WriteRequest {
    Shared<JobSubmission> Submission;
    Shared<model::Job> Job;
    bool EnforceIndex = false;
    uint64_t JobModifyIndex = 0;
    bool PreserveCounts = false;
    bool PreserveResources = false;
    bool PolicyOverride = false;
    int64_t EvalPriority = 0;
    Shared<Evaluation> Eval;
    Shared<model::Deployment> Deployment;
};
DECLARE_TYPE(JobRegisterRequest);

struct JobRegisterResponse : QueryMeta {
    std::string EvalID;
    uint64_t EvalCreateIndex = 0;
    uint64_t JobModifyIndex = 0;
    std::string Warnings;
};
DECLARE_TYPE(JobRegisterResponse);

struct JobRevertRequest : WriteRequest {
    std::string JobID;
    uint64_t JobVersion = 0;
    Opt<uint64_t> EnforcePriorVersion;
};
DECLARE_TYPE(JobRevertRequest);

struct JobScaleRequest : WriteRequest {
    std::string JobID;
    Map<std::string> Target;
    Opt<int64_t> Count;
    std::string Message;
    bool Error = false;
    Map<codec::Any> Meta;
    bool PolicyOverride = false;
    bool EnforceIndex = false;
    uint64_t JobModifyIndex = 0;
};
DECLARE_TYPE(JobScaleRequest);

struct JobScaleStatusRequest : QueryOptions {
    std::string JobID;
};
DECLARE_TYPE(JobScaleStatusRequest);

struct JobScaleStatusResponse : QueryMeta {
    Box<model::JobScaleStatus> JobScaleStatus;
};
DECLARE_TYPE(JobScaleStatusResponse);

struct JobServiceRegistrationsRequest : QueryOptions {
    std::string JobID;
};
DECLARE_TYPE(JobServiceRegistrationsRequest);

struct JobServiceRegistrationsResponse : QueryMeta {
    List<Shared<ServiceRegistration>> Services;
};
DECLARE_TYPE(JobServiceRegistrationsResponse);

struct JobSpecificRequest : QueryOptions {
    std::string JobID;
    bool All = false;
};
DECLARE_TYPE(JobSpecificRequest);

struct JobStabilityRequest : WriteRequest {
    std::string JobID;
    uint64_t JobVersion = 0;
    bool Stable = false;
};
DECLARE_TYPE(JobStabilityRequest);

struct JobStabilityResponse : WriteMeta {};
DECLARE_TYPE(JobStabilityResponse);

struct JobStatusesRequest : QueryOptions {
    List<NamespacedID> Jobs;
    bool IncludeChildren = false;
};
DECLARE_TYPE(JobStatusesRequest);

struct JobStatusesResponse : QueryMeta {
    List<JobStatusesJob> Jobs;
};
DECLARE_TYPE(JobStatusesResponse);

struct JobSubmissionRequest : QueryOptions {
    std::string JobID;
    uint64_t Version = 0;
};
DECLARE_TYPE(JobSubmissionRequest);

struct JobSubmissionResponse : QueryMeta {
    Shared<JobSubmission> Submission;
};
DECLARE_TYPE(JobSubmissionResponse);

struct JobSummaryRequest : QueryOptions {
    std::string JobID;
};
DECLARE_TYPE(JobSummaryRequest);

struct JobSummaryResponse : QueryMeta {
    Shared<model::JobSummary> JobSummary;
};
DECLARE_TYPE(JobSummaryResponse);

struct JobTagResponse : QueryMeta {
    std::string Name;
    std::string Description;
    int64_t TaggedTime = 0;
};
DECLARE_TYPE(JobTagResponse);

struct JobValidateRequest : WriteRequest {
    Shared<model::Job> Job;
};
DECLARE_TYPE(JobValidateRequest);

struct JobValidateResponse {
    bool DriverConfigValidated = false;
    List<std::string> ValidationErrors;
    std::string Error;
    std::string Warnings;
};
DECLARE_TYPE(JobValidateResponse);

struct JobVersionsRequest : QueryOptions {
    std::string JobID;
    bool Diffs = false;
    Opt<uint64_t> DiffVersion;
    std::string DiffTagName;
};
DECLARE_TYPE(JobVersionsRequest);

struct JobVersionsResponse : QueryMeta {
    List<Shared<Job>> Versions;
    List<JobDiff> Diffs;
};
DECLARE_TYPE(JobVersionsResponse);

struct PeriodicForceRequest : WriteRequest {
    std::string JobID;
};
DECLARE_TYPE(PeriodicForceRequest);

struct PeriodicForceResponse : WriteMeta {
    std::string EvalID;
    uint64_t EvalCreateIndex = 0;
};
DECLARE_TYPE(PeriodicForceResponse);

struct ScalingEventRequest {
    std::string Namespace;
    std::string JobID;
    std::string TaskGroup;
    Box<model::ScalingEvent> ScalingEvent;
};
DECLARE_TYPE(ScalingEventRequest);

struct ScalingPolicyListRequest : QueryOptions {
    std::string Job;
    std::string Type;
};
DECLARE_TYPE(ScalingPolicyListRequest);

struct ScalingPolicyListStub {
    std::string ID;
    bool Enabled = false;
    std::string Type;
    Map<std::string> Target;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(ScalingPolicyListStub);

struct ScalingPolicyListResponse : QueryMeta {
    List<ScalingPolicyListStub> Policies;
};
DECLARE_TYPE(ScalingPolicyListResponse);

struct ScalingPolicySpecificRequest : QueryOptions {
    std::string ID;
};
DECLARE_TYPE(ScalingPolicySpecificRequest);

struct SingleJobResponse : QueryMeta {
    Shared<model::Job> Job;
};
DECLARE_TYPE(SingleJobResponse);

struct SingleScalingPolicyResponse : QueryMeta {
    Shared<ScalingPolicy> Policy;
};
DECLARE_TYPE(SingleScalingPolicyResponse);

}  // namespace drover::model
