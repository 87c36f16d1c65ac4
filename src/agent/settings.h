#pragma once
// From an agent's configuration to how its server and its client are set up. Pure; the configuration has been checked.

#include <string>

#include "agent/config.h"
#include "base/result.h"
#include "client/config.h"
#include "client/rpc_servers.h"
#include "net/rpc_pool.h"
#include "server/config.h"

namespace drover::agent {

Result<server::ServerConfig> server_settings(const Config& config, std::string id, uint64_t instance);
// Where a server keeps what lasts.
std::string server_directory(const Config& config);
// How a client that has no server beside it reaches servers, and which it knows.
Result<net::RpcPoolConfig> client_pool_settings(const Config& config);
client::RpcServersConfig client_servers(const Config& config);
client::ClientConfig client_settings(const Config& config, const std::string& data_dir, std::string http_address);

// Where the HTTP interface listens, and the address that others use ("" in it: the same).
std::string http_host(const Config& config);

}  // namespace drover::agent
