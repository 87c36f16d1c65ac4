#include "server/garbage_rules.h"

#include <algorithm>

#include "state/store_fixture.h"

namespace drover::server {
namespace {

const Time kBegan = Time::from_unix_seconds(1'700'000'000);

class GarbageTest : public state::StoreFixture {
protected:
    // Registered at the beginning, with an evaluation that is over.
    Shared<model::Job> add_job(const std::string& name, const std::string& type, bool stop = false) {
        model::Job j = job(name);
        j.Type = type, j.Stop = stop;
        j.SubmitTime = kBegan.unix_ns;
        state::command::RegisterJob command;
        command.Job = std::make_shared<model::Job>(j);
        EXPECT_TRUE(apply(command));
        add_eval(name, type);
        return store.view().jobs().find("default", name);
    }

    std::string add_eval(const std::string& job_name, const std::string& type, std::string status = "complete") {
        auto e = std::make_shared<model::Evaluation>(eval(job_name, std::move(status)));
        e->Type = type;
        e->CreateTime = e->ModifyTime = kBegan.unix_ns;
        state::command::UpsertEvals command;
        command.Evals.push_back(e);
        EXPECT_TRUE(apply(std::move(command)));
        return last_eval_ = e->ID;
    }

    // Of the last evaluation, reported at the beginning.
    std::string add_alloc(const Shared<model::Job>& j, const std::string& status, bool stopped = false) {
        model::Allocation a = alloc(j, 0);
        a.EvalID = last_eval_;
        if (stopped) a.DesiredStatus = "stop";
        place(a);
        model::Allocation reported;
        reported.ID = a.ID, reported.ClientStatus = status;
        state::command::UpdateAllocsFromClient update;
        update.Allocs.push_back(std::make_shared<model::Allocation>(reported));
        update.UpdatedAt = kBegan.unix_ns;
        EXPECT_TRUE(apply(std::move(update)));
        return a.ID;
    }

    void stop_job(const std::string& name) {
        state::command::DeregisterJob command;
        command.Namespace = "default", command.JobID = name, command.SubmitTime = kBegan.unix_ns;
        EXPECT_TRUE(apply(std::move(command)));
    }

    Garbage after(Duration age, GarbageKind kind) { return collect(store.view(), kind, {}, kBegan + age); }
    Garbage evals_after(Duration age) { return after(age, GarbageKind::evals); }
    Garbage jobs_after(Duration age) { return after(age, GarbageKind::jobs); }

    std::string last_eval_;
};

TEST_F(GarbageTest, an_evaluation_goes_an_hour_after_it_was_over) {
    const auto web = add_job("web", "service");
    add_alloc(web, "complete");
    EXPECT_TRUE(evals_after(hours(1) - seconds(1)).evals.empty());
    const Garbage found = evals_after(hours(1) + seconds(1));
    EXPECT_EQ(found.evals, (std::vector<std::string>{last_eval_}));
    EXPECT_EQ(found.allocs.size(), 1U);
}

TEST_F(GarbageTest, one_that_is_not_over_stays) {
    add_job("web", "service");
    add_eval("web", "service", "blocked");
    EXPECT_EQ(evals_after(hours(2)).evals.size(), 1U);
}

TEST_F(GarbageTest, an_evaluation_stays_with_an_allocation_that_runs_but_others_of_it_go) {
    const auto web = add_job("web", "service");
    const std::string done = add_alloc(web, "complete");
    add_alloc(web, "running");
    const Garbage found = evals_after(hours(2));
    EXPECT_TRUE(found.evals.empty());
    EXPECT_EQ(found.allocs, (std::vector<std::string>{done}));
}

TEST_F(GarbageTest, a_stopped_allocation_that_still_runs_stays) {
    const auto web = add_job("web", "service");
    add_alloc(web, "running", true);
    EXPECT_TRUE(evals_after(hours(2)).allocs.empty());
}

TEST_F(GarbageTest, a_failed_allocation_stays_while_it_may_be_replaced) {
    struct Row {
        bool unlimited;
        int64_t attempts;
        Duration since_event;  // 0: none
        bool stays;
    };
    for (const Row& row : std::vector<Row>{{true, 0, {}, true},
                                           {true, 0, hours(9), true},
                                           {false, 0, {}, false},
                                           {false, 2, {}, false},
                                           {false, 2, minutes(5), true},
                                           {false, 2, minutes(15), false}}) {
        const std::string name = "job" + std::to_string(index);
        model::Job j = job(name);
        j.Type = "service";
        auto& policy = j.TaskGroups[0].ReschedulePolicy.make();
        policy.Unlimited = row.unlimited, policy.Attempts = row.attempts, policy.Interval = minutes(10);
        state::command::RegisterJob command;
        command.Job = std::make_shared<model::Job>(j);
        ASSERT_TRUE(apply(command));
        add_eval(name, "service");
        add_alloc(store.view().jobs().find("default", name), "running");  // the job lives
        model::Allocation a = alloc(store.view().jobs().find("default", name), 1);
        a.EvalID = last_eval_;
        if (row.since_event.ns != 0)
            a.RescheduleTracker.make().Events.push_back({(kBegan - row.since_event).unix_ns, "", "", {}});
        place(a);
        ASSERT_TRUE(report(a.ID, "running"));
        ASSERT_TRUE(report(a.ID, "failed"));
        const auto stored = store.view().allocs().find(a.ID);
        const auto known = store.view().jobs().find("default", name);
        EXPECT_EQ(is_garbage(stored, known.get(), kBegan), !row.stays) << row.attempts << row.since_event.ns;
        EXPECT_TRUE(is_garbage(stored, nullptr, kBegan));
    }
}

TEST_F(GarbageTest, results_of_a_batch_job_stay_while_it_is_there) {
    const auto sum = add_job("sum", "batch");
    add_alloc(sum, "complete");
    EXPECT_TRUE(evals_after(hours(25)).evals.empty());
    EXPECT_TRUE(evals_after(hours(25)).allocs.empty());
    stop_job("sum");
    EXPECT_TRUE(evals_after(hours(23)).evals.empty());
    EXPECT_EQ(evals_after(hours(25)).evals.size(), 1U);
}

TEST_F(GarbageTest, allocations_of_an_earlier_version_of_a_batch_job_go) {
    const auto sum = add_job("sum", "batch");
    const std::string old = add_alloc(sum, "complete");
    model::Job next = *sum;
    next.Priority = 60;
    state::command::RegisterJob command;
    command.Job = std::make_shared<model::Job>(next);
    ASSERT_TRUE(apply(command));
    const Garbage found = evals_after(hours(25));
    EXPECT_TRUE(found.evals.empty());
    EXPECT_EQ(found.allocs, (std::vector<std::string>{old}));
}

TEST_F(GarbageTest, a_dead_batch_job_goes_with_all_that_it_left) {
    const auto sum = add_job("sum", "batch");
    add_alloc(sum, "complete");
    EXPECT_TRUE(jobs_after(hours(4) - seconds(1)).jobs.empty());
    const Garbage found = jobs_after(hours(4) + seconds(1));
    ASSERT_EQ(found.jobs.size(), 1U);
    EXPECT_EQ(found.jobs[0]->ID, "sum");
    EXPECT_EQ(found.evals.size(), 1U);
    EXPECT_EQ(found.allocs.size(), 1U);
}

TEST_F(GarbageTest, a_dead_service_goes_only_when_it_was_stopped) {
    add_job("web", "service");
    ASSERT_EQ(store.view().jobs().find("default", "web")->Status, "dead");
    EXPECT_TRUE(jobs_after(hours(5)).jobs.empty());
    stop_job("web");
    EXPECT_EQ(jobs_after(hours(5)).jobs.size(), 1U);
}

TEST_F(GarbageTest, a_job_that_starts_others_goes_only_when_it_was_stopped) {
    model::Job j = job("each");
    j.SubmitTime = kBegan.unix_ns;
    j.Periodic.make().Enabled = true;
    state::command::RegisterJob command;
    command.Job = std::make_shared<model::Job>(j);
    ASSERT_TRUE(apply(command));
    EXPECT_TRUE(jobs_after(hours(5)).jobs.empty());
    stop_job("each");
    EXPECT_EQ(jobs_after(hours(5)).jobs.size(), 1U);
}

TEST_F(GarbageTest, a_tagged_version_keeps_its_job) {
    add_job("sum", "batch");
    state::command::TagJobVersion tag;
    tag.Namespace = "default", tag.JobID = "sum", tag.Name = "golden", tag.Latest = true;
    tag.Tag.make().Name = "golden";
    ASSERT_TRUE(apply(std::move(tag)));
    EXPECT_TRUE(jobs_after(hours(5)).jobs.empty());
}

TEST_F(GarbageTest, nothing_of_a_job_goes_while_some_of_it_has_to_stay) {
    const auto web = add_job("web", "service");
    add_alloc(web, "running", true);
    stop_job("web");
    const Garbage found = jobs_after(hours(5));
    EXPECT_TRUE(found.jobs.empty() && found.evals.empty() && found.allocs.empty());
}

TEST_F(GarbageTest, a_node_that_is_down_goes_after_a_day_unless_something_lives_there) {
    model::Node node;
    node.ID = node_id, node.Name = "n", node.Status = "down";
    node.StatusUpdatedAt = kBegan.unix_seconds();
    state::command::RegisterNode command;
    command.Node = std::make_shared<model::Node>(node);
    ASSERT_TRUE(apply(command));
    EXPECT_TRUE(after(hours(24) - seconds(1), GarbageKind::nodes).nodes.empty());
    EXPECT_EQ(after(hours(24) + seconds(1), GarbageKind::nodes).nodes, (std::vector<std::string>{node_id}));
    add_alloc(add_job("web", "service"), "unknown");
    EXPECT_TRUE(after(hours(25), GarbageKind::nodes).nodes.empty());
}

TEST_F(GarbageTest, a_deployment_that_is_over_goes_after_an_hour) {
    const auto web = add_job("web", "service");
    model::Deployment deployment;
    deployment.ID = id(), deployment.Namespace = "default", deployment.JobID = "web", deployment.Status = "successful";
    deployment.ModifyTime = kBegan.unix_ns;
    state::command::ApplyPlan plan;
    plan.Deployment = std::make_shared<model::Deployment>(deployment);
    ASSERT_TRUE(apply(std::move(plan)));
    EXPECT_TRUE(after(minutes(59), GarbageKind::deployments).deployments.empty());
    EXPECT_EQ(after(minutes(61), GarbageKind::deployments).deployments.size(), 1U);
    model::Allocation a = alloc(web, 0);
    a.DeploymentID = deployment.ID;
    place(a);
    EXPECT_TRUE(after(minutes(61), GarbageKind::deployments).deployments.empty());
}

TEST_F(GarbageTest, without_thresholds_what_is_over_now_goes_now) {
    add_job("sum", "batch");
    EXPECT_EQ(collect(store.view(), GarbageKind::jobs, no_thresholds(), kBegan).jobs.size(), 1U);
}

}  // namespace
}  // namespace drover::server
