#include "server/node_calls.h"

#include <gtest/gtest.h>

namespace drover::server {
namespace {

TEST(NodeCalls, Servers_name_methods_of_nodes_in_their_own_way) {
    const NodeMethod* stats = find_node_method("ClientAllocations.Stats", false);
    ASSERT_NE(stats, nullptr);
    EXPECT_EQ(stats->node_name, "Allocations.Stats");
    EXPECT_EQ(stats->names, NodeMethod::Names::alloc);
    const NodeMethod* volume = find_node_method("ClientHostVolume.Create", false);
    ASSERT_NE(volume, nullptr);
    EXPECT_EQ(volume->node_name, "HostVolume.Create");
    EXPECT_EQ(volume->names, NodeMethod::Names::node);
}

TEST(NodeCalls, Streams_and_calls_are_apart) {
    EXPECT_NE(find_node_method("FileSystem.Logs", true), nullptr);
    EXPECT_EQ(find_node_method("FileSystem.Logs", false), nullptr);
    EXPECT_NE(find_node_method("FileSystem.List", false), nullptr);
    EXPECT_EQ(find_node_method("FileSystem.List", true), nullptr);
}

TEST(NodeCalls, Names_that_nodes_use_are_no_methods_of_servers) {
    EXPECT_EQ(find_node_method("Allocations.Restart", false), nullptr);
    EXPECT_FALSE(has_node_service("Allocations."));
    EXPECT_TRUE(has_node_service("ClientAllocations."));
}

}  // namespace
}  // namespace drover::server
