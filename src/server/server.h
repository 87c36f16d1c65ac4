#pragma once
// Server: one member of the cluster's brain. Owns the store, and wires the log, the leader's duties and the endpoints
// together. Lives on one loop, on which start(), stop() and call() run; a stopped server is destroyed, not restarted.

#include <memory>
#include <vector>

#include "base/log.h"
#include "model/operator.h"
#include "server/config.h"
#include "server/endpoint.h"
#include "server/leader.h"
#include "server/log_committer.h"
#include "server/state_machine.h"

namespace drover::server {

class LeaderDuties;

// Every endpoint table of this program.
const std::vector<const EndpointTable*>& all_endpoints();
// The row of that RPC name, or null.
const Endpoint* find_endpoint(std::string_view name);

class Server {
public:
    Server(ServerConfig config, net::Loop& loop, Rng& rng);
    ~Server();  // after stop()
    Server(const Server&) = delete;

    Result<> start();
    // Ends the leader's duties, then the log. Calls that wait end with ErrorCode::canceled.
    net::Task<> stop();

    // Runs an endpoint. The token ends a call that waits; the request is given up.
    net::Task<Result<Message>> call(const Endpoint& endpoint, Message request, net::CancelToken cancel);

    // The same by name with types known. Asserts that they are the endpoint's.
    template <class Response, class Request>
    net::Task<Result<Response>> call(std::string_view name, Request request, net::CancelToken cancel) {
        const Endpoint* endpoint = find_endpoint(name);
        assert_always(endpoint != nullptr);
        return typed<Response>(call(*endpoint, Message::of(std::move(request)), std::move(cancel)));
    }
    // The same with MessagePack on both sides, as the RPC port speaks it.
    net::Task<Result<std::string>> call_encoded(std::string_view name, std::string_view request,
                                                net::CancelToken cancel);

    const ServerConfig& config() const { return config_; }
    const state::Store& store() const { return store_; }
    raft::LogStats log_stats() const { return log_->stats(); }
    bool is_leader() const { return log_->leadership().is_leader; }
    std::string leader_address() const;  // "" while there is none
    model::ServerMember member() const;
    Leader& leader() { return leader_; }

private:
    template <class Response>
    static net::Task<Result<Response>> typed(net::Task<Result<Message>> call) {
        Result<Message> answer = co_await std::move(call);
        if (!answer) co_return fail(answer.error());
        co_return std::move(answer->as<Response>());
    }
    Result<> check(const Endpoint& endpoint, Message& request) const;
    net::Task<Result<Message>> query(const Endpoint& endpoint, Message request, net::CancelToken cancel);
    Result<Message> evaluate(const Endpoint& endpoint, const state::View& view, const Message& request) const;
    net::Task<Result<>> wait_for_change(state::WatchSet watched, state::View view, net::Limit limit);

    const ServerConfig config_;
    net::Loop& loop_;
    Rng& rng_;
    state::Store store_;
    StateMachine state_machine_;
    std::unique_ptr<raft::Log> log_;
    LogCommitter committer_;
    Leader leader_;
    std::unique_ptr<LeaderDuties> duties_;
    net::CancelSource stopping_;
};

}  // namespace drover::server
