#include "scheduler/deployment_rules.h"

#include <algorithm>

#include "model/deployment_rules.h"
#include "model/job_rules.h"

namespace drover::scheduler {
namespace {

bool is_done(const model::DeploymentState& group) {
    return group.HealthyAllocs >= group.DesiredTotal && !model::waits_for_promotion(group);
}

// Groups that can do no more before they are promoted have no deadline: the next step is not theirs.
bool has_deadline(const model::DeploymentState& group) {
    if (group.ProgressDeadline.ns <= 0 || group.RequireProgressBy.is_zero() || is_done(group)) return false;
    return !model::waits_for_promotion(group) || group.HealthyAllocs < group.DesiredCanaries;
}

void fail_step(DeploymentStep& step, std::string_view why, const model::DeploymentState& group) {
    step.failure = why;
    step.reverts |= group.AutoRevert;
}

// Without a deadline, or without another attempt, the first unhealthy allocation ends the deployment.
void judge_unhealthy(const DeploymentFacts& facts, DeploymentStep& step) {
    for (const DeploymentMember& member : facts.members) {
        const auto* group = facts.deployment.TaskGroups.get(member.group);
        if (!group || member.healthy.value_or(true) || member.wants_reschedule) continue;
        if (group->ProgressDeadline.ns <= 0 || !member.may_reschedule) {
            fail_step(step, model::kFailedUnhealthy, *group);
        } else {
            step.reschedule.push_back(member.id);
            step.evaluate = true;
        }
    }
}

void judge_progress(const DeploymentFacts& facts, Time now, DeploymentStep& step) {
    for (const auto& [name, group] : facts.deployment.TaskGroups) {
        if (!has_deadline(group)) continue;
        if (group.RequireProgressBy <= now) {
            fail_step(step, model::kFailedDeadline, group);
        } else {
            step.again_at = std::min(step.again_at.value_or(group.RequireProgressBy), group.RequireProgressBy);
        }
    }
}

bool promotes_itself(const DeploymentFacts& facts) {
    bool any = false;
    for (const auto& [name, group] : facts.deployment.TaskGroups) {
        if (!model::waits_for_promotion(group)) continue;
        if (!group.AutoPromote) return false;
        const auto& canaries = group.PlacedCanaries;
        const auto healthy =
            std::count_if(facts.members.begin(), facts.members.end(), [&](const DeploymentMember& member) {
                return member.live && member.healthy.value_or(false) &&
                       std::find(canaries.begin(), canaries.end(), member.id) != canaries.end();
            });
        if (healthy < group.DesiredCanaries) return false;
        any = true;
    }
    return any;
}

}  // namespace

DeploymentStep judge_deployment(const DeploymentFacts& facts, Time now) {
    DeploymentStep step;
    judge_unhealthy(facts, step);
    if (step.failure.empty() && facts.deployment.Status != "running") return step;  // paused: only a person goes on
    if (step.failure.empty()) judge_progress(facts, now, step);
    if (!step.failure.empty()) {
        step.reschedule.clear();
        step.evaluate = false;
        step.again_at.reset();
        return step;
    }
    if (promotes_itself(facts)) {
        step.promote = true;
        return step;
    }
    step.evaluate |= std::any_of(facts.members.begin(), facts.members.end(), [&](const DeploymentMember& member) {
        return member.healthy.value_or(false) && member.health_index > facts.evaluated_at;
    });
    return step;
}

DeploymentFailure deployment_failure(std::string_view why, bool reverts, const Shared<model::Job>& maybe_current,
                                     const Shared<model::Job>& maybe_stable) {
    DeploymentFailure failure{std::string(why), nullptr};
    if (!reverts || model::stopped(maybe_current.get())) return failure;
    if (!maybe_stable) {
        failure.description += " - no stable job version to auto revert to";
        return failure;
    }
    const std::string version = std::to_string(maybe_stable->Version);
    if (!model::specification_changed(*maybe_current, *maybe_stable)) {
        failure.description +=
            " - not rolling back to stable job version " + version + " as current job has same specification";
        return failure;
    }
    failure.description += " - rolling back to job version " + version;
    failure.revert_to = maybe_stable;
    return failure;
}

bool wants_revert(const model::Deployment& deployment) {
    return std::any_of(deployment.TaskGroups.begin(), deployment.TaskGroups.end(),
                       [](const auto& entry) { return entry.second.AutoRevert; });
}

}  // namespace drover::scheduler
