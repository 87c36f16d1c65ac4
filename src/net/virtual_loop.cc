#include "net/virtual_loop.h"

#include "base/assert.h"

namespace drover::net {

void VirtualLoop::settle() {
    enter();
    size_t turns = 0;
    do {
        turn();
        assert_always(++turns < 1'000'000);
    } while (!idle() || next_timer().at <= now());
    leave();
}

void VirtualLoop::advance(Duration d) {
    const Duration end = now() + d;
    settle();
    while (next_timer().at <= end) {
        clock_.advance(next_timer().at - now());
        settle();
    }
    clock_.advance(end - now());
}

Result<> VirtualLoop::offload(std::function<void()> work) {
    post(std::move(work));
    return {};
}

void VirtualLoop::drive(const std::function<bool()>& done) {
    settle();
    while (!done()) {
        assert_always(next_timer() != Deadline::never());
        clock_.advance(next_timer().at - now());
        settle();
    }
}

}  // namespace drover::net
