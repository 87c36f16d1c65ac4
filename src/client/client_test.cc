#include "client/client.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "client/fake_servers.h"
#include "driver/mock_driver.h"
#include "net/virtual_loop.h"

namespace drover::client {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

const std::string kAlloc = "11111111-2222-3333-4444-555555555555";

// A client in virtual time, whose tasks are those of mock_driver.
struct ClientTest : testing::Test {
    net::VirtualLoop loop;
    SeededRng rng{1};
    FakeServers servers{loop};
    fs::path root;
    std::unique_ptr<net::TaskGroup> group;
    std::unique_ptr<Client> client;

    void SetUp() override {
        char pattern[] = "/tmp/drover-test-XXXXXX";
        root = ::mkdtemp(pattern);
        start();
    }
    void TearDown() override {
        net::run(loop, client->stop());
        net::run(loop, group->join());
        client.reset();
        group.reset();
        fs::remove_all(root);
    }

    void start() {
        ClientConfig config;
        config.dev_mode = true;
        config.state_dir = root / "client";
        config.alloc_dir = root / "alloc";
        config.node_name = "here";
        driver::Drivers drivers;
        drivers["mock_driver"] = driver::make_mock_driver(loop);
        client = std::make_unique<Client>(config, servers, std::move(drivers), make_memory_store(), loop, rng);
        ASSERT_TRUE(client->prepare());
        group = std::make_unique<net::TaskGroup>(loop);
        group->spawn(client->run());
        loop.settle();
    }

