#pragma once
// From an agent's configuration to how its server and its client are set up. Pure; the configuration has been checked.

#include <string>

#include "agent/config.h"
#include "base/result.h"
#include "client/config.h"
#include "server/config.h"

namespace drover::agent {

server::ServerConfig server_settings(const Config& config, std::string id);
client::ClientConfig client_settings(const Config& config, const std::string& data_dir, std::string http_address);

// Where the HTTP interface listens, and the address that others use ("" in it: the same).
std::string http_host(const Config& config);

}  // namespace drover::agent
