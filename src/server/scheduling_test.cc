#include "server/scheduling.h"

#include <thread>

#include <gtest/gtest.h>

#include "base/uuid.h"

namespace drover::server {
namespace {

// A log that applies at once, in the order of the calls.
class DirectCommitter final : public Committer {
public:
    explicit DirectCommitter(state::Store& store) : store_(store) {}

    void propose(state::Command command, std::function<void(Result<state::Applied>)> done) override {
        Result<state::Applied> applied;
        {
            std::lock_guard lock(mutex_);
            applied = store_.apply(++index_, command);
        }
        done(std::move(applied));
    }

private:
    state::Store& store_;
    std::mutex mutex_;
    uint64_t index_ = 10;
};

class SchedulingTest : public testing::Test {
protected:
    void add_node(int64_t cpu) {
        model::Node node;
        node.ID = random_id(rng_);
        node.Name = "node";
        node.SecretID = random_id(rng_);
        node.Datacenter = "dc1";
        node.NodePool = "default";
        node.ComputedClass = "v1:1";
        node.Status = "ready";
        node.SchedulingEligibility = "eligible";
        node.Drivers["mock_driver"] = {{}, true, true, "", {}};
        model::NodeResources& resources = node.NodeResources.make();
        resources.Cpu.CpuShares = cpu;
        resources.Memory.MemoryMB = 4096;
        resources.Disk.DiskMB = 10000;
        state::command::RegisterNode command;
        command.Node = std::make_shared<model::Node>(std::move(node));
        ASSERT_TRUE(committer_.commit(std::move(command)));
    }

    std::string register_job(const std::string& id, int64_t count, int64_t cpu, bool stop = false) {
        model::Job job;
        job.ID = job.Name = id;
        job.Namespace = "default";
        job.Region = "global";
        job.Type = "batch";
        job.Priority = 50;
        job.NodePool = "default";
        job.Datacenters = {"*"};
        job.Stop = stop;
        model::TaskGroup& group = job.TaskGroups.emplace_back();
        group.Name = "g";
        group.Count = count;
        group.EphemeralDisk = model::EphemeralDisk{false, 10, false};
        model::Task& task = group.Tasks.emplace_back();
        task.Name = "t";
        task.Driver = "mock_driver";
        task.Resources.make().CPU = cpu;
        task.Resources->MemoryMB = 10;
        model::Evaluation eval;
        eval.ID = random_id(rng_);
        eval.Namespace = "default";
        eval.JobID = id;
        eval.Type = "batch";
        eval.Priority = 50;
        eval.TriggeredBy = "job-register";
        eval.Status = "pending";
        eval.CreateTime = eval.ModifyTime = clock_.now().unix_ns;
        state::command::RegisterJob command;
        command.Job = std::make_shared<model::Job>(std::move(job));
        command.Eval = std::make_shared<model::Evaluation>(eval);
        EXPECT_TRUE(committer_.commit(std::move(command)));
        return eval.ID;
    }

