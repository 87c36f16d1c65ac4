#include "client/task_env.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

struct TaskEnvTest : testing::Test {
    model::Job job;
    model::TaskGroup group;
    model::Task task;
    model::Node node;
    model::Allocation alloc;
    Map<std::string> host;

    TaskEnvTest() {
        job.ID = "web", job.Name = "Web shop";
        job.Meta = {{"color", "blue"}, {"my-key", "job"}};
        group.Name = "shop";
        group.Meta = {{"my-key", "group"}};
        task.Name = "front";
        node.ID = "node-id", node.Name = "here", node.Datacenter = "dc1", node.CgroupParent = "nomad.slice";
        node.Attributes = {{"kernel.name", "linux"}};
        node.Meta = {{"rack", "r1"}};
        alloc.ID = "11111111-2222-3333-4444-555555555555";
        alloc.Name = "web.shop[3]";
        alloc.Namespace = "default";
    }

    TaskEnv build() {
        alloc.Job = std::make_shared<const model::Job>(job);
        return build_task_env({.alloc = alloc,
                               .group = group,
                               .task = task,
                               .node = node,
                               .region = "global",
                               .paths = AllocDir("/allocs", alloc.ID).task("front"),
                               .host_environment = host,
                               .env_denylist = ""});
    }
};

TEST_F(TaskEnvTest, tells_the_task_who_and_where_it_is) {
    const auto env = build().environment;
    EXPECT_EQ(env.at("NOMAD_ALLOC_DIR"), "/allocs/" + alloc.ID + "/alloc");
    EXPECT_EQ(env.at("NOMAD_TASK_DIR"), "/allocs/" + alloc.ID + "/front/local");
    EXPECT_EQ(env.at("NOMAD_SECRETS_DIR"), "/allocs/" + alloc.ID + "/front/secrets");
    EXPECT_EQ(env.at("NOMAD_SHORT_ALLOC_ID"), "11111111");
    EXPECT_EQ(env.at("NOMAD_ALLOC_INDEX"), "3");
    EXPECT_EQ(env.at("NOMAD_JOB_NAME"), "Web shop");
    EXPECT_EQ(env.at("NOMAD_GROUP_NAME"), "shop");
    EXPECT_EQ(env.at("NOMAD_DC"), "dc1");
    EXPECT_EQ(env.at("NOMAD_REGION"), "global");
    EXPECT_EQ(env.at("NOMAD_PARENT_CGROUP"), "nomad.slice");
    EXPECT_FALSE(env.contains("NOMAD_JOB_PARENT_ID"));
}

TEST_F(TaskEnvTest, metadata_of_the_nearest_level_counts_and_keys_are_made_fit) {
    const auto env = build().environment;
    EXPECT_EQ(env.at("NOMAD_META_color"), "blue");
    EXPECT_EQ(env.at("NOMAD_META_COLOR"), "blue");
    EXPECT_EQ(env.at("NOMAD_META_my_key"), "group");
    EXPECT_EQ(env.at("NOMAD_META_MY_KEY"), "group");
}

TEST_F(TaskEnvTest, resources_and_ports) {
    model::AllocatedResources given;
    auto& mine = given.Tasks["front"];
    mine.Cpu.CpuShares = 500;
    mine.Cpu.ReservedCores = {0, 1, 2, 7};
    mine.Memory.MemoryMB = 256;
    model::AllocatedPortMapping port;
    port.Label = "http", port.Value = 20123, port.To = 80, port.HostIP = "10.0.0.5";
    given.Shared.Ports.push_back(port);
    port.Label = "db", port.To = 0, port.HostIP = "fd00::1";
    given.Shared.Ports.push_back(port);
    alloc.AllocatedResources = std::make_shared<const model::AllocatedResources>(given);
    const auto env = build().environment;
    EXPECT_EQ(env.at("NOMAD_CPU_LIMIT"), "500");
    EXPECT_EQ(env.at("NOMAD_CPU_CORES"), "0-2,7");
    EXPECT_EQ(env.at("NOMAD_MEMORY_LIMIT"), "256");
    EXPECT_FALSE(env.contains("NOMAD_MEMORY_MAX_LIMIT"));
    EXPECT_EQ(env.at("NOMAD_ADDR_http"), "10.0.0.5:20123");
    EXPECT_EQ(env.at("NOMAD_PORT_http"), "80");
    EXPECT_EQ(env.at("NOMAD_HOST_PORT_http"), "20123");
    EXPECT_EQ(env.at("NOMAD_PORT_db"), "20123");
    EXPECT_EQ(env.at("NOMAD_HOST_ADDR_db"), "[fd00::1]:20123");
}

TEST_F(TaskEnvTest, the_hosts_variables_come_last_and_secrets_stay_behind) {
    host = {{"PATH", "/bin"}, {"NOMAD_TOKEN", "secret"}, {"NOMAD_DC", "other"}, {"AWS_SECRET_ACCESS_KEY", "x"}};
    const auto env = build().environment;
    EXPECT_EQ(env.at("PATH"), "/bin");
    EXPECT_EQ(env.at("NOMAD_DC"), "dc1");
    EXPECT_FALSE(env.contains("NOMAD_TOKEN"));
    EXPECT_FALSE(env.contains("AWS_SECRET_ACCESS_KEY"));
}

TEST_F(TaskEnvTest, the_tasks_own_variables_are_interpolated_once) {
    task.Env = {{"WHERE", "${node.datacenter}/${attr.kernel.name}/${meta.rack}"},
                {"WHO", "${NOMAD_TASK_NAME} ${unknown} ${NOMAD_META_color}"},
                {"TWICE", "${WHERE}"}};
    const auto env = build().environment;
    EXPECT_EQ(env.at("WHERE"), "dc1/linux/r1");
    EXPECT_EQ(env.at("WHO"), "front ${unknown} blue");
    EXPECT_EQ(env.at("TWICE"), "${WHERE}");
}

TEST_F(TaskEnvTest, a_drivers_config_is_evaluated_everywhere_and_strictly) {
    const TaskEnv env = build();
    auto config = env.evaluate({{"command", "/bin/${NOMAD_TASK_NAME}"},
                                {"args", codec::AnyList{"${env[\"NOMAD_DC\"]}", "$${keep}", 7}},
                                {"map", codec::AnyMap{{"k", "${meta.rack}"}}}});
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ((*config)["command"], codec::Any("/bin/front"));
    EXPECT_EQ((*config)["args"], codec::Any(codec::AnyList{"dc1", "${keep}", 7}));
    EXPECT_EQ((*config)["map"], codec::Any(codec::AnyMap{{"k", "r1"}}));
    auto unknown = env.evaluate({{"command", "${nonsense}"}});
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().message, "Unknown variable; There is no variable named \"nonsense\".");
    EXPECT_FALSE(env.evaluate({{"command", "${open"}}));
}

}  // namespace
}  // namespace drover::client
