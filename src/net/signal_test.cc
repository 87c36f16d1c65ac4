#include "net/signal.h"

#include <gtest/gtest.h>

#include <thread>

#include "net/virtual_loop.h"

namespace drover::net {
namespace {

Task<Result<>> wait_for(Event& event, Limit limit) { co_return co_await event.wait(limit); }

TEST(Event, wakes_every_waiter_and_stays_set) {
    VirtualLoop loop;
    Event event(loop);
    int woken = 0;
    TaskGroup group(loop);
    auto waiter = [](Event& e, int& n) -> Task<> {
        Result<> waited = co_await e.wait({});
        if (waited) ++n;
    };
    group.spawn(waiter(event, woken));
    group.spawn(waiter(event, woken));
    loop.settle();
    EXPECT_EQ(woken, 0);
    event.set();
    loop.settle();
    EXPECT_EQ(woken, 2);
    group.spawn(waiter(event, woken));
    EXPECT_EQ(woken, 3);
}

TEST(Event, a_wait_ends_at_its_deadline) {
    VirtualLoop loop;
    Event event(loop);
    const Duration begin = loop.now();
    Result<> waited = run(loop, wait_for(event, {loop.in(seconds(5)), {}}));
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().code, ErrorCode::timeout);
    EXPECT_EQ(loop.now() - begin, seconds(5));
}

TEST(Event, a_cancelled_token_wins_over_a_set_event) {
    VirtualLoop loop;
    Event event(loop);
    event.set();
    CancelSource source;
    source.cancel(Error::canceled("gone"));
    EXPECT_EQ(run(loop, wait_for(event, {{}, source.token()})).error(), Error::canceled("gone"));
}

TEST(Notify, is_kept_for_the_next_wait_once) {
    VirtualLoop loop;
    Notify notify(loop);
    notify.notify();
    notify.notify();
    auto waiter = [](Notify& n, Limit limit) -> Task<Result<>> { co_return co_await n.wait(limit); };
    EXPECT_TRUE(run(loop, waiter(notify, {loop.in(seconds(1)), {}})));
    EXPECT_FALSE(run(loop, waiter(notify, {loop.in(seconds(1)), {}})));
}

TEST(Promise, completed_by_another_thread_resumes_on_the_loop) {
    SystemClock clock;
    IoLoop loop(clock);
    auto [promise, future] = make_promise<int>(loop);
    std::thread other([p = promise]() mutable { p.complete(42); });
    auto both = [](IoLoop& l, Future<int> f) -> Task<std::pair<int, bool>> {
        // A task begins on the caller's thread; if the value were there already, the wait would not leave it.
        (void)co_await l.sleep(milliseconds(1));
        Result<int> value = co_await f.wait({});
        co_return std::pair(value.value_or(0), l.on_thread());
    };
    EXPECT_EQ(run(loop, both(loop, future)), std::pair(42, true));
    other.join();
    EXPECT_FALSE(promise.complete(43)) << "only the first value counts";
}

TEST(Promise, dropped_without_a_value_cancels_the_wait) {
    VirtualLoop loop;
    auto pair = make_promise<int>(loop);
    {
        auto dropped = std::move(pair.first);
    }
    Result<int> value = run(loop, pair.second.wait({}));
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code, ErrorCode::canceled);
}

TEST(Promise, many_threads_wake_many_waiters) {
    SystemClock clock;
    LoopThread thread(clock);
    std::atomic<int> sum = 0;
    std::atomic<bool> joined = false;
    constexpr int kEach = 500;
    std::vector<Promise<int>> promises;
    std::unique_ptr<TaskGroup> group;
    std::atomic<bool> ready = false;
    thread.loop().post([&] {
        group = std::make_unique<TaskGroup>(thread.loop());
        auto add = [](Future<int> f, std::atomic<int>& total) -> Task<> {
            Result<int> value = co_await f.wait({});
            total += value.value_or(0);
        };
        for (int i = 0; i < 4 * kEach; ++i) {
            auto [promise, future] = make_promise<int>(thread.loop());
            promises.push_back(promise);
            group->spawn(add(future, sum));
        }
        ready = true;
    });
    while (!ready) std::this_thread::yield();
    std::vector<std::thread> others;
    for (int t = 0; t < 4; ++t) {
        others.emplace_back([&, t] {
            for (int i = t * kEach; i < (t + 1) * kEach; ++i) promises[i].complete(1);
        });
    }
    for (std::thread& other : others) other.join();
    while (!joined) {
        std::atomic<bool> asked = false;
        thread.loop().post([&] {
            if (group->size() == 0) group.reset(), joined = true;
            asked = true;
        });
        while (!asked) std::this_thread::yield();
    }
    EXPECT_EQ(sum, 4 * kEach);
}

TEST(RunBlocking, runs_on_another_thread_and_returns_the_result) {
    SystemClock clock;
    BlockingPool pool(2);
    IoLoop loop(clock, &pool);
    auto here = std::this_thread::get_id();
    Result<bool> elsewhere =
        run(loop, run_blocking(loop, [here]() -> Result<bool> { return std::this_thread::get_id() != here; }));
    EXPECT_EQ(elsewhere, true);
}

}  // namespace
}  // namespace drover::net
