#include "server/scheduling.h"

#include <algorithm>
#include <set>

#include "base/assert.h"
#include "base/uuid.h"
#include "scheduler/node_facts.h"

namespace drover::server {
namespace {

constexpr Duration kUnblockConflictsEvery = minutes(1);
constexpr Duration kPruneEvery = minutes(5);
constexpr Duration kFollowUpWait = minutes(1);
constexpr uint64_t kFollowUpSpreadSeconds = 300;
constexpr size_t kMaxQuestions = 256;  // that wait
constexpr int kQuestionsNiceness = 5;

Shared<model::Node> node_of(const state::Tables::Object& row) {
    return std::static_pointer_cast<const model::Node>(row);
}

// A node that came, became ready, or has other resources than before may take what was refused.
bool may_take_more(const model::Node* maybe_before, const model::Node& now) {
    if (!scheduler::is_ready(now)) return false;
    return !maybe_before || !scheduler::is_ready(*maybe_before) || maybe_before->ComputedClass != now.ComputedClass ||
           model::capacity_of(*maybe_before) != model::capacity_of(now);
}

}  // namespace

Scheduling::Scheduling(SchedulingConfig config, const Clock& clock, Rng& rng, state::Store& store, Committer& committer)
    : config_(std::move(config)),
      clock_(clock),
      rng_(rng),
      store_(store),
      committer_(committer),
      broker_(clock, rng),
      blocked_(clock, [this](const EvalPtr& eval, const std::string& token) { broker_.enqueue(eval, token); }),
      applier_(clock, rng, fleets_, committer, [this] { return store_.view(); }),
      context_{clock,
               rng,
               broker_,
               blocked_,
               applier_,
               gate_,
               committer,
               fleets_,
               decisions_,
               [this] { return store_.view(); },
               config_.default_config} {
    store_.on_publish([this](const state::View& before, const state::View& after) { published(before, after); });
}

Scheduling::~Scheduling() { stop(); }

void Scheduling::start() {
    if (running_) return;
    applier_.start(config_.threads);
    {
        std::lock_guard lock(following_);
        running_ = true;
        take_over(store_.view());
    }
    next_unblock_ = clock_.monotonic() + kUnblockConflictsEvery;
    next_prune_ = clock_.monotonic() + kPruneEvery;
    start_workers();
}

void Scheduling::start_workers() {
    if (!config_.threads) return;
    for (int64_t i = 0; i < config_.workers; ++i) {
        workers_.push_back(std::make_unique<Worker>(context_, config_.types));
        workers_.back()->start();
    }
}

void Scheduling::resize(int64_t workers, std::vector<std::string> types) {
    config_.workers = workers;
    config_.types = std::move(types);
    if (!running_) return;
    join_retired();
    for (auto& worker : workers_) {
        worker->request_stop();
        retired_.push_back(std::move(worker));
    }
    workers_.clear();
    broker_.interrupt();
    start_workers();
}

bool Scheduling::run_next() {
    assert_always(!config_.threads);
    const auto delivery = broker_.try_dequeue(config_.types);
    if (!delivery) return false;
    Worker(context_, config_.types).process(*delivery);
    return true;
}

net::BlockingPool& Scheduling::questions() {
    if (!questions_) questions_ = std::make_unique<net::BlockingPool>(1, kMaxQuestions, kQuestionsNiceness);
    return *questions_;
}

// Those that have finished; the others do so later.
void Scheduling::join_retired() {
    std::erase_if(retired_, [](const auto& worker) { return worker->ended(); });
}

std::vector<WorkerInfo> Scheduling::workers() const {
    std::vector<WorkerInfo> infos;
    for (const auto& worker : workers_)
        infos.push_back({worker->id(), config_.types, worker->started(), worker->busy()});
    return infos;
}

void Scheduling::stop() {
    {
        std::lock_guard lock(following_);
        if (!running_) return;
        running_ = false;
        broker_.set_enabled(false);
        blocked_.set_enabled(false);
    }
    for (const auto& worker : workers_) worker->request_stop();
    broker_.interrupt();
    applier_.stop();
    for (const auto& worker : workers_) worker->stop();
    workers_.clear();
    retired_.clear();
    decisions_.clear();
}

void Scheduling::take_over(const state::View& view) {
    const auto config = view.scheduler_config();
    if (config && config->PauseEvalBroker) return;
    broker_.set_enabled(true);
    blocked_.set_enabled(true);
    for (const EvalPtr& eval : view.evals().all()) note_eval(eval);
}

void Scheduling::note_eval(const EvalPtr& eval) {
    if (eval->Status == "pending") {
        broker_.enqueue(eval);
    } else if (eval->Status == "blocked") {
        blocked_.block(eval);
    } else if (eval->Status == "complete" && eval->FailedTGAllocs.empty()) {
        blocked_.untrack(eval->Namespace, eval->JobID);
    }
}

void Scheduling::apply_pause() {
    const auto config = store_.view().scheduler_config();
    const bool paused = config && config->PauseEvalBroker;
    if (paused && broker_.enabled()) {
        broker_.set_enabled(false);
        blocked_.set_enabled(false);
    } else if (!paused && !broker_.enabled()) {
        take_over(store_.view());
    }
}

void Scheduling::published(const state::View& before, const state::View& after) {
    if (!running_) return;
    std::lock_guard lock(following_);
    if (!running_) return;
    if (after.version()->epoch != before.version()->epoch) {
        broker_.set_enabled(false);
        blocked_.set_enabled(false);
        return take_over(after);
    }
    using Object = state::Tables::Object;
    using Row = state::Ref<const state::AllocRow>;
    const state::Tables &old = before.version()->tables, &now = after.version()->tables;
    if (after.table_index(state::Table::scheduler_config) != before.table_index(state::Table::scheduler_config)) {
        apply_pause();
    }
    state::Tree<Object>::compare(old[state::Table::evals], now[state::Table::evals],
                                 [&](const std::string&, const Object*, const Object* row) {
                                     if (row) note_eval(std::static_pointer_cast<const model::Evaluation>(*row));
                                 });
    BlockedEvals::Names freed;  // nodes that came, or on which an allocation ended
    state::Tree<Object>::compare(old[state::Table::nodes], now[state::Table::nodes],
                                 [&](const std::string&, const Object* was, const Object* row) {
                                     if (!row) return;
                                     const Shared<model::Node> before = was ? node_of(*was) : nullptr;
                                     if (may_take_more(before.get(), *node_of(*row))) freed.insert(node_of(*row)->ID);
                                 });
    state::Tree<Row>::compare(old.allocs, now.allocs, [&](const std::string&, const Row* was, const Row* row) {
        if (!was || state::AllocRef(*was).client_terminal()) return;
        if (!row || state::AllocRef(*row).client_terminal()) freed.insert(state::AllocRef(*was).node_id());
    });
    if (freed.empty()) return;
    BlockedEvals::Names classes;
    for (const std::string& id : freed) {
        if (const auto node = after.nodes().find(id)) classes.insert(node->ComputedClass);
    }
    blocked_.unblock(classes, freed, after.index());
}

void Scheduling::cancel(std::vector<EvalPtr> evals, std::string_view description) {
    if (evals.empty()) return;
    state::command::UpsertEvals command;
    for (const EvalPtr& eval : evals) {
        auto copy = std::make_shared<model::Evaluation>(*eval);
        copy->Status = "canceled";
        copy->StatusDescription = description;
        copy->ModifyTime = std::max(clock_.now().unix_ns, copy->CreateTime + 1);
        command.Evals.push_back(std::move(copy));
    }
    committer_.propose(std::move(command), [](Result<state::Applied>) {});
}

void Scheduling::cancel_duplicates() {
    for (const EvalPtr& eval : blocked_.take_duplicates()) {
        cancel({eval}, "existing blocked evaluation exists for job \"" + eval->JobID + "\"");
    }
}

// Evaluations that no worker could finish fail, and are tried again much later.
void Scheduling::fail_undeliverable() {
    for (const Broker::Delivery& delivery : broker_.take_failed()) {
        const Time now = clock_.now();
        auto failed = std::make_shared<model::Evaluation>(*delivery.eval);
        failed->Status = "failed";
        failed->StatusDescription = "evaluation reached delivery limit (" + std::to_string(kDeliveryLimit) + ")";
        failed->ModifyTime = std::max(now.unix_ns, failed->CreateTime + 1);
        state::command::UpsertEvals command;
        if (store_.view().jobs().find(failed->Namespace, failed->JobID)) {
            auto next = std::make_shared<model::Evaluation>();
            next->ID = random_id(rng_);
            next->Namespace = failed->Namespace;
            next->Priority = failed->Priority;
            next->Type = failed->Type;
            next->TriggeredBy = "failed-follow-up";
            next->JobID = failed->JobID;
            next->JobModifyIndex = failed->JobModifyIndex;
            next->Status = "pending";
            next->Wait = kFollowUpWait + seconds(static_cast<int64_t>(rng_.below(kFollowUpSpreadSeconds)));
            next->PreviousEval = failed->ID;
            next->CreateTime = next->ModifyTime = now.unix_ns;
            failed->NextEval = next->ID;
            command.Evals.push_back(std::move(next));
        }
        command.Evals.push_back(std::move(failed));
        committer_.propose(std::move(command), [this, delivery](Result<state::Applied> stored) {
            // Without it the nack timer brings the evaluation back.
            if (stored) static_cast<void>(broker_.ack(delivery.eval->ID, delivery.token));
        });
    }
}

Duration Scheduling::tick() {
    const Duration now = clock_.monotonic();
    join_retired();
    decisions_.forget(clock_.now());
    broker_.tick();
    fail_undeliverable();
    cancel(broker_.take_cancelable(), "canceled after more recent eval was processed");
    cancel_duplicates();
    if (now >= next_unblock_) {
        blocked_.unblock_conflicts();
        next_unblock_ = now + kUnblockConflictsEvery;
    }
    if (now >= next_prune_) {
        blocked_.prune();
        next_prune_ = now + kPruneEvery;
    }
    Duration next = std::min(next_unblock_, next_prune_);
    if (const auto due = broker_.next_due()) next = std::min(next, *due);
    return next;
}

}  // namespace drover::server
