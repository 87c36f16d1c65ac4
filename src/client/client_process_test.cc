// The client with real processes: raw_exec under shims, restarts of the agent, and the time that a start takes.

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "client/client.h"
#include "client/fake_servers.h"
#include "client/offered_drivers.h"

namespace drover::client {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

const std::string kAlloc = "11111111-2222-3333-4444-555555555555";

std::string read_all(const fs::path& path) {
    std::ifstream in(path);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

struct ProcessTest : testing::Test {
    SystemClock clock;
    SystemRng rng;
    net::IoLoop loop{clock};
    std::unique_ptr<net::Network> network = net::make_os_network(loop);
    FakeServers servers{loop};
    fs::path root;
    std::unique_ptr<net::TaskGroup> group;
    std::unique_ptr<Client> client;

    void SetUp() override {
        char pattern[] = "/tmp/drover-test-XXXXXX";
        root = ::mkdtemp(pattern);
    }
    void TearDown() override {
        if (client) end(true);
        fs::remove_all(root);
    }

    void begin(bool dev_mode = false) {
        ClientConfig config;
        config.dev_mode = dev_mode;
        config.state_dir = root / "client";
        config.alloc_dir = root / "alloc";
        config.node_name = "here";
        config.plugins["raw_exec"] = {{"enabled", true}};
        config.host_environment = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}};
        fs::create_directories(config.state_dir);
        auto drivers = make_drivers(config, *network, clock);
        ASSERT_TRUE(drivers) << drivers.error().message;
        std::unique_ptr<StateStore> store = make_memory_store();
        if (!dev_mode) {
            auto opened = open_state_file(root / "client/state.db");
            ASSERT_TRUE(opened) << opened.error().message;
            store = std::move(*opened);
        }
        client = std::make_unique<Client>(config, servers, std::move(*drivers), std::move(store), loop, rng);
        auto prepared = client->prepare();
        ASSERT_TRUE(prepared) << prepared.error().message;
        group = std::make_unique<net::TaskGroup>(loop);
        group->spawn(client->run());
    }

    void end(bool with_allocations) {
        net::run(loop, client->stop(with_allocations));
        net::run(loop, group->join());
        client.reset();
        group.reset();
    }

    // Runs the loop until something holds, for 20 seconds at most.
    template <class Condition>
    bool until(Condition condition) {
        const Duration end = clock.monotonic() + seconds(20);
        while (!condition() && clock.monotonic() < end) net::run(loop, pause());
        return condition();
    }
    net::Task<> pause() { (void)co_await loop.sleep(milliseconds(2)); }

    static TestJob shell(const std::string& type, const std::string& script) {
        TestJob job(type, "raw_exec");
        job.task().Config = {{"command", "/bin/sh"}, {"args", codec::AnyList{"-c", script}}};
        job.task().KillTimeout = milliseconds(200);
        return job;
    }
    fs::path task_file(const std::string& name) { return root / "alloc" / kAlloc / "web" / name; }
    std::string log() { return read_all(root / "alloc" / kAlloc / "alloc/logs/web.stdout.0"); }
};

TEST_F(ProcessTest, a_task_sees_its_environment_and_the_servers_see_its_end) {
    begin();
    TestJob job = shell("batch", "echo $NOMAD_JOB_NAME $NOMAD_META_color ${NOMAD_TASK_NAME} $PLACE; pwd; exit 0");
    job.job.Meta = {{"color", "blue"}};
    job.task().Env = {{"PLACE", "${NOMAD_ALLOC_INDEX}-${attr.kernel.name}"}};
    servers.put(job.alloc(kAlloc));
    ASSERT_TRUE(until([&] { return servers.status(kAlloc) == "complete"; }));
    EXPECT_EQ(log(), "example blue web 0-linux\n" + (root / "alloc" / kAlloc / "web").string() + "\n");
    EXPECT_EQ(servers.events(kAlloc, "web"), (Words{"Received", "Task Setup", "Started", "Terminated"}));
    EXPECT_TRUE(fs::is_empty(root / "client/tasks" / kAlloc));
}

