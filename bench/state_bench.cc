// The store at one million allocations: what one costs in memory (P6), how fast they go in, and how fast they are
// found. 1,000 jobs; every allocation is running, has one task with three events, its own placement metrics with five
// scores, and is in all indexes. Each is placed by a plan of 100 and reported running by a batch of 100.

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <fstream>

#include "base/rng.h"
#include "state/store.h"

namespace drover::state {
namespace {

constexpr int kJobs = 1000;
constexpr int kNodes = 5000;
constexpr int kBatch = 100;

// Bytes of memory that the process holds (VmRSS).
double resident_bytes() {
    malloc_trim(0);
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) * 1024;
    }
    return 0;
}

Shared<model::Job> job_named(const std::string& name) {
    model::Job job;
    job.ID = job.Name = name;
    job.Namespace = "default", job.Region = "global", job.Type = "service", job.Priority = 50;
    model::TaskGroup& group = job.TaskGroups.emplace_back();
    group.Name = "g";
    group.Count = 1000;
    group.Tasks.emplace_back().Name = "t";
    return std::make_shared<model::Job>(job);
}

class Cluster {
public:
    Cluster() {
        for (int n = 0; n < kNodes; ++n) nodes_.push_back(random_id(rng_));
        for (int j = 0; j < kJobs; ++j) {
            command::RegisterJob command;
            command.Job = job_named("job-" + std::to_string(j));
            apply(command);
            jobs_.push_back(store.view().jobs().find("default", command.Job->ID));
        }
        model::AllocatedResources resources;
        resources.Tasks["t"].Cpu.CpuShares = 100;
        resources.Tasks["t"].Memory.MemoryMB = 64;
        resources.Shared.DiskMB = 10;
        resources_ = std::make_shared<model::AllocatedResources>(resources);
    }

    // Brings the cluster to `count` allocations of `kJobs` jobs.
    void grow_to(size_t count) {
        while (ids.size() < count) {
            const size_t first = ids.size();
            apply(plan(jobs_[first / kBatch % kJobs]));
            apply(report(first));
        }
    }

    Store store;
    std::vector<std::string> ids;

private:
    void apply(Command command) {
        const auto applied = store.apply(++index_, command);
        if (!applied) std::abort();
    }

    const std::string& any_node() { return nodes_[rng_.below(kNodes)]; }

    Shared<model::AllocMetric> metrics() {
        auto metrics = std::make_shared<model::AllocMetric>();
        metrics->NodesEvaluated = metrics->NodesInPool = kNodes;
        metrics->NodePool = "default";
        metrics->NodesAvailable["dc1"] = kNodes;
        metrics->AllocationTime = microseconds(200);
        for (int i = 0; i < 5; ++i) {
            const double score = static_cast<double>(rng_.below(1'000'000)) / 1'000'000;
            metrics->ScoreMetaData.push_back({any_node(), {{"binpack", score}, {"job-anti-affinity", 0.0}}, score / 2});
        }
        return metrics;
    }

    command::ApplyPlan plan(const Shared<model::Job>& job) {
        PlanRows rows;
        const std::string eval = random_id(rng_);
        for (int i = 0; i < kBatch; ++i) {
            model::Allocation alloc;
            alloc.ID = random_id(rng_);
            alloc.EvalID = eval;
            alloc.NodeID = any_node();
            alloc.NodeName = "node-" + alloc.NodeID.substr(0, 4);
            alloc.Namespace = job->Namespace, alloc.JobID = job->ID, alloc.Job = job, alloc.TaskGroup = "g";
            alloc.Name = job->ID + ".g[" + std::to_string(i) + "]";
            alloc.DesiredStatus = "run", alloc.ClientStatus = "pending";
            alloc.AllocatedResources = resources_;
            alloc.Metrics = metrics();
            rows.place(alloc);
            ids.push_back(alloc.ID);
        }
        rows.plan().EvalID = eval;
        rows.plan().UpdatedAt = now();
        return std::move(rows).take();
    }

    command::UpdateAllocsFromClient report(size_t first) {
        command::UpdateAllocsFromClient update;
        update.UpdatedAt = now();
        for (size_t i = first; i < first + kBatch; ++i) {
            auto alloc = std::make_shared<model::Allocation>();
            alloc->ID = ids[i];
            alloc->ClientStatus = "running";
            model::TaskState& task = alloc->TaskStates["t"];
            task.State = "running";
            task.StartedAt = Time::from_unix_ns(now());
            for (const auto& [type, message] :
                 {std::pair{"Received", "Task received by client"}, std::pair{"Task Setup", "Building Task Directory"},
                  std::pair{"Started", "Task started by client"}}) {
                model::TaskEvent& event = task.Events.emplace_back();
                event.Type = type;
                event.Time = now();
                event.DisplayMessage = message;
            }
            update.Allocs.push_back(alloc);
        }
        return update;
    }

    int64_t now() { return 1'700'000'000'000'000'000 + static_cast<int64_t>(++ticks_) * 1'001'003; }

    SeededRng rng_{1};
    uint64_t index_ = 10;
    uint64_t ticks_ = 0;
    std::vector<std::string> nodes_;
    std::vector<Shared<model::Job>> jobs_;
    Shared<model::AllocatedResources> resources_;
};

// Grown once, by the first benchmark, and then read.
Cluster& million() {
    static Cluster cluster;
    return cluster;
}

void grow(benchmark::State& state) {
    Cluster& cluster = million();
    cluster.grow_to(100'000);
    const double before = resident_bytes();
    for (auto _ : state) cluster.grow_to(1'000'000);
    // The identifiers that the benchmark itself holds are taken off: a string of 36 digits each.
    const double own = 900'000.0 * (sizeof(std::string) + 48);
    state.counters["bytes_per_alloc"] = (resident_bytes() - before - own) / 900'000;
    state.SetItemsProcessed(900'000);
}
// An insert here is a placement and a report.
BENCHMARK(grow)->Name("insert_100k_to_1M")->Iterations(1)->Unit(benchmark::kMillisecond);

void find(benchmark::State& state) {
    Cluster& cluster = million();
    cluster.grow_to(1'000'000);
    const View view = cluster.store.view();
    SeededRng rng(3);
    for (auto _ : state) {
        const AllocRef alloc = view.allocs().find(cluster.ids[rng.below(cluster.ids.size())]);
        benchmark::DoNotOptimize(alloc);
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(find)->Name("lookup_at_1M");

void find_full(benchmark::State& state) {
    Cluster& cluster = million();
    cluster.grow_to(1'000'000);
    const View view = cluster.store.view();
    SeededRng rng(4);
    for (auto _ : state) {
        const auto alloc = view.allocs().full(cluster.ids[rng.below(cluster.ids.size())]);
        benchmark::DoNotOptimize(alloc);
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(find_full)->Name("lookup_described_at_1M");

void of_job(benchmark::State& state) {
    Cluster& cluster = million();
    cluster.grow_to(1'000'000);
    const View view = cluster.store.view();
    size_t seen = 0;
    for (auto _ : state) {
        for (const auto& alloc : view.allocs().of_job("default", "job-500")) seen += alloc.terminal() ? 0 : 1;
    }
    state.SetItemsProcessed(static_cast<int64_t>(seen));
}
BENCHMARK(of_job)->Name("walk_one_job_at_1M")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace drover::state
