#include "server/broker.h"

#include <gtest/gtest.h>

#include "server/blocked_evals.h"

namespace drover::server {
namespace {

EvalPtr eval_of(const std::string& id, const std::string& job, int64_t priority = 50, uint64_t index = 1) {
    model::Evaluation eval;
    eval.ID = id;
    eval.Namespace = "default";
    eval.JobID = job;
    eval.Type = "service";
    eval.Priority = priority;
    eval.CreateIndex = eval.ModifyIndex = index;
    eval.Status = "pending";
    return std::make_shared<model::Evaluation>(eval);
}

class BrokerTest : public testing::Test {
protected:
    BrokerTest() { broker_.set_enabled(true); }

    std::optional<Broker::Delivery> take() { return broker_.try_dequeue({"service", "batch"}); }
    std::string take_id() {
        const auto delivery = take();
        return delivery ? delivery->eval->ID : "";
    }

    ManualClock clock_;
    SeededRng rng_{1};
    Broker broker_{clock_, rng_};
};

TEST_F(BrokerTest, the_most_urgent_comes_first_then_the_oldest) {
    broker_.enqueue(eval_of("late", "a", 50, 9));
    broker_.enqueue(eval_of("early", "b", 50, 3));
    broker_.enqueue(eval_of("urgent", "c", 90, 20));
    EXPECT_EQ(take_id(), "urgent");
    EXPECT_EQ(take_id(), "early");
    EXPECT_EQ(take_id(), "late");
    EXPECT_EQ(take_id(), "");
}

TEST_F(BrokerTest, one_evaluation_of_a_job_at_a_time_and_the_newest_stands_for_the_rest) {
    broker_.enqueue(eval_of("1", "a", 50, 1));
    broker_.enqueue(eval_of("2", "a", 50, 2));
    broker_.enqueue(eval_of("3", "a", 50, 3));
    const auto first = take();
    EXPECT_EQ(take_id(), "");
    EXPECT_EQ(first->wait_index, 3U);
    ASSERT_TRUE(broker_.ack("1", first->token));
    EXPECT_EQ(take_id(), "3");
    const auto superfluous = broker_.take_cancelable();
    ASSERT_EQ(superfluous.size(), 1U);
    EXPECT_EQ(superfluous[0]->ID, "2");
}

TEST_F(BrokerTest, a_nack_delays_and_the_third_gives_up) {
    broker_.enqueue(eval_of("1", "a"));
    for (const Duration delay : {seconds(1), seconds(20)}) {
        const auto delivery = take();
        ASSERT_TRUE(delivery);
        ASSERT_TRUE(broker_.nack("1", delivery->token));
        clock_.advance(delay - milliseconds(1));
        broker_.tick();
        EXPECT_EQ(take_id(), "");
        clock_.advance(milliseconds(1));
        broker_.tick();
    }
    ASSERT_TRUE(broker_.nack("1", take()->token));
    broker_.tick();
    EXPECT_EQ(take_id(), "");
    const auto failed = broker_.take_failed();
    ASSERT_EQ(failed.size(), 1U);
    EXPECT_TRUE(broker_.ack("1", failed[0].token));
}

TEST_F(BrokerTest, a_worker_that_does_not_answer_loses_its_evaluation) {
    broker_.enqueue(eval_of("1", "a"));
    const auto delivery = take();
    EXPECT_EQ(broker_.next_due(), clock_.monotonic() + kNackTimeout);
    clock_.advance(kNackTimeout);
    broker_.tick();
    EXPECT_FALSE(broker_.ack("1", delivery->token));
    clock_.advance(seconds(1));
    broker_.tick();
    EXPECT_EQ(take_id(), "1");
}

TEST_F(BrokerTest, a_paused_timer_waits_until_it_is_reset) {
    broker_.enqueue(eval_of("1", "a"));
    const auto delivery = take();
    ASSERT_TRUE(broker_.pause_nack("1", delivery->token));
    clock_.advance(hours(1));
    broker_.tick();
    ASSERT_TRUE(broker_.reset_nack("1", delivery->token));
    EXPECT_TRUE(broker_.ack("1", delivery->token));
}

TEST_F(BrokerTest, an_evaluation_that_waits_does_not_hold_up_its_job) {
    auto later = *eval_of("later", "a");
    later.WaitUntil = clock_.now() + minutes(1);
    broker_.enqueue(std::make_shared<model::Evaluation>(later));
    broker_.enqueue(eval_of("now", "a"));
    const auto delivery = take();
    EXPECT_EQ(delivery->eval->ID, "now");
    ASSERT_TRUE(broker_.ack("now", delivery->token));
    EXPECT_EQ(broker_.next_due(), clock_.monotonic() + (later.WaitUntil - clock_.now()));
    clock_.advance(minutes(1));
    broker_.tick();
    EXPECT_EQ(take_id(), "later");
}

TEST_F(BrokerTest, what_its_own_worker_puts_back_comes_after_the_ack) {
    broker_.enqueue(eval_of("1", "a"));
    const auto delivery = take();
    broker_.enqueue(eval_of("1", "a"));
    broker_.enqueue(eval_of("1", "a"), delivery->token);
    EXPECT_EQ(take_id(), "");
    ASSERT_TRUE(broker_.ack("1", delivery->token));
    EXPECT_EQ(take_id(), "1");
    EXPECT_EQ(take_id(), "");
}

TEST_F(BrokerTest, a_wrong_token_is_refused_and_disabling_drops_all) {
    broker_.enqueue(eval_of("1", "a"));
    const auto delivery = take();
    EXPECT_FALSE(broker_.ack("1", "other"));
    EXPECT_TRUE(broker_.outstanding("1", delivery->token));
    broker_.set_enabled(false);
    EXPECT_FALSE(broker_.outstanding("1", delivery->token));
    broker_.enqueue(eval_of("2", "b"));
    EXPECT_EQ(broker_.stats().ready, 0U);
}

class BlockedTest : public testing::Test {
protected:
    BlockedTest() { blocked_.set_enabled(true); }

