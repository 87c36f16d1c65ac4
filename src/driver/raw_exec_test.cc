#include "driver/raw_exec.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/strings.h"
#include "codec/json.h"
#include "driver/process_usage.h"
#include "driver/shim_client.h"
#include "driver/shim_spec.h"

namespace drover::driver {
namespace {

namespace fs = std::filesystem;

std::string read_all(const fs::path& path) {
    std::ifstream in(path);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

struct RawExecTest : testing::Test {
    SystemClock clock;
    net::IoLoop loop{clock};
    std::unique_ptr<net::Network> network = net::make_os_network(loop);
    std::unique_ptr<Driver> driver;
    fs::path root;
    int starts = 0;

    void SetUp() override {
        char pattern[] = "/tmp/drover-test-XXXXXX";
        root = ::mkdtemp(pattern);
        fs::create_directories(root / "logs");
        fs::create_directories(root / "task/local");
        driver = make_raw_exec(options(), *network, clock);
    }
    void TearDown() override { fs::remove_all(root); }

    static RawExecOptions options() {
        RawExecOptions out;
        out.enabled = true;
        out.shim_program = find_shim();
        out.search_path = "/usr/local/bin:/usr/bin:/bin";
        return out;
    }

    TaskConfig shell(const std::string& script) {
        TaskConfig task;
        task.id = "alloc/web/1";
        task.config = {{"command", "sh"}, {"args", codec::AnyList{"-c", script}}};
        task.environment = {{"GREETING", "hello there"}};
        task.task_dir = root / "task";
        task.local_dir = root / "task/local";
        task.state_dir = root / ("state" + std::to_string(starts++));
        fs::create_directories(task.state_dir);
        task.logs = {.directory = root / "logs", .stdout_name = "web.stdout", .stderr_name = "web.stderr"};
        return task;
    }

    Started start(TaskConfig task) { return net::run(loop, driver->start(std::move(task))); }
    Result<ExitResult> wait(RunningTask& task, Duration most = seconds(20)) {
        return net::run(loop, task.wait({loop.in(most), {}}));
    }
    void destroy(RunningTask& task) { net::run(loop, task.destroy()); }
    std::string out(int index = 0) { return read_all(root / "logs" / ("web.stdout." + std::to_string(index))); }
};

TEST_F(RawExecTest, runs_with_its_environment_directory_and_logs_and_tells_the_exit_code) {
    Started started = start(shell("echo $GREETING; pwd; echo oops >&2; exit 3"));
    ASSERT_TRUE(started.task) << started.error->message;
    auto result = wait(*started.task);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->ExitCode, 3);
    EXPECT_EQ(result->Signal, 0);
    EXPECT_EQ(out(), "hello there\n" + (root / "task").string() + "\n");
    EXPECT_EQ(read_all(root / "logs/web.stderr.0"), "oops\n");
    destroy(*started.task);
}

TEST_F(RawExecTest, environment_is_only_what_was_given_less_what_is_denied) {
    TaskConfig task = shell("env | grep -v -e ^PWD -e ^SHLVL -e ^_ -e ^OLDPWD");
    task.environment = {{"A", "1"}, {"AWS_KEY", "x"}};
    task.config["denied_envvars"] = codec::AnyList{"AWS_*"};
    Started started = start(task);
    ASSERT_TRUE(started.task);
    ASSERT_TRUE(wait(*started.task));
    EXPECT_EQ(out(), "A=1\n");
    destroy(*started.task);
}

TEST_F(RawExecTest, a_start_that_fails_says_why) {
    TaskConfig task = shell("");
    task.config["command"] = "no-such-program";
    Started started = start(task);
    EXPECT_FALSE(started.task);
    EXPECT_NE(started.error->message.find("no-such-program not found"), std::string::npos) << started.error->message;
    EXPECT_FALSE(started.recoverable);
    task = shell("");
    task.config["work_dir"] = "/no/such/directory";
    started = start(task);
    EXPECT_FALSE(started.task);
    EXPECT_NE(started.error->message.find("No such file or directory"), std::string::npos) << started.error->message;
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

TEST_F(RawExecTest, stop_sends_the_signal_and_then_kills_everything) {
    Started polite = start(shell("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done"));
    ASSERT_TRUE(polite.task);
    while (out() != "up\n") usleep(1000);
    ASSERT_TRUE(net::run(loop, polite.task->stop(SIGTERM, seconds(5))));
    EXPECT_EQ(wait(*polite.task)->ExitCode, 0);
    EXPECT_EQ(out(), "up\nbye\n");
    destroy(*polite.task);

    Started stubborn = start(shell("trap '' TERM; (setsid sleep 1000 &); echo deaf; while :; do sleep 0.05; done"));
    ASSERT_TRUE(stubborn.task);
    while (out() != "up\nbye\ndeaf\n") usleep(1000);
    const auto shim = *stubborn.task->handle().State.member("shim_pid")->as<int64_t>();
    EXPECT_GE(descendants(static_cast<pid_t>(shim)).size(), 2u);
    ASSERT_TRUE(net::run(loop, stubborn.task->stop(SIGTERM, milliseconds(100))));
    auto result = wait(*stubborn.task);
    EXPECT_EQ(result->ExitCode, 137);
    EXPECT_EQ(result->Signal, 9);
    EXPECT_TRUE(descendants(static_cast<pid_t>(shim)).empty());
    destroy(*stubborn.task);
    EXPECT_EQ(::kill(static_cast<pid_t>(shim), 0), -1);
}

TEST_F(RawExecTest, a_handle_finds_the_task_again_and_its_result_after_it_has_ended) {
    Started started = start(shell("sleep 0.3; echo done; exit 7"));
    ASSERT_TRUE(started.task);
    const std::string saved = codec::to_json(started.task->handle());
    started.task.reset();  // as if the agent had died

    auto handle = codec::from_json<TaskHandle>(saved);
    ASSERT_TRUE(handle);
    auto found = net::run(loop, driver->recover(*handle));
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(wait(**found)->ExitCode, 7);
    found->reset();

    auto late = net::run(loop, driver->recover(*handle));
    ASSERT_TRUE(late);
    EXPECT_EQ(wait(**late)->ExitCode, 7);
    destroy(**late);
    EXPECT_EQ(out(), "done\n");
}

// The agent of this test is a process of its own, killed the hard way while its task runs.
TEST_F(RawExecTest, a_task_outlives_an_agent_that_is_killed) {
    int told[2];
    ASSERT_EQ(::pipe(told), 0);
    TaskConfig task =
        shell("while [ ! -e " + (root / "go").string() + " ]; do sleep 0.02; done; echo survived; exit 4");
    const pid_t agent = ::fork();
    if (agent == 0) {
        SystemClock own_clock;
        net::IoLoop own_loop(own_clock);
        auto own_network = net::make_os_network(own_loop);
        auto own_driver = make_raw_exec(options(), *own_network, own_clock);
        Started started = net::run(own_loop, own_driver->start(std::move(task)));
        const std::string handle = codec::to_json(started.task->handle()) + "\n";
        if (::write(told[1], handle.data(), handle.size()) < 0) _exit(1);
        ::pause();
        _exit(0);
    }
    char line[1024] = {};
    ASSERT_GT(::read(told[0], line, sizeof line - 1), 0);
    ::kill(agent, SIGKILL);
    ::waitpid(agent, nullptr, 0);
    std::ofstream(root / "go") << "";

    auto handle = codec::from_json<TaskHandle>(std::string(trim(line)));
    ASSERT_TRUE(handle);
    auto found = net::run(loop, driver->recover(*handle));
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(wait(**found)->ExitCode, 4);
    destroy(**found);
    EXPECT_EQ(out(), "survived\n");
}

TEST_F(RawExecTest, a_shim_that_was_killed_takes_its_task_with_it_and_is_reported) {
    Started started = start(shell("echo $$; exec sleep 1000"));
    ASSERT_TRUE(started.task);
    while (out().empty()) usleep(1000);
    const auto task = static_cast<pid_t>(*parse_int(trim(out())));
    ::kill(static_cast<pid_t>(*started.task->handle().State.member("shim_pid")->as<int64_t>()), SIGKILL);
    auto result = wait(*started.task);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().message.find("shim ended"), std::string::npos);
    // Dead, though whoever inherited it may not have looked yet.
    const std::string stat = "/proc/" + std::to_string(task) + "/stat";
    const auto dead = [&] { return !fs::exists(stat) || read_all(stat).find(") Z ") != std::string::npos; };
    for (int i = 0; i < 5000 && !dead(); ++i) usleep(1000);
    EXPECT_TRUE(dead());
    destroy(*started.task);
}

TEST_F(RawExecTest, logs_rotate_at_line_ends_and_old_files_go) {
    TaskConfig task = shell("i=0; while [ $i -lt 40 ]; do i=$((i+1)); head -c 8191 /dev/zero | tr '\\0' x; echo; done");
    task.logs.max_size_bytes = 65536;
    task.logs.max_files = 3;
    Started started = start(task);
    ASSERT_TRUE(started.task);
    ASSERT_TRUE(wait(*started.task));
    destroy(*started.task);
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(root / "logs")) {
        const std::string name = entry.path().filename();
        if (!has_prefix(name, "web.stdout")) continue;
        names.push_back(name);
        EXPECT_LE(entry.file_size(), 65536u);
        EXPECT_EQ(read_all(entry.path()).back(), '\n') << name;
    }
    EXPECT_EQ(names.size(), 3u);
    EXPECT_FALSE(fs::exists(root / "logs/web.stdout.0"));
    const ShimLogStart next = find_log(root / "logs", "web.stdout");
    EXPECT_EQ(next.index, next.lowest + 2);
}

TEST_F(RawExecTest, a_link_planted_in_place_of_a_log_is_not_written_through) {
    std::ofstream(root / "victim") << "keep";
    fs::create_symlink(root / "victim", root / "logs/web.stdout.0");
    Started started = start(shell("echo overwritten"));
    ASSERT_TRUE(started.task);
    EXPECT_EQ(wait(*started.task)->ExitCode, 0);
    destroy(*started.task);
    EXPECT_EQ(read_all(root / "victim"), "keep");
}

TEST_F(RawExecTest, usage_counts_the_tasks_processes) {
    Started started = start(shell("echo up; while :; do :; done"));
    ASSERT_TRUE(started.task);
    while (out().empty()) usleep(1000);
    ASSERT_TRUE(started.task->usage());
    usleep(200'000);
    auto usage = started.task->usage();
    ASSERT_TRUE(usage);
    EXPECT_GT(usage->ResourceUsage->MemoryStats->RSS, 100'000u);
    EXPECT_GT(usage->ResourceUsage->CpuStats->Percent, 1.0);
    EXPECT_EQ(usage->Pids.size(), 1u);
    destroy(*started.task);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

TEST_F(RawExecTest, a_directory_too_deep_for_a_socket_address_works) {
    TaskConfig task = shell("exit 0");
    task.state_dir = root / std::string(100, 'd') / std::string(100, 'e');
    fs::create_directories(task.state_dir);
    Started started = start(task);
    ASSERT_TRUE(started.task) << started.error->message;
    EXPECT_EQ(wait(*started.task)->ExitCode, 0);
    destroy(*started.task);
}

TEST_F(RawExecTest, disabled_is_not_detected) {
    auto off = make_raw_exec({}, *network, clock)->fingerprint(clock.now());
    EXPECT_FALSE(off.Detected);
    EXPECT_EQ(off.HealthDescription, "disabled");
    EXPECT_TRUE(driver->fingerprint(clock.now()).Healthy);
}

}  // namespace
}  // namespace drover::driver
