#include <algorithm>

#include "base/strings.h"
#include "model/job_rules.h"
#include "model/validate_parts.h"

namespace drover::model::parts {
namespace {

ErrorList identity_warnings(const WorkloadIdentity& identity) {
    ErrorList warnings;
    const std::string who = "Identity[" + identity.Name + "] ";
    if (identity.Audience.empty()) warnings.add(who + "identities without an audience are insecure");
    if (identity.Audience.size() > 1) {
        warnings.add(who + "while multiple audiences is allowed, it is more secure to use 1 audience per identity");
    }
    if (identity.TTL.ns == 0) warnings.add(who + "identities without an expiration are insecure");
    if (identity.Env && identity.ChangeMode != "restart") {
        warnings.add(who +
                     "using env=true without change_mode=\"restart\" may result in task not getting updated "
                     "identity");
    }
    return warnings;
}

ErrorList task_warnings(const Task& task) {
    ErrorList warnings;
    if (task.Resources) {
        if (task.Resources->IOPS != 0) {
            warnings.add("IOPS has been deprecated as of Nomad 0.9.0. Please remove IOPS from resource block.");
        }
        if (!task.Resources->Networks.empty()) {
            warnings.add(
                "task network resources have been deprecated as of Nomad 0.12.0. Please configure networking via "
                "group network block.");
        }
    }
    for (size_t i = 0; i < task.Templates.size(); ++i) {
        if (task.Templates[i].VaultGrace.ns == 0) continue;
        warnings.add("Template[" + std::to_string(i) +
                     "] VaultGrace has been deprecated as of Nomad 0.11 and ignored since Vault 0.5. Please remove "
                     "VaultGrace / vault_grace from template block.");
    }
    for (const WorkloadIdentity& identity : task.Identities) warnings.add(identity_warnings(identity));
    return warnings;
}

ErrorList group_warnings(const TaskGroup& group) {
    ErrorList warnings;
    if (group.Update && group.Count > 1 && group.Update->MaxParallel > group.Count) {
        warnings.add("Update max parallel count is greater than task group count (" +
                     std::to_string(group.Update->MaxParallel) + " > " + std::to_string(group.Count) +
                     "). A destructive change would result in the simultaneous replacement of all allocations.");
    }
    for (const NetworkResource& network : group.Networks) {
        if (network.MBits > 0) {
            warnings.add("mbits has been deprecated as of Nomad 0.12.0. Please remove mbits from the network block");
        }
    }
    for (const Task& task : group.Tasks) {
        warnings.add("Task " + quote(task.Name) + " has warnings: ", task_warnings(task));
    }
    return warnings;
}

bool promotes_only_in_part(const Job& job) {
    bool automatic = false, by_hand = false;
    for (const TaskGroup& group : job.TaskGroups) {
        if (!group.Update || group.Update->Canary <= 0) continue;
        (group.Update->AutoPromote ? automatic : by_hand) = true;
    }
    return automatic && by_hand;
}

// Services that vanish from the catalogue only after their task has begun to stop.
void shutdown_delay_warnings(const TaskGroup& group, std::vector<std::string>& warnings) {
    bool any_delay = group.ShutdownDelay && group.ShutdownDelay->ns != 0;
    for (const Task& task : group.Tasks) {
        any_delay |= task.ShutdownDelay.ns != 0;
        if (!task.Services.empty() && task.ShutdownDelay.ns == 0) {
            warnings.push_back("task " + quote(task.Name) + " in group " + quote(group.Name) +
                               " defines services, but has no shutdown_delay set");
        }
    }
    bool own_service = false;
    for (const Service& service : group.Services) {
        const Task* task = service.TaskName.empty() ? nullptr : maybe_task(group, service.TaskName);
        own_service |= !task;
        if (task && task->ShutdownDelay.ns == 0 && !any_delay) {
            warnings.push_back("group " + quote(group.Name) + " references task " + quote(task->Name) +
                               " in a service definition, but the task has no shutdown_delay set");
        }
    }
    if (own_service && !any_delay) {
        warnings.push_back("group " + quote(group.Name) +
                           " defines services, but neither the group nor any of its tasks have shutdown_delay set");
    }
}

void vault_identity_warnings(const TaskGroup& group, std::vector<std::string>& warnings) {
    for (const Task& task : group.Tasks) {
        if (task.Vault) continue;
        for (const WorkloadIdentity& identity : task.Identities) {
            if (!has_prefix(identity.Name, "vault_")) continue;
            warnings.push_back("Task " + task.Name + " has an identity called " + identity.Name +
                               " but no vault block");
        }
    }
}

void memory_warnings(const TaskGroup& group, std::vector<std::string>& warnings) {
    for (const Task& task : group.Tasks) {
        if (!task.Resources || task.Resources->MemoryMaxMB == 0) continue;
        warnings.push_back("Memory oversubscription is not enabled; Task " + quote(group.Name + "." + task.Name) +
                           " memory_max value will be ignored. Update the Scheduler Configuration to allow "
                           "oversubscription.");
    }
}

}  // namespace

std::vector<std::string> job_warnings(const Job& job, const ValidateOptions& options) {
    std::vector<std::string> warnings;
    for (const TaskGroup& group : job.TaskGroups) {
        if (const ErrorList own = group_warnings(group); !own.empty()) {
            warnings.push_back("Group " + quote(group.Name) + " has warnings: " + own.text());
        }
    }
    if (promotes_only_in_part(job)) {
        warnings.push_back("auto_promote must be true for all groups to enable automatic promotion");
    }
    if (job.Periodic && !job.Periodic->Spec.empty()) {
        warnings.push_back("cron is deprecated and may be removed in a future release. Use crons instead");
    }
    for (const TaskGroup& group : job.TaskGroups) shutdown_delay_warnings(group, warnings);
    for (const TaskGroup& group : job.TaskGroups) vault_identity_warnings(group, warnings);
    if (!options.memory_oversubscription) {
        for (const TaskGroup& group : job.TaskGroups) memory_warnings(group, warnings);
    }
    return warnings;
}

}  // namespace drover::model::parts
