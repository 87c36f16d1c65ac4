#include "state/store_fixture.h"

namespace drover::state {
namespace {

class NodeCommands : public StoreFixture {
protected:
    NodeCommands() {
        model::Node node;
        node.ID = node_id, node.Name = "n1", node.Status = "ready";
        command::RegisterNode command;
        command.Node = std::make_shared<model::Node>(node);
        EXPECT_TRUE(apply(std::move(command)));
    }

    command::SetNodeDrain drain(bool drains) {
        command::SetNodeDrain command;
        auto& update = command.Updates[node_id];
        if (drains) {
            update.DrainStrategy.make().Deadline = hours(1);
            update.DrainStrategy->StartedAt = Time::from_unix_ns(index_time());
        }
        command.UpdatedAt = index_time();
        return command;
    }
    int64_t index_time() const { return static_cast<int64_t>(index) * 1'000; }
    Shared<model::Node> stored() { return store.view().nodes().find(node_id); }
};

TEST_F(NodeCommands, a_drain_makes_ineligible_and_keeps_when_it_began) {
    auto first = drain(true);
    first.Meta["why"] = "repair";
    first.UpdatedBy = "somebody";
    const Time began = first.Updates[node_id].DrainStrategy->StartedAt;
    ASSERT_TRUE(apply(first));
    EXPECT_EQ(stored()->SchedulingEligibility, "ineligible");
    ASSERT_TRUE(apply(drain(true)));
    EXPECT_EQ(stored()->DrainStrategy->StartedAt, began);
    auto end = drain(false);
    end.Complete = true;
    ASSERT_TRUE(apply(end));
    const auto node = stored();
    EXPECT_FALSE(node->DrainStrategy);
    EXPECT_EQ(node->LastDrain->Status, "complete");
    EXPECT_EQ(node->LastDrain->AccessorID, "somebody");
    EXPECT_EQ(*node->LastDrain->Meta.get("why"), "repair");
    EXPECT_EQ(node->SchedulingEligibility, "ineligible");
}

TEST_F(NodeCommands, an_ended_drain_is_eligible_again_if_asked) {
    ASSERT_TRUE(apply(drain(true)));
    auto end = drain(false);
    end.Updates[node_id].MarkEligible = true;
    ASSERT_TRUE(apply(end));
    EXPECT_EQ(stored()->LastDrain->Status, "canceled");
    EXPECT_EQ(stored()->SchedulingEligibility, "eligible");
}

TEST_F(NodeCommands, evaluations_name_the_change_that_they_follow) {
    command::SetNodeStatus command;
    command.NodeID = node_id, command.Status = "down";
    command.UpdatedAt = Time::from_unix_seconds(1'700'000'000).unix_ns;
    auto e = std::make_shared<model::Evaluation>(eval("j"));
    e->NodeID = node_id;
    command.Evals.push_back(e);
    ASSERT_TRUE(apply(command));
    EXPECT_EQ(store.view().evals().find(e->ID)->NodeModifyIndex, index);
    EXPECT_EQ(stored()->ModifyIndex, index);
    EXPECT_EQ(stored()->StatusUpdatedAt, 1'700'000'000);
}

}  // namespace
}  // namespace drover::state
