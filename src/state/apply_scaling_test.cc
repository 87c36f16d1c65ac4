#include "state/store_fixture.h"

namespace drover::state {
namespace {

class ScalingTest : public StoreFixture {
protected:
    static Shared<model::ScalingPolicy> policy(const std::string& id, const std::string& job, int64_t max,
                                               uint64_t created = 0) {
        auto policy = std::make_shared<model::ScalingPolicy>();
        policy->ID = id;
        policy->Type = "horizontal";
        policy->Target["Job"] = job;
        policy->Target["Group"] = "g";
        policy->Max = max;
        policy->CreateIndex = created;
        return policy;
    }

    model::Job scaled(Shared<model::ScalingPolicy> policy, int64_t count = 1) {
        model::Job j = job("j", count);
        j.TaskGroups[0].Scaling = std::move(policy);
        return j;
    }

    Shared<model::ScalingPolicy> row(const std::string& id) {
        return store.view().rows<model::ScalingPolicy>().find(id);
    }

    const std::string first = id(), second = id();
};

TEST_F(ScalingTest, policies_follow_the_newest_version_of_their_job) {
    ASSERT_TRUE(apply(registration(scaled(policy(first, "j", 5)))));
    ASSERT_TRUE(row(first));
    EXPECT_EQ(row(first)->CreateIndex, index);
    const uint64_t created = index;
    ASSERT_TRUE(apply(registration(scaled(policy(first, "j", 9, created), 2))));
    EXPECT_EQ(row(first)->Max, 9);
    EXPECT_EQ(row(first)->CreateIndex, created);
    EXPECT_EQ(row(first)->ModifyIndex, index);
    ASSERT_TRUE(apply(registration(scaled(policy(second, "j", 5)))));
    EXPECT_FALSE(row(first));
    ASSERT_TRUE(row(second));
    ASSERT_TRUE(apply(registration(scaled(nullptr))));
    EXPECT_FALSE(row(second));
}

TEST_F(ScalingTest, a_child_does_not_own_its_parents_policies) {
    ASSERT_TRUE(apply(registration(scaled(policy(first, "j", 5)))));
    model::Job child = *store.view().jobs().find("default", "j");
    child.ID = child.Name = "j/dispatch-1";
    child.ParentID = "j";
    ASSERT_TRUE(apply(registration(child)));
    command::DeregisterJob purge;
    purge.Namespace = "default", purge.JobID = child.ID, purge.Purge = true;
    ASSERT_TRUE(apply(purge));
    EXPECT_TRUE(row(first));
    purge.JobID = "j";
    ASSERT_TRUE(apply(purge));
    EXPECT_FALSE(row(first));
}

TEST_F(ScalingTest, the_newest_events_of_a_group_are_kept) {
    command::RegisterScalingEvent event;
    event.Namespace = "default", event.JobID = "j", event.TaskGroup = "g";
    EXPECT_FALSE(apply(event));
    ASSERT_TRUE(apply(registration(job("j"))));
    for (int64_t count = 0; count < 25; ++count) {
        event.Event.Count = count;
        ASSERT_TRUE(apply(event));
    }
    const auto kept = store.view().rows<model::JobScalingEvents>().find("default", "j");
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->ModifyIndex, index);
    const auto& events = *kept->ScalingEvents.get("g");
    ASSERT_EQ(events.size(), 20u);
    EXPECT_EQ(events.front().Count, 24);
    EXPECT_EQ(events.front().CreateIndex, index);
    EXPECT_EQ(events.back().Count, 5);
    command::DeregisterJob purge;
    purge.Namespace = "default", purge.JobID = "j", purge.Purge = true;
    ASSERT_TRUE(apply(purge));
    EXPECT_FALSE(store.view().rows<model::JobScalingEvents>().find("default", "j"));
}

class LaunchTest : public StoreFixture {
protected:
    static constexpr Time kThen = Time::from_unix_seconds(1000);

    model::Job periodic(Time submitted) {
        model::Job j = job("p");
        j.Periodic.make().Enabled = true;
        j.SubmitTime = submitted.unix_ns;
        return j;
    }

    std::optional<Time> launched() {
        const auto row = store.view().periodic_launches().find("default", "p");
        return row ? std::optional(row->Launch) : std::nullopt;
    }
};

TEST_F(LaunchTest, launches_count_from_the_version_that_says_when_they_are) {
    ASSERT_TRUE(apply(registration(periodic(kThen))));
    EXPECT_EQ(launched(), kThen);
    ASSERT_TRUE(apply(registration(periodic(kThen + seconds(5)))));
    EXPECT_EQ(launched(), kThen) << "nothing changed";
    model::Job changed = periodic(kThen + seconds(9));
    changed.Periodic->Spec = "* * * * *";
    ASSERT_TRUE(apply(registration(changed)));
    EXPECT_EQ(launched(), kThen + seconds(9));
    command::DeregisterJob stop;
    stop.Namespace = "default", stop.JobID = "p";
    ASSERT_TRUE(apply(stop));
    EXPECT_EQ(launched(), std::nullopt);
}

TEST_F(LaunchTest, a_child_notes_its_launch_with_the_parent) {
    ASSERT_TRUE(apply(registration(periodic(kThen))));
    model::Job child = job("p/periodic-1060");
    child.ParentID = "p";
    auto command = registration(child);
    command.Launch = kThen + seconds(60);
    ASSERT_TRUE(apply(command));
    EXPECT_EQ(launched(), kThen + seconds(60));
    EXPECT_EQ(store.view().periodic_launches().find("default", "p")->ModifyIndex, index);
    EXPECT_EQ(store.view().job_summaries().find("default", "p")->Children->Pending, 1);
}

TEST_F(LaunchTest, of_children_with_one_idempotency_token_the_first_stays_alone) {
    ASSERT_TRUE(apply(registration(job("parent"))));
    model::Job child = job("parent/dispatch-1");
    child.ParentID = "parent", child.DispatchIdempotencyToken = "token";
    auto done = apply(registration(child));
    ASSERT_TRUE(done);
    EXPECT_TRUE(done->changed);
    child.ID = child.Name = "parent/dispatch-2";
    done = apply(registration(child));
    ASSERT_TRUE(done);
    EXPECT_FALSE(done->changed);
    EXPECT_FALSE(store.view().jobs().find("default", child.ID));
    child.DispatchIdempotencyToken = "other";
    EXPECT_TRUE(apply(registration(child))->changed);
}

}  // namespace
}  // namespace drover::state
