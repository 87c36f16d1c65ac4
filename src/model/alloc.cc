#include "model/alloc.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(AllocInfo, FIELD(AllocID), FIELD(Group), FIELD(Task), FIELD(JobID), FIELD(Namespace));

DESCRIBE(DesiredTransition, FIELD(Migrate), FIELD(Reschedule), FIELD(ForceReschedule), FIELD(NoShutdownDelay),
         FIELD(MigrateDisablePlacement));

DESCRIBE(RescheduleEvent, FIELD(RescheduleTime), FIELD(PrevAllocID), FIELD(PrevNodeID), FIELD(Delay));

DESCRIBE(RescheduleTracker, FIELD(Events), FIELD(LastReschedule));

DESCRIBE(TaskEvent, FIELD(Type), FIELD(Time), FIELD(Message), FIELD(DisplayMessage), FIELD(Details), FIELD(FailsTask),
         FIELD(RestartReason), FIELD(SetupError), FIELD(DriverError), FIELD(ExitCode), FIELD(Signal),
         FIELD(KillTimeout), FIELD(KillError), FIELD(KillReason), FIELD(StartDelay), FIELD(DownloadError),
         FIELD(ValidationError), FIELD(DiskLimit), FIELD(FailedSibling), FIELD(VaultError), FIELD(TaskSignalReason),
         FIELD(TaskSignal), FIELD(DriverMessage), FIELD(GenericSource));

DESCRIBE(TaskState, FIELD(State), FIELD(Failed), FIELD(Restarts), FIELD(LastRestart), FIELD(StartedAt),
         FIELD(FinishedAt), FIELD(Events), FIELD(Paused));

DESCRIBE(AllocListStub, FIELD(ID), FIELD(EvalID), FIELD(Name), FIELD(Namespace), FIELD(NodeID), FIELD(NodeName),
         FIELD(JobID), FIELD(JobType), FIELD(JobVersion), FIELD(TaskGroup), FIELD(AllocatedResources),
         FIELD(DesiredStatus), FIELD(DesiredDescription), FIELD(ClientStatus), FIELD(ClientDescription),
         FIELD(DesiredTransition), FIELD(TaskStates), FIELD(DeploymentStatus), FIELD(FollowupEvalID),
         FIELD(NextAllocation), FIELD(RescheduleTracker), FIELD(PreemptedAllocations), FIELD(PreemptedByAllocation),
         FIELD(CreateIndex), FIELD(ModifyIndex), FIELD(CreateTime), FIELD(ModifyTime));

DESCRIBE(NodeScoreMeta, FIELD(NodeID), FIELD(Scores), FIELD(NormScore));

DESCRIBE(AllocMetric, FIELD(NodesEvaluated), FIELD(NodesFiltered), FIELD(NodesInPool), FIELD(NodePool),
         FIELD(NodesAvailable), FIELD(ClassFiltered), FIELD(ConstraintFiltered), FIELD(NodesExhausted),
         FIELD(ClassExhausted), FIELD(DimensionExhausted), FIELD(QuotaExhausted), FIELD(ResourcesExhausted),
         FIELD(Scores), FIELD(ScoreMetaData), FIELD(AllocationTime), FIELD(CoalescedFailures));

DESCRIBE(AllocNetworkStatus, FIELD(InterfaceName), FIELD(Address), FIELD(AddressIPv6), FIELD(DNS));

DESCRIBE(AllocState, FIELD(Field), FIELD(Value), FIELD(Time));

DESCRIBE_OMITTING(Allocation, FIELD(ID), FIELD(Namespace), FIELD(EvalID), FIELD(Name), FIELD(NodeID), FIELD(NodeName),
                  FIELD(JobID), FIELD(Job), FIELD(TaskGroup), FIELD(Resources), FIELD(SharedResources),
                  FIELD(TaskResources), FIELD(AllocatedResources), FIELD(Metrics), FIELD(DesiredStatus),
                  FIELD(DesiredDescription), FIELD(DesiredTransition), FIELD(ClientStatus), FIELD(ClientDescription),
                  FIELD(TaskStates), FIELD(AllocStates), FIELD(PreviousAllocation), FIELD(NextAllocation),
                  FIELD(DeploymentID), FIELD(DeploymentStatus), FIELD(RescheduleTracker), FIELD(NetworkStatus),
                  FIELD(FollowupEvalID), FIELD(PreemptedAllocations), FIELD(PreemptedByAllocation),
                  FIELD(SignedIdentities).wire_only().secret(), FIELD(SigningKeyID), FIELD(CreateIndex),
                  FIELD(ModifyIndex), FIELD(AllocModifyIndex), FIELD(CreateTime), FIELD(ModifyTime));

}  // namespace drover::model
