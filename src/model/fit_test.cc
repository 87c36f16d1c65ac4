#include "model/fit.h"

#include <gtest/gtest.h>

#include "model/alloc_rules.h"
#include "model/ports.h"

namespace drover::model {
namespace {

Node node_with(int64_t cpu, int64_t memory) {
    Node node;
    NodeResources& has = node.NodeResources.make();
    has.Cpu.CpuShares = cpu;
    has.Cpu.ReservableCpuCores = {0, 1, 2};
    has.Memory.MemoryMB = memory;
    has.Disk.DiskMB = 1000;
    has.NodeNetworks = {{"host", "lo", "", 0, {{"ipv4", "default", "10.0.0.1", "22", ""}}}};
    has.MinDynamicPort = 100;
    has.MaxDynamicPort = 102;
    return node;
}

Shared<Allocation> alloc_with(AllocatedResources resources, std::string client_status = "running") {
    Allocation alloc;
    alloc.AllocatedResources = std::make_shared<AllocatedResources>(std::move(resources));
    alloc.ClientStatus = std::move(client_status);
    return std::make_shared<Allocation>(std::move(alloc));
}

AllocatedTaskResources task_with(int64_t cpu, int64_t memory) {
    AllocatedTaskResources task;
    task.Cpu.CpuShares = cpu;
    task.Memory.MemoryMB = memory;
    return task;
}

TEST(Sums, tasks_that_never_run_together_do_not_add_up) {
    AllocatedResources r;
    r.Tasks["init"] = task_with(500, 100);
    r.TaskLifecycles["init"] = TaskLifecycleConfig{"prestart", false};
    r.Tasks["proxy"] = task_with(100, 50);
    r.TaskLifecycles["proxy"] = TaskLifecycleConfig{"prestart", true};
    r.Tasks["web"] = task_with(200, 300);
    r.TaskLifecycles["web"] = nullptr;
    r.Shared.DiskMB = 10;
    const ResourceSums sums = sums_of(r);
    EXPECT_EQ(sums.cpu_mhz, 500);
    EXPECT_EQ(sums.memory_mb, 350);
    EXPECT_EQ(sums.disk_mb, 10);
}

TEST(Fit, names_the_first_dimension_that_is_exceeded) {
    const Node node = node_with(1000, 512);
    AllocatedResources r;
    r.Tasks["t"] = task_with(600, 256);
    const auto alloc = alloc_with(r);
    EXPECT_TRUE(fit(node, std::vector{alloc}).fits());
    EXPECT_EQ(fit(node, std::vector{alloc, alloc}).dimension, "cpu");
    EXPECT_TRUE(fit(node, std::vector{alloc, alloc_with(r, "failed")}).fits());
}

TEST(Fit, refuses_a_core_given_twice) {
    AllocatedResources r;
    r.Tasks["t"].Cpu.ReservedCores = {1};
    const auto alloc = alloc_with(r);
    EXPECT_EQ(fit(node_with(1000, 512), std::vector{alloc, alloc}).dimension, "cores");
}

TEST(Score, a_full_node_packs_best_and_spreads_worst) {
    EXPECT_DOUBLE_EQ(binpack_score({0, 0}), 1);
    EXPECT_DOUBLE_EQ(binpack_score({1, 1}), 0);
    EXPECT_DOUBLE_EQ(spread_score({0, 0}), 0);
    EXPECT_DOUBLE_EQ(spread_score({1, 1}), 1);
}

TEST(Ports, ranges_are_read_sorted_and_bounded) {
    EXPECT_EQ(parse_port_ranges("80-82, 22"), (std::vector<int64_t>{22, 80, 81, 82}));
    EXPECT_EQ(parse_port_ranges(""), std::vector<int64_t>{});
    EXPECT_FALSE(parse_port_ranges("9-1"));
    EXPECT_FALSE(parse_port_ranges("70000"));
    EXPECT_FALSE(parse_port_ranges("x"));
}

TEST(Ports, a_dynamic_port_is_free_and_in_range_and_runs_out) {
    SeededRng rng(1);
    PortTable table(node_with(1, 1));
    NetworkResource request;
    request.DynamicPorts = {{"http", 0, -1, "default", false}, {"rpc", 0, 0, "default", false}};
    const auto offer = table.assign_group(request, rng);
    ASSERT_TRUE(offer);
    ASSERT_EQ(offer->ports.size(), 2u);
    EXPECT_NE(offer->ports[0].Value, offer->ports[1].Value);
    EXPECT_GE(offer->ports[0].Value, 100);
    EXPECT_LE(offer->ports[0].Value, 102);
    EXPECT_EQ(offer->ports[0].To, offer->ports[0].Value);
    EXPECT_EQ(offer->network.IP, "10.0.0.1");
    table.take(*offer);
    const auto second = table.assign_group(request, rng);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().message, "dynamic port selection failed");
}

TEST(Ports, a_static_port_collides_with_reserved_and_taken_ones) {
    SeededRng rng(1);
    PortTable table(node_with(1, 1));
    NetworkResource request;
    request.ReservedPorts = {{"ssh", 22, 0, "default", false}};
    EXPECT_EQ(table.assign_group(request, rng).error().message, "reserved port collision ssh=22");
    request.ReservedPorts = {{"web", 80, 0, "public", false}};
    EXPECT_EQ(table.assign_group(request, rng).error().message, "no addresses available for \"public\" network");
    request.ReservedPorts = {{"web", 80, 0, "", false}};
    ASSERT_TRUE(table.assign_group(request, rng));
    AllocatedResources r;
    r.Shared.Ports = {{"web", 80, 0, "10.0.0.1", false}};
    EXPECT_TRUE(table.add(r));
    EXPECT_FALSE(table.add(r));
}

TEST(AllocRules, names_carry_their_index) {
    EXPECT_EQ(alloc_name("web", "api", 12), "web.api[12]");
    EXPECT_EQ(alloc_index("web.api[12]"), 12u);
    EXPECT_FALSE(alloc_index("web.api"));
}

TEST(AllocRules, older_forms_sum_the_tasks) {
    AllocatedResources r;
    r.Tasks["a"] = task_with(10, 20);
    r.Tasks["b"] = task_with(10, 20);
    r.Tasks["b"].Memory.MemoryMaxMB = 50;
    r.Shared.DiskMB = 7;
    const Resources total = total_resources(r);
    EXPECT_EQ(total.CPU, 20);
    EXPECT_EQ(total.MemoryMB, 40);
    EXPECT_EQ(total.MemoryMaxMB, 70);
    EXPECT_EQ(total.DiskMB, 7);
    EXPECT_EQ(task_resources(r).get("a")->MemoryMaxMB, 0);
}

}  // namespace
}  // namespace drover::model
