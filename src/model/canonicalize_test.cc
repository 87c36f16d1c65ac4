#include "model/canonicalize.h"

#include <gtest/gtest.h>

#include <iostream>

#include "model/oracle_test.h"

namespace drover::model {
namespace {

spec::Job job_of(std::string_view json) {
    auto job = codec::from_json<spec::Job>(json);
    EXPECT_TRUE(job) << job.error().message;
    return *job;
}

TEST(Canonicalize, what_is_left_out_depends_on_the_type) {
    spec::Job batch =
        job_of(R"({"ID": "b", "Type": "batch", "TaskGroups": [{"Name": "g", "Tasks": [{"Name": "t"}]}]})");
    canonicalize(batch);
    EXPECT_FALSE(batch.Update);
    EXPECT_EQ(batch.TaskGroups[0].RestartPolicy->Attempts, 3);
    EXPECT_EQ(batch.TaskGroups[0].ReschedulePolicy->DelayFunction, "constant");
    spec::Job system = job_of(R"({"ID": "s", "Type": "system", "TaskGroups": [{"Name": "g"}]})");
    canonicalize(system);
    EXPECT_EQ(system.Update->MaxParallel, 1);
    EXPECT_FALSE(system.TaskGroups[0].ReschedulePolicy);
}

TEST(Canonicalize, a_group_inherits_from_its_job_and_a_task_from_its_group) {
    spec::Job job = job_of(R"({"ID": "j", "Update": {"MaxParallel": 4}, "TaskGroups": [{"Name": "g",
        "Update": {"Canary": 1}, "RestartPolicy": {"Attempts": 7}, "Tasks": [{"Name": "t"}]}]})");
    canonicalize(job);
    EXPECT_EQ(job.TaskGroups[0].Update->MaxParallel, 4);
    EXPECT_EQ(job.TaskGroups[0].Update->Canary, 1);
    EXPECT_EQ(job.TaskGroups[0].Tasks[0].RestartPolicy->Attempts, 7);
}

TEST(Canonicalize, the_cluster_fills_in_places_and_names) {
    spec::Job submitted = job_of(R"({"ID": "j", "Type": "system", "TaskGroups": [{"Name": "g",
        "Networks": [{"DynamicPorts": [{"Label": "http"}]}], "Scaling": {"Max": 1},
        "Tasks": [{"Name": "t", "Services": [{"Name": "web", "Provider": "nomad", "PortLabel": "http",
            "Checks": [{"Type": "tcp"}]}]}]}]})");
    canonicalize(submitted);
    Job job = to_job(submitted);
    canonicalize(job);
    add_connect(job);
    add_implied_constraints(job);
    add_implied_identities(job);
    EXPECT_EQ(job.Datacenters, List<std::string>{"*"});
    EXPECT_EQ(job.NodePool, "default");
    const TaskGroup& group = job.TaskGroups[0];
    EXPECT_EQ(group.Networks[0].DynamicPorts[0].HostNetwork, "default");
    ASSERT_EQ(group.Constraints.size(), 2u);
    EXPECT_EQ(group.Constraints[0].LTarget, "${attr.nomad.service_discovery}");
    EXPECT_EQ(*group.Scaling->Target.get("Group"), "g");
    EXPECT_EQ(group.Tasks[0].Services[0].Checks[0].Name, "service: \"web\" check");
    EXPECT_EQ(group.Tasks[0].Identity->Name, "default");
}

TEST(Canonicalize, the_first_identity_without_a_name_is_the_tasks_own) {
    spec::Job submitted = job_of(R"({"ID": "j", "TaskGroups": [{"Name": "g", "Tasks": [{"Name": "t", "Identities":
        [{"Name": "x"}, {"Name": "default", "Env": true}, {"Name": "", "File": true}]}]}]})");
    canonicalize(submitted);
    const Task task = to_job(submitted).TaskGroups[0].Tasks[0];
    EXPECT_TRUE(task.Identity->Env);
    ASSERT_EQ(task.Identities.size(), 2u);
    EXPECT_TRUE(task.Identities[1].File);
}

TEST(Canonicalize, agrees_with_the_recorded_forms) {
    const auto files = files_in(oracle_folder() / "jobspec/expected");
    if (files.empty()) GTEST_SKIP();
    for (const auto& file : files) {
        auto recorded = codec::any_from_json(read_file(file));
        ASSERT_TRUE(recorded) << file;
        const codec::Any* want = recorded->member("job_canonical");
        if (!want) continue;
        spec::Job job = job_of(codec::to_json(*recorded->member("job")));
        canonicalize(job);
        std::vector<std::string> found;
        differences(*want, *codec::any_from_json(codec::to_json(job)), "", found);
        for (const auto& line : found) ADD_FAILURE() << file.stem() << line;
    }
}

