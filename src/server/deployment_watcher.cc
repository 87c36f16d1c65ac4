#include "server/deployment_watcher.h"

#include <algorithm>

#include "model/deployment_rules.h"
#include "scheduler/reschedule.h"
#include "server/deployment_changes.h"
#include "state/apply.h"

namespace drover::server {
namespace {

using state::View;

constexpr Duration kBatchEvery = seconds(1);
constexpr Duration kRetryAfter = seconds(1);
constexpr Duration kLookAtMostEvery = seconds(1);
constexpr Duration kRestForEachRow = milliseconds(1);
constexpr Duration kNever{INT64_MAX};

// A pending evaluation will know all that is there when it runs; one that waits for a time does not count.
uint64_t evaluated_at(const View& view, const model::Deployment& deployment, size_t& looked_at) {
    uint64_t index = 0;
    for (const auto& eval : view.evals().of_job(deployment.Namespace, deployment.JobID)) {
        ++looked_at;
        if (eval->Status == "complete") index = std::max(index, eval->SnapshotIndex);
        const bool waits = eval->Wait.ns > 0 || !eval->WaitUntil.is_zero();
        if (eval->Status == "pending" && !waits) index = std::max(index, eval->CreateIndex);
    }
    return index;
}

scheduler::DeploymentMember member_of(const state::AllocRef& alloc, uint64_t evaluated_at) {
    scheduler::DeploymentMember member;
    member.id = alloc.id();
    member.group = alloc.task_group();
    member.healthy = alloc.healthy();
    member.live = !alloc.terminal();
    if (!member.healthy) return member;
    // Unpacked only where the rules look at it.
    if (*member.healthy && alloc.modify_index() > evaluated_at) {
        member.health_index = alloc.deployment_status()->ModifyIndex;
    } else if (!*member.healthy) {
        const auto full = alloc.full();
        member.wants_reschedule = full->DesiredTransition.Reschedule.value_or(false);
        member.may_reschedule = scheduler::reschedule_at(*full, scheduler::fail_time(*full)).has_value();
    }
    return member;
}

}  // namespace

scheduler::DeploymentFacts deployment_facts(const View& view, const model::Deployment& deployment, size_t& looked_at) {
    scheduler::DeploymentFacts facts{deployment, evaluated_at(view, deployment, looked_at), {}};
    for (const state::AllocRef& alloc : view.allocs().of_deployment(deployment.ID)) {
        ++looked_at;
        if (!alloc.server_terminal()) facts.members.push_back(member_of(alloc, facts.evaluated_at));
    }
    return facts;
}

DeploymentWatcher::DeploymentWatcher(Leader& leader) : leader_(leader), wake_(leader.loop()) {
    leader.store().on_publish([this](const View& before, const View& after) { published(before, after); });
}

void DeploymentWatcher::published(const View& before, const View& after) {
    const bool replaced = after.version()->epoch != before.version()->epoch;
    const auto moved = [](const View& view) { return view.table_index(state::Table::deployments); };
    if (!replaced && moved(before) == moved(after)) return;
    std::lock_guard lock(changes_.mutex);
    if (!changes_.running) return;
    changes_.all |= replaced;
    if (!replaced) {
        using Object = state::Tables::Object;
        const auto note = [this](const std::string&, const Object* was, const Object* row) {
            changes_.ids.insert(std::static_pointer_cast<const model::Deployment>(row ? *row : *was)->ID);
        };
        state::Tree<Object>::compare(before.version()->tables[state::Table::deployments],
                                     after.version()->tables[state::Table::deployments], note);
    }
    wake_.notify();
}

void DeploymentWatcher::start() {
    {
        std::lock_guard lock(changes_.mutex);
        changes_.running = changes_.all = true;
        changes_.ids.clear();
    }
    next_batch_ = leader_.loop().now();
    group_ = std::make_unique<net::TaskGroup>(leader_.loop());
    group_->spawn(run());
}

net::Task<> DeploymentWatcher::stop() {
    if (!group_) co_return;
    {
        std::lock_guard lock(changes_.mutex);
        changes_.running = false;
    }
    group_->cancel();
    co_await group_->join();
    group_.reset();
    watched_.clear();
    queue_.clear();
    marks_.clear();
    evals_.clear();
}

net::Task<> DeploymentWatcher::run() {
    const net::CancelToken cancel = group_->token();
    while (!cancel.cancelled()) {
        take_changes();
        while (!queue_.empty() && queue_.begin()->first <= leader_.loop().now() && !cancel.cancelled()) {
            co_await look(queue_.begin()->second);
        }
        if (!evals_.empty() && leader_.loop().now() >= next_batch_) co_await send_batch();
        Duration next = queue_.empty() ? kNever : queue_.begin()->first;
        if (!evals_.empty()) next = std::min(next, next_batch_);
        Result<> waited = co_await wake_.wait({net::Deadline{next}, cancel});
        if (!waited && waited.error().code != ErrorCode::timeout) co_return;
    }
}

void DeploymentWatcher::take_changes() {
    std::set<std::string> ids;
    bool all = false;
    {
        std::lock_guard lock(changes_.mutex);
        ids.swap(changes_.ids);
        std::swap(all, changes_.all);
    }
    if (all) {
        watched_.clear();
        queue_.clear();
        marks_.clear();
        evals_.clear();
        for (const auto& deployment : leader_.view().deployments().all()) {
            if (model::is_active(*deployment)) ids.insert(deployment->ID);
        }
    }
    for (const std::string& id : ids) look_at(id, leader_.loop().now());
}

// At that instant or as soon after it as it may be looked at again; what is due before stays so.
void DeploymentWatcher::look_at(const std::string& id, Duration at) {
    auto [entry, is_new] = watched_.try_emplace(id, Watched{kNever, Duration{}});
    Watched& watched = entry->second;
    const Duration due = std::max(at, watched.not_before);
    if (due >= watched.due) return;
    queue_.erase({watched.due, id});
    watched.due = due;
    queue_.insert({due, id});
}

net::Task<> DeploymentWatcher::look(std::string id) {
    queue_.erase(queue_.begin());
    const View view = leader_.view();
    const auto deployment = view.deployments().find(id);
    if (!deployment || !model::is_active(*deployment)) {
        watched_.erase(id);
        evals_.erase(id);
        co_return;
    }
    size_t looked_at = 0;
    const auto facts = deployment_facts(view, *deployment, looked_at);
    const Time now = leader_.now();
    const scheduler::DeploymentStep step = scheduler::judge_deployment(facts, now);
    const Duration rest = std::min(kRestForEachRow * static_cast<int64_t>(looked_at), kLookAtMostEvery);
    watched_[id] = {kNever, leader_.loop().now() + rest};
    if (step.again_at) look_at(id, leader_.loop().now() + (*step.again_at - now));
    if (!step.failure.empty()) {
        const auto failure = deployment_failure(leader_, view, *deployment, step.failure, step.reverts);
        log_.info("a deployment failed", {{"deployment_id", id}, {"why", failure.description}});
        co_await carry_out(id, failing_command(leader_, view, *deployment, failure));
    } else if (step.promote) {
        state::command::PromoteDeployment command;
        command.DeploymentID = id;
        command.All = true;
        command.Eval = deployment_eval(leader_, view, *deployment);
        command.PromotedAt = leader_.now().unix_ns;
        co_await carry_out(id, std::move(command));
    } else if (step.evaluate) {
        add_to_batch(view, *deployment, step);
    }
}

void DeploymentWatcher::add_to_batch(const View& view, const model::Deployment& deployment,
                                     const scheduler::DeploymentStep& step) {
    for (const std::string& id : step.reschedule) marks_[id].Reschedule = true;
    auto& eval = evals_[deployment.ID];
    if (!eval) eval = deployment_eval(leader_, view, deployment);
}

net::Task<> DeploymentWatcher::send_batch() {
    state::command::SetDesiredTransitions command;
    command.UpdatedAt = leader_.now().unix_ns;
    std::vector<std::string> ids;
    for (auto& [id, eval] : evals_) {
        ids.push_back(id);
        command.Evals.push_back(std::move(eval));
    }
    command.Allocs = std::exchange(marks_, {});
    evals_.clear();
    next_batch_ = leader_.loop().now() + kBatchEvery;
    auto applied = co_await leader_.commit(std::move(command));
    if (applied) co_return;
    log_.warn("cannot have jobs of deployments evaluated", {{"error", applied.error().message}});
    for (const std::string& id : ids) look_at(id, leader_.loop().now() + kRetryAfter);
}

net::Task<> DeploymentWatcher::carry_out(std::string id, state::Command command) {
    auto applied = co_await leader_.commit(std::move(command));
    if (applied) co_return;
    log_.warn("cannot change a deployment", {{"deployment_id", id}, {"error", applied.error().message}});
    look_at(id, leader_.loop().now() + kRetryAfter);
}

}  // namespace drover::server
