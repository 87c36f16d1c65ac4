#pragma once
// The servers of an agent that is none: the connections of its client to them, over which they may call the node, and
// the list of their addresses as operators see and set it. Loop thread.

#include "agent/known_servers.h"
#include "client/node_service.h"
#include "client/rpc_servers.h"
#include "net/rpc_pool.h"

namespace drover::agent {

class RemoteServers final : public KnownServers {
public:
    // The network and the generator outlive it.
    RemoteServers(client::RpcServersConfig config, net::RpcPoolConfig pool, net::Network& network, Rng& rng);

    client::RpcServers& rpc() { return servers_; }
    // Refuses what servers call until it has a client.
    client::NodeService& node_service() { return node_; }

    std::vector<std::string> addresses() const override;
    Result<> set_addresses(std::vector<std::string> addresses) override;

    // Before it goes: ends all connections and what is called over them.
    net::Task<> stop() { return pool_.stop(); }

private:
    client::NodeService node_;
    net::RpcPool pool_;
    client::RpcServers servers_;
};

}  // namespace drover::agent
