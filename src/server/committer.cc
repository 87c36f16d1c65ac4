#include "server/committer.h"

#include <condition_variable>
#include <mutex>
#include <optional>

namespace drover::server {

Result<state::Applied> Committer::commit(state::Command command) {
    struct Waiting {
        std::mutex mutex;
        std::condition_variable done;
        std::optional<Result<state::Applied>> result;
    };
    const auto waiting = std::make_shared<Waiting>();
    propose(std::move(command), [waiting](Result<state::Applied> result) {
        {
            std::lock_guard lock(waiting->mutex);
            waiting->result = std::move(result);
        }
        waiting->done.notify_all();
    });
    std::unique_lock lock(waiting->mutex);
    waiting->done.wait(lock, [&] { return waiting->result.has_value(); });
    return std::move(*waiting->result);
}

}  // namespace drover::server
