#include "client/fingerprint.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "client/health.h"

namespace drover::client {
namespace {

namespace fs = std::filesystem;

struct FingerprintTest : testing::Test {
    fs::path root;
    ClientConfig config;
    model::Node node;

    void SetUp() override {
        char pattern[] = "/tmp/drover-test-XXXXXX";
        root = ::mkdtemp(pattern);
    }
    void TearDown() override { fs::remove_all(root); }
    void file(const std::string& path, const std::string& text) {
        fs::create_directories((root / path).parent_path());
        std::ofstream(root / path) << text;
    }
    void two_cores() {
        file("proc/cpuinfo",
             "processor : 0\nmodel name : Some CPU\ncpu MHz : 2595.9\n\nprocessor : 1\ncpu MHz : 2596.0\n");
        file("sys/devices/system/cpu/online", "0-1\n");
        file("sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0-1\n");
        file("sys/devices/system/cpu/cpu1/topology/thread_siblings_list", "0-1\n");
        file("sys/devices/system/node/online", "0\n");
        file("sys/devices/system/node/node0/cpulist", "0-1\n");
    }
};

TEST_F(FingerprintTest, counts_cores_and_adds_their_speeds) {
    two_cores();
    fingerprint_cpu(config, root, node);
    EXPECT_EQ(node.Attributes["cpu.modelname"], "Some CPU");
    EXPECT_EQ(node.Attributes["cpu.frequency"], "2596");
    EXPECT_EQ(node.Attributes["cpu.numcores"], "2");
    EXPECT_EQ(node.Attributes["cpu.totalcompute"], "5192");
    EXPECT_EQ(node.Attributes["numa.node0.cores"], "0-1");
    EXPECT_EQ(node.NodeResources->Cpu.CpuShares, 5192);
    EXPECT_TRUE(node.NodeResources->Processors.Topology->Cores[0].Grade);
}

TEST_F(FingerprintTest, base_frequency_counts_before_the_highest) {
    two_cores();
    file("sys/devices/system/cpu/cpu0/cpufreq/base_frequency", "3000000\n");
    file("sys/devices/system/cpu/cpu1/cpufreq/cpuinfo_max_freq", "4000000\n");
    fingerprint_cpu(config, root, node);
    EXPECT_EQ(node.Attributes["cpu.totalcompute"], "7000");
}

TEST_F(FingerprintTest, the_operators_word_counts_and_reserved_cores_are_withheld) {
    two_cores();
    config.reserved.cores = "1";
    config.reserved.cpu_mhz = 96;
    fingerprint_cpu(config, root, node);
    EXPECT_EQ(node.Attributes["cpu.reservablecores"], "1");
    EXPECT_EQ(node.Attributes["cpu.usablecompute"], "2500");
    config.cpu_total_compute = 8000;
    fingerprint_cpu(config, root, node);
    EXPECT_EQ(node.Attributes["cpu.usablecompute"], "8000");
}

TEST_F(FingerprintTest, memory_and_system) {
    file("proc/meminfo", "MemTotal:       2048000 kB\nMemFree: 1 kB\n");
    file("etc/os-release", "PRETTY_NAME=\"x\"\nID=debian\nVERSION_ID=\"12\"\n");
    file("etc/debian_version", "12.5\n");
    fingerprint_memory(config, root, node);
    fingerprint_host(root, node);
    EXPECT_EQ(node.NodeResources->Memory.MemoryMB, 2000);
    EXPECT_EQ(node.Attributes["os.name"], "debian");
    EXPECT_EQ(node.Attributes["os.version"], "12.5");
    EXPECT_EQ(node.Attributes["kernel.name"], "linux");
}

TEST_F(FingerprintTest, the_loopback_interface_can_be_asked_for) {
    config.network_interface = "lo";
    config.reserved.ports = "22";
    ASSERT_TRUE(fingerprint_network(config, "", node));
    ASSERT_FALSE(node.NodeResources->NodeNetworks.empty());
    const auto& network = node.NodeResources->NodeNetworks[0];
    EXPECT_EQ(network.Device, "lo");
    EXPECT_EQ(network.Addresses[0].Alias, "default");
    EXPECT_EQ(network.Addresses[0].Address, "127.0.0.1");
    EXPECT_EQ(network.Addresses[0].ReservedPorts, "22");
    EXPECT_EQ(node.Attributes["unique.network.ip-address"], "127.0.0.1");
    config.network_interface = "nosuch0";
    EXPECT_FALSE(fingerprint_network(config, "", node));
}

TEST_F(FingerprintTest, identity_is_made_once_and_secret) {
    SeededRng rng(3);
    config.state_dir = root;
    auto first = node_identity(config, rng);
    auto second = node_identity(config, rng);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->id, second->id);
    EXPECT_EQ(first->secret, second->secret);
    struct stat found{};
    ::stat((root / "secret-id").c_str(), &found);
    EXPECT_EQ(found.st_mode & 0777, 0600u);
    std::ofstream(root / "client-id") << "nonsense";
    EXPECT_FALSE(node_identity(config, rng));
}

TEST(CoreList, spans_and_nonsense) {
    EXPECT_EQ(*parse_core_list("0-2,7"), (List<uint16_t>{0, 1, 2, 7}));
    EXPECT_TRUE(parse_core_list("")->empty());
    EXPECT_FALSE(parse_core_list("3-1"));
    EXPECT_FALSE(parse_core_list("0-99999999"));
}

TEST(Health, needs_unbroken_running_time_and_ends_at_the_deadline) {
    model::TaskGroup group;
    model::Task task;
    task.Name = "web";
    group.Tasks.push_back(task);
    const Time start = Time::from_unix_seconds(1'700'000'000);
    HealthWatch watch({.watched = true, .min_healthy_time = seconds(10), .deadline = seconds(60)}, start);
    Map<model::TaskState> states;
    auto& state = states["web"];
    state.State = "pending";
    EXPECT_FALSE(watch.look(group, states, start).healthy);
    state.State = "running";
    state.StartedAt = start + seconds(5);
    EXPECT_EQ(watch.look(group, states, start + seconds(5)).look_again, seconds(10));
    state.StartedAt = start + seconds(12);  // restarted unseen
    EXPECT_EQ(watch.look(group, states, start + seconds(15)).look_again, seconds(7));
    EXPECT_EQ(watch.look(group, states, start + seconds(22)).healthy, true);

    HealthWatch late({.watched = true, .min_healthy_time = seconds(10), .deadline = seconds(60)}, start);
    state.State = "pending";
    EXPECT_EQ(late.look(group, states, start + seconds(61)).healthy, false);
    state.Failed = true;
    HealthWatch failed({.watched = true, .min_healthy_time = seconds(10), .deadline = seconds(60)}, start);
    EXPECT_EQ(failed.look(group, states, start).healthy, false);
}

}  // namespace
}  // namespace drover::client
