#include "agent/path_rules.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/strings.h"

namespace drover::agent {
namespace {

// Without empty, "." and ".." segments; a slash at the end stays.
std::string clean(std::string_view path) {
    std::vector<std::string> kept;
    for (std::string& segment : split(path.substr(1), '/')) {
        if (segment == ".." && !kept.empty()) kept.pop_back();
        if (segment.empty() || segment == "." || segment == "..") continue;
        kept.push_back(std::move(segment));
    }
    std::string result = "/" + join(kept, "/");
    if (path.back() == '/' && result.back() != '/') result += '/';
    return result;
}

// The text with what HTML gives a meaning escaped.
std::string escape_html(std::string_view text) {
    std::string result;
    for (char c : text) {
        switch (c) {
            case '<': result += "&lt;"; break;
            case '>': result += "&gt;"; break;
            case '&': result += "&amp;"; break;
            case '"': result += "&#34;"; break;
            case '\'': result += "&#39;"; break;
            default: result += c;
        }
    }
    return result;
}

net::Response move_to(const net::Request& request, std::string location) {
    if (!request.raw_query.empty()) location += "?" + request.raw_query;
    net::Response response;
    response.status = 307;
    response.headers.set("Location", location);
    if (request.method == "GET" || request.method == "HEAD") {
        response.headers.set("Content-Type", "text/html; charset=utf-8");
        response.body = "<a href=\"" + escape_html(location) + "\">Temporary Redirect</a>.\n\n";
    }
    return response;
}

constexpr std::array kShared = {"/v1/client/stats", "/v1/client/metadata", "/v1/client/identity",
                                "/v1/client/identity/renew", "/v1/vars"};
constexpr std::array kSharedPrefixes = {"/v1/client/fs/", "/v1/client/allocation/", "/v1/var/"};

bool is_shared(std::string_view path) {
    return std::find(kShared.begin(), kShared.end(), path) != kShared.end() ||
           std::any_of(kSharedPrefixes.begin(), kSharedPrefixes.end(),
                       [&](std::string_view prefix) { return has_prefix(path, prefix); });
}

bool allows(std::string_view path, std::string_view method) {
    if (method == "GET" || method == "HEAD") return true;
    return has_prefix(path, "/v1/var/") && (method == "PUT" || method == "DELETE");
}

void allow_origin(net::Headers& headers) {
    headers.set("Access-Control-Allow-Origin", "*");
    headers.set("Access-Control-Allow-Credentials", "true");
}

}  // namespace

std::optional<net::Response> redirect(const net::Request& request) {
    if (request.raw_path == "/") return move_to(request, "/ui/");
    if (request.raw_path.empty() || request.raw_path.front() != '/') return std::nullopt;
    std::string cleaned = clean(request.raw_path);
    if (cleaned == request.raw_path) return std::nullopt;
    return move_to(request, std::move(cleaned));
}

std::optional<net::Response> answer_preflight(const net::Request& request) {
    if (request.method != "OPTIONS" || !is_shared(request.path)) return std::nullopt;
    std::string_view method = request.headers.get("Access-Control-Request-Method");
    if (method.empty()) return std::nullopt;
    net::Response response;
    response.status = 204;
    response.headers.set("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
    if (!request.headers.has("Origin") || !allows(request.path, method)) return response;
    allow_origin(response.headers);
    response.headers.set("Access-Control-Allow-Methods", std::string(method));
    if (std::string_view asked = request.headers.get("Access-Control-Request-Headers"); !asked.empty())
        response.headers.set("Access-Control-Allow-Headers", std::string(asked));
    return response;
}

void add_cors(const net::Request& request, net::Headers& headers) {
    if (!is_shared(request.path)) return;
    headers.add("Vary", "Origin");
    if (request.headers.has("Origin") && allows(request.path, request.method)) allow_origin(headers);
}

net::Task<net::Response> add_headers(net::Task<net::Response> response, net::Headers headers) {
    net::Response answer = co_await std::move(response);
    for (const auto& [name, value] : headers) {
        if (name == "Vary" || !answer.headers.has(name)) answer.headers.add(name, value);
    }
    co_return answer;
}

}  // namespace drover::agent
