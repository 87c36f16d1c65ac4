#include "model/job_diff.h"

#include <gtest/gtest.h>

#include <iostream>

#include "model/canonicalize.h"
#include "model/oracle_test.h"

namespace drover::model {
namespace {

Job stored(const std::string& json) {
    auto submitted = codec::from_json<spec::Job>(json);
    EXPECT_TRUE(submitted) << submitted.error().message;
    canonicalize(*submitted);
    Job job = to_job(*submitted);
    canonicalize(job);
    add_connect(job);
    add_implied_constraints(job);
    add_implied_identities(job);
    return job;
}

Job with_count(int count) {
    return stored(R"({"ID": "j", "TaskGroups": [{"Name": "g", "Count": )" + std::to_string(count) +
                  R"(, "Tasks": [{"Name": "t", "Driver": "raw_exec", "Config": {"command": "/bin/a"}}]}]})");
}

TEST(JobDiff, equal_jobs_list_their_groups_as_unchanged) {
    const Job job = with_count(1);
    const JobDiff diff = job_diff(&job, &job, true);
    EXPECT_EQ(diff.Type, "None");
    ASSERT_EQ(diff.TaskGroups.size(), 1u);
    EXPECT_EQ(diff.TaskGroups[0].Tasks[0].Type, "None");
}

TEST(JobDiff, a_higher_count_forces_a_create) {
    const Job before = with_count(1), after = with_count(3);
    JobDiff diff = job_diff(&before, &after, true);
    DesiredUpdates updates;
    updates.Place = 2;
    annotate(diff, {{"g", updates}});
    ASSERT_EQ(diff.TaskGroups[0].Fields.size(), 1u);
    EXPECT_EQ(diff.TaskGroups[0].Fields[0].Annotations, List<std::string>{"forces create"});
    EXPECT_EQ(*diff.TaskGroups[0].Updates.get("create"), 2u);
}

TEST(JobDiff, another_command_replaces_the_task) {
    const Job before = with_count(1);
    Job after = before;
    after.TaskGroups[0].Tasks[0].Config["command"] = "/bin/b";
    JobDiff diff = job_diff(&before, &after, false);
    annotate(diff, {});
    const TaskDiff& task = diff.TaskGroups[0].Tasks[0];
    EXPECT_EQ(task.Annotations, List<std::string>{"forces create/destroy update"});
    EXPECT_EQ(task.Objects[0].Fields[0].New, "/bin/b");
}

TEST(JobDiff, an_upstream_may_differ_in_what_is_not_told) {
    const auto job = [](const std::string& config) {
        return stored(R"({"ID": "j", "TaskGroups": [{"Name": "g", "Networks": [{"Mode": "bridge"}], "Services":
            [{"Name": "s", "PortLabel": "1", "Connect": {"SidecarService": {"Proxy": {"Upstreams":
            [{"DestinationName": "a", "LocalBindPort": 1, "Config": )" +
                      config + "}]}}}}]}]}");
    };
    const Job before = job("null"), after = job(R"({"protocol": "grpc"})");
    const JobDiff diff = job_diff(&before, &after, false);
    ASSERT_EQ(diff.TaskGroups[0].Objects.size(), 1u);
    const ObjectDiff& proxy = diff.TaskGroups[0].Objects[0].Objects[0].Objects[0].Objects[0];
    ASSERT_EQ(proxy.Name, "ConsulProxy");
    ASSERT_EQ(proxy.Objects.size(), 2u);
    EXPECT_EQ(proxy.Objects[0].Name, "ConsulUpstreams");
    EXPECT_EQ(proxy.Objects[0].Type, "Edited");
    EXPECT_TRUE(proxy.Objects[0].Objects.empty());
    EXPECT_EQ(proxy.Objects[1].Name, "TransparentProxy");
    EXPECT_EQ(proxy.Objects[1].Type, "None");
}

void sort_equals(List<ObjectDiff>& objects) {
    for (ObjectDiff& object : objects) sort_equals(object.Objects);
    std::sort(objects.begin(), objects.end(),
              [](const ObjectDiff& a, const ObjectDiff& b) { return codec::to_json(a) < codec::to_json(b); });
}

// Objects of equal kind come in any order; for the comparison they are ordered by content.
std::string ordered(JobDiff diff) {
    sort_equals(diff.Objects);
    for (TaskGroupDiff& group : diff.TaskGroups) {
        sort_equals(group.Objects);
        for (TaskDiff& task : group.Tasks) sort_equals(task.Objects);
    }
    return codec::to_json(diff);
}

TEST(JobDiff, agrees_with_the_recorded_plans) {
    size_t same = 0, total = 0;
    const bool tell = std::getenv("DROVER_TELL");
    for (const auto& folder : files_in(oracle_folder() / "jobspec/plan")) {
        const auto recorded = codec::any_from_json(read_file(folder / "expected.json"));
        if (!recorded || !recorded->member("Diff")) continue;
        ++total;
        const Job after = stored(read_file(folder / "after.json"));
        const std::string before_text = read_file(folder / "before.json");
        const Job before = before_text.empty() ? Job{} : stored(before_text);
        JobDiff diff = job_diff(before_text.empty() ? nullptr : &before, &after, true);
        const auto planned = codec::from_json<Map<DesiredUpdates>>(
            codec::to_json(*recorded->member("Annotations")->member("DesiredTGUpdates")));
        annotate(diff, *planned);
        const auto want = codec::from_json<JobDiff>(codec::to_json(*recorded->member("Diff")));
        std::vector<std::string> found;
        differences(*codec::any_from_json(ordered(*want)), *codec::any_from_json(ordered(diff)), "", found);
        same += found.empty();
        if (!tell || found.empty()) continue;
        std::cout << "== " << folder.filename() << "\n";
        for (size_t i = 0; i < found.size() && i < 5; ++i) std::cout << found[i] << "\n";
    }
    if (total == 0) GTEST_SKIP();
    std::cout << same << " of " << total << "\n";
    EXPECT_GE(same * 100, total * 80);
}

}  // namespace
}  // namespace drover::model
