#pragma once
// The agent's side of a shim: starting one, and talking to it over the socket in its directory. Every call opens a
// connection of its own, so nothing has to be kept, joined or found again after a restart. Loop thread.

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "driver/shim/protocol.h"
#include "net/stream.h"

namespace drover::driver {

// Writes the spec into the directory, binds the socket there and starts the shim (by posix_spawn: no fork of this
// process). Returns its process id without waiting for the task: status() does.
Result<pid_t> spawn_shim(const std::string& shim_program, const std::string& directory, const std::string& spec);

// What the shim wrote last: how a task ended whose shim is gone.
Result<ShimStatus> read_shim_state(const std::string& directory);

class ShimClient {
public:
    ShimClient(net::Network& network, std::string directory) : network_(network), directory_(std::move(directory)) {}

    net::Task<Result<ShimStatus>> status(net::Limit limit);
    // When the task has ended, or never started. If the shim dies meanwhile, an error.
    net::Task<Result<ShimStatus>> wait(net::Limit limit);
    // not_found when the task has ended.
    net::Task<Result<>> signal(int number, ShimTarget target, net::Limit limit);
    net::Task<Result<ShimStats>> stats(net::Limit limit);
    net::Task<Result<>> set_log_limits(ShimLogLimits limits, net::Limit limit);
    // The result has been collected: the shim ends.
    net::Task<Result<>> finish(net::Limit limit);

    const std::string& directory() const { return directory_; }
    net::Loop& loop() const { return network_.loop(); }

private:
    net::Task<Result<std::string>> call(ShimMessage type, std::string body, net::Limit limit);
    template <class Answer>
    net::Task<Result<Answer>> ask(ShimMessage type, std::string body, net::Limit limit);
    net::Task<Result<>> order(ShimMessage type, std::string body, net::Limit limit);

    net::Network& network_;
    std::string directory_;
};

}  // namespace drover::driver
