#include "server/worker.h"

#include <utility>

#include "base/uuid.h"
#include "model/status.h"
#include "scheduler/view_snapshot.h"

namespace drover::server {
namespace {

int attempt_limit(const model::Evaluation& eval) {
    return eval.Type == model::kJobTypeService || eval.Type == model::kJobTypeSystem ? 5 : 2;
}

bool changed_anything(const model::PlanResult& result) {
    return !result.NodeUpdate.empty() || !result.NodeAllocation.empty() || result.Deployment ||
           !result.DeploymentUpdates.empty();
}

state::Command upsert(std::vector<model::Evaluation> evals) {
    state::command::UpsertEvals command;
    for (model::Evaluation& eval : evals) command.Evals.push_back(std::make_shared<model::Evaluation>(std::move(eval)));
    return command;
}

}  // namespace

void Worker::start() {
    id_ = random_id(context_.rng);
    started_ = context_.clock.now();
    running_ = kInHand;
    for (int i = 0; i < kInHand; ++i) threads_.emplace_back([this] { run(); });
}

void Worker::request_stop() { stopping_ = true; }

void Worker::stop() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
}

void Worker::run() {
    while (!stopping_) {
        const auto delivery = context_.broker.dequeue(types_, [this] { return stopping_.load(); });
        if (!delivery) continue;
        ++busy_;
        process(*delivery);
        --busy_;
    }
    --running_;
}

void Worker::process(const Broker::Delivery& delivery) {
    Run run;
    run.eval = *delivery.eval;
    run.token = delivery.token;
    const auto hand_back = [&](bool done) {
        // Refused if the broker was disabled or took the evaluation back: then it is not this worker's any more.
        const auto result =
            done ? context_.broker.ack(run.eval.ID, run.token) : context_.broker.nack(run.eval.ID, run.token);
        if (!result)
            log_.debug("evaluation was taken back", {{"eval_id", run.eval.ID}, {"reason", result.error().message}});
    };
    const state::View view = context_.view();
    if (view.index() < delivery.wait_index) return hand_back(false);
    // Whoever purged the job, or canceled the evaluation, ended it while it waited.
    const auto stored = view.evals().find(run.eval.ID);
    if (!stored || (stored->Status != "pending" && stored->Status != "blocked")) return hand_back(true);
    const int limit = attempt_limit(run.eval);
    int without_progress = 0;
    for (bool first = true;; first = false) {
        const Attempt outcome = attempt(run, !first);
        if (outcome == Attempt::broken) return hand_back(false);
        if (outcome == Attempt::done) return hand_back(true);
        without_progress = outcome == Attempt::progress ? 0 : without_progress + 1;
        if (without_progress >= limit) return hand_back(give_up(run, limit));
    }
}

// Nothing of an evaluation that was taken back, or is of a state that was replaced.
Result<> Worker::store(Run& run, std::vector<model::Evaluation> evals) {
    if (auto held = context_.broker.outstanding(run.eval.ID, run.token); !held) return held;
    auto stored = context_.committer.commit(upsert(std::move(evals)));
    if (!stored) return fail(stored.error());
    return {};
}

// What the plan's allocations refer to.
std::vector<model::Evaluation> Worker::evals_before_plan(Run& run, scheduler::Outcome& outcome) {
    std::vector<model::Evaluation> evals;
    const Time now = context_.clock.now();
    if (!outcome.follow_ups.empty()) {
        run.eval.NextEval = outcome.follow_ups.front().ID;
        for (model::Evaluation& eval : outcome.follow_ups) {
            eval.CreateTime = eval.ModifyTime = now.unix_ns;
            evals.push_back(eval);
        }
    }
    // What cannot be placed now waits from now on, whatever becomes of the plan.
    for (model::Evaluation& blocked : outcome.blocked) {
        if (!run.blocked_on.insert(blocked.NodeID).second) continue;  // by an earlier attempt
        // One that was woken by its node finds the others full as before: they need no more evaluations.
        if (run.eval.Status == "blocked" && context_.blocked.waits_for_node(blocked)) continue;
        blocked.SnapshotIndex = run.eval.SnapshotIndex;
        run.eval.BlockedEval = blocked.ID;
        evals.push_back(std::move(blocked));
    }
    for (const std::string& id : outcome.no_longer_needed) {
        const auto known = context_.view().evals().find(id);
        if (!known || known->Status != "pending") continue;
        model::Evaluation canceled = *known;
        canceled.Status = "canceled";
        canceled.StatusDescription = "allocs reconnected";
        evals.push_back(std::move(canceled));
    }
    return evals;
}

Worker::Attempt Worker::attempt(Run& run, bool alone) {
    const PlanningGate::Pass pass(context_.gate, alone);
    Decision decision{run.eval, context_.fleets.at_least(context_.view()), context_.default_config,
                      context_.clock.now(), context_.rng.next()};
    const scheduler::ViewSnapshot snapshot(decision.source, decision.default_config);
    run.eval.SnapshotIndex = decision.eval.SnapshotIndex = snapshot.index();
    SeededRng rng(decision.seed);
    auto scheduled = scheduler::schedule(snapshot, run.eval, decision.at, rng);
    if (!scheduled) return finish(run, "failed", scheduled.error().message) ? Attempt::done : Attempt::broken;
    scheduler::Outcome& outcome = *scheduled;
    if (!outcome.QueuedAllocations.empty()) context_.decisions.note(std::move(decision));
    run.failed = outcome.FailedTGAllocs;
    run.queued = outcome.QueuedAllocations;
    run.eval.PlanAnnotations = outcome.PlanAnnotations;
    run.eval.DeploymentID = outcome.DeploymentID;
    if (outcome.stays_blocked) {
        run.eval.ClassEligibility = outcome.ClassEligibility;
        run.eval.EscapedComputedClass = outcome.EscapedComputedClass;
    }
    return commit(run, outcome);
}

