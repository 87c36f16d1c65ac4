#pragma once
// An allocation: one task group of one job version on one node, with its states and the metrics of its placement.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/deployment.h"
#include "model/job.h"
#include "model/resources.h"

namespace drover::model {

struct AllocInfo {
    std::string AllocID;
    std::string Group;
    std::string Task;
    std::string JobID;
    std::string Namespace;
};
DECLARE_TYPE(AllocInfo);

struct DesiredTransition {
    Opt<bool> Migrate;
    Opt<bool> Reschedule;
    Opt<bool> ForceReschedule;
    Opt<bool> NoShutdownDelay;
    Opt<bool> MigrateDisablePlacement;
};
DECLARE_TYPE(DesiredTransition);

struct RescheduleEvent {
    int64_t RescheduleTime = 0;
    std::string PrevAllocID;
    std::string PrevNodeID;
    Duration Delay;
};
DECLARE_TYPE(RescheduleEvent);

struct RescheduleTracker {
    List<RescheduleEvent> Events;
    std::string LastReschedule;
};
DECLARE_TYPE(RescheduleTracker);

struct TaskEvent {
    std::string Type;
    int64_t Time = 0;
    std::string Message;
    std::string DisplayMessage;
    Map<std::string> Details;
    bool FailsTask = false;
    std::string RestartReason;
    std::string SetupError;
    std::string DriverError;
    int64_t ExitCode = 0;
    int64_t Signal = 0;
    Duration KillTimeout;
    std::string KillError;
    std::string KillReason;
    int64_t StartDelay = 0;
    std::string DownloadError;
    std::string ValidationError;
    int64_t DiskLimit = 0;
    std::string FailedSibling;
    std::string VaultError;
    std::string TaskSignalReason;
    std::string TaskSignal;
    std::string DriverMessage;
    std::string GenericSource;
};
DECLARE_TYPE(TaskEvent);

struct TaskState {
    std::string State;
    bool Failed = false;
    uint64_t Restarts = 0;
    Time LastRestart;
    Time StartedAt;
    Time FinishedAt;
    List<TaskEvent> Events;
    std::string Paused;
};
DECLARE_TYPE(TaskState);

struct AllocListStub {
    std::string ID;
    std::string EvalID;
    std::string Name;
    std::string Namespace;
    std::string NodeID;
    std::string NodeName;
    std::string JobID;
    std::string JobType;
    uint64_t JobVersion = 0;
    std::string TaskGroup;
    Shared<model::AllocatedResources> AllocatedResources;
    std::string DesiredStatus;
    std::string DesiredDescription;
    std::string ClientStatus;
    std::string ClientDescription;
    model::DesiredTransition DesiredTransition;
    Map<TaskState> TaskStates;
    Box<AllocDeploymentStatus> DeploymentStatus;
    std::string FollowupEvalID;
    std::string NextAllocation;
    Box<model::RescheduleTracker> RescheduleTracker;
    List<std::string> PreemptedAllocations;
    std::string PreemptedByAllocation;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
    int64_t CreateTime = 0;
    int64_t ModifyTime = 0;
};
DECLARE_TYPE(AllocListStub);

struct NodeScoreMeta {
    std::string NodeID;
    Map<double> Scores;
    double NormScore = 0;
};
DECLARE_TYPE(NodeScoreMeta);

struct AllocMetric {
    int64_t NodesEvaluated = 0;
    int64_t NodesFiltered = 0;
    int64_t NodesInPool = 0;
    std::string NodePool;
    Map<int64_t> NodesAvailable;
    Map<int64_t> ClassFiltered;
    Map<int64_t> ConstraintFiltered;
    int64_t NodesExhausted = 0;
    Map<int64_t> ClassExhausted;
    Map<int64_t> DimensionExhausted;
    List<std::string> QuotaExhausted;
    Map<Resources> ResourcesExhausted;
    Map<double> Scores;
    List<NodeScoreMeta> ScoreMetaData;
    Duration AllocationTime;
    int64_t CoalescedFailures = 0;
};
DECLARE_TYPE(AllocMetric);

struct AllocNetworkStatus {
    std::string InterfaceName;
    std::string Address;
    std::string AddressIPv6;
    Box<DNSConfig> DNS;
};
DECLARE_TYPE(AllocNetworkStatus);

struct AllocState {
    uint8_t Field = 0;
    std::string Value;
    Time Time;
};
DECLARE_TYPE(AllocState);

struct Allocation {
    std::string ID;
    std::string Namespace;
    std::string EvalID;
    std::string Name;
    std::string NodeID;
    std::string NodeName;
    std::string JobID;
    Shared<model::Job> Job;
    std::string TaskGroup;
    Box<model::Resources> Resources;
    Box<model::Resources> SharedResources;
    Map<model::Resources> TaskResources;
    Shared<model::AllocatedResources> AllocatedResources;
    Shared<AllocMetric> Metrics;
    std::string DesiredStatus;
    std::string DesiredDescription;
    model::DesiredTransition DesiredTransition;
    std::string ClientStatus;
    std::string ClientDescription;
    Map<TaskState> TaskStates;
    List<AllocState> AllocStates;
    std::string PreviousAllocation;
    std::string NextAllocation;
    std::string DeploymentID;
    Box<AllocDeploymentStatus> DeploymentStatus;
    Box<model::RescheduleTracker> RescheduleTracker;
    Box<AllocNetworkStatus> NetworkStatus;
    std::string FollowupEvalID;
    List<std::string> PreemptedAllocations;
    std::string PreemptedByAllocation;
    Map<std::string> SignedIdentities;
    std::string SigningKeyID;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
    uint64_t AllocModifyIndex = 0;
    int64_t CreateTime = 0;
    int64_t ModifyTime = 0;
};
DECLARE_TYPE(Allocation);

}  // namespace drover::model
