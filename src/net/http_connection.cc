#include "net/detail/http_connection.h"

#include <charconv>

#include "base/strings.h"

namespace drover::net::detail {

namespace {

// A handler that takes longer is a waiting one: only then is the client watched.
constexpr Duration kWatchAfter = milliseconds(50);
constexpr Duration kLingerTime = milliseconds(500);
constexpr size_t kLingerBytes = 256 << 10;
// What Go buffers before it gives up on Content-Length.
constexpr size_t kChunkedAbove = 2048;
// Bodies up to this are copied behind their head, so that one small write carries both.
constexpr size_t kCopiedBody = 16 << 10;
// Steps (reads, requests, chunks) that one connection takes before others have their turn.
constexpr uint8_t kMaxStreak = 8;
// What a client may send ahead while its request is being handled.
constexpr size_t kMaxAhead = 4096;

bool may_have_body(int status) { return status >= 200 && status != 204 && status != 304; }

// Whether a Host value could be one: what Go accepts there.
bool is_host(std::string_view host) {
    return host.find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!$%&'()*+,-.:;=[]_~") ==
           std::string_view::npos;
}

// The type of a body whose handler named none: text unless it holds control characters.
std::string_view sniff(std::string_view body) {
    for (unsigned char c : body.substr(0, 512)) {
        if (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1b)
            return "application/octet-stream";
    }
    return "text/plain; charset=utf-8";
}

void append_hex(std::string& out, size_t n) {
    char digits[16];
    const auto end = std::to_chars(digits, digits + sizeof digits, n, 16).ptr;
    out.append(digits, end);
}

}  // namespace

const std::string& HttpShared::date() {
    const Time now = Time::from_unix_seconds(loop.clock().now().unix_seconds());
    if (now != date_of_) date_of_ = now, date_ = http_date(now);
    return date_;
}

Compressor& HttpShared::compressor(Encoding encoding) {
    auto& one = compressors_[encoding == Encoding::gzip ? 0 : 1];
    if (!one) one = std::make_unique<Compressor>(encoding);
    return *one;
}

Task<> drain(Stream& stream, CancelToken cancel) {
    stream.shutdown_write();
    const Limit limit{stream.loop().in(kLingerTime), std::move(cancel)};
    std::string into(4096, '\0');
    for (size_t left = kLingerBytes; left > 0;) {
        Result<size_t> n = co_await stream.read_some(into, limit);
        if (!n || *n == 0 || *n > left) break;
        left -= *n;
    }
}

// Notices that the client has gone while its handler waits.
class HttpConnection::GoneWatch final : Timer, IoWaiter {
public:
    GoneWatch(HttpConnection& connection, CancelSource& source) : connection_(connection), source_(source) {
        arm(connection.shared_.loop, connection.shared_.loop.in(kWatchAfter));
    }
    ~GoneWatch() { stop(); }

    void stop() {
        disarm();
        if (watching_ && connection_.stream_) connection_.stream_->unwatch(Direction::read);
        watching_ = false;
    }
    bool gone() const { return gone_; }

private:
    void on_timer() override { look(); }
    void on_ready() override {
        watching_ = false;
        look();
    }
    void look() {
        std::string& in = connection_.in_;
        while (in.size() < kMaxAhead) {
            auto into = std::span(connection_.shared_.scratch).first(kMaxAhead - in.size());
            Result<std::optional<size_t>> n = connection_.stream_->try_read(into);
            if (!n || (*n && **n == 0)) {
                gone_ = true;
                source_.cancel(Error::canceled("client has gone"));
                return;
            }
            if (!*n) {
                watching_ = true;
                connection_.stream_->watch(Direction::read, *this);
                return;
            }
            in.append(into.data(), **n);
        }
    }

