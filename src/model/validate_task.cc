#include <re2/re2.h>

#include <map>
#include <set>

#include "base/strings.h"
#include "model/job_rules.h"
#include "model/status.h"
#include "model/validate_parts.h"

namespace drover::model::parts {
namespace {

constexpr int64_t kMinCpu = 1;
constexpr int64_t kMinMemoryMB = 10;

std::string number(int64_t n) { return std::to_string(n); }

ErrorList check_minimum(const Resources& r) {
    ErrorList errors;
    if (r.Cores == 0 && r.CPU < kMinCpu) errors.add("minimum CPU value is 1; got " + number(r.CPU));
    if (r.MemoryMB < kMinMemoryMB) errors.add("minimum MemoryMB value is 10; got " + number(r.MemoryMB));
    return errors;
}

ErrorList check_logs(const LogConfig& logs, int64_t disk_mb) {
    ErrorList errors;
    if (logs.MaxFiles < 1) errors.add("minimum number of files is 1; got " + number(logs.MaxFiles));
    if (logs.MaxFileSizeMB < 1) errors.add("minimum file size is 1MB; got " + number(logs.MaxFileSizeMB));
    int64_t total = 0;
    if (__builtin_mul_overflow(logs.MaxFiles, logs.MaxFileSizeMB, &total)) total = INT64_MAX;
    if (errors.empty() && total >= disk_mb) {
        errors.add("log storage (" + number(total) + " MB) must be less than requested disk capacity (" +
                   number(disk_mb) + " MB)");
    }
    return errors;
}

// What is wrong with `type:digest`, or `file:` and where the digest can be fetched; empty if nothing is. What the node
// will fill in is not known yet.
std::string checksum_fault(const std::string& text) {
    const std::string_view checksum = trim(text);
    if (checksum.find("${") != std::string_view::npos) return "";
    const size_t colon = checksum.find(':');
    if (colon == std::string_view::npos) return "checksum must be given as \"type:value\"; got " + quote(checksum);
    const std::string type(checksum.substr(0, colon));
    const std::string_view digest = checksum.substr(colon + 1);
    if (type == "file") return "";
    static const std::map<std::string, size_t> kDigits = {{"md5", 32}, {"sha1", 40}, {"sha256", 64}, {"sha512", 128}};
    const auto known = kDigits.find(type);
    if (known == kDigits.end()) return "unsupported checksum type: " + type;
    if (digest.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos)
        return "invalid checksum: " + quote(digest) + " is not hexadecimal";
    return digest.size() == known->second ? "" : "invalid " + type + " checksum: " + quote(digest);
}

ErrorList check_artifact(const TaskArtifact& artifact) {
    ErrorList errors;
    if (artifact.GetterSource.empty()) errors.add("source must be specified");
    static const std::set<std::string> kModes = {"any", "file", "dir"};
    if (!kModes.contains(artifact.GetterMode)) {
        errors.add("invalid artifact mode " + quote(artifact.GetterMode) + "; must be one of: any, file, dir");
    }
    if (escapes_alloc(artifact.RelativeDest)) errors.add("destination escapes allocation directory");
    if (const std::string* checksum = artifact.GetterOptions.get("checksum")) {
        if (auto fault = checksum_fault(*checksum); !fault.empty()) errors.add(std::move(fault));
    }
    return errors;
}

void check_change(const Template& t, ErrorList& errors) {
    if (t.ChangeMode == "signal") {
        if (t.ChangeSignal.empty()) errors.add("Must specify signal value when change mode is signal");
        if (t.Envvars) errors.add("cannot use signals with env var templates");
    } else if (t.ChangeMode == "script") {
        if (!t.ChangeScript) {
            errors.add("must specify change script configuration value when change mode is script");
        } else if (t.ChangeScript->Command.empty()) {
            errors.add("must specify script path value when change mode is script");
        }
    } else if (t.ChangeMode != "noop" && t.ChangeMode != "restart") {
        errors.add("Invalid change mode. Must be one of the following: noop, signal, script, restart");
    }
}

ErrorList check_template(const Template& t) {
    ErrorList errors;
    if (t.SourcePath.empty() && t.EmbeddedTmpl.empty()) {
        errors.add("Must specify a source path or have an embedded template");
    }
    if (t.DestPath.empty()) {
        errors.add("Must specify a destination for the template");
    } else if (escapes_alloc(t.DestPath)) {
        errors.add("destination escapes allocation directory");
    }
    check_change(t, errors);
    if (t.Splay.ns < 0) errors.add("Must specify positive splay value");
    static const re2::RE2 kOctal("[0-7]+");
    if (!t.Perms.empty() && !re2::RE2::FullMatch(t.Perms, kOctal)) {
        errors.add("Failed to parse " + quote(t.Perms) + " as octal: strconv.ParseUint: parsing " + quote(t.Perms) +
                   ": invalid syntax");
    }
    if (t.Wait && t.Wait->Min && t.Wait->Max && *t.Wait->Min > *t.Wait->Max) {
        errors.add("Wait Min must be less than Wait Max");
    }
    return errors;
}

void check_templates(const Task& task, ErrorList& errors) {
    std::set<std::string> destinations;
    for (size_t i = 0; i < task.Templates.size(); ++i) {
        const Template& t = task.Templates[i];
        errors.add("Template " + number(static_cast<int64_t>(i) + 1) + " validation failed: ", check_template(t));
        if (!t.DestPath.empty() && !destinations.insert(t.DestPath).second) {
            errors.add("Template " + number(static_cast<int64_t>(i) + 1) +
                       " has same destination as an earlier one: " + t.DestPath);
        }
    }
}

void check_lifecycle(const TaskLifecycleConfig& lifecycle, ErrorList& errors) {
    if (lifecycle.Hook.empty()) {
        errors.add("Lifecycle validation failed: no lifecycle hook provided");
    } else if (lifecycle.Hook != kLifecyclePrestart && lifecycle.Hook != kLifecyclePoststart &&
               lifecycle.Hook != kLifecyclePoststop) {
        errors.add("Lifecycle validation failed: invalid hook: " + lifecycle.Hook);
    }
}

ErrorList check_payload(const DispatchPayloadConfig& payload) {
    ErrorList errors;
    if (escapes_alloc("local/" + payload.File)) errors.add("destination escapes allocation directory");
    return errors;
}

ErrorList check_vault(const Vault& vault) {
    ErrorList errors;
    static const std::set<std::string> kModes = {"", "noop", "restart", "signal"};
    if (!kModes.contains(vault.ChangeMode)) errors.add("Unknown change mode " + quote(vault.ChangeMode));
    if (vault.ChangeMode == "signal" && vault.ChangeSignal.empty()) {
        errors.add("Signal must be specified when using change mode \"signal\"");
    }
    return errors;
}

ErrorList check_csi_plugin(const TaskCSIPluginConfig& plugin) {
    ErrorList errors;
    if (plugin.ID.empty()) errors.add("CSI plugin must have an id");
    if (plugin.Type != "node" && plugin.Type != "controller" && plugin.Type != "monolith") {
        errors.add("CSI plugin type must be one of node, controller, or monolith, got " + quote(plugin.Type));
    }
    return errors;
}

void check_mounts(const Task& task, const TaskGroup& group, ErrorList& errors) {
    static const std::set<std::string> kModes = {"", "private", "host-to-task", "bidirectional"};
    for (size_t i = 0; i < task.VolumeMounts.size(); ++i) {
        const VolumeMount& mount = task.VolumeMounts[i];
        const std::string which = "Volume Mount (" + number(static_cast<int64_t>(i)) + ")";
        if (mount.Volume.empty()) {
            errors.add(which + " references an empty volume");
        } else if (!group.Volumes.get(mount.Volume)) {
            errors.add(which + " references undefined volume " + mount.Volume);
        }
        if (!kModes.contains(mount.PropagationMode)) {
            errors.add(which + " has an invalid propagation mode: " + quote(mount.PropagationMode));
        }
    }
}

ErrorList check_identity(const WorkloadIdentity& identity, bool is_default) {
    ErrorList errors;
    static const re2::RE2 kName("[a-zA-Z0-9-_]{1,128}");
    if (!is_default && identity.ServiceName.empty() && !re2::RE2::FullMatch(identity.Name, kName)) {
        errors.add("invalid name " + quote(identity.Name) + ". Must match regex ^[a-zA-Z0-9-]{1,128}$");
    }
    static const std::set<std::string> kModes = {"", "noop", "restart", "signal"};
    if (!kModes.contains(identity.ChangeMode)) errors.add("invalid change_mode: " + identity.ChangeMode);
    if (identity.ChangeMode == "signal" && identity.ChangeSignal.empty()) {
        errors.add("change_signal must be specified when using change_mode=signal");
    }
    if (identity.TTL.ns < 0) errors.add("ttl must be >= 0");
    if (is_default && identity.TTL.ns > 0) errors.add("ttl for default identity not yet supported");
    if (!identity.Filepath.empty() && !identity.File) {
        errors.add("file parameter must be true in order to specify filepath");
    }
    return errors;
}

void check_identities(const Task& task, ErrorList& errors) {
    if (task.Identity) {
        errors.add("Identity " + quote(task.Identity->Name) + " is invalid: ", check_identity(*task.Identity, true));
    }
    for (const WorkloadIdentity& identity : task.Identities) {
        errors.add("Identity " + quote(identity.Name) + " is invalid: ", check_identity(identity, false));
    }
}

ErrorList check_action(const Action& action) {
    ErrorList errors;
    static const re2::RE2 kName("[a-zA-Z0-9_-]{1,128}");
    if (action.Command.empty()) errors.add("command cannot be empty");
    if (!re2::RE2::FullMatch(action.Name, kName)) errors.add("invalid name '" + action.Name + "'");
    return errors;
}

void check_actions(const Task& task, ErrorList& errors) {
    std::set<std::string> names;
    for (const Action& action : task.Actions) {
        if (!names.insert(action.Name).second) errors.add("Action " + action.Name + " defined multiple times");
        errors.add("Action " + action.Name + " validation failed: ", check_action(action));
    }
}

ErrorList check_secret(const Secret& secret) {
    ErrorList errors;
    if (secret.Provider.empty()) errors.add("secret provider cannot be empty");
    if (secret.Path.empty()) errors.add("secret path cannot be empty");
    if (secret.Provider == "nomad" && !secret.Env.empty()) errors.add("nomad provider cannot use the env block");
    return errors;
}

void check_secrets(const Task& task, ErrorList& errors) {
    std::set<std::string> names;
    for (const Secret& secret : task.Secrets) {
        if (!names.insert(secret.Name).second) errors.add("Duplicate secret " + quote(secret.Name) + " found");
        if (secret.Provider == "vault" && !task.Vault) {
            errors.add("Secret " + quote(secret.Name) + " has provider \"vault\" but no vault block");
        }
        errors.add("Secret " + quote(secret.Name) + " is invalid: ", check_secret(secret));
    }
}

void check_names_and_times(const Task& task, const TaskGroup& group, const Job& job, ErrorList& errors) {
    if (task.Name.empty()) {
        errors.add("Missing task name");
    } else if (task.Name.find_first_of("/\\") != std::string::npos) {
        errors.add("Task name cannot include slashes");
    } else if (task.Name.find('\0') != std::string::npos) {
        errors.add("Task name cannot include null characters");
    } else if (task.Name == "alloc") {
        errors.add("Task name cannot be \"alloc\"");
    }
    if (task.Driver.empty()) errors.add("Missing task driver");
    if (task.KillTimeout.ns < 0) {
        errors.add("KillTimeout must be a positive value");
    } else if (may_update(job) && group.Update && group.Update->ProgressDeadline.ns > 0 &&
               task.KillTimeout > group.Update->ProgressDeadline) {
        errors.add("KillTimout (" + to_string(task.KillTimeout) + ") longer than the group's ProgressDeadline (" +
                   to_string(group.Update->ProgressDeadline) + ")");
    }
    if (task.ShutdownDelay.ns < 0) errors.add("ShutdownDelay must be a positive value");
}

void check_targets(const Task& task, const Job& job, ErrorList& errors) {
    check_constraints(task.Constraints, errors);
    for (size_t i = 0; i < task.Constraints.size(); ++i) {
        const std::string& operand = task.Constraints[i].Operand;
        if (operand == "distinct_hosts" || operand == "distinct_property") {
            errors.add("Constraint " + number(static_cast<int64_t>(i) + 1) +
                       " has disallowed Operand at task level: " + operand);
        }
    }
    if (job.Type == kJobTypeSystem) {
        if (!task.Affinities.empty()) errors.add("System jobs may not have an affinity block");
    } else {
        check_affinities(task.Affinities, errors);
    }
}

void check_numa_devices(const Resources& resources, ErrorList& errors) {
    const List<std::string>& wanted = resources.NUMA->Devices;
    if (wanted.empty()) return;
    if (resources.NUMA->Affinity == "none") errors.add("numa affinity must be prefer or require to use numa devices");
    std::set<std::string> asked;
    for (const RequestedDevice& device : resources.Devices) asked.insert(device.Name);
    for (const std::string& name : wanted) {
        if (!asked.contains(name)) errors.add("numa device " + quote(name) + " not requested as task resource");
    }
}

}  // namespace

bool escapes_alloc(std::string_view path) {
    // A task's directory lies one level below the allocation's.
    int depth = 1;
    for (const std::string& part : split(path, '/')) {
        if (part.empty() || part == ".") continue;
        depth += part == ".." ? -1 : 1;
        if (depth < 0) return true;
    }
    return false;
}

ErrorList check_resources(const Resources& r) {
    ErrorList errors;
    if (r.Cores > 0 && r.CPU > 0) errors.add("Task can only ask for 'cpu' or 'cores' resource, not both.");
    if (r.Cores < 0) errors.add("cores value must be a non-negative integer; got " + number(r.Cores));
    errors.add(check_minimum(r));
    if (r.MemoryMaxMB != 0 && r.MemoryMaxMB != -1 && r.MemoryMaxMB < r.MemoryMB) {
        errors.add("MemoryMaxMB value (" + number(r.MemoryMaxMB) + ") should be larger than MemoryMB value (" +
                   number(r.MemoryMB) + ")");
    }
    if (r.SecretsMB > r.MemoryMB) {
        errors.add("SecretsMB value (" + number(r.SecretsMB) + ") cannot be larger than MemoryMB value (" +
                   number(r.MemoryMB) + ")");
    }
    for (size_t i = 0; i < r.Devices.size(); ++i) {
        ErrorList device;
        if (r.Devices[i].Name.empty()) {
            device.add("device name must be given as one of the following: type, vendor/type, or vendor/type/name");
        }
        check_constraints(r.Devices[i].Constraints, device);
        check_affinities(r.Devices[i].Affinities, device);
        errors.add("device " + number(static_cast<int64_t>(i) + 1) + " validation failed: ", device);
    }
    if (r.NUMA) check_numa_devices(r, errors);
    if (r.NUMA && r.NUMA->Affinity != "none" && r.NUMA->Affinity != "prefer" && r.NUMA->Affinity != "require") {
        errors.add("numa affinity must be one of none, prefer, or require");
    }
    return errors;
}

ErrorList check_task(const Task& task, const TaskGroup& group, const Job& job) {
    ErrorList errors;
    check_names_and_times(task, group, job, errors);
    if (task.Resources) errors.add(check_resources(*task.Resources));
    if (task.LogConfig && !task.LogConfig->Disabled) {
        errors.add(check_logs(*task.LogConfig, group.EphemeralDisk ? group.EphemeralDisk->SizeMB : 0));
    }
    check_targets(task, job, errors);
    errors.add(check_task_services(task, group));
    for (size_t i = 0; i < task.Artifacts.size(); ++i) {
        errors.add("Artifact " + number(static_cast<int64_t>(i) + 1) + " validation failed: ",
                   check_artifact(task.Artifacts[i]));
    }
    if (task.Vault) errors.add(check_vault(*task.Vault));
    check_templates(task, errors);
    if (task.DispatchPayload) errors.add("Dispatch Payload validation failed: ", check_payload(*task.DispatchPayload));
    if (task.Lifecycle) check_lifecycle(*task.Lifecycle, errors);
    if (task.CSIPluginConfig) errors.add("CSI plugin validation failed: ", check_csi_plugin(*task.CSIPluginConfig));
    check_mounts(task, group, errors);
    check_identities(task, errors);
    check_actions(task, errors);
    check_secrets(task, errors);
    return errors;
}

}  // namespace drover::model::parts
