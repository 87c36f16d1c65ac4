#pragma once
// What happens to a request because of its path and headers alone, before any route: redirects to the cleaned path, and
// the rules of cross-origin requests. Pure functions; any thread.

#include <optional>

#include "net/http.h"
#include "net/task.h"

namespace drover::agent {

// 307 for "/" (to the web interface) and for paths with empty, "." or ".." segments (to the same path without them).
std::optional<net::Response> redirect(const net::Request& request);

// The answer to OPTIONS with Access-Control-Request-Method on the routes that other origins may use.
std::optional<net::Response> answer_preflight(const net::Request& request);
// The headers that let a page of another origin read an answer, on those routes.
void add_cors(const net::Request& request, net::Headers& headers);

// The response with more headers, which do not replace its own.
net::Task<net::Response> add_headers(net::Task<net::Response> response, net::Headers headers);

}  // namespace drover::agent