    HttpConnection& connection_;
    CancelSource& source_;
    bool watching_ = false;
    bool gone_ = false;
};

void HttpConnection::close_if_idle() {
    if (waiting_) stream_->close();
}

Limit HttpConnection::write_limit() const {
    return {shared_.loop.in(shared_.config.stall_timeout), shared_.hard_stop.token()};
}

Task<> HttpConnection::run() {
    const auto place = shared_.connections.insert(shared_.connections.end(), this);
    if (co_await handshake()) {
        for (bool more = true; more && !shared_.stopping;) {
            auto request = std::make_unique<Request>();
            Exchange exchange;
            more = co_await read_request(*request, exchange);
            if (more) more = co_await answer(std::move(request), exchange);
        }
    }
    if (stream_) stream_->close();
    shared_.connections.erase(place);
    shared_.changed.notify();
}

Task<bool> HttpConnection::handshake() {
    if (!shared_.config.tls) co_return true;
    const Limit limit{shared_.loop.in(shared_.config.tls_handshake_timeout), shared_.hard_stop.token()};
    auto secured = co_await tls_accept(std::move(stream_), shared_.config.tls, limit);
    if (!secured) {
        shared_.log.debug("TLS handshake failed", {{"remote", to_string(remote_)}, {"error", secured.error().message}});
        co_return false;
    }
    stream_ = std::move(*secured);
    co_return true;
}

Task<> HttpConnection::be_fair() {
    streak_ = 0;
    co_await shared_.loop.yield();
}

Task<Result<size_t>> HttpConnection::receive(Deadline deadline) {
    if (++streak_ >= kMaxStreak) co_await be_fair();
    for (;;) {
        Result<std::optional<size_t>> n = stream_->try_read(shared_.scratch);
        if (!n) co_return fail(n.error());
        if (*n) {
            in_.append(shared_.scratch.data(), **n);
            co_return **n;
        }
        Result<> waited = co_await stream_->ready(Direction::read, {deadline, shared_.hard_stop.token()});
        if (!waited) co_return fail(waited.error());
    }
}

ParseState HttpConnection::parse(MessageParser& parser) {
    size_t used = 0;
    const ParseState state = parser.put(in_, used);
    if (used == in_.size())
        std::string().swap(in_);
    else
        in_.erase(0, used);
    return state;
}

Task<bool> HttpConnection::read_request(Request& request, Exchange& exchange) {
    const HttpServerConfig& config = shared_.config;
    if (++streak_ >= kMaxStreak) co_await be_fair();
    if (in_.empty()) {
        waiting_ = true;
        const Duration patience = begun_ ? config.idle_timeout : config.header_timeout;
        Result<size_t> n = co_await receive(shared_.loop.in(patience));
        waiting_ = false;
        if (!n || *n == 0) co_return false;
    }
    begun_ = true;
    const uint64_t most = std::max<uint64_t>(config.max_body_bytes, config.body_sink ? config.max_sink_bytes : 0);
    auto parser = MessageParser::for_request({config.max_header_bytes, most});
    const Deadline deadline = shared_.loop.in(config.header_timeout);
    // A robust server skips empty lines before a request line.
    while (has_prefix(in_, "\r\n")) in_.erase(0, 2);
    ParseState state = parse(*parser);
    while (state == ParseState::more) {
        Result<size_t> n = co_await receive(deadline);
        if (!n || *n == 0) co_return false;
        state = parse(*parser);
    }
    if (state == ParseState::head_too_large) {
        co_await refuse(431, "");
        co_return false;
    }
    if (state == ParseState::body_too_large) {
        co_await refuse(413, "");
        co_return false;
    }
    if (state != ParseState::head) {
        co_await refuse(400, "");
        co_return false;
    }
    if (!co_await check(parser->head)) co_return false;
    if (Result<> taken = take_head(*parser, request, exchange); !taken) {
        co_await refuse(400, "");
        co_return false;
    }
    const bool has_body = parser->head.chunked || parser->head.content_length > 0;
    if (has_body && config.body_sink) request.sink = config.body_sink(request);
    if (!request.sink && parser->head.content_length > config.max_body_bytes) {
        co_await refuse(413, "");
        co_return false;
    }
    co_return co_await read_body(*parser, request);
}

// What came of the body goes to the request's sink, if it has one.
ParseState HttpConnection::parse_body(MessageParser& parser, Request& request) {
    const ParseState state = parse(parser);
    if (!request.sink || parser.body.empty()) return state;
    Result<> taken = request.sink->write(parser.body);
    parser.body.clear();
    if (taken) return state;
    shared_.log.warn("a request's body cannot be kept", {{"error", taken.error().message}});
    return ParseState::body_too_large;
}

Task<bool> HttpConnection::check(const MessageHead& head) {
    size_t hosts = 0;
    for (const auto& [name, value] : head.headers) hosts += equal_fold(name, "Host") ? 1 : 0;
    std::string problem;
    int status = 400;
    if (head.version_minor == 1 && hosts == 0) problem = "missing required Host header";
    if (hosts > 1) problem = "too many Host headers";
    if (hosts == 1 && !is_host(head.headers.get("Host"))) problem = "malformed Host header";
    if (head.headers.has("Transfer-Encoding") && !head.chunked) status = 501, problem = "Unsupported transfer encoding";
    const std::string_view expect = head.headers.get("Expect");
    if (!expect.empty() && !equal_fold(expect, "100-continue")) status = 417, problem = "unknown expectation";
    if (problem.empty()) co_return true;
    co_await refuse(status, std::move(problem));
    co_return false;
}

Result<> HttpConnection::take_head(MessageParser& parser, Request& request, Exchange& exchange) {
    MessageHead& head = parser.head;
    request.method = std::move(head.method);
    request.target = std::move(head.target);
    request.headers = std::move(head.headers);
    request.version_minor = head.version_minor;
    request.remote = remote_;
    request.tls = shared_.config.tls != nullptr;

    std::string_view target = request.target;
    for (std::string_view scheme : {"http://", "https://"}) {
        if (!has_prefix(target, scheme)) continue;
        const size_t slash = target.find_first_of("/?", scheme.size());
        target = slash == std::string_view::npos ? "/" : target.substr(slash);
    }
    const size_t question = target.find('?');
    request.raw_path = target.substr(0, question);
    if (request.raw_path.empty()) request.raw_path = "/";
    if (question != std::string_view::npos) request.raw_query = target.substr(question + 1);
    if (request.raw_path[0] != '/' && !(request.method == "OPTIONS" && request.raw_path == "*"))
        return fail(Error::bad_request("malformed target"));
    auto path = decode_path(request.raw_path);
    if (!path) return fail(Error::bad_request("malformed path"));
    request.path = std::move(*path);
    request.query = Query::parse(request.raw_query);

    exchange.head = request.method == "HEAD";
    exchange.http10 = request.version_minor == 0;
    exchange.keep_alive = head.keep_alive;
    if (shared_.config.compress && !request.headers.has("Upgrade"))
        exchange.encoding = choose_encoding(request.headers.get("Accept-Encoding"));
    return {};
}

Task<bool> HttpConnection::read_body(MessageParser& parser, Request& request) {
    ParseState state = parse_body(parser, request);
    if (state == ParseState::more && request.version_minor == 1 && request.headers.has("Expect")) {
        if (!co_await stream_->write("HTTP/1.1 100 Continue\r\n\r\n", write_limit())) co_return false;
    }
    while (state == ParseState::more) {
        // Only a chunk's header or trailers may have to be kept until more of them comes.
        if (in_.size() > shared_.config.max_header_bytes) state = ParseState::malformed;
        if (state != ParseState::more) break;
        Result<size_t> n = co_await receive(shared_.loop.in(shared_.config.stall_timeout));
        if (!n || *n == 0) co_return false;
        state = parse_body(parser, request);
        if (parser.body.size() > shared_.config.max_body_bytes) state = ParseState::body_too_large;
    }
    if (state != ParseState::done) {
        co_await refuse(state == ParseState::body_too_large ? 413 : 400, "");
        co_return false;
    }
    request.body = std::move(parser.body);
    co_return true;
}

Task<bool> HttpConnection::answer(std::unique_ptr<Request> request, Exchange exchange) {
    CancelSource source(shared_.hard_stop.token());
    GoneWatch watch(*this, source);
    Response response;
    try {
        response = co_await call_handler(std::move(request), source.token());
    } catch (const std::exception& e) {
        response = failed(e);
    }
    co_return co_await send(response, exchange, watch, source.token());
}

Task<Response> HttpConnection::call_handler(std::unique_ptr<Request> request, CancelToken cancel) {
    return shared_.handler(std::move(*request), std::move(cancel));
}

Response HttpConnection::failed(const std::exception& exception) {
    shared_.log.error("handler threw an exception", {{"error", exception.what()}});
    return Response::text(500, "Internal Server Error");
}

void HttpConnection::prepare(Response& response, Exchange& exchange) {
    Headers& headers = response.headers;
    if (headers.has_token("Connection", "close")) exchange.keep_alive = false;
    for (std::string_view ours : {"Connection", "Content-Length", "Transfer-Encoding", "Date"}) {
        if (headers.has(ours)) headers.remove(ours);
    }
    const bool has_body = response.stream || response.shared_body || !response.body.empty();
    if (!has_body || !may_have_body(response.status)) {
        if (!may_have_body(response.status)) response.body.clear(), response.shared_body.reset();
    } else if (!response.stream && !headers.has("Content-Type")) {
        headers.add("Content-Type", std::string(sniff(response.shared_body ? *response.shared_body : response.body)));
    }
    if (!shared_.config.compress) return;
    headers.add_first("Vary", "Accept-Encoding");
    // A handler that encoded the body itself has said so.
    if (headers.has("Content-Encoding")) exchange.encoding = Encoding::none;
    if (exchange.encoding != Encoding::none) headers.add("Content-Encoding", std::string(name_of(exchange.encoding)));
    if (response.stream || exchange.encoding == Encoding::none || !may_have_body(response.status)) return;
    response.body =
        shared_.compressor(exchange.encoding).all(response.shared_body ? *response.shared_body : response.body);
    response.shared_body.reset();
}

void HttpConnection::append_fields(std::string& out, const Headers& headers) {
    for (const auto& [name, value] : headers) {
        out += canonical_header_name(name);
        out += ": ";
        const size_t begin = out.size();
        out += value;
        // A line break in a value would let it write headers of its own.
        for (size_t i = begin; i < out.size(); ++i) {
            if (out[i] == '\r' || out[i] == '\n') out[i] = ' ';
        }
        out += "\r\n";
    }
}

// `length`: of the body; below zero: chunked, or until the end of the connection for HTTP/1.0.
std::string HttpConnection::write_head(const Response& response, const Exchange& exchange, int64_t length) {
    std::string out;
    out.reserve(512);
    out += exchange.http10 ? "HTTP/1.0 " : "HTTP/1.1 ";
    out += std::to_string(response.status);
    out += ' ';
    out += reason_phrase(response.status);
    out += "\r\n";
    append_fields(out, response.headers);
    out += "Date: ";
    out += shared_.date();
    out += "\r\n";
    if (may_have_body(response.status)) {
        if (length >= 0)
            out += "Content-Length: " + std::to_string(length) + "\r\n";
        else if (!exchange.http10)
            out += "Transfer-Encoding: chunked\r\n";
    }
    if (!exchange.keep_alive && !exchange.http10) out += "Connection: close\r\n";
    if (exchange.keep_alive && exchange.http10) out += "Connection: keep-alive\r\n";
    out += "\r\n";
    return out;
}

Task<bool> HttpConnection::send(Response& response, Exchange exchange, GoneWatch& watch, CancelToken cancel) {
    if (watch.gone() || shared_.stopping) exchange.keep_alive = false;
    if (response.takeover) {
        watch.stop();
        std::string head =
            "HTTP/1.1 " + std::to_string(response.status) + " " + std::string(reason_phrase(response.status)) + "\r\n";
        append_fields(head, response.headers);
        if (!co_await stream_->write(head + "\r\n", write_limit())) co_return false;
        co_await response.takeover(Takeover{std::move(stream_), std::move(in_)}, cancel);
        co_return false;
    }
    prepare(response, exchange);
    if (response.stream && may_have_body(response.status) && !exchange.head) {
        if (exchange.http10) exchange.keep_alive = false;
        std::string head = write_head(response, exchange, -1);
        co_return co_await send_stream(response, exchange, std::move(head), cancel);
    }
    watch.stop();
    const std::string_view body = response.shared_body ? *response.shared_body : response.body;
    const bool chunked = !exchange.http10 && (response.stream || body.size() > kChunkedAbove);
    std::string out = write_head(response, exchange, chunked ? -1 : static_cast<int64_t>(body.size()));
    const bool with_body = !exchange.head && !body.empty();
    Result<> written;
    if (!with_body || body.size() <= kCopiedBody) {
        if (with_body && chunked) append_hex(out, body.size()), out += "\r\n";
        if (with_body) out += body;
        if (with_body && chunked) out += "\r\n0\r\n\r\n";
        written = co_await stream_->write(out, write_limit());
    } else {
        if (chunked) append_hex(out, body.size()), out += "\r\n";
        std::vector<std::string_view> parts{out, body};
        if (chunked) parts.push_back("\r\n0\r\n\r\n");
        written = co_await stream_->write(std::move(parts), write_limit());
    }
    if (!written) co_return false;
    if (!exchange.keep_alive) co_await linger();
    co_return exchange.keep_alive;
}

class HttpConnection::ChunkWriter final : public BodyWriter {
public:
    ChunkWriter(HttpConnection& connection, const Exchange& exchange, CancelToken cancel)
        : connection_(connection), chunked_(!exchange.http10), cancel_(std::move(cancel)) {
        if (exchange.encoding != Encoding::none) compressor_ = std::make_unique<Compressor>(exchange.encoding, true);
    }

