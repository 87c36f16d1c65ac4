#pragma once
// NodeService: what servers may call at this node, over the connections that its client has made to them: commands to
// allocations, their files and logs. The allocations are the client's; this only speaks the wire. Loop thread.

#include <map>
#include <string>

#include "net/rpc.h"

namespace drover::client {

class Client;

class NodeService {
public:
    // All calls are refused until there is a client.
    void attach(Client& client) { maybe_client_ = &client; }

    // A method that is not the client's own to answer. Before service() is used.
    void add(std::string method, net::RpcHandler handler) { others_[std::move(method)] = std::move(handler); }

    // The functions refer to this object, which outlives whoever has them. The handlers of streams end with the peer,
    // their token or what they show.
    net::RpcService service();

private:
    net::Task<Result<std::string>> answer(net::RpcCall call);
    net::Task<> stream(net::RpcStreamCall call);

    Client* maybe_client_ = nullptr;
    std::map<std::string, net::RpcHandler, std::less<>> others_;
};

}  // namespace drover::client
