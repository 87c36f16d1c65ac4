#include "model/spec_task.h"

#include "codec/describe.h"

namespace drover::model::spec {

DESCRIBE(RestartPolicy, FIELD(Interval).hcl_attribute("interval"), FIELD(Attempts).hcl_attribute("attempts"),
         FIELD(Delay).hcl_attribute("delay"), FIELD(Mode).hcl_attribute("mode"),
         FIELD(RenderTemplates).hcl_attribute("render_templates"));

DESCRIBE(ScalingPolicy, FIELD(Min).hcl_attribute("min"), FIELD(Max).hcl_attribute("max"),
         FIELD(Policy).hcl_block("policy"), FIELD(Enabled).hcl_attribute("enabled"), FIELD(Type).hcl_attribute("type"),
         FIELD(ID), FIELD(Namespace), FIELD(Target), FIELD(CreateIndex), FIELD(ModifyIndex));

DESCRIBE(Action, FIELD(Name).hcl_label("name"), FIELD(Command).hcl_attribute("command"),
         FIELD(Args).hcl_attribute("args"));

DESCRIBE(DispatchPayloadConfig, FIELD(File).hcl_attribute("file"));

DESCRIBE(Secret, FIELD(Name).hcl_label("name"), FIELD(Provider).hcl_attribute("provider"),
         FIELD(Path).hcl_attribute("path"), FIELD(Config).hcl_block("config"), FIELD(Env).hcl_block("env"));

DESCRIBE(TaskArtifact, FIELD(GetterSource).hcl_attribute("source"), FIELD(GetterOptions).hcl_block("options"),
         FIELD(GetterHeaders).hcl_block("headers"), FIELD(GetterMode).hcl_attribute("mode"),
         FIELD(GetterInsecure).hcl_attribute("insecure"), FIELD(RelativeDest).hcl_attribute("destination"),
         FIELD(Chown).hcl_attribute("chown"));

DESCRIBE(TaskCSIPluginConfig, FIELD(ID).hcl_attribute("id"), FIELD(Type).hcl_attribute("type"),
         FIELD(MountDir).hcl_attribute("mount_dir"), FIELD(StagePublishBaseDir).hcl_attribute("stage_publish_base_dir"),
         FIELD(HealthTimeout).hcl_attribute("health_timeout"));

DESCRIBE(TaskLifecycle, FIELD(Hook).hcl_attribute("hook"), FIELD(Sidecar).hcl_attribute("sidecar"));

DESCRIBE(TaskScheduleCron, FIELD(Start).hcl_attribute("start"), FIELD(End).hcl_attribute("end"),
         FIELD(Timezone).hcl_attribute("timezone"));

DESCRIBE(TaskSchedule, FIELD(Cron).hcl_block("cron"));

DESCRIBE(ChangeScript, FIELD(Command).hcl_attribute("command"), FIELD(Args).hcl_attribute("args"),
         FIELD(Timeout).hcl_attribute("timeout"), FIELD(FailOnError).hcl_attribute("fail_on_error"),
         FIELD(RunOnFirstRender).hcl_attribute("run_on_first_render"));

DESCRIBE(Template, FIELD(SourcePath).hcl_attribute("source"), FIELD(DestPath).hcl_attribute("destination"),
         FIELD(EmbeddedTmpl).hcl_attribute("data"), FIELD(ChangeMode).hcl_attribute("change_mode"),
         FIELD(ChangeScript).hcl_block("change_script"), FIELD(ChangeSignal).hcl_attribute("change_signal"),
         FIELD(Once).hcl_attribute("once"), FIELD(Splay).hcl_attribute("splay"), FIELD(Perms).hcl_attribute("perms"),
         FIELD(Uid).hcl_attribute("uid"), FIELD(Gid).hcl_attribute("gid"),
         FIELD(LeftDelim).hcl_attribute("left_delimiter"), FIELD(RightDelim).hcl_attribute("right_delimiter"),
         FIELD(Envvars).hcl_attribute("env"), FIELD(VaultGrace).hcl_attribute("vault_grace"),
         FIELD(Wait).hcl_block("wait"), FIELD(ErrMissingKey).hcl_attribute("error_on_missing_key"));

DESCRIBE(Vault, FIELD(Policies).hcl_attribute("policies"), FIELD(Role).hcl_attribute("role"),
         FIELD(Namespace).hcl_attribute("namespace"), FIELD(Cluster).hcl_attribute("cluster"),
         FIELD(Env).hcl_attribute("env"), FIELD(DisableFile).hcl_attribute("disable_file"),
         FIELD(ChangeMode).hcl_attribute("change_mode"), FIELD(ChangeSignal).hcl_attribute("change_signal"),
         FIELD(AllowTokenExpiration).hcl_attribute("allow_token_expiration"));

DESCRIBE(Task, FIELD(Name).hcl_label("name"), FIELD(Driver).hcl_attribute("driver"), FIELD(User).hcl_attribute("user"),
         FIELD(Lifecycle).hcl_block("lifecycle"), FIELD(Config).hcl_block("config"),
         FIELD(Constraints).hcl_block("constraint"), FIELD(Affinities).hcl_block("affinity"),
         FIELD(Env).hcl_block("env"), FIELD(Services).hcl_block("service"), FIELD(Resources).hcl_block("resources"),
         FIELD(RestartPolicy).hcl_block("restart"), FIELD(Meta).hcl_block("meta"),
         FIELD(KillTimeout).hcl_attribute("kill_timeout"), FIELD(LogConfig).hcl_block("logs"),
         FIELD(Artifacts).hcl_block("artifact"), FIELD(Vault).hcl_block("vault"), FIELD(Consul).hcl_block("consul"),
         FIELD(Templates).hcl_block("template"), FIELD(DispatchPayload).hcl_block("dispatch_payload"),
         FIELD(VolumeMounts).hcl_block("volume_mount"), FIELD(CSIPluginConfig).hcl_block("csi_plugin").omit_empty(),
         FIELD(Leader).hcl_attribute("leader"), FIELD(ShutdownDelay).hcl_attribute("shutdown_delay"),
         FIELD(KillSignal).hcl_attribute("kill_signal"), FIELD(Kind).hcl_attribute("kind"),
         FIELD(ScalingPolicies).hcl_block("scaling"), FIELD(Secrets).hcl_block("secret"), FIELD(Identity),
         FIELD(Identities).hcl_block("identity"), FIELD(Actions).hcl_block("action"),
         FIELD(Schedule).hcl_block("schedule"));

DESCRIBE(CSIMountOptions, FIELD(FSType).hcl_attribute("fs_type"), FIELD(MountFlags).hcl_attribute("mount_flags"),
         FIELD(ExtraKeysHCL).wire_only());

DESCRIBE(VolumeRequest, FIELD(Name).hcl_label("name"), FIELD(Type).hcl_attribute("type"),
         FIELD(Source).hcl_attribute("source"), FIELD(ReadOnly).hcl_attribute("read_only"),
         FIELD(Sticky).hcl_attribute("sticky"), FIELD(AccessMode).hcl_attribute("access_mode"),
         FIELD(AttachmentMode).hcl_attribute("attachment_mode"), FIELD(MountOptions).hcl_block("mount_options"),
         FIELD(PerAlloc).hcl_attribute("per_alloc"), FIELD(ExtraKeysHCL).wire_only());

}  // namespace drover::model::spec
