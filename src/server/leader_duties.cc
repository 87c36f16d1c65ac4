#include "server/leader_duties.h"

#include <algorithm>

#include "server/keyring.h"

namespace drover::server {
namespace {

constexpr Duration kTickAtLeast = seconds(1);

SchedulingConfig scheduling_config(const ServerConfig& config) {
    return {config.num_schedulers, config.enabled_schedulers, config.default_scheduler_config};
}

}  // namespace

LeaderDuties::LeaderDuties(Leader& leader, Committer& committer)
    : leader_(leader),
      group_(leader.loop()),
      work_(leader.loop()),
      scheduling_(scheduling_config(leader.config()), leader.loop().clock(), leader.rng(), leader.store(), committer),
      heartbeats_(leader) {}

void LeaderDuties::start() {
    scheduling_.on_work([notify = work_] { notify.notify(); });
    scheduling_.start();
    leader_.maybe_scheduling = &scheduling_;
    heartbeats_.start();
    leader_.maybe_heartbeats = &heartbeats_;
    group_.spawn(establish());
    group_.spawn(keep_ticking());
}

net::Task<> LeaderDuties::stop() {
    group_.cancel();
    co_await group_.join();
    leader_.maybe_heartbeats = nullptr;
    co_await heartbeats_.stop();
    leader_.maybe_scheduling = nullptr;
    scheduling_.stop();
}

// A new cluster gets a key, and the configuration that the server's own names.
net::Task<> LeaderDuties::establish() {
    if (!leader_.view().scheduler_config()) {
        auto applied = co_await leader_.commit(
            state::command::SetSchedulerConfig{leader_.config().default_scheduler_config, false});
        if (!applied) log_.error("cannot store the scheduler configuration", {{"error", applied.error().message}});
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
    const net::CancelToken cancel = group_.token();
    while (!cancel.cancelled()) {
        const Time next = scheduling_.tick();
        const Duration wait = std::clamp(next - leader_.now(), Duration{0}, kTickAtLeast);
        Result<> waited = co_await work_.wait({leader_.loop().in(wait), cancel});
        if (!waited && waited.error().code != ErrorCode::timeout) co_return;
    }
}

}  // namespace drover::server
