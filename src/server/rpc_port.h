#pragma once
// RpcPort: the server's side of the RPC port: every endpoint by its name, in MessagePack, for clients and for other
// servers, and what is passed on to nodes; and this server's calls to others. Lives on the server's loop.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "net/rpc_listener.h"
#include "net/rpc_pool.h"
#include "server/config.h"
#include "server/endpoint.h"
#include "server/node_calls.h"

namespace drover::server {

class Server;

class RpcPort {
public:
    RpcPort(Server& server, net::Loop& loop, net::Network& network, const RpcSettings& settings);
    ~RpcPort();  // after stop()

    // Listens; connections of the log are handed to `raft`, if there is one.
    Result<> start(const net::Address& address, net::RawHandler maybe_raft, net::RawHandler maybe_raft_tls);
    net::Task<> stop();

    // Calls that endpoint at another server, and gives its answer or its error as if it were this one's.
    struct Outcome {
        Result<Message> answer;
        bool answered = false;  // the other server said this; else nothing is known of what it did
    };
    net::Task<Outcome> call(std::string address, const Endpoint& endpoint, Message& request, net::Limit limit,
                            std::string region);

    // Whether that server answers on its RPC port.
    net::Task<Result<>> ping(std::string address, std::string region);

    // The same with bytes. An error that the other server answered is ErrorCode::internal with its text.
    net::Task<Result<std::string>> call_raw(std::string address, std::string region, std::string method,
                                            std::string body, net::Limit limit);
    net::Task<Result<std::unique_ptr<net::Stream>>> open_stream(std::string address, std::string region,
                                                                std::string method, std::string request,
                                                                net::Limit limit);

    // A streaming method of servers. A call for another region goes there; one that needs the leader to the leader,
    // unless its request allows stale answers.
    struct ServerStream {
        bool needs_leader = false;
        std::function<net::Task<>(net::RpcStreamCall call)> serve;
        std::function<std::string(const Error&)> refusal;  // the value that tells a caller that it goes nowhere
    };
    void add_stream(std::string method, ServerStream stream) {
        streams_[std::move(method)] = std::move(stream);
    }  // before start()
    // Such a stream for this process itself, as a call from outside has it.
    Result<std::unique_ptr<net::Stream>> open_own(std::string method, std::string request);

    NodeCalls& node_calls() { return node_calls_; }
    const NodeCalls& node_calls() const { return node_calls_; }

private:
    net::Task<Result<std::string>> serve(net::RpcCall call);
    net::Task<Result<std::string>> serve_endpoint(const Endpoint& endpoint, net::RpcCall call);
    Result<> find_stream(std::string_view method) const;
    net::Task<> serve_stream(net::RpcStreamCall call);
    net::Task<> serve_server_stream(const ServerStream& stream, net::RpcStreamCall call);
    net::Task<Result<std::unique_ptr<net::Stream>>> open_elsewhere(std::string region, std::string method,
                                                                   std::string request, net::CancelToken cancel);
    Result<net::RpcTarget> target(const std::string& address, const std::string& region) const;
    net::RpcListenerConfig listener_config(net::RawHandler maybe_raft, net::RawHandler maybe_raft_tls);

    Server& server_;
    net::Loop& loop_;
    net::Network& network_;
    const RpcSettings& settings_;
    net::RpcPool pool_;
    std::unique_ptr<net::RpcListener> listener_;
    NodeCalls node_calls_;
    std::map<std::string, ServerStream, std::less<>> streams_;
    net::TaskGroup group_;  // streams of this process itself
};

}  // namespace drover::server
