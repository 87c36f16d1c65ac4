#include "model/job.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(CSIMountOptions, FIELD(FSType), FIELD(MountFlags));

DESCRIBE(DisconnectStrategy, FIELD(LostAfter), FIELD(StopOnClientAfter), FIELD(Replace), FIELD(Reconcile));

DESCRIBE(EphemeralDisk, FIELD(Sticky), FIELD(SizeMB), FIELD(Migrate));

DESCRIBE(JobUILink, FIELD(Label), FIELD(Url));

DESCRIBE(JobUIConfig, FIELD(Description), FIELD(Links));

DESCRIBE(JobVersionTag, FIELD(Name), FIELD(Description), FIELD(TaggedTime));

DESCRIBE(MultiregionRegion, FIELD(Name), FIELD(Count), FIELD(Datacenters), FIELD(NodePool), FIELD(Meta));

DESCRIBE(MultiregionStrategy, FIELD(MaxParallel), FIELD(OnFailure));

DESCRIBE(Multiregion, FIELD(Strategy), FIELD(Regions));

DESCRIBE(ParameterizedJobConfig, FIELD(Payload), FIELD(MetaRequired), FIELD(MetaOptional));

DESCRIBE(PeriodicConfig, FIELD(Enabled), FIELD(Spec), FIELD(Specs), FIELD(SpecType), FIELD(ProhibitOverlap),
         FIELD(TimeZone));

DESCRIBE(MigrateStrategy, FIELD(MaxParallel), FIELD(HealthCheck), FIELD(MinHealthyTime), FIELD(HealthyDeadline));

DESCRIBE(ReschedulePolicy, FIELD(Attempts), FIELD(Interval), FIELD(Delay), FIELD(DelayFunction), FIELD(MaxDelay),
         FIELD(Unlimited));

DESCRIBE(UpdateStrategy, FIELD(Stagger), FIELD(MaxParallel), FIELD(HealthCheck), FIELD(MinHealthyTime),
         FIELD(HealthyDeadline), FIELD(ProgressDeadline), FIELD(AutoRevert), FIELD(AutoPromote), FIELD(Canary));

DESCRIBE(VolumeRequest, FIELD(Name), FIELD(Type), FIELD(Source), FIELD(ReadOnly), FIELD(Sticky), FIELD(AccessMode),
         FIELD(AttachmentMode), FIELD(MountOptions), FIELD(PerAlloc));

DESCRIBE(TaskGroup, FIELD(Name), FIELD(Count), FIELD(Update), FIELD(Migrate), FIELD(Constraints), FIELD(Scaling),
         FIELD(RestartPolicy), FIELD(Disconnect), FIELD(Tasks), FIELD(EphemeralDisk), FIELD(Meta),
         FIELD(ReschedulePolicy), FIELD(Affinities), FIELD(Spreads), FIELD(Networks), FIELD(Consul), FIELD(Services),
         FIELD(Volumes), FIELD(ShutdownDelay), FIELD(MaxRunDuration), FIELD(StopAfterClientDisconnect),
         FIELD(MaxClientDisconnect), FIELD(PreventRescheduleOnLost));

DESCRIBE(Job, FIELD(Stop), FIELD(Region), FIELD(Namespace), FIELD(ID), FIELD(ParentID), FIELD(Name), FIELD(Type),
         FIELD(Priority), FIELD(AllAtOnce), FIELD(Datacenters), FIELD(NodePool), FIELD(Constraints), FIELD(Affinities),
         FIELD(Spreads), FIELD(TaskGroups), FIELD(Update), FIELD(Multiregion), FIELD(Periodic), FIELD(ParameterizedJob),
         FIELD(Dispatched), FIELD(DispatchIdempotencyToken), FIELD(Payload), FIELD(Meta), FIELD(ConsulNamespace),
         FIELD(VaultNamespace), FIELD(NomadTokenID).secret(), FIELD(Status), FIELD(StatusDescription), FIELD(Stable),
         FIELD(Version), FIELD(SubmitTime), FIELD(CreateIndex), FIELD(ModifyIndex), FIELD(JobModifyIndex), FIELD(UI),
         FIELD(VersionTag));

