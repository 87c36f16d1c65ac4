#pragma once
// Server: one member of the cluster's brain. Owns the store, and wires the log, the leader's duties, the RPC port and
// the endpoints together. Any server answers any call: what is not its own to answer goes to the leader or to another
// region. Lives on one loop, on which start(), stop() and call() run; a stopped server is destroyed, not restarted.

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/log.h"
#include "model/operator.h"
#include "raft/replicated_log.h"
#include "server/archive.h"
#include "server/config.h"
#include "server/endpoint.h"
#include "server/leader.h"
#include "server/log_committer.h"
#include "server/routing.h"
#include "server/rpc_port.h"
#include "server/state_machine.h"

namespace drover::server {

class ClusterMembers;
class LeaderDuties;

// Every endpoint table of this program.
const std::vector<const EndpointTable*>& all_endpoints();
// The row of that RPC name, or null.
const Endpoint* find_endpoint(std::string_view name);

// What a server lives on. All of it outlives the server.
struct ServerParts {
    net::Loop& loop;
    net::Network& network;  // of that loop
    Rng& rng;
    // The time of day, where it is not the loop's. Waits are the loop's in any case.
    const Clock* maybe_clock = nullptr;

    // The log of a server whose state lasts, on a loop of its own. Without it the log is in memory, and the server
    // alone.
    struct Durable {
        raft::Disk& disk;
        net::Loop& loop;
        net::Network& network;
        raft::ApplyWorker& worker;
        net::BlockingPool* maybe_slow_pool = nullptr;  // for writing snapshots
        // The disk failed: nothing can be promised any more.
        std::function<void(Error)> on_failure;
        // A connection that was accepted on the server's loop, as one of the log's.
        std::function<Result<std::unique_ptr<net::Stream>>(std::unique_ptr<net::Stream>)> take_over = nullptr;
    };
    std::optional<Durable> durable = std::nullopt;
    // The log of a server whose state does not last, where it is to be another than raft::SingleLog.
    std::function<std::unique_ptr<raft::Log>(raft::StateMachine&)> make_log = nullptr;

    // This server cannot take part in its cluster (a cloned disk, nobody to join): the process should end.
    std::function<void(Error)> on_fatal = nullptr;
};

class Server {
public:
    Server(ServerConfig config, ServerParts parts);
    ~Server();  // after stop()
    Server(const Server&) = delete;

    // Reads what the disk holds (blocks), begins to apply, listens on its ports, and looks for the others.
    net::Task<Result<>> start();
    // Ends the leader's duties, then the port, then the log. Calls that wait end with ErrorCode::canceled.
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
    const ServerConfig& config() const { return config_; }
    const state::Store& store() const { return store_; }
    // Others might lead by now and have written: the log makes sure that this server still knows everything. The inner
    // error is the log's; the outer one, that the call was given up or that nothing was known in time.
    net::Task<Result<Result<>>> confirm(net::CancelToken cancel);
    // The archive of the present state: for another thread, which may take its time.
    std::function<Result<>(const model::ArchiveSink&)> archive() const;
    // Replaces the state by an archive, which is read on a thread that may block, twice. The index of the new state.
    // With `force`, also one with root keys that this server cannot open.
    net::Task<Result<uint64_t>> restore(ArchiveSource source, bool force);
    raft::LogStats log_stats() const { return log_->stats(); }
    raft::Log& log() const { return *log_; }
    bool is_leader() const { return log_->leadership().is_leader; }
    std::string leader_address() const { return routing_.leader_address(); }  // of its RPC port; "" while there is none
    const Routing& routing() const { return routing_; }
    RpcPort& rpc() { return rpc_; }
    const RpcPort& rpc() const { return rpc_; }
    Leader& leader() { return leader_; }
    Scheduling& scheduling();

    // Null: the server knows of itself alone.
    raft::Membership* maybe_membership() const { return leader_.maybe_membership; }
    std::vector<raft::Member> members() const { return leader_.members(); }
    model::ServerMember member() const;
    // "ip:port" of that server of the log as others reach it: members know better than the log.
    std::string address_of(const raft::Peer& peer) const { return routing_.address_of(peer.id); }

    // Takes leave of the others on purpose: a leader of several hands over its place in the log, and all are told.
    // Nothing where this server is alone. Ends at the limit at the latest.
    net::Task<> leave(net::Limit limit);

private:
    template <class Response>
    static net::Task<Result<Response>> typed(net::Task<Result<Message>> call) {
        Result<Message> answer = co_await std::move(call);
        if (!answer) co_return fail(answer.error());
        co_return std::move(answer->as<Response>());
    }
    // Where a call is answered.
    struct Place {
        enum class Kind { here, leader, region } kind = Kind::here;
        std::string region;
    };
    Place place_of(const Endpoint& endpoint, Message& request) const;
    net::Task<Result<Message>> answer(const Endpoint& endpoint, Message request, net::CancelToken cancel);
    net::Task<Result<Message>> forward(const Endpoint& endpoint, Message request, Place place, net::CancelToken cancel);
    net::Task<Result<Message>> confirmed_read(const Endpoint& endpoint, Message request, net::CancelToken cancel);
    net::Task<Result<Message>> query(const Endpoint& endpoint, Message request, net::CancelToken cancel);
    Result<Message> evaluate(const Endpoint& endpoint, const state::View& view, const Message& request) const;
    net::Task<Result<>> wait_for_change(state::WatchSet watched, state::View view, net::Limit limit);

    // Ends calls that wait for a server which does not lead any more.
    net::Task<> drop_stale_forwards();

    Result<> open_log();
    Result<> open_port();
    void accept_raft(std::unique_ptr<net::Stream> stream, bool tls);
    void begin_members();
    net::Task<> follow_leadership();

    const ServerConfig config_;
    ServerParts parts_;
    net::Loop& loop_;
    Rng& rng_;
    state::Store store_;
    StateMachine state_machine_;
    std::unique_ptr<raft::Log> log_;
    raft::ReplicatedLog* maybe_replicated_ = nullptr;  // log_, if it is one
    LogCommitter committer_;
    Routing routing_;
    RpcPort rpc_;
    Leader leader_;
    std::unique_ptr<ClusterMembers> cluster_;
    std::unique_ptr<LeaderDuties> duties_;
    net::CancelSource stopping_;
    struct Forward {
        std::string address;  // of who led when it was sent
        net::CancelSource cancel;
    };
    std::vector<Forward*> forwards_;  // to the leader, under way
    net::TaskGroup group_;
    net::Notify leadership_changed_;
    Logger logger_{"server"};
};

}  // namespace drover::server
