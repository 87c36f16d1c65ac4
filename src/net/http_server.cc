#include "net/http_server.h"

#include "net/detail/http_connection.h"

namespace drover::net {

namespace {

using detail::HttpConnection;
using detail::HttpShared;

constexpr Duration kAcceptPause = milliseconds(100);

constexpr std::string_view kTooManyConnections =
    "HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
    "Your IP is issuing too many concurrent connections, please rate limit your calls\n";

[[gnu::noinline]] Task<> refuse(std::unique_ptr<Stream> stream, CancelToken cancel) {
    Result<> written = co_await stream->write(kTooManyConnections, {stream->loop().in(seconds(1)), cancel});
    if (written) co_await detail::drain(*stream, cancel);
}

Task<> run_connection(HttpShared& shared, std::unique_ptr<Stream> stream) {
    HttpConnection connection(shared, std::move(stream));
    ConnectionLimiter* limiter = connection.remote().kind == Address::Kind::tcp ? shared.config.limiter.get() : nullptr;
    if (limiter == nullptr || limiter->enter(connection.remote().host)) {
        co_await connection.run();
        if (limiter != nullptr) limiter->leave(connection.remote().host);
    } else if (!shared.config.tls && limiter->may_refuse_politely(shared.loop.now())) {
        // Under TLS there is nobody yet to read a plain answer.
        co_await refuse(connection.release(), shared.hard_stop.token());
    }
}

Task<> accept_all(HttpShared& shared, Listener& listener) {
    while (!shared.stopping) {
        while (shared.config.max_connections != 0 && shared.connections.size() >= shared.config.max_connections) {
            Result<> waited = co_await shared.changed.wait({Deadline::never(), shared.hard_stop.token()});
            if (!waited || shared.stopping) co_return;
        }
        auto stream = co_await listener.accept({Deadline::never(), shared.hard_stop.token()});
        if (stream) {
            shared.group.spawn(run_connection(shared, std::move(*stream)));
            continue;
        }
        if (stream.error().code == ErrorCode::canceled) co_return;
        shared.log.warn("cannot accept a connection", {{"error", stream.error().message}});
        if (!co_await shared.loop.sleep(kAcceptPause, shared.hard_stop.token())) co_return;
    }
}

}  // namespace

struct HttpServer::State : HttpShared {
    using HttpShared::HttpShared;
};

HttpServer::HttpServer(Loop& loop, HttpServerConfig config, HttpHandler handler)
    : state_(std::make_unique<State>(loop, std::move(config), std::move(handler))) {}

HttpServer::~HttpServer() = default;

void HttpServer::serve(std::unique_ptr<Listener> listener) {
    state_->listeners.push_back(std::move(listener));
    state_->group.spawn(accept_all(*state_, *state_->listeners.back()));
}

void HttpServer::serve(std::unique_ptr<Stream> stream) {
    state_->group.spawn(run_connection(*state_, std::move(stream)));
}

Task<> HttpServer::stop(Duration grace) {
    HttpShared& shared = *state_;
    shared.stopping = true;
    shared.changed.notify();
    for (const auto& listener : shared.listeners) listener->close();
    for (HttpConnection* connection : shared.connections) connection->close_if_idle();
    CallTimer end_of_grace([&shared] { shared.hard_stop.cancel(Error::canceled("server is stopping")); });
    end_of_grace.arm(shared.loop, shared.loop.in(grace));
    co_await shared.group.join();
}

size_t HttpServer::connections() const { return state_->connections.size(); }

}  // namespace drover::net
