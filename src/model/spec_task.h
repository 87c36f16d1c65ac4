#pragma once
// A task of a job specification.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/spec_resources.h"
#include "model/spec_service.h"

namespace drover::model::spec {

struct RestartPolicy {
    Opt<Duration> Interval;
    Opt<int64_t> Attempts;
    Opt<Duration> Delay;
    Opt<std::string> Mode;
    Opt<bool> RenderTemplates;
};
DECLARE_TYPE(RestartPolicy);

struct ScalingPolicy {
    Opt<int64_t> Min;
    Opt<int64_t> Max;
    Map<codec::Any> Policy;
    Opt<bool> Enabled;
    std::string Type;
    std::string ID;
    std::string Namespace;
    Map<std::string> Target;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(ScalingPolicy);

struct Action {
    std::string Name;
    std::string Command;
    List<std::string> Args;
};
DECLARE_TYPE(Action);

struct DispatchPayloadConfig {
    std::string File;
};
DECLARE_TYPE(DispatchPayloadConfig);

struct Secret {
    std::string Name;
    std::string Provider;
    std::string Path;
    Map<codec::Any> Config;
    Map<std::string> Env;
};
DECLARE_TYPE(Secret);

struct TaskArtifact {
    Opt<std::string> GetterSource;
    Map<std::string> GetterOptions;
    Map<std::string> GetterHeaders;
    Opt<std::string> GetterMode;
    Opt<bool> GetterInsecure;
    Opt<std::string> RelativeDest;
    bool Chown = false;
};
DECLARE_TYPE(TaskArtifact);

struct TaskCSIPluginConfig {
    std::string ID;
    std::string Type;
    std::string MountDir;
    std::string StagePublishBaseDir;
    Duration HealthTimeout;
};
DECLARE_TYPE(TaskCSIPluginConfig);

struct TaskLifecycle {
    std::string Hook;
    bool Sidecar = false;
};
DECLARE_TYPE(TaskLifecycle);

struct TaskScheduleCron {
    std::string Start;
    std::string End;
    std::string Timezone;
};
DECLARE_TYPE(TaskScheduleCron);

struct TaskSchedule {
    Box<TaskScheduleCron> Cron;
};
DECLARE_TYPE(TaskSchedule);

struct ChangeScript {
    Opt<std::string> Command;
    List<std::string> Args;
    Opt<Duration> Timeout;
    Opt<bool> FailOnError;
    Opt<bool> RunOnFirstRender;
};
DECLARE_TYPE(ChangeScript);

struct Template {
    Opt<std::string> SourcePath;
    Opt<std::string> DestPath;
    Opt<std::string> EmbeddedTmpl;
    Opt<std::string> ChangeMode;
    Box<spec::ChangeScript> ChangeScript;
    Opt<std::string> ChangeSignal;
    Opt<bool> Once;
    Opt<Duration> Splay;
    Opt<std::string> Perms;
    Opt<int64_t> Uid;
    Opt<int64_t> Gid;
    Opt<std::string> LeftDelim;
    Opt<std::string> RightDelim;
    Opt<bool> Envvars;
    Opt<Duration> VaultGrace;
    Box<WaitConfig> Wait;
    Opt<bool> ErrMissingKey;
};
DECLARE_TYPE(Template);

struct Vault {
    List<std::string> Policies;
    std::string Role;
    Opt<std::string> Namespace;
    std::string Cluster;
    Opt<bool> Env;
    Opt<bool> DisableFile;
    Opt<std::string> ChangeMode;
    Opt<std::string> ChangeSignal;
    Opt<bool> AllowTokenExpiration;
};
DECLARE_TYPE(Vault);

struct Task {
    std::string Name;
    std::string Driver;
    std::string User;
    Box<TaskLifecycle> Lifecycle;
    Map<codec::Any> Config;
    List<Constraint> Constraints;
    List<Affinity> Affinities;
    Map<std::string> Env;
    List<Service> Services;
    Box<spec::Resources> Resources;
    Box<spec::RestartPolicy> RestartPolicy;
    Map<std::string> Meta;
    Opt<Duration> KillTimeout;
    Box<spec::LogConfig> LogConfig;
    List<TaskArtifact> Artifacts;
    Box<spec::Vault> Vault;
    Box<spec::Consul> Consul;
    List<Template> Templates;
    Box<DispatchPayloadConfig> DispatchPayload;
    List<VolumeMount> VolumeMounts;
    Box<TaskCSIPluginConfig> CSIPluginConfig;
    bool Leader = false;
    Duration ShutdownDelay;
    std::string KillSignal;
    std::string Kind;
    List<ScalingPolicy> ScalingPolicies;
    List<Secret> Secrets;
    Box<WorkloadIdentity> Identity;
    List<WorkloadIdentity> Identities;
    List<Action> Actions;
    Box<TaskSchedule> Schedule;
};
DECLARE_TYPE(Task);

struct CSIMountOptions {
    std::string FSType;
    List<std::string> MountFlags;
    List<std::string> ExtraKeysHCL;
};
DECLARE_TYPE(CSIMountOptions);

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
    List<std::string> ExtraKeysHCL;
};
DECLARE_TYPE(VolumeRequest);

}  // namespace drover::model::spec
