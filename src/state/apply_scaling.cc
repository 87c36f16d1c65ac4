// Which policies scale which jobs, and what was scaled when.
#include "state/apply.h"

namespace drover::state {
namespace {

constexpr size_t kEventsKept = 20;  // of a group

// The policies of a job that are its own. A child carries those of its parent, which scale the parent.
std::vector<Shared<model::ScalingPolicy>> own_policies(const model::Job& job) {
    std::vector<Shared<model::ScalingPolicy>> policies;
    const auto add = [&](const Shared<model::ScalingPolicy>& policy) {
        if (!policy || policy->ID.empty()) return;
        const auto target = policy->Target.find("Job");
        if (target == policy->Target.end() || target->second == job.ID) policies.push_back(policy);
    };
    for (const model::TaskGroup& group : job.TaskGroups) {
        add(group.Scaling);
        for (const model::Task& task : group.Tasks)
            for (const auto& policy : task.ScalingPolicies) add(policy);
    }
    return policies;
}

}  // namespace

void put_scaling_policies(Txn& txn, const model::Job* maybe_present, const model::Job& next) {
    const auto wanted = own_policies(next);
    for (const auto& policy : wanted) {
        const auto stored = txn.view().rows<model::ScalingPolicy>().find(policy->ID);
        if (!stored || stored->ModifyIndex != policy->ModifyIndex) txn.put(policy);
    }
    if (!maybe_present) return;
    for (const auto& before : own_policies(*maybe_present)) {
        const bool stays =
            std::any_of(wanted.begin(), wanted.end(), [&](const auto& policy) { return policy->ID == before->ID; });
        if (!stays) txn.erase<model::ScalingPolicy>(before->ID);
    }
}

void erase_scaling(Txn& txn, const model::Job& job) {
    for (const auto& policy : own_policies(job)) txn.erase<model::ScalingPolicy>(policy->ID);
    txn.erase<model::JobScalingEvents>(job.Namespace, job.ID);
}

Result<bool> apply(Txn& txn, const command::RegisterScalingEvent& command) {
    if (!txn.view().jobs().find(command.Namespace, command.JobID)) return fail(Error::not_found("job not found"));
    model::JobScalingEvents all;
    if (const auto stored = txn.view().rows<model::JobScalingEvents>().find(command.Namespace, command.JobID))
        all = *stored;
    all.Namespace = command.Namespace;
    all.JobID = command.JobID;
    all.ModifyIndex = txn.index();
    List<model::ScalingEvent>& events = all.ScalingEvents[command.TaskGroup];
    model::ScalingEvent event = command.Event;
    event.CreateIndex = txn.index();
    events.insert(events.begin(), std::move(event));
    if (events.size() > kEventsKept) events.resize(kEventsKept);
    txn.put(std::make_shared<model::JobScalingEvents>(std::move(all)));
    return true;
}

}  // namespace drover::state
