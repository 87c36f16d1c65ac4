#include "net/signal.h"

namespace drover::net {

void detail::Signal::set() {
    if (set_.exchange(true, std::memory_order_acq_rel)) return;
    if (loop_.on_thread()) return wake_all();
    loop_.post([self = shared_from_this()] { self->wake_all(); });
}

void detail::Signal::wake_all() {
    if (first_ != nullptr && !sticky_) reset();
    while (first_ != nullptr) {
        Wait& wait = *first_;
        wait.unlink();
        wait.finish();
    }
}

bool detail::Signal::Wait::already() {
    if (signal_->sticky_) return signal_->is_set();
    return signal_->set_.exchange(false, std::memory_order_acq_rel);
}

void detail::Signal::Wait::on_wait() {
    next_ = signal_->first_;
    if (next_ != nullptr) next_->previous_ = this;
    signal_->first_ = this;
}

void detail::Signal::Wait::unlink() {
    if (next_ != nullptr) next_->previous_ = previous_;
    (previous_ != nullptr ? previous_->next_ : signal_->first_) = next_;
    previous_ = next_ = nullptr;
}

}  // namespace drover::net
