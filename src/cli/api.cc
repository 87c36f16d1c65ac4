#include "cli/api.h"

#include "base/clock.h"
#include "base/strings.h"
#include "codec/base64.h"
#include "net/http_client.h"
#include "net/loop.h"
#include "net/stream.h"
#include "net/tls.h"

namespace drover::cli {
namespace {

struct Target {
    net::Address address;
    std::string host;  // for the Host header
    bool tls = false;
};

Result<Target> parse_target(std::string_view text) {
    Target target;
    if (has_prefix(text, "unix://")) {
        target.address = net::Address::unix_socket(std::string(text.substr(7)));
        target.host = "127.0.0.1";
        return target;
    }
    std::string_view rest = text;
    if (has_prefix(rest, "https://")) {
        target.tls = true;
        rest.remove_prefix(8);
    } else if (has_prefix(rest, "http://")) {
        rest.remove_prefix(7);
    } else {
        return fail(Error::bad_request("invalid address '" + std::string(text) + "': unknown protocol scheme"));
    }
    rest = rest.substr(0, rest.find('/'));
    const bool has_port = rest.rfind(':') != std::string_view::npos && rest.back() != ']';
    auto address = net::parse_address(has_port ? std::string(rest) : std::string(rest) + (target.tls ? ":443" : ":80"));
    if (!address)
        return fail(Error::bad_request("invalid address '" + std::string(text) + "': " + address.error().message));
    target.address = *address;
    target.host = rest;
    return target;
}

}  // namespace

struct Api::Impl {
    ApiConfig config;
    SystemClock clock;
    net::BlockingPool pool{1};
    net::IoLoop loop{clock, &pool};
    std::unique_ptr<net::Network> network = net::make_os_network(loop);
    std::unique_ptr<net::HttpClient> client;

    net::ClientRequest request(std::string method, std::string_view path, net::Query query, std::string body) const {
        if (!config.region.empty() && !query.has("region")) query.add("region", config.region);
        if (!config.namespace_name.empty() && !query.has("namespace")) query.add("namespace", config.namespace_name);
        net::ClientRequest request;
        request.method = std::move(method);
        request.target = std::string(path);
        if (!query.empty()) request.target += (path.find('?') == std::string_view::npos ? "?" : "&") + query.encode();
        request.body = std::move(body);
        if (!request.body.empty()) request.headers.add("Content-Type", "application/json");
        if (!config.token.empty()) request.headers.add("X-Nomad-Token", config.token);
        if (!config.http_auth.empty()) {
            request.headers.add("Authorization", "Basic " + codec::base64_encode(config.http_auth));
        }
        return request;
    }

