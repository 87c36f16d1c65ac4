#include "server/deployment_watcher.h"

#include <gtest/gtest.h>

#include "net/virtual_loop.h"
#include "server/fake_cluster.h"

namespace drover::server {
namespace {

// A log that applies at once.
class InstantCommitter final : public Committer {
public:
    explicit InstantCommitter(state::Store& store) : store_(store) {}
    void propose(state::Command command, std::function<void(Result<state::Applied>)> done) override {
        done(store_.apply(++index_, command));
    }

private:
    state::Store& store_;
    uint64_t index_ = 10;
};

// A service of two allocations with a deployment of its version 1, on a clock that stands.
class WatcherTest : public testing::Test {
protected:
    void SetUp() override {
        register_version("old");
        commit(state::command::SetJobStability{"default", "j", 0, true});
        register_version("new");
        model::Deployment made;
        made.ID = deployment_id_;
        made.Namespace = "default", made.JobID = "j";
        made.JobVersion = 1, made.JobCreateIndex = job()->CreateIndex;
        made.Status = "running";
        made.TaskGroups["g"].DesiredTotal = 2;
        made.TaskGroups["g"].ProgressDeadline = minutes(10);
        made.TaskGroups["g"].AutoRevert = true;
        edit_(made);
        state::PlanRows rows;
        rows.plan().Deployment = std::make_shared<model::Deployment>(made);
        for (int i = 0; i < 2; ++i) rows.place(alloc(i));
        rows.plan().UpdatedAt = leader_.now().unix_ns;
        commit(std::move(rows).take());
        watcher_.start();
        loop_.settle();
    }

    void TearDown() override { net::run(loop_, watcher_.stop()); }

    void commit(state::Command command) { ASSERT_TRUE(committer_.commit(std::move(command))); }

    void register_version(const std::string& meta) {
        model::Job made;
        made.ID = made.Name = "j";
        made.Namespace = "default", made.Region = "global", made.Type = "service", made.Priority = 50;
        made.Meta["m"] = meta;
        model::TaskGroup& group = made.TaskGroups.emplace_back();
        group.Name = "g";
        group.Count = 2;
        group.ReschedulePolicy = model::ReschedulePolicy{1, hours(1), seconds(5), "constant", {}, false};
        group.Tasks.emplace_back().Name = "t";
        state::command::RegisterJob command;
        command.Job = std::make_shared<model::Job>(made);
        commit(std::move(command));
    }

    model::Allocation alloc(int n) {
        model::Allocation a;
        a.ID = alloc_ids_[n] = random_id(rng_);
        a.EvalID = random_id(rng_);
        a.NodeID = node_id_, a.NodeName = "n";
        a.Namespace = "default", a.JobID = "j", a.Job = job(), a.TaskGroup = "g";
        a.Name = "j.g[" + std::to_string(n) + "]";
        a.DesiredStatus = "run", a.ClientStatus = "pending";
        a.DeploymentID = deployment_id_;
        a.AllocatedResources = std::make_shared<model::AllocatedResources>();
        return a;
    }

    // What the client says of an allocation.
    void report(int n, const std::string& status, bool healthy) {
        auto a = std::make_shared<model::Allocation>();
        a->ID = alloc_ids_[n];
        a->ClientStatus = status;
        a->DeploymentStatus.make().Healthy = healthy;
        state::command::UpdateAllocsFromClient update;
        update.Allocs.push_back(a);
        update.UpdatedAt = leader_.now().unix_ns;
        commit(std::move(update));
        loop_.settle();
    }

    Shared<model::Job> job() { return store_.view().jobs().find("default", "j"); }
    Shared<model::Deployment> deployment() { return store_.view().deployments().find(deployment_id_); }
    std::vector<Shared<model::Evaluation>> evals() {
        std::vector<Shared<model::Evaluation>> made;
        for (const auto& eval : store_.view().evals().of_job("default", "j")) made.push_back(eval);
        return made;
    }

