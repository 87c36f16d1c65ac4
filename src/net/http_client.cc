#include "net/http_client.h"

#include <algorithm>
#include <list>

#include "base/assert.h"
#include "base/strings.h"
#include "net/detail/http_parser.h"

namespace drover::net {

namespace {

constexpr size_t kMaxHeadBytes = 256 << 10;
constexpr size_t kReadBytes = 16 << 10;

struct Kept {
    std::unique_ptr<Stream> stream;
    Deadline until;
};

bool may_repeat(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

// Whether nothing has come and the peer has not closed: a kept connection that can carry another request.
bool is_alive(Stream& stream) {
    char byte;
    Result<std::optional<size_t>> n = stream.try_read({&byte, 1});
    return n && !*n;
}

}  // namespace

struct HttpClient::State {
    State(Network& n, HttpClientConfig c) : network(n), config(std::move(c)) {}
    Network& network;
    const HttpClientConfig config;
    std::list<Kept> idle;  // the newest first

    std::unique_ptr<Stream> take_kept();
    void keep(std::unique_ptr<Stream> stream);
    Task<Result<std::unique_ptr<Stream>>> connect(Limit limit);
    std::string head_of(const ClientRequest& request) const;
};

// A response in the middle of its body: the connection, the parser, and what was read and not used.
struct ClientResponse::Body {
    std::shared_ptr<HttpClient::State> client;
    std::unique_ptr<Stream> stream;
    std::unique_ptr<detail::MessageParser> parser;
    std::string in;
    detail::ParseState state = detail::ParseState::more;
    bool got_bytes = false;

