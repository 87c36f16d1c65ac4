#include "model/task.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(Action, FIELD(Name), FIELD(Command), FIELD(Args));

DESCRIBE(ChangeScript, FIELD(Command), FIELD(Args), FIELD(Timeout), FIELD(FailOnError), FIELD(RunOnFirstRender));

DESCRIBE(DispatchPayloadConfig, FIELD(File));

DESCRIBE(RestartPolicy, FIELD(Attempts), FIELD(Interval), FIELD(Delay), FIELD(Mode), FIELD(RenderTemplates));

DESCRIBE(ScalingPolicy, FIELD(ID), FIELD(Type), FIELD(Target), FIELD(Policy), FIELD(Min), FIELD(Max), FIELD(Enabled),
         FIELD(CreateIndex), FIELD(ModifyIndex));

DESCRIBE(Secret, FIELD(Name), FIELD(Provider), FIELD(Path), FIELD(Config), FIELD(Env));

DESCRIBE(SignedWorkloadIdentity, FIELD(JWT).secret(), FIELD(Expiration));

DESCRIBE(TaskArtifact, FIELD(GetterSource), FIELD(GetterOptions), FIELD(GetterHeaders), FIELD(GetterMode),
         FIELD(GetterInsecure), FIELD(RelativeDest), FIELD(Chown));

DESCRIBE(TaskCSIPluginConfig, FIELD(ID), FIELD(Type), FIELD(MountDir), FIELD(StagePublishBaseDir),
         FIELD(HealthTimeout));

DESCRIBE(TaskScheduleCron, FIELD(Start), FIELD(End), FIELD(Timezone));

DESCRIBE(TaskSchedule, FIELD(Cron));

DESCRIBE(Template, FIELD(SourcePath), FIELD(DestPath), FIELD(EmbeddedTmpl), FIELD(ChangeMode), FIELD(ChangeSignal),
         FIELD(ChangeScript), FIELD(Once), FIELD(Splay), FIELD(Perms), FIELD(Uid), FIELD(Gid), FIELD(LeftDelim),
         FIELD(RightDelim), FIELD(Envvars), FIELD(VaultGrace), FIELD(Wait), FIELD(ErrMissingKey));

DESCRIBE(Vault, FIELD(Role), FIELD(Namespace), FIELD(Cluster), FIELD(Env), FIELD(DisableFile), FIELD(ChangeMode),
         FIELD(ChangeSignal), FIELD(AllowTokenExpiration));

DESCRIBE(Task, FIELD(Name), FIELD(Driver), FIELD(User), FIELD(Config), FIELD(Env), FIELD(Services), FIELD(Vault),
         FIELD(Secrets), FIELD(Consul), FIELD(Templates), FIELD(Constraints), FIELD(Affinities), FIELD(Resources),
         FIELD(RestartPolicy), FIELD(DispatchPayload), FIELD(Lifecycle), FIELD(Meta), FIELD(KillTimeout),
         FIELD(LogConfig), FIELD(Artifacts), FIELD(Leader), FIELD(ShutdownDelay), FIELD(VolumeMounts),
         FIELD(ScalingPolicies), FIELD(KillSignal), FIELD(Kind), FIELD(CSIPluginConfig), FIELD(Identity),
         FIELD(Identities), FIELD(Actions), FIELD(Schedule));

}  // namespace drover::model
