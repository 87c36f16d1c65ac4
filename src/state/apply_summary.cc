#include <algorithm>
#include <map>

#include "state/apply.h"

namespace drover::state {
namespace {

int64_t* status_count(model::TaskGroupSummary& summary, ClientStatus status) {
    switch (status) {
        case ClientStatus::pending: return &summary.Starting;
        case ClientStatus::running: return &summary.Running;
        case ClientStatus::complete: return &summary.Complete;
        case ClientStatus::failed: return &summary.Failed;
        case ClientStatus::lost: return &summary.Lost;
        case ClientStatus::unknown: return &summary.Unknown;
    }
    return nullptr;
}

int64_t* child_count(model::JobChildrenSummary& children, std::string_view status) {
    if (status == "pending") return &children.Pending;
    if (status == "running") return &children.Running;
    if (status == "dead") return &children.Dead;
    return nullptr;
}

void put_summary(Txn& txn, model::JobSummary summary) {
    summary.ModifyIndex = txn.index();
    txn.put(std::make_shared<model::JobSummary>(std::move(summary)));
}

// What the latest of the job's evaluations that told it could not place.
Map<int64_t> queued_of(const View& view, const model::Job& job) {
    Shared<model::Evaluation> latest;
    for (const auto& eval : view.evals().of_job(job.Namespace, job.ID)) {
        if (eval->QueuedAllocations.empty()) continue;
        if (!latest || eval->ModifyIndex > latest->ModifyIndex) latest = eval;
    }
    return latest ? latest->QueuedAllocations : Map<int64_t>{};
}

Map<model::TaskGroupSummary> group_counts(const View& view, const model::Job& job) {
    Map<model::TaskGroupSummary> groups;
    groups.made = true;
    for (const model::TaskGroup& group : job.TaskGroups) groups[group.Name] = {};
    for (const auto& [group, queued] : queued_of(view, job)) {
        if (const auto it = groups.find(group); it != groups.end()) it->second.Queued = queued;
    }
    for (const AllocRef& alloc : view.allocs().of_job(job.Namespace, job.ID)) {
        const GroupRow& group = *alloc.row().group;
        if (group.job && group.job->CreateIndex != job.CreateIndex) continue;
        ++*status_count(groups[group.task_group], alloc.row().client);
    }
    return groups;
}

model::JobChildrenSummary children_counts(const View& view, const model::Job& job) {
    model::JobChildrenSummary children;
    for (const auto& child : view.jobs().children(job.Namespace, job.ID)) {
        if (int64_t* count = child_count(children, child->Status)) ++*count;
    }
    return children;
}

}  // namespace

void refresh_summary(Txn& txn, const model::Job& job, bool is_new) {
    const auto stored = txn.view().job_summaries().find(job.Namespace, job.ID);
    model::JobSummary summary;
    if (stored && !is_new) summary = *stored;
    summary.JobID = job.ID;
    summary.Namespace = job.Namespace;
    summary.Summary.made = true;
    bool changed = !stored || is_new;
    for (const model::TaskGroup& group : job.TaskGroups) changed |= summary.Summary.try_emplace(group.Name).second;
    if (!summary.Children) summary.Children.make();
    if (!changed) return;
    if (summary.CreateIndex == 0) summary.CreateIndex = txn.index();
    put_summary(txn, std::move(summary));
}

void count_child(Txn& txn, const model::Job& job, std::string_view before, std::string_view after) {
    if (job.ParentID.empty()) return;
    const auto stored = txn.view().job_summaries().find(job.Namespace, job.ParentID);
    if (!stored) return;
    model::JobSummary summary = *stored;
    auto& children = summary.Children.make();
    if (int64_t* count = child_count(children, before); count && *count > 0) --*count;
    if (int64_t* count = child_count(children, after)) ++*count;
    put_summary(txn, std::move(summary));
}

void copy_queued(Txn& txn, const model::Evaluation& eval) {
    if (eval.QueuedAllocations.empty()) return;
    const auto stored = txn.view().job_summaries().find(eval.Namespace, eval.JobID);
    if (!stored) return;
    model::JobSummary summary = *stored;
    bool changed = false;
    for (const auto& [group, queued] : eval.QueuedAllocations) {
        auto it = summary.Summary.find(group);
        if (it == summary.Summary.end() || it->second.Queued == queued) continue;
        it->second.Queued = queued;
        changed = true;
    }
    if (!changed) return;
    put_summary(txn, std::move(summary));
}

void count_alloc(Txn& txn, const AllocRow* before, const AllocRow& after) {
    if (before && before->client == after.client) return;
    const GroupRow& group = *after.group;
    const auto stored = txn.view().job_summaries().find(group.ns, group.job_id);
    const auto job = txn.view().jobs().find(group.ns, group.job_id);
    if (!stored || !job || (group.job && job->CreateIndex != group.job->CreateIndex)) return;
    model::JobSummary summary = *stored;
    auto it = summary.Summary.find(group.task_group);
    if (it == summary.Summary.end()) return;
    model::TaskGroupSummary& counts = it->second;
    if (!before && after.client == ClientStatus::pending && counts.Queued > 0) --counts.Queued;
    if (before && before->client != ClientStatus::complete && before->client != ClientStatus::failed) {
        if (int64_t* count = status_count(counts, before->client); *count > 0) --*count;
    }
    ++*status_count(counts, after.client);
    put_summary(txn, std::move(summary));
}

Result<bool> apply(Txn& txn, const command::RecountSummaries& command) {
    for (const model::NamespacedID& key : command.Jobs) {
        const auto job = txn.view().jobs().find(key.Namespace, key.ID);
        if (!job) continue;
        const auto stored = txn.view().job_summaries().find(key.Namespace, key.ID);
        model::JobSummary summary = stored ? *stored : model::JobSummary{};
        summary.JobID = job->ID;
        summary.Namespace = job->Namespace;
        summary.Summary = group_counts(txn.view(), *job);
        summary.Children = children_counts(txn.view(), *job);
        if (stored && codec::equal(codec::type_of<model::JobSummary>(), stored.get(), &summary)) continue;
        if (!stored) summary.CreateIndex = txn.index();
        put_summary(txn, std::move(summary));
    }
    return true;
}

}  // namespace drover::state
