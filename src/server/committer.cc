#include "server/committer.h"

#include <condition_variable>
#include <mutex>
#include <optional>

namespace drover::server {

struct Committer::Pending::State {
    std::mutex mutex;
    std::condition_variable done;
    std::optional<Result<state::Applied>> result;
};

Result<state::Applied> Committer::Pending::wait() {
    std::unique_lock lock(state_->mutex);
    state_->done.wait(lock, [&] { return state_->result.has_value(); });
    return std::move(*state_->result);
}

Committer::Pending Committer::begin(state::Command command) {
    const auto state = std::make_shared<Pending::State>();
    propose(std::move(command), [state](Result<state::Applied> result) {
        {
            std::lock_guard lock(state->mutex);
            state->result = std::move(result);
        }
        state->done.notify_all();
    });
    return Pending(state);
}

}  // namespace drover::server