DESCRIBE(JobACL, FIELD(Namespace), FIELD(JobID), FIELD(Group), FIELD(Task));

DESCRIBE(JobAction, EMBED(Action), FIELD(TaskName), FIELD(TaskGroupName));

DESCRIBE(JobChildrenSummary, FIELD(Pending), FIELD(Running), FIELD(Dead));

DESCRIBE(TaskGroupSummary, FIELD(Queued), FIELD(Complete), FIELD(Failed), FIELD(Running), FIELD(Starting), FIELD(Lost),
         FIELD(Unknown));

DESCRIBE(JobSummary, FIELD(JobID), FIELD(Namespace), FIELD(Summary), FIELD(Children), FIELD(CreateIndex),
         FIELD(ModifyIndex));

DESCRIBE(JobListStub, FIELD(ID), FIELD(ParentID), FIELD(Name), FIELD(Namespace), FIELD(Datacenters), FIELD(NodePool),
         FIELD(Multiregion), FIELD(Type), FIELD(Priority), FIELD(Periodic), FIELD(ParameterizedJob), FIELD(Stop),
         FIELD(Status), FIELD(StatusDescription), FIELD(JobSummary), FIELD(CreateIndex), FIELD(ModifyIndex),
         FIELD(JobModifyIndex), FIELD(SubmitTime), FIELD(Meta));

DESCRIBE(ScalingEvent, FIELD(Time), FIELD(Count), FIELD(PreviousCount), FIELD(Message), FIELD(Error), FIELD(Meta),
         FIELD(EvalID), FIELD(CreateIndex));

DESCRIBE(TaskGroupScaleStatus, FIELD(Desired), FIELD(Placed), FIELD(Running), FIELD(Healthy), FIELD(Unhealthy),
         FIELD(Events));

DESCRIBE(JobScaleStatus, FIELD(JobID), FIELD(Namespace), FIELD(JobCreateIndex), FIELD(JobModifyIndex),
         FIELD(JobStopped), FIELD(TaskGroups));

DESCRIBE(JobScalingEvents, FIELD(Namespace), FIELD(JobID), FIELD(ScalingEvents), FIELD(ModifyIndex));

DESCRIBE(JobStatusesDeployment, FIELD(Canary), FIELD(Healthy));

DESCRIBE(JobStatusesAlloc, FIELD(ID), FIELD(Group), FIELD(ClientStatus), FIELD(NodeID), FIELD(DeploymentStatus),
         FIELD(JobVersion), FIELD(FollowupEvalID), FIELD(HasPausedTask));

DESCRIBE(JobStatusesLatestDeployment, FIELD(ID), FIELD(IsActive), FIELD(JobVersion), FIELD(Status),
         FIELD(StatusDescription), FIELD(AllAutoPromote), FIELD(RequiresPromotion));

DESCRIBE(JobStatusesJob, EMBED(NamespacedID), FIELD(Name), FIELD(Type), FIELD(NodePool), FIELD(Datacenters),
         FIELD(Priority), FIELD(Version), FIELD(SubmitTime), FIELD(ModifyIndex), FIELD(Allocs), FIELD(GroupCountSum),
         FIELD(ChildStatuses), FIELD(ParentID), FIELD(LatestDeployment), FIELD(Stop), FIELD(IsPack), FIELD(Status));

DESCRIBE(JobSubmission, FIELD(Source), FIELD(Format), FIELD(VariableFlags), FIELD(Variables), FIELD(Namespace),
         FIELD(JobID), FIELD(Version), FIELD(JobModifyIndex));

DESCRIBE(PeriodicLaunch, FIELD(ID), FIELD(Namespace), FIELD(Launch), FIELD(CreateIndex), FIELD(ModifyIndex));

}  // namespace drover::model