    Error unreachable(const net::ClientRequest& request, const Error& cause) const {
        std::string verb = to_lower(request.method);
        if (!verb.empty()) verb[0] = static_cast<char>(verb[0] - 'a' + 'A');
        return {cause.code, verb + " " + quote(config.address + request.target) + ": " + cause.message};
    }
};

Api::Api(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Api::~Api() = default;

const ApiConfig& Api::config() const { return impl_->config; }

Result<std::unique_ptr<Api>> Api::connect(ApiConfig config) {
    auto target = parse_target(config.address);
    if (!target) return fail(target.error());
    auto impl = std::make_unique<Impl>();
    net::HttpClientConfig http;
    http.address = target->address;
    http.host = target->host;
    if (target->tls) {
        if (config.client_cert.empty() != config.client_key.empty()) {
            return fail(Error::bad_request("both client cert and client key must be provided"));
        }
        net::TlsConfig tls;
        tls.ca = config.ca_cert.empty() ? config.ca_path : config.ca_cert;
        tls.certificate = config.client_cert;
        tls.key = config.client_key;
        tls.verify_peer = !config.tls_skip_verify;
        auto context = net::TlsContext::client(tls);
        if (!context) return fail(context.error());
        http.tls = *context;
        const std::string name = config.tls_server_name.empty() ? target->address.host : config.tls_server_name;
        http.tls_server_name = config.tls_skip_verify ? "" : name;
    }
    impl->config = std::move(config);
    impl->client = std::make_unique<net::HttpClient>(*impl->network, std::move(http));
    return std::unique_ptr<Api>(new Api(std::move(impl)));
}

Result<ApiAnswer> Api::send(std::string method, std::string_view path, net::Query query, std::string body) {
    return exchange(impl_->request(std::move(method), path, std::move(query), std::move(body)));
}

Result<ApiAnswer> Api::exchange(net::ClientRequest request, net::Limit limit, size_t max_bytes) {
    const net::ClientRequest copy{request.method, request.target, {}, "", 0, nullptr};
    auto exchange = [](net::HttpClient& client, net::ClientRequest r, net::Limit until,
                       size_t most) -> net::Task<Result<ApiAnswer>> {
        auto response = co_await client.send(std::move(r), until);
        if (!response) co_return fail(response.error());
        auto text = co_await response->read_all(until, most);
        if (!text) co_return fail(text.error());
        co_return ApiAnswer{response->status, response->headers, std::move(*text)};
    };
    auto answer = net::run(impl_->loop, exchange(*impl_->client, std::move(request), limit, max_bytes));
    if (!answer) return fail(impl_->unreachable(copy, answer.error()));
    return answer;
}

Result<ApiAnswer> Api::download(std::string_view path, size_t max_bytes) {
    constexpr Duration kPatience = seconds(60);
    const net::Limit limit{net::Deadline{impl_->clock.monotonic() + kPatience}, {}};
    return exchange(impl_->request("GET", path, {}, ""), limit, max_bytes);
}

Result<ApiAnswer> Api::call(std::string method, std::string_view path, net::Query query, std::string body) {
    return successful(send(std::move(method), path, std::move(query), std::move(body)));
}

Result<ApiAnswer> Api::upload(std::string method, std::string_view path, net::Query query, uint64_t size,
                              std::function<Result<std::string>()> source) {
    net::ClientRequest request = impl_->request(std::move(method), path, std::move(query), "");
    request.headers.add("Content-Type", "application/octet-stream");
    request.source_bytes = size;
    request.source = std::move(source);
    return successful(exchange(std::move(request)));
}

Result<ApiAnswer> Api::successful(Result<ApiAnswer> answer) {
    if (!answer) return answer;
    if (answer->status >= 200 && answer->status < 300) return answer;
    const ErrorCode code = answer->status == 404 ? ErrorCode::not_found : ErrorCode::internal;
    return fail(Error{code, "Unexpected response code: " + std::to_string(answer->status) + " (" + answer->body + ")"});
}

Result<void> Api::stream(std::string_view path, net::Query query, std::function<bool(std::string_view)> take) {
    net::ClientRequest request = impl_->request("GET", path, std::move(query), "");
    const net::ClientRequest copy{request.method, request.target, {}, "", 0, nullptr};
    auto exchange = [](net::HttpClient& client, net::ClientRequest r,
                       std::function<bool(std::string_view)> receive) -> net::Task<Result<ApiAnswer>> {
        auto response = co_await client.send(std::move(r), net::Limit{});
        if (!response) co_return fail(response.error());
        if (response->status != 200) {
            auto text = co_await response->read_all(net::Limit{});
            if (!text) co_return fail(text.error());
            co_return ApiAnswer{response->status, {}, std::move(*text)};
        }
        for (;;) {
            auto piece = co_await response->read(net::Limit{});
            if (!piece) co_return fail(piece.error());
            if (!*piece || !receive(**piece)) co_return ApiAnswer{200, {}, ""};
        }
    };
    auto answer = net::run(impl_->loop, exchange(*impl_->client, std::move(request), std::move(take)));
    if (!answer) return fail(impl_->unreachable(copy, answer.error()));
    if (answer->status == 200) return {};
    return fail(
        Error::internal("Unexpected response code: " + std::to_string(answer->status) + " (" + answer->body + ")"));
}

}  // namespace drover::cli
