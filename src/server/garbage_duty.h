#pragma once
// Removes what nobody needs any more, every few minutes. Leader only; lives on the server's loop, and looks for garbage
// on a thread that may block.

#include <memory>
#include <vector>

#include "base/log.h"
#include "net/loop.h"
#include "server/garbage_rules.h"
#include "server/leader.h"

namespace drover::server {

// Removes what is older than the thresholds, kind after kind. What one of them fails with is the answer; the others are
// tried all the same.
net::Task<Result<>> remove_garbage(Leader& leader, std::vector<GarbageKind> kinds, GcThresholds thresholds);

class GarbageDuty {
public:
    explicit GarbageDuty(Leader& leader) : leader_(leader) {}

    // Started and stopped as often as the leadership changes.
    void start();
    net::Task<> stop();

private:
    net::Task<> run();
    net::Task<> remove_if_due(net::Deadline& due, std::vector<GarbageKind> kinds, Duration interval);

    Leader& leader_;
    std::unique_ptr<net::TaskGroup> group_;  // while running
    Logger log_{"server.garbage"};
};

}  // namespace drover::server
