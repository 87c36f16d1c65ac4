#pragma once
// LogHome: what the log of a lasting server lives on: its folder, its identifier, and a loop and threads of its own.
// Made and destroyed on any thread but the log's; it outlives the server.

#include <memory>
#include <string>

#include "net/loop.h"
#include "server/server.h"

namespace drover::agent {

class LogHome {
public:
    // `folder`: the server's part of the data directory, made if missing. `new_id` becomes this server's identifier if
    // the folder has none yet. An error when another process uses the folder.
    static Result<std::unique_ptr<LogHome>> open(const std::string& folder, std::string new_id, const Clock& clock);
    ~LogHome();

    const std::string& server_id() const { return server_id_; }
    server::ServerParts::Durable parts();

private:
    static constexpr int kNiceness = 10;  // of writing snapshots

    explicit LogHome(const Clock& clock);

    std::string server_id_;
    int lock_ = -1;  // a file that is held while the folder is in use
    net::BlockingPool pool_{3};
    net::BlockingPool slow_pool_{1, 16, kNiceness};
    net::LoopThread thread_;
    std::unique_ptr<net::Network> network_;
    std::unique_ptr<raft::Disk> disk_;
    std::unique_ptr<raft::ApplyWorker> worker_;
    Logger log_{"agent"};
};

}  // namespace drover::agent
