#pragma once
// The route table: which paths there are, with which methods, and what each stands for. A row is either an endpoint
// of the server (request, answer and errors then follow from the row) or a handler function.
//
// A pattern is a fixed path, or a prefix, one `:Parameter` and perhaps a suffix: "/v1/job/:JobID/plan". A parameter
// takes whatever lies between, slashes included, or nothing; the longest prefix wins, then the longest suffix. Tables
// are built at start and never change; any thread may read them.

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "codec/type.h"
#include "net/http.h"
#include "net/task.h"
#include "server/endpoint.h"

namespace drover::agent {

class HttpApi;
struct Route;

// What a handler is given.
struct HttpCall {
    HttpApi& api;
    const Route& route;
    net::Request request;
    std::string parameter;  // what the pattern's parameter took
    net::CancelToken cancel;
};
using Handler = net::Task<net::Response> (*)(HttpCall call);
// Puts into an endpoint's request what is particular to a route.
using Prepare = Result<> (*)(const HttpCall& call, server::Message& request);
// Brings an endpoint's answer into the form that HTTP shows.
using Finish = void (*)(server::Message& answer);

inline constexpr unsigned kGet = 1, kPut = 2, kPost = 4, kDelete = 8, kAnyMethod = ~0u;
inline constexpr unsigned kWrite = kPut | kPost;
unsigned method_bit(std::string_view method);  // 0: none of them

// How an endpoint's answer becomes a body.
struct Shape {
    enum class Kind { whole, list, one, value, empty, whole_unless_empty };
    Kind kind = Kind::whole;
    size_t offset = 0;
    codec::TypeRef type = nullptr;
    std::string_view missing;  // of `one`: the text of a 404 when it is null
};

namespace detail {
template <class Response, class Owner, class Member>
Shape shape_of(Shape::Kind kind, Member Owner::* member, std::string_view missing = {}) {
    alignas(Response) static char room[sizeof(Response)];
    auto* response = reinterpret_cast<Response*>(room);
    const char* place = reinterpret_cast<const char*>(&(response->*member));
    return {kind, static_cast<size_t>(place - room), codec::type_of<Member>, missing};
}
}  // namespace detail

inline Shape whole() { return {}; }
inline Shape empty() { return {Shape::Kind::empty, 0, nullptr, {}}; }
template <class Response, class Member>
Shape list_of(Member Response::* member) {  // [] when null
    return detail::shape_of<Response>(Shape::Kind::list, member);
}
template <class Response, class Member>
Shape one_of(Member Response::* member, std::string_view missing) {
    return detail::shape_of<Response>(Shape::Kind::one, member, missing);
}
template <class Response, class Member>
Shape value_of(Member Response::* member) {  // null when null
    return detail::shape_of<Response>(Shape::Kind::value, member);
}

template <class Response, class Member>
Shape whole_unless_empty(Member Response::* member, std::string_view missing) {  // 404 when that list is empty
    return detail::shape_of<Response>(Shape::Kind::whole_unless_empty, member, missing);
}

enum class Body { none, optional, required };

struct Route {
    unsigned methods = kGet;
    std::string pattern;
    std::string_view endpoint;  // empty: `handler` alone
    Shape shape;
    Handler handler = nullptr;
    Prepare prepare = nullptr;
    Finish finish = nullptr;
    Body body = Body::none;
    std::string_view body_error;  // what stands before the text of a body that does not decode
    std::vector<std::pair<std::string_view, std::string_view>>
        takes_;                // query parameter -> member (a text) of the request
    int refusal = 405;         // what other methods get, with `Invalid method`
    bool one_segment = false;  // a parameter with a slash is 404 `resource not found`
    bool headers = true;       // index and leader of the answer
    bool as_read = false;      // a write whose answer has all headers of a read

    Route&& with(Prepare function) && { return prepare = function, std::move(*this); }
    Route&& shown(Finish function) && { return finish = function, std::move(*this); }
    Route&& decodes(Body kind = Body::required, std::string_view error_prefix = {}) && {
        return body = kind, body_error = error_prefix, std::move(*this);
    }
    Route&& takes(std::string_view parameter, std::string_view member) && {
        return takes_.emplace_back(parameter, member), std::move(*this);
    }
    Route&& refuses(int status) && { return refusal = status, std::move(*this); }
    Route&& segment() && { return one_segment = true, std::move(*this); }
    Route&& bare() && { return headers = false, std::move(*this); }
    Route&& with_read_headers() && { return as_read = true, std::move(*this); }

    // Worked out by the table.
    std::string prefix, suffix, parameter_name;
    bool has_parameter = false;
    const server::Endpoint* row = nullptr;
};
using RouteTable = std::vector<Route>;

Route on(unsigned methods, std::string pattern, std::string_view endpoint, Shape shape = whole());
Route on(unsigned methods, std::string pattern, Handler handler);
inline Route get(std::string pattern, std::string_view endpoint, Shape shape = whole()) {
    return on(kGet, std::move(pattern), endpoint, shape);
}
inline Route put(std::string pattern, std::string_view endpoint, Shape shape = whole()) {
    return on(kWrite, std::move(pattern), endpoint, shape);
}
inline Route del(std::string pattern, std::string_view endpoint, Shape shape = whole()) {
    return on(kDelete, std::move(pattern), endpoint, shape);
}
// A route that Nomad has and we do not have yet.
Route lacking(unsigned methods, std::string pattern);
// A route of Nomad's Enterprise edition.
Route enterprise(std::string pattern);

struct Match {
    const Route* route = nullptr;  // null: the method is not one of the path's, or the path is unknown
    std::string_view parameter;
    bool known = false;
    int refusal = 405;
};

class Routes {
public:
    // Asserts that every endpoint named is in `endpoints`.
    Routes(std::vector<RouteTable> tables, const std::vector<const server::EndpointTable*>& endpoints);
    Match match(std::string_view method, std::string_view path) const;

private:
    struct Path {
        std::string prefix, suffix;
        std::vector<const Route*> routes;
    };
    static Match choose(const Path& path, std::string_view method, std::string_view parameter);

    std::vector<std::unique_ptr<Route>> routes_;
    std::unordered_map<std::string_view, Path> fixed_;
    std::vector<Path> patterns_;  // the longest prefix first, then the longest suffix
};

}  // namespace drover::agent
