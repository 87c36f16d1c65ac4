#include "model/deployment_rules.h"
#include "scheduler/deployment_rules.h"

#include <gtest/gtest.h>

namespace drover::scheduler {
namespace {

const Time kNow = Time::from_unix_seconds(1'700'000'000);

model::Deployment running(int64_t desired = 2) {
    model::Deployment deployment;
    deployment.ID = "d";
    deployment.Status = "running";
    model::DeploymentState& group = deployment.TaskGroups["g"];
    group.DesiredTotal = desired;
    group.ProgressDeadline = minutes(10);
    group.RequireProgressBy = kNow + minutes(5);
    return deployment;
}

DeploymentMember member(const std::string& id, Opt<bool> healthy, uint64_t index = 20) {
    return {id, "g", healthy, index, true, false, true};
}

// What a step says, in a word or two.
std::string shown(const DeploymentStep& step) {
    std::string out;
    const auto add = [&](std::string_view text) { out += (out.empty() ? "" : ", ") + std::string(text); };
    if (!step.failure.empty()) add(step.failure);
    if (step.reverts) add("reverts");
    if (step.promote) add("promotes");
    for (const std::string& id : step.reschedule) add("reschedules " + id);
    if (step.evaluate) add("evaluates");
    if (step.again_at) add("again in " + std::to_string((*step.again_at - kNow).milliseconds() / 1000) + "s");
    return out;
}

std::string judged(const model::Deployment& deployment, std::vector<DeploymentMember> members, Time now = kNow,
                   uint64_t evaluated_at = 10) {
    return shown(judge_deployment({deployment, evaluated_at, std::move(members)}, now));
}

TEST(DeploymentRules, what_is_newly_healthy_calls_for_an_evaluation_once) {
    EXPECT_EQ(judged(running(), {member("a", {})}), "again in 300s");
    EXPECT_EQ(judged(running(), {member("a", true, 11)}), "evaluates, again in 300s");
    EXPECT_EQ(judged(running(), {member("a", true, 10)}), "again in 300s");
}

TEST(DeploymentRules, the_unhealthy_may_be_replaced_while_there_is_time_and_an_attempt) {
    model::Deployment deployment = running();
    DeploymentMember bad = member("a", false);
    EXPECT_EQ(judged(deployment, {bad}), "reschedules a, evaluates, again in 300s");
    bad.wants_reschedule = true;
    EXPECT_EQ(judged(deployment, {bad}), "again in 300s");
    bad.wants_reschedule = bad.may_reschedule = false;
    EXPECT_EQ(judged(deployment, {bad}), model::kFailedUnhealthy);
    bad.may_reschedule = true;
    deployment.TaskGroups["g"].ProgressDeadline = {};
    EXPECT_EQ(judged(deployment, {bad}), model::kFailedUnhealthy);
    deployment.TaskGroups["g"].AutoRevert = true;
    EXPECT_EQ(judged(deployment, {bad}), "Failed due to unhealthy allocations, reverts");
}

TEST(DeploymentRules, a_group_without_progress_fails_at_its_deadline) {
    model::Deployment deployment = running();
    model::DeploymentState& group = deployment.TaskGroups["g"];
    EXPECT_EQ(judged(deployment, {}, kNow + minutes(5)), model::kFailedDeadline);
    group.HealthyAllocs = 2;
    EXPECT_EQ(judged(deployment, {}, kNow + minutes(5)), "");
    group.HealthyAllocs = 1;
    group.RequireProgressBy = {};  // nothing was placed yet
    EXPECT_EQ(judged(deployment, {}, kNow + minutes(5)), "");
}

TEST(DeploymentRules, each_group_has_a_deadline_of_its_own) {
    model::Deployment deployment = running();
    model::DeploymentState& other = deployment.TaskGroups["h"];
    other = deployment.TaskGroups["g"];
    other.RequireProgressBy = kNow + minutes(1);
    other.AutoRevert = true;
    EXPECT_EQ(judged(deployment, {}), "again in 60s");
    EXPECT_EQ(judged(deployment, {}, kNow + minutes(1)), "Failed due to progress deadline, reverts");
    other.HealthyAllocs = other.DesiredTotal;
    EXPECT_EQ(judged(deployment, {}, kNow + minutes(1)), "again in 300s");
}

TEST(DeploymentRules, canaries_have_a_deadline_until_they_are_healthy_and_then_wait_for_ever) {
    model::Deployment deployment = running();
    model::DeploymentState& group = deployment.TaskGroups["g"];
    group.DesiredCanaries = 1;
    EXPECT_EQ(judged(deployment, {}, kNow + minutes(5)), model::kFailedDeadline);
    group.HealthyAllocs = 1;
    EXPECT_EQ(judged(deployment, {}, kNow + minutes(5)), "");
    group.Promoted = true;
    EXPECT_EQ(judged(deployment, {}, kNow + minutes(5)), model::kFailedDeadline);
}

TEST(DeploymentRules, nothing_is_due_while_it_is_paused) {
    model::Deployment deployment = running();
    deployment.Status = "paused";
    EXPECT_EQ(judged(deployment, {member("a", true)}, kNow + minutes(5)), "");
}

TEST(DeploymentRules, it_promotes_itself_when_every_group_may_and_its_canaries_are_healthy) {
    model::Deployment deployment = running();
    model::DeploymentState& group = deployment.TaskGroups["g"];
    group.DesiredCanaries = 1, group.AutoPromote = true, group.HealthyAllocs = 1;
    group.PlacedCanaries = {"a"};
    EXPECT_EQ(judged(deployment, {member("a", true)}), "promotes");
    EXPECT_EQ(judged(deployment, {member("b", true, 1)}), "");
    DeploymentMember gone = member("a", true, 1);
    gone.live = false;
    EXPECT_EQ(judged(deployment, {gone}), "");

    model::DeploymentState& other = deployment.TaskGroups["h"];  // one that a person has to promote
    other.DesiredCanaries = 1, other.PlacedCanaries = {"c"};
    EXPECT_EQ(judged(deployment, {member("a", true, 1)}), "");
    other.Promoted = true;
    EXPECT_EQ(judged(deployment, {member("a", true, 1)}), "promotes");
}

Shared<model::Job> version(uint64_t number, const std::string& meta) {
    model::Job job;
    job.ID = "j";
    job.Version = number;
    job.Meta["m"] = meta;
    return std::make_shared<model::Job>(std::move(job));
}

TEST(DeploymentRules, a_failure_takes_the_job_back_to_another_stable_version) {
    const auto current = version(2, "new");
    DeploymentFailure failure = deployment_failure("Failed", true, current, version(1, "old"));
    EXPECT_EQ(failure.description, "Failed - rolling back to job version 1");
    EXPECT_EQ(failure.revert_to->Version, 1U);
    failure = deployment_failure("Failed", true, current, version(1, "new"));
    EXPECT_EQ(failure.description,
              "Failed - not rolling back to stable job version 1 as current job has same specification");
    EXPECT_FALSE(failure.revert_to);
    EXPECT_EQ(deployment_failure("Failed", true, current, nullptr).description,
              "Failed - no stable job version to auto revert to");
    failure = deployment_failure("Failed", false, current, version(1, "old"));
    EXPECT_EQ(failure.description, "Failed");
    EXPECT_FALSE(failure.revert_to);
    EXPECT_FALSE(deployment_failure("Failed", true, nullptr, version(1, "old")).revert_to);
}

TEST(DeploymentRules, a_running_one_says_what_it_waits_for) {
    model::Deployment deployment = running();
    EXPECT_EQ(model::running_description(deployment), "Deployment is running");
    deployment.TaskGroups["g"].DesiredCanaries = 1;
    EXPECT_EQ(model::running_description(deployment), "Deployment is running but requires manual promotion");
    deployment.TaskGroups["g"].AutoPromote = true;
    EXPECT_EQ(model::running_description(deployment), "Deployment is running pending automatic promotion");
    deployment.TaskGroups["g"].Promoted = true;
    EXPECT_EQ(model::running_description(deployment), "Deployment is running");
}

}  // namespace
}  // namespace drover::scheduler