    // Waits until the evaluation has that status; what it is then.
    Shared<model::Evaluation> wait_for(const std::string& eval_id, const std::string& status) {
        for (int i = 0; i < 20000; ++i) {
            const auto eval = store_.view().evals().find(eval_id);
            if (eval && eval->Status == status) return eval;
            std::this_thread::yield();
            if (i > 1000) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        ADD_FAILURE() << "evaluation did not become " << status;
        return std::make_shared<model::Evaluation>();
    }

    size_t live_allocs(const std::string& job) {
        size_t n = 0;
        for (const state::AllocRef& alloc : store_.view().allocs().of_job("default", job)) n += !alloc.terminal();
        return n;
    }

    ManualClock clock_;
    SystemRng rng_;
    state::Store store_;
    DirectCommitter committer_{store_};
    Scheduling scheduling_{{2, {"batch", "service"}, {}}, clock_, rng_, store_, committer_};
};

TEST_F(SchedulingTest, a_registered_job_is_placed) {
    add_node(4000);
    scheduling_.start();
    const auto eval = wait_for(register_job("a", 3, 100), "complete");
    EXPECT_EQ(live_allocs("a"), 3U);
    EXPECT_EQ(*eval->QueuedAllocations.get("g"), 0);
    EXPECT_TRUE(eval->BlockedEval.empty());
}

TEST_F(SchedulingTest, what_was_open_before_the_start_is_taken_over) {
    add_node(4000);
    const std::string id = register_job("a", 1, 100);
    scheduling_.start();
    wait_for(id, "complete");
    EXPECT_EQ(live_allocs("a"), 1U);
}

TEST_F(SchedulingTest, what_does_not_fit_waits_for_a_node) {
    add_node(1000);
    scheduling_.start();
    const auto eval = wait_for(register_job("a", 3, 600), "complete");
    EXPECT_EQ(live_allocs("a"), 1U);
    EXPECT_EQ(*eval->QueuedAllocations.get("g"), 2);
    const auto blocked = wait_for(eval->BlockedEval, "blocked");
    EXPECT_EQ(blocked->TriggeredBy, "queued-allocs");
    add_node(1000);
    wait_for(eval->BlockedEval, "blocked");
    add_node(1000);
    wait_for(eval->BlockedEval, "complete");
    EXPECT_EQ(live_allocs("a"), 3U);
}

TEST_F(SchedulingTest, workers_never_fill_a_node_beyond_its_size) {
    for (int i = 0; i < 4; ++i) add_node(1000);
    scheduling_.start();
    std::vector<std::string> evals;
    for (int i = 0; i < 20; ++i) evals.push_back(register_job("job" + std::to_string(i), 2, 300));
    for (int i = 0; i < 20000; ++i) {
        bool open = false;
        for (const auto& eval : store_.view().evals().all()) open |= eval->Status == "pending";
        if (!open) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::map<std::string, int64_t> used;
    size_t live = 0;
    for (const state::AllocRef& alloc : store_.view().allocs().all()) {
        if (alloc.terminal()) continue;
        used[alloc.node_id()] += alloc.usage().cpu_shares;
        ++live;
    }
    EXPECT_EQ(live, 12U);
    for (const auto& [node, cpu] : used) EXPECT_LE(cpu, 1000);
}

TEST_F(SchedulingTest, other_workers_take_over_and_take_other_types) {
    add_node(4000);
    scheduling_.start();
    ASSERT_EQ(scheduling_.workers().size(), 2U);
    const std::string first = scheduling_.workers()[0].id;
    scheduling_.resize(0, {"service"});
    EXPECT_TRUE(scheduling_.workers().empty());
    const std::string eval = register_job("a", 1, 100);
    scheduling_.resize(1, {"service"});
    scheduling_.tick();
    EXPECT_EQ(store_.view().evals().find(eval)->Status, "pending");
    scheduling_.resize(1, {"batch"});
    wait_for(eval, "complete");
    ASSERT_EQ(scheduling_.workers().size(), 1U);
    EXPECT_NE(scheduling_.workers()[0].id, first);
    EXPECT_EQ(scheduling_.workers()[0].types, (std::vector<std::string>{"batch"}));
    scheduling_.stop();
    scheduling_.start();
    EXPECT_EQ(scheduling_.workers().size(), 1U);
}

TEST_F(SchedulingTest, without_threads_each_evaluation_is_worked_off_where_it_is_asked_for) {
    add_node(1000);
    Scheduling here({1, {"batch"}, {}, false}, clock_, rng_, store_, committer_);
    here.start();
    EXPECT_TRUE(here.workers().empty());
    const std::string first = register_job("a", 1, 600), second = register_job("b", 1, 600);
    EXPECT_EQ(store_.view().evals().find(first)->Status, "pending");
    EXPECT_TRUE(here.run_next());
    EXPECT_EQ(store_.view().evals().find(first)->Status, "complete");
    EXPECT_EQ(store_.view().evals().find(second)->Status, "pending");
    EXPECT_TRUE(here.run_next());
    EXPECT_FALSE(here.run_next());
    EXPECT_EQ(live_allocs("a"), 1U);
    EXPECT_EQ(live_allocs("b"), 0U);
    EXPECT_EQ(here.blocked().stats().blocked, 1U);
}

}  // namespace
}  // namespace drover::server
