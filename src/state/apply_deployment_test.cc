// Deployments that are paused, failed and taken back.
#include "state/store_fixture.h"

namespace drover::state {
namespace {

class DeploymentTest : public StoreFixture {
protected:
    // Version 0, stable, with its source; version 1 with a deployment of one allocation.
    void SetUp() override {
        command::RegisterJob first = registration(job("j"));
        model::JobSubmission source;
        source.Source = "the first";
        first.Submission = std::make_shared<model::JobSubmission>(source);
        ASSERT_TRUE(apply(first));
        ASSERT_TRUE(apply(command::SetJobStability{"default", "j", 0, true}));
        ASSERT_TRUE(apply(registration(job("j", 2))));
        model::Deployment deployment;
        deployment.ID = id();
        deployment.Namespace = "default", deployment.JobID = "j";
        deployment.JobVersion = 1, deployment.JobCreateIndex = present()->CreateIndex;
        deployment.Status = "running";
        deployment.TaskGroups["g"].DesiredTotal = 2;
        deployment.TaskGroups["g"].ProgressDeadline = minutes(10);
        PlanRows rows;
        rows.plan().Deployment = std::make_shared<model::Deployment>(deployment);
        model::Allocation placed = alloc(present(), 0);
        placed.DeploymentID = deployment_id = deployment.ID;
        rows.place(placed);
        rows.plan().UpdatedAt = 1000;
        ASSERT_TRUE(apply(std::move(rows).take()));
        alloc_id = placed.ID;
    }

    Shared<model::Job> present() { return store.view().jobs().find("default", "j"); }
    Shared<model::Deployment> deployment() { return store.view().deployments().find(deployment_id); }
    Time required() { return deployment()->TaskGroups.get("g")->RequireProgressBy; }

    Result<Applied> set_status(const std::string& status, int64_t at, Shared<model::Job> revert_to = nullptr) {
        command::SetDeploymentStatus command;
        command.Update = {deployment_id, status, "because", at};
        command.Job = std::move(revert_to);
        return apply(command);
    }

    std::string deployment_id, alloc_id;
};

TEST_F(DeploymentTest, pausing_and_going_on_give_groups_their_time_again) {
    const Time first = Time::from_unix_ns(1000) + minutes(10);
    EXPECT_EQ(required(), first);
    ASSERT_TRUE(set_status("paused", minutes(1).ns));
    EXPECT_EQ(required(), Time::from_unix_ns(0) + minutes(11));
    ASSERT_TRUE(set_status("paused", minutes(2).ns));
    EXPECT_EQ(required(), Time::from_unix_ns(0) + minutes(11));
    ASSERT_TRUE(set_status("running", minutes(30).ns));
    EXPECT_EQ(required(), Time::from_unix_ns(0) + minutes(40));
}

TEST_F(DeploymentTest, a_failure_registers_the_stable_version_anew_with_its_source) {
    const auto stable = store.view().job_versions().find("default", "j", 0);
    ASSERT_TRUE(set_status("failed", 5000, stable));
    EXPECT_EQ(deployment()->Status, "failed");
    EXPECT_EQ(present()->Version, 2U);
    EXPECT_EQ(present()->TaskGroups[0].Count, 1);
    EXPECT_FALSE(present()->Stable);
    EXPECT_EQ(store.view().job_submissions().find("default", "j", 2)->Source, "the first");
    EXPECT_FALSE(set_status("failed", 6000, stable)) << "it is over";
}

TEST_F(DeploymentTest, a_failure_leaves_a_job_alone_that_has_moved_on) {
    const auto stable = store.view().job_versions().find("default", "j", 0);
    ASSERT_TRUE(apply(registration(job("j", 3))));
    ASSERT_TRUE(set_status("failed", 5000, stable));
    EXPECT_EQ(present()->Version, 2U);
    EXPECT_EQ(present()->TaskGroups[0].Count, 3);
}

TEST_F(DeploymentTest, health_by_hand_counts_and_may_fail_it) {
    command::SetDeploymentHealth health;
    health.DeploymentID = deployment_id;
    health.Unhealthy = {alloc_id};
    health.Update = model::DeploymentStatusUpdate{deployment_id, "failed", "because", 5000};
    health.Job = store.view().job_versions().find("default", "j", 0);
    ASSERT_TRUE(apply(health));
    EXPECT_EQ(deployment()->TaskGroups.get("g")->UnhealthyAllocs, 1);
    EXPECT_EQ(deployment()->Status, "failed");
    EXPECT_EQ(present()->Version, 2U);
}

TEST_F(DeploymentTest, health_in_an_earlier_deployment_does_not_count_in_the_next) {
    command::SetDeploymentHealth health;
    health.DeploymentID = deployment_id;
    health.Healthy = {alloc_id};
    ASSERT_TRUE(apply(health));
    ASSERT_EQ(deployment()->TaskGroups.get("g")->HealthyAllocs, 1);
    model::Deployment next = *deployment();
    next.ID = id(), next.TaskGroups["g"].HealthyAllocs = next.TaskGroups["g"].PlacedAllocs = 0;
    PlanRows rows;
    rows.plan().Deployment = std::make_shared<model::Deployment>(next);
    model::Allocation updated = *store.view().allocs().full(alloc_id);
    updated.DeploymentID = deployment_id = next.ID;
    updated.DeploymentStatus.reset();
    rows.place(updated);
    ASSERT_TRUE(apply(std::move(rows).take()));
    EXPECT_EQ(deployment()->TaskGroups.get("g")->PlacedAllocs, 1);
    EXPECT_EQ(deployment()->TaskGroups.get("g")->HealthyAllocs, 0);
    EXPECT_FALSE(store.view().allocs().find(alloc_id).healthy());
}

TEST_F(DeploymentTest, as_many_versions_stay_as_the_command_says) {
    command::RegisterJob next = registration(job("j", 4));
    next.TrackedVersions = 2;
    ASSERT_TRUE(apply(next));
    std::vector<uint64_t> kept;
    for (const auto& version : store.view().job_versions().of("default", "j")) kept.push_back(version->Version);
    EXPECT_EQ(kept, (std::vector<uint64_t>{2, 0})) << "the newest, and the newest stable one";
}

TEST_F(DeploymentTest, a_tag_of_a_job_that_is_not_there_is_refused_by_its_version) {
    command::TagJobVersion tag;
    tag.Namespace = "default", tag.JobID = "none", tag.Name = "gold";
    tag.Tag.make().Name = "gold";
    EXPECT_EQ(apply(tag).error().message, "job \"none\" version 0 not found");
    tag.Tag.reset();
    EXPECT_EQ(apply(tag).error().message, "tag \"gold\" not found on job \"none\"");
}

}  // namespace
}  // namespace drover::state
