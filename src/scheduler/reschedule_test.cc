#include "scheduler/reschedule.h"

#include <gtest/gtest.h>

#include "scheduler/name_index.h"

namespace drover::scheduler {
namespace {

const Time kNow = Time::from_unix_seconds(1'700'000'000);

model::Allocation failed_alloc(model::ReschedulePolicy policy, std::vector<std::pair<Duration, Duration>> events) {
    model::Job job;
    job.TaskGroups.emplace_back().Name = "g";
    job.TaskGroups[0].ReschedulePolicy = std::move(policy);
    model::Allocation alloc;
    alloc.ID = "a";
    alloc.NodeID = "n";
    alloc.TaskGroup = "g";
    alloc.Job = std::make_shared<model::Job>(std::move(job));
    alloc.ClientStatus = "failed";
    for (auto [ago, delay] : events) {
        alloc.RescheduleTracker.make().Events.push_back({(kNow - ago).unix_ns, "p", "m", delay});
    }
    return alloc;
}

const model::ReschedulePolicy kExponential{0, {}, seconds(30), "exponential", minutes(5), true};

TEST(Reschedule, exponential_doubles_up_to_its_limit_and_starts_again_after_a_long_run) {
    EXPECT_EQ(reschedule_at(failed_alloc(kExponential, {}), kNow), kNow + seconds(30));
    EXPECT_EQ(reschedule_at(failed_alloc(kExponential, {{minutes(1), seconds(30)}}), kNow), kNow + seconds(60));
    EXPECT_EQ(reschedule_at(failed_alloc(kExponential, {{minutes(1), minutes(4)}}), kNow), kNow + minutes(5));
    EXPECT_EQ(reschedule_at(failed_alloc(kExponential, {{minutes(6), minutes(4)}}), kNow), kNow + seconds(30));
}

TEST(Reschedule, fibonacci_adds_the_last_two) {
    const model::ReschedulePolicy policy{0, {}, seconds(10), "fibonacci", hours(1), true};
    EXPECT_EQ(reschedule_at(failed_alloc(policy, {{minutes(1), seconds(10)}}), kNow), kNow + seconds(10));
    EXPECT_EQ(reschedule_at(failed_alloc(policy, {{minutes(2), seconds(10)}, {minutes(1), seconds(20)}}), kNow),
              kNow + seconds(30));
}

TEST(Reschedule, attempts_count_within_the_interval) {
    const model::ReschedulePolicy policy{1, hours(1), seconds(5), "constant", {}, false};
    EXPECT_EQ(reschedule_at(failed_alloc(policy, {}), kNow), kNow + seconds(5));
    EXPECT_EQ(reschedule_at(failed_alloc(policy, {{minutes(5), seconds(5)}}), kNow), std::nullopt);
    EXPECT_EQ(reschedule_at(failed_alloc(policy, {{hours(2), seconds(5)}}), kNow), kNow + seconds(5));
}

TEST(Reschedule, no_attempts_and_not_unlimited_is_off) {
    EXPECT_EQ(reschedule_at(failed_alloc({0, hours(1), seconds(5), "constant", {}, false}, {}), kNow), std::nullopt);
}

TEST(Reschedule, the_record_keeps_five_events_and_adds_one) {
    std::vector<std::pair<Duration, Duration>> events;
    for (int i = 9; i > 0; --i) events.push_back({minutes(i), seconds(30)});
    const auto tracker = next_tracker(failed_alloc(kExponential, events), kNow);
    ASSERT_EQ(tracker.Events.size(), 6U);
    EXPECT_EQ(tracker.Events.back().PrevAllocID, "a");
    EXPECT_EQ(tracker.Events.back().PrevNodeID, "n");
    EXPECT_EQ(tracker.LastReschedule, "ok");
}

TEST(NameIndex, gives_the_lowest_free_names_and_then_starts_again) {
    NameIndex names("job", "g", 3);
    names.use("job.g[1]");
    EXPECT_EQ(names.next(2), (std::vector<std::string>{"job.g[0]", "job.g[2]"}));
    EXPECT_EQ(names.next(1), (std::vector<std::string>{"job.g[0]"}));
}

TEST(NameIndex, takes_the_highest_first_when_there_are_too_many) {
    NameIndex names("job", "g", 1);
    for (const char* name : {"job.g[0]", "job.g[4]", "job.g[2]"}) names.use(name);
    EXPECT_EQ(names.highest(2), (std::set<std::string>{"job.g[4]", "job.g[2]"}));
    EXPECT_EQ(names.highest(2), (std::set<std::string>{"job.g[0]"}));
}

}  // namespace
}  // namespace drover::scheduler
