#pragma once
// Leader: what a write endpoint may use. Lives on the server's loop.

#include "base/clock.h"
#include "base/log.h"
#include "base/rng.h"
#include "model/eval.h"
#include "model/rpc_operator.h"
#include "net/loop.h"
#include "raft/log.h"
#include "raft/membership.h"
#include "server/committer.h"
#include "server/config.h"
#include "server/routing.h"
#include "server/scheduling.h"
#include "state/store.h"

namespace drover::server {

class Autopilot;
class Heartbeats;

class Leader {
public:
    // The log may be opened later than this is made.
    Leader(const ServerConfig& config, state::Store& store, const std::unique_ptr<raft::Log>& log, Committer& committer,
           const Routing& routing, net::Loop& loop, const Clock& clock, Rng& rng)
        : config_(config),
          store_(store),
          log_(log),
          committer_(committer),
          routing_(routing),
          loop_(loop),
          clock_(clock),
          rng_(rng) {}

    const ServerConfig& config() const { return config_; }
    state::Store& store() { return store_; }
    state::View view() const { return store_.view(); }
    raft::Log& log() { return *log_; }
    const Routing& routing() const { return routing_; }
    net::Loop& loop() { return loop_; }
    const Clock& clock() const { return clock_; }
    Time now() const { return clock_.now(); }
    Rng& rng() { return rng_; }
    model::SchedulerConfiguration scheduler_config() const;
    model::AutopilotConfig autopilot_config() const;
    // The servers of all regions as the members know them; this one alone where no protocol of members runs.
    std::vector<raft::Member> members() const;

    // Commits a command and waits until it is applied here. Refused commands change nothing. The outcome of one that
    // this waits for too long (a minute) is unknown: ErrorCode::timeout.
    net::Task<Result<state::Applied>> commit(state::Command command);

    // Changes the servers of the log, or who leads it, and waits for that. After the limit the outcome is unknown. A
    // leader that should go hands over first, and its successor removes it.
    net::Task<Result<>> remove_peer(std::string id, net::Limit limit);
    std::function<net::Task<Result<model::GenericResponse>>(model::RaftPeerByIDRequest)> remove_by_successor;
    net::Task<Result<>> transfer_leadership(std::string id, net::Limit limit);

    // A new evaluation of that job, pending, with identifier and times.
    model::Evaluation new_eval(std::string ns, std::string job_id, std::string type, int64_t priority,
                               std::string_view triggered_by) const;

    raft::Membership* maybe_membership = nullptr;
    // Calls another server on its RPC port, to see that it is there.
    std::function<net::Task<Result<>>(raft::Member)> maybe_call_back = nullptr;

    // Null while the leader's duties do not run.
    Autopilot* maybe_autopilot = nullptr;
    Heartbeats* maybe_heartbeats = nullptr;
    Scheduling* maybe_scheduling = nullptr;

private:
    const ServerConfig& config_;
    state::Store& store_;
    const std::unique_ptr<raft::Log>& log_;
    Committer& committer_;
    const Routing& routing_;
    net::Loop& loop_;
    const Clock& clock_;
    Rng& rng_;
};

}  // namespace drover::server
