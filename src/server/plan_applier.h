#pragma once
// PlanApplier: takes plans of the workers, the most urgent first, checks them one after another (plan_check.h) and
// brings what fits into the log. The next plan is checked against the expected result of those that are being written,
// so that the log is never idle for a check. Owns its thread. Any thread may submit.

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/rng.h"
#include "model/plan.h"
#include "scheduler/fleet_keeper.h"
#include "server/committer.h"
#include "server/plan_check.h"

namespace drover::server {

class PlanApplier {
public:
    static constexpr size_t kMaxQueued = 4096;  // plans that wait
    static constexpr size_t kMaxWriting = 64;   // plans on their way through the log

    // `view` gives the newest version of the state.
    PlanApplier(const Clock& clock, Rng& rng, scheduler::FleetKeeper& fleets, Committer& committer,
                std::function<state::View()> view)
        : clock_(clock), rng_(rng), fleets_(fleets), committer_(committer), view_(std::move(view)) {}
    ~PlanApplier() { stop(); }

    // Without a thread of its own, submit() does the work where it is called; one caller at a time.
    void start(bool own_thread = true);
    // Plans that wait are refused with ErrorCode::unavailable. Waits for those that are being written.
    void stop();

    // Waits for the result. RefreshIndex != 0: something was left out, and a new plan should see at least that index.
    // `with_it` is called, on another thread, when all of the plan has been accepted and proposed: what it proposes
    // stands behind the plan in the log, and is written with it. It must not wait. It has returned when this does.
    using WithIt = std::function<void(const model::PlanResult& accepted)>;
    Result<model::PlanResult> submit(model::Plan plan, WithIt with_it = nullptr);

    size_t queued() const;

private:
    struct Waiting {
        model::Plan plan;
        WithIt with_it;
        std::mutex mutex;
        std::condition_variable done;
        std::optional<Result<model::PlanResult>> result;
        bool proposing = false;

        void finish(Result<model::PlanResult> outcome);
    };
    using WaitingPtr = std::shared_ptr<Waiting>;

    void run();
    void process(const WaitingPtr& waiting);
    void write(const WaitingPtr& waiting, const state::View& view, CheckedPlan checked);
    void propose(const WaitingPtr& waiting, state::command::ApplyPlan command, model::PlanResult result, bool complete);
    void forget_written(const state::View& view);
    void wait_for_written(size_t at_most);

    const Clock& clock_;
    Rng& rng_;
    scheduler::FleetKeeper& fleets_;
    Committer& committer_;
    std::function<state::View()> view_;
    Logger log_{"server.planner"};

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool running_ = false, own_thread_ = true;
    std::map<int64_t, std::deque<WaitingPtr>, std::greater<>> queue_;  // by priority
    size_t queued_ = 0, writing_ = 0;
    std::vector<std::shared_ptr<const PendingPlan>> pending_;  // of the applier's thread
    std::thread thread_;
};

}  // namespace drover::server
