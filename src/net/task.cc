#include "net/task.h"

#include "base/assert.h"
#include "net/event_loop.h"

namespace drover::net {

// The coroutine around a spawned task. Its frame ends itself.
struct TaskGroup::Root {
    struct promise_type {
        Root get_return_object() noexcept { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() noexcept { std::terminate(); }
    };
};

struct TaskGroup::JoinAwaiter {
    TaskGroup& group;
    bool await_ready() const { return group.running_ == 0; }
    void await_suspend(std::coroutine_handle<> joiner) const {
        assert_always(!group.joiner_);
        group.joiner_ = joiner;
    }
    void await_resume() const {}
};

TaskGroup::Root TaskGroup::run(TaskGroup& group, Task<> task) {
    {
        Task<> held = std::move(task);
        co_await std::move(held);
    }  // what the task held is released before its end is told
    group.ended();
}

TaskGroup::~TaskGroup() { assert_always(running_ == 0); }

void TaskGroup::spawn(Task<> task) {
    ++running_;
    run(*this, std::move(task));
}

void TaskGroup::ended() {
    if (--running_ == 0 && joiner_) loop_.resume(std::exchange(joiner_, nullptr));
}

Task<> TaskGroup::join() {
    while (running_ != 0) co_await JoinAwaiter{*this};
}

}  // namespace drover::net
