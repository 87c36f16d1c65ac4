#include "scheduler/features.h"

#include <algorithm>

#include "base/strings.h"

namespace drover::scheduler {
namespace {

class Needs {
public:
    void add(bool needed, std::string_view feature, const std::string& parent, std::string_view field) {
        if (!needed) return;
        std::string attribute = std::string(kFeatureAttribute) + std::string(feature);
        const auto same = [&](const NeededFeature& n) { return n.attribute == attribute; };
        if (std::any_of(list_.begin(), list_.end(), same)) return;
        list_.push_back({std::move(attribute), parent + " > " + std::string(field)});
    }
    std::vector<NeededFeature> take() { return std::move(list_); }

private:
    std::vector<NeededFeature> list_;
};

bool uses_connect(const List<model::Service>& services) {
    return std::any_of(services.begin(), services.end(), [](const model::Service& s) { return bool(s.Connect); });
}

// The identity that every task has needs nothing of the client unless it is to be shown to the task.
bool shows_identity(const model::Task& task) {
    const auto shown = [](const model::WorkloadIdentity& id) { return id.Env || id.File; };
    return (task.Identity && shown(*task.Identity)) ||
           std::any_of(task.Identities.begin(), task.Identities.end(), shown);
}

void add_task(Needs& needs, const std::string& group, const model::Task& task) {
    const std::string path = group + " > task " + quote(task.Name);
    needs.add(!task.Artifacts.empty(), "artifact", path, "artifact");
    needs.add(!task.Templates.empty(), "template", path, "template");
    needs.add(!task.Services.empty(), "service", path, "service");
    needs.add(uses_connect(task.Services), "connect", path, "service > connect");
    needs.add(bool(task.Vault), "vault", path, "vault");
    needs.add(!task.Secrets.empty(), "secret", path, "secret");
    needs.add(bool(task.DispatchPayload), "dispatch_payload", path, "dispatch_payload");
    needs.add(bool(task.CSIPluginConfig), "csi", path, "csi_plugin");
    needs.add(bool(task.Schedule), "schedule", path, "schedule");
    needs.add(shows_identity(task), "identity", path, "identity");
    if (!task.Resources) return;
    needs.add(task.Resources->Cores > 0, "cores", path, "resources > cores");
    needs.add(bool(task.Resources->NUMA), "numa", path, "resources > numa");
    needs.add(!task.Resources->Devices.empty(), "device", path, "resources > device");
}

}  // namespace

std::vector<NeededFeature> needed_features(const model::TaskGroup& group) {
    Needs needs;
    const std::string path = "group " + quote(group.Name);
    needs.add(!group.Services.empty(), "service", path, "service");
    needs.add(uses_connect(group.Services), "connect", path, "service > connect");
    for (const auto& [name, volume] : group.Volumes) {
        needs.add(true, volume.Type == "csi" ? "csi" : "host_volume", path, "volume " + quote(name));
    }
    for (const model::Task& task : group.Tasks) add_task(needs, path, task);
    return needs.take();
}

const std::string* missing_feature(const model::Node& node, const std::vector<NeededFeature>& needed) {
    if (needed.empty() || !node.Attributes.get(kDroverVersionAttribute)) return nullptr;
    for (const NeededFeature& feature : needed) {
        const std::string* value = node.Attributes.get(feature.attribute);
        if (!value || !parse_bool(*value).value_or(false)) return &feature.path;
    }
    return nullptr;
}

}  // namespace drover::scheduler
