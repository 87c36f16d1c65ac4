#include "model/spec_job.h"

#include "codec/describe.h"

namespace drover::model::spec {

DESCRIBE(JobUILink, FIELD(Label).hcl_attribute("label"), FIELD(URL).hcl_attribute("url"));

DESCRIBE(JobUIConfig, FIELD(Description).hcl_attribute("description"), FIELD(Links).hcl_block("link"));

DESCRIBE(JobVersionTag, FIELD(Name), FIELD(Description), FIELD(TaggedTime));

DESCRIBE(MigrateStrategy, FIELD(MaxParallel).hcl_attribute("max_parallel"),
         FIELD(HealthCheck).hcl_attribute("health_check"), FIELD(MinHealthyTime).hcl_attribute("min_healthy_time"),
         FIELD(HealthyDeadline).hcl_attribute("healthy_deadline"));

DESCRIBE(MultiregionRegion, FIELD(Name).hcl_label(""), FIELD(Count).hcl_attribute("count"),
         FIELD(Datacenters).hcl_attribute("datacenters"), FIELD(NodePool).hcl_attribute("node_pool"),
         FIELD(Meta).hcl_block("meta"));

DESCRIBE(MultiregionStrategy, FIELD(MaxParallel).hcl_attribute("max_parallel"),
         FIELD(OnFailure).hcl_attribute("on_failure"));

DESCRIBE(Multiregion, FIELD(Strategy).hcl_block("strategy"), FIELD(Regions).hcl_block("region"));

DESCRIBE(ParameterizedJobConfig, FIELD(Payload).hcl_attribute("payload"),
         FIELD(MetaRequired).hcl_attribute("meta_required"), FIELD(MetaOptional).hcl_attribute("meta_optional"));

DESCRIBE(PeriodicConfig, FIELD(Enabled).hcl_attribute("enabled"), FIELD(Spec).hcl_attribute("cron"),
         FIELD(Specs).hcl_attribute("crons"), FIELD(SpecType), FIELD(ProhibitOverlap).hcl_attribute("prohibit_overlap"),
         FIELD(TimeZone).hcl_attribute("time_zone"));

DESCRIBE(ReschedulePolicy, FIELD(Attempts).hcl_attribute("attempts"), FIELD(Interval).hcl_attribute("interval"),
         FIELD(Delay).hcl_attribute("delay"), FIELD(DelayFunction).hcl_attribute("delay_function"),
         FIELD(MaxDelay).hcl_attribute("max_delay"), FIELD(Unlimited).hcl_attribute("unlimited"));

DESCRIBE(DisconnectStrategy, FIELD(LostAfter).hcl_attribute("lost_after"),
         FIELD(StopOnClientAfter).hcl_attribute("stop_on_client_after"), FIELD(Replace).hcl_attribute("replace"),
         FIELD(Reconcile).hcl_attribute("reconcile"));

DESCRIBE(EphemeralDisk, FIELD(Sticky).hcl_attribute("sticky"), FIELD(Migrate).hcl_attribute("migrate"),
         FIELD(SizeMB).hcl_attribute("size"));

DESCRIBE(UpdateStrategy, FIELD(Stagger).hcl_attribute("stagger"), FIELD(MaxParallel).hcl_attribute("max_parallel"),
         FIELD(HealthCheck).hcl_attribute("health_check"), FIELD(MinHealthyTime).hcl_attribute("min_healthy_time"),
         FIELD(HealthyDeadline).hcl_attribute("healthy_deadline"),
         FIELD(ProgressDeadline).hcl_attribute("progress_deadline"), FIELD(Canary).hcl_attribute("canary"),
         FIELD(AutoRevert).hcl_attribute("auto_revert"), FIELD(AutoPromote).hcl_attribute("auto_promote"));

DESCRIBE(TaskGroup, FIELD(Name).hcl_label("name"), FIELD(Count).hcl_attribute("count"),
         FIELD(Constraints).hcl_block("constraint"), FIELD(Affinities).hcl_block("affinity"),
         FIELD(Tasks).hcl_block("task"), FIELD(Spreads).hcl_block("spread"), FIELD(Volumes).hcl_block("volume"),
         FIELD(RestartPolicy).hcl_block("restart"), FIELD(Disconnect).hcl_block("disconnect"),
         FIELD(ReschedulePolicy).hcl_block("reschedule"), FIELD(EphemeralDisk).hcl_block("ephemeral_disk"),
         FIELD(Update).hcl_block("update"), FIELD(Migrate).hcl_block("migrate"), FIELD(Networks).hcl_block("network"),
         FIELD(Meta).hcl_block("meta"), FIELD(Services).hcl_block("service"),
         FIELD(ShutdownDelay).hcl_attribute("shutdown_delay"), FIELD(MaxRunDuration).hcl_attribute("max_run_duration"),
         FIELD(StopAfterClientDisconnect).hcl_attribute("stop_after_client_disconnect"),
         FIELD(MaxClientDisconnect).hcl_attribute("max_client_disconnect"), FIELD(Scaling).hcl_block("scaling"),
         FIELD(Consul).hcl_block("consul"), FIELD(PreventRescheduleOnLost).hcl_attribute("prevent_reschedule_on_lost"));

DESCRIBE(Job, FIELD(Region).hcl_attribute("region"), FIELD(Namespace).hcl_attribute("namespace"),
         FIELD(ID).hcl_attribute("id"), FIELD(Name).hcl_attribute("name"), FIELD(Type).hcl_attribute("type"),
         FIELD(Priority).hcl_attribute("priority"), FIELD(AllAtOnce).hcl_attribute("all_at_once"),
         FIELD(Datacenters).hcl_attribute("datacenters"), FIELD(NodePool).hcl_attribute("node_pool"),
         FIELD(Constraints).hcl_block("constraint"), FIELD(Affinities).hcl_block("affinity"),
         FIELD(TaskGroups).hcl_block("group"), FIELD(Update).hcl_block("update"),
         FIELD(Multiregion).hcl_block("multiregion"), FIELD(Spreads).hcl_block("spread"),
         FIELD(Periodic).hcl_block("periodic"), FIELD(ParameterizedJob).hcl_block("parameterized"),
         FIELD(Reschedule).hcl_block("reschedule"), FIELD(Migrate).hcl_block("migrate"), FIELD(Meta).hcl_block("meta"),
         FIELD(UI).hcl_block("ui"), FIELD(Stop), FIELD(ParentID), FIELD(Dispatched), FIELD(DispatchIdempotencyToken),
         FIELD(Payload), FIELD(ConsulNamespace), FIELD(VaultNamespace), FIELD(NomadTokenID).secret(), FIELD(Status),
         FIELD(StatusDescription), FIELD(Stable), FIELD(Version), FIELD(SubmitTime), FIELD(CreateIndex),
         FIELD(ModifyIndex), FIELD(JobModifyIndex), FIELD(VersionTag));

DESCRIBE(JobSubmission, FIELD(Source), FIELD(Format), FIELD(VariableFlags), FIELD(Variables));

DESCRIBE(WriteRequest, FIELD(Region), FIELD(Namespace), FIELD(SecretID).secret());

DESCRIBE(JobRegisterRequest, FIELD(Submission), FIELD(Job), FIELD(EnforceIndex).omit_empty(),
         FIELD(JobModifyIndex).omit_empty(), FIELD(PolicyOverride).omit_empty(), FIELD(PreserveCounts).omit_empty(),
         FIELD(PreserveResources).omit_empty(), FIELD(EvalPriority).omit_empty(), EMBED(WriteRequest));

DESCRIBE(JobPlanRequest, FIELD(Job), FIELD(Diff), FIELD(PolicyOverride), EMBED(WriteRequest));

DESCRIBE(JobValidateRequest, FIELD(Job), EMBED(WriteRequest));

DESCRIBE(JobsParseRequest, FIELD(JobHCL), FIELD(Variables), FIELD(Canonicalize));

}  // namespace drover::model::spec