    static EvalPtr blocked(const std::string& id, const std::string& job, uint64_t snapshot, Map<bool> classes) {
        auto eval = *eval_of(id, job);
        eval.Status = "blocked";
        eval.CreateIndex = 1;
        eval.SnapshotIndex = snapshot;
        eval.ClassEligibility = std::move(classes);
        return std::make_shared<model::Evaluation>(eval);
    }

    ManualClock clock_;
    std::vector<std::string> released_;
    BlockedEvals blocked_{clock_, [this](const EvalPtr& eval, const std::string&) { released_.push_back(eval->ID); }};
};

TEST_F(BlockedTest, a_change_releases_those_that_the_class_may_serve) {
    blocked_.block(blocked("no", "a", 5, {{"x", false}}));
    blocked_.block(blocked("yes", "b", 5, {{"x", true}}));
    blocked_.block(blocked("unseen", "c", 5, {{"y", false}}));
    blocked_.unblock({"x"}, {}, 6);
    EXPECT_EQ(released_, (std::vector<std::string>{"yes", "unseen"}));
    EXPECT_EQ(blocked_.stats().blocked, 1U);
}

TEST_F(BlockedTest, one_that_waits_for_a_node_is_released_by_that_node_alone) {
    const auto waiting = [&](const std::string& id, const std::string& job, const std::string& node) {
        auto eval = *blocked(id, job, 5, {{"x", true}});
        eval.NodeID = node;
        blocked_.block(std::make_shared<model::Evaluation>(eval));
    };
    waiting("first", "a", "n1");
    waiting("other job", "b", "n1");
    waiting("other node", "a", "n2");
    blocked_.unblock({"x"}, {"n3"}, 6);
    EXPECT_TRUE(released_.empty());
    blocked_.unblock({"x"}, {"n1", "n3"}, 7);
    EXPECT_EQ(released_, (std::vector<std::string>{"first", "other job"}));
    waiting("missed", "c", "n3");
    EXPECT_EQ(released_.back(), "missed");
    blocked_.untrack("default", "a");
    blocked_.unblock({}, {"n2"}, 8);
    EXPECT_EQ(released_.size(), 3U);
    EXPECT_EQ(blocked_.stats().blocked, 0U);
}

TEST_F(BlockedTest, a_change_after_the_snapshot_is_not_missed) {
    blocked_.unblock({"x"}, {}, 9);
    blocked_.block(blocked("old", "a", 8, {{"x", true}}));
    blocked_.block(blocked("new", "b", 9, {{"x", true}}));
    EXPECT_EQ(released_, std::vector<std::string>{"old"});
    clock_.advance(minutes(16));
    blocked_.prune();
    blocked_.block(blocked("forgotten", "c", 8, {{"x", true}}));
    EXPECT_EQ(released_.size(), 1U);
}

TEST_F(BlockedTest, one_for_each_job_and_the_fresher_stays) {
    blocked_.block(blocked("first", "a", 5, {{"x", false}}));
    blocked_.block(blocked("second", "a", 7, {{"x", false}}));
    blocked_.block(blocked("stale", "a", 6, {{"x", false}}));
    std::vector<std::string> duplicates;
    for (const auto& eval : blocked_.take_duplicates()) duplicates.push_back(eval->ID);
    EXPECT_EQ(duplicates, (std::vector<std::string>{"first", "stale"}));
    EXPECT_EQ(blocked_.stats().blocked, 1U);
    blocked_.untrack("default", "a");
    EXPECT_EQ(blocked_.stats().blocked, 0U);
}

TEST_F(BlockedTest, who_waits_for_a_node_is_known) {
    auto eval = *blocked("waits", "a", 5, {});
    eval.NodeID = "n1";
    const auto other = std::make_shared<model::Evaluation>(eval);
    EXPECT_FALSE(blocked_.waits_for_node(eval));
    blocked_.block(other);
    EXPECT_TRUE(blocked_.waits_for_node(eval));
    EXPECT_FALSE(blocked_.waits_for_node(*blocked("anywhere", "a", 5, {})));
    blocked_.unblock({}, {"n1"}, 6);
    EXPECT_FALSE(blocked_.waits_for_node(eval));
}

}  // namespace
}  // namespace drover::server
