#include "scheduler/schedule.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "base/uuid.h"
#include "model/alloc_rules.h"
#include "model/deployment_rules.h"
#include "model/job_rules.h"
#include "model/status.h"
#include "scheduler/follow_ups.h"
#include "scheduler/node_facts.h"
#include "scheduler/planner.h"
#include "scheduler/reconcile.h"

namespace drover::scheduler {
namespace {

constexpr std::array<std::string_view, 16> kTriggers = {
    "job-register",       "job-deregister",
    "periodic-job",       "job-scaling",
    "node-update",        "node-drain",
    "alloc-stop",         "alloc-failure",
    "alloc-reschedule",   "reconnect",
    "preemption",         "queued-allocs",
    "deployment-watcher", "max-disconnect-timeout",
    "max-plan-attempts",  "failed-follow-up",
};

// Those that no system job can come by: it is never launched by the clock, and what failed on a node is placed there
// again by whichever evaluation is next.
constexpr std::array<std::string_view, 4> kNotOfSystem = {"periodic-job", "alloc-failure", "alloc-reschedule",
                                                          "max-plan-attempts"};

bool accepts(const std::string& type, std::string_view trigger) {
    const auto among = [&](const auto& list) { return std::find(list.begin(), list.end(), trigger) != list.end(); };
    if (trigger == kRollingUpdate) return true;
    if (type == model::kJobTypeSysBatch && trigger == "periodic-job") return true;
    const bool each_node = type == model::kJobTypeSystem || type == model::kJobTypeSysBatch;
    return among(kTriggers) && !(each_node && among(kNotOfSystem));
}

model::Evaluation blocked_eval(const model::Evaluation& eval, Time now, Rng& rng) {
    model::Evaluation blocked;
    blocked.ID = random_id(rng);
    blocked.Namespace = eval.Namespace;
    blocked.Priority = eval.Priority;
    blocked.Type = eval.Type;
    blocked.JobID = eval.JobID;
    blocked.JobModifyIndex = eval.JobModifyIndex;
    blocked.Status = "blocked";
    blocked.PreviousEval = eval.ID;
    blocked.CreateTime = blocked.ModifyTime = now.unix_ns;
    return blocked;
}

// One that waits for capacity: anywhere, or on a node.
model::Evaluation blocked_by_failures(const Outcome& outcome, const model::Evaluation& eval, std::string node_id,
                                      Time now, Rng& rng) {
    model::Evaluation blocked = blocked_eval(eval, now, rng);
    blocked.TriggeredBy = "queued-allocs";
    blocked.StatusDescription = "created to place remaining allocations";
    blocked.NodeID = std::move(node_id);
    blocked.ClassEligibility = outcome.ClassEligibility;
    blocked.EscapedComputedClass = outcome.EscapedComputedClass;
    blocked.FailedTGAllocs = outcome.FailedTGAllocs;
    return blocked;
}

void block_if_failed(Outcome& outcome, const model::Evaluation& eval, Time now, Rng& rng) {
    const bool waits_instead = !outcome.follow_ups.empty() && eval.WaitUntil.is_zero();
    if (outcome.FailedTGAllocs.empty()) return;
    if (eval.Status == "blocked") {
        outcome.stays_blocked = true;
        return;
    }
    if (!waits_instead) outcome.blocked.push_back(blocked_by_failures(outcome, eval, {}, now, rng));
}

// Every node that is full is waited for by itself. A node that the evaluation waited for goes on to be waited for by
// it.
void block_on_nodes(Outcome& outcome, const model::Evaluation& eval, std::vector<std::string> nodes, Time now,
                    Rng& rng) {
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    for (std::string& node : nodes) {
        if (eval.Status == "blocked" && eval.NodeID == node) {
            outcome.stays_blocked = true;
        } else {
            outcome.blocked.push_back(blocked_by_failures(outcome, eval, std::move(node), now, rng));
        }
    }
}

SystemNodes system_nodes(const Snapshot& snapshot, const model::Job* maybe_job, Planner& planner) {
    SystemNodes nodes;
    if (!maybe_job) return nodes;
    const Fleet& fleet = snapshot.fleet();
    std::vector<uint8_t> in_set, reports;
    for (const auto& entry : fleet.classes()) {
        in_set.push_back(in_node_set(*maybe_job, entry->pool, entry->datacenter));
        reports.push_back(reports_system_health(*entry->sample));
    }
    for (Slot slot = 0; slot < fleet.slots(); ++slot) {
        const Fleet::Chunk& chunk = fleet.chunk(slot / Fleet::kChunk);
        const size_t i = slot % Fleet::kChunk;
        if (!chunk.ready[i] || !in_set[chunk.classes[i]]) continue;
        nodes.numbers.emplace(chunk.nodes[i]->ID, nodes.ready.size());
        nodes.ready.push_back({chunk.nodes[i], reports[chunk.classes[i]] != 0});
    }
    nodes.may_run = [&planner](const model::TaskGroup& group, const model::Node& node) {
        return planner.may_run(group, node);
    };
    return nodes;
}

// The evaluation itself may not be done in the snapshot.
Shared<model::Evaluation> next_step(const Snapshot& snapshot, const model::Evaluation& eval,
                                    const model::Job* maybe_job, Time now) {
    if (!maybe_job) return nullptr;
    for (const auto& other : snapshot.pending_evals_of_job(eval.Namespace, eval.JobID)) {
        const bool is_of_specification = other->JobModifyIndex >= maybe_job->JobModifyIndex;
        if (other->TriggeredBy == kRollingUpdate && other->ID != eval.ID && other->WaitUntil > now &&
            is_of_specification) {
            return other;
        }
    }
    return nullptr;
}

void annotate(Outcome& outcome, const ReconcileResult& wanted) {
    model::PlanAnnotations& annotations = outcome.PlanAnnotations;
    annotations.DesiredTGUpdates.made = true;
    for (const auto& [group, updates] : wanted.desired) annotations.DesiredTGUpdates[group] = updates;
    for (const auto& [node, allocs] : outcome.plan.NodeAllocation) {
        for (const auto& alloc : allocs) {
            if (alloc->CreateIndex != 0 || alloc->PreemptedAllocations.empty()) continue;
            annotations.DesiredTGUpdates[alloc->TaskGroup].Preemptions += alloc->PreemptedAllocations.size();
        }
    }
    for (const auto& [node, allocs] : outcome.plan.NodePreemptions) {
        for (const auto& alloc : allocs) annotations.PreemptedAllocs.push_back(model::alloc_stub(*alloc, false, false));
    }
}

}  // namespace

bool is_no_op(const model::Plan& plan) {
    return plan.NodeUpdate.empty() && plan.NodeAllocation.empty() && plan.NodePreemptions.empty() && !plan.Deployment &&
           plan.DeploymentUpdates.empty();
}

Result<Outcome> schedule(const Snapshot& snapshot, const model::Evaluation& eval, Time now, Rng& rng,
                         Recorder* maybe_recorder) {
    const bool each_node = eval.Type == model::kJobTypeSystem || eval.Type == model::kJobTypeSysBatch;
    const bool batch = eval.Type == model::kJobTypeBatch || eval.Type == model::kJobTypeSysBatch;
    if (!each_node && !batch && eval.Type != model::kJobTypeService) {
        return fail(Error::internal("no scheduler for evaluations of type " + quote(eval.Type)));
    }
    if (!accepts(eval.Type, eval.TriggeredBy)) {
        return fail(Error::internal("scheduler cannot handle '" + eval.TriggeredBy + "' evaluation reason"));
    }
    const Shared<model::Job> job = snapshot.job(eval.Namespace, eval.JobID);
    auto allocs = snapshot.allocs_of_job(eval.Namespace, eval.JobID);
    const NodeLookup node_of = [&](const std::string& id) {
        const Slot slot = snapshot.fleet().slot_of(id);
        return slot == kNoSlot ? nullptr : snapshot.fleet().node(slot);
    };
    Planner planner(snapshot, eval, job, allocs, now, rng, maybe_recorder);
    planner.lose_unreachable(allocs, node_of);

    ReconcileInput input{eval, job, batch, nullptr, std::move(allocs), node_of, {}, now, nullptr};
    if (each_node && !batch) input.next_step = next_step(snapshot, eval, job.get(), now);
    if (!batch) {
        auto deployments = snapshot.deployments_of_job(eval.Namespace, eval.JobID);
        if (!deployments.empty()) input.deployment = deployments.front();
    }
    input.update_of = [&](const Shared<model::Allocation>& alloc, const model::TaskGroup& group) {
        return planner.update_of(alloc, group);
    };
    ReconcileResult wanted =
        each_node ? reconcile_system(input, system_nodes(snapshot, job.get(), planner), rng) : reconcile(input, rng);
    const Shared<model::Deployment> latest = wanted.deployment ? wanted.deployment : input.deployment;
    Shared<model::Deployment> deployment = latest;  // that placements belong to
    const bool ended =
        std::any_of(wanted.deployment_updates.begin(), wanted.deployment_updates.end(),
                    [&](const auto& update) { return deployment && update.DeploymentID == deployment->ID; });
    if (deployment && (ended || !model::is_active(*deployment))) deployment = nullptr;
    planner.carry_out(wanted, deployment ? deployment->ID : std::string{});

    Outcome outcome = planner.take();
    if (latest) outcome.DeploymentID = latest->ID;
    outcome.plan.Deployment = wanted.deployment;
    outcome.plan.DeploymentUpdates = wanted.deployment_updates;
    outcome.follow_ups = std::move(wanted.follow_ups);
    outcome.no_longer_needed = std::move(wanted.no_longer_needed);
    annotate(outcome, wanted);
    if (eval.AnnotatePlan) outcome.plan.Annotations = outcome.PlanAnnotations;
    if (each_node) {
        block_on_nodes(outcome, eval, planner.full_nodes(), now, rng);
    } else {
        block_if_failed(outcome, eval, now, rng);
    }
    return outcome;
}

model::Evaluation blocked_by_conflicts(const model::Evaluation& eval, Time now, Rng& rng) {
    model::Evaluation blocked = blocked_eval(eval, now, rng);
    blocked.TriggeredBy = "max-plan-attempts";
    blocked.StatusDescription = "created due to placement conflicts";
    return blocked;
}

}  // namespace drover::scheduler
