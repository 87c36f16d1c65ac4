#pragma once
// Which nodes are alive: a timer for each, moved by every sign of life. When one runs out the node is declared down
// (or disconnected), with evaluations for what ran there. Leader only; lives on the server's loop.

#include <map>
#include <memory>
#include <string>

#include "base/log.h"
#include "net/loop.h"
#include "server/leader.h"

namespace drover::server {

class Heartbeats {
public:
    explicit Heartbeats(Leader& leader) : leader_(leader) {}

    // A new leader knows no heartbeats: every node that is not down gets time to find it. Started and stopped as often
    // as the leadership changes.
    void start();
    net::Task<> stop();
    // Another state has taken the place of the one before.
    void restart();

    // A sign of life. How long the node has until it must give the next one.
    Duration beat(const std::string& node_id);
    void forget(const std::string& node_id) { timers_.erase(node_id); }
    size_t active() const { return timers_.size(); }

private:
    void arm(const std::string& node_id, Duration ttl);
    net::Task<> missed(std::string node_id);

    Leader& leader_;
    std::unique_ptr<net::TaskGroup> group_;  // while running
    std::map<std::string, std::unique_ptr<net::CallTimer>> timers_;
    Logger log_{"server.heartbeat"};
};

}  // namespace drover::server
