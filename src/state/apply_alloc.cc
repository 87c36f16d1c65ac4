#include <algorithm>
#include <map>

#include "state/apply.h"

namespace drover::state {
namespace {

Ref<const AllocRow> published(Ref<AllocRow> row) { return Ref<const AllocRow>(row.get()); }

Ref<AllocRow> edited(const AllocRef& alloc) { return Ref<AllocRow>(new AllocRow(alloc.row())); }

void put_alloc(Txn& txn, const AllocRow* before, Ref<AllocRow> row) {
    row->modify_index = txn.index();
    count_alloc(txn, before, *row);
    count_in_deployment(txn, before, *row);
    txn.put(published(std::move(row)));
}

// What the rows of one plan have in common, made once.
class PlanContext {
public:
    PlanContext(Txn& txn, const command::ApplyPlan& plan) : txn_(txn), plan_(plan) {
        for (const auto& resources : plan.Resources) resources_.push_back(make_resources(*resources, txn.dictionary()));
        for (const auto& metrics : plan.Metrics) metrics_.push_back(Packed::make(pack(*metrics, txn.dictionary())));
    }

    Ref<const ResourcesRow> resources(uint32_t number) const {
        return number == 0 ? Ref<const ResourcesRow>() : resources_[number - 1];
    }
    Ref<const Packed> metrics(uint32_t number) const {
        return number == 0 ? Ref<const Packed>() : metrics_[number - 1];
    }