    Task<Result<>> write(std::string_view chunk) override {
        if (cancel_.cancelled()) co_return fail(cancel_.reason());
        if (chunk.empty()) co_return Result<>();
        if (++connection_.streak_ >= kMaxStreak) co_await connection_.be_fair();
        if (!compressor_) co_return co_await write_raw(chunk);
        const std::string packed = compressor_->piece(chunk);
        co_return co_await write_raw(packed);
    }

    Task<Result<>> finish() {
        if (compressor_) {
            const std::string packed = compressor_->finish();
            if (Result<> written = co_await write_raw(packed); !written) co_return written;
        }
        if (!chunked_) co_return Result<>();
        co_return co_await connection_.stream_->write("0\r\n\r\n", connection_.write_limit());
    }

private:
    Task<Result<>> write_raw(std::string_view bytes) {
        std::vector<std::string_view> parts;
        std::string size;
        if (chunked_) {
            append_hex(size, bytes.size());
            size += "\r\n";
            parts = {size, bytes, "\r\n"};
        } else {
            parts = {bytes};
        }
        Limit limit = connection_.write_limit();
        limit.cancel = cancel_;
        co_return co_await connection_.stream_->write(std::move(parts), std::move(limit));
    }

    HttpConnection& connection_;
    bool chunked_;
    CancelToken cancel_;
    std::unique_ptr<Compressor> compressor_;
};

Task<bool> HttpConnection::send_stream(Response& response, Exchange exchange, std::string head, CancelToken cancel) {
    if (!co_await stream_->write(head, write_limit())) co_return false;
    std::string().swap(head);
    ChunkWriter writer(*this, exchange, cancel);
    Result<> produced = co_await response.stream(writer, cancel);
    if (!produced || cancel.cancelled()) co_return false;
    if (!co_await writer.finish()) co_return false;
    if (!exchange.keep_alive) co_await linger();
    co_return exchange.keep_alive && !shared_.stopping;
}

Task<> HttpConnection::refuse(int status, std::string detail) {
    std::string line = std::to_string(status) + " " + std::string(reason_phrase(status));
    // Go answers a bad transfer encoding with the detail alone.
    std::string text = status == 501 ? detail : line;
    if (status != 501 && !detail.empty()) line += ": " + detail, text = line;
    std::string out =
        "HTTP/1.1 " + line + "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" + text;
    if (co_await stream_->write(out, write_limit())) co_await linger();
}

Task<> HttpConnection::linger() { co_await drain(*stream_, shared_.hard_stop.token()); }

}  // namespace drover::net::detail
