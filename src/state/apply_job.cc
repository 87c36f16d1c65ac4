#include <algorithm>

#include "model/deployment_rules.h"
#include "model/job_rules.h"
#include "state/apply.h"

namespace drover::state {
namespace {

constexpr int64_t kTrackedVersions = 6;  // of commands that do not say

void keep_what_is_asked(model::Job& job, const model::Job& present, const command::RegisterJob& command) {
    for (model::TaskGroup& group : job.TaskGroups) {
        const model::TaskGroup* before = model::maybe_group(present, group.Name);
        if (!before) continue;
        if (command.PreserveCounts) group.Count = before->Count;
        if (!command.PreserveResources) continue;
        for (model::Task& task : group.Tasks) {
            if (const model::Task* old = model::maybe_task(*before, task.Name)) task.Resources = old->Resources;
        }
    }
}

// Beyond the limit the oldest versions go that are neither tagged nor the newest stable one.
void trim_versions(Txn& txn, const model::Job& job, int64_t tracked) {
    std::vector<Shared<model::Job>> versions;
    for (const auto& version : txn.view().job_versions().of(job.Namespace, job.ID)) versions.push_back(version);
    auto surplus = static_cast<int64_t>(versions.size()) - (tracked > 0 ? tracked : kTrackedVersions);
    if (surplus <= 0) return;
    const auto stable = std::find_if(versions.begin(), versions.end(), [](const auto& v) { return v->Stable; });
    for (auto it = versions.rbegin(); it != versions.rend() && surplus > 0; ++it) {
        const bool newest_stable = stable != versions.end() && *it == *stable;
        if ((*it)->VersionTag || newest_stable || *it == versions.front()) continue;
        txn.erase_job_version(job.Namespace, job.ID, (*it)->Version);
        txn.erase<model::JobSubmission>(job.Namespace, job.ID, (*it)->Version);
        --surplus;
    }
}

std::string status_of(Txn& txn, const model::Job& job) {
    const View view = txn.view();
    if (job.Type == "system" || model::is_periodic(job) || model::is_parameterized(job))
        return job.Stop ? "dead" : "running";
    for (const auto& deployment : view.deployments().of_job(job.Namespace, job.ID)) {
        if (model::is_active(*deployment)) return "running";
    }
    bool had = false;
    for (const AllocRef& alloc : view.allocs().of_job(job.Namespace, job.ID)) {
        if (!alloc.terminal()) return "running";
        had = true;
    }
    bool evaluated = false;
    for (const auto& eval : view.evals().of_job(job.Namespace, job.ID)) {
        if (eval->Status == "pending" || eval->Status == "blocked") return "pending";
        evaluated = true;
    }
    return evaluated || had || job.Stop ? "dead" : "pending";
}

void set_status(Txn& txn, model::Job& job, const std::string& status) {
    count_child(txn, job, job.Status, status);
    job.Status = status;
}

// The job as the version that follows the present one. Not stored yet.
std::shared_ptr<model::Job> next_version(const Txn& txn, const model::Job* maybe_present, model::Job job) {
    auto next = std::make_shared<model::Job>(std::move(job));
    next->ModifyIndex = txn.index();
    if (maybe_present) {
        next->CreateIndex = maybe_present->CreateIndex;
        next->JobModifyIndex = txn.index();
        next->Version = maybe_present->Version + 1;
        next->Status = maybe_present->Status;
        next->StatusDescription = "";
    } else {
        next->CreateIndex = next->JobModifyIndex = txn.index();
        next->Version = 0;
        next->Status = "";
    }
    next->Stable = false;
    next->VersionTag.reset();
    model::edit_scaling_policies(*next, [&](model::ScalingPolicy& policy) {
        if (policy.CreateIndex == 0) policy.CreateIndex = txn.index();
        if (policy.ModifyIndex == 0) policy.ModifyIndex = txn.index();
    });
    return next;
}

void put_launch(Txn& txn, std::string_view ns, std::string_view job_id, Time at) {
    auto launch = std::make_shared<model::PeriodicLaunch>();
    const auto present = txn.view().periodic_launches().find(ns, job_id);
    launch->ID = job_id;
    launch->Namespace = ns;
    launch->Launch = present ? std::max(present->Launch, at) : at;
    launch->CreateIndex = present ? present->CreateIndex : txn.index();
    launch->ModifyIndex = txn.index();
    txn.put(Shared<model::PeriodicLaunch>(std::move(launch)));
}

// Launches count from the version that says when they are: those before it were never due.
void begin_launches(Txn& txn, const model::Job& next) {
    const auto present = txn.view().periodic_launches().find(next.Namespace, next.ID);
    const Time now = Time::from_unix_ns(next.SubmitTime);
    if (!model::is_periodic_active(next)) {
        if (present) txn.erase<model::PeriodicLaunch>(next.Namespace, next.ID);
    } else if (!present || present->Launch < now) {
        put_launch(txn, next.Namespace, next.ID, now);
    }
}

void put_version(Txn& txn, const Shared<model::Job>& next, bool is_new, int64_t tracked) {
    put_scaling_policies(txn, txn.view().jobs().find(next->Namespace, next->ID).get(), *next);
    begin_launches(txn, *next);
    txn.put(next);
    txn.put_version(next);
    trim_versions(txn, *next, tracked);
    refresh_summary(txn, *next, is_new);
}

// Whether the parent has a child that was dispatched with the same token.
bool has_twin(const View& view, const model::Job& job) {
    if (job.ParentID.empty() || job.DispatchIdempotencyToken.empty()) return false;
    for (const auto& child : view.jobs().children(job.Namespace, job.ParentID)) {
        if (child->DispatchIdempotencyToken == job.DispatchIdempotencyToken) return true;
    }
    return false;
}

void put_submission(Txn& txn, model::JobSubmission submission, const model::Job& job) {
    submission.Namespace = job.Namespace;
    submission.JobID = job.ID;
    submission.Version = job.Version;
    submission.JobModifyIndex = job.JobModifyIndex;
    txn.put(std::make_shared<model::JobSubmission>(std::move(submission)));
}

void purge(Txn& txn, const model::Job& job) {
    const View view = txn.view();
    std::vector<Uuid> allocs;
    for (const AllocRef& alloc : view.allocs().of_job(job.Namespace, job.ID)) allocs.push_back(alloc.uuid());
    std::vector<std::string> deployments;
    for (const auto& d : view.deployments().of_job(job.Namespace, job.ID)) deployments.push_back(d->ID);
    std::vector<Shared<model::Evaluation>> open;
    for (const auto& e : view.evals().of_job(job.Namespace, job.ID)) {
        if (e->Status == "pending" || e->Status == "blocked") open.push_back(e);
    }
    std::vector<uint64_t> versions;
    for (const auto& v : view.job_versions().of(job.Namespace, job.ID)) versions.push_back(v->Version);
    for (const Uuid& id : allocs) txn.erase_alloc(id);
    for (const std::string& id : deployments) txn.erase<model::Deployment>(id);
    for (const auto& eval : open) {
        model::Evaluation done = *eval;
        done.Status = "complete";
        done.StatusDescription = "job " + job.ID + " deleted";
        done.ModifyIndex = txn.index();
        txn.put(std::make_shared<model::Evaluation>(std::move(done)));
    }
    for (const uint64_t version : versions) {
        txn.erase_job_version(job.Namespace, job.ID, version);
        txn.erase<model::JobSubmission>(job.Namespace, job.ID, version);
    }
    count_child(txn, job, job.Status, "");
    txn.erase<model::JobSummary>(job.Namespace, job.ID);
    txn.erase<model::PeriodicLaunch>(job.Namespace, job.ID);
    erase_scaling(txn, job);
    txn.erase<model::Job>(job.Namespace, job.ID);
}

}  // namespace

Result<> check_job(Txn& txn, const model::Job& job) {
    if (job.ID.empty()) return fail(Error::internal("missing job ID"));
    if (!txn.view().namespaces().find(job.Namespace)) {
        return fail(Error::internal("job \"" + job.ID + "\" is in nonexistent namespace \"" + job.Namespace + "\""));
    }
    return {};
}

void put_next_version(Txn& txn, model::Job job, int64_t tracked) {
    const auto present = txn.view().jobs().find(job.Namespace, job.ID);
    put_version(txn, next_version(txn, present.get(), std::move(job)), !present, tracked);
}

void put_version_again(Txn& txn, const model::Job& kept, int64_t tracked) {
    const auto present = txn.view().jobs().find(kept.Namespace, kept.ID);
    const auto submission = txn.view().job_submissions().find(kept.Namespace, kept.ID, kept.Version);
    const auto next = next_version(txn, present.get(), kept);
    if (submission) put_submission(txn, *submission, *next);
    put_version(txn, next, !present, tracked);
}

void refresh_job_status(Txn& txn, std::string_view ns, std::string_view job_id) {
    const auto job = txn.view().jobs().find(ns, job_id);
    if (!job) return;
    const std::string status = status_of(txn, *job);
    if (status == job->Status) return;
    auto changed = std::make_shared<model::Job>(*job);
    changed->ModifyIndex = txn.index();
    set_status(txn, *changed, status);
    txn.put(Shared<model::Job>(changed));
    txn.put_version(changed);
}

Result<bool> apply(Txn& txn, const command::RegisterJob& command) {
    if (!command.Job) return fail(Error::internal("missing job"));
    if (auto checked = check_job(txn, *command.Job); !checked) return fail(checked.error());
    const auto present = txn.view().jobs().find(command.Job->Namespace, command.Job->ID);
    if (command.EnforceIndex) {
        if (auto checked = model::check_modify_index(present.get(), command.JobModifyIndex); !checked)
            return fail(checked.error());
    }
    if (!present && has_twin(txn.view(), *command.Job)) return false;
    std::shared_ptr<model::Job> maybe_next;
    // A count that is not taken over is a change all the same.
    if (!present || model::specification_changed(*present, *command.Job)) {
        model::Job job = *command.Job;
        if (present) keep_what_is_asked(job, *present, command);
        maybe_next = next_version(txn, present.get(), std::move(job));
        if (command.Submission) put_submission(txn, *command.Submission, *maybe_next);
    }
    if (command.Eval) {
        model::Evaluation eval = *command.Eval;
        eval.JobModifyIndex = (maybe_next ? maybe_next : present)->JobModifyIndex;
        put_eval(txn, std::move(eval));
    }
    if (maybe_next) {
        set_status(txn, *maybe_next, status_of(txn, *maybe_next));
        put_version(txn, maybe_next, !present, command.TrackedVersions);
    } else {
        refresh_job_status(txn, present->Namespace, present->ID);
    }
    if (!command.Launch.is_zero()) put_launch(txn, command.Job->Namespace, command.Job->ParentID, command.Launch);
    return true;
}

Result<bool> apply(Txn& txn, const command::DeregisterJob& command) {
    const auto present = txn.view().jobs().find(command.Namespace, command.JobID);
    if (command.ModifyIndex != 0 && (!present || present->ModifyIndex != command.ModifyIndex)) return false;
    if (present && command.NoShutdownDelay) {
        command::SetDesiredTransitions hurry;
        for (const AllocRef& alloc : txn.view().allocs().of_job(command.Namespace, command.JobID)) {
            if (!alloc.terminal()) hurry.Allocs[alloc.id()].NoShutdownDelay = true;
        }
        hurry.UpdatedAt = command.SubmitTime;
        if (auto done = apply(txn, hurry); !done) return done;
    }
    if (present && command.Purge) {
        purge(txn, *present);
    } else if (present) {
        // Stopping again is no new version of the job.
        model::Job job = *present;
        job.Stop = true;
        if (!present->Stop) {
            job.SubmitTime = command.SubmitTime;
            put_next_version(txn, std::move(job), command.TrackedVersions);
        }
    }
    if (command.Eval) {
        model::Evaluation eval = *command.Eval;
        eval.JobModifyIndex = txn.index();
        put_eval(txn, eval);
    }
    refresh_job_status(txn, command.Namespace, command.JobID);
    return true;
}

Result<bool> apply(Txn& txn, const command::DeregisterJobs& command) {
    for (const command::DeregisterJob& one : command.Jobs) {
        if (auto done = apply(txn, one); !done) return done;
    }
    return true;
}

Result<bool> apply(Txn& txn, const command::SetJobStability& command) {
    const auto version = txn.view().job_versions().find(command.Namespace, command.JobID, command.JobVersion);
    if (!version)
        return fail(Error::internal("job \"" + command.JobID + "\" at version " + std::to_string(command.JobVersion) +
                                    " not found"));
    if (version->Stable == command.Stable) return true;
    auto changed = std::make_shared<model::Job>(*version);
    changed->Stable = command.Stable;
    changed->ModifyIndex = txn.index();
    const auto current = txn.view().jobs().find(command.Namespace, command.JobID);
    if (current && current->Version == command.JobVersion) txn.put(Shared<model::Job>(changed));
    txn.put_version(changed);
    return true;
}

Result<bool> apply(Txn& txn, const command::TagJobVersion& command) {
    const auto current = txn.view().jobs().find(command.Namespace, command.JobID);
    const auto holder = txn.view().job_versions().tagged(command.Namespace, command.JobID, command.Name);
    const auto put = [&](model::Job job) {
        job.ModifyIndex = txn.index();
        auto changed = std::make_shared<model::Job>(std::move(job));
        if (current && changed->Version == current->Version) txn.put(Shared<model::Job>(changed));
        txn.put_version(changed);
    };
    if (!command.Tag) {
        if (!holder)
            return fail(Error::internal("tag \"" + command.Name + "\" not found on job \"" + command.JobID + "\""));
        model::Job job = *holder;
        job.VersionTag.reset();
        return put(std::move(job)), true;
    }
    const uint64_t wanted = command.Latest && current ? current->Version : command.Version;
    const auto version = txn.view().job_versions().find(command.Namespace, command.JobID, wanted);
    if (!version)
        return fail(Error::internal("job \"" + command.JobID + "\" version " + std::to_string(wanted) + " not found"));
    if (holder && holder->Version != wanted) {
        return fail(Error::internal("tag \"" + command.Name + "\" already exists on a different version of job \"" +
                                    command.JobID + "\""));
    }
    model::Job job = *version;
    job.VersionTag = *command.Tag;
    return put(std::move(job)), true;
}

}  // namespace drover::state
