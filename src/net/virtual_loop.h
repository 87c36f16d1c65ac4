#pragma once
// A loop whose time is moved by the test: nothing sleeps, everything runs on the calling thread, and the same inputs
// give the same order. post() may still be called from other threads.

#include "net/event_loop.h"

namespace drover::net {

class VirtualLoop : public Loop {
public:
    explicit VirtualLoop(Time start = Time::from_unix_seconds(1'700'000'000)) : clock_(start) {}
    ~VirtualLoop() override = default;

    const Clock& clock() const override { return clock_; }

    // Runs until nothing is ready; the clock stands still. Ends the process after a million turns: something spins.
    void settle();
    // Moves the clock by `d`, stopping at each timer on the way and settling there.
    void advance(Duration d);

    // Runs on the loop itself, with the next turn.
    Result<> offload(std::function<void()> work) override;
    // Settles, and jumps to the next timer while `done` is false. No timer left then: a wait that nothing can end;
    // asserts.
    void drive(const std::function<bool()>& done) override;

private:
    void wake() override {}
    ManualClock clock_;
};

}  // namespace drover::net
