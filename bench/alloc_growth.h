#pragma once
// Growth: the commands by which a cluster comes to have many allocations. Every allocation has one task with three
// events, its own placement metrics with five scores, and is in all indexes; each is placed by a plan of 100 and
// reported running by a batch of 100. For benchmarks; one thread.

#include <string>
#include <vector>

#include "base/rng.h"
#include "base/uuid.h"
#include "state/commands.h"

namespace drover::bench {

class Growth {
public:
    static constexpr int kBatch = 100;

    explicit Growth(std::vector<std::string> nodes) : nodes_(std::move(nodes)) {
        model::AllocatedResources resources;
        resources.Tasks["t"].Cpu.CpuShares = 100;
        resources.Tasks["t"].Memory.MemoryMB = 64;
        resources.Shared.DiskMB = 10;
        resources_ = std::make_shared<model::AllocatedResources>(resources);
    }

    static state::command::RegisterJob job(int number) {
        auto job = std::make_shared<model::Job>();
        job->ID = job->Name = "job-" + std::to_string(number);
        job->Namespace = "default", job->Region = "global", job->Type = "service", job->Priority = 50;
        model::TaskGroup& group = job->TaskGroups.emplace_back();
        group.Name = "g";
        group.Count = 1000;
        group.Tasks.emplace_back().Name = "t";
        state::command::RegisterJob command;
        command.Job = job;
        return command;
    }

    // Places kBatch allocations of the job, whose identifiers go to the end of `ids`.
    state::command::ApplyPlan plan(const Shared<model::Job>& job, std::vector<std::string>& ids) {
        state::PlanRows rows;
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

    // What the nodes tell of the kBatch allocations from ids[first] on.
    state::command::UpdateAllocsFromClient report(const std::vector<std::string>& ids, size_t first) {
        state::command::UpdateAllocsFromClient update;
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

private:
    const std::string& any_node() { return nodes_[rng_.below(nodes_.size())]; }

    Shared<model::AllocMetric> metrics() {
        auto metrics = std::make_shared<model::AllocMetric>();
        const auto nodes = static_cast<int64_t>(nodes_.size());
        metrics->NodesEvaluated = metrics->NodesInPool = nodes;
        metrics->NodePool = "default";
        metrics->NodesAvailable["dc1"] = nodes;
        metrics->AllocationTime = microseconds(200);
        for (int i = 0; i < 5; ++i) {
            const double score = static_cast<double>(rng_.below(1'000'000)) / 1'000'000;
            metrics->ScoreMetaData.push_back({any_node(), {{"binpack", score}, {"job-anti-affinity", 0.0}}, score / 2});
        }
        return metrics;
    }

    int64_t now() { return 1'700'000'000'000'000'000 + static_cast<int64_t>(++ticks_) * 1'001'003; }

    SeededRng rng_{1};
    uint64_t ticks_ = 0;
    const std::vector<std::string> nodes_;
    Shared<model::AllocatedResources> resources_;
};

}  // namespace drover::bench
