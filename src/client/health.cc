#include "client/health.h"

#include <algorithm>

#include "model/alloc_rules.h"
#include "model/status.h"

namespace drover::client {
namespace {

constexpr Duration kDefaultMinHealthy = seconds(10);
constexpr Duration kDefaultDeadline = minutes(5);

enum class Condition { good, not_yet, bad };

Condition condition_of(const model::Task& task, const model::TaskState* state) {
    const std::string_view hook = task.Lifecycle ? std::string_view(task.Lifecycle->Hook) : "";
    if (hook == model::kLifecyclePoststop) return Condition::good;
    if (!state) return Condition::not_yet;
    if (state->Failed) return Condition::bad;
    if (state->State == model::kTaskStateRunning) {
        const bool may_end = !hook.empty() && !task.Lifecycle->Sidecar;
        // A prestart task that has yet to end holds up everything behind it.
        return may_end && hook == model::kLifecyclePrestart ? Condition::not_yet : Condition::good;
    }
    if (state->State == model::kTaskStateDead) {
        return !hook.empty() && !task.Lifecycle->Sidecar ? Condition::good : Condition::bad;
    }
    return Condition::not_yet;
}

}  // namespace

HealthRule health_rule(const model::Allocation& alloc) {
    const auto* group = model::maybe_group_of(alloc);
    if (!group || !alloc.Job) return {};
    if (alloc.Job->Type != model::kJobTypeService && alloc.Job->Type != model::kJobTypeSystem) return {};
    HealthRule out{.watched = true, .min_healthy_time = kDefaultMinHealthy, .deadline = kDefaultDeadline};
    if (!alloc.DeploymentID.empty()) {
        if (!group->Update || group->Update->HealthCheck == "manual" || group->Update->MaxParallel == 0) return {};
        out.min_healthy_time = group->Update->MinHealthyTime;
        out.deadline = group->Update->HealthyDeadline;
    } else if (group->Migrate) {
        out.min_healthy_time = group->Migrate->MinHealthyTime;
        out.deadline = group->Migrate->HealthyDeadline;
    }
    return out;
}

HealthVerdict HealthWatch::look(const model::TaskGroup& group, const Map<model::TaskState>& states, Time now) {
    bool all_good = true;
    Time newest_start = start_;
    for (const auto& task : group.Tasks) {
        const auto* state = states.get(task.Name);
        const Condition condition = condition_of(task, state);
        if (condition == Condition::bad) {
            return {.healthy = false, .reason = "Unhealthy because of failed task", .look_again = {}};
        }
        if (condition == Condition::not_yet) {
            all_good = false;
        } else if (state && !state->StartedAt.is_zero()) {
            newest_start = std::max(newest_start, state->StartedAt);
        }
    }
    // A restart between two looks begins the time anew.
    if (!all_good) {
        good_since_ = {};
    } else {
        good_since_ = good_since_.is_zero() ? now : std::max(good_since_, newest_start);
    }
    const Duration left = start_ + rule_.deadline - now;
    if (all_good) {
        const Duration missing = good_since_ + rule_.min_healthy_time - now;
        if (missing.ns <= 0) return {.healthy = true, .reason = "", .look_again = {}};
        if (left.ns > 0) return {.healthy = {}, .reason = "", .look_again = std::min(missing, left)};
    }
    if (left.ns > 0) return {.healthy = {}, .reason = "", .look_again = left};
    const std::string after = "Task not running for min_healthy_time of " + to_string(rule_.min_healthy_time) +
                              " by healthy_deadline of " + to_string(rule_.deadline);
    return {.healthy = false, .reason = after, .look_again = {}};
}

}  // namespace drover::client
