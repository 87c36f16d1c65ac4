#include "net/cancel.h"

#include "base/assert.h"

namespace drover::net {

void detail::CancelState::cancel(Error why) {
    if (cancelled.load(std::memory_order_relaxed)) return;
    reason = std::move(why);
    cancelled.store(true, std::memory_order_release);
    while (first != nullptr) {
        CancelHook* hook = first;
        hook->unhook();
        hook->on_cancel();
    }
}

Result<> CancelToken::check() const {
    if (cancelled()) return fail(reason());
    return {};
}

void CancelHook::hook(const CancelToken& token) {
    assert_always(state_ == nullptr);
    if (!token.state_) return;
    assert_always(!token.cancelled());
    state_ = token.state_.get();
    next_ = state_->first;
    if (next_ != nullptr) next_->previous_ = this;
    state_->first = this;
}

void CancelHook::unhook() {
    if (state_ == nullptr) return;
    if (next_ != nullptr) next_->previous_ = previous_;
    (previous_ != nullptr ? previous_->next_ : state_->first) = next_;
    state_ = nullptr;
    previous_ = next_ = nullptr;
}

CancelSource::CancelSource(CancelToken parent)
    : state_(std::make_shared<detail::CancelState>()), parent_(std::move(parent)) {
    if (parent_.cancelled())
        state_->cancel(parent_.reason());
    else
        hook(parent_);
}

}  // namespace drover::net
