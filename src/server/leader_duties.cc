#include "server/leader_duties.h"

#include <algorithm>

#include "server/forgotten_evals.h"
#include "server/keyring.h"

namespace drover::server {
namespace {

constexpr Duration kTickAtLeast = seconds(1);

SchedulingConfig scheduling_config(const ServerConfig& config) {
    return {config.num_schedulers, config.enabled_schedulers, config.default_scheduler_config,
            config.scheduler_threads};
}

}  // namespace

LeaderDuties::LeaderDuties(Leader& leader, Committer& committer)
    : leader_(leader),
      work_(leader.loop()),
      restored_(leader.loop()),
      scheduling_(scheduling_config(leader.config()), leader.clock(), leader.rng(), leader.store(), committer),
      heartbeats_(leader),
      periodic_(leader),
      deployments_(leader),
      drainer_(leader),
      garbage_(leader) {
    leader.store().on_publish([notify = restored_](const state::View& before, const state::View& after) {
        if (before.version()->epoch != after.version()->epoch) notify.notify();
    });
}

void LeaderDuties::start() {
    group_ = std::make_unique<net::TaskGroup>(leader_.loop());
    scheduling_.on_work([notify = work_] { notify.notify(); });
    scheduling_.start();
    leader_.maybe_scheduling = &scheduling_;
    heartbeats_.start();
    leader_.maybe_heartbeats = &heartbeats_;
    periodic_.start();
    deployments_.start();
    drainer_.start();
    garbage_.start();
    start_autopilot();
    group_->spawn(begin());
    group_->spawn(follow_restores());
    group_->spawn(keep_ticking());
}

net::Task<> LeaderDuties::stop() {
    if (!group_) co_return;
    group_->cancel();
    co_await group_->join();
    group_.reset();
    leader_.maybe_autopilot = nullptr;
    if (autopilot_) co_await autopilot_->stop();
    autopilot_.reset();
    co_await periodic_.stop();
    co_await deployments_.stop();
    co_await garbage_.stop();
    co_await drainer_.stop();
    leader_.maybe_heartbeats = nullptr;
    co_await heartbeats_.stop();
    leader_.maybe_scheduling = nullptr;
    // Its workers wait for what they have proposed: not on the loop, which goes on meanwhile.
    const Result<> stopped = co_await net::run_blocking(leader_.loop(), [this]() -> Result<> {
        scheduling_.stop();
        return {};
    });
    if (!stopped) scheduling_.stop();  // no thread was free
}

void LeaderDuties::start_autopilot() {
    autopilot_ = std::make_unique<Autopilot>(Autopilot::Parts{
        leader_.loop(), leader_.log(), [this] { return leader_.members(); },
        [this] { return leader_.autopilot_config(); }, leader_.config().region, leader_.maybe_call_back});
    autopilot_->start();
    leader_.maybe_autopilot = autopilot_.get();
}

// A restore that the leader before did not finish never will be.
net::Task<> LeaderDuties::begin() {
    if (leader_.store().restoring()) {
        auto aborted = co_await leader_.commit(state::command::AbortRestore{});
        if (!aborted) log_.error("cannot end an unfinished restore", {{"error", aborted.error().message}});
    }
    co_await establish();
    co_await evaluate_forgotten();
}

net::Task<> LeaderDuties::evaluate_forgotten() {
    state::command::UpsertEvals command;
    for (model::Evaluation& eval : forgotten_evals(leader_, leader_.view()))
        command.Evals.push_back(std::make_shared<model::Evaluation>(std::move(eval)));
    if (command.Evals.empty()) co_return;
    auto applied = co_await leader_.commit(std::move(command));
    if (!applied) log_.error("cannot evaluate what was forgotten", {{"error", applied.error().message}});
}

net::Task<> LeaderDuties::follow_restores() {
    const net::CancelToken cancel = group_->token();
    while (co_await restored_.wait({net::Deadline(), cancel})) {
        log_.info("the state was restored", {{"index", leader_.view().index()}});
        heartbeats_.restart();
        periodic_.restart();
        co_await establish();
    }
}

// A new cluster gets a key, and the configuration that the server's own names.
net::Task<> LeaderDuties::establish() {
    if (!leader_.view().scheduler_config()) {
        auto applied = co_await leader_.commit(
            state::command::SetSchedulerConfig{leader_.config().default_scheduler_config, false});
        if (!applied) log_.error("cannot store the scheduler configuration", {{"error", applied.error().message}});
    }
    if (!leader_.view().autopilot_config()) {
        auto applied = co_await leader_.commit(
            state::command::SetAutopilotConfig{leader_.config().default_autopilot_config, false});
        if (!applied) log_.error("cannot store the autopilot configuration", {{"error", applied.error().message}});
    }
    if (!leader_.view().root_keys().active()) {
        auto key = make_root_key(leader_.rng(), leader_.now());
        if (!key) co_return log_.error("cannot make a root key", {{"error", key.error().message}});
        auto applied =
            co_await leader_.commit(state::command::UpsertRootKey{std::make_shared<model::RootKey>(std::move(*key))});
        if (!applied) log_.error("cannot store a root key", {{"error", applied.error().message}});
    }
}

net::Task<> LeaderDuties::keep_ticking() {
    const net::CancelToken cancel = group_->token();
    while (!cancel.cancelled()) {
        const Duration next = scheduling_.tick();
        const Duration wait = std::clamp(next - leader_.loop().now(), Duration{0}, kTickAtLeast);
        Result<> waited = co_await work_.wait({leader_.loop().in(wait), cancel});
        if (!waited && waited.error().code != ErrorCode::timeout) co_return;
    }
}

}  // namespace drover::server