// For every job that is recorded as valid: its JSON comes back as it was, in both forms; to be canonicalized again
// changes nothing.
TEST(Canonicalize, recorded_jobs_are_fixed_points) {
    size_t jobs = 0;
    for (const auto& file : files_in(oracle_folder() / "jobspec/expected")) {
        const auto recorded = codec::any_from_json(read_file(file));
        ASSERT_TRUE(recorded) << file;
        const codec::Any* given = recorded->member("job");
        if (!given) continue;
        SCOPED_TRACE(file);
        ++jobs;
        spec::Job job = job_of(codec::to_json(*given));
        EXPECT_EQ(codec::to_json(job_of(codec::to_json(job))), codec::to_json(job));
        canonicalize(job);
        const std::string once = codec::to_json(job);
        EXPECT_EQ(codec::to_json(job_of(once)), once);
        canonicalize(job);
        EXPECT_EQ(codec::to_json(job), once);
        Job kept = to_job(job);
        canonicalize(kept);
        const std::string stored = codec::to_json(kept);
        auto read = codec::from_json<Job>(stored);
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(codec::to_json(*read), stored);
        canonicalize(*read);
        EXPECT_EQ(codec::to_json(*read), stored);
    }
    if (jobs == 0) GTEST_SKIP();
}

// What `job inspect` shows can be run.
TEST(Canonicalize, stored_jobs_come_back_as_they_were_when_they_are_submitted) {
    size_t jobs = 0;
    for (const auto& file : files_in(oracle_folder() / "jobspec/expected")) {
        const auto recorded = codec::any_from_json(read_file(file));
        const codec::Any* given = recorded ? recorded->member("job") : nullptr;
        if (!given) continue;
        SCOPED_TRACE(file);
        ++jobs;
        spec::Job job = job_of(codec::to_json(*given));
        canonicalize(job);
        Job kept = to_job(job);
        canonicalize(kept);
        const std::string stored = codec::to_json(kept);
        spec::Job again = job_of(stored);
        canonicalize(again);
        Job kept_again = to_job(again);
        canonicalize(kept_again);
        std::vector<std::string> found;
        differences(*codec::any_from_json(stored), *codec::any_from_json(codec::to_json(kept_again)), "", found);
        for (const auto& line : found) ADD_FAILURE() << line;
    }
    if (jobs == 0) GTEST_SKIP();
}

TEST(Canonicalize, what_follows_from_other_members) {
    spec::Job job = job_of(R"({"ID": "j", "Priority": 0, "Type": "batch", "Update": {"Stagger": 0, "MaxParallel": 0,
            "HealthCheck": "", "MinHealthyTime": 0, "HealthyDeadline": 0, "ProgressDeadline": 0, "Canary": 0,
            "AutoRevert": false, "AutoPromote": false},
        "TaskGroups": [{"Name": "g", "Tasks": [{"Name": "t", "Driver": "exec", "Resources": {"Cores": 0},
            "Artifacts": [{"GetterMode": "file", "GetterSource": "http://a/b/"},
                          {"GetterMode": "file", "GetterSource": "http://a/c.tgz"}, {"GetterMode": "file"}],
            "Services": [{"Checks": [{"SuccessBeforePassing": -3, "FailuresBeforeWarning": -1}]}]}]}]})");
    canonicalize(job);
    EXPECT_EQ(job.Priority, 0);
    EXPECT_FALSE(job.TaskGroups[0].Update);
    const spec::Task& task = job.TaskGroups[0].Tasks[0];
    EXPECT_EQ(task.Resources->CPU, 0);
    EXPECT_EQ(task.Artifacts[0].RelativeDest, "local/b");
    EXPECT_EQ(task.Artifacts[1].RelativeDest, "local/c.tgz");
    EXPECT_EQ(task.Artifacts[2].RelativeDest, "local");
    EXPECT_EQ(task.Services[0].Checks[0].SuccessBeforePassing, 0);
    EXPECT_EQ(task.Services[0].Checks[0].FailuresBeforeWarning, 0);
}

TEST(Canonicalize, agrees_with_the_jobs_a_server_keeps) {
    const auto expected =
        codec::any_from_json(read_file(oracle_folder() / "http/expected/031-job-canonical-defaults.json"));
    const auto scenario =
        codec::any_from_json(read_file(oracle_folder() / "http/scenarios/031-job-canonical-defaults.json"));
    if (!expected || !scenario) GTEST_SKIP();
    const auto& steps = *scenario->member("steps")->as<codec::AnyList>();
    const auto& answers = *expected->member("steps")->as<codec::AnyList>();
    for (size_t i = 0; i + 1 < steps.size(); i += 2) {
        std::string text = codec::to_json(*steps[i].member("body")->member("Job"));
        for (size_t at; (at = text.find("@{uniq}")) != std::string::npos;) text.replace(at, 7, "<uniq>");
        spec::Job submitted = job_of(text);
        canonicalize(submitted);
        Job job = to_job(submitted);
        canonicalize(job);
        add_connect(job);
        add_implied_constraints(job);
        add_implied_identities(job);
        std::vector<std::string> found;
        differences(*answers[i + 1].member("body"), *codec::any_from_json(codec::to_json(job)), "", found);
        for (const auto& line : found) {
            const bool given_later = line.find("Index") != std::string::npos || line.find(".SubmitTime") == 0 ||
                                     line.find(".Status") == 0 || line.find(".Stable") == 0 ||
                                     line.find(".Scaling.ID") != std::string::npos;
            if (!given_later) ADD_FAILURE() << i << line;
        }
    }
}

}  // namespace
}  // namespace drover::model
