#pragma once
// What tests of the store begin with: a store, and commands and objects that are well-formed and small.

#include <gtest/gtest.h>

#include <string>

#include "base/rng.h"
#include "base/uuid.h"
#include "state/store.h"

namespace drover::state {

class StoreFixture : public testing::Test {
protected:
    Result<Applied> apply(Command command) { return store.apply(++index, command); }

    std::string id() { return random_id(rng); }

    model::Job job(const std::string& name, int64_t count = 1) {
        model::Job job;
        job.ID = job.Name = name;
        job.Namespace = "default", job.Region = "global", job.Type = "batch", job.Priority = 50;
        auto& group = job.TaskGroups.emplace_back();
        group.Name = "g";
        group.Count = count;
        group.Tasks.emplace_back().Name = "t";
        return job;
    }

    model::Evaluation eval(const std::string& job_id, std::string status = "pending") {
        model::Evaluation eval;
        eval.ID = id();
        eval.Namespace = "default", eval.JobID = job_id, eval.Type = "batch", eval.Status = std::move(status);
        eval.CreateTime = eval.ModifyTime = 1;
        return eval;
    }

    command::RegisterJob registration(const model::Job& j) {
        command::RegisterJob command;
        command.Job = std::make_shared<model::Job>(j);
        command.Eval = std::make_shared<model::Evaluation>(eval(j.ID));
        return command;
    }

    model::Allocation alloc(const Shared<model::Job>& j, int n) {
        model::Allocation a;
        a.ID = id();
        a.EvalID = id();
        a.NodeID = node_id;
        a.NodeName = "n1";
        a.Namespace = "default", a.JobID = j->ID, a.Job = j, a.TaskGroup = "g";
        a.Name = j->ID + ".g[" + std::to_string(n) + "]";
        a.DesiredStatus = "run", a.ClientStatus = "pending";
        auto resources = std::make_shared<model::AllocatedResources>();
        resources->Tasks["t"].Cpu.CpuShares = 100;
        resources->Tasks["t"].Memory.MemoryMB = 64;
        resources->Shared.DiskMB = 10;
        a.AllocatedResources = resources;
        return a;
    }

    std::string place(const model::Allocation& a) {
        PlanRows rows;
        rows.place(a);
        rows.plan().UpdatedAt = 1000;
        auto done = apply(std::move(rows).take());
        EXPECT_TRUE(done) << done.error().message;
        return a.ID;
    }

    Result<Applied> report(const std::string& alloc_id, std::string status) {
        auto a = std::make_shared<model::Allocation>();
        a->ID = alloc_id;
        a->ClientStatus = std::move(status);
        a->TaskStates["t"].State = "running";
        command::UpdateAllocsFromClient update;
        update.Allocs.push_back(a);
        update.UpdatedAt = 2000;
        return apply(update);
    }

    model::TaskGroupSummary counts(const std::string& job_id) {
        return *store.view().job_summaries().find("default", job_id)->Summary.get("g");
    }

    Store store;
    uint64_t index = 10;
    SeededRng rng{1};
    const std::string node_id = random_id(rng);
};

}  // namespace drover::state
