#include "net/event_loop.h"

#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>

#include "base/assert.h"

namespace drover::net {

void Timer::arm(Loop& loop, Deadline deadline) {
    disarm();
    if (deadline == Deadline::never()) return;
    loop_ = &loop;
    at_ = deadline.at;
    loop.timers_.push_back(this);
    loop.place(loop.timers_.size() - 1, this);
    loop.sift(loop.timers_.size() - 1);
}

void Timer::disarm() {
    if (loop_ != nullptr) loop_->remove(*this);
}

Loop::~Loop() {
    for (Timer* timer : timers_) timer->loop_ = nullptr;
}

void Loop::post(std::function<void()> call) {
    // Woken under the lock: once the loop has taken the call, whoever posted it touches the loop no more, so that what
    // the call brings about may be the loop's end.
    std::lock_guard lock(mutex_);
    posted_.push_back(std::move(call));
    has_posted_.store(true, std::memory_order_release);
    if (std::exchange(sleeps_, false) && !on_thread()) wake();
}

bool Loop::may_sleep() {
    std::lock_guard lock(mutex_);
    sleeps_ = posted_.empty();
    return sleeps_;
}

void Loop::woke_up() {
    std::lock_guard lock(mutex_);
    sleeps_ = false;
}

void Loop::place(size_t index, Timer* timer) {
    timers_[index] = timer;
    timer->place_ = index;
}

// Moves the timer at `index` up or down to where it belongs.
void Loop::sift(size_t index) {
    Timer* timer = timers_[index];
    while (index > 0 && timer->at_ < timers_[(index - 1) / 2]->at_) {
        place(index, timers_[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    for (size_t child = 2 * index + 1; child < timers_.size(); child = 2 * index + 1) {
        if (child + 1 < timers_.size() && timers_[child + 1]->at_ < timers_[child]->at_) ++child;
        if (timer->at_ <= timers_[child]->at_) break;
        place(index, timers_[child]);
        index = child;
    }
    place(index, timer);
}

void Loop::remove(Timer& timer) {
    const size_t index = timer.place_;
    Timer* last = timers_.back();
    timers_.pop_back();
    timer.loop_ = nullptr;
    if (last == &timer) return;
    place(index, last);
    sift(index);
}

bool Loop::idle() const { return ready_.empty() && !has_posted_.load(std::memory_order_acquire); }

void Loop::turn() {
    run_posted();
    run_ready();
    run_timers();
}

void Loop::run_posted() {
    if (!has_posted_.load(std::memory_order_acquire)) return;
    std::vector<std::function<void()>> calls;
    {
        std::lock_guard lock(mutex_);
        calls.swap(posted_);
        has_posted_.store(false, std::memory_order_relaxed);
    }
    for (auto& call : calls) {
        call();
        call = nullptr;
    }
}

void Loop::run_ready() {
    for (size_t left = ready_.size(); left > 0; --left) {
        std::coroutine_handle<> handle = ready_.front();
        ready_.pop_front();
        handle.resume();
    }
}

void Loop::run_timers() {
    if (timers_.empty()) return;
    const Duration time = now();
    while (!timers_.empty() && timers_.front()->at_ <= time) {
        Timer& timer = *timers_.front();
        remove(timer);
        timer.on_timer();
    }
}

bool Waiter::await_ready() {
    if (limit_.cancel.cancelled()) {
        result_ = fail(limit_.cancel.reason());
        return true;
    }
    return already();
}

void Waiter::await_suspend(std::coroutine_handle<> handle) {
    handle_ = handle;
    hook(limit_.cancel);
    Timer::arm(loop_, limit_.deadline);
    on_wait();
}

void Waiter::finish(Result<> result) {
    if (finished_) return;
    finished_ = true;
    result_ = std::move(result);
    disarm();
    unhook();
    loop_.resume(handle_);
}

void Waiter::on_timer() {
    on_abandon();
    finish(at_deadline());
}

void Waiter::on_cancel() {
    on_abandon();
    finish(fail(limit_.cancel.reason()));
}

struct BlockingPool::State {
    explicit State(size_t max) : max_waiting(max) {}
    const size_t max_waiting;
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<void()>> waiting;
    bool closing = false;
    std::vector<std::thread> threads;

    void work();
};

void BlockingPool::State::work() {
    std::unique_lock lock(mutex);
    for (;;) {
        changed.wait(lock, [&] { return closing || !waiting.empty(); });
        if (waiting.empty()) return;
        std::function<void()> work = std::move(waiting.front());
        waiting.pop_front();
        lock.unlock();
        work();
        work = nullptr;
        lock.lock();
    }
}

BlockingPool::BlockingPool(size_t threads, size_t max_waiting, int niceness)
    : state_(std::make_unique<State>(max_waiting)) {
    const auto work = [state = state_.get(), niceness] {
        // On Linux this is of the thread alone. It may always stand back.
        if (niceness > 0) setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness);
        state->work();
    };
    for (size_t i = 0; i < threads; ++i) state_->threads.emplace_back(work);
}

BlockingPool::~BlockingPool() {
    {
        std::lock_guard lock(state_->mutex);
        state_->closing = true;
    }
    state_->changed.notify_all();
    for (std::thread& thread : state_->threads) thread.join();
}

Result<> BlockingPool::submit(std::function<void()> work) {
    {
        std::lock_guard lock(state_->mutex);
        if (state_->waiting.size() >= state_->max_waiting) return fail(Error::unavailable("too much work is waiting"));
        state_->waiting.push_back(std::move(work));
    }
    state_->changed.notify_one();
    return {};
}

}  // namespace drover::net
