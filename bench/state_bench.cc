// The store at one million allocations: what one costs in memory (P6), how fast they go in, and how fast they are
// found. 1,000 jobs; every allocation is running, has one task with three events, its own placement metrics with five
// scores, and is in all indexes. Each is placed by a plan of 100 and reported running by a batch of 100.

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <fstream>

#include "alloc_growth.h"
#include "state/store.h"

namespace drover::state {
namespace {

constexpr int kJobs = 1000;
constexpr int kNodes = 5000;

// Bytes of memory that the process holds (VmRSS).
double resident_bytes() {
    malloc_trim(0);
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) * 1024;
    }
    return 0;
}

std::vector<std::string> random_ids(int count) {
    SeededRng rng(2);
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) ids.push_back(random_id(rng));
    return ids;
}

class Cluster {
public:
    Cluster() {
        for (int j = 0; j < kJobs; ++j) {
            const auto command = bench::Growth::job(j);
            apply(command);
            jobs_.push_back(store.view().jobs().find("default", command.Job->ID));
        }
    }

    // Brings the cluster to `count` allocations of `kJobs` jobs.
    void grow_to(size_t count) {
        while (ids.size() < count) {
            const size_t first = ids.size();
            apply(growth_.plan(jobs_[first / bench::Growth::kBatch % kJobs], ids));
            apply(growth_.report(ids, first));
        }
    }

    Store store;
    std::vector<std::string> ids;

private:
    void apply(Command command) {
        const auto applied = store.apply(++index_, command);
        if (!applied) std::abort();
    }

    uint64_t index_ = 10;
    bench::Growth growth_{random_ids(kNodes)};
    std::vector<Shared<model::Job>> jobs_;
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
