#pragma once
// A task of a group and all that its block may contain.

#include "base/containers.h"
#include "base/time.h"
#include "codec/any.h"
#include "codec/type.h"
#include "model/resources.h"
#include "model/service.h"

namespace drover::model {

struct Action {
    std::string Name;
    std::string Command;
    List<std::string> Args;
};
DECLARE_TYPE(Action);

struct ChangeScript {
    std::string Command;
    List<std::string> Args;
    Duration Timeout;
    bool FailOnError = false;
    bool RunOnFirstRender = false;
};
DECLARE_TYPE(ChangeScript);

struct DispatchPayloadConfig {
    std::string File;
};
DECLARE_TYPE(DispatchPayloadConfig);

struct RestartPolicy {
    int64_t Attempts = 0;
    Duration Interval;
    Duration Delay;
    std::string Mode;
    bool RenderTemplates = false;
};
DECLARE_TYPE(RestartPolicy);

struct ScalingPolicy {
    std::string ID;
    std::string Type;
    Map<std::string> Target;
    Map<codec::Any> Policy;
    int64_t Min = 0;
    int64_t Max = 0;
    bool Enabled = false;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(ScalingPolicy);

struct Secret {
    std::string Name;
    std::string Provider;
    std::string Path;
    Map<codec::Any> Config;
    Map<std::string> Env;
};
DECLARE_TYPE(Secret);

struct SignedWorkloadIdentity {
    std::string JWT;
    Time Expiration;
};
DECLARE_TYPE(SignedWorkloadIdentity);

struct TaskArtifact {
    std::string GetterSource;
    Map<std::string> GetterOptions;
    Map<std::string> GetterHeaders;
    std::string GetterMode;
    bool GetterInsecure = false;
    std::string RelativeDest;
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

struct Template {
    std::string SourcePath;
    std::string DestPath;
    std::string EmbeddedTmpl;
    std::string ChangeMode;
    std::string ChangeSignal;
    Box<model::ChangeScript> ChangeScript;
    bool Once = false;
    Duration Splay;
    std::string Perms;
    Opt<int64_t> Uid;
    Opt<int64_t> Gid;
    std::string LeftDelim;
    std::string RightDelim;
    bool Envvars = false;
    Duration VaultGrace;
    Box<WaitConfig> Wait;
    bool ErrMissingKey = false;
};
DECLARE_TYPE(Template);

struct Vault {
    std::string Role;
    std::string Namespace;
    std::string Cluster;
    bool Env = false;
    bool DisableFile = false;
    std::string ChangeMode;
    std::string ChangeSignal;
    bool AllowTokenExpiration = false;
};
DECLARE_TYPE(Vault);

struct Task {
    std::string Name;
    std::string Driver;
    std::string User;
    Map<codec::Any> Config;
    Map<std::string> Env;
    List<Service> Services;
    Box<model::Vault> Vault;
    List<Secret> Secrets;
    Box<model::Consul> Consul;
    List<Template> Templates;
    List<Constraint> Constraints;
    List<Affinity> Affinities;
    Box<model::Resources> Resources;
    Box<model::RestartPolicy> RestartPolicy;
    Box<DispatchPayloadConfig> DispatchPayload;
    Box<TaskLifecycleConfig> Lifecycle;
    Map<std::string> Meta;
    Duration KillTimeout;
    Box<model::LogConfig> LogConfig;
    List<TaskArtifact> Artifacts;
    bool Leader = false;
    Duration ShutdownDelay;
    List<VolumeMount> VolumeMounts;
    List<Shared<ScalingPolicy>> ScalingPolicies;
    std::string KillSignal;
    std::string Kind;
    Box<TaskCSIPluginConfig> CSIPluginConfig;
    Box<WorkloadIdentity> Identity;
    List<WorkloadIdentity> Identities;
    List<Action> Actions;
    Box<TaskSchedule> Schedule;
};
DECLARE_TYPE(Task);

}  // namespace drover::model
