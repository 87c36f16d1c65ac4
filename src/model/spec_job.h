#pragma once
// The job as people write it, in HCL or JSON: every member that may be left out is optional, so that absent, null and
// zero stay apart. model/canonicalize fills the defaults in; the cluster keeps model/job.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/spec_resources.h"
#include "model/spec_service.h"
#include "model/spec_task.h"

namespace drover::model::spec {

struct JobUILink {
    std::string Label;
    std::string URL;
};
DECLARE_TYPE(JobUILink);

struct JobUIConfig {
    std::string Description;
    List<JobUILink> Links;
};
DECLARE_TYPE(JobUIConfig);

struct JobVersionTag {
    std::string Name;
    std::string Description;
    int64_t TaggedTime = 0;
};
DECLARE_TYPE(JobVersionTag);

struct MigrateStrategy {
    Opt<int64_t> MaxParallel;
    Opt<std::string> HealthCheck;
    Opt<Duration> MinHealthyTime;
    Opt<Duration> HealthyDeadline;
};
DECLARE_TYPE(MigrateStrategy);

struct MultiregionRegion {
    std::string Name;
    Opt<int64_t> Count;
    List<std::string> Datacenters;
    std::string NodePool;
    Map<std::string> Meta;
};
DECLARE_TYPE(MultiregionRegion);

struct MultiregionStrategy {
    Opt<int64_t> MaxParallel;
    Opt<std::string> OnFailure;
};
DECLARE_TYPE(MultiregionStrategy);

struct Multiregion {
    Box<MultiregionStrategy> Strategy;
    List<MultiregionRegion> Regions;
};
DECLARE_TYPE(Multiregion);

struct ParameterizedJobConfig {
    std::string Payload;
    List<std::string> MetaRequired;
    List<std::string> MetaOptional;
};
DECLARE_TYPE(ParameterizedJobConfig);

struct PeriodicConfig {
    Opt<bool> Enabled;
    Opt<std::string> Spec;
    List<std::string> Specs;
    Opt<std::string> SpecType;
    Opt<bool> ProhibitOverlap;
    Opt<std::string> TimeZone;
};
DECLARE_TYPE(PeriodicConfig);

struct ReschedulePolicy {
    Opt<int64_t> Attempts;
    Opt<Duration> Interval;
    Opt<Duration> Delay;
    Opt<std::string> DelayFunction;
    Opt<Duration> MaxDelay;
    Opt<bool> Unlimited;
};
DECLARE_TYPE(ReschedulePolicy);

struct DisconnectStrategy {
    Opt<Duration> LostAfter;
    Opt<Duration> StopOnClientAfter;
    Opt<bool> Replace;
    Opt<std::string> Reconcile;
};
DECLARE_TYPE(DisconnectStrategy);

struct EphemeralDisk {
    Opt<bool> Sticky;
    Opt<bool> Migrate;
    Opt<int64_t> SizeMB;
};
DECLARE_TYPE(EphemeralDisk);

struct UpdateStrategy {
    Opt<Duration> Stagger;
    Opt<int64_t> MaxParallel;
    Opt<std::string> HealthCheck;
    Opt<Duration> MinHealthyTime;
    Opt<Duration> HealthyDeadline;
    Opt<Duration> ProgressDeadline;
    Opt<int64_t> Canary;
    Opt<bool> AutoRevert;
    Opt<bool> AutoPromote;
};
DECLARE_TYPE(UpdateStrategy);

struct TaskGroup {
    Opt<std::string> Name;
    Opt<int64_t> Count;
    List<Constraint> Constraints;
    List<Affinity> Affinities;
    List<Task> Tasks;
    List<Spread> Spreads;
    Map<VolumeRequest> Volumes;
    Box<spec::RestartPolicy> RestartPolicy;
    Box<DisconnectStrategy> Disconnect;
    Box<spec::ReschedulePolicy> ReschedulePolicy;
    Box<spec::EphemeralDisk> EphemeralDisk;
    Box<UpdateStrategy> Update;
    Box<MigrateStrategy> Migrate;
    List<NetworkResource> Networks;
    Map<std::string> Meta;
    List<Service> Services;
    Opt<Duration> ShutdownDelay;
    Opt<Duration> MaxRunDuration;
    Opt<Duration> StopAfterClientDisconnect;
    Opt<Duration> MaxClientDisconnect;
    Box<ScalingPolicy> Scaling;
    Box<spec::Consul> Consul;
    Opt<bool> PreventRescheduleOnLost;
};
DECLARE_TYPE(TaskGroup);

struct Job {
    Opt<std::string> Region;
    Opt<std::string> Namespace;
    Opt<std::string> ID;
    Opt<std::string> Name;
    Opt<std::string> Type;
    Opt<int64_t> Priority;
    Opt<bool> AllAtOnce;
    List<std::string> Datacenters;
    Opt<std::string> NodePool;
    List<Constraint> Constraints;
    List<Affinity> Affinities;
    List<TaskGroup> TaskGroups;
    Box<UpdateStrategy> Update;
    Box<spec::Multiregion> Multiregion;
    List<Spread> Spreads;
    Box<PeriodicConfig> Periodic;
    Box<ParameterizedJobConfig> ParameterizedJob;
    Box<ReschedulePolicy> Reschedule;
    Box<MigrateStrategy> Migrate;
    Map<std::string> Meta;
    Box<JobUIConfig> UI;
    Opt<bool> Stop;
    Opt<std::string> ParentID;
    bool Dispatched = false;
    Opt<std::string> DispatchIdempotencyToken;
    Bytes Payload;
    Opt<std::string> ConsulNamespace;
    Opt<std::string> VaultNamespace;
    Opt<std::string> NomadTokenID;
    Opt<std::string> Status;
    Opt<std::string> StatusDescription;
    Opt<bool> Stable;
    Opt<uint64_t> Version;
    Opt<int64_t> SubmitTime;
    Opt<uint64_t> CreateIndex;
    Opt<uint64_t> ModifyIndex;
    Opt<uint64_t> JobModifyIndex;
    Box<JobVersionTag> VersionTag;
};
DECLARE_TYPE(Job);

struct JobSubmission {
    std::string Source;
    std::string Format;
    Map<std::string> VariableFlags;
    std::string Variables;
};
DECLARE_TYPE(JobSubmission);

struct WriteRequest {
    std::string Region;
    std::string Namespace;
    std::string SecretID;
};
DECLARE_TYPE(WriteRequest);

struct JobRegisterRequest : WriteRequest {
    Box<JobSubmission> Submission;
    Box<spec::Job> Job;
    bool EnforceIndex = false;
    uint64_t JobModifyIndex = 0;
    bool PolicyOverride = false;
    bool PreserveCounts = false;
    bool PreserveResources = false;
    int64_t EvalPriority = 0;
};
DECLARE_TYPE(JobRegisterRequest);

struct JobPlanRequest : WriteRequest {
    Box<spec::Job> Job;
    bool Diff = false;
    bool PolicyOverride = false;
};
DECLARE_TYPE(JobPlanRequest);

struct JobValidateRequest : WriteRequest {
    Box<spec::Job> Job;
};
DECLARE_TYPE(JobValidateRequest);

struct JobsParseRequest {
    std::string JobHCL;
    std::string Variables;
    bool Canonicalize = false;
};
DECLARE_TYPE(JobsParseRequest);

}  // namespace drover::model::spec
