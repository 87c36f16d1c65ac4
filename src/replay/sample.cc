#include "replay/sample.h"

#include <algorithm>
#include <set>

#include "model/fit.h"
#include "model/job_rules.h"
#include "model/status.h"

namespace drover::replay {
namespace {

constexpr size_t kMostShort = 20;

struct Share {
    double used = 0, capacity = 0;
    double of_all() const { return capacity > 0 ? used / capacity : 0; }
};

struct Waste {
    double useless = 0, free = 0;
    void add(double amount, bool useful) {
        free += amount;
        if (!useful) useless += amount;
    }
    double of_free() const { return free > 0 ? useless / free : 0; }
};

struct DeviceUse {
    int64_t used = 0, healthy = 0;
};

DeviceUse devices_of(const state::View& view, const model::Node& node) {
    DeviceUse use;
    if (!node.NodeResources) return use;
    for (const auto& group : node.NodeResources->Devices) {
        for (const auto& instance : group.Instances) use.healthy += instance.Healthy ? 1 : 0;
    }
    if (use.healthy == 0) return use;
    for (const auto& alloc : view.allocs().of_node(node.ID)) {
        if (alloc.terminal() || !alloc.has_devices()) continue;
        const auto given = alloc.resources();
        for (const auto& [task, resources] : given->Tasks) {
            for (const auto& device : resources.Devices) use.used += static_cast<int64_t>(device.DeviceIDs.size());
        }
    }
    return use;
}

bool is_used(const state::View& view, const model::Node& node) {
    for (const auto& alloc : view.allocs().of_node(node.ID)) {
        if (!alloc.terminal()) return true;
    }
    return false;
}

class Sampler {
public:
    Sampler(const scheduler::ViewFleet& source, const MedianAsk& ask) : source_(source), ask_(ask) {}

    Sample take() && {
        const scheduler::Fleet& fleet = source_.fleet;
        for (scheduler::Slot slot = 0; slot < fleet.slots(); ++slot) {
            const Shared<model::Node>& node = fleet.node(slot);
            if (node && node->Status == "ready")
                add(*node, fleet.chunk(slot / scheduler::Fleet::kChunk), slot % scheduler::Fleet::kChunk);
        }
        for (const auto& alloc : source_.view.allocs().all()) sample_.Allocations += alloc.terminal() ? 0 : 1;
        sample_.CPU = cpu_.of_all(), sample_.Memory = memory_.of_all(), sample_.Disk = disk_.of_all();
        sample_.Devices = devices_.of_all();
        sample_.FragmentedCPU = free_cpu_.of_free(), sample_.FragmentedMemory = free_memory_.of_free();
        sample_.FragmentedDevices = free_devices_.of_free();
        return sample_;
    }

private:
    void add(const model::Node& node, const scheduler::Fleet::Chunk& chunk, size_t row) {
        ++sample_.NodesReady;
        if (is_used(source_.view, node)) ++sample_.NodesUsed;
        const model::ResourceSums capacity = model::capacity_of(node);
        const double cpu = chunk.free_cpu[row], memory = chunk.free_memory[row];
        add(cpu_, capacity.cpu_mhz, cpu);
        add(memory_, capacity.memory_mb, memory);
        add(disk_, capacity.disk_mb, chunk.free_disk[row]);
        const DeviceUse use = devices_of(source_.view, node);
        devices_.used += static_cast<double>(use.used), devices_.capacity += static_cast<double>(use.healthy);
        const bool fits =
            chunk.ready[row] && cpu >= static_cast<double>(ask_.cpu) && memory >= static_cast<double>(ask_.memory);
        free_cpu_.add(std::max(0.0, cpu), fits);
        free_memory_.add(std::max(0.0, memory), fits);
        const int64_t left = use.healthy - use.used;
        free_devices_.add(static_cast<double>(std::max<int64_t>(0, left)), fits && left >= ask_.devices);
    }
    static void add(Share& share, int64_t capacity, double free) {
        share.capacity += static_cast<double>(capacity);
        share.used += static_cast<double>(capacity) - free;
    }

    const scheduler::ViewFleet& source_;
    const MedianAsk& ask_;
    Sample sample_;
    Share cpu_, memory_, disk_, devices_;
    Waste free_cpu_, free_memory_, free_devices_;
};

// What a group of a service job has running, or a batch job has running or done.
int64_t present(const state::View& view, const model::Job& job, const std::string& group) {
    const bool batch = job.Type == model::kJobTypeBatch;
    std::set<uint32_t> names;
    for (const auto& alloc : view.allocs().of_job(job.Namespace, job.ID)) {
        if (alloc.task_group() != group || alloc.job()->CreateIndex != job.CreateIndex) continue;
        const bool done = batch && alloc.client_status() == state::ClientStatus::complete;
        if (!alloc.terminal() || done) names.insert(alloc.name_index());
    }
    return static_cast<int64_t>(names.size());
}

}  // namespace

Sample sample_of(const scheduler::ViewFleet& source, const MedianAsk& ask) { return Sampler(source, ask).take(); }

Outcome outcome_of(const state::View& view) {
    Outcome outcome;
    outcome.Short.made = true;
    for (const auto& job : view.jobs().all()) {
        if (job->Stop || model::is_system_like(*job) || model::is_periodic(*job) || model::is_parameterized(*job))
            continue;
        if (job->Type == model::kJobTypeBatch && model::is_terminal_job(*job)) continue;  // over
        ++outcome.Jobs;
        bool complete = true;
        for (const model::TaskGroup& group : job->TaskGroups) {
            const int64_t there = present(view, *job, group.Name);
            if (there == group.Count) continue;
            complete = false;
            if (outcome.Short.size() < kMostShort)
                outcome.Short.push_back(job->ID + ": " + std::to_string(there) + " of " + std::to_string(group.Count));
        }
        outcome.JobsComplete += complete ? 1 : 0;
    }
    return outcome;
}

}  // namespace drover::replay
