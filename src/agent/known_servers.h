#pragma once
// The servers that an agent's client knows by address, as operators see and set them. Loop thread.

#include <string>
#include <vector>

#include "base/result.h"

namespace drover::agent {

class KnownServers {
public:
    virtual ~KnownServers() = default;
    virtual std::vector<std::string> addresses() const = 0;  // "ip:port" of RPC ports, sorted
    // Replaces them. An error leaves them as they were.
    virtual Result<> set_addresses(std::vector<std::string> addresses) = 0;
};

inline constexpr int kDefaultRpcPort = 4647;
// "host:port" from "host" or "host:port". ErrorCode::internal for anything else.
Result<std::string> server_address(const std::string& text);

}  // namespace drover::agent
