#pragma once
// One case: a cluster in memory, and the steps that set it up, change it and evaluate its jobs. What a step shows is
// its result. README.md has the language. One owner; no threads.

#include <map>
#include <string>
#include <vector>

#include "base/rng.h"
#include "scheduler/memory_snapshot.h"
#include "show.h"
#include "words.h"

namespace drover::scheduler::cases {

class Transcript {
public:
    Transcript() { configure({}); }

    // What the line shows; throws if it cannot be understood.
    std::string run(const std::string& line);

    const MemorySnapshot& cluster() const { return cluster_; }
    Time now() const { return now_; }
    const Outcome& latest() const { return latest_; }  // of the evaluations

private:
    void configure(const Options& options);
    void put_pool(const std::string& name, const Options& options);
    void add_nodes(const Options& options);
    void change_node(const std::string& name, const Options& options);
    void put_job(const std::string& id, const Options& options, bool change);
    void put_before(const Words& words);
    void change_allocs(const std::string& name, const Options& options);
    void put_deployment(const std::string& job, const Options& options);
    void promote(const std::string& job);
    void show(const Words& words);
    std::string evaluate(const std::string& job, const Options& options);
    std::string explain(const std::string& job, const Options& options);

    void put_node(const std::string& name);
    std::vector<Shared<model::Allocation>> find(const std::string& name, const Options& options) const;
    Shared<model::Deployment> deployment_of(const std::string& job, uint64_t version) const;
    void count_in_deployments();

    struct KnownNode {
        std::string id;
        size_t index = 0;
        Options options;
    };

    MemorySnapshot cluster_;
    SeededRng rng_{42};
    Time now_ = Time::from_unix_seconds(1'700'000'000);
    std::map<std::string, KnownNode> nodes_;
    std::map<std::string, Options> jobs_;
    std::vector<model::Evaluation> follow_ups_;  // of the latest evaluation that made any
    Shown shown_;
    Outcome latest_;
};

}  // namespace drover::scheduler::cases
