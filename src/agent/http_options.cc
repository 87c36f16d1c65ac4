#include "agent/http_options.h"

#include <limits>

#include "base/strings.h"

namespace drover::agent {
namespace {

std::string parameter(const net::Query& query, std::string_view name) { return std::string(query.get(name)); }

Result<> read_paging(const net::Query& query, model::QueryOptions& options) {
    if (std::string_view text = query.get("per_page"); !text.empty()) {
        auto number = parse_int(text);
        if (!number || *number > std::numeric_limits<int32_t>::max() || *number < std::numeric_limits<int32_t>::min())
            return fail(Error::bad_request("Expect a number for `per_page` query string parameter"));
        options.PerPage = static_cast<int32_t>(*number);
    }
    options.NextToken = parameter(query, "next_token");
    return {};
}

Result<> read_waiting(const net::Query& query, model::QueryOptions& options) {
    if (std::string_view text = query.get("wait"); !text.empty()) {
        auto wait = parse_duration(text);
        if (!wait) return fail(Error::bad_request("Invalid wait time"));
        options.MaxQueryTime = *wait;
    }
    if (std::string_view text = query.get("index"); !text.empty()) {
        auto index = parse_uint(text);
        if (!index) return fail(Error::bad_request("Invalid index"));
        options.MinQueryIndex = *index;
    }
    return {};
}

}  // namespace

std::string token_of(const net::Headers& headers) {
    if (std::string_view token = trim(headers.get("X-Nomad-Token")); !token.empty()) return std::string(token);
    std::string_view authorization = trim(headers.get("Authorization"));
    const size_t space = authorization.find(' ');
    if (space == std::string_view::npos || !equal_fold(authorization.substr(0, space), "bearer")) return {};
    std::string_view rest = trim(authorization.substr(space));
    return std::string(rest.substr(0, rest.find(' ')));
}

Result<> read_options(const net::Request& request, std::string_view region, model::QueryOptions& options) {
    const net::Query& query = request.query;
    options.Region = query.get("region").empty() ? std::string(region) : parameter(query, "region");
    options.AuthToken = token_of(request.headers);
    if (auto stale = query.find("stale")) {
        auto value = stale->empty() ? std::optional(true) : parse_bool(*stale);
        if (!value) return fail(Error::bad_request("Expect `true` or `false` for `stale` query string parameter"));
        options.AllowStale = *value;
    }
    options.Prefix = parameter(query, "prefix");
    if (std::string_view ns = query.get("namespace"); !ns.empty()) options.Namespace = ns;
    if (options.Namespace.empty()) options.Namespace = "default";
    if (auto paging = read_paging(query, options); !paging) return paging;
    options.Filter = parameter(query, "filter");
    options.Reverse = query.get("reverse") == "true";
    return read_waiting(query, options);
}

void write_options(const net::Request& request, std::string_view region, model::WriteRequest& options) {
    if (std::string_view asked = request.query.get("region"); !asked.empty()) options.Region = asked;
    if (options.Region.empty()) options.Region = region;
    if (std::string_view ns = request.query.get("namespace"); !ns.empty()) options.Namespace = ns;
    if (options.Namespace.empty()) options.Namespace = "default";
    if (std::string token = token_of(request.headers); !token.empty()) options.AuthToken = std::move(token);
    if (std::string_view token = request.query.get("idempotency_token"); !token.empty())
        options.IdempotencyToken = token;
}

bool wants_pretty(const net::Query& query) {
    auto value = query.find("pretty");
    return value && *value != "0";
}

Result<bool> flag(const net::Query& query, std::string_view name, bool absent) {
    std::string_view text = query.get(name);
    if (text.empty()) return absent;
    if (auto value = parse_bool(text)) return *value;
    return fail(Error::internal("Failed to parse value of " + quote(name) + " (" + std::string(text) +
                                ") as a bool: strconv.ParseBool: parsing " + quote(text) + ": invalid syntax"));
}

}  // namespace drover::agent
