#include <algorithm>
#include <map>
#include <set>

#include "base/strings.h"
#include "model/cron.h"
#include "model/job_rules.h"
#include "model/status.h"
#include "model/validate_parts.h"

namespace drover::model {
namespace {

constexpr size_t kMaxDescription = 1000;

bool is_batch_like(const Job& job) { return job.Type == kJobTypeBatch || job.Type == kJobTypeSysBatch; }

bool is_known_type(const std::string& type) {
    return type == kJobTypeService || type == kJobTypeBatch || type == kJobTypeSystem || type == kJobTypeSysBatch ||
           type == kJobTypeCore;
}

void check_names(const Job& job, ErrorList& errors) {
    if (job.Region.empty()) errors.add("Missing job region");
    if (job.ID.empty()) {
        errors.add("Missing job ID");
    } else if (job.ID.find(' ') != std::string::npos) {
        errors.add("Job ID contains a space");
    } else if (job.ID.find('\0') != std::string::npos) {
        errors.add("Job ID contains a null character");
    }
    if (job.Name.empty()) {
        errors.add("Missing job name");
    } else if (job.Name.find('\0') != std::string::npos) {
        errors.add("Job Name contains a null character");
    }
    if (job.Namespace.empty()) errors.add("Job must be in a namespace");
    if (job.Type.empty()) {
        errors.add("Missing job type");
    } else if (!is_known_type(job.Type)) {
        errors.add("Invalid job type: " + quote(job.Type));
    }
    for (const std::string& datacenter : job.Datacenters) {
        if (datacenter.empty()) errors.add("Job datacenter must be non-empty string");
    }
}

void check_group_names(const Job& job, ErrorList& errors) {
    std::map<std::string, size_t> seen;
    for (size_t i = 0; i < job.TaskGroups.size(); ++i) {
        const TaskGroup& group = job.TaskGroups[i];
        const std::string number = std::to_string(i + 1);
        if (group.Name.empty()) {
            errors.add("Job task group " + number + " missing name");
        } else if (const auto [it, is_new] = seen.emplace(group.Name, i + 1); !is_new) {
            errors.add("Job task group " + number + " redefines '" + group.Name + "' from group " +
                       std::to_string(it->second));
        }
        if (group.ShutdownDelay && group.ShutdownDelay->ns < 0) errors.add("ShutdownDelay must be a positive value");
        if (job.Type == kJobTypeSystem && group.Count > 1) {
            errors.add("Job task group " + group.Name + " has count " + std::to_string(group.Count) +
                       ". Count cannot exceed 1 with system scheduler");
        }
    }
}

void check_parameterized(const ParameterizedJobConfig& config, ErrorList& errors) {
    ErrorList own;
    if (config.Payload != "optional" && config.Payload != "required" && config.Payload != "forbidden") {
        own.add("Unknown payload requirement: " + quote(config.Payload));
    }
    std::vector<std::string> both;
    const std::set<std::string> required(config.MetaRequired.begin(), config.MetaRequired.end());
    for (const std::string& key : config.MetaOptional) {
        if (required.contains(key)) both.push_back(quote(key));
    }
    if (!both.empty()) {
        own.add("Required and optional meta keys should be disjoint. Following keys exist in both: [" +
                join(both, " ") + "]");
    }
    errors.add(own);
}

void check_ui(const JobUIConfig& ui, ErrorList& errors) {
    if (ui.Description.size() > kMaxDescription) {
        errors.add("UI description must be under " + std::to_string(kMaxDescription) + " characters, found " +
                   std::to_string(ui.Description.size()));
    }
}

void check_spec(const Job& job, const ValidateOptions& options, ErrorList& errors) {
    check_names(job, errors);
    if (job.TaskGroups.empty()) errors.add("Missing job task groups");
    parts::check_constraints(job.Constraints, errors);
    if (job.Type == kJobTypeSystem) {
        if (!job.Affinities.empty()) errors.add("System jobs may not have an affinity block");
        if (!job.Spreads.empty()) errors.add("System jobs may not have a spread block");
    } else {
        parts::check_affinities(job.Affinities, errors);
        parts::check_spreads(job.Spreads, errors);
    }
    check_group_names(job, errors);
    for (const TaskGroup& group : job.TaskGroups) {
        errors.add("Task group " + group.Name + " validation failed: ", parts::check_group(group, job));
    }
    if (job.Periodic) {
        if (!is_batch_like(job)) errors.add(R"(Periodic can only be used with "batch" or "sysbatch" scheduler)");
        errors.add(parts::check_periodic(*job.Periodic, options));
    }
    if (job.ParameterizedJob) {
        if (!is_batch_like(job)) {
            errors.add(R"(Parameterized job can only be used with "batch" or "sysbatch" scheduler)");
        }
        check_parameterized(*job.ParameterizedJob, errors);
    }
    if (job.UI) check_ui(*job.UI, errors);
    if (job.Multiregion && !options.enterprise_features) errors.add("Multiregion jobs are unlicensed.");
}

void check_limits(const Job& job, const ValidateOptions& options, ErrorList& errors) {
    if (job.Type == kJobTypeCore) errors.add("job type cannot be core");
    if (!job.Payload.empty()) errors.add("job can't be submitted with a payload, only dispatched");
    if (job.Priority < 1 || job.Priority > options.max_priority) {
        errors.add("job priority must be between [1, " + std::to_string(options.max_priority) + "]");
    }
    int64_t total = 0;
    for (const TaskGroup& group : job.TaskGroups) {
        if (group.Count > 0) total = std::min(total + group.Count, INT64_MAX / 2);
    }
    if (options.max_count > 0 && total > options.max_count) {
        errors.add("total count was greater than configured job_max_count: " + std::to_string(total) + " > " +
                   std::to_string(options.max_count));
    }
}

void check_vault(const Job& job, const ValidateOptions& options, ErrorList& errors) {
    std::set<std::string> clusters;
    for (const TaskGroup& group : job.TaskGroups) {
        for (const Task& task : group.Tasks) {
            if (task.Vault) clusters.insert(task.Vault->Cluster.empty() ? "default" : task.Vault->Cluster);
        }
    }
    for (const std::string& cluster : clusters) {
        if (cluster != "default" && !options.enterprise_features) {
            errors.add("non-default Vault cluster requires Nomad Enterprise");
            return;
        }
        if (!options.vault_enabled) errors.add("Vault " + quote(cluster) + " not enabled but used in the job");
    }
}

bool names_other_consul(const List<Service>& services) {
    return std::any_of(services.begin(), services.end(), [](const Service& s) {
        return s.Provider == "consul" && !s.Cluster.empty() && s.Cluster != "default";
    });
}

bool names_other_consul(const Box<Consul>& consul) {
    return consul && !consul->Cluster.empty() && consul->Cluster != "default";
}

void check_consul(const Job& job, const ValidateOptions& options, ErrorList& errors) {
    if (options.enterprise_features) return;
    bool other = false;
    for (const TaskGroup& group : job.TaskGroups) {
        other |= names_other_consul(group.Consul) || names_other_consul(group.Services);
        for (const Task& task : group.Tasks) {
            other |= names_other_consul(task.Consul) || names_other_consul(task.Services);
        }
    }
    if (other) errors.add("non-default Consul cluster requires Nomad Enterprise");
}

bool allows(const List<std::string>& enabled, const List<std::string>& disabled, const std::string& name) {
    const auto has = [&](const List<std::string>& list) {
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    return (enabled.empty() || has(enabled)) && !has(disabled);
}

// What a namespace does not allow its jobs: each driver and mode is told once.
void check_capabilities(const Job& job, const NamespaceCapabilities& rules, ErrorList& errors) {
    std::set<std::string> drivers, modes;
    for (const TaskGroup& group : job.TaskGroups) {
        for (const NetworkResource& network : group.Networks)
            modes.insert(network.Mode.empty() ? "host" : network.Mode);
        for (const Task& task : group.Tasks) drivers.insert(task.Driver);
    }
    const std::string where = " is not allowed in namespace " + quote(job.Namespace);
    for (const std::string& driver : drivers) {
        if (allows(rules.EnabledTaskDrivers, rules.DisabledTaskDrivers, driver)) continue;
        errors.add("used task driver " + quote(driver) + where);
    }
    for (const std::string& mode : modes) {
        if (allows(rules.EnabledNetworkModes, rules.DisabledNetworkModes, mode)) continue;
        errors.add("used group network mode " + quote(mode) + where);
    }
}

void check_places(const Job& job, const ValidateOptions& options, ErrorList& errors) {
    if (options.namespace_exists && !options.namespace_exists(job.Namespace)) {
        errors.add("job " + quote(job.ID) + " is in nonexistent namespace " + quote(job.Namespace));
    }
    if (options.maybe_capabilities) check_capabilities(job, *options.maybe_capabilities, errors);
    if (options.node_pool_exists && !options.node_pool_exists(job.NodePool)) {
        errors.add("job " + quote(job.ID) + " is in nonexistent node pool " + quote(job.NodePool));
    }
}

void check_enterprise(const Job& job, ErrorList& errors) {
    bool numa = false, schedule = false;
    for (const TaskGroup& group : job.TaskGroups) {
        for (const Task& task : group.Tasks) {
            numa |= task.Resources && task.Resources->NUMA && task.Resources->NUMA->Affinity != "none";
            schedule |= static_cast<bool>(task.Schedule);
        }
    }
    if (numa) errors.add("numa scheduling requires Nomad Enterprise");
    if (schedule) errors.add("task schedules requires Nomad Enterprise");
}

}  // namespace

namespace parts {

ErrorList check_periodic(const PeriodicConfig& periodic, const ValidateOptions& options) {
    ErrorList errors;
    if (!periodic.Enabled) return errors;
    if (periodic.Spec.empty() && periodic.Specs.empty()) errors.add("Must specify a spec");
    if (!periodic.Spec.empty() && !periodic.Specs.empty()) errors.add("Only cron or crons may be used");
    if (options.time_zone_exists && !options.time_zone_exists(periodic.TimeZone)) {
        errors.add("Invalid time zone " + quote(periodic.TimeZone) + ": unknown time zone " + periodic.TimeZone);
    }
    if (periodic.SpecType != "cron" && periodic.SpecType != "_internal_test") {
        errors.add("Unknown periodic specification type " + quote(periodic.SpecType));
        return errors;
    }
    std::vector<std::string> specs(periodic.Specs.begin(), periodic.Specs.end());
    if (!periodic.Spec.empty()) specs.insert(specs.begin(), periodic.Spec);
    for (const std::string& spec : specs) {
        if (auto cron = parse_cron(spec); !cron) {
            errors.add("Invalid cron spec " + quote(spec) + ": " + cron.error().message);
        }
    }
    return errors;
}

}  // namespace parts

Validation validate(const Job& job, const ValidateOptions& options) {
    Validation result;
    parts::check_mesh(job, result);
    check_vault(job, options, result.errors);
    check_consul(job, options, result.errors);
    check_places(job, options, result.errors);
    check_spec(job, options, result.errors);
    check_limits(job, options, result.errors);
    if (!options.enterprise_features) check_enterprise(job, result.errors);
    for (std::string& warning : parts::job_warnings(job, options)) result.warnings.push_back(std::move(warning));
    return result;
}

ErrorList validate_update(const Job& old_job, const Job& new_job) {
    ErrorList errors;
    if (old_job.Type != new_job.Type) {
        errors.add("cannot update job from type " + quote(old_job.Type) + " to " + quote(new_job.Type));
    }
    if (old_job.Periodic && !new_job.Periodic) errors.add("cannot update periodic job to being non-periodic");
    if (!old_job.Periodic && new_job.Periodic) errors.add("cannot update non-periodic job to being periodic");
    if (old_job.ParameterizedJob && !new_job.ParameterizedJob) {
        errors.add("cannot update parameterized job to being non-parameterized");
    }
    if (!old_job.ParameterizedJob && new_job.ParameterizedJob) {
        errors.add("cannot update non-parameterized job to being parameterized");
    }
    if (old_job.Dispatched != new_job.Dispatched) errors.add("field 'Dispatched' is read-only");
    return errors;
}

}  // namespace drover::model
