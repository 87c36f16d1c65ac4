#pragma once
// Leader: what a write endpoint may use. Lives on the server's loop.

#include "base/clock.h"
#include "base/log.h"
#include "base/rng.h"
#include "model/eval.h"
#include "net/loop.h"
#include "server/committer.h"
#include "server/config.h"
#include "server/scheduling.h"
#include "state/store.h"

namespace drover::server {

class Heartbeats;

class Leader {
public:
    Leader(const ServerConfig& config, state::Store& store, Committer& committer, net::Loop& loop, Rng& rng)
        : config_(config), store_(store), committer_(committer), loop_(loop), rng_(rng) {}

    const ServerConfig& config() const { return config_; }
    state::Store& store() { return store_; }
    state::View view() const { return store_.view(); }
    net::Loop& loop() { return loop_; }
    Time now() const { return loop_.clock().now(); }
    Rng& rng() { return rng_; }
    model::SchedulerConfiguration scheduler_config() const;

    // Commits a command and waits until it is applied here. Refused commands change nothing. The outcome of one that
    // this waits for too long (a minute) is unknown: ErrorCode::timeout.
    net::Task<Result<state::Applied>> commit(state::Command command);

    // A new evaluation of that job, pending, with identifier and times.
    model::Evaluation new_eval(std::string ns, std::string job_id, std::string type, int64_t priority,
                               std::string_view triggered_by) const;

    // Null while the leader's duties do not run.
    Heartbeats* maybe_heartbeats = nullptr;
    Scheduling* maybe_scheduling = nullptr;

private:
    const ServerConfig& config_;
    state::Store& store_;
    Committer& committer_;
    net::Loop& loop_;
    Rng& rng_;
};

}  // namespace drover::server
