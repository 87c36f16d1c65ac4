#pragma once
// What happens after a task has exited, or could not be started: the restart policy. Pure: time and chance come in.

#include <optional>
#include <string>

#include "base/rng.h"
#include "base/time.h"
#include "driver/driver.h"
#include "model/task.h"

namespace drover::client {

struct RestartDecision {
    enum class Kind {
        restart,  // after `delay`
        end,      // the task has done what it should
        fail,     // the task has failed for good
        killed,   // somebody asked for its end
    };
    Kind kind = Kind::end;
    Duration delay;
    std::string reason;
};

// One for the life of a task. Tell it what happened, then ask.
class RestartTracker {
public:
    // Whether a task that ends well is started again: a main task of a service, and sidecars.
    static bool restarts_on_success(std::string_view job_type, const model::TaskLifecycleConfig* maybe_lifecycle);

    RestartTracker(model::RestartPolicy policy, bool on_success, Rng& rng)
        : policy_(std::move(policy)), on_success_(on_success), rng_(&rng) {}

    void set_policy(model::RestartPolicy policy) { policy_ = std::move(policy); }
    void exited(const driver::ExitResult& result);
    void start_failed(bool recoverable);
    // Somebody asked for a restart; `as_failure` (of a check) counts against the policy.
    void restart_requested(bool as_failure);
    void kill() { killed_ = true; }
    bool killed() const { return killed_; }

    // Clears what it was told, but not that it was killed.
    RestartDecision decide(Time now);

private:
    RestartDecision by_policy(Time now);

    model::RestartPolicy policy_;
    bool on_success_;
    Rng* rng_;
    bool killed_ = false;
    bool restart_asked_ = false, as_failure_ = false;
    bool successful_ = false;
    bool start_failed_ = false, recoverable_ = false;
    int64_t count_ = 0;
    Time interval_start_;
};

}  // namespace drover::client
