#pragma once
// The parameters that (almost) every route takes, read from a request's query and headers, with the errors that clients
// know. Pure functions of their arguments; any thread.

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/envelope.h"
#include "net/http.h"

namespace drover::agent {

// X-Nomad-Token, else the bearer token; empty: anonymous.
std::string token_of(const net::Headers& headers);

// All parameters of a read. The first malformed one, in a fixed order, is the error (bad_request). `region` stands for
// an absent one.
Result<> read_options(const net::Request& request, std::string_view region, model::QueryOptions& options);

// Those of a write. What the options hold already (from a body) stands where the request says nothing.
void write_options(const net::Request& request, std::string_view region, model::WriteRequest& options);

// ?pretty and anything but ?pretty=0.
bool wants_pretty(const net::Query& query);

// A parameter that must be a Go boolean if it is there (a present, empty one is malformed). The error (internal) has
// the words that clients know.
Result<bool> flag(const net::Query& query, std::string_view name, bool absent = false);

}  // namespace drover::agent
