#include "scheduler/reschedule.h"

#include <algorithm>

#include "model/alloc_rules.h"

namespace drover::scheduler {
namespace {

constexpr size_t kKeptEvents = 5;  // of a policy without a number of attempts

const List<model::RescheduleEvent>& events_of(const model::Allocation& alloc) {
    static const List<model::RescheduleEvent> kNone;
    return alloc.RescheduleTracker ? alloc.RescheduleTracker->Events : kNone;
}

Duration fibonacci(const List<model::RescheduleEvent>& events, const model::ReschedulePolicy& policy) {
    if (events.size() < 2) return policy.Delay;
    const Duration last = events[events.size() - 1].Delay, before = events[events.size() - 2].Delay;
    const bool was_reset = last == policy.Delay && before == policy.MaxDelay;
    return was_reset ? policy.Delay : last + before;
}

}  // namespace

const model::ReschedulePolicy* maybe_policy(const model::Allocation& alloc) {
    const model::TaskGroup* group = model::maybe_group_of(alloc);
    return group ? group->ReschedulePolicy.get() : nullptr;
}

Time fail_time(const model::Allocation& alloc) {
    Time latest;
    for (const auto& [name, state] : alloc.TaskStates) latest = std::max(latest, state.FinishedAt);
    return latest.is_zero() ? Time::from_unix_ns(alloc.ModifyTime) : latest;
}

Duration next_delay(const model::Allocation& alloc, const model::ReschedulePolicy& policy, Time failed_at) {
    const auto& events = events_of(alloc);
    if (events.empty() || (policy.DelayFunction != "exponential" && policy.DelayFunction != "fibonacci")) {
        return policy.Delay;
    }
    const Duration delay = policy.DelayFunction == "exponential" ? events.back().Delay * 2 : fibonacci(events, policy);
    if (policy.MaxDelay.ns <= 0 || delay <= policy.MaxDelay) return delay;
    const Duration ran = failed_at - Time::from_unix_ns(events.back().RescheduleTime);
    return ran > policy.MaxDelay ? policy.Delay : policy.MaxDelay;
}

std::optional<Time> reschedule_at(const model::Allocation& alloc, Time failed_at) {
    const model::ReschedulePolicy* policy = maybe_policy(alloc);
    if (!policy || (policy->Attempts <= 0 && !policy->Unlimited)) return std::nullopt;
    const Duration delay = next_delay(alloc, *policy, failed_at);
    if (!policy->Unlimited && alloc.RescheduleTracker) {
        const auto& events = events_of(alloc);
        const auto recent = std::count_if(events.begin(), events.end(), [&](const model::RescheduleEvent& event) {
            return failed_at - Time::from_unix_ns(event.RescheduleTime) < policy->Interval;
        });
        if (recent >= policy->Attempts || delay >= policy->Interval) return std::nullopt;
    }
    return failed_at + delay;
}

model::RescheduleTracker next_tracker(const model::Allocation& predecessor, Time now) {
    model::RescheduleTracker tracker;
    const model::ReschedulePolicy* policy = maybe_policy(predecessor);
    const auto& events = events_of(predecessor);
    if (policy && !policy->Unlimited && policy->Attempts > 0) {
        for (const model::RescheduleEvent& event : events) {
            if (now - Time::from_unix_ns(event.RescheduleTime) < policy->Interval) tracker.Events.push_back(event);
        }
    } else {
        const size_t kept = std::min(events.size(), kKeptEvents);
        tracker.Events.insert(tracker.Events.end(), events.end() - static_cast<std::ptrdiff_t>(kept), events.end());
    }
    const Duration delay = policy ? next_delay(predecessor, *policy, fail_time(predecessor)) : Duration{};
    tracker.Events.push_back({now.unix_ns, predecessor.ID, predecessor.NodeID, delay});
    tracker.LastReschedule = kRescheduleOk;
    return tracker;
}

bool found_no_placement(const model::Allocation& alloc) {
    return alloc.RescheduleTracker && alloc.RescheduleTracker->LastReschedule == kRescheduleNoPlacement;
}

}  // namespace drover::scheduler
