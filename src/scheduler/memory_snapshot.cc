#include "scheduler/memory_snapshot.h"

#include "model/alloc_rules.h"

#include <algorithm>

namespace drover::scheduler {
namespace {

std::string key_of(std::string_view namespace_, std::string_view id) {
    return std::string(namespace_).append(1, '\0').append(id);
}

}  // namespace

FleetEdit& MemorySnapshot::edit() {
    ++index_;
    if (!edit_) edit_ = std::make_unique<FleetEdit>(fleet_);
    return *edit_;
}

const Fleet& MemorySnapshot::fleet() const {
    if (edit_) {
        fleet_ = edit_->finish(index_);
        edit_ = nullptr;
    }
    return fleet_;
}

void MemorySnapshot::put(const Shared<model::Node>& node) { edit().put_node(node); }

void MemorySnapshot::put(const Shared<model::Job>& job) {
    jobs_[key_of(job->Namespace, job->ID)] = job;
    versions_[{key_of(job->Namespace, job->ID), job->Version}] = job;
    ++index_;
}

void MemorySnapshot::put(const Shared<model::Allocation>& alloc) {
    auto& slot = allocs_[alloc->ID];
    if (slot) {
        edit().add_usage(slot->NodeID, -usage_of(*slot));
    } else {
        by_node_[alloc->NodeID].push_back(alloc->ID);
    }
    slot = alloc;
    edit().add_usage(alloc->NodeID, usage_of(*alloc));
}

void MemorySnapshot::put(const Shared<model::Deployment>& deployment) {
    const auto it = std::find_if(deployments_.begin(), deployments_.end(),
                                 [&](const auto& other) { return other->ID == deployment->ID; });
    if (it == deployments_.end()) {
        deployments_.push_back(deployment);
    } else {
        *it = deployment;
    }
    ++index_;
}

void MemorySnapshot::put(const Shared<model::Evaluation>& eval) {
    evals_[eval->ID] = eval;
    ++index_;
}

void MemorySnapshot::put(const Shared<model::NodePool>& pool) {
    pools_[pool->Name] = pool;
    ++index_;
}

void MemorySnapshot::remove_node(const std::string& id) { edit().remove_node(id); }

void MemorySnapshot::remove_job(std::string_view namespace_, std::string_view id) {
    jobs_.erase(key_of(namespace_, id));
    ++index_;
}

void MemorySnapshot::note_canary(const model::Allocation& alloc) {
    if (!alloc.DeploymentStatus || !alloc.DeploymentStatus->Canary) return;
    for (auto& deployment : deployments_) {
        if (deployment->ID != alloc.DeploymentID) continue;
        auto copy = std::make_shared<model::Deployment>(*deployment);
        auto& placed = copy->TaskGroups[alloc.TaskGroup].PlacedCanaries;
        if (std::find(placed.begin(), placed.end(), alloc.ID) == placed.end()) placed.push_back(alloc.ID);
        deployment = copy;
    }
}

void MemorySnapshot::link(const model::Allocation& placed) {
    const auto previous = alloc(placed.PreviousAllocation);
    if (!previous) return;
    auto linked = std::make_shared<model::Allocation>(*previous);
    linked->NextAllocation = placed.ID;
    put(Shared<model::Allocation>(linked));
}

void MemorySnapshot::apply(const model::Plan& plan, Time now) {
    if (plan.Deployment) put(plan.Deployment);
    for (const auto* changes : {&plan.NodeUpdate, &plan.NodePreemptions, &plan.NodeAllocation}) {
        for (const auto& [node, allocs] : *changes) {
            for (const auto& alloc : allocs) {
                auto copy = std::make_shared<model::Allocation>(*alloc);
                copy->ModifyTime = now.unix_ns;
                copy->ModifyIndex = index_;
                if (!this->alloc(alloc->ID)) copy->CreateIndex = index_;
                const auto before = this->alloc(alloc->ID);
                if (before) copy->NextAllocation = before->NextAllocation;
                note_canary(*copy);
                put(Shared<model::Allocation>(copy));
                if (!before) link(*copy);
            }
        }
    }
    for (const model::DeploymentStatusUpdate& update : plan.DeploymentUpdates) {
        for (auto& deployment : deployments_) {
            if (deployment->ID != update.DeploymentID) continue;
            auto copy = std::make_shared<model::Deployment>(*deployment);
            copy->Status = update.Status;
            copy->StatusDescription = update.StatusDescription;
            deployment = copy;
        }
    }
}

Shared<model::Job> MemorySnapshot::job(std::string_view namespace_, std::string_view id) const {
    const auto it = jobs_.find(key_of(namespace_, id));
    return it == jobs_.end() ? nullptr : it->second;
}

Shared<model::Job> MemorySnapshot::job_version(std::string_view namespace_, std::string_view id,
                                               uint64_t version) const {
    const auto it = versions_.find({key_of(namespace_, id), version});
    return it == versions_.end() ? nullptr : it->second;
}

Shared<model::NodePool> MemorySnapshot::node_pool(std::string_view name) const {
    const auto it = pools_.find(name);
    return it == pools_.end() ? nullptr : it->second;
}

Shared<model::Allocation> MemorySnapshot::alloc(std::string_view id) const {
    const auto it = allocs_.find(id);
    return it == allocs_.end() ? nullptr : it->second;
}

std::vector<Shared<model::Allocation>> MemorySnapshot::allocs_of_job(std::string_view namespace_,
                                                                     std::string_view id) const {
    std::vector<Shared<model::Allocation>> found;
    for (const auto& [alloc_id, alloc] : allocs_) {
        if (alloc->Namespace == namespace_ && alloc->JobID == id) found.push_back(alloc);
    }
    return found;
}

std::vector<Shared<model::Allocation>> MemorySnapshot::allocs_on_node(std::string_view node_id) const {
    std::vector<Shared<model::Allocation>> found;
    const auto it = by_node_.find(node_id);
    if (it == by_node_.end()) return found;
    for (const std::string& id : it->second) found.push_back(allocs_.at(id));
    return found;
}

std::vector<Running> MemorySnapshot::running_on(std::string_view node_id) const {
    std::vector<Running> found;
    for (const auto& alloc : allocs_on_node(node_id)) {
        if (model::client_terminal(*alloc)) continue;
        found.push_back(
            {alloc->ID, alloc->TaskGroup, alloc->Job, usage_of(*alloc), model::server_terminal(*alloc), true, true});
    }
    return found;
}

Usage MemorySnapshot::usage_below(std::string_view node_id, int64_t priority) const {
    Usage sum;
    for (const Running& alloc : running_on(node_id)) {
        if (!alloc.stopping && alloc.job->Priority <= priority) sum += alloc.usage;
    }
    return sum;
}

std::vector<Shared<model::Evaluation>> MemorySnapshot::pending_evals_of_job(std::string_view namespace_,
                                                                            std::string_view id) const {
    std::vector<Shared<model::Evaluation>> found;
    for (const auto& [eval_id, eval] : evals_) {
        if (eval->Status == "pending" && eval->Namespace == namespace_ && eval->JobID == id) found.push_back(eval);
    }
    return found;
}

std::vector<Shared<model::Deployment>> MemorySnapshot::deployments_of_job(std::string_view namespace_,
                                                                          std::string_view id) const {
    std::vector<Shared<model::Deployment>> found;
    for (auto it = deployments_.rbegin(); it != deployments_.rend(); ++it) {
        if ((*it)->Namespace == namespace_ && (*it)->JobID == id) found.push_back(*it);
    }
    return found;
}

}  // namespace drover::scheduler
