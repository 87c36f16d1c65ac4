#pragma once
// Brings commands into the log. Any thread.

#include <memory>

#include "raft/log.h"
#include "server/committer.h"

namespace drover::server {

class LogCommitter final : public Committer {
public:
    // The log is opened later than this is made, and before the first proposal.
    explicit LogCommitter(const std::unique_ptr<raft::Log>& log) : log_(log) {}
    void propose(state::Command command, std::function<void(Result<state::Applied>)> done) override;

private:
    const std::unique_ptr<raft::Log>& log_;
};

}  // namespace drover::server
