#include "net/task.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "net/virtual_loop.h"

namespace drover::net {
namespace {

Task<int> give(int n) { co_return n; }

Task<int> sum_of(int count) {
    int sum = 0;
    for (int i = 0; i < count; ++i) sum += co_await give(1);
    co_return sum;
}

TEST(Task, a_long_loop_of_ready_tasks_needs_no_stack) {
    VirtualLoop loop;
    EXPECT_EQ(run(loop, sum_of(1'000'000)), 1'000'000);
}

Task<int> throws() {
    throw std::runtime_error("broken");
    co_return 1;
}

Task<std::string> catches() {
    try {
        co_await throws();
    } catch (const std::runtime_error& e) {
        co_return e.what();
    }
    co_return "nothing";
}

TEST(Task, exceptions_reach_the_awaiter) {
    VirtualLoop loop;
    EXPECT_EQ(run(loop, catches()), "broken");
}

TEST(Task, starts_only_when_awaited) {
    bool started = false;
    auto body = [](bool& flag) -> Task<> {
        flag = true;
        co_return;
    };
    {
        Task<> task = body(started);
    }
    EXPECT_FALSE(started);
}

Task<> append_after(VirtualLoop& loop, Duration d, std::string& out, std::string text, CancelToken cancel) {
    Result<> slept = co_await loop.sleep(d, cancel);
    out += slept ? text : "(" + slept.error().message + ")";
}

TEST(Task, timers_fire_in_order_of_time_when_the_clock_is_advanced) {
    VirtualLoop loop;
    TaskGroup group(loop);
    std::string out;
    group.spawn(append_after(loop, seconds(3), out, "c", {}));
    group.spawn(append_after(loop, seconds(1), out, "a", {}));
    group.spawn(append_after(loop, seconds(2), out, "b", {}));
    loop.advance(milliseconds(2500));
    EXPECT_EQ(out, "ab");
    loop.advance(seconds(1));
    EXPECT_EQ(out, "abc");
    EXPECT_EQ(group.size(), 0u);
}

TEST(TaskGroup, cancel_ends_waits_with_the_reason_and_join_waits_for_them) {
    VirtualLoop loop;
    TaskGroup group(loop);
    std::string out;
    for (int i = 0; i < 3; ++i) group.spawn(append_after(loop, hours(1), out, "x", group.token()));
    EXPECT_EQ(group.size(), 3u);
    group.cancel(Error::canceled("stopping"));
    EXPECT_EQ(out, "") << "nobody is resumed inside the call that cancels";
    run(loop, group.join());
    EXPECT_EQ(out, "(stopping)(stopping)(stopping)");
}

TEST(TaskGroup, is_cancelled_with_its_parent) {
    VirtualLoop loop;
    CancelSource parent;
    TaskGroup group(loop, parent.token());
    std::string out;
    group.spawn(append_after(loop, hours(1), out, "x", group.token()));
    parent.cancel(Error::canceled("parent"));
    loop.settle();
    EXPECT_EQ(out, "(parent)");
}

TEST(TaskGroup, refuses_to_die_with_running_tasks) {
    EXPECT_DEATH(
        {
            VirtualLoop loop;
            TaskGroup group(loop);
            std::string out;
            group.spawn(append_after(loop, hours(1), out, "x", {}));
        },
        "running_ == 0");
}

TEST(CancelSource, keeps_the_first_reason_and_passes_it_down) {
    CancelSource source;
    CancelSource child(source.token());
    EXPECT_FALSE(child.cancelled());
    source.cancel(Error::timeout("first"));
    source.cancel(Error::canceled("second"));
    EXPECT_EQ(child.token().reason(), Error::timeout("first"));
    CancelSource late(source.token());
    EXPECT_TRUE(late.cancelled());
    EXPECT_EQ(late.token().check().error(), Error::timeout("first"));
}

TEST(CancelSource, a_child_that_is_cancelled_leaves_the_parent_alone) {
    CancelSource source;
    {
        CancelSource child(source.token());
        child.cancel();
    }
    EXPECT_FALSE(source.cancelled());
    source.cancel();
}

}  // namespace
}  // namespace drover::net