    void put(const TestJob& job, const std::string& id = kAlloc) {
        servers.put(job.alloc(id));
        loop.settle();
    }
    Words events(const std::string& task = "web") { return servers.events(kAlloc, task); }
    const model::TaskState& state(const std::string& task = "web") {
        return *servers.reported(kAlloc)->TaskStates.get(task);
    }
};

TEST_F(ClientTest, registers_a_node_that_can_be_scheduled_on_and_keeps_it_alive) {
    EXPECT_EQ(servers.registrations, 1);
    EXPECT_EQ(servers.node->Name, "here");
    EXPECT_EQ(servers.node->Attributes.at("nomad.version"), "2.0.5");
    EXPECT_EQ(servers.node->Attributes.at("driver.mock_driver"), "1");
    EXPECT_GT(servers.node->NodeResources->Memory.MemoryMB, 100);
    loop.advance(minutes(1));
    EXPECT_GE(servers.heartbeats, 6);
    servers.forgot_node = true;
    loop.advance(seconds(15));
    EXPECT_EQ(servers.registrations, 2);
}

TEST_F(ClientTest, a_batch_task_runs_once_and_completes) {
    TestJob job("batch");
    job.task().Config = {{"run_for", "30s"}};
    put(job);
    EXPECT_EQ(servers.status(kAlloc), "running");
    EXPECT_EQ(servers.reported(kAlloc)->ClientDescription, "Tasks are running");
    loop.advance(seconds(31));
    EXPECT_EQ(servers.status(kAlloc), "complete");
    EXPECT_EQ(events(), (Words{"Received", "Task Setup", "Started", "Terminated"}));
    EXPECT_EQ(state().State, "dead");
    EXPECT_FALSE(state().Failed);
    EXPECT_TRUE(state().LastRestart.is_zero());
    EXPECT_EQ(state().FinishedAt - state().StartedAt, seconds(30));
}

TEST_F(ClientTest, every_status_goes_out_at_once_to_servers_that_are_quick) {
    TestJob job("batch");
    job.task().Config = {{"run_for", "50ms"}};
    put(job);
    EXPECT_EQ(servers.status(kAlloc), "running");
    loop.advance(milliseconds(60));
    EXPECT_EQ(servers.status(kAlloc), "complete");
}

TEST_F(ClientTest, slow_servers_are_told_together_what_happens_in_200_ms) {
    servers.takes = milliseconds(20);
    TestJob job("batch");
    job.task().Config = {{"run_for", "50ms"}};
    put(job);
    loop.advance(milliseconds(25));
    EXPECT_EQ(servers.status(kAlloc), "running");
    loop.advance(milliseconds(150));
    EXPECT_EQ(servers.status(kAlloc), "running");
    loop.advance(milliseconds(100));
    EXPECT_EQ(servers.status(kAlloc), "complete");
}

TEST_F(ClientTest, a_failing_task_restarts_by_policy_and_then_fails) {
    TestJob job("batch");
    job.task().Config = {{"run_for", "1s"}, {"exit_code", 1}};
    put(job);
    loop.advance(minutes(5));
    EXPECT_EQ(servers.status(kAlloc), "failed");
    EXPECT_EQ(state().Restarts, 2u);
    EXPECT_EQ(events().back(), "Not Restarting");
    EXPECT_EQ(state().Events.back().DisplayMessage,
              "Exceeded allowed attempts 2 in interval 30m0s and mode is \"fail\"");
    EXPECT_TRUE(state().Failed);
}

TEST_F(ClientTest, a_start_that_fails_for_good_is_told) {
    TestJob job;
    job.task().Config = {{"start_error", "no luck"}};
    put(job);
    loop.advance(seconds(1));
    EXPECT_EQ(events(), (Words{"Received", "Task Setup", "Driver Failure", "Not Restarting"}));
    EXPECT_EQ(state().Events[2].DisplayMessage, "no luck");
    EXPECT_EQ(state().Events[3].DisplayMessage, "Error was unrecoverable");
    EXPECT_EQ(servers.status(kAlloc), "failed");
}

TEST_F(ClientTest, a_config_that_makes_no_sense_fails_validation) {
    TestJob job;
    job.task().Config = {{"nonsense", 1}};
    put(job);
    loop.advance(seconds(1));
    EXPECT_EQ(events(), (Words{"Received", "Task Setup", "Failed Validation", "Not Restarting"}));
}

TEST_F(ClientTest, stop_sends_the_signal_and_reports_complete) {
    TestJob job;
    job.task().Config = {{"run_for", "1h"}, {"kill_after", "1s"}};
    put(job);
    EXPECT_EQ(servers.status(kAlloc), "running");
    servers.stop(kAlloc);
    loop.advance(seconds(3));
    EXPECT_EQ(servers.status(kAlloc), "complete");
    EXPECT_EQ(events(), (Words{"Received", "Task Setup", "Started", "Killing", "Terminated", "Killed"}));
    EXPECT_EQ(state().Events[3].DisplayMessage, "Sent interrupt. Waiting 5s before force killing");
    EXPECT_EQ(state().Events[4].Signal, 2);
    EXPECT_FALSE(state().Failed);
}

TEST_F(ClientTest, the_client_stops_while_an_allocation_is_being_destroyed) {
    TestJob job;
    job.task().Config = {{"run_for", "1h"}, {"kill_after", "1s"}};
    put(job);
    const fs::path folder = root / "alloc" / kAlloc;
    ASSERT_TRUE(fs::exists(folder));
    servers.forget(kAlloc);
    loop.advance(milliseconds(500));
    ASSERT_EQ(client->allocations().size(), 1u);
    net::run(loop, client->stop());
    net::run(loop, group->join());
    EXPECT_TRUE(client->allocations().empty());
    EXPECT_FALSE(fs::exists(folder));
}

TEST_F(ClientTest, stop_during_a_restart_delay_ends_it) {
    TestJob job;
    job.task().Config = {{"run_for", "1s"}, {"exit_code", 1}};
    put(job);
    loop.advance(seconds(2));
    EXPECT_EQ(events().back(), "Restarting");
    servers.stop(kAlloc);
    loop.advance(seconds(1));
    EXPECT_EQ(state().State, "dead");
    EXPECT_EQ(events().back(), "Killed");
    EXPECT_EQ(servers.status(kAlloc), "complete");
}

TEST_F(ClientTest, stages_run_in_order) {
    TestJob job("batch");
    job.task().Name = "main";
    job.task().Config = {{"run_for", "10s"}};
    for (const char* hook : {"prestart", "poststart", "poststop"}) {
        auto& task = job.add(hook);
        task.Config = {{"run_for", "10s"}};
        task.Lifecycle = model::TaskLifecycleConfig{.Hook = hook, .Sidecar = false};
    }
    put(job);
    const auto states = [&] {
        return Words{state("prestart").State, state("main").State, state("poststart").State, state("poststop").State};
    };
    loop.advance(seconds(2));
    EXPECT_EQ(states(), (Words{"running", "pending", "pending", "pending"}));
    loop.advance(seconds(10));
    EXPECT_EQ(states(), (Words{"dead", "running", "running", "pending"}));
    loop.advance(seconds(10));
    EXPECT_EQ(states(), (Words{"dead", "dead", "dead", "running"}));
    loop.advance(seconds(10));
    EXPECT_EQ(states(), (Words{"dead", "dead", "dead", "dead"}));
    EXPECT_EQ(servers.status(kAlloc), "complete");
}

TEST_F(ClientTest, a_failed_task_takes_its_siblings_along) {
    TestJob job("batch");
    job.group().RestartPolicy->Attempts = 0;
    job.task().RestartPolicy->Attempts = 0;
    job.task().Config = {{"run_for", "5s"}, {"exit_code", 1}};
    job.add("other").Config = {{"run_for", "1h"}};
    put(job);
    loop.advance(seconds(10));
    EXPECT_EQ(servers.status(kAlloc), "failed");
    EXPECT_EQ(events("other"),
              (Words{"Received", "Task Setup", "Started", "Sibling Task Failed", "Killing", "Terminated", "Killed"}));
    EXPECT_EQ(state("other").Events[3].DisplayMessage, "Task's sibling \"web\" failed");
}

TEST_F(ClientTest, the_leaders_end_is_everybodys) {
    TestJob job("batch");
    job.task().Leader = true;
    job.task().Config = {{"run_for", "5s"}};
    job.add("other").Config = {{"run_for", "1h"}};
    put(job);
    loop.advance(seconds(10));
    EXPECT_EQ(events("other")[3], "Leader Task Dead");
    EXPECT_EQ(servers.status(kAlloc), "complete");
}

TEST_F(ClientTest, sidecars_alone_are_ended) {
    TestJob job("batch");
    job.task().Config = {{"run_for", "5s"}};
    auto& side = job.add("side");
    side.Config = {{"run_for", "1h"}};
    side.Lifecycle = model::TaskLifecycleConfig{.Hook = "prestart", .Sidecar = true};
    put(job);
    loop.advance(seconds(10));
    EXPECT_EQ(events("side")[3], "Main Tasks Dead");
    EXPECT_EQ(servers.status(kAlloc), "complete");
}

TEST_F(ClientTest, a_user_may_restart_and_signal) {
    TestJob job;
    job.task().Config = {{"run_for", "1h"}};
    put(job);
    EXPECT_TRUE(net::run(loop, client->signal(kAlloc, "web", "SIGHUP")));
    EXPECT_EQ(net::run(loop, client->signal(kAlloc, "no", "SIGHUP")).error().message, "Task not found");
    EXPECT_TRUE(net::run(loop, client->restart(kAlloc, "web", false)));
    loop.advance(seconds(2));
    EXPECT_EQ(events(), (Words{"Received", "Task Setup", "Started", "Signaling", "Restart Signaled", "Terminated",
                               "Restarting", "Started"}));
    EXPECT_EQ(state().Events[6].DisplayMessage, "Task restarting in 0s");
    EXPECT_EQ(state().State, "running");
    EXPECT_EQ(state().Restarts, 1u);
    EXPECT_EQ(net::run(loop, client->restart(kAlloc, "nosuch", false)).error().message,
              "Could not find task runner for task: nosuch");
    EXPECT_EQ(net::run(loop, client->restart(kAlloc, "web", true)).error().message,
              "task name cannot be set when restarting all tasks");
}

TEST_F(ClientTest, restarting_all_tasks_runs_ended_ones_again) {
    TestJob job;
    job.task().Config = {{"run_for", "1h"}};
    auto& pre = job.add("pre");
    pre.Config = {{"run_for", "5s"}};
    pre.Lifecycle = model::TaskLifecycleConfig{.Hook = "prestart", .Sidecar = false};
    put(job);
    loop.advance(seconds(6));
    EXPECT_EQ(state("web").State, "running");
    EXPECT_TRUE(net::run(loop, client->restart(kAlloc, "", true)));
    loop.advance(seconds(2));
    EXPECT_EQ(state("pre").State, "running");
    EXPECT_EQ(state("web").State, "pending");
    loop.advance(seconds(6));
    EXPECT_EQ(state("web").State, "running");
}

TEST_F(ClientTest, an_allocation_that_the_servers_forgot_is_removed) {
    TestJob job;
    job.task().Config = {{"run_for", "1h"}};
    put(job);
    EXPECT_TRUE(fs::exists(root / "alloc" / kAlloc / "web/local"));
    servers.forget(kAlloc);
    loop.advance(seconds(10));
    EXPECT_FALSE(fs::exists(root / "alloc" / kAlloc));
    EXPECT_FALSE(client->find(kAlloc));
}

TEST_F(ClientTest, another_server_is_asked_at_once_when_one_ends) {
    TestJob job;
    job.task().Config = {{"run_for", "1h"}};
    servers.lose_polls();
    loop.settle();
    put(job);
    EXPECT_EQ(servers.status(kAlloc), "running");
    // Where all of them end, there is a pause.
    servers.lose_polls();
    loop.settle();
    servers.lose_polls();
    loop.settle();
    servers.stop(kAlloc);
    loop.settle();
    EXPECT_EQ(servers.status(kAlloc), "running");
    loop.advance(seconds(2));
    EXPECT_EQ(servers.status(kAlloc), "complete");
}

TEST_F(ClientTest, what_cannot_be_run_is_reported_as_failed_once) {
    TestJob job;
    auto alloc = job.alloc(kAlloc);
    alloc.TaskGroup = "other";
    servers.put(alloc);
    loop.advance(seconds(5));
    EXPECT_EQ(servers.status(kAlloc), "failed");
    EXPECT_EQ(servers.reported(kAlloc)->ClientDescription,
              "Unable to add allocation due to error: task group \"other\" is not in the job");
}

TEST_F(ClientTest, features_that_are_not_offered_fail_the_task) {
    TestJob job;
    model::TaskArtifact artifact;
    artifact.GetterSource = "http://example.org/x";
    job.task().Artifacts.push_back(artifact);
    put(job);
    loop.advance(seconds(1));
    EXPECT_EQ(servers.status(kAlloc), "failed");
    EXPECT_EQ(state().Events[2].DisplayMessage, "artifacts: not offered by this node");
}

TEST_F(ClientTest, health_is_told_after_the_time_that_the_deployment_wants) {
    TestJob job;
    job.task().Config = {{"run_for", "1h"}};
    model::UpdateStrategy update;
    update.MaxParallel = 1;
    update.HealthCheck = "task_states";
    update.MinHealthyTime = seconds(20);
    update.HealthyDeadline = minutes(1);
    job.group().Update = update;
    auto alloc = job.alloc(kAlloc);
    alloc.DeploymentID = "66666666-2222-3333-4444-555555555555";
    servers.put(alloc);
    loop.advance(seconds(19));
    EXPECT_FALSE(servers.reported(kAlloc)->DeploymentStatus);
    loop.advance(seconds(3));
    ASSERT_TRUE(servers.reported(kAlloc)->DeploymentStatus);
    EXPECT_EQ(servers.reported(kAlloc)->DeploymentStatus->Healthy, true);
}

TEST_F(ClientTest, an_allocation_that_may_not_run_alone_is_stopped_without_the_servers) {
    TestJob job;
    job.task().Config = {{"run_for", "1h"}};
    job.group().Disconnect.make().StopOnClientAfter = minutes(1);
    put(job);
    TestJob alone;
    alone.task().Config = {{"run_for", "1h"}};
    const std::string other = "22222222-2222-3333-4444-555555555555";
    put(alone, other);
    const auto running = [&](const std::string& id) { return (*client->find(id))->status() == "running"; };
    loop.advance(minutes(5));
    EXPECT_TRUE(running(kAlloc));
    servers.unreachable = true;
    loop.advance(seconds(45));
    EXPECT_TRUE(running(kAlloc));
    servers.unreachable = false;
    loop.advance(seconds(20));
    servers.unreachable = true;
    loop.advance(seconds(45));
    EXPECT_TRUE(running(kAlloc));
    loop.advance(seconds(30));
    EXPECT_FALSE(running(kAlloc));
    EXPECT_TRUE(running(other));
    servers.unreachable = false;
    loop.advance(minutes(1));
    EXPECT_EQ(servers.status(kAlloc), "complete");
    EXPECT_EQ(servers.status(other), "running");
}

TEST_F(ClientTest, the_limit_counts_from_the_first_contact_after_a_start) {
    TestJob job;
    job.task().Config = {{"run_for", "1h"}};
    job.group().Disconnect.make().StopOnClientAfter = seconds(15);
    servers.unreachable = true;
    loop.advance(seconds(30));
    servers.unreachable = false;
    put(job);
    loop.advance(seconds(5));
    ASSERT_EQ(servers.status(kAlloc), "running");
    servers.unreachable = true;
    loop.advance(seconds(20));
    EXPECT_NE((*client->find(kAlloc))->status(), "running");
}

TEST_F(ClientTest, updates_that_cannot_be_sent_are_sent_later) {
    TestJob job("batch");
    job.task().Config = {{"run_for", "5s"}};
    put(job);
    servers.unreachable = true;
    loop.advance(seconds(20));
    EXPECT_EQ(servers.status(kAlloc), "running");
    servers.unreachable = false;
    loop.advance(seconds(20));
    EXPECT_EQ(servers.status(kAlloc), "complete");
}

TEST_F(ClientTest, terminal_allocations_are_kept_only_up_to_the_limit) {
    TestJob job("batch");
    for (int i = 0; i < 60; ++i) {
        char id[64];
        std::snprintf(id, sizeof id, "11111111-2222-3333-4444-%012d", i);
        servers.put(job.alloc(id));
    }
    loop.advance(minutes(2));
    EXPECT_EQ(client->allocations().size(), 50u);
    EXPECT_EQ(servers.status("11111111-2222-3333-4444-000000000059"), "complete");
}

TEST_F(ClientTest, a_run_time_limit_completes_the_allocation) {
    TestJob job("batch");
    job.task().Config = {{"run_for", "1h"}};
    job.group().MaxRunDuration = seconds(30);
    auto alloc = job.alloc(kAlloc);
    alloc.CreateTime = loop.clock().now().unix_ns;
    servers.put(alloc);
    loop.advance(seconds(40));
    EXPECT_EQ(servers.status(kAlloc), "complete");
    EXPECT_EQ(servers.reported(kAlloc)->ClientDescription, "allocation exceeded max_run_duration");
}

}  // namespace
}  // namespace drover::client
