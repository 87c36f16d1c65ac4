#pragma once
// The servers as an agent's HTTP interface calls them: the one in this process, or others by RPC. Loop thread.

#include <memory>
#include <string>

#include "client/rpc_servers.h"
#include "net/stream.h"
#include "server/server.h"

namespace drover::agent {

class ServerCalls {
public:
    virtual ~ServerCalls() = default;
    // An endpoint, with the errors that it answers. The token ends a call that waits.
    virtual net::Task<Result<server::Message>> call(const server::Endpoint& endpoint, server::Message request,
                                                    net::CancelToken cancel) = 0;
    // A method of nodes by its name at servers, in MessagePack on both sides; which node is meant stands in the
    // request. not_found: `Unknown allocation "<id>"`, `Unknown node "<id>"`, `No path to node`.
    virtual net::Task<Result<std::string>> call_node(std::string method, std::string request,
                                                     net::CancelToken cancel) = 0;
    // A streaming method, of nodes or of servers; the stream after the exchange that begins it.
    virtual net::Task<Result<std::unique_ptr<net::Stream>>> open_stream(std::string method, std::string request,
                                                                        net::CancelToken cancel) = 0;

    // The endpoint by its name, with types known.
    template <class Response, class Request>
    net::Task<Result<Response>> call(std::string_view name, Request request, net::CancelToken cancel) {
        const server::Endpoint* endpoint = server::find_endpoint(name);
        assert_always(endpoint != nullptr);
        return typed<Response>(call(*endpoint, server::Message::of(std::move(request)), std::move(cancel)));
    }

private:
    template <class Response>
    static net::Task<Result<Response>> typed(net::Task<Result<server::Message>> call) {
        Result<server::Message> answer = co_await std::move(call);
        if (!answer) co_return fail(answer.error());
        co_return std::move(answer->as<Response>());
    }
};

// The server outlives it.
std::unique_ptr<ServerCalls> calls_to(server::Server& server);
// Everything outlives it. `region`: the agent's.
std::unique_ptr<ServerCalls> calls_to(client::RpcServers& servers, net::Loop& loop, std::string region);

}  // namespace drover::agent
