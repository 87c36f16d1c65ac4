#include "server/plan_applier.h"

#include <set>

#include "base/uuid.h"

namespace drover::server {
namespace {

// The plan as the log carries it. New allocations name the key that their identities are signed with.
state::command::ApplyPlan command_of(const model::Plan& plan, const model::PlanResult& result, Time now,
                                     const Shared<model::RootKey>& key) {
    state::PlanRows rows;
    for (const auto& [node, allocs] : result.NodeUpdate) {
        for (const auto& alloc : allocs) rows.stop(*alloc);
    }
    for (const auto& [node, allocs] : result.NodeAllocation) {
        for (const auto& alloc : allocs) {
            rows.place(*alloc);
            if (key && alloc->CreateIndex == 0) rows.plan().Placed.back().SigningKeyID = key->KeyID;
        }
    }
    for (const auto& [node, allocs] : result.NodePreemptions) {
        for (const auto& alloc : allocs) rows.preempt(*alloc);
    }
    state::command::ApplyPlan command = std::move(rows).take();
    command.EvalID = plan.EvalID;
    command.Deployment = result.Deployment;
    command.DeploymentUpdates = result.DeploymentUpdates;
    command.UpdatedAt = now.unix_ns;
    return command;
}

// The other jobs that lose allocations look for other places: one evaluation each.
List<Shared<model::Evaluation>> evals_of_preempted(const model::PlanResult& result, Time now, Rng& rng) {
    List<Shared<model::Evaluation>> evals;
    std::set<std::pair<std::string, std::string>> seen;
    for (const auto& [node, allocs] : result.NodePreemptions) {
        for (const auto& alloc : allocs) {
            if (!alloc->Job || !seen.emplace(alloc->Namespace, alloc->JobID).second) continue;
            auto eval = std::make_shared<model::Evaluation>();
            eval->ID = random_id(rng);
            eval->Namespace = alloc->Namespace;
            eval->JobID = alloc->JobID;
            eval->Type = alloc->Job->Type;
            eval->Priority = alloc->Job->Priority;
            eval->TriggeredBy = "preemption";
            eval->Status = "pending";
            eval->CreateTime = eval->ModifyTime = now.unix_ns;
            evals.push_back(std::move(eval));
        }
    }
    return evals;
}

bool is_empty(const model::PlanResult& result) {
    return result.NodeUpdate.empty() && result.NodeAllocation.empty() && result.NodePreemptions.empty() &&
           !result.Deployment && result.DeploymentUpdates.empty();
}

}  // namespace

void PlanApplier::Waiting::finish(Result<model::PlanResult> outcome) {
    // Under the lock: the waiter may free this as soon as it sees the result.
    std::lock_guard lock(mutex);
    result = std::move(outcome);
    done.notify_all();
}

void PlanApplier::start(bool own_thread) {
    std::lock_guard lock(mutex_);
    if (running_) return;
    running_ = true;
    own_thread_ = own_thread;
    if (own_thread) thread_ = std::thread([this] { run(); });
}

void PlanApplier::stop() {
    std::map<int64_t, std::deque<WaitingPtr>, std::greater<>> refused;
    {
        std::lock_guard lock(mutex_);
        if (!running_) return;
        running_ = false;
        refused = std::exchange(queue_, {});
        queued_ = 0;
        changed_.notify_all();
    }
    for (auto& [priority, plans] : refused) {
        for (const WaitingPtr& plan : plans) plan->finish(fail(Error::unavailable("plan queue is disabled")));
    }
    if (thread_.joinable()) thread_.join();
    wait_for_written(0);
    pending_.clear();
}

size_t PlanApplier::queued() const {
    std::lock_guard lock(mutex_);
    return queued_;
}

Result<model::PlanResult> PlanApplier::submit(model::Plan plan, WithIt with_it) {
    const auto waiting = std::make_shared<Waiting>();
    waiting->plan = std::move(plan);
    waiting->with_it = std::move(with_it);
    {
        std::lock_guard lock(mutex_);
        if (!running_) return fail(Error::unavailable("plan queue is disabled"));
        if (queued_ >= kMaxQueued) return fail(Error::unavailable("plan queue is full"));
        if (own_thread_) {
            queue_[waiting->plan.Priority].push_back(waiting);
            ++queued_;
            changed_.notify_all();
        }
    }
    if (!own_thread_) process(waiting);
    std::unique_lock lock(waiting->mutex);
    waiting->done.wait(lock, [&] { return waiting->result.has_value() && !waiting->proposing; });
    return std::move(*waiting->result);
}

void PlanApplier::wait_for_written(size_t at_most) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return writing_ <= at_most; });
}

