#pragma once
// Evaluations are planned side by side. Where two plans want the same place the second is refused; who was refused
// plans once more with nobody beside, so that every evaluation gets on. Any thread.

#include <condition_variable>
#include <mutex>

namespace drover::server {

class PlanningGate {
public:
    // From the look at the state until the plan is applied.
    class Pass {
    public:
        Pass(PlanningGate& gate, bool alone) : gate_(gate), alone_(alone) { gate_.enter(alone_); }
        ~Pass() { gate_.leave(alone_); }
        Pass(const Pass&) = delete;

    private:
        PlanningGate& gate_;
        const bool alone_;
    };

private:
    void enter(bool alone) {
        std::unique_lock lock(mutex_);
        if (!alone) {
            changed_.wait(lock, [&] { return !alone_ && waiting_ == 0; });
            ++inside_;
            return;
        }
        ++waiting_;
        changed_.wait(lock, [&] { return !alone_ && inside_ == 0; });
        --waiting_;
        alone_ = true;
    }
    void leave(bool alone) {
        std::lock_guard lock(mutex_);
        if (alone) {
            alone_ = false;
        } else {
            --inside_;
        }
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    int inside_ = 0, waiting_ = 0;
    bool alone_ = false;
};

}  // namespace drover::server