    Task<Result<>> read_head(Limit limit, bool no_body);
    Task<Result<>> advance(Limit limit);
    void use();
    void finish();
};

std::unique_ptr<Stream> HttpClient::State::take_kept() {
    const Duration now = network.loop().now();
    while (!idle.empty()) {
        Kept kept = std::move(idle.front());
        idle.pop_front();
        if (kept.until.at > now && is_alive(*kept.stream)) return std::move(kept.stream);
    }
    return nullptr;
}

void HttpClient::State::keep(std::unique_ptr<Stream> stream) {
    idle.push_front({std::move(stream), network.loop().in(config.idle_timeout)});
    if (idle.size() > config.max_idle) idle.pop_back();
}

Task<Result<std::unique_ptr<Stream>>> HttpClient::State::connect(Limit limit) {
    limit.deadline = std::min(limit.deadline, network.loop().in(config.dial_timeout));
    auto stream = co_await network.dial(config.address, limit);
    if (!stream || !config.tls) co_return stream;
    co_return co_await tls_connect(std::move(*stream), config.tls, config.tls_server_name, limit);
}

std::string HttpClient::State::head_of(const ClientRequest& request) const {
    std::string out = request.method + " " + request.target + " HTTP/1.1\r\n";
    if (!request.headers.has("Host")) {
        std::string host = config.host;
        if (host.empty()) host = config.address.kind == Address::Kind::tcp ? to_string(config.address) : "localhost";
        out += "Host: " + host + "\r\n";
    }
    if (!request.headers.has("User-Agent")) out += "User-Agent: drover\r\n";
    for (const auto& [name, value] : request.headers) out += canonical_header_name(name) + ": " + value + "\r\n";
    const uint64_t size = request.source ? request.source_bytes : request.body.size();
    if (size > 0 || request.method == "POST" || request.method == "PUT")
        out += "Content-Length: " + std::to_string(size) + "\r\n";
    return out + "\r\n";
}

void ClientResponse::Body::use() {
    size_t used = 0;
    state = parser->put(in, used);
    in.erase(0, used);
}

// Reads something and uses it.
Task<Result<>> ClientResponse::Body::advance(Limit limit) {
    std::string buffer(kReadBytes, '\0');
    Result<size_t> n = co_await stream->read_some(buffer, limit);
    if (!n) co_return fail(n.error());
    if (*n == 0) {
        state = got_bytes ? parser->put_end() : detail::ParseState::malformed;
        if (state != detail::ParseState::done) co_return fail(Error::unavailable("unexpected EOF"));
        stream->close();
        co_return Result<>();
    }
    got_bytes = true;
    in.append(buffer, 0, *n);
    use();
    co_return Result<>();
}

Task<Result<>> ClientResponse::Body::read_head(Limit limit, bool no_body) {
    for (;;) {
        parser = detail::MessageParser::for_response({kMaxHeadBytes, UINT64_MAX}, no_body);
        state = detail::ParseState::more;
        if (!in.empty()) use();
        while (state == detail::ParseState::more) {
            if (Result<> more = co_await advance(limit); !more) co_return more;
        }
        if (state != detail::ParseState::head) co_return fail(Error::unavailable("malformed HTTP response"));
        const int status = parser->head.status;
        if (status >= 200 || status == 101) break;
    }
    if (parser->head.status != 101) use();
    co_return Result<>();
}

// The message is complete: the connection can carry another one, or is closed.
void ClientResponse::Body::finish() {
    const bool reusable = stream && parser->head.keep_alive && in.empty() && parser->body.empty();
    if (reusable)
        client->keep(std::move(stream));
    else
        stream.reset();
}

ClientResponse::ClientResponse() = default;
ClientResponse::ClientResponse(ClientResponse&&) noexcept = default;
ClientResponse& ClientResponse::operator=(ClientResponse&&) noexcept = default;
ClientResponse::~ClientResponse() = default;

Task<Result<std::optional<std::string>>> ClientResponse::read(Limit limit) {
    assert_always(body_ != nullptr);
    Body& b = *body_;
    for (;;) {
        if (b.state != detail::ParseState::more && b.state != detail::ParseState::done)
            co_return fail(Error::unavailable("malformed HTTP response"));
        if (!b.parser->body.empty()) co_return std::optional(std::exchange(b.parser->body, {}));
        if (b.state == detail::ParseState::done) break;
        if (Result<> more = co_await b.advance(limit); !more) co_return fail(more.error());
    }
    if (b.stream) b.finish();
    co_return std::optional<std::string>();
}

Task<Result<std::string>> ClientResponse::read_all(Limit limit, size_t max_bytes) {
    std::string out;
    for (;;) {
        Result<std::optional<std::string>> piece = co_await read(limit);
        if (!piece) co_return fail(piece.error());
        if (!*piece) co_return out;
        if (out.size() + (*piece)->size() > max_bytes)
            co_return fail(
                Error{ErrorCode::too_large, "response is larger than " + std::to_string(max_bytes) + " bytes"});
        if (out.empty())
            out = std::move(**piece);
        else
            out += **piece;
    }
}

Takeover ClientResponse::take_over() {
    assert_always(body_ != nullptr && status == 101);
    return {std::move(body_->stream), std::move(body_->in)};
}

HttpClient::HttpClient(Network& network, HttpClientConfig config)
    : state_(std::make_shared<State>(network, std::move(config))) {}

HttpClient::~HttpClient() = default;

Task<Result<ClientResponse>> HttpClient::send(ClientRequest request, Limit limit) {
    const std::string head = state_->head_of(request);
    for (;;) {
        auto body = std::make_unique<ClientResponse::Body>();
        body->client = state_;
        body->stream = state_->take_kept();
        const bool reused = body->stream != nullptr;
        if (!reused) {
            auto stream = co_await state_->connect(limit);
            if (!stream) co_return fail(stream.error());
            body->stream = std::move(*stream);
        }
        Result<> done = co_await body->stream->write({head, request.body}, limit);
        for (uint64_t left = request.source ? request.source_bytes : 0; done && left > 0;) {
            Result<std::string> piece = request.source();
            if (!piece) co_return fail(piece.error());
            if (piece->empty() || piece->size() > left)
                co_return fail(Error::internal("a request's body changed its size"));
            left -= piece->size();
            done = co_await body->stream->write(*piece, limit);
        }
        if (done) done = co_await body->read_head(limit, request.method == "HEAD");
        if (done) {
            ClientResponse response;
            response.status = body->parser->head.status;
            response.headers = std::move(body->parser->head.headers);
            response.body_ = std::move(body);
            co_return response;
        }
        const bool was_closed = reused && !body->got_bytes && done.error().code == ErrorCode::unavailable;
        if (!was_closed || request.source || !may_repeat(request.method)) co_return fail(done.error());
    }
}

}  // namespace drover::net