    net::VirtualLoop loop_;
    SeededRng rng_{1};
    ServerConfig config_;
    state::Store store_;
    std::unique_ptr<raft::Log> log_ = std::make_unique<FakeLog>();
    InstantCommitter committer_{store_};
    Routing routing_{config_, log_, rng_};
    Leader leader_{config_, store_, log_, committer_, routing_, loop_, loop_.clock(), rng_};
    DeploymentWatcher watcher_{leader_};
    std::function<void(model::Deployment&)> edit_ = [](model::Deployment&) {};
    std::string deployment_id_ = random_id(rng_), node_id_ = random_id(rng_);
    std::string alloc_ids_[2];
};

TEST_F(WatcherTest, a_group_without_progress_fails_at_its_deadline_and_takes_the_job_back) {
    loop_.advance(minutes(10) - seconds(1));
    EXPECT_EQ(deployment()->Status, "running");
    loop_.advance(seconds(2));
    EXPECT_EQ(deployment()->Status, "failed");
    EXPECT_EQ(deployment()->StatusDescription, "Failed due to progress deadline - rolling back to job version 0");
    EXPECT_EQ(job()->Version, 2U);
    EXPECT_EQ(*job()->Meta.get("m"), "old");
    ASSERT_EQ(evals().size(), 1U);
    EXPECT_EQ(evals()[0]->TriggeredBy, "deployment-watcher");
    EXPECT_EQ(evals()[0]->DeploymentID, deployment_id_);
    EXPECT_EQ(evals()[0]->JobModifyIndex, 0U);
}

TEST_F(WatcherTest, progress_moves_the_deadline) {
    loop_.advance(minutes(9));
    report(0, "running", true);
    loop_.advance(minutes(9));
    EXPECT_EQ(deployment()->Status, "running");
    loop_.advance(minutes(2));
    EXPECT_EQ(deployment()->Status, "failed");
}

TEST_F(WatcherTest, evaluations_go_out_at_once_and_then_a_second_apart) {
    report(0, "running", true);
    loop_.advance(milliseconds(20));
    ASSERT_EQ(evals().size(), 1U);
    model::Evaluation done = *evals()[0];
    done.Status = "complete", done.SnapshotIndex = done.CreateIndex;
    state::command::UpsertEvals command;
    command.Evals.push_back(std::make_shared<model::Evaluation>(done));
    commit(std::move(command));
    report(1, "running", true);
    loop_.advance(milliseconds(500));
    EXPECT_EQ(evals().size(), 1U);
    loop_.advance(milliseconds(600));
    EXPECT_EQ(evals().size(), 2U);
    loop_.advance(minutes(1));
    EXPECT_EQ(evals().size(), 2U) << "the second is still pending";
}

TEST_F(WatcherTest, an_unhealthy_allocation_may_be_replaced) {
    report(0, "failed", false);
    loop_.advance(seconds(1));
    EXPECT_EQ(deployment()->Status, "running");
    EXPECT_TRUE(store_.view().allocs().full(alloc_ids_[0])->DesiredTransition.Reschedule.value_or(false));
    EXPECT_EQ(evals().size(), 1U);
}

class NoDeadline : public WatcherTest {
protected:
    NoDeadline() {
        edit_ = [](model::Deployment& made) { made.TaskGroups["g"].ProgressDeadline = {}; };
    }
};

TEST_F(NoDeadline, the_first_unhealthy_allocation_fails_it) {
    report(0, "failed", false);
    loop_.advance(seconds(1));
    EXPECT_EQ(deployment()->StatusDescription, "Failed due to unhealthy allocations - rolling back to job version 0");
}

class Canaries : public WatcherTest {
protected:
    Canaries() {
        edit_ = [](model::Deployment& made) {
            auto& group = made.TaskGroups["g"];
            group.DesiredCanaries = 1, group.AutoPromote = true;
        };
    }
};

TEST_F(Canaries, healthy_ones_are_promoted) {
    state::PlanRows rows;
    model::Allocation canary = alloc(0);
    canary.DeploymentStatus.make().Canary = true;
    rows.place(canary);
    rows.plan().UpdatedAt = leader_.now().unix_ns;
    commit(std::move(rows).take());
    loop_.advance(seconds(1));
    EXPECT_FALSE(deployment()->TaskGroups.get("g")->Promoted);
    report(0, "running", true);
    loop_.advance(seconds(1));
    EXPECT_TRUE(deployment()->TaskGroups.get("g")->Promoted);
    EXPECT_EQ(evals().size(), 1U);
}

}  // namespace
}  // namespace drover::server
