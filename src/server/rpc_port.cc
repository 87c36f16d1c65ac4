#include "server/rpc_port.h"

#include "base/strings.h"
#include "codec/describe.h"
#include "codec/msgpack.h"
#include "model/rpc_text.h"
#include "net/memory_stream.h"
#include "raft/transport.h"
#include "server/relay.h"
#include "server/server.h"

namespace drover::server {

// What is looked at in the request of a server's stream.
struct ServerStreamKeys {
    std::string Region;
    bool AllowStale = false;
    bool Forwarded = false;
};
DECLARE_TYPE(ServerStreamKeys);
DESCRIBE(ServerStreamKeys, FIELD(Region), FIELD(AllowStale), FIELD(Forwarded));

namespace {

constexpr size_t kKeptStreams = 64;
constexpr Duration kIdleSessions = minutes(2);
constexpr Duration kPingTimeout = seconds(5);
constexpr Duration kStreamTimeout = seconds(30);  // for a stream to begin, and for its caller to take a refusal

net::RpcPoolConfig pool_config(const RpcSettings& settings) {
    net::RpcPoolConfig config;
    config.session = settings.session;
    config.session.kept_streams = kKeptStreams;
    config.idle_timeout = kIdleSessions;
    config.tls = settings.client_tls;
    return config;
}

Error unknown_method(std::string_view method) {
    const size_t dot = method.rfind('.');
    if (dot == std::string_view::npos)
        return Error::internal("rpc: service/method request ill-formed: " + std::string(method));
    const std::string_view service = method.substr(0, dot + 1);
    if (has_node_service(service)) return Error::internal("rpc: can't find method " + std::string(method));
    for (const EndpointTable* table : all_endpoints()) {
        for (const Endpoint& endpoint : *table) {
            if (endpoint.name.starts_with(service))
                return Error::internal("rpc: can't find method " + std::string(method));
        }
    }
    return Error::internal("rpc: can't find service " + std::string(method));
}

// The node that speaks for itself in that request, and not through another server; empty: none.
std::string node_of(const Endpoint& endpoint, Message& request) {
    if (!endpoint.node_of) return {};
    const bool forwarded = endpoint.query_options ? endpoint.query_options(request.get())->Forwarded
                                                  : endpoint.write_options(request.get())->Forwarded;
    return forwarded ? std::string() : endpoint.node_of(request.get());
}

// What may have to go elsewhere must say where it belongs.
bool names_no_region(const Endpoint& endpoint, Message& request) {
    if (endpoint.access == Endpoint::Access::local) return false;
    if (endpoint.query_options) return endpoint.query_options(request.get())->Region.empty();
    return endpoint.write_options && endpoint.write_options(request.get())->Region.empty();
}

// The request as one that comes from a server of that region.
void mark_forwarded(const Endpoint& endpoint, Message& request, const std::string& region) {
    const auto mark = [&](auto& options) {
        options.Forwarded = true;
        if (options.Region.empty()) options.Region = region;
    };
    if (endpoint.query_options) mark(*endpoint.query_options(request.get()));
    if (endpoint.write_options) mark(*endpoint.write_options(request.get()));
}

}  // namespace

RpcPort::RpcPort(Server& server, net::Loop& loop, net::Network& network, const RpcSettings& settings)
    : server_(server),
      loop_(loop),
      network_(network),
      settings_(settings),
      pool_(network, pool_config(settings)),
      node_calls_(server, *this, loop),
      group_(loop) {}

RpcPort::~RpcPort() = default;

net::RpcListenerConfig RpcPort::listener_config(net::RawHandler maybe_raft, net::RawHandler maybe_raft_tls) {
    net::RpcListenerConfig config;
    config.session = settings_.session;
    config.handshake_timeout = settings_.handshake_timeout;
    config.limits = std::make_shared<net::RpcConnectionLimits>(settings_.max_connections_per_address);
    config.tls = settings_.server_tls;
    config.tls_required = settings_.tls_required;
    if (maybe_raft) config.raw[raft::kRaftByte] = {std::move(maybe_raft), false};
    if (maybe_raft_tls) config.raw[raft::kRaftTlsByte] = {std::move(maybe_raft_tls), true};
    config.service.call = [this](net::RpcCall call) { return serve(std::move(call)); };
    config.service.find_stream = [this](std::string_view method) { return find_stream(method); };
    config.service.stream = [this](net::RpcStreamCall call) { return serve_stream(std::move(call)); };
    return config;
}

Result<> RpcPort::start(const net::Address& address, net::RawHandler maybe_raft, net::RawHandler maybe_raft_tls) {
    auto listener = network_.listen(address);
    if (!listener) return fail(listener.error().wrapped("failed to start RPC listener: "));
    listener_ =
        std::make_unique<net::RpcListener>(loop_, listener_config(std::move(maybe_raft), std::move(maybe_raft_tls)));
    listener_->serve(std::move(*listener));
    return {};
}

net::Task<> RpcPort::stop() {
    if (listener_) co_await listener_->stop();
    group_.cancel();
    co_await group_.join();
    co_await node_calls_.stop();
    co_await pool_.stop();
}

net::Task<Result<std::string>> RpcPort::serve(net::RpcCall call) {
    if (const Endpoint* endpoint = find_endpoint(call.method))
        co_return co_await serve_endpoint(*endpoint, std::move(call));
    const NodeMethod* method = find_node_method(call.method, false);
    if (!method) co_return fail(unknown_method(call.method));
    Result<std::string> answer = co_await node_calls_.call(*method, std::move(call.body), std::move(call.cancel));
    // What is said of nodes and allocations goes without a code.
    if (!answer) co_return fail(Error::internal(answer.error().message));
    co_return std::move(*answer);
}

net::Task<Result<std::string>> RpcPort::serve_endpoint(const Endpoint& endpoint, net::RpcCall call) {
    Message request = endpoint.make_request();
    if (auto read = codec::read_msgpack(call.body, request.type(), request.get()); !read) co_return fail(read.error());
    call.body = std::string();
    if (names_no_region(endpoint, request)) co_return fail(Error::internal("missing region for target RPC"));
    const std::string node = node_of(endpoint, request);
    Result<Message> answer = co_await server_.call(endpoint, std::move(request), std::move(call.cancel));
    if (!answer) co_return fail(Error::internal(model::rpc_text(answer.error())));
    if (!node.empty()) node_calls_.sessions().bind(node, call.peer->session, loop_.clock().now());
    std::string bytes;
    codec::append_msgpack(bytes, answer->type(), answer->get());
    co_return bytes;
}

Result<> RpcPort::find_stream(std::string_view method) const {
    if (streams_.contains(method) || find_node_method(method, true)) return {};
    return fail(Error::internal("Unknown rpc method: " + quote(method)));
}

net::Task<> RpcPort::serve_stream(net::RpcStreamCall call) {
    if (const auto own = streams_.find(call.method); own != streams_.end())
        co_return co_await serve_server_stream(own->second, std::move(call));
    const NodeMethod* method = find_node_method(call.method, true);
    if (method) co_await node_calls_.relay(*method, std::move(call));
}

net::Task<> RpcPort::serve_server_stream(const ServerStream& stream, net::RpcStreamCall call) {
    auto keys = codec::from_msgpack<ServerStreamKeys>(call.request);
    if (keys && keys->Region == server_.config().region) keys->Region.clear();
    const bool any_server =
        keys && (!stream.needs_leader || keys->AllowStale || keys->Forwarded || server_.is_leader());
    if (any_server && keys->Region.empty()) co_return co_await stream.serve(std::move(call));
    Result<std::unique_ptr<net::Stream>> opened;
    if (!keys) opened = fail(keys.error());
    if (keys) opened = co_await open_elsewhere(keys->Region, call.method, call.request, call.cancel);
    if (opened) co_return co_await relay(*call.stream, **opened, call.cancel);
    (void)co_await call.stream->write(stream.refusal(opened.error()), {loop_.in(kStreamTimeout), call.cancel});
}

// At the leader, or where a region is named at one of its servers, which finds its own leader.
net::Task<Result<std::unique_ptr<net::Stream>>> RpcPort::open_elsewhere(std::string region, std::string method,
                                                                        std::string request, net::CancelToken cancel) {
    const net::Limit limit{loop_.in(kStreamTimeout), std::move(cancel)};
    if (!region.empty()) {
        const std::string address = server_.routing().server_of(region);
        if (address.empty()) co_return fail(Error::internal("No path to region"));
        co_return co_await open_stream(address, region, std::move(method), std::move(request), limit);
    }
    const std::string leader = server_.routing().leader_address();
    if (leader.empty()) co_return fail(Error::internal("No cluster leader"));
    auto marked = marked_forwarded(request);
    if (!marked) co_return fail(marked.error());
    co_return co_await open_stream(leader, server_.config().region, std::move(method), std::move(*marked), limit);
}

Result<std::unique_ptr<net::Stream>> RpcPort::open_own(std::string method, std::string request) {
    if (auto known = find_stream(method); !known) return fail(known.error());
    net::StreamPair pipe = net::make_pipe(loop_);
    group_.spawn(serve_stream({std::move(method), std::move(request), std::move(pipe.second),
                               std::make_shared<net::RpcPeer>(), group_.token()}));
    return std::move(pipe.first);
}

Result<net::RpcTarget> RpcPort::target(const std::string& address, const std::string& region) const {
    auto parsed = net::parse_address(address);
    if (!parsed) return fail(Error::unavailable("no address of a server: " + address));
    const std::string name = settings_.verify_server_hostname ? "server." + region + ".nomad" : std::string();
    return net::RpcTarget(std::move(*parsed), name);
}

net::Task<RpcPort::Outcome> RpcPort::call(std::string address, const Endpoint& endpoint, Message& request,
                                          net::Limit limit, std::string region) {
    mark_forwarded(endpoint, request, region);
    std::string body;
    codec::append_msgpack(body, request.type(), request.get());
    Result<std::string> answered =
        co_await call_raw(address, std::move(region), std::string(endpoint.name), std::move(body), std::move(limit));
    if (!answered) {
        const bool said = answered.error().code == ErrorCode::internal;
        co_return Outcome{fail(said ? model::error_of_rpc_text(answered.error().message) : answered.error()), said};
    }
    Message answer = endpoint.make_response();
    if (auto read = codec::read_msgpack(*answered, answer.type(), answer.get()); !read)
        co_return Outcome{fail(read.error().wrapped("an answer of " + address + " cannot be read: ")), true};
    co_return Outcome{std::move(answer), true};
}

net::Task<Result<>> RpcPort::ping(std::string address, std::string region) {
    const Endpoint* endpoint = find_endpoint("Status.Ping");
    Message request = endpoint->make_request();
    endpoint->query_options(request.get())->Region = region;
    Outcome outcome = co_await call(std::move(address), *endpoint, request, {loop_.in(kPingTimeout), {}}, region);
    if (!outcome.answer) co_return fail(outcome.answer.error());
    co_return Result<>{};
}

net::Task<Result<std::string>> RpcPort::call_raw(std::string address, std::string region, std::string method,
                                                 std::string body, net::Limit limit) {
    auto to = target(address, region);
    if (!to) co_return fail(to.error());
    co_return co_await pool_.call(std::move(*to), std::move(method), std::move(body), std::move(limit));
}

net::Task<Result<std::unique_ptr<net::Stream>>> RpcPort::open_stream(std::string address, std::string region,
                                                                     std::string method, std::string request,
                                                                     net::Limit limit) {
    auto to = target(address, region);
    if (!to) co_return fail(to.error());
    co_return co_await pool_.open_stream(std::move(*to), std::move(method), std::move(request), std::move(limit));
}

}  // namespace drover::server
