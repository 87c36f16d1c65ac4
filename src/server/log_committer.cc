#include "server/log_committer.h"

#include "server/state_machine.h"

namespace drover::server {

void LogCommitter::propose(state::Command command, std::function<void(Result<state::Applied>)> done) {
    log_->propose(std::make_shared<StateCommand>(std::move(command)), [d = std::move(done)](raft::Outcome outcome) {
        if (!outcome) return d(fail(std::move(outcome.error())));
        d(std::any_cast<state::Applied>(*outcome));
    });
}

}  // namespace drover::server
