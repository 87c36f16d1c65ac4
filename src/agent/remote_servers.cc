#include "agent/remote_servers.h"

#include <algorithm>

namespace drover::agent {
namespace {

net::RpcPoolConfig with_service(net::RpcPoolConfig config, net::RpcService service) {
    config.service = std::move(service);
    return config;
}

}  // namespace

RemoteServers::RemoteServers(client::RpcServersConfig config, net::RpcPoolConfig pool, net::Network& network, Rng& rng)
    : pool_(network, with_service(std::move(pool), node_.service())),
      servers_(std::move(config), pool_, network.loop(), rng) {}

std::vector<std::string> RemoteServers::addresses() const {
    std::vector<std::string> addresses = servers_.servers();
    std::sort(addresses.begin(), addresses.end());
    return addresses;
}

Result<> RemoteServers::set_addresses(std::vector<std::string> addresses) {
    for (std::string& text : addresses) {
        auto address = server_address(text);
        if (!address) return fail(address.error());
        text = std::move(*address);
    }
    std::sort(addresses.begin(), addresses.end());
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
    return servers_.set_servers(addresses);
}

}  // namespace drover::agent
