#include "model/canonicalize.h"
#include "model/status.h"

namespace drover::model {
namespace {

constexpr Duration kNodeIdentityTTL = hours(24);

}  // namespace

void canonicalize(Node& node) {
    if (node.NodePool.empty()) node.NodePool = kDefaultNodePool;
    if (node.SchedulingEligibility.empty()) node.SchedulingEligibility = node.DrainStrategy ? "ineligible" : "eligible";
}

void canonicalize(NodePool& pool) {
    if (pool.NodeIdentityTTL.ns == 0) pool.NodeIdentityTTL = kNodeIdentityTTL;
}

// Before 0.9 an allocation had what it was given under the names of what was asked for.
void canonicalize(Allocation& alloc) {
    if (alloc.AllocatedResources || alloc.TaskResources.empty()) return;
    auto given = std::make_shared<AllocatedResources>();
    for (const auto& [task, asked] : alloc.TaskResources) {
        AllocatedTaskResources& resources = given->Tasks[task];
        resources.Cpu.CpuShares = asked.CPU;
        resources.Memory.MemoryMB = asked.MemoryMB;
        resources.Networks = asked.Networks;
    }
    if (alloc.SharedResources) {
        given->Shared.DiskMB = alloc.SharedResources->DiskMB;
        given->Shared.Networks = alloc.SharedResources->Networks;
    }
    alloc.AllocatedResources = std::move(given);
}

void canonicalize(SchedulerConfiguration& config) {
    if (config.SchedulerAlgorithm.empty()) config.SchedulerAlgorithm = "binpack";
}

void canonicalize(ScalingPolicy& policy) {
    if (policy.Type.empty()) policy.Type = "horizontal";
}

}  // namespace drover::model
