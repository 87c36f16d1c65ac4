#pragma once
// Routing: where a call has to go: the leader, or another region's servers. Knows what the log and the members say.
// Lives on the server's loop.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "raft/log.h"
#include "raft/membership.h"
#include "server/config.h"

namespace drover::server {

class Routing {
public:
    // All outlive it. Without members the server knows itself and the log's configuration.
    Routing(const ServerConfig& config, const std::unique_ptr<raft::Log>& log, Rng& rng)
        : config_(config), log_(log), rng_(rng) {}
    void set_membership(raft::Membership* maybe_membership) { maybe_membership_ = maybe_membership; }

    // "ip:port" of the leader's RPC port; empty while there is none.
    std::string leader_address() const;
    // Of one alive server of that region, at random; empty: no such region, or nobody there answers.
    std::string server_of(std::string_view region) const;
    // RPC addresses of this region's servers that are alive, this one included.
    struct Server {
        std::string address;
        std::string datacenter;
    };
    std::vector<Server> servers() const;
    // The id of a server of this region that an operator names: by that, by its name ("<node>.<region>"), or "leader".
    Result<std::string> id_of(std::string_view server) const;
    // "ip:port" of the RPC port of a server of this region; members know better than the log. Empty: unknown.
    std::string address_of(const std::string& server_id) const;

private:
    const ServerConfig& config_;
    const std::unique_ptr<raft::Log>& log_;
    Rng& rng_;
    raft::Membership* maybe_membership_ = nullptr;
};

}  // namespace drover::server
