#pragma once
// Worker: a thread that takes evaluations from the broker, runs the scheduler on the newest version of the state,
// submits the plan, tries again if part of it was refused, and stores what became of the evaluation.

#include <atomic>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/rng.h"
#include "model/operator.h"
#include "scheduler/fleet_keeper.h"
#include "scheduler/schedule.h"
#include "server/blocked_evals.h"
#include "server/broker.h"
#include "server/committer.h"
#include "server/decisions.h"
#include "server/plan_applier.h"
#include "server/planning_gate.h"

namespace drover::server {

// What workers share. All of it outlives them.
struct WorkerContext {
    const Clock& clock;
    Rng& rng;
    Broker& broker;
    BlockedEvals& blocked;
    PlanApplier& applier;
    PlanningGate& gate;
    Committer& committer;
    scheduler::FleetKeeper& fleets;
    Decisions& decisions;
    std::function<state::View()> view;
    model::SchedulerConfiguration default_config;
};

// Has several evaluations in hand at once: each waits for the disk most of its time.
class Worker {
public:
    static constexpr int kInHand = 4;

    Worker(WorkerContext& context, std::vector<std::string> types) : context_(context), types_(std::move(types)) {}
    ~Worker() { stop(); }

    void start();
    void request_stop();  // the broker must be interrupted after it
    void stop();          // after request_stop: waits for the threads

    const std::string& id() const { return id_; }
    Time started() const { return started_; }
    // Any thread: whether it has an evaluation; whether nothing is left to do after request_stop.
    bool busy() const { return busy_ > 0; }
    bool ended() const { return running_ == 0; }

    // One evaluation, from delivery to ack. For the threads, and for tests.
    void process(const Broker::Delivery& delivery);

private:
    // What the attempts have led to.
    struct Run {
        model::Evaluation eval;
        std::string token;
        std::set<std::string> blocked_on;  // nodes that an evaluation waits for; empty: any
        Map<int64_t> queued;
        Map<Shared<model::AllocMetric>> failed;
    };
    enum class Attempt { done, again, progress, broken };

    void run();
    Attempt attempt(Run& run, bool alone);
    Attempt commit(Run& run, scheduler::Outcome& outcome);
    Result<> store(Run& run, std::vector<model::Evaluation> evals);
    std::vector<model::Evaluation> evals_before_plan(Run& run, scheduler::Outcome& outcome);
    static void count_placed(Run& run, const model::PlanResult& result);
    model::Evaluation ended(const Run& run, std::string_view status, std::string_view description) const;
    bool finish(Run& run, std::string_view status, std::string_view description,
                std::vector<model::Evaluation> with_it = {});
    bool put_back(Run& run, std::vector<model::Evaluation> with_it);
    bool give_up(Run& run, int attempts);

    WorkerContext& context_;
    const std::vector<std::string> types_;
    std::string id_;
    Time started_;
    std::atomic<bool> stopping_{false};
    std::atomic<int> busy_{0}, running_{0};
    std::vector<std::thread> threads_;
    Logger log_{"server.worker"};
};

}  // namespace drover::server
