#pragma once
// What only the leader does: scheduling, heartbeats, the first configuration of a new cluster. Started and stopped in
// order, on the server's loop.

#include <memory>

#include "server/heartbeats.h"
#include "server/leader.h"
#include "server/scheduling.h"

namespace drover::server {

class LeaderDuties {
public:
    LeaderDuties(Leader& leader, Committer& committer);

    void start();
    net::Task<> stop();

private:
    net::Task<> establish();
    net::Task<> keep_ticking();

    Leader& leader_;
    net::TaskGroup group_;
    net::Notify work_;
    Scheduling scheduling_;
    Heartbeats heartbeats_;
    Logger log_{"server.leader"};
};

}  // namespace drover::server
