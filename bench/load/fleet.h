#pragma once
// Simulated nodes: over the pool that other calls use, or each with a connection and a long poll of its own. One loop.

#include <vector>

#include "base/rng.h"
#include "load/callers.h"
#include "load/server_calls.h"
#include "model/rpc_node.h"
#include "net/rpc_session.h"

namespace drover::load {

class Fleet {
public:
    Fleet(net::Network& network, ServerCalls& calls, const Options& options, Rng& rng);
    ~Fleet();  // after stop()

    // Registers the node of that number and says that it is ready, over the pool. With Options::heartbeats it goes on
    // saying so.
    net::Task<Result<>> join_pooled(int number);
    // The same over a connection of its own, which is kept and holds a long poll.
    net::Task<Result<>> join_connected(int number);
    net::Task<> stop();

    uint64_t heartbeats() const { return heartbeats_; }
    uint64_t polls() const { return polls_; }  // that were answered
    uint64_t lost() const { return lost_; }    // connections that ended

private:
    struct Member {
        model::Node node;
        std::string token;
        Duration ttl;
        std::shared_ptr<net::RpcSession> session;  // null: pooled
    };
    template <class Response, class Request>
    net::Task<Result<Response>> call(Member& member, std::string method, Request request);
    net::Task<Result<>> join(Member& member);
    net::Task<Result<>> say_ready(Member& member);
    net::Task<> run_session(std::shared_ptr<net::RpcSession> session);
    net::Task<> keep_alive(Member& member);
    net::Task<> poll(Member& member);

    net::Network& network_;
    net::Loop& loop_;
    ServerCalls& calls_;
    const Options& options_;
    const net::RpcSessionConfig session_config_ = {.kept_streams = 2};
    const net::RpcService no_service_;
    std::vector<Member> members_;
    uint64_t sequence_ = 0;
    uint64_t heartbeats_ = 0, polls_ = 0, lost_ = 0;
    net::TaskGroup group_;
};

}  // namespace drover::load
