#include "server/plan_job.h"

#include <gtest/gtest.h>

#include "base/uuid.h"
#include "server/plan_check.h"
#include "state/store.h"

namespace drover::server {
namespace {

const Time kNow = Time::from_unix_seconds(1'700'000'000);

class PlanTest : public testing::Test {
protected:
    std::string add_node(int64_t memory, const std::string& status = "ready") {
        model::Node node;
        node.ID = random_id(rng_);
        node.SecretID = random_id(rng_);
        node.Name = "node";
        node.Datacenter = "dc1";
        node.NodePool = "default";
        node.ComputedClass = "v1:1";
        node.Status = status;
        node.SchedulingEligibility = "eligible";
        node.Drivers["mock_driver"] = {{}, true, true, "", {}};
        model::NodeResources& resources = node.NodeResources.make();
        resources.Cpu.CpuShares = 4000;
        resources.Memory.MemoryMB = memory;
        resources.Disk.DiskMB = 10000;
        const std::string id = node.ID;
        state::command::RegisterNode command;
        command.Node = std::make_shared<model::Node>(std::move(node));
        apply(std::move(command));
        return id;
    }

    static model::Job job_of(int64_t count, int64_t memory) {
        model::Job job;
        job.ID = job.Name = "web";
        job.Namespace = "default";
        job.Type = "service";
        job.Priority = 50;
        job.NodePool = "default";
        job.Datacenters = {"dc1"};
        model::TaskGroup& group = job.TaskGroups.emplace_back();
        group.Name = "g";
        group.Count = count;
        group.EphemeralDisk = model::EphemeralDisk{false, 10, false};
        group.Update.make().MaxParallel = 1;
        model::Task& task = group.Tasks.emplace_back();
        task.Name = "t";
        task.Driver = "mock_driver";
        task.Resources.make().CPU = 10;
        task.Resources->MemoryMB = memory;
        return job;
    }

    void apply(state::Command command) {
        const auto applied = store_.apply(++index_, command);
        ASSERT_TRUE(applied) << applied.error().message;
    }

    scheduler::ViewFleet source() { return fleets_.at_least(store_.view()); }

    static Shared<model::Allocation> alloc_on(const std::string& node, const std::string& id, int64_t memory) {
        model::Allocation alloc;
        alloc.ID = id;
        alloc.NodeID = node;
        alloc.Namespace = "default";
        alloc.JobID = "web";
        alloc.TaskGroup = "g";
        alloc.Name = "web.g[0]";
        alloc.Job = std::make_shared<model::Job>(job_of(1, memory));
        alloc.DesiredStatus = "run";
        alloc.ClientStatus = "pending";
        model::AllocatedResources resources;
        resources.Tasks["t"].Memory.MemoryMB = memory;
        alloc.AllocatedResources = std::make_shared<model::AllocatedResources>(resources);
        return std::make_shared<model::Allocation>(alloc);
    }

    SeededRng rng_{5};
    state::Store store_;
    scheduler::FleetKeeper fleets_;
    uint64_t index_ = 10;
};

TEST_F(PlanTest, a_new_job_would_place_its_count_and_stores_nothing) {
    add_node(1000);
    const uint64_t before = store_.view().index();
    const auto plan = plan_job(source(), {}, job_of(2, 10), kNow, rng_);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->Annotations->DesiredTGUpdates.get("g")->Place, 2U);
    EXPECT_TRUE(plan->FailedTGAllocs.is_null());
    EXPECT_TRUE(plan->CreatedEvals.is_null());
    EXPECT_EQ(store_.view().index(), before);
}

TEST_F(PlanTest, what_would_not_fit_says_why_and_what_would_wait) {
    add_node(1000);
    const auto plan = plan_job(source(), {}, job_of(1, 99'999'999), kNow, rng_);
    ASSERT_TRUE(plan);
    const auto& metrics = **plan->FailedTGAllocs.get("g");
    EXPECT_EQ(metrics.NodesEvaluated, 1);
    EXPECT_EQ(metrics.NodesExhausted, 1);
    EXPECT_EQ(*metrics.DimensionExhausted.get("memory"), 1);
    EXPECT_EQ(metrics.ResourcesExhausted.get("t")->MemoryMB, 99'999'999);
    EXPECT_TRUE(metrics.ConstraintFiltered.is_null());
    EXPECT_TRUE(metrics.ScoreMetaData.is_null());
    ASSERT_EQ(plan->CreatedEvals.size(), 1U);
    EXPECT_EQ(plan->CreatedEvals[0]->Status, "blocked");
    EXPECT_EQ(plan->CreatedEvals[0]->TriggeredBy, "queued-allocs");
    EXPECT_TRUE(*plan->CreatedEvals[0]->ClassEligibility.get("v1:1"));
}

TEST_F(PlanTest, no_node_at_all_is_an_empty_set_and_not_null) {
    const auto plan = plan_job(source(), {}, job_of(1, 10), kNow, rng_);
    ASSERT_TRUE(plan);
    const auto& metrics = **plan->FailedTGAllocs.get("g");
    EXPECT_EQ(metrics.NodesEvaluated, 0);
    EXPECT_FALSE(metrics.NodesAvailable.is_null());
    EXPECT_EQ(metrics.NodePool, "default");
}

TEST_F(PlanTest, a_plan_loses_the_nodes_that_it_does_not_fit) {
    const std::string large = add_node(1000), small = add_node(100), down = add_node(1000, "down");
    model::Plan plan;
    plan.NodeAllocation[large] = {alloc_on(large, random_id(rng_), 600)};
    plan.NodeAllocation[small] = {alloc_on(small, random_id(rng_), 600)};
    plan.NodeAllocation[down] = {alloc_on(down, random_id(rng_), 10)};
    const CheckedPlan checked = check_plan(source(), {}, plan);
    EXPECT_FALSE(checked.complete);
    EXPECT_TRUE(checked.result.NodeAllocation.contains(large));
    EXPECT_EQ(checked.result.NodeAllocation.size(), 1U);
    plan.AllAtOnce = true;
    EXPECT_TRUE(check_plan(source(), {}, plan).result.NodeAllocation.empty());
}

TEST_F(PlanTest, plans_that_are_being_written_count) {
    const std::string node = add_node(1000);
    model::Plan plan;
    plan.NodeAllocation[node] = {alloc_on(node, random_id(rng_), 600)};
    CheckedPlan first = check_plan(source(), {}, plan);
    ASSERT_TRUE(first.complete);
    const auto pending = std::make_shared<PendingPlan>();
    pending->usage = first.usage;
    pending->result = std::make_shared<model::PlanResult>(first.result);
    EXPECT_FALSE(pending->is_in(store_.view()));
    plan.NodeAllocation[node] = {alloc_on(node, random_id(rng_), 600)};
    EXPECT_FALSE(check_plan(source(), {pending}, plan).complete);
    EXPECT_TRUE(check_plan(source(), {}, plan).complete);
}

TEST_F(PlanTest, the_fleet_brought_forward_is_the_fleet_made_anew) {
    std::vector<std::string> nodes;
    std::vector<Shared<model::Allocation>> allocs;
    for (int round = 0; round < 40; ++round) {
        if (round % 3 == 0) nodes.push_back(add_node(1000 + static_cast<int64_t>(rng_.below(1000))));
        state::PlanRows rows;
        if (round == 0) {
            state::command::RegisterJob command;
            command.Job = std::make_shared<model::Job>(job_of(1, 1));
            apply(std::move(command));
        }
        const std::string& node = nodes[rng_.below(nodes.size())];
        allocs.push_back(alloc_on(node, random_id(rng_), 1 + static_cast<int64_t>(rng_.below(50))));
        rows.place(*allocs.back());
        apply(std::move(rows).take());
        if (round % 4 == 3) {
            auto over = *allocs[rng_.below(allocs.size())];
            over.ClientStatus = "complete";
            state::command::UpdateAllocsFromClient update;
            update.Allocs.push_back(std::make_shared<model::Allocation>(over));
            apply(std::move(update));
        }
        const scheduler::Fleet followed = source().fleet, fresh = scheduler::fleet_of(store_.view());
        for (const std::string& id : nodes) {
            const scheduler::Slot a = followed.slot_of(id), b = fresh.slot_of(id);
            ASSERT_NE(a, scheduler::kNoSlot);
            ASSERT_NE(b, scheduler::kNoSlot);
            const auto &x = followed.chunk(0), &y = fresh.chunk(0);
            EXPECT_EQ(x.free_memory[a], y.free_memory[b]) << "round " << round;
            EXPECT_EQ(x.free_allocs[a], y.free_allocs[b]);
            EXPECT_EQ(x.ready[a], y.ready[b]);
        }
    }
}

}  // namespace
}  // namespace drover::server