void PlanApplier::run() {
    for (;;) {
        WaitingPtr next;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return !running_ || queued_ > 0; });
            if (!running_) return;
            auto best = queue_.begin();
            next = best->second.front();
            best->second.pop_front();
            if (best->second.empty()) queue_.erase(best);
            --queued_;
        }
        wait_for_written(kMaxWriting - 1);
        process(next);
    }
}

void PlanApplier::forget_written(const state::View& view) {
    std::erase_if(pending_, [&](const auto& plan) { return plan->is_in(view); });
}

void PlanApplier::process(const WaitingPtr& waiting) {
    bool idle = false;
    {
        std::lock_guard lock(mutex_);
        idle = writing_ == 0;
    }
    const scheduler::ViewFleet source = fleets_.at_least(view_());
    if (waiting->plan.SnapshotIndex < source.view.restored_at())
        return waiting->finish(fail(Error::conflict("the state was restored since the plan was made")));
    // With nothing being written there is nothing to wait for: a plan that failed to be written leaves with the rest.
    if (idle) pending_.clear();
    forget_written(source.view);
    CheckedPlan checked = check_plan(source, pending_, waiting->plan);
    if (!is_empty(checked.result)) return write(waiting, source.view, std::move(checked));
    if (!checked.complete) {
        // Whoever plans again must see what this was refused for.
        wait_for_written(0);
        checked.result.RefreshIndex = view_().index();
    }
    waiting->finish(std::move(checked.result));
}

void PlanApplier::write(const WaitingPtr& waiting, const state::View& view, CheckedPlan checked) {
    auto pending = std::make_shared<PendingPlan>();
    pending->usage = std::move(checked.usage);
    pending->result = std::make_shared<model::PlanResult>(checked.result);
    pending_.push_back(pending);
    state::command::ApplyPlan command =
        command_of(waiting->plan, checked.result, clock_.now(), view.root_keys().active());
    command.PreemptionEvals = evals_of_preempted(checked.result, clock_.now(), rng_);
    command.RestoredAt = view.restored_at();
    {
        std::lock_guard lock(mutex_);
        ++writing_;
    }
    propose(waiting, std::move(command), std::move(checked.result), checked.complete);
}

void PlanApplier::propose(const WaitingPtr& waiting, state::command::ApplyPlan command, model::PlanResult result,
                          bool complete) {
    const bool together = complete && waiting->with_it;
    const model::PlanResult accepted = together ? result : model::PlanResult{};
    if (together) {
        std::lock_guard lock(waiting->mutex);
        waiting->proposing = true;
    }
    committer_.propose(std::move(command),
                       [this, waiting, complete, result = std::move(result)](Result<state::Applied> applied) mutable {
                           if (applied) {
                               result.AllocIndex = applied->Index;
                               if (!complete) result.RefreshIndex = applied->Index;
                               waiting->finish(std::move(result));
                           } else {
                               waiting->finish(fail(applied.error()));
                           }
                           // Last, and under the lock: stop() may return, and this end, as soon as it is released.
                           std::lock_guard lock(mutex_);
                           --writing_;
                           changed_.notify_all();
                       });
    if (!together) return;
    bool refused = false;
    {
        std::lock_guard lock(waiting->mutex);
        refused = waiting->result && !*waiting->result;
    }
    if (!refused) waiting->with_it(accepted);
    std::lock_guard lock(waiting->mutex);
    waiting->proposing = false;
    waiting->done.notify_all();
}

}  // namespace drover::server
