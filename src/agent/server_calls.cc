#include "agent/server_calls.h"

#include <algorithm>

#include "codec/msgpack.h"

namespace drover::agent {
namespace {

using server::Endpoint;
using server::Message;

constexpr Duration kMaxWait = minutes(5);         // of a query, at the server
constexpr Duration kAnswerTimeout = seconds(60);  // beyond that
constexpr Duration kNodeTimeout = minutes(5);     // for a node to do what it was asked
constexpr Duration kStreamTimeout = seconds(60);  // for a stream to begin

// What is said of nodes and allocations has no code on the wire.
Error of_node(Error error) {
    for (const std::string_view text : {"Unknown allocation ", "Unknown node ", "No path to node"}) {
        if (error.code == ErrorCode::internal && error.message.starts_with(text)) error.code = ErrorCode::not_found;
    }
    if (error.code == ErrorCode::internal && error.message.ends_with(": no such file or directory"))
        error.code = ErrorCode::not_found;
    return error;
}

class OwnServer final : public ServerCalls {
public:
    explicit OwnServer(server::Server& server) : server_(server) {}

    net::Task<Result<Message>> call(const Endpoint& endpoint, Message request, net::CancelToken cancel) override {
        return server_.call(endpoint, std::move(request), std::move(cancel));
    }
    net::Task<Result<std::string>> call_node(std::string method, std::string request,
                                             net::CancelToken cancel) override {
        const server::NodeMethod* known = server::find_node_method(method, false);
        assert_always(known != nullptr);
        auto answered = co_await server_.rpc().node_calls().call(*known, std::move(request), std::move(cancel));
        if (!answered) co_return fail(of_node(answered.error()));
        co_return std::move(*answered);
    }
    net::Task<Result<std::unique_ptr<net::Stream>>> open_stream(std::string method, std::string request,
                                                                net::CancelToken cancel) override {
        if (const server::NodeMethod* of_nodes = server::find_node_method(method, true))
            return server_.rpc().node_calls().open(*of_nodes, std::move(request), std::move(cancel));
        return own(server_.rpc().open_own(std::move(method), std::move(request)));
    }

private:
    using Opened = Result<std::unique_ptr<net::Stream>>;
    static net::Task<Opened> own(Opened opened) { co_return opened; }

    server::Server& server_;
};

Duration wait_of(const Endpoint& endpoint, Message& request) {
    const model::QueryOptions* options = endpoint.query_options ? endpoint.query_options(request.get()) : nullptr;
    if (!options || options->MinQueryIndex == 0) return kAnswerTimeout;
    const Duration wait = options->MaxQueryTime.ns <= 0 ? kMaxWait : std::min(options->MaxQueryTime, kMaxWait);
    return wait + wait / 16 + kAnswerTimeout;
}

class OtherServers final : public ServerCalls {
public:
    OtherServers(client::RpcServers& servers, net::Loop& loop, std::string region)
        : servers_(servers), loop_(loop), region_(std::move(region)) {}

    net::Task<Result<Message>> call(const Endpoint& endpoint, Message request, net::CancelToken cancel) override {
        set_region(endpoint, request);
        std::string body;
        codec::append_msgpack(body, request.type(), request.get());
        const net::Limit limit{loop_.in(wait_of(endpoint, request)), std::move(cancel)};
        request = Message();
        const bool writes = endpoint.access == Endpoint::Access::write;
        auto answered = co_await servers_.call(std::string(endpoint.name), std::move(body), limit,
                                               writes ? Repeat::unless_done : Repeat::freely);
        if (!answered) {
            const bool plain = answered.error().code == ErrorCode::internal;
            co_return fail(plain ? answered.error().wrapped("rpc error: ") : answered.error());
        }
        Message answer = endpoint.make_response();
        if (auto read = codec::read_msgpack(*answered, answer.type(), answer.get()); !read)
            co_return fail(read.error().wrapped("an answer of a server cannot be read: "));
        co_return std::move(answer);
    }
    net::Task<Result<std::string>> call_node(std::string method, std::string request,
                                             net::CancelToken cancel) override {
        auto answered = co_await servers_.call(std::move(method), std::move(request),
                                               {loop_.in(kNodeTimeout), std::move(cancel)}, Repeat::unless_done);
        if (!answered) co_return fail(of_node(answered.error()));
        co_return std::move(*answered);
    }
    net::Task<Result<std::unique_ptr<net::Stream>>> open_stream(std::string method, std::string request,
                                                                net::CancelToken cancel) override {
        return servers_.open_stream(std::move(method), std::move(request),
                                    {loop_.in(kStreamTimeout), std::move(cancel)});
    }

private:
    using Repeat = client::RpcServers::Repeat;

    // Servers refuse what names no region.
    void set_region(const Endpoint& endpoint, Message& request) const {
        std::string* region = endpoint.query_options   ? &endpoint.query_options(request.get())->Region
                              : endpoint.write_options ? &endpoint.write_options(request.get())->Region
                                                       : nullptr;
        if (region && region->empty()) *region = region_;
    }

    client::RpcServers& servers_;
    net::Loop& loop_;
    const std::string region_;
};

}  // namespace

std::unique_ptr<ServerCalls> calls_to(server::Server& server) { return std::make_unique<OwnServer>(server); }

std::unique_ptr<ServerCalls> calls_to(client::RpcServers& servers, net::Loop& loop, std::string region) {
    return std::make_unique<OtherServers>(servers, loop, std::move(region));
}

}  // namespace drover::agent
