#include "state/alloc_ref.h"

#include "model/alloc_rules.h"

namespace drover::state {
std::string AllocRef::name() const {
    const auto& group = *row_->group;
    const std::string tail = "." + group.task_group + "[" + std::to_string(row_->name_index) + "]";
    if (row_->flags & kUsualName) return group.job_id + tail;
    if (row_->flags & kNamedByJobName) return group.job->Name + tail;
    return server_part_of(*row_).Name;
}

std::string AllocRef::desired_description() const { return server_part_of(*row_).DesiredDescription; }
std::string AllocRef::client_description() const { return client_part_of(*row_).ClientDescription; }

const AllocUsage& AllocRef::usage() const {
    static const AllocUsage kNone;
    return row_->resources ? row_->resources->usage : kNone;
}

Shared<model::AllocatedResources> AllocRef::resources() const {
    if (!row_->resources) return nullptr;
    const auto& packed = row_->resources->packed;
    if (!packed) return std::make_shared<const model::AllocatedResources>();
    return std::make_shared<const model::AllocatedResources>(
        unpack<model::AllocatedResources>(packed->bytes(), row_->dictionary()));
}

Shared<model::AllocMetric> AllocRef::metrics() const {
    if (!row_->metrics) return nullptr;
    return std::make_shared<const model::AllocMetric>(
        unpack<model::AllocMetric>(row_->metrics->bytes(), row_->dictionary()));
}

model::DesiredTransition AllocRef::desired_transition() const { return transition_of(*row_); }
bool AllocRef::should_migrate() const { return row_->flags & (kTransition << 1); }

Opt<bool> AllocRef::healthy() const {
    if (!(row_->flags & kHealthKnown)) return std::nullopt;
    return (row_->flags & kHealthy) != 0;
}
bool AllocRef::canary() const { return row_->flags & kCanary; }
bool AllocRef::has_next_allocation() const { return row_->flags & kHasNext; }

Box<model::AllocDeploymentStatus> AllocRef::deployment_status() const { return client_part_of(*row_).DeploymentStatus; }

std::string AllocRef::previous_allocation() const { return links_of(*row_).PreviousAllocation; }
std::string AllocRef::next_allocation() const { return links_of(*row_).NextAllocation; }
std::string AllocRef::deployment_id() const { return links_of(*row_).DeploymentID; }
std::string AllocRef::followup_eval_id() const { return links_of(*row_).FollowupEvalID; }
std::string AllocRef::preempted_by() const { return links_of(*row_).PreemptedByAllocation; }

Box<model::RescheduleTracker> AllocRef::reschedule_tracker() const { return server_part_of(*row_).RescheduleTracker; }
List<model::AllocState> AllocRef::alloc_states() const { return server_part_of(*row_).AllocStates; }
Map<model::TaskState> AllocRef::task_states() const { return client_part_of(*row_).TaskStates; }

Shared<model::Allocation> AllocRef::full() const {
    auto alloc = std::make_shared<model::Allocation>();
    auto server = server_part_of(*row_);
    auto client = client_part_of(*row_);
    auto links = links_of(*row_);
    alloc->ID = id();
    alloc->Namespace = ns();
    alloc->EvalID = row_->eval.is_nil() ? "" : eval_id();
    alloc->Name = name();
    alloc->NodeID = row_->node.is_nil() ? "" : node_id();
    alloc->NodeName = std::move(server.NodeName);
    alloc->JobID = job_id();
    alloc->Job = job();
    alloc->TaskGroup = task_group();
    alloc->AllocatedResources = resources();
    model::fill_legacy_resources(*alloc);
    alloc->Metrics = metrics();
    alloc->DesiredStatus = to_text(row_->desired);
    alloc->DesiredDescription = std::move(server.DesiredDescription);
    alloc->DesiredTransition = desired_transition();
    alloc->ClientStatus = to_text(row_->client);
    alloc->ClientDescription = std::move(client.ClientDescription);
    alloc->TaskStates = std::move(client.TaskStates);
    alloc->AllocStates = std::move(server.AllocStates);
    alloc->PreviousAllocation = std::move(links.PreviousAllocation);
    alloc->NextAllocation = std::move(links.NextAllocation);
    alloc->DeploymentID = std::move(links.DeploymentID);
    alloc->DeploymentStatus = std::move(client.DeploymentStatus);
    alloc->RescheduleTracker = std::move(server.RescheduleTracker);
    alloc->NetworkStatus = std::move(client.NetworkStatus);
    alloc->FollowupEvalID = std::move(links.FollowupEvalID);
    alloc->PreemptedAllocations = std::move(server.PreemptedAllocations);
    alloc->PreemptedByAllocation = std::move(links.PreemptedByAllocation);
    alloc->SignedIdentities = std::move(server.SignedIdentities);
    alloc->SigningKeyID = std::move(server.SigningKeyID);
    alloc->CreateIndex = row_->create_index;
    alloc->ModifyIndex = row_->modify_index;
    alloc->AllocModifyIndex = row_->alloc_modify_index;
    alloc->CreateTime = row_->create_time;
    alloc->ModifyTime = row_->modify_time;
    return alloc;
}

model::AllocListStub AllocRef::stub(bool with_resources, bool with_task_states) const {
    model::AllocListStub stub;
    auto server = server_part_of(*row_);
    auto client = client_part_of(*row_);
    auto links = links_of(*row_);
    stub.ID = id();
    stub.EvalID = row_->eval.is_nil() ? "" : eval_id();
    stub.Name = name();
    stub.Namespace = ns();
    stub.NodeID = row_->node.is_nil() ? "" : node_id();
    stub.NodeName = std::move(server.NodeName);
    stub.JobID = job_id();
    if (job()) stub.JobType = job()->Type, stub.JobVersion = job()->Version;
    stub.TaskGroup = task_group();
    if (with_resources) stub.AllocatedResources = resources();
    stub.DesiredStatus = to_text(row_->desired);
    stub.DesiredDescription = std::move(server.DesiredDescription);
    stub.ClientStatus = to_text(row_->client);
    stub.ClientDescription = std::move(client.ClientDescription);
    stub.DesiredTransition = desired_transition();
    if (with_task_states) stub.TaskStates = std::move(client.TaskStates);
    stub.DeploymentStatus = std::move(client.DeploymentStatus);
    stub.FollowupEvalID = std::move(links.FollowupEvalID);
    stub.NextAllocation = std::move(links.NextAllocation);
    stub.RescheduleTracker = std::move(server.RescheduleTracker);
    stub.PreemptedAllocations = std::move(server.PreemptedAllocations);
    stub.PreemptedByAllocation = std::move(links.PreemptedByAllocation);
    stub.CreateIndex = row_->create_index;
    stub.ModifyIndex = row_->modify_index;
    stub.CreateTime = row_->create_time;
    stub.ModifyTime = row_->modify_time;
    return stub;
}

}  // namespace drover::state
