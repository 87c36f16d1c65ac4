#pragma once
// Brings commands into the log. Any thread.

#include "raft/log.h"
#include "server/committer.h"

namespace drover::server {

class LogCommitter final : public Committer {
public:
    explicit LogCommitter(raft::Log& log) : log_(log) {}
    void propose(state::Command command, std::function<void(Result<state::Applied>)> done) override;

private:
    raft::Log& log_;
};

}  // namespace drover::server
