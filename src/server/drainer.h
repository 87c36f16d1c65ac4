#pragma once
// Empties nodes that are being drained: watches them, asks scheduler::judge what has to leave, marks that and has its
// jobs evaluated, and ends drains that are complete. Leader only; lives on the server's loop.

#include <memory>
#include <set>
#include <string>

#include "base/log.h"
#include "net/loop.h"
#include "scheduler/drain_rules.h"
#include "server/leader.h"

namespace drover::server {

// What the rules need to know of these nodes; those that are not draining (any more) are left out.
scheduler::DrainFacts drain_facts(const state::View& view, const std::set<std::string>& node_ids);

class Drainer {
public:
    explicit Drainer(Leader& leader);

    // Started and stopped as often as the leadership changes.
    void start();
    net::Task<> stop();

private:
    net::Task<> run();
    bool follow();
    net::Task<Result<>> act(scheduler::DrainStep step);
    net::Task<Result<>> mark(scheduler::DrainStep step);
    net::Task<Result<>> complete(std::map<std::string, bool> done);

    Leader& leader_;
    net::Notify changed_;
    std::unique_ptr<net::TaskGroup> group_;  // while running
    std::set<std::string> draining_;
    state::View seen_;  // up to where `draining_` is right
    Logger log_{"server.drain"};
};

}  // namespace drover::server
