#include "model/job_rules.h"

#include <algorithm>
#include <map>
#include <set>

#include "codec/convert.h"
#include "model/status.h"

namespace drover::model {
namespace {

void add_signals(const Task& task, std::set<std::string>& signals) {
    if (!task.KillSignal.empty()) signals.insert(task.KillSignal);
    for (const Template& tmpl : task.Templates) {
        if (tmpl.ChangeMode == "signal") signals.insert(tmpl.ChangeSignal);
    }
    if (task.Vault && task.Vault->ChangeMode == "signal") signals.insert(task.Vault->ChangeSignal);
    const auto add_identity = [&](const WorkloadIdentity& identity) {
        if (identity.ChangeMode == "signal") signals.insert(identity.ChangeSignal);
    };
    if (task.Identity) add_identity(*task.Identity);
    for (const WorkloadIdentity& identity : task.Identities) add_identity(identity);
}

// What the cluster writes into a job by itself.
void clear_kept_by_cluster(Job& job) {
    job.Status.clear();
    job.StatusDescription.clear();
    job.Stable = false;
    job.Version = 0;
    job.CreateIndex = job.ModifyIndex = job.JobModifyIndex = 0;
    job.SubmitTime = 0;
    job.NomadTokenID.clear();
    job.VersionTag.reset();
}

}  // namespace

bool may_update(const Job& job) { return job.Type == kJobTypeService || job.Type == kJobTypeSystem; }

bool stopped(const Job* maybe_job) { return !maybe_job || maybe_job->Stop; }

bool is_periodic(const Job& job) { return static_cast<bool>(job.Periodic); }

bool is_parameterized(const Job& job) { return job.ParameterizedJob && !job.Dispatched; }

bool is_periodic_active(const Job& job) {
    return job.Periodic && job.Periodic->Enabled && !job.Stop && !is_parameterized(job);
}

bool is_system_like(const Job& job) { return job.Type == kJobTypeSystem || job.Type == kJobTypeSysBatch; }

bool has_update_strategy(const TaskGroup& group) { return group.Update && group.Update->MaxParallel != 0; }

bool is_terminal_job(const Job& job) { return job.Stop || job.Status == kJobStatusDead; }

const TaskGroup* maybe_group(const Job& job, std::string_view name) {
    for (const TaskGroup& group : job.TaskGroups) {
        if (group.Name == name) return &group;
    }
    return nullptr;
}

const Task* maybe_task(const TaskGroup& group, std::string_view name) {
    for (const Task& task : group.Tasks) {
        if (task.Name == name) return &task;
    }
    return nullptr;
}

Map<Map<List<std::string>>> required_signals(const Job& job) {
    Map<Map<List<std::string>>> result;
    for (const TaskGroup& group : job.TaskGroups) {
        for (const Task& task : group.Tasks) {
            std::set<std::string> signals;
            add_signals(task, signals);
            if (signals.empty()) continue;
            result[group.Name][task.Name] = List<std::string>(std::vector<std::string>(signals.begin(), signals.end()));
        }
    }
    return result;
}

std::vector<std::string> required_signals(const TaskGroup& group) {
    std::set<std::string> signals;
    for (const Task& task : group.Tasks) add_signals(task, signals);
    return {signals.begin(), signals.end()};
}

Map<std::string> combined_meta(const Job& job, const TaskGroup& group, const Task& task) {
    Map<std::string> meta;
    for (const auto* level : {&task.Meta, &group.Meta, &job.Meta}) meta.insert(level->begin(), level->end());
    return meta;
}

bool specification_changed(const Job& a, const Job& b) {
    Job left = a, right = b;
    clear_kept_by_cluster(left);
    clear_kept_by_cluster(right);
    return !codec::equal(codec::type_of<Job>(), &left, &right);
}

void edit_scaling_policies(Job& job, const std::function<void(ScalingPolicy&)>& edit) {
    const auto edit_one = [&](Shared<ScalingPolicy>& shared) {
        if (!shared) return;
        auto changed = std::make_shared<ScalingPolicy>(*shared);
        edit(*changed);
        shared = std::move(changed);
    };
    for (TaskGroup& group : job.TaskGroups) {
        edit_one(group.Scaling);
        for (Task& task : group.Tasks) {
            for (Shared<ScalingPolicy>& policy : task.ScalingPolicies) edit_one(policy);
        }
    }
}

std::string replace_words(std::string_view name, std::span<const std::pair<std::string_view, std::string_view>> words) {
    constexpr size_t kLongest = 1024;
    std::string out;
    size_t at = 0;
    while (at < name.size() && out.size() < kLongest) {
        const auto found = std::find_if(words.begin(), words.end(), [&](const auto& word) {
            return name.substr(at, word.first.size()) == word.first;
        });
        if (found == words.end()) {
            out += name[at++];
        } else {
            out += found->second;
            at += found->first.size();
        }
    }
    return out + std::string(name.substr(at));
}

// Policies of one kind for the same thing are one policy.
static std::string scaling_key(const ScalingPolicy& policy) {
    std::string key = policy.Type;
    for (const auto& [name, value] : policy.Target) {
        for (const std::string* text : {&name, &value}) key += '\0' + *text;
    }
    return key;
}

void keep_scaling_identity(Job& job, const Job& stored) {
    std::map<std::string, Shared<ScalingPolicy>> before;
    const auto note = [&](const Shared<ScalingPolicy>& policy) {
        if (policy) before.emplace(scaling_key(*policy), policy);
    };
    for (const TaskGroup& group : stored.TaskGroups) {
        note(group.Scaling);
        for (const Task& task : group.Tasks)
            std::for_each(task.ScalingPolicies.begin(), task.ScalingPolicies.end(), note);
    }
    edit_scaling_policies(job, [&](ScalingPolicy& policy) {
        const auto found = before.find(scaling_key(policy));
        if (found == before.end()) return;
        const ScalingPolicy& old = *found->second;
        policy.ID = old.ID;
        policy.CreateIndex = old.CreateIndex;
        policy.ModifyIndex = old.ModifyIndex;
        if (!codec::equal(codec::type_of<ScalingPolicy>(), &policy, &old)) policy.ModifyIndex = 0;
    });
}

JobListStub job_stub(const Job& job, Shared<JobSummary> summary, bool with_meta) {
    JobListStub stub;
    stub.ID = job.ID;
    stub.ParentID = job.ParentID;
    stub.Name = job.Name;
    stub.Namespace = job.Namespace;
    stub.Datacenters = job.Datacenters;
    stub.NodePool = job.NodePool;
    stub.Multiregion = job.Multiregion;
    stub.Type = job.Type;
    stub.Priority = job.Priority;
    stub.Periodic = is_periodic(job);
    stub.ParameterizedJob = is_parameterized(job);
    stub.Stop = job.Stop;
    stub.Status = job.Status;
    stub.StatusDescription = job.StatusDescription;
    stub.JobSummary = std::move(summary);
    stub.CreateIndex = job.CreateIndex;
    stub.ModifyIndex = job.ModifyIndex;
    stub.JobModifyIndex = job.JobModifyIndex;
    stub.SubmitTime = job.SubmitTime;
    if (with_meta) stub.Meta = job.Meta;
    return stub;
}

Result<> check_modify_index(const Job* maybe_present, uint64_t wanted) {
    const std::string prefix = "Enforcing job modify index " + std::to_string(wanted) + ": ";
    if (!maybe_present) {
        if (wanted == 0) return {};
        return fail(Error::internal(prefix + "job does not exist"));
    }
    if (wanted == 0) return fail(Error::internal(prefix + "job already exists"));
    if (maybe_present->JobModifyIndex == wanted) return {};
    return fail(Error::internal(
        prefix + "job exists with conflicting job modify index: " + std::to_string(maybe_present->JobModifyIndex)));
}

}  // namespace drover::model
