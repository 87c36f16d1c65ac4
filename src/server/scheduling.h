#pragma once
// Scheduling: the part of the leader that turns evaluations into allocations. Owns the broker, the blocked evaluations,
// the plan applier and the workers; follows the store, so that every evaluation and every change of capacity that is
// committed reaches them.
//
// start() and stop() on one thread (the server's loop), any number of times; tick() there too, whenever next_due()
// says so or on_work calls. The rest from any thread. It outlives the store's last version.

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "net/event_loop.h"
#include "server/blocked_evals.h"
#include "server/broker.h"
#include "server/committer.h"
#include "server/plan_applier.h"
#include "server/worker.h"

namespace drover::server {

// A worker as operators see it.
struct WorkerInfo {
    std::string id;
    std::vector<std::string> types;
    Time started;
    bool busy = false;
};

struct SchedulingConfig {
    int64_t workers = 1;
    std::vector<std::string> types{"service", "batch", "system", "sysbatch"};
    model::SchedulerConfiguration default_config;
    bool threads = true;  // false: run_next() takes the place of the workers and of the applier's thread
};

class Scheduling {
public:
    Scheduling(SchedulingConfig config, const Clock& clock, Rng& rng, state::Store& store, Committer& committer);
    ~Scheduling();
    Scheduling(const Scheduling&) = delete;

    // Leadership gained: takes what is open from the state. Lost: drops it all.
    void start();
    void stop();

    // How many workers there are and what they take; new ones take the place of those that run, which finish what they
    // have. On the thread of start().
    void resize(int64_t workers, std::vector<std::string> types);
    const SchedulingConfig& config() const { return config_; }
    std::vector<WorkerInfo> workers() const;  // none while it is stopped

    // Without threads: works off one evaluation that is ready, here, from delivery to ack. False: none is. The log must
    // apply what it is given before it returns.
    bool run_next();

    // Timers, evaluations to cancel or to fail. When it should be called next at the latest.
    Duration tick();  // by the monotonic clock
    // Called from any thread when tick() has something to do earlier than it said.
    void on_work(std::function<void()> call) { broker_.on_work(std::move(call)); }

    const Broker& broker() const { return broker_; }
    const BlockedEvals& blocked() const { return blocked_; }
    const PlanApplier& applier() const { return applier_; }
    scheduler::FleetKeeper& fleets() { return fleets_; }
    const Decisions& decisions() const { return decisions_; }

    // Where questions are thought over that people ask of the scheduler (what a job would change, why it was placed
    // so): one at a time, behind everything that the cluster itself does. On the loop.
    net::BlockingPool& questions();

private:
    void start_workers();
    void join_retired();
    void take_over(const state::View& view);
    void published(const state::View& before, const state::View& after);
    void note_eval(const EvalPtr& eval);
    void apply_pause();
    void cancel(std::vector<EvalPtr> evals, std::string_view description);
    void cancel_duplicates();
    void fail_undeliverable();

    SchedulingConfig config_;
    const Clock& clock_;
    Rng& rng_;
    state::Store& store_;
    Committer& committer_;
    Broker broker_;
    BlockedEvals blocked_;
    scheduler::FleetKeeper fleets_;
    Decisions decisions_;
    std::unique_ptr<net::BlockingPool> questions_;  // once somebody asked
    PlanApplier applier_;
    PlanningGate gate_;
    WorkerContext context_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::vector<std::unique_ptr<Worker>> retired_;  // were told to stop
    std::atomic<bool> running_{false};
    std::mutex following_;                // held while a version is followed or the start takes over
    Duration next_unblock_, next_prune_;  // by the monotonic clock
};

}  // namespace drover::server
