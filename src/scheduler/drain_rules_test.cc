#include "scheduler/drain_rules.h"

#include <gtest/gtest.h>

namespace drover::scheduler {
namespace {

const Time kNow = Time::from_unix_seconds(1'700'000'000);

// Facts and what follows from them, as texts: allocations are named job[index], with the type of their job before.
class DrainTest : public testing::Test {
protected:
    DrainFacts::Node& node(const std::string& id, Duration deadline = hours(1), Duration since = {}) {
        auto& node = facts_.nodes.emplace_back();
        node.id = id;
        node.strategy.Deadline = deadline;
        if (deadline.ns > 0) node.strategy.ForceDeadline = kNow + deadline - since;
        return node;
    }

    static DrainFacts::Alloc& add(DrainFacts::Node& node, const std::string& type, const std::string& job,
                                  uint32_t index = 0) {
        auto& alloc = node.allocs.emplace_back();
        alloc.id = job + "[" + std::to_string(index) + "]";
        alloc.ns = "default", alloc.job = job, alloc.group = "g", alloc.type = type, alloc.name_index = index;
        return alloc;
    }

    void group(const std::string& job, int64_t count, int64_t max_parallel, int64_t healthy) {
        facts_.groups[{"default", job, "g"}] = {count, max_parallel, healthy};
    }

    // "a[0] b[1]!": marked, ! without a replacement; "done n1", "done n1 by deadline".
    std::string judged() {
        const DrainStep step = judge(facts_, kNow);
        std::string text;
        const auto word = [&](const std::string& w) { text += (text.empty() ? "" : " ") + w; };
        evaluated_.clear();
        std::map<std::string, model::DesiredTransition> marks;
        for (const auto& [job, of_job] : step.marks) {
            evaluated_.push_back(job);
            marks.insert(of_job.begin(), of_job.end());
        }
        for (const auto& [id, mark] : marks) {
            EXPECT_EQ(mark.Migrate, true);
            word(id + (mark.MigrateDisablePlacement.value_or(false) ? "!" : ""));
        }
        for (const auto& [id, by_deadline] : step.done) word("done " + id + (by_deadline ? " by deadline" : ""));
        again_at_ = step.again_at;
        return text;
    }

    DrainFacts facts_;
    std::vector<DrainFacts::JobKey> evaluated_;
    std::optional<Time> again_at_;
};

TEST_F(DrainTest, an_empty_node_is_done) {
    node("n1");
    EXPECT_EQ(judged(), "done n1");
    EXPECT_TRUE(evaluated_.empty());
}

TEST_F(DrainTest, a_service_leaves_by_max_parallel_of_its_healthy_ones) {
    struct Row {
        int64_t count, max_parallel, healthy;
        std::string marked;
    };
    for (const Row& row : std::vector<Row>{{3, 1, 3, "web[0]"},
                                           {3, 2, 3, "web[0] web[1]"},
                                           {3, 1, 2, ""},
                                           {3, 3, 1, "web[0]"},
                                           {3, 9, 3, "web[0] web[1] web[2]"},
                                           {1, 1, 1, "web[0]"},
                                           {5, 1, 5, "web[0]"},
                                           {3, 1, 0, ""}}) {
        facts_ = {};
        auto& n = node("n1");
        for (const uint32_t i : {2U, 0U, 1U}) add(n, "service", "web", i);
        group("web", row.count, row.max_parallel, row.healthy);
        EXPECT_EQ(judged(), row.marked) << row.count << " " << row.max_parallel << " " << row.healthy;
        EXPECT_EQ(again_at_, kNow + hours(1));
    }
}

TEST_F(DrainTest, nodes_share_the_turns_of_a_group) {
    add(node("n1"), "service", "web", 1);
    add(node("n2"), "service", "web", 0);
    group("web", 2, 1, 2);
    EXPECT_EQ(judged(), "web[0]");
    EXPECT_EQ(evaluated_, (std::vector<DrainFacts::JobKey>{{"default", "web"}}));
}

TEST_F(DrainTest, who_was_told_to_leave_is_waited_for_and_not_told_again) {
    add(node("n1"), "service", "web", 0).marked = true;
    group("web", 1, 1, 0);
    EXPECT_EQ(judged(), "");
}

TEST_F(DrainTest, batch_work_may_end_until_the_deadline_and_is_not_replaced_then) {
    auto& n = node("n1");
    add(n, "batch", "sum");
    add(n, "sysbatch", "sweep");
    EXPECT_EQ(judged(), "");
    facts_.nodes[0].strategy.ForceDeadline = kNow;
    EXPECT_EQ(judged(), "sum[0]! sweep[0]! done n1 by deadline");
    EXPECT_FALSE(again_at_);
}

TEST_F(DrainTest, a_service_without_a_migrate_block_stays_until_the_deadline) {
    add(node("n1"), "service", "web");
    EXPECT_EQ(judged(), "");
    facts_.nodes[0].strategy.ForceDeadline = kNow - seconds(1);
    EXPECT_EQ(judged(), "web[0] done n1 by deadline");
}

TEST_F(DrainTest, system_jobs_and_plugins_leave_last) {
    auto& n = node("n1");
    add(n, "system", "logs");
    add(n, "service", "csi").plugin = true;
    add(n, "service", "web").marked = true;
    group("csi", 1, 1, 1);
    EXPECT_EQ(judged(), "");
    facts_.nodes[0].allocs.pop_back();
    EXPECT_EQ(judged(), "csi[0] logs[0] done n1");
    facts_.nodes[0].strategy.IgnoreSystemJobs = true;
    EXPECT_EQ(judged(), "done n1");
    facts_.nodes[0].strategy.ForceDeadline = kNow;
    EXPECT_EQ(judged(), "done n1 by deadline");
}

TEST_F(DrainTest, a_forced_drain_moves_everything_at_once) {
    auto& n = node("n1", Duration{-1});
    add(n, "system", "logs");
    add(n, "service", "web", 0);
    add(n, "service", "web", 1);
    add(n, "batch", "sum");
    group("web", 2, 1, 2);
    EXPECT_EQ(judged(), "logs[0] sum[0]! web[0] web[1] done n1 by deadline");
    EXPECT_EQ(evaluated_.size(), 3U);
}

TEST_F(DrainTest, without_a_deadline_it_waits_as_long_as_it_takes) {
    add(node("n1", Duration{}), "batch", "sum");
    EXPECT_EQ(judged(), "");
    EXPECT_FALSE(again_at_);
}

TEST_F(DrainTest, a_deadline_takes_those_along_that_are_nearly_due) {
    add(node("n1", hours(1), hours(1)), "batch", "a");
    add(node("n2", hours(1), hours(1) - seconds(4)), "batch", "b");
    add(node("n3", hours(1), hours(1) - seconds(6)), "batch", "c");
    EXPECT_EQ(judged(), "a[0]! b[0]! done n1 by deadline done n2 by deadline");
    EXPECT_EQ(again_at_, kNow + seconds(6));
}

TEST_F(DrainTest, what_a_deadline_takes_is_counted_in_the_turns_of_other_nodes) {
    add(node("n1", hours(1), hours(1)), "service", "web", 0);
    add(node("n2"), "service", "web", 1);
    group("web", 3, 1, 3);
    EXPECT_EQ(judged(), "web[0] done n1 by deadline");
}

}  // namespace
}  // namespace drover::scheduler
