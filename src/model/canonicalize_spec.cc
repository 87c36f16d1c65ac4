#include <algorithm>
#include <string>

#include "model/canonicalize.h"
#include "model/status.h"

namespace drover::model::spec {
namespace {

template <class T, class V>
void fill(Opt<T>& member, V&& value) {
    if (!member) member = std::forward<V>(value);
}

template <class T>
void fill(std::string& member, T&& value) {
    if (member.empty()) member = std::forward<T>(value);
}

// What `over` gives wins over what is there.
template <class T>
void merge(Opt<T>& member, const Opt<T>& over) {
    if (over) member = over;
}

template <class C>
void null_if_empty(C& container) {
    if (container.empty()) container.set_null();
}

bool is_service(std::string_view type) { return type == kJobTypeService; }
bool is_batch(std::string_view type) { return type == kJobTypeBatch; }
bool is_batch_like(std::string_view type) { return type == kJobTypeBatch || type == kJobTypeSysBatch; }
bool is_system_like(std::string_view type) { return type == kJobTypeSystem || type == kJobTypeSysBatch; }

void fill_defaults(UpdateStrategy& u) {
    fill(u.Stagger, seconds(30));
    fill(u.MaxParallel, 1);
    fill(u.HealthCheck, "checks");
    fill(u.MinHealthyTime, seconds(10));
    fill(u.HealthyDeadline, minutes(5));
    fill(u.ProgressDeadline, minutes(10));
    fill(u.Canary, 0);
    fill(u.AutoRevert, false);
    fill(u.AutoPromote, false);
}

void merge(UpdateStrategy& u, const UpdateStrategy& over) {
    merge(u.Stagger, over.Stagger);
    merge(u.MaxParallel, over.MaxParallel);
    merge(u.HealthCheck, over.HealthCheck);
    merge(u.MinHealthyTime, over.MinHealthyTime);
    merge(u.HealthyDeadline, over.HealthyDeadline);
    merge(u.ProgressDeadline, over.ProgressDeadline);
    merge(u.Canary, over.Canary);
    merge(u.AutoRevert, over.AutoRevert);
    merge(u.AutoPromote, over.AutoPromote);
}

// A stored job that has no rules for updates shows zeros.
bool is_empty(const UpdateStrategy& u) {
    return u.Stagger.value_or(Duration{}).ns == 0 && u.MaxParallel.value_or(0) == 0 &&
           u.HealthCheck.value_or("").empty() && u.MinHealthyTime.value_or(Duration{}).ns == 0 &&
           u.HealthyDeadline.value_or(Duration{}).ns == 0 && u.ProgressDeadline.value_or(Duration{}).ns == 0 &&
           u.Canary.value_or(0) == 0 && !u.AutoRevert.value_or(false) && !u.AutoPromote.value_or(false);
}

void fill_defaults(MigrateStrategy& m) {
    fill(m.MaxParallel, 1);
    fill(m.HealthCheck, "checks");
    fill(m.MinHealthyTime, seconds(10));
    fill(m.HealthyDeadline, minutes(5));
}

void merge(MigrateStrategy& m, const MigrateStrategy& over) {
    merge(m.MaxParallel, over.MaxParallel);
    merge(m.HealthCheck, over.HealthCheck);
    merge(m.MinHealthyTime, over.MinHealthyTime);
    merge(m.HealthyDeadline, over.HealthyDeadline);
}

void fill_defaults(spec::ReschedulePolicy& r, std::string_view type) {
    const bool service = is_service(type), batch = is_batch(type);
    fill(r.Attempts, batch ? 1 : 0);
    fill(r.Interval, batch ? hours(24) : Duration{});
    fill(r.Delay, service ? seconds(30) : batch ? seconds(5) : Duration{});
    fill(r.DelayFunction, service ? "exponential" : batch ? "constant" : "");
    fill(r.MaxDelay, service ? hours(1) : Duration{});
    fill(r.Unlimited, service);
}

void merge(spec::ReschedulePolicy& r, const spec::ReschedulePolicy& over) {
    merge(r.Attempts, over.Attempts);
    merge(r.Interval, over.Interval);
    merge(r.Delay, over.Delay);
    merge(r.DelayFunction, over.DelayFunction);
    merge(r.MaxDelay, over.MaxDelay);
    merge(r.Unlimited, over.Unlimited);
}

// A group's block over the job's.
template <class T>
void inherit(Box<T>& group, const Box<T>& job) {
    if (!job) return;
    T merged = *job;
    if (group) merge(merged, *group);
    group = std::move(merged);
}

spec::RestartPolicy default_restart(std::string_view type) {
    spec::RestartPolicy r;
    const bool system_or_service = !is_batch_like(type) && (is_service(type) || is_system_like(type));
    r.Attempts = system_or_service ? 2 : 3;
    r.Interval = system_or_service ? minutes(30) : hours(24);
    r.Delay = seconds(15);
    r.Mode = "fail";
    r.RenderTemplates = false;
    return r;
}

spec::RestartPolicy merged(spec::RestartPolicy r, const Box<spec::RestartPolicy>& over) {
    if (!over) return r;
    merge(r.Attempts, over->Attempts);
    merge(r.Interval, over->Interval);
    merge(r.Delay, over->Delay);
    merge(r.Mode, over->Mode);
    merge(r.RenderTemplates, over->RenderTemplates);
    return r;
}

void fill_defaults(List<Affinity>& affinities) {
    for (Affinity& affinity : affinities) fill(affinity.Weight, int8_t{50});
}

void fill_defaults(List<Spread>& spreads) {
    for (Spread& spread : spreads) fill(spread.Weight, int8_t{50});
}

void fill_defaults(spec::Resources& r) {
    fill(r.CPU, r.Cores ? 0 : 100);
    fill(r.Cores, 0);
    fill(r.MemoryMB, 300);
    for (RequestedDevice& device : r.Devices) {
        fill(device.Count, uint64_t{1});
        fill_defaults(device.Affinities);
    }
    if (r.NUMA) {
        fill(r.NUMA->Affinity, "none");
        null_if_empty(r.NUMA->Devices);
    }
}

void fill_defaults(spec::LogConfig& logs) {
    fill(logs.MaxFiles, 10);
    fill(logs.MaxFileSizeMB, 10);
    fill(logs.Disabled, false);
}

void fill_defaults(List<VolumeMount>& mounts) {
    for (VolumeMount& mount : mounts) {
        fill(mount.PropagationMode, "private");
        fill(mount.ReadOnly, false);
        fill(mount.SELinuxLabel, "");
    }
}

void fill_defaults(TaskArtifact& artifact) {
    fill(artifact.GetterSource, "");
    fill(artifact.GetterMode, "any");
    fill(artifact.GetterInsecure, false);
    null_if_empty(artifact.GetterHeaders);
    null_if_empty(artifact.GetterOptions);
    if (artifact.RelativeDest) return;
    artifact.RelativeDest = "local/";
    if (*artifact.GetterMode != "file") return;
    std::string_view source = *artifact.GetterSource;
    while (source.ends_with('/')) source.remove_suffix(1);
    const std::string_view file = source.substr(source.rfind('/') + 1);
    artifact.RelativeDest = file.empty() ? "local" : "local/" + std::string(file);
}

void fill_defaults(Template& t) {
    fill(t.SourcePath, "");
    fill(t.DestPath, "");
    fill(t.EmbeddedTmpl, "");
    fill(t.ChangeMode, "restart");
    if (!t.ChangeSignal) {
        t.ChangeSignal = *t.ChangeMode == "signal" ? "SIGHUP" : "";
    } else {
        std::transform(t.ChangeSignal->begin(), t.ChangeSignal->end(), t.ChangeSignal->begin(),
                       [](unsigned char c) { return std::toupper(c); });
    }
    if (t.ChangeScript) {
        fill(t.ChangeScript->Command, "");
        if (t.ChangeScript->Args.is_null()) t.ChangeScript->Args.made = true;
        fill(t.ChangeScript->Timeout, seconds(5));
        fill(t.ChangeScript->FailOnError, false);
        fill(t.ChangeScript->RunOnFirstRender, false);
    }
    fill(t.Once, false);
    fill(t.Splay, seconds(5));
    fill(t.Perms, "0644");
    fill(t.LeftDelim, "{{");
    fill(t.RightDelim, "}}");
    fill(t.Envvars, false);
    fill(t.ErrMissingKey, false);
    fill(t.VaultGrace, Duration{});
}

void fill_defaults(spec::Vault& vault) {
    fill(vault.Env, true);
    fill(vault.DisableFile, false);
    fill(vault.Namespace, "");
    fill(vault.Cluster, "default");
    fill(vault.ChangeMode, "restart");
    fill(vault.ChangeSignal, "SIGHUP");
    fill(vault.AllowTokenExpiration, false);
}

void fill_defaults(ConsulHTTPHeaderModifiers& headers) {
    null_if_empty(headers.Add);
    null_if_empty(headers.Set);
    null_if_empty(headers.Remove);
}

void fill_defaults(ConsulIngressService& service) {
    null_if_empty(service.Hosts);
    if (service.RequestHeaders) fill_defaults(*service.RequestHeaders);
    if (service.ResponseHeaders) fill_defaults(*service.ResponseHeaders);
}

void fill_defaults(ConsulGateway& gateway) {
    if (gateway.Proxy) {
        fill(gateway.Proxy->ConnectTimeout, seconds(5));
        null_if_empty(gateway.Proxy->EnvoyGatewayBindAddresses);
        null_if_empty(gateway.Proxy->Config);
    }
    if (gateway.Ingress) {
        for (ConsulIngressListener& listener : gateway.Ingress->Listeners) {
            fill(listener.Protocol, "tcp");
            for (ConsulIngressService& service : listener.Services) fill_defaults(service);
        }
    }
}

void fill_defaults(ConsulProxy& proxy) {
    null_if_empty(proxy.Upstreams);
    null_if_empty(proxy.Config);
    for (ConsulUpstream& upstream : proxy.Upstreams) null_if_empty(upstream.Config);
    if (proxy.Expose) {
        null_if_empty(proxy.Expose->Paths);
        null_if_empty(proxy.Expose->Path);
    }
    if (!proxy.TransparentProxy) return;
    null_if_empty(proxy.TransparentProxy->ExcludeInboundPorts);
    null_if_empty(proxy.TransparentProxy->ExcludeOutboundPorts);
    null_if_empty(proxy.TransparentProxy->ExcludeOutboundCIDRs);
    null_if_empty(proxy.TransparentProxy->ExcludeUIDs);
}

void fill_defaults(ConsulConnect& connect) {
    if (connect.Gateway) fill_defaults(*connect.Gateway);
    if (connect.SidecarService) {
        null_if_empty(connect.SidecarService->Tags);
        null_if_empty(connect.SidecarService->Meta);
        if (connect.SidecarService->Proxy) fill_defaults(*connect.SidecarService->Proxy);
    }
    if (!connect.SidecarTask) return;
    spec::SidecarTask& task = *connect.SidecarTask;
    null_if_empty(task.Config);
    null_if_empty(task.Env);
    null_if_empty(task.Meta);
    fill_defaults(task.Resources.make());
    fill_defaults(task.LogConfig.make());
    fill(task.KillTimeout, seconds(5));
    fill(task.ShutdownDelay, Duration{});
    fill_defaults(task.VolumeMounts);
}

// A check's restart rules over its service's.
void inherit(Box<spec::CheckRestart>& check, const Box<spec::CheckRestart>& service) {
    if (!check && !service) return;
    spec::CheckRestart merged = service ? *service : spec::CheckRestart{};
    if (check) {
        if (check->Limit != 0) merged.Limit = check->Limit;
        merge(merged.Grace, check->Grace);
        if (check->IgnoreWarnings) merged.IgnoreWarnings = true;
    }
    fill(merged.Grace, seconds(1));
    check = std::move(merged);
}

void fill_defaults(Service& service, const std::string& default_name) {
    fill(service.Name, default_name);
    fill(service.AddressMode, "auto");
    fill(service.OnUpdate, "require_healthy");
    fill(service.Provider, "consul");
    fill(service.Cluster, "default");
    null_if_empty(service.Meta);
    null_if_empty(service.CanaryMeta);
    null_if_empty(service.TaggedAddresses);
    if (service.Connect) fill_defaults(*service.Connect);
    for (ServiceCheck& check : service.Checks) {
        inherit(check.CheckRestart, service.CheckRestart);
        fill(check.OnUpdate, service.OnUpdate);
        check.SuccessBeforePassing = std::max<int64_t>(check.SuccessBeforePassing, 0);
        check.FailuresBeforeCritical = std::max<int64_t>(check.FailuresBeforeCritical, 0);
        check.FailuresBeforeWarning = std::max<int64_t>(check.FailuresBeforeWarning, 0);
    }
    if (service.Weights) {
        if (service.Weights->Passing <= 0) service.Weights->Passing = 1;
        if (service.Weights->Warning <= 0) service.Weights->Warning = 1;
    }
}

void fill_defaults(spec::Consul& consul, const std::string& job_namespace) {
    fill(consul.Cluster, "default");
    fill(consul.Namespace, job_namespace);
}

void fill_defaults(Task& task, const TaskGroup& group, const Job& job) {
    fill_defaults(task.Resources.make());
    fill(task.KillTimeout, seconds(5));
    fill_defaults(task.LogConfig.make());
    fill_defaults(task.Affinities);
    fill_defaults(task.VolumeMounts);
    for (TaskArtifact& artifact : task.Artifacts) fill_defaults(artifact);
    for (Template& tmpl : task.Templates) fill_defaults(tmpl);
    for (Secret& secret : task.Secrets) {
        null_if_empty(secret.Config);
        null_if_empty(secret.Env);
    }
    if (task.Vault) fill_defaults(*task.Vault);
    if (task.Consul) fill_defaults(*task.Consul, "");
    if (task.CSIPluginConfig) {
        fill(task.CSIPluginConfig->MountDir, "/csi");
        fill(task.CSIPluginConfig->StagePublishBaseDir, "/local/csi");
        if (task.CSIPluginConfig->HealthTimeout.ns == 0) task.CSIPluginConfig->HealthTimeout = seconds(30);
    }
    const std::string prefix = job.Name.value_or("") + "-" + group.Name.value_or("") + "-";
    for (Service& service : task.Services) fill_defaults(service, prefix + task.Name);
    task.RestartPolicy = merged(*group.RestartPolicy, task.RestartPolicy);
}

void fill_defaults(VolumeRequest& volume) {
    if (volume.MountOptions) null_if_empty(volume.MountOptions->MountFlags);
}

void fill_defaults(TaskGroup& group, const Job& job) {
    const std::string& type = *job.Type;
    fill(group.Name, "");
    if (!group.Count) group.Count = group.Scaling && group.Scaling->Min ? *group.Scaling->Min : 1;
    if (group.Scaling) {
        fill(group.Scaling->Enabled, true);
        fill(group.Scaling->Min, *group.Count);
        fill(group.Scaling->Type, "horizontal");
    }
    for (auto& [name, volume] : group.Volumes) fill_defaults(volume);
    spec::EphemeralDisk& disk = group.EphemeralDisk.make();
    fill(disk.Sticky, false);
    fill(disk.Migrate, false);
    fill(disk.SizeMB, 300);
    if (group.Consul) fill_defaults(*group.Consul, job.ConsulNamespace.value_or(""));

    if (group.Update || (job.Update && !is_empty(*job.Update))) inherit(group.Update, job.Update);
    if (group.Update) fill_defaults(*group.Update);
    inherit(group.ReschedulePolicy, job.Reschedule);
    if (!is_system_like(type)) group.ReschedulePolicy.make();
    if (group.ReschedulePolicy) fill_defaults(*group.ReschedulePolicy, type);
    inherit(group.Migrate, job.Migrate);
    if (is_service(type)) group.Migrate.make();
    if (group.Migrate) fill_defaults(*group.Migrate);
    if (group.Disconnect) {
        fill(group.Disconnect->Replace, true);
        fill(group.Disconnect->Reconcile, "best_score");
    }
    group.RestartPolicy = merged(default_restart(type), group.RestartPolicy);

    fill_defaults(group.Spreads);
    fill_defaults(group.Affinities);
    for (Task& task : group.Tasks) fill_defaults(task, group, job);
    for (Service& service : group.Services) fill_defaults(service, job.Name.value_or("") + "-" + *group.Name);
}

void fill_defaults(spec::Multiregion& multiregion) {
    MultiregionStrategy& strategy = multiregion.Strategy.make();
    fill(strategy.MaxParallel, 0);
    fill(strategy.OnFailure, "");
    multiregion.Regions.made = true;
    for (MultiregionRegion& region : multiregion.Regions) {
        fill(region.Count, 1);
        region.Datacenters.made = true;
        region.Meta.made = true;
    }
}

void fill_defaults(PeriodicConfig& periodic) {
    fill(periodic.Enabled, true);
    fill(periodic.Spec, "");
    periodic.Specs.made = true;
    fill(periodic.SpecType, "cron");
    fill(periodic.ProhibitOverlap, false);
    if (!periodic.TimeZone || periodic.TimeZone->empty()) periodic.TimeZone = "UTC";
}

void fill_scalars(Job& job) {
    fill(job.ID, "");
    fill(job.Name, *job.ID);
    fill(job.ParentID, "");
    fill(job.Namespace, kDefaultNamespace);
    fill(job.Priority, 50);
    fill(job.Stop, false);
    fill(job.Region, kDefaultRegion);
    fill(job.NodePool, "");
    fill(job.Type, kJobTypeService);
    fill(job.AllAtOnce, false);
    fill(job.ConsulNamespace, "");
    fill(job.VaultNamespace, "");
    fill(job.NomadTokenID, "");
    fill(job.Status, "");
    fill(job.StatusDescription, "");
    fill(job.Stable, false);
    fill(job.Version, uint64_t{0});
    fill(job.CreateIndex, uint64_t{0});
    fill(job.ModifyIndex, uint64_t{0});
    fill(job.JobModifyIndex, uint64_t{0});
}

}  // namespace

// Found through its argument's namespace by the function of model/canonicalize.
static void fill_defaults(Job& job) {
    fill_scalars(job);
    if (job.Periodic) fill_defaults(*job.Periodic);
    if (is_service(*job.Type) || *job.Type == kJobTypeSystem) job.Update.make();
    if (job.Update) fill_defaults(*job.Update);
    if (job.Multiregion) fill_defaults(*job.Multiregion);
    for (TaskGroup& group : job.TaskGroups) fill_defaults(group, job);
    fill_defaults(job.Spreads);
    fill_defaults(job.Affinities);
}

}  // namespace drover::model::spec

namespace drover::model {

void canonicalize(spec::Job& job) { fill_defaults(job); }

}  // namespace drover::model
