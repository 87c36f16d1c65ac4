#include "client/restart_tracker.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

using Kind = RestartDecision::Kind;
const Time kStart = Time::from_unix_seconds(1'700'000'000);

model::RestartPolicy policy(int64_t attempts, std::string mode = "fail") {
    model::RestartPolicy out;
    out.Attempts = attempts;
    out.Interval = minutes(5);
    out.Delay = seconds(10);
    out.Mode = std::move(mode);
    return out;
}

struct RestartTrackerTest : testing::Test {
    SeededRng rng{7};
    RestartDecision exit(RestartTracker& tracker, int64_t code, Duration at) {
        driver::ExitResult result;
        result.ExitCode = code;
        tracker.exited(result);
        return tracker.decide(kStart + at);
    }
};

TEST_F(RestartTrackerTest, restarts_within_the_policy_with_a_quarter_of_jitter_and_then_fails) {
    RestartTracker tracker(policy(2), true, rng);
    for (int i = 0; i < 2; ++i) {
        auto decision = exit(tracker, 1, seconds(i));
        EXPECT_EQ(decision.kind, Kind::restart);
        EXPECT_GE(decision.delay, seconds(10));
        EXPECT_LE(decision.delay, milliseconds(12'500));
        EXPECT_EQ(decision.reason, "Restart within policy");
    }
    auto last = exit(tracker, 1, seconds(3));
    EXPECT_EQ(last.kind, Kind::fail);
    EXPECT_EQ(last.reason, "Exceeded allowed attempts 2 in interval 5m0s and mode is \"fail\"");
}

TEST_F(RestartTrackerTest, counts_anew_when_the_interval_is_over) {
    RestartTracker tracker(policy(1), true, rng);
    EXPECT_EQ(exit(tracker, 1, seconds(0)).kind, Kind::restart);
    EXPECT_EQ(exit(tracker, 1, minutes(6)).kind, Kind::restart);
    EXPECT_EQ(exit(tracker, 1, minutes(7)).kind, Kind::fail);
}

TEST_F(RestartTrackerTest, mode_delay_waits_for_the_intervals_end) {
    RestartTracker tracker(policy(1, "delay"), true, rng);
    EXPECT_EQ(exit(tracker, 1, seconds(0)).kind, Kind::restart);
    auto decision = exit(tracker, 1, minutes(1));
    EXPECT_EQ(decision.kind, Kind::restart);
    EXPECT_EQ(decision.delay, minutes(4));
    EXPECT_EQ(decision.reason, "Exceeded allowed attempts, applying a delay");
}

TEST_F(RestartTrackerTest, success_ends_batch_work_and_restarts_a_service) {
    RestartTracker batch(policy(2), RestartTracker::restarts_on_success("batch", nullptr), rng);
    EXPECT_EQ(exit(batch, 0, {}).kind, Kind::end);
    RestartTracker service(policy(2), RestartTracker::restarts_on_success("service", nullptr), rng);
    EXPECT_EQ(exit(service, 0, {}).kind, Kind::restart);
    const model::TaskLifecycleConfig once{.Hook = "prestart", .Sidecar = false},
        sidecar{.Hook = "prestart", .Sidecar = true};
    EXPECT_FALSE(RestartTracker::restarts_on_success("service", &once));
    EXPECT_TRUE(RestartTracker::restarts_on_success("batch", &sidecar));
}

TEST_F(RestartTrackerTest, no_attempts_means_no_restart) {
    RestartTracker batch(policy(0), false, rng);
    EXPECT_EQ(exit(batch, 0, {}).kind, Kind::end);
    auto failed = exit(batch, 1, {});
    EXPECT_EQ(failed.kind, Kind::fail);
    EXPECT_EQ(failed.reason, "Policy allows no restarts");
    RestartTracker service(policy(0), true, rng);
    EXPECT_EQ(exit(service, 0, {}).kind, Kind::fail);
}

TEST_F(RestartTrackerTest, a_requested_restart_is_immediate_and_not_counted) {
    RestartTracker tracker(policy(1), true, rng);
    for (int i = 0; i < 3; ++i) {
        tracker.restart_requested(false);
        auto decision = exit(tracker, 130, {});
        EXPECT_EQ(decision.kind, Kind::restart);
        EXPECT_EQ(decision.delay, Duration{});
        EXPECT_EQ(decision.reason, "");
    }
    EXPECT_EQ(exit(tracker, 1, {}).kind, Kind::restart);
    tracker.restart_requested(true);
    EXPECT_EQ(exit(tracker, 130, {}).kind, Kind::fail);
}

TEST_F(RestartTrackerTest, start_errors) {
    RestartTracker tracker(policy(1), true, rng);
    tracker.start_failed(true);
    EXPECT_EQ(tracker.decide(kStart).kind, Kind::restart);
    tracker.start_failed(false);
    auto decision = tracker.decide(kStart);
    EXPECT_EQ(decision.kind, Kind::fail);
    EXPECT_EQ(decision.reason, "Error was unrecoverable");
}

TEST_F(RestartTrackerTest, a_kill_comes_before_everything) {
    RestartTracker tracker(policy(5), true, rng);
    tracker.restart_requested(false);
    tracker.kill();
    EXPECT_EQ(exit(tracker, 0, {}).kind, Kind::killed);
}

}  // namespace
}  // namespace drover::client
