#pragma once
// What is wrong with a job, and what is doubtful about it, in the words that Nomad's users know. The job must have been
// canonicalized (model/canonicalize). Pure: what the cluster knows comes in with the options. Any thread.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "model/error_list.h"
#include "model/job.h"
#include "model/namespace.h"

namespace drover::model {

struct ValidateOptions {
    int64_t max_priority = 100;
    int64_t max_count = 50'000;  // of all groups together; 0: no limit
    bool memory_oversubscription = false;
    bool vault_enabled = false;
    bool enterprise_features = false;  // NUMA, schedules, several regions, named Consul and Vault clusters
    // What the job's namespace allows. Null: everything.
    const NamespaceCapabilities* maybe_capabilities = nullptr;
    // Unset: everything exists.
    std::function<bool(const std::string& name)> namespace_exists;
    std::function<bool(const std::string& name)> node_pool_exists;
    std::function<bool(const std::string& name)> time_zone_exists;
};

struct Validation {
    ErrorList errors;
    std::vector<std::string> warnings;
};

// Everything, in the order in which a server reports it.
Validation validate(const Job& job, const ValidateOptions& options);

// What may not change from one version of a job to the next.
ErrorList validate_update(const Job& old_job, const Job& new_job);

}  // namespace drover::model
