#pragma once
// Cancellation, explicit and with a reason. A CancelSource is owned by whoever may end an activity; the activity and
// its waits carry CancelTokens. A source may have a parent: it is then cancelled with it. Sources, hooks and waits
// belong to one loop's thread; only `cancelled()` and `reason()` of a token may be asked from any thread.

#include <atomic>
#include <memory>

#include "base/result.h"

namespace drover::net {

class CancelHook;

namespace detail {

struct CancelState {
    std::atomic<bool> cancelled = false;
    Error reason;  // written before `cancelled`
    CancelHook* first = nullptr;

    void cancel(Error why);
};

}  // namespace detail

// A default token is never cancelled.
class CancelToken {
public:
    CancelToken() = default;

    bool cancelled() const { return state_ && state_->cancelled.load(std::memory_order_acquire); }
    // Why; only when cancelled.
    Error reason() const { return state_->reason; }
    // Success, or the reason.
    Result<> check() const;

private:
    friend class CancelSource;
    friend class CancelHook;
    explicit CancelToken(std::shared_ptr<detail::CancelState> state) : state_(std::move(state)) {}
    std::shared_ptr<detail::CancelState> state_;
};

// Something that wants to be told of a cancellation. Unhooks itself when destroyed.
class CancelHook {
public:
    CancelHook() = default;
    CancelHook(const CancelHook&) = delete;
    CancelHook& operator=(const CancelHook&) = delete;

    // The token must not be cancelled yet, and must outlive the hooking (a token that the hooker holds does).
    void hook(const CancelToken& token);
    void unhook();

protected:
    ~CancelHook() { unhook(); }

private:
    friend struct detail::CancelState;
    virtual void on_cancel() = 0;  // once; already unhooked

    detail::CancelState* state_ = nullptr;
    CancelHook* previous_ = nullptr;
    CancelHook* next_ = nullptr;
};

class CancelSource final : CancelHook {
public:
    CancelSource() : state_(std::make_shared<detail::CancelState>()) {}
    explicit CancelSource(CancelToken parent);

    // The first reason stays. Hooks are told before this returns.
    void cancel(Error reason = Error::canceled("canceled")) { state_->cancel(std::move(reason)); }
    bool cancelled() const { return state_->cancelled.load(std::memory_order_relaxed); }
    CancelToken token() const { return CancelToken(state_); }

private:
    void on_cancel() override { state_->cancel(parent_.reason()); }

    std::shared_ptr<detail::CancelState> state_;
    CancelToken parent_;
};

}  // namespace drover::net
