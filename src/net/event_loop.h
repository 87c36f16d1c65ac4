#pragma once
// Loop: one thread's queue of things to do and its timers. Everything that belongs to a loop (tasks, streams, timers,
// cancel sources) is touched on its thread only; what other threads may call says so. More threads are more loops.
// IoLoop waits on the kernel; VirtualLoop (net/virtual_loop.h) has a clock that tests move.
//
// Every wait takes a Limit: an instant after which it ends with ErrorCode::timeout, and a token whose cancellation ends
// it with the token's reason. A wait that ends resumes its coroutine from the loop, never inside the call that ended
// it.

#include <atomic>
#include <coroutine>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/cancel.h"
#include "net/task.h"

namespace drover::net {

class Loop;
class Waiter;

// An instant of the loop's monotonic clock. `loop.in(seconds(5))` makes one.
struct Deadline {
    Duration at{INT64_MAX};

    static constexpr Deadline never() { return {}; }
    constexpr auto operator<=>(const Deadline&) const = default;
};

struct Limit {
    Deadline deadline;
    CancelToken cancel;
};

// A one-shot timer. Arming an armed timer moves it. Destroying it disarms it.
class Timer {
public:
    Timer() = default;
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    void arm(Loop& loop, Deadline deadline);  // never() disarms
    void disarm();
    bool armed() const { return loop_ != nullptr; }

protected:
    ~Timer() { disarm(); }

private:
    friend class Loop;
    virtual void on_timer() = 0;  // already disarmed

    Loop* loop_ = nullptr;
    Duration at_;
    size_t place_ = 0;
};

// A timer that calls a function.
class CallTimer final : public Timer {
public:
    explicit CallTimer(std::function<void()> call) : call_(std::move(call)) {}

private:
    void on_timer() override { call_(); }
    std::function<void()> call_;
};

// A few threads for what must block: fsync, reading files, resolving names. Any thread may call submit.
class BlockingPool {
public:
    // `niceness`: how far its threads stand back behind others where processors are short, 0 (not at all) to 19.
    explicit BlockingPool(size_t threads = 4, size_t max_waiting = 4096, int niceness = 0);
    ~BlockingPool();  // finishes what was submitted

    // ErrorCode::unavailable when too many wait already.
    Result<> submit(std::function<void()> work);

private:
    struct State;
    std::unique_ptr<State> state_;
};

class Sleep;

class Loop {
public:
    virtual ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    virtual const Clock& clock() const = 0;
    Duration now() const { return clock().monotonic(); }
    Deadline in(Duration d) const {
        const Duration time = now();
        return d.ns > INT64_MAX - time.ns ? Deadline::never() : Deadline{time + d};
    }

    // Any thread: runs `call` on the loop, in the order of posting.
    void post(std::function<void()> call);
    // Loop thread: resumes the coroutine soon, after what is ready already.
    void resume(std::coroutine_handle<> handle) { ready_.push_back(handle); }

    // `co_await loop.sleep(d)`: success when the time has passed, else the reason of the cancellation.
    Sleep sleep(Duration d, CancelToken cancel = {});
    // `co_await loop.yield()`: lets others run first.
    auto yield();

    // Any thread: runs `work` on a thread that may block (in virtual time: on the loop itself).
    virtual Result<> offload(std::function<void()> work) = 0;

    // Runs the loop here until `done` says so. Called by run(); `done` is asked between turns.
    virtual void drive(const std::function<bool()>& done) = 0;

    // Whether the caller is on the thread that runs this loop now.
    bool on_thread() const { return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }

protected:
    Loop() = default;

    virtual void wake() = 0;  // any thread: ends the implementation's sleep

    // For implementations, on the loop thread. One turn: what was posted, what is ready, timers that are due. A turn
    // is bounded: what becomes ready meanwhile waits for the next.
    void turn();
    bool idle() const;  // nothing posted, nothing ready
    // Before the implementation sleeps: false if something was posted meanwhile. From then on post() calls wake(),
    // until woke_up().
    bool may_sleep();
    void woke_up();
    Deadline next_timer() const { return timers_.empty() ? Deadline::never() : Deadline{timers_.front()->at_}; }
    void enter() { thread_.store(std::this_thread::get_id(), std::memory_order_relaxed); }
    void leave() { thread_.store({}, std::memory_order_relaxed); }

private:
    friend class Timer;
    void place(size_t index, Timer* timer);
    void sift(size_t index);
    void remove(Timer& timer);
    void run_posted();
    void run_ready();
    void run_timers();