    // The group of a job version: one object for all its allocations, those of earlier plans included.
    Ref<const GroupRow> group(uint32_t number, const std::string& name) {
        Ref<const GroupRow>& made = groups_[{number, name}];
        if (made) return made;
        Shared<model::Job> job = plan_.Jobs[number - 1];
        if (auto kept = txn_.view().job_versions().find(job->Namespace, job->ID, job->Version);
            kept && kept->CreateIndex == job->CreateIndex) {
            job = kept;
        }
        for (const AllocRef& alloc : txn_.view().allocs().of_job(job->Namespace, job->ID)) {
            if (alloc.job() && alloc.job()->Version == job->Version && alloc.job()->CreateIndex == job->CreateIndex &&
                alloc.task_group() == name) {
                return made = alloc.row().group;
            }
            if (++looked_at_ > kLookAt) break;
        }
        auto* row = new GroupRow;
        row->dictionary = txn_.view().version()->dictionary;
        row->job = job;
        row->ns = job->Namespace;
        row->job_id = job->ID;
        row->task_group = name;
        return made = Ref<const GroupRow>(row);
    }

private:
    static constexpr size_t kLookAt = 1000;
    Txn& txn_;
    const command::ApplyPlan& plan_;
    std::vector<Ref<const ResourcesRow>> resources_;
    std::vector<Ref<const Packed>> metrics_;
    std::map<std::pair<uint32_t, std::string>, Ref<const GroupRow>> groups_;
    size_t looked_at_ = 0;
};

Result<> check_plan(Txn& txn, const command::ApplyPlan& plan) {
    for (const auto& row : plan.Placed) {
        if (!is_uuid(row.ID) || !is_uuid(row.NodeID))
            return fail(Error::internal("a plan places an allocation without valid identifiers"));
        if (row.Job > plan.Jobs.size() || row.Resources > plan.Resources.size() || row.Metrics > plan.Metrics.size()) {
            return fail(Error::internal("a plan refers to something that it does not bring"));
        }
        if (row.Job == 0 && !txn.view().allocs().find(row.ID))
            return fail(Error::internal("a plan places an allocation without a job"));
        if (auto status = parse_desired_status(row.DesiredStatus); !status) return fail(status.error());
        if (!row.ClientStatus.empty()) {
            if (auto status = parse_client_status(row.ClientStatus); !status) return fail(status.error());
        }
    }
    for (const auto& update : plan.DeploymentUpdates) {
        if (auto checked = check_deployment_update(txn, update); !checked) return checked;
    }
    return check_evals(plan.PreemptionEvals);
}

void place(Txn& txn, PlanContext& context, const command::PlacedAlloc& p, int64_t updated_at) {
    const AllocRef before = txn.view().allocs().find(p.ID);
    Ref<AllocRow> row = before ? edited(before) : Ref<AllocRow>(new AllocRow);
    row->id = *parse_uuid(p.ID);
    row->node = *parse_uuid(p.NodeID);
    row->eval = parse_uuid(p.EvalID).value_or(row->eval);
    row->desired = *parse_desired_status(p.DesiredStatus);
    if (p.Job != 0) row->group = context.group(p.Job, p.TaskGroup);
    if (p.Resources != 0) row->resources = context.resources(p.Resources);
    if (p.Metrics != 0) row->metrics = context.metrics(p.Metrics);
    if (!p.ClientStatus.empty()) {
        const ClientStatus status = *parse_client_status(p.ClientStatus);
        if (!before || status == ClientStatus::lost || status == ClientStatus::unknown) row->client = status;
    }
    ServerPart server = server_part_of(*row);
    server.Name = set_usual_name(*row, p.Name) ? "" : p.Name;
    server.NodeName = p.NodeName;
    server.DesiredDescription = p.DesiredDescription;
    server.PreemptedAllocations = p.PreemptedAllocations;
    if (p.RescheduleTracker) server.RescheduleTracker = p.RescheduleTracker;
    if (!p.AllocStates.empty()) server.AllocStates = p.AllocStates;
    if (!p.SignedIdentities.empty()) server.SignedIdentities = p.SignedIdentities;
    if (!p.SigningKeyID.empty()) server.SigningKeyID = p.SigningKeyID;
    row->server = Packed::make(pack(server, txn.dictionary()));
    LinksPart links = links_of(*row);
    const bool other_deployment = links.DeploymentID != p.DeploymentID;
    links.PreviousAllocation = p.PreviousAllocation;
    links.DeploymentID = p.DeploymentID;
    links.FollowupEvalID = p.FollowupEvalID;
    set_links(*row, links, txn.dictionary());
    ClientPart client = client_part_of(*row);
    if (!p.ClientDescription.empty()) client.ClientDescription = p.ClientDescription;
    // How it was in another deployment says nothing of this one.
    if (!before || other_deployment || p.DeploymentStatus) client.DeploymentStatus = p.DeploymentStatus;
    set_client_part(*row, client, txn.dictionary());
    set_transition(*row, p.DesiredTransition);
    if (!before) {
        row->create_index = txn.index();
        row->create_time = p.CreateTime != 0 ? p.CreateTime : updated_at;
    }
    row->alloc_modify_index = txn.index();
    row->modify_time = updated_at;
    put_alloc(txn, before ? &before.row() : nullptr, row);
    if (before || p.PreviousAllocation.empty()) return;
    const AllocRef previous = txn.view().allocs().find(p.PreviousAllocation);
    if (!previous) return;
    Ref<AllocRow> linked = edited(previous);
    LinksPart previous_links = links_of(*linked);
    previous_links.NextAllocation = p.ID;
    set_links(*linked, previous_links, txn.dictionary());
    put_alloc(txn, &previous.row(), linked);
}

void stop(Txn& txn, const command::StoppedAlloc& s, int64_t updated_at) {
    const AllocRef before = txn.view().allocs().find(s.ID);
    if (!before) return;
    Ref<AllocRow> row = edited(before);
    row->desired = DesiredStatus::stop;
    ServerPart server = server_part_of(*row);
    server.DesiredDescription = s.DesiredDescription;
    if (s.RescheduleTracker) server.RescheduleTracker = s.RescheduleTracker;
    if (!s.AllocStates.empty()) server.AllocStates = s.AllocStates;
    row->server = Packed::make(pack(server, txn.dictionary()));
    if (!s.FollowupEvalID.empty()) {
        LinksPart links = links_of(*row);
        links.FollowupEvalID = s.FollowupEvalID;
        set_links(*row, links, txn.dictionary());
    }
    if (auto status = parse_client_status(s.ClientStatus); status && !row->client_terminal()) row->client = *status;
    if (!s.ClientDescription.empty()) {
        ClientPart client = client_part_of(*row);
        client.ClientDescription = s.ClientDescription;
        set_client_part(*row, client, txn.dictionary());
    }
    row->alloc_modify_index = txn.index();
    row->modify_time = s.ModifyTime != 0 ? s.ModifyTime : updated_at;
    put_alloc(txn, &before.row(), row);
}

void preempt(Txn& txn, const command::PreemptedAlloc& p, int64_t updated_at) {
    const AllocRef before = txn.view().allocs().find(p.ID);
    if (!before || before.terminal()) return;
    Ref<AllocRow> row = edited(before);
    row->desired = DesiredStatus::evict;
    ServerPart server = server_part_of(*row);
    server.DesiredDescription = "Preempted by alloc ID " + p.PreemptedByAllocation;
    row->server = Packed::make(pack(server, txn.dictionary()));
    LinksPart links = links_of(*row);
    links.PreemptedByAllocation = p.PreemptedByAllocation;
    set_links(*row, links, txn.dictionary());
    row->alloc_modify_index = txn.index();
    row->modify_time = updated_at;
    put_alloc(txn, &before.row(), row);
}

void put_new_deployment(Txn& txn, const model::Deployment& deployment) {
    auto row = std::make_shared<model::Deployment>(deployment);
    const auto present = txn.view().deployments().find(deployment.ID);
    row->CreateIndex = present ? present->CreateIndex : txn.index();
    row->ModifyIndex = txn.index();
    txn.put(Shared<model::Deployment>(std::move(row)));
}

using JobKeys = std::vector<std::pair<std::string, std::string>>;

void note_job(JobKeys& jobs, std::string_view ns, std::string_view id) {
    if (jobs.empty() || jobs.back().second != id || jobs.back().first != ns) jobs.emplace_back(ns, id);
}

void refresh_jobs(Txn& txn, JobKeys jobs) {
    std::sort(jobs.begin(), jobs.end());
    jobs.erase(std::unique(jobs.begin(), jobs.end()), jobs.end());
    for (const auto& [ns, id] : jobs) refresh_job_status(txn, ns, id);
}

// What a client reports replaces the client's half of a row.
void take_report(Txn& txn, const AllocRef& before, const model::Allocation& report, ClientStatus status,
                 int64_t updated_at) {
    Ref<AllocRow> row = edited(before);
    row->client = status;
    ClientPart client = client_part_of(*row);
    client.ClientDescription = report.ClientDescription;
    client.TaskStates = report.TaskStates;
    if (report.NetworkStatus) client.NetworkStatus = report.NetworkStatus;
    if (report.DeploymentStatus && report.DeploymentStatus->Healthy) {
        const bool canary = client.DeploymentStatus && client.DeploymentStatus->Canary;
        const bool news =
            !client.DeploymentStatus || client.DeploymentStatus->Healthy != report.DeploymentStatus->Healthy;
        const uint64_t index = news || !client.DeploymentStatus ? txn.index() : client.DeploymentStatus->ModifyIndex;
        client.DeploymentStatus = report.DeploymentStatus;
        client.DeploymentStatus->Canary = canary;
        client.DeploymentStatus->ModifyIndex = index;
    }
    set_client_part(*row, client, txn.dictionary());
    if (!report.AllocStates.empty()) {
        ServerPart server = server_part_of(*row);
        server.AllocStates = report.AllocStates;
        row->server = Packed::make(pack(server, txn.dictionary()));
    }
    row->modify_time = updated_at;
    put_alloc(txn, &before.row(), row);
}

}  // namespace

Result<bool> apply(Txn& txn, const command::ApplyPlan& command) {
    if (command.RestoredAt != txn.view().restored_at())
        return fail(Error::conflict("the state was restored since the plan was made"));
    if (auto checked = check_plan(txn, command); !checked) return fail(checked.error());
    PlanContext context(txn, command);
    if (command.Deployment) put_new_deployment(txn, *command.Deployment);
    for (const auto& update : command.DeploymentUpdates) put_deployment_status(txn, update);
    JobKeys jobs;
    const auto note = [&](const std::string& id) {
        if (const AllocRef alloc = txn.view().allocs().find(id)) note_job(jobs, alloc.ns(), alloc.job_id());
    };
    for (const auto& s : command.Stopped) stop(txn, s, command.UpdatedAt), note(s.ID);
    for (const auto& p : command.Preempted) preempt(txn, p, command.UpdatedAt), note(p.ID);
    for (const auto& p : command.Placed) {
        // A job that was stopped or removed meanwhile gets no new allocations.
        if (p.Job != 0 && !txn.view().allocs().find(p.ID)) {
            const auto& planned = command.Jobs[p.Job - 1];
            const auto job = txn.view().jobs().find(planned->Namespace, planned->ID);
            if (!job || job->Stop) continue;
        }
        place(txn, context, p, command.UpdatedAt);
        note(p.ID);
    }
    if (const auto eval = txn.view().evals().find(command.EvalID)) {
        auto touched = std::make_shared<model::Evaluation>(*eval);
        touched->ModifyIndex = txn.index();
        txn.put(Shared<model::Evaluation>(std::move(touched)));
    }
    for (const std::string& id : command.IneligibleNodes) {
        if (const auto node = txn.view().nodes().find(id)) {
            auto row = std::make_shared<model::Node>(*node);
            row->SchedulingEligibility = "ineligible";
            row->ModifyIndex = txn.index();
            txn.put(Shared<model::Node>(std::move(row)));
        }
    }
    put_evals(txn, command.PreemptionEvals);
    refresh_jobs(txn, std::move(jobs));
    // Lists of allocations move on with every plan, also one that is a deployment alone.
    txn.set_table_index(Table::allocs, txn.index());
    return true;
}

Result<bool> apply(Txn& txn, const command::UpdateAllocsFromClient& command) {
    if (auto checked = check_evals(command.Evals); !checked) return fail(checked.error());
    for (const auto& report : command.Allocs) {
        if (auto status = parse_client_status(report->ClientStatus); !status) return fail(status.error());
    }
    JobKeys jobs;
    for (const auto& report : command.Allocs) {
        const AllocRef before = txn.view().allocs().find(report->ID);
        if (!before) continue;
        take_report(txn, before, *report, *parse_client_status(report->ClientStatus), command.UpdatedAt);
        note_job(jobs, before.ns(), before.job_id());
        if (const auto node = txn.view().nodes().find(before.node_id());
            node && node->LastAllocUpdateIndex != txn.index()) {
            auto row = std::make_shared<model::Node>(*node);
            row->LastAllocUpdateIndex = txn.index();
            txn.put(Shared<model::Node>(std::move(row)));
        }
    }
    for (const auto& eval : command.Evals) put_eval(txn, *eval), note_job(jobs, eval->Namespace, eval->JobID);
    refresh_jobs(txn, std::move(jobs));
    return true;
}

Result<bool> apply(Txn& txn, const command::SetDesiredTransitions& command) {
    if (auto checked = check_evals(command.Evals); !checked) return fail(checked.error());
    for (const auto& [id, transition] : command.Allocs) {
        const AllocRef before = txn.view().allocs().find(id);
        if (!before) continue;
        Ref<AllocRow> row = edited(before);
        set_transition(*row, transition);
        row->alloc_modify_index = txn.index();
        row->modify_time = command.UpdatedAt;
        put_alloc(txn, &before.row(), row);
    }
    put_evals(txn, command.Evals);
    return true;
}

}  // namespace drover::state
