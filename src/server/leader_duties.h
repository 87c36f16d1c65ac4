#pragma once
// What only the leader does: scheduling, heartbeats, autopilot, the first configuration of a new cluster. Started and
// stopped in order, on the server's loop, as often as the leadership changes.

#include <memory>

#include "server/autopilot.h"
#include "server/deployment_watcher.h"
#include "server/drainer.h"
#include "server/garbage_duty.h"
#include "server/heartbeats.h"
#include "server/leader.h"
#include "server/periodic_duty.h"
#include "server/scheduling.h"

namespace drover::server {

class LeaderDuties {
public:
    LeaderDuties(Leader& leader, Committer& committer);

    void start();
    net::Task<> stop();

    Scheduling& scheduling() { return scheduling_; }

private:
    net::Task<> begin();
    net::Task<> establish();
    net::Task<> evaluate_forgotten();
    void start_autopilot();
    net::Task<> follow_restores();
    net::Task<> keep_ticking();

    Leader& leader_;
    std::unique_ptr<net::TaskGroup> group_;  // while running
    net::Notify work_;
    net::Notify restored_;
    Scheduling scheduling_;
    Heartbeats heartbeats_;
    PeriodicDuty periodic_;
    DeploymentWatcher deployments_;
    Drainer drainer_;
    GarbageDuty garbage_;
    std::unique_ptr<Autopilot> autopilot_;
    Logger log_{"server.leader"};
};

}  // namespace drover::server