void Worker::count_placed(Run& run, const model::PlanResult& result) {
    for (const auto& [node, allocs] : result.NodeAllocation) {
        for (const auto& alloc : allocs) {
            if (alloc->CreateIndex == 0 && run.queued[alloc->TaskGroup] > 0) --run.queued[alloc->TaskGroup];
        }
    }
}

// Stores what the scheduler wants: first what allocations refer to, then the plan, and its evaluation's end with it.
Worker::Attempt Worker::commit(Run& run, scheduler::Outcome& outcome) {
    std::vector<model::Evaluation> with_it = evals_before_plan(run, outcome);
    if (scheduler::is_no_op(outcome.plan)) {
        const bool stored =
            outcome.stays_blocked ? put_back(run, std::move(with_it)) : finish(run, "complete", {}, std::move(with_it));
        return stored ? Attempt::done : Attempt::broken;
    }
    if (!with_it.empty() && !store(run, std::move(with_it))) return Attempt::broken;
    outcome.plan.EvalToken = run.token;
    if (!context_.broker.pause_nack(run.eval.ID, run.token)) return Attempt::broken;
    const auto stored_eval = context_.view().evals().find(run.eval.ID);
    const uint64_t touched = stored_eval ? stored_eval->ModifyIndex : UINT64_MAX;
    std::optional<Committer::Pending> ending;
    const auto end = [&](const model::PlanResult& accepted) {
        Run ending_run = run;
        count_placed(ending_run, accepted);
        state::command::UpsertEvals command;
        command.Evals.push_back(std::make_shared<model::Evaluation>(ended(ending_run, "complete", {})));
        command.PlannedAfter = touched;
        ending = context_.committer.begin(std::move(command));
    };
    auto result = context_.applier.submit(std::move(outcome.plan),
                                          outcome.stays_blocked ? PlanApplier::WithIt{} : PlanApplier::WithIt(end));
    const bool ended = ending && ending->wait();
    if (!context_.broker.reset_nack(run.eval.ID, run.token) || !result) return Attempt::broken;
    count_placed(run, *result);
    if (result->RefreshIndex != 0) return changed_anything(*result) ? Attempt::progress : Attempt::again;
    if (ended) return Attempt::done;
    const bool stored = outcome.stays_blocked ? put_back(run, {}) : finish(run, "complete", {});
    return stored ? Attempt::done : Attempt::broken;
}

model::Evaluation Worker::ended(const Run& run, std::string_view status, std::string_view description) const {
    model::Evaluation eval = run.eval;
    eval.Status = status;
    eval.StatusDescription = description;
    eval.FailedTGAllocs = run.failed;
    eval.QueuedAllocations = run.queued;
    eval.ModifyTime = std::max(context_.clock.now().unix_ns, eval.CreateTime + 1);
    return eval;
}

// Stores the evaluation as it ended, and others with it.
bool Worker::finish(Run& run, std::string_view status, std::string_view description,
                    std::vector<model::Evaluation> with_it) {
    run.eval = ended(run, status, description);
    with_it.push_back(run.eval);
    const auto stored = store(run, std::move(with_it));
    if (!stored)
        log_.warn("storing an evaluation failed", {{"eval_id", run.eval.ID}, {"error", stored.error().message}});
    return stored.has_value();
}

// An evaluation that was blocked and still is goes back as itself.
bool Worker::put_back(Run& run, std::vector<model::Evaluation> with_it) {
    model::Evaluation& eval = run.eval;
    const bool changed = !(eval.QueuedAllocations == run.queued);
    eval.FailedTGAllocs = run.failed;
    eval.QueuedAllocations = run.queued;
    if (changed) {
        eval.ModifyTime = std::max(context_.clock.now().unix_ns, eval.CreateTime + 1);
        with_it.push_back(eval);
    }
    if (!with_it.empty() && !store(run, std::move(with_it))) return false;
    context_.blocked.block(std::make_shared<model::Evaluation>(eval), run.token);
    return true;
}

bool Worker::give_up(Run& run, int attempts) {
    const std::string description = "maximum attempts reached (" + std::to_string(attempts) + ")";
    // Of system jobs nothing waits: the next change of a node evaluates them again.
    if (run.eval.Type == model::kJobTypeSystem || run.eval.Type == model::kJobTypeSysBatch) {
        return finish(run, "failed", description);
    }
    model::Evaluation blocked = scheduler::blocked_by_conflicts(run.eval, context_.clock.now(), context_.rng);
    blocked.SnapshotIndex = run.eval.SnapshotIndex;
    run.eval.BlockedEval = blocked.ID;
    return finish(run, "failed", description, {std::move(blocked)});
}

}  // namespace drover::server
