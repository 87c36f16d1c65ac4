#pragma once
// The time, passed in. Code that needs it takes a Clock&; tests pass a ManualClock and advance it.

#include <atomic>

#include "base/time.h"

namespace drover {

// Any thread may call a Clock.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Time now() const = 0;            // wall clock
    virtual Duration monotonic() const = 0;  // since an arbitrary start; never goes back
};

class SystemClock final : public Clock {
public:
    Time now() const override;
    Duration monotonic() const override;
};

class ManualClock final : public Clock {
public:
    explicit ManualClock(Time start = Time::from_unix_seconds(1'700'000'000)) : start_(start) {}
    Time now() const override { return start_ + monotonic(); }
    Duration monotonic() const override { return {elapsed_ns_.load()}; }
    void advance(Duration d) { elapsed_ns_ += d.ns; }

private:
    Time start_;
    std::atomic<int64_t> elapsed_ns_{0};
};

}  // namespace drover