TEST_F(ProcessTest, an_agents_restart_goes_unnoticed_by_the_task) {
    begin();
    servers.put(shell("service", "echo $$; while [ ! -e local/go ]; do sleep 0.02; done; echo end; exec sleep 1000")
                    .alloc(kAlloc));
    ASSERT_TRUE(until([&] { return servers.status(kAlloc) == "running" && !log().empty(); }));
    const std::string before = log();
    const std::string node = client->node().ID;
    end(false);
    std::ofstream(task_file("local/go")) << "";
    begin();
    EXPECT_EQ(client->node().ID, node);
    ASSERT_TRUE(until([&] { return log() == before + "end\n"; }));
    ASSERT_TRUE(until([&] { return servers.batches >= 2; }));
    EXPECT_EQ(servers.status(kAlloc), "running");
    EXPECT_EQ(servers.events(kAlloc, "web"), (Words{"Received", "Task Setup", "Started"}));
    servers.stop(kAlloc);
    ASSERT_TRUE(until([&] { return servers.status(kAlloc) == "complete"; }));
    EXPECT_EQ(servers.reported(kAlloc)->TaskStates.at("web").Events[4].Signal, SIGINT);
}

TEST_F(ProcessTest, a_task_that_ends_while_no_agent_runs_is_reported_with_its_exit_code) {
    begin();
    TestJob job = shell("batch", "sleep 0.2; exit 9");
    job.task().RestartPolicy->Attempts = 0;
    servers.put(job.alloc(kAlloc));
    ASSERT_TRUE(until([&] { return servers.status(kAlloc) == "running"; }));
    end(false);
    ::usleep(400'000);
    begin();
    ASSERT_TRUE(until([&] { return servers.status(kAlloc) == "failed"; }));
    EXPECT_EQ(servers.reported(kAlloc)->TaskStates.at("web").Events[3].ExitCode, 9);
}

TEST_F(ProcessTest, a_task_whose_shim_died_without_an_agent_starts_anew_when_the_servers_want_it) {
    begin();
    servers.put(shell("service", "echo $PPID; exec sleep 1000").alloc(kAlloc));
    ASSERT_TRUE(until([&] { return servers.status(kAlloc) == "running" && !log().empty(); }));
    const auto shim = static_cast<pid_t>(std::stol(log()));
    end(false);
    ::kill(shim, SIGKILL);
    ::usleep(50'000);
    begin();
    ASSERT_TRUE(until([&] { return servers.events(kAlloc, "web").size() >= 6; }));
    EXPECT_EQ(servers.events(kAlloc, "web"),
              (Words{"Received", "Task Setup", "Started", "Failed Restoring Task", "Task Setup", "Started"}));
}

TEST_F(ProcessTest, files_and_logs_can_be_read) {
    begin();
    servers.put(shell("service", "echo one; printf 0123456789 > local/digits; echo secret > secrets/key; sleep 1000")
                    .alloc(kAlloc));
    ASSERT_TRUE(until([&] { return log() == "one\n" && fs::exists(task_file("secrets/key")); }));
    ASSERT_TRUE(until([&] { return servers.status(kAlloc) == "running"; }));
    auto listed = client->list_files(kAlloc, "/");
    ASSERT_TRUE(listed);
    EXPECT_EQ(listed->size(), 2u);
    LogStreamRequest request;
    request.task = "web";
    request.type = "stdout";
    request.follow = true;
    auto stream = client->stream_logs(kAlloc, request);
    ASSERT_TRUE(stream) << stream.error().message;
    auto frame = net::run(loop, (*stream)->next({}));
    ASSERT_TRUE(frame && *frame);
    EXPECT_EQ((*frame)->Data, "one\n");
    EXPECT_EQ((*frame)->File, "alloc/logs/web.stdout.0");
    auto usage = client->usage(kAlloc, "web");
    ASSERT_TRUE(usage);
    EXPECT_GT(usage->ResourceUsage->MemoryStats->RSS, 1000u);
    EXPECT_EQ(
        client->stream_logs(kAlloc, {.root = "", .task = "no", .type = "stdout", .task_ended = {}}).error().message,
        "unknown task name \"no\"");
}

TEST_F(ProcessTest, a_hundred_short_tasks_are_quick) {
    begin(true);
    ASSERT_TRUE(until([&] { return client->registered(); }));
    TestJob job("batch", "raw_exec");
    job.task().Config = {{"command", "/bin/true"}};
    Words ids;
    const Duration start = clock.monotonic();
    for (int i = 0; i < 100; ++i) {
        char id[64];
        std::snprintf(id, sizeof id, "11111111-2222-3333-4444-%012d", i);
        ids.push_back(id);
        servers.put(job.alloc(id));
    }
    ASSERT_TRUE(until([&] {
        for (const auto& id : ids) {
            if (servers.status(id) != "complete") return false;
        }
        return true;
    }));
    RecordProperty("milliseconds", static_cast<int>((clock.monotonic() - start).milliseconds()));
    std::printf("100 x /bin/true: %lld ms\n", static_cast<long long>((clock.monotonic() - start).milliseconds()));
}

}  // namespace
}  // namespace drover::client
