#pragma once
// The HTTP API of an agent: finds the route of a request, applies what all routes share (path cleaning, methods, CORS,
// the operator's headers), and turns endpoints' answers and errors into responses. Lives on the loop of its HTTP
// servers; handlers run there and never block.

#include <memory>
#include <string>

#include "agent/config.h"
#include "agent/response_cache.h"
#include "agent/route.h"
#include "base/log.h"
#include "net/http_server.h"
#include "server/server.h"

namespace drover::agent {

class Agent;

class HttpApi {
public:
    explicit HttpApi(Agent& agent);

    net::Task<net::Response> handle(net::Request request, net::CancelToken cancel);

    Agent& agent() { return agent_; }
    ResponseCache& cache() { return cache_; }
    const std::string& region() const;

private:
    Agent& agent_;
    Routes routes_;
    ResponseCache cache_;
};

// The handler of rows that name an endpoint.
net::Task<net::Response> call_endpoint(HttpCall call);
// The endpoint's request as the call asks for it: body, options, parameter, then what the row's own function adds.
Result<server::Message> make_request(const HttpCall& call);
// The response that an answer makes: headers and body.
net::Response respond(const Route& route, server::Message& answer, bool pretty);
// The response that an error makes.
net::Response respond(const Error& error);

// A response without waiting.
net::Task<net::Response> ready(net::Response response);

// The body as `value`, or the error that clients know: empty, or Go's words for what does not fit.
Result<> decode_body(const net::Request& request, const codec::TypeInfo& type, void* value);
template <class T>
Result<T> decode_body(const net::Request& request) {
    T value{};
    if (auto read = decode_body(request, codec::type_of<T>(), &value); !read) return fail(read.error());
    return value;
}

}  // namespace drover::agent