    std::deque<std::coroutine_handle<>> ready_;
    std::vector<Timer*> timers_;  // a heap, earliest first
    std::atomic<std::thread::id> thread_;

    mutable std::mutex mutex_;
    std::vector<std::function<void()>> posted_;
    std::atomic<bool> has_posted_ = false;
    bool sleeps_ = false;  // under the mutex
};

// Waits on the kernel (epoll by Asio). One thread calls run(); stop() may be called from any.
class IoLoop final : public Loop {
public:
    // The pool serves offload(); without one, offload() fails. Both must outlive the loop.
    explicit IoLoop(const Clock& clock, BlockingPool* maybe_pool = nullptr);
    ~IoLoop() override;

    void run();  // until stop()
    void stop();

    const Clock& clock() const override { return clock_; }
    Result<> offload(std::function<void()> work) override;
    void drive(const std::function<bool()>& done) override;

    struct Impl;
    Impl& impl() { return *impl_; }

private:
    void wake() override;
    void wait_for_events();

    const Clock& clock_;
    BlockingPool* maybe_pool_;
    std::unique_ptr<Impl> impl_;
};

// An IoLoop and the thread that runs it. Stops and joins when destroyed; its tasks must have ended by then.
class LoopThread {
public:
    explicit LoopThread(const Clock& clock, BlockingPool* maybe_pool = nullptr);
    ~LoopThread();
    IoLoop& loop() { return *loop_; }

private:
    std::unique_ptr<IoLoop> loop_;
    std::thread thread_;
};

// The common half of awaitables: suspends until finish(), the deadline or the cancellation, whichever is first.
// Derive, override on_wait() to enter some list and on_abandon() to leave it, and call finish() on the loop's thread.
class Waiter : Timer, CancelHook {
public:
    Waiter(Loop& loop, Limit limit) : loop_(loop), limit_(std::move(limit)) {}

    bool await_ready();
    void await_suspend(std::coroutine_handle<> handle);
    Result<> await_resume() { return std::move(result_); }

protected:
    virtual bool already() { return false; }  // true: no wait is needed
    virtual void on_wait() = 0;               // may call finish()
    virtual void on_abandon() = 0;            // ended by deadline or cancellation
    void finish(Result<> result = {});        // the first call counts
    virtual Result<> at_deadline() { return fail(Error::timeout("deadline exceeded")); }
    Loop& loop() { return loop_; }
    ~Waiter() = default;

private:
    void on_timer() override;
    void on_cancel() override;

    Loop& loop_;
    Limit limit_;
    std::coroutine_handle<> handle_;
    bool finished_ = false;
    Result<> result_;
};

class Sleep final : public Waiter {
public:
    using Waiter::Waiter;

private:
    void on_wait() override {}
    void on_abandon() override {}
    Result<> at_deadline() override { return {}; }
};

inline Sleep Loop::sleep(Duration d, CancelToken cancel) { return Sleep(*this, Limit{in(d), std::move(cancel)}); }

inline auto Loop::yield() {
    struct Yield {
        Loop& loop;
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> handle) const { loop.resume(handle); }
        void await_resume() const noexcept {}
    };
    return Yield{*this};
}

namespace detail {

template <class T>
Task<> keep_result(Task<T> task, std::optional<T>& into) {
    into.emplace(co_await std::move(task));
}

}  // namespace detail

// Runs the loop on this thread until the task has ended: the bridge for the command line and for tests. In virtual time
// the clock jumps from timer to timer meanwhile.
template <class T>
T run(Loop& loop, Task<T> task) {
    std::optional<T> result;
    TaskGroup group(loop);
    group.spawn(detail::keep_result(std::move(task), result));
    loop.drive([&] { return group.size() == 0; });
    return std::move(*result);
}

inline void run(Loop& loop, Task<> task) {
    TaskGroup group(loop);
    group.spawn(std::move(task));
    loop.drive([&] { return group.size() == 0; });
}

}  // namespace drover::net
