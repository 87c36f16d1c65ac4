#pragma once
// A loop in virtual time that goes from timer to timer, and in between works off what has to be done outside of it. One
// thread.

#include <functional>

#include "net/virtual_loop.h"

namespace drover::replay {

class Timeline final : public net::VirtualLoop {
public:
    using net::VirtualLoop::VirtualLoop;

    // Asked whenever nothing on the loop is ready, until it answers false: nothing is left to do now.
    void on_idle(std::function<bool()> work) { work_ = std::move(work); }

    // Until nothing is ready and nothing is left to do; the clock stands still.
    void rest();
    // Goes on to that instant of the monotonic clock, and rests there.
    void run_until(Duration at);

private:
    std::function<bool()> work_;
};

}  // namespace drover::replay
