#include "agent/route.h"

#include <algorithm>
#include <tuple>

#include "agent/http_api.h"
#include "agent/http_options.h"
#include "base/assert.h"
#include "base/strings.h"

namespace drover::agent {
namespace {

net::Task<net::Response> answer_lacking(HttpCall call) {
    model::QueryOptions options;
    if (call.request.method == "GET") {
        if (auto read = read_options(call.request, "", options); !read)
            co_return net::Response::text(400, read.error().message);
    }
    co_return net::Response::text(501, "not implemented yet: " + call.request.method + " " + call.route.pattern);
}

net::Task<net::Response> answer_enterprise(HttpCall) {
    co_return net::Response::text(501, "Nomad Enterprise only endpoint");
}

void split_pattern(Route& route) {
    const size_t colon = route.pattern.find(':');
    route.has_parameter = colon != std::string::npos;
    route.prefix = route.pattern.substr(0, colon);
    if (!route.has_parameter) return;
    const size_t end = std::min(route.pattern.find('/', colon), route.pattern.size());
    route.parameter_name = route.pattern.substr(colon + 1, end - colon - 1);
    route.suffix = route.pattern.substr(end);
}

}  // namespace

unsigned method_bit(std::string_view method) {
    if (method == "GET") return kGet;
    if (method == "PUT") return kPut;
    if (method == "POST") return kPost;
    if (method == "DELETE") return kDelete;
    return 0;
}

Route on(unsigned methods, std::string pattern, std::string_view endpoint, Shape shape) {
    Route route;
    route.methods = methods, route.pattern = std::move(pattern), route.endpoint = endpoint, route.shape = shape;
    route.handler = call_endpoint;
    return route;
}

Route on(unsigned methods, std::string pattern, Handler handler) {
    Route route;
    route.methods = methods, route.pattern = std::move(pattern), route.handler = handler;
    return route;
}

Route lacking(unsigned methods, std::string pattern) { return on(methods, std::move(pattern), answer_lacking); }
Route enterprise(std::string pattern) { return on(kAnyMethod, std::move(pattern), answer_enterprise); }

Routes::Routes(std::vector<RouteTable> tables, const std::vector<const server::EndpointTable*>& endpoints) {
    for (RouteTable& table : tables) {
        for (Route& row : table) {
            auto& route = *routes_.emplace_back(std::make_unique<Route>(std::move(row)));
            split_pattern(route);
            for (const server::EndpointTable* endpoint_table : endpoints) {
                for (const server::Endpoint& endpoint : *endpoint_table) {
                    if (endpoint.name == route.endpoint) route.row = &endpoint;
                }
            }
            assert_always(route.endpoint.empty() || route.row != nullptr);
            if (!route.has_parameter) {
                fixed_[route.pattern].routes.push_back(&route);
                continue;
            }
            auto same = std::find_if(patterns_.begin(), patterns_.end(), [&](const Path& path) {
                return path.prefix == route.prefix && path.suffix == route.suffix;
            });
            if (same == patterns_.end()) same = patterns_.insert(same, Path{route.prefix, route.suffix, {}});
            same->routes.push_back(&route);
        }
    }
    std::sort(patterns_.begin(), patterns_.end(), [](const Path& a, const Path& b) {
        return std::tuple(a.prefix.size(), a.suffix.size(), a.prefix) >
               std::tuple(b.prefix.size(), b.suffix.size(), b.prefix);
    });
}

Match Routes::choose(const Path& path, std::string_view method, std::string_view parameter) {
    Match match{nullptr, parameter, true, path.routes.front()->refusal};
    const unsigned bit = method_bit(method);
    for (const Route* route : path.routes) {
        if (route->methods == kAnyMethod || (route->methods & bit) != 0) match.route = route;
    }
    return match;
}

Match Routes::match(std::string_view method, std::string_view path) const {
    if (auto found = fixed_.find(path); found != fixed_.end()) return choose(found->second, method, {});
    for (const Path& pattern : patterns_) {
        if (path.size() < pattern.prefix.size() + pattern.suffix.size()) continue;
        if (!has_prefix(path, pattern.prefix) || !has_suffix(path, pattern.suffix)) continue;
        const size_t length = path.size() - pattern.prefix.size() - pattern.suffix.size();
        return choose(pattern, method, path.substr(pattern.prefix.size(), length));
    }
    return {};
}

}  // namespace drover::agent
