// What the scheduler alone costs: an evaluation that places 1 allocation and one that places many, on fleets of 1,000,
// 10,000 and 100,000 nodes that are partly filled.
#include <benchmark/benchmark.h>

#include "base/uuid.h"
#include "scheduler/group_placer.h"
#include "scheduler/memory_snapshot.h"
#include "scheduler/schedule.h"

namespace drover::scheduler {
namespace {

MemorySnapshot cluster_of(size_t nodes) {
    MemorySnapshot cluster;
    SeededRng rng(1);
    for (size_t i = 0; i < nodes; ++i) {
        model::Node node;
        node.ID = random_id(rng);
        node.Name = "n" + std::to_string(i);
        node.Datacenter = "dc1";
        node.NodePool = "default";
        node.Status = "ready";
        node.SchedulingEligibility = "eligible";
        node.Meta["rack"] = "r" + std::to_string(i % 50);
        node.ComputedClass = "v1:" + std::to_string(i % 50);
        node.Drivers["mock"] = {{}, true, true, "", {}};
        model::NodeResources& resources = node.NodeResources.make();
        resources.Cpu.CpuShares = 8000 + static_cast<int64_t>(rng.below(8)) * 1000;
        resources.Memory.MemoryMB = 16384 + static_cast<int64_t>(rng.below(8)) * 1024;
        resources.Disk.DiskMB = 100000;
        cluster.put(std::make_shared<model::Node>(node));
    }
    return cluster;
}

Shared<model::Job> job_of(int64_t count, bool spread) {
    model::Job job;
    job.ID = job.Name = "bench";
    job.Namespace = "default";
    job.Type = spread ? "service" : "batch";
    job.NodePool = "default";
    job.Datacenters = {"*"};
    job.JobModifyIndex = 5;
    model::TaskGroup& group = job.TaskGroups.emplace_back();
    group.Name = "g";
    group.Count = count;
    group.EphemeralDisk = model::EphemeralDisk{false, 10, false};
    if (spread) group.Spreads.push_back({"${meta.rack}", 50, {}});
    model::Task& task = group.Tasks.emplace_back();
    task.Name = "t";
    task.Driver = "mock";
    task.Resources.make().CPU = 100;
    task.Resources->MemoryMB = 100;
    return std::make_shared<model::Job>(job);
}

// The search alone: `count` best nodes, one after another.
void search(benchmark::State& state) {
    const MemorySnapshot cluster = cluster_of(static_cast<size_t>(state.range(0)));
    const auto job = job_of(state.range(1), state.range(2) != 0);
    SeededRng rng(2);
    for (auto _ : state) {
        Proposal proposal(cluster.fleet(), {});
        GroupPlacer placer(cluster, proposal, *job, job->TaskGroups[0], {});
        for (int64_t i = 0; i < state.range(1); ++i) {
            const auto choice = placer.choose({"bench.g[0]", {}, kNoSlot}, rng);
            if (!choice) return state.SkipWithError("no node");
            proposal.place(choice->slot, choice->resources, choice->usage, "g");
        }
    }
    state.SetItemsProcessed(state.iterations() * state.range(1));
}
BENCHMARK(search)
    ->ArgNames({"nodes", "count", "spread"})
    ->ArgsProduct({{1000, 10000, 100000}, {1, 500}, {0}})
    ->Args({5000, 200, 1})
    ->Unit(benchmark::kMicrosecond);

// The whole evaluation, from the snapshot to the plan with its allocations and their metrics.
void evaluation(benchmark::State& state) {
    MemorySnapshot cluster = cluster_of(static_cast<size_t>(state.range(0)));
    cluster.put(job_of(state.range(1), false));
    SeededRng rng(2);
    model::Evaluation eval;
    eval.ID = random_id(rng);
    eval.Namespace = "default";
    eval.JobID = "bench";
    eval.Type = "batch";
    eval.TriggeredBy = "job-register";
    eval.Status = "pending";
    for (auto _ : state) {
        auto outcome = schedule(cluster, eval, Time::from_unix_seconds(1), rng);
        if (!outcome || !outcome->FailedTGAllocs.empty()) return state.SkipWithError("not placed");
    }
    state.SetItemsProcessed(state.iterations() * state.range(1));
}
BENCHMARK(evaluation)
    ->ArgNames({"nodes", "count"})
    ->ArgsProduct({{1000, 10000, 100000}, {1, 500}})
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace drover::scheduler
