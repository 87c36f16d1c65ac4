#include "net/loop.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "net/virtual_loop.h"

namespace drover::net {
namespace {

TEST(BlockingPool, says_so_when_too_much_waits) {
    BlockingPool pool(1, 1);
    std::mutex gate;
    gate.lock();
    std::atomic<bool> running = false;
    ASSERT_TRUE(pool.submit([&] { running = true, std::lock_guard(gate), void(); }));
    while (!running) std::this_thread::yield();
    ASSERT_TRUE(pool.submit([] {}));
    Result<> third = pool.submit([] {});
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().code, ErrorCode::unavailable);
    gate.unlock();
}

TEST(Timer, heap_fires_in_order_whatever_is_armed_moved_and_disarmed) {
    VirtualLoop loop;
    std::mt19937 random(7);
    std::vector<Duration> fired;
    std::vector<std::unique_ptr<CallTimer>> timers;
    for (int i = 0; i < 500; ++i) {
        timers.push_back(std::make_unique<CallTimer>([&] { fired.push_back(loop.now()); }));
        timers.back()->arm(loop, loop.in(milliseconds(random() % 1000 + 1)));
    }
    size_t expected = 500;
    for (int i = 0; i < 500; i += 5) timers[i]->disarm(), --expected;
    for (int i = 1; i < 500; i += 5) timers[i]->arm(loop, loop.in(milliseconds(random() % 1000 + 1)));
    for (int i = 2; i < 500; i += 50) timers[i].reset(), --expected;
    loop.advance(seconds(2));
    EXPECT_EQ(fired.size(), expected);
    EXPECT_TRUE(std::is_sorted(fired.begin(), fired.end()));
}

TEST(IoLoop, sleeps_for_the_time_asked) {
    SystemClock clock;
    IoLoop loop(clock);
    auto nap = [](IoLoop& l) -> Task<Result<>> { co_return co_await l.sleep(milliseconds(20)); };
    const Duration begin = clock.monotonic();
    EXPECT_TRUE(run(loop, nap(loop)));
    EXPECT_GE(clock.monotonic() - begin, milliseconds(20));
}

}  // namespace
}  // namespace drover::net
