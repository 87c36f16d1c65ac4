#include "scheduler/update_rules.h"

#include <algorithm>

#include "model/job_rules.h"

namespace drover::scheduler {
namespace {

// Null and empty mean the same here.
template <class T>
bool same(const T& a, const T& b) {
    const codec::TypeInfo& type = codec::type_of<T>();
    return codec::equal(type, &a, &b) || (codec::is_zero(type, &a) && codec::is_zero(type, &b));
}

bool same_network(const model::NetworkResource& a, const model::NetworkResource& b) {
    const auto same_ports = [](const List<model::Port>& x, const List<model::Port>& y, bool fixed) {
        return std::equal(x.begin(), x.end(), y.begin(), y.end(), [&](const model::Port& p, const model::Port& q) {
            return p.Label == q.Label && p.To == q.To && p.HostNetwork == q.HostNetwork &&
                   (!fixed || p.Value == q.Value);
        });
    };
    return a.Mode == b.Mode && a.MBits == b.MBits && a.Hostname == b.Hostname && same(a.DNS, b.DNS) &&
           same(a.CNI, b.CNI) && same_ports(a.ReservedPorts, b.ReservedPorts, true) &&
           same_ports(a.DynamicPorts, b.DynamicPorts, false);
}

bool same_networks(const List<model::NetworkResource>& a, const List<model::NetworkResource>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_network);
}

template <class T>
bool renders_templates(const T& with_policy) {
    return with_policy.RestartPolicy && with_policy.RestartPolicy->RenderTemplates;
}

// What of a Connect service shapes the allocation itself.
bool same_connect(const List<model::Service>& a, const List<model::Service>& b) {
    const auto shaping = [](const List<model::Service>& services) {
        std::vector<const model::Service*> result;
        for (const model::Service& service : services) {
            if (service.Connect) result.push_back(&service);
        }
        return result;
    };
    const auto x = shaping(a), y = shaping(b);
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](const model::Service* p, const model::Service* q) {
        const model::ConsulConnect &c = *p->Connect, &d = *q->Connect;
        if (p->PortLabel != q->PortLabel || p->Cluster != q->Cluster || c.Native != d.Native) return false;
        if (!same(c.Gateway, d.Gateway) || !same(c.SidecarTask, d.SidecarTask)) return false;
        if (bool(c.SidecarService) != bool(d.SidecarService)) return false;
        return !c.SidecarService || c.SidecarService->Port == d.SidecarService->Port;
    });
}

bool same_resources(const model::Resources& a, const model::Resources& b) {
    return a.CPU == b.CPU && a.Cores == b.Cores && a.MemoryMB == b.MemoryMB && a.MemoryMaxMB == b.MemoryMaxMB &&
           a.SecretsMB == b.SecretsMB && same(a.Devices, b.Devices) && same(a.NUMA, b.NUMA) &&
           same_networks(a.Networks, b.Networks);
}

bool same_task(const model::Task& a, const model::Task& b) {
    const bool logs_off = a.LogConfig && a.LogConfig->Disabled, logs_off_now = b.LogConfig && b.LogConfig->Disabled;
    return a.Driver == b.Driver && a.User == b.User && same(a.Config, b.Config) && same(a.Env, b.Env) &&
           same(a.Artifacts, b.Artifacts) && same(a.Vault, b.Vault) && same(a.Secrets, b.Secrets) &&
           same(a.Consul, b.Consul) && same(a.Templates, b.Templates) && same(a.CSIPluginConfig, b.CSIPluginConfig) &&
           same(a.VolumeMounts, b.VolumeMounts) && same(a.Identity, b.Identity) && same(a.Identities, b.Identities) &&
           logs_off == logs_off_now && renders_templates(a) == renders_templates(b) &&
           bool(a.Resources) == bool(b.Resources) && (!a.Resources || same_resources(*a.Resources, *b.Resources));
}

}  // namespace

bool needs_replacement(const model::Job& before, const model::Job& after, std::string_view name) {
    const model::TaskGroup *a = model::maybe_group(before, name), *b = model::maybe_group(after, name);
    if (!a || !b || a->Tasks.size() != b->Tasks.size()) return true;
    if (!same(a->EphemeralDisk, b->EphemeralDisk) || !same_networks(a->Networks, b->Networks)) return true;
    if (!same(a->Consul, b->Consul) || !same(a->Volumes, b->Volumes)) return true;
    if (renders_templates(*a) != renders_templates(*b) || !same_connect(a->Services, b->Services)) return true;
    for (const model::Task& task : a->Tasks) {
        const model::Task* now = model::maybe_task(*b, task.Name);
        if (!now || !same_task(task, *now)) return true;
        if (model::combined_meta(before, *a, task) != model::combined_meta(after, *b, *now)) return true;
    }
    return false;
}

}  // namespace drover::scheduler
