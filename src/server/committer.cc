#include "server/committer.h"

#include <future>

namespace drover::server {

Result<state::Applied> Committer::commit(state::Command command) {
    auto promise = std::make_shared<std::promise<Result<state::Applied>>>();
    auto done = promise->get_future();
    propose(std::move(command), [promise](Result<state::Applied> result) { promise->set_value(std::move(result)); });
    return done.get();
}

}  // namespace drover::server
