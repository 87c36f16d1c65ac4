#include "client/restart_tracker.h"

#include "base/strings.h"
#include "model/task_events.h"

namespace drover::client {

bool RestartTracker::restarts_on_success(std::string_view job_type, const model::TaskLifecycleConfig* maybe_lifecycle) {
    if (maybe_lifecycle && !maybe_lifecycle->Hook.empty()) return maybe_lifecycle->Sidecar;
    return job_type != "batch" && job_type != "sysbatch";
}

void RestartTracker::exited(const driver::ExitResult& result) {
    successful_ = result.successful();
    start_failed_ = false;
}

void RestartTracker::start_failed(bool recoverable) {
    successful_ = false;
    start_failed_ = true;
    recoverable_ = recoverable;
}

void RestartTracker::restart_requested(bool as_failure) {
    restart_asked_ = true;
    as_failure_ = as_failure;
}

RestartDecision RestartTracker::decide(Time now) {
    RestartDecision out = by_policy(now);
    restart_asked_ = as_failure_ = successful_ = start_failed_ = recoverable_ = false;
    return out;
}

RestartDecision RestartTracker::by_policy(Time now) {
    using Kind = RestartDecision::Kind;
    if (killed_) return {.kind = Kind::killed, .delay = {}, .reason = ""};
    if (restart_asked_ && !as_failure_) return {.kind = Kind::restart, .delay = {}, .reason = ""};
    if (policy_.Attempts == 0) {
        if (successful_ && !on_success_) return {};
        return {.kind = Kind::fail, .delay = {}, .reason = std::string(model::kReasonNoRestartsAllowed)};
    }
    if (interval_start_.is_zero() || now > interval_start_ + policy_.Interval) {
        interval_start_ = now;
        count_ = 0;
    }
    if (start_failed_ && !recoverable_)
        return {.kind = Kind::fail, .delay = {}, .reason = std::string(model::kReasonUnrecoverable)};
    if (successful_ && !on_success_ && !restart_asked_) return {};
    ++count_;
    if (count_ > policy_.Attempts) {
        if (policy_.Mode == "delay") {
            return {.kind = Kind::restart,
                    .delay = std::max(interval_start_ + policy_.Interval - now, Duration{}),
                    .reason = std::string(model::kReasonDelay)};
        }
        return {.kind = Kind::fail,
                .delay = {},
                .reason = "Exceeded allowed attempts " + std::to_string(policy_.Attempts) + " in interval " +
                          to_string(policy_.Interval) + " and mode is " + quote(policy_.Mode)};
    }
    const auto jitter = static_cast<int64_t>(rng_->below(static_cast<uint64_t>(policy_.Delay.ns / 4 + 1)));
    return {.kind = Kind::restart,
            .delay = policy_.Delay + nanoseconds(jitter),
            .reason = std::string(model::kReasonWithinPolicy)};
}

}  // namespace drover::client
