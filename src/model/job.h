#pragma once
// A job as the cluster keeps it: canonical, every member present. The job as people write it is model/spec.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/envelope.h"
#include "model/resources.h"
#include "model/service.h"
#include "model/task.h"

namespace drover::model {

struct CSIMountOptions {
    std::string FSType;
    List<std::string> MountFlags;
};
DECLARE_TYPE(CSIMountOptions);

struct DisconnectStrategy {
    Duration LostAfter;
    Opt<Duration> StopOnClientAfter;
    Opt<bool> Replace;
    std::string Reconcile;
};
DECLARE_TYPE(DisconnectStrategy);

struct EphemeralDisk {
    bool Sticky = false;
    int64_t SizeMB = 0;
    bool Migrate = false;
};
DECLARE_TYPE(EphemeralDisk);

struct JobUILink {
    std::string Label;
    std::string Url;
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

struct MultiregionRegion {
    std::string Name;
    int64_t Count = 0;
    List<std::string> Datacenters;
    std::string NodePool;
    Map<std::string> Meta;
};
DECLARE_TYPE(MultiregionRegion);

struct MultiregionStrategy {
    int64_t MaxParallel = 0;
    std::string OnFailure;
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
    bool Enabled = false;
    std::string Spec;
    List<std::string> Specs;
    std::string SpecType;
    bool ProhibitOverlap = false;
    std::string TimeZone;
};
DECLARE_TYPE(PeriodicConfig);

struct MigrateStrategy {
    int64_t MaxParallel = 0;
    std::string HealthCheck;
    Duration MinHealthyTime;
    Duration HealthyDeadline;
};
DECLARE_TYPE(MigrateStrategy);

struct ReschedulePolicy {
    int64_t Attempts = 0;
    Duration Interval;
    Duration Delay;
    std::string DelayFunction;
    Duration MaxDelay;
    bool Unlimited = false;
};
DECLARE_TYPE(ReschedulePolicy);

struct UpdateStrategy {
    Duration Stagger;
    int64_t MaxParallel = 0;
    std::string HealthCheck;
    Duration MinHealthyTime;
    Duration HealthyDeadline;
    Duration ProgressDeadline;
    bool AutoRevert = false;
    bool AutoPromote = false;
    int64_t Canary = 0;
};
DECLARE_TYPE(UpdateStrategy);

struct VolumeRequest {
    std::string Name;
    std::string Type;
    std::string Source;
    bool ReadOnly = false;
    bool Sticky = false;
    std::string AccessMode;
    std::string AttachmentMode;
    Box<CSIMountOptions> MountOptions;
    bool PerAlloc = false;
};
DECLARE_TYPE(VolumeRequest);

struct TaskGroup {
    std::string Name;
    int64_t Count = 0;
    Box<UpdateStrategy> Update;
    Box<MigrateStrategy> Migrate;
    List<Constraint> Constraints;
    Shared<ScalingPolicy> Scaling;
    Box<model::RestartPolicy> RestartPolicy;
    Box<DisconnectStrategy> Disconnect;
    List<Task> Tasks;
    Box<model::EphemeralDisk> EphemeralDisk;
    Map<std::string> Meta;
    Box<model::ReschedulePolicy> ReschedulePolicy;
    List<Affinity> Affinities;
    List<Spread> Spreads;
    List<NetworkResource> Networks;
    Box<model::Consul> Consul;
    List<Service> Services;
    Map<VolumeRequest> Volumes;
    Opt<Duration> ShutdownDelay;
    Opt<Duration> MaxRunDuration;
    Opt<Duration> StopAfterClientDisconnect;
    Opt<Duration> MaxClientDisconnect;
    bool PreventRescheduleOnLost = false;
};
DECLARE_TYPE(TaskGroup);

struct Job {
    bool Stop = false;
    std::string Region;
    std::string Namespace;
    std::string ID;
    std::string ParentID;
    std::string Name;
    std::string Type;
    int64_t Priority = 0;
    bool AllAtOnce = false;
    List<std::string> Datacenters;
    std::string NodePool;
    List<Constraint> Constraints;
    List<Affinity> Affinities;
    List<Spread> Spreads;
    List<TaskGroup> TaskGroups;
    UpdateStrategy Update;
    Box<model::Multiregion> Multiregion;
    Box<PeriodicConfig> Periodic;
    Box<ParameterizedJobConfig> ParameterizedJob;
    bool Dispatched = false;
    std::string DispatchIdempotencyToken;
    Bytes Payload;
    Map<std::string> Meta;
    std::string ConsulNamespace;
    std::string VaultNamespace;
    std::string NomadTokenID;
    std::string Status;
    std::string StatusDescription;
    bool Stable = false;
    uint64_t Version = 0;
    int64_t SubmitTime = 0;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
    uint64_t JobModifyIndex = 0;
    Box<JobUIConfig> UI;
    Box<JobVersionTag> VersionTag;
};
DECLARE_TYPE(Job);

struct JobACL {
    std::string Namespace;
    std::string JobID;
    std::string Group;
    std::string Task;
};
DECLARE_TYPE(JobACL);

struct JobAction : Action {
    std::string TaskName;
    std::string TaskGroupName;
};
DECLARE_TYPE(JobAction);

struct JobChildrenSummary {
    int64_t Pending = 0;
    int64_t Running = 0;
    int64_t Dead = 0;
};
DECLARE_TYPE(JobChildrenSummary);

struct TaskGroupSummary {
    int64_t Queued = 0;
    int64_t Complete = 0;
    int64_t Failed = 0;
    int64_t Running = 0;
    int64_t Starting = 0;
    int64_t Lost = 0;
    int64_t Unknown = 0;
};
DECLARE_TYPE(TaskGroupSummary);

struct JobSummary {
    std::string JobID;
    std::string Namespace;
    Map<TaskGroupSummary> Summary;
    Box<JobChildrenSummary> Children;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(JobSummary);

struct JobListStub {
    std::string ID;
    std::string ParentID;
    std::string Name;
    std::string Namespace;
    List<std::string> Datacenters;
    std::string NodePool;
    Box<model::Multiregion> Multiregion;
    std::string Type;
    int64_t Priority = 0;
    bool Periodic = false;
    bool ParameterizedJob = false;
    bool Stop = false;
    std::string Status;
    std::string StatusDescription;
    Shared<model::JobSummary> JobSummary;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
    uint64_t JobModifyIndex = 0;
    int64_t SubmitTime = 0;
    Map<std::string> Meta;
};
DECLARE_TYPE(JobListStub);

struct ScalingEvent {
    int64_t Time = 0;
    Opt<int64_t> Count;
    int64_t PreviousCount = 0;
    std::string Message;
    bool Error = false;
    Map<codec::Any> Meta;
    Opt<std::string> EvalID;
    uint64_t CreateIndex = 0;
};
DECLARE_TYPE(ScalingEvent);

struct TaskGroupScaleStatus {
    int64_t Desired = 0;
    int64_t Placed = 0;
    int64_t Running = 0;
    int64_t Healthy = 0;
    int64_t Unhealthy = 0;
    List<ScalingEvent> Events;
};
DECLARE_TYPE(TaskGroupScaleStatus);

struct JobScaleStatus {
    std::string JobID;
    std::string Namespace;
    uint64_t JobCreateIndex = 0;
    uint64_t JobModifyIndex = 0;
    bool JobStopped = false;
    Map<TaskGroupScaleStatus> TaskGroups;
};
DECLARE_TYPE(JobScaleStatus);

struct JobScalingEvents {
    std::string Namespace;
    std::string JobID;
    Map<List<ScalingEvent>> ScalingEvents;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(JobScalingEvents);

struct JobStatusesDeployment {
    bool Canary = false;
    Opt<bool> Healthy;
};
DECLARE_TYPE(JobStatusesDeployment);

struct JobStatusesAlloc {
    std::string ID;
    std::string Group;
    std::string ClientStatus;
    std::string NodeID;
    JobStatusesDeployment DeploymentStatus;
    uint64_t JobVersion = 0;
    std::string FollowupEvalID;
    bool HasPausedTask = false;
};
DECLARE_TYPE(JobStatusesAlloc);

struct JobStatusesLatestDeployment {
    std::string ID;
    bool IsActive = false;
    uint64_t JobVersion = 0;
    std::string Status;
    std::string StatusDescription;
    bool AllAutoPromote = false;
    bool RequiresPromotion = false;
};
DECLARE_TYPE(JobStatusesLatestDeployment);

struct JobStatusesJob : NamespacedID {
    std::string Name;
    std::string Type;
    std::string NodePool;
    List<std::string> Datacenters;
    int64_t Priority = 0;
    uint64_t Version = 0;
    int64_t SubmitTime = 0;
    uint64_t ModifyIndex = 0;
    List<JobStatusesAlloc> Allocs;
    int64_t GroupCountSum = 0;
    List<std::string> ChildStatuses;
    std::string ParentID;
    Box<JobStatusesLatestDeployment> LatestDeployment;
    bool Stop = false;
    bool IsPack = false;
    std::string Status;
};
DECLARE_TYPE(JobStatusesJob);

struct JobSubmission {
    std::string Source;
    std::string Format;
    Map<std::string> VariableFlags;
    std::string Variables;
    std::string Namespace;
    std::string JobID;
    uint64_t Version = 0;
    uint64_t JobModifyIndex = 0;
};
DECLARE_TYPE(JobSubmission);

struct PeriodicLaunch {
    std::string ID;
    std::string Namespace;
    Time Launch;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(PeriodicLaunch);

}  // namespace drover::model
