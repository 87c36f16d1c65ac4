#pragma once
// Task<T>: a coroutine that starts when it is awaited and hands its result to the one who awaits it, without a thread,
// a queue or a lock in between (symmetric transfer, so that loops of ready waits use no stack). A task is awaited once.
// One that has started must be run to its end: nobody destroys a coroutine that waits; it is cancelled by its token and
// then awaited. Work that runs beside its starter belongs to a TaskGroup.
//
// Parameters of a coroutine are passed by value; references only where the caller awaits in the same scope. A lambda
// that captures is never a coroutine. Exceptions travel to the awaiter; one that leaves a spawned task ends the
// process.

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "net/cancel.h"

namespace drover::net {

class Loop;

template <class T = void>
class Task;

namespace detail {

struct TaskPromiseBase {
    struct FinalAwaiter {
        bool await_ready() const noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) const noexcept {
            return self.promise().continuation;
        }
        void await_resume() const noexcept {}
    };

    std::suspend_always initial_suspend() noexcept { return {}; }
    FinalAwaiter final_suspend() noexcept { return {}; }
    void unhandled_exception() noexcept { exception = std::current_exception(); }

    std::coroutine_handle<> continuation;
    std::exception_ptr exception;
};

template <class T>
struct TaskPromise : TaskPromiseBase {
    Task<T> get_return_object() noexcept;
    template <class U>
    void return_value(U&& value) {
        result.emplace(std::forward<U>(value));
    }
    void return_value(T value) { result.emplace(std::move(value)); }
    T take() {
        if (exception) std::rethrow_exception(std::move(exception));
        return std::move(*result);
    }
    std::optional<T> result;
};

template <>
struct TaskPromise<void> : TaskPromiseBase {
    Task<void> get_return_object() noexcept;
    void return_void() noexcept {}
    void take() {
        if (exception) std::rethrow_exception(std::move(exception));
    }
};

}  // namespace detail

template <class T>
class [[nodiscard]] Task {
public:
    using promise_type = detail::TaskPromise<T>;

    Task() = default;
    Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
    Task& operator=(Task&& other) noexcept {
        if (this != &other) {
            if (frame_) frame_.destroy();
            frame_ = std::exchange(other.frame_, nullptr);
        }
        return *this;
    }
    ~Task() {
        if (frame_) frame_.destroy();
    }

    // Whether there is a coroutine to await.
    explicit operator bool() const { return frame_ != nullptr; }

    struct Awaiter {
        std::coroutine_handle<promise_type> frame;
        bool await_ready() const noexcept { return false; }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiter) const noexcept {
            frame.promise().continuation = awaiter;
            return frame;
        }
        T await_resume() const { return frame.promise().take(); }
    };
    Awaiter operator co_await() && { return Awaiter{frame_}; }

private:
    friend promise_type;
    explicit Task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
    std::coroutine_handle<promise_type> frame_;
};

template <class T>
Task<T> detail::TaskPromise<T>::get_return_object() noexcept {
    return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

inline Task<void> detail::TaskPromise<void>::get_return_object() noexcept {
    return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

// The tasks that somebody started beside himself. Lives on one loop. Before it is destroyed its tasks must have ended:
// cancel() and co_await join(); the destructor asserts it.
class TaskGroup {
public:
    explicit TaskGroup(Loop& loop, CancelToken parent = {}) : loop_(loop), source_(std::move(parent)) {}
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;
    ~TaskGroup();

    // Runs the task at once, up to its first wait. Also after cancel(): the task then finds its token cancelled.
    void spawn(Task<> task);
    // What the tasks should carry. Cancelled by cancel(), or with the parent.
    CancelToken token() const { return source_.token(); }
    void cancel(Error reason = Error::canceled("canceled")) { source_.cancel(std::move(reason)); }
    // Until no task is left, those spawned meanwhile included. One waiter.
    Task<> join();
    size_t size() const { return running_; }

private:
    struct Root;
    struct JoinAwaiter;
    static Root run(TaskGroup& group, Task<> task);
    void ended();

    Loop& loop_;
    CancelSource source_;
    size_t running_ = 0;
    std::coroutine_handle<> joiner_;
};

}  // namespace drover::net
