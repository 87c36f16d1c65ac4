#include "driver/mock_driver.h"

#include <gtest/gtest.h>

#include "net/virtual_loop.h"

namespace drover::driver {
namespace {

struct MockDriverTest : testing::Test {
    net::VirtualLoop loop;
    std::unique_ptr<Driver> driver = make_mock_driver(loop);

    Started start(codec::AnyObject config) {
        TaskConfig task;
        task.id = "a/b/12345678";
        task.config = std::move(config);
        return net::run(loop, driver->start(std::move(task)));
    }
};

TEST_F(MockDriverTest, runs_as_long_as_told_and_exits_as_told) {
    const Duration before = loop.now();
    Started started = start({{"run_for", "10s"}, {"exit_code", 3}});
    ASSERT_TRUE(started.task);
    auto result = net::run(loop, started.task->wait({}));
    ASSERT_TRUE(result);
    EXPECT_EQ(result->ExitCode, 3);
    EXPECT_EQ(loop.now() - before, seconds(10));
}

TEST_F(MockDriverTest, a_wait_ends_at_its_deadline_and_can_be_repeated) {
    Started started = start({{"run_for", "10s"}});
    auto early = net::run(loop, started.task->wait({loop.in(seconds(4)), {}}));
    ASSERT_FALSE(early);
    EXPECT_EQ(early.error().code, ErrorCode::timeout);
    EXPECT_TRUE(net::run(loop, started.task->wait({})));
}

TEST_F(MockDriverTest, stop_ends_it_with_the_signal_or_kills_after_the_timeout) {
    Started polite = start({{"run_for", "1h"}, {"kill_after", "1s"}});
    ASSERT_TRUE(net::run(loop, polite.task->stop(15, seconds(5))));
    EXPECT_EQ(net::run(loop, polite.task->wait({}))->Signal, 15);
    Started stubborn = start({{"run_for", "1h"}, {"kill_after", "1m"}});
    const Duration before = loop.now();
    ASSERT_TRUE(net::run(loop, stubborn.task->stop(15, seconds(5))));
    EXPECT_EQ(loop.now() - before, seconds(5));
    EXPECT_EQ(net::run(loop, stubborn.task->wait({}))->ExitCode, 137);
}

TEST_F(MockDriverTest, refuses_to_start_when_told) {
    Started started = start({{"start_error", "no luck"}, {"start_error_recoverable", true}});
    EXPECT_FALSE(started.task);
    EXPECT_EQ(started.error->message, "no luck");
    EXPECT_TRUE(started.recoverable);
    EXPECT_FALSE(start({{"unknown_option", 1}}).task);
}

}  // namespace
}  // namespace drover::driver
