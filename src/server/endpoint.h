#pragma once
// An endpoint is a row: its RPC name, what it is (a read of the state, a write, or an answer of this server alone), the
// capability that it needs, and a function. Decoding, authorization, forwarding, waiting and query metadata are done
// once, by Server::call, for all rows; the functions are pure where they can be.
//
// Rows hold pointers to functions only; tables are built on first use and never change. Any thread may read them.

#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.h"
#include "codec/type.h"
#include "model/envelope.h"
#include "net/task.h"
#include "server/message.h"
#include "state/view.h"

namespace drover::server {

class Leader;
class Server;

// What a caller must be allowed to do. Several capabilities: one of them suffices.
struct Needs {
    enum class Kind { nothing, any_token, namespace_capability, node, node_pool, agent, operations, management };
    Kind kind = Kind::nothing;
    std::vector<std::string_view> capabilities;
};
inline Needs needs_nothing() { return {}; }
inline Needs needs_token() { return {Needs::Kind::any_token, {}}; }
inline Needs needs(std::initializer_list<std::string_view> capabilities) {
    return {Needs::Kind::namespace_capability, capabilities};
}
inline Needs needs_node(std::string_view level) { return {Needs::Kind::node, {level}}; }
inline Needs needs_agent(std::string_view level) { return {Needs::Kind::agent, {level}}; }
inline Needs needs_operator(std::string_view level) { return {Needs::Kind::operations, {level}}; }
inline Needs needs_management() { return {Needs::Kind::management, {}}; }

struct Endpoint {
    enum class Access { read, write, local };

    std::string_view name;
    Access access = Access::read;
    Needs needs;
    codec::TypeRef request_type = nullptr;
    codec::TypeRef response_type = nullptr;
    Message (*make_request)() = nullptr;
    Message (*make_response)() = nullptr;
    // Of what only nodes call: the node that the request is of.
    std::string (*node_of)(const void* request) = nullptr;

    // Where the shared parts lie in a request or answer; null where it has none.
    model::QueryOptions* (*query_options)(void* request) = nullptr;
    model::WriteRequest* (*write_options)(void* request) = nullptr;
    model::QueryMeta* (*query_meta)(void* response) = nullptr;
    model::WriteMeta* (*write_meta)(void* response) = nullptr;

    void (*body)() = nullptr;  // the function, called through the one of these that fits `access`
    Result<Message> (*read)(void (*body)(), const state::View& view, const void* request) = nullptr;
    net::Task<Result<Message>> (*write)(void (*body)(), Leader& leader, Message request) = nullptr;
    Result<Message> (*local)(void (*body)(), const Server& server, const void* request) = nullptr;
};

using EndpointTable = std::vector<Endpoint>;

namespace detail {

template <class Base, class T>
Base* part(void* object) {
    return static_cast<Base*>(static_cast<T*>(object));
}

template <class Request, class Response>
Endpoint describe_endpoint(std::string_view name, Endpoint::Access access, Needs needs) {
    Endpoint e;
    e.name = name, e.access = access, e.needs = std::move(needs);
    e.request_type = codec::type_of<Request>, e.response_type = codec::type_of<Response>;
    e.make_request = [] { return Message::of(Request{}); };
    e.make_response = [] { return Message::of(Response{}); };
    if constexpr (std::is_base_of_v<model::QueryOptions, Request>) e.query_options = part<model::QueryOptions, Request>;
    if constexpr (std::is_base_of_v<model::WriteRequest, Request>) e.write_options = part<model::WriteRequest, Request>;
    if constexpr (std::is_base_of_v<model::QueryMeta, Response>) e.query_meta = part<model::QueryMeta, Response>;
    if constexpr (std::is_base_of_v<model::WriteMeta, Response>) e.write_meta = part<model::WriteMeta, Response>;
    return e;
}

template <class Response>
Result<Message> as_message(Result<Response> result) {
    if (!result) return fail(std::move(result.error()));
    return Message::of(std::move(*result));
}

template <class Request, class Response>
net::Task<Result<Message>> run_write(net::Task<Result<Response>> (*body)(Leader&, Request), Leader& leader,
                                     Message request) {
    Result<Response> result = co_await body(leader, std::move(request.as<Request>()));
    co_return as_message(std::move(result));
}

}  // namespace detail

// A read: a pure function of a version of the state and the request. It sets the answer's Index; it may be called again
// and again until that has passed the request's MinQueryIndex.
template <class Request, class Response>
Endpoint read(std::string_view name, Result<Response> (*body)(const state::View&, const Request&), Needs needs) {
    Endpoint e = detail::describe_endpoint<Request, Response>(name, Endpoint::Access::read, std::move(needs));
    e.body = reinterpret_cast<void (*)()>(body);
    e.read = [](void (*f)(), const state::View& view, const void* request) {
        auto typed = reinterpret_cast<Result<Response> (*)(const state::View&, const Request&)>(f);
        return detail::as_message(typed(view, *static_cast<const Request*>(request)));
    };
    return e;
}

// A write: runs on the leader, and commits at most one command.
template <class Request, class Response>
Endpoint write(std::string_view name, net::Task<Result<Response>> (*body)(Leader&, Request), Needs needs) {
    Endpoint e = detail::describe_endpoint<Request, Response>(name, Endpoint::Access::write, std::move(needs));
    e.body = reinterpret_cast<void (*)()>(body);
    e.write = [](void (*f)(), Leader& leader, Message request) {
        auto typed = reinterpret_cast<net::Task<Result<Response>> (*)(Leader&, Request)>(f);
        return detail::run_write(typed, leader, std::move(request));
    };
    return e;
}

// What this server knows of itself.
template <class Request, class Response>
Endpoint local(std::string_view name, Result<Response> (*body)(const Server&, const Request&), Needs needs) {
    Endpoint e = detail::describe_endpoint<Request, Response>(name, Endpoint::Access::local, std::move(needs));
    e.body = reinterpret_cast<void (*)()>(body);
    e.local = [](void (*f)(), const Server& server, const void* request) {
        auto typed = reinterpret_cast<Result<Response> (*)(const Server&, const Request&)>(f);
        return detail::as_message(typed(server, *static_cast<const Request*>(request)));
    };
    return e;
}

// Marks a row as one by which a node speaks for itself: the connection is then the one to call it back on.
inline Endpoint from_node(Endpoint endpoint, std::string (*node_of)(const void* request)) {
    endpoint.node_of = node_of;
    return endpoint;
}

}  // namespace drover::server
