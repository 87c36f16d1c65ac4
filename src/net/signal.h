#pragma once
// What wakes coroutines: Event, Notify, Promise and Future, and work that must block. All may be signalled from any
// thread; who waits does so on the loop that the signal was made for and resumes there.

#include <atomic>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "net/event_loop.h"
#include "net/task.h"

namespace drover::net {

namespace detail {

// What an Event, a Notify or a Future shares with those who signal it.
class Signal : public std::enable_shared_from_this<Signal> {
public:
    Signal(Loop& loop, bool sticky) : loop_(loop), sticky_(sticky) {}
    void set();  // any thread
    bool is_set() const { return set_.load(std::memory_order_acquire); }
    void reset() { set_.store(false, std::memory_order_release); }

    class Wait;

private:
    void wake_all();

    Loop& loop_;
    const bool sticky_;
    std::atomic<bool> set_ = false;
    Wait* first_ = nullptr;
};

class Signal::Wait final : public Waiter {
public:
    Wait(std::shared_ptr<Signal> signal, Limit limit)
        : Waiter(signal->loop_, std::move(limit)), signal_(std::move(signal)) {}

private:
    friend class Signal;
    bool already() override;
    void on_wait() override;
    void on_abandon() override { unlink(); }
    void unlink();

    std::shared_ptr<Signal> signal_;
    Wait* previous_ = nullptr;
    Wait* next_ = nullptr;
};

}  // namespace detail

// Becomes true once and stays; every waiter wakes. set() from any thread; the rest on the loop's.
class Event {
public:
    explicit Event(Loop& loop) : signal_(std::make_shared<detail::Signal>(loop, true)) {}
    void set() { signal_->set(); }
    bool is_set() const { return signal_->is_set(); }
    void reset() { signal_->reset(); }
    detail::Signal::Wait wait(Limit limit) { return {signal_, std::move(limit)}; }  // awaits as Result<>

private:
    std::shared_ptr<detail::Signal> signal_;
};

// "Look again": wakes who waits now, or else lets the next wait pass at once; several notifications may become one.
// notify() from any thread; wait() on the loop's. Copies share.
class Notify {
public:
    explicit Notify(Loop& loop) : signal_(std::make_shared<detail::Signal>(loop, false)) {}
    void notify() const { signal_->set(); }
    detail::Signal::Wait wait(Limit limit) { return {signal_, std::move(limit)}; }  // awaits as Result<>

private:
    std::shared_ptr<detail::Signal> signal_;
};

// One value from any thread to one waiting coroutine.
template <class T>
class Future;

namespace detail {

template <class T>
struct Slot {
    explicit Slot(Loop& loop) : signal(std::make_shared<Signal>(loop, true)) {}
    ~Slot() = default;
    std::shared_ptr<Signal> signal;
    std::atomic<bool> taken = false;
    std::optional<T> value;
};

// Tells the waiter when the last copy of a Promise is gone without a value.
template <class T>
struct Completer {
    explicit Completer(std::shared_ptr<Slot<T>> s) : slot(std::move(s)) {}
    ~Completer() { slot->signal->set(); }
    std::shared_ptr<Slot<T>> slot;
};

}  // namespace detail

// Copies share. The first complete() counts; any thread.
template <class T>
class Promise {
public:
    bool complete(T value) {
        detail::Slot<T>& slot = *completer_->slot;
        if (slot.taken.exchange(true)) return false;
        slot.value.emplace(std::move(value));
        slot.signal->set();
        return true;
    }

private:
    template <class U>
    friend std::pair<Promise<U>, Future<U>> make_promise(Loop& loop);
    explicit Promise(std::shared_ptr<detail::Slot<T>> slot)
        : completer_(std::make_shared<detail::Completer<T>>(std::move(slot))) {}
    std::shared_ptr<detail::Completer<T>> completer_;
};

// wait() once, on the loop's thread. ErrorCode::canceled when every Promise was dropped without a value.
template <class T>
class Future {
public:
    bool ready() const { return slot_->signal->is_set(); }
    Task<Result<T>> wait(Limit limit) { return await(slot_, std::move(limit)); }

private:
    template <class U>
    friend std::pair<Promise<U>, Future<U>> make_promise(Loop& loop);
    explicit Future(std::shared_ptr<detail::Slot<T>> slot) : slot_(std::move(slot)) {}

    static Task<Result<T>> await(std::shared_ptr<detail::Slot<T>> slot, Limit limit) {
        Result<> waited = co_await detail::Signal::Wait(slot->signal, std::move(limit));
        if (!waited) co_return fail(waited.error());
        if (!slot->value) co_return fail(Error::canceled("abandoned"));
        co_return std::move(*slot->value);
    }
    std::shared_ptr<detail::Slot<T>> slot_;
};

template <class T>
std::pair<Promise<T>, Future<T>> make_promise(Loop& loop) {
    auto slot = std::make_shared<detail::Slot<T>>(loop);
    return {Promise<T>(slot), Future<T>(slot)};
}

// Runs `work`, which returns a Result<T>, on a thread that may block. It cannot be cancelled: the wait lasts until it
// is done. ErrorCode::unavailable when the pool is full.
template <class Work>
Task<std::invoke_result_t<Work>> run_blocking(Loop& loop, Work work) {
    using R = std::invoke_result_t<Work>;
    auto [promise, future] = make_promise<R>(loop);
    Result<> submitted = loop.offload([p = std::move(promise), w = std::move(work)]() mutable { p.complete(w()); });
    if (!submitted) co_return R(fail(submitted.error()));
    Result<R> done = co_await future.wait(Limit{});
    if (!done) co_return R(fail(done.error()));
    co_return std::move(*done);
}

}  // namespace drover::net
