#include "replay/fleet.h"

#include <gtest/gtest.h>

namespace drover::replay {
namespace {

std::string error_of(std::string_view text) {
    SeededRng rng(1);
    const auto nodes = read_fleet("fleet.csv", text, rng);
    return nodes ? "" : nodes.error().message;
}

TEST(Fleet, a_group_is_as_many_nodes_as_it_counts) {
    SeededRng rng(1);
    const auto nodes = read_fleet("f", "Name,Count,CPU,Devices,Class\na,2,100,nvidia/gpu/a100:3,big\nb,1,50,,\n", rng);
    ASSERT_TRUE(nodes) << nodes.error().message;
    ASSERT_EQ(nodes->size(), 3u);
    const model::Node& first = *nodes->at(0);
    EXPECT_EQ(first.Name, "a-0");
    EXPECT_EQ(nodes->at(1)->Name, "a-1");
    EXPECT_EQ(nodes->at(2)->Name, "b");
    EXPECT_EQ(first.NodeResources->Cpu.CpuShares, 100);
    EXPECT_EQ(first.NodeClass, "big");
    ASSERT_EQ(first.NodeResources->Devices.size(), 1u);
    EXPECT_EQ(first.NodeResources->Devices[0].Instances.size(), 3u);
    EXPECT_NE(first.ID, nodes->at(1)->ID);
    SeededRng same(1);
    EXPECT_EQ(read_fleet("f", "Name\nx\n", same)->at(0)->ID, first.ID);
}

TEST(Fleet, errors_name_file_line_and_field) {
    EXPECT_EQ(error_of("CPU\n5\n"), "fleet.csv:2: field Name: missing");
    EXPECT_EQ(error_of("Name,CPU\na,0\n"), "fleet.csv:2: field CPU: 0 is not between 1 and 1000000000");
    EXPECT_EQ(error_of("Name,Count\na,3\nb,-1\n"), "fleet.csv:3: field Count: -1 is not between 0 and 200000");
    EXPECT_EQ(error_of("Name,Devices\na,gpu:1\n"),
              "fleet.csv:2: field Devices: \"gpu:1\" is not vendor/type/name:count");
    EXPECT_EQ(error_of("Name,Count,Devices\na,10,v/t/n:4096\nb,200000,v/t/n:25\n"),
              "fleet.csv:3: field Devices: more than 5000000 instances on all nodes together");
    std::string many = "v/t/n:4096";
    for (int i = 0; i < 2000; ++i) many += ";v/t/n:4096";
    EXPECT_EQ(error_of("Name,Count,Devices\na,0," + many + "\n"),
              "fleet.csv:2: field Devices: more than 5000000 instances on all nodes together");
    EXPECT_EQ(error_of("Name,Count\na,2\na-1,1\n"), "fleet.csv:3: field Name: \"a-1\" is there already");
}

}  // namespace
}  // namespace drover::replay
