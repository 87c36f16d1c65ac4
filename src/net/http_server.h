#pragma once
// HTTP/1.1 and 1.0 server. Reads requests (keep-alive, pipelined, chunked), gives each to one handler, and writes what
// it answers with Go's manners: Content-Length up to 2 KiB, chunked above, gzip or deflate when the client names one.
// It knows nothing of paths. Lives on one loop; several servers on several loops may share one port and one limiter.
//
// What clients may cost is bounded: header and body size, time for the headers, a stalled body or reader, connections
// of one address. Malformed requests are answered 400 and the connection ends; nothing reaches the handler.

#include <functional>
#include <memory>

#include "base/log.h"
#include "net/connection_limiter.h"
#include "net/http.h"
#include "net/stream.h"
#include "net/tls.h"

namespace drover::net {

// Runs on the server's loop and never blocks. The token is cancelled when the client has gone or the server stops; a
// response is then written only as far as possible. An exception becomes a 500.
using HttpHandler = std::function<Task<Response>(Request request, CancelToken cancel)>;

struct HttpServerConfig {
    size_t max_body_bytes = 64 << 20;    // 413
    size_t max_header_bytes = 64 << 10;  // 431
    // Asked with the head of each request that has a body; what it gives takes that body, of at most max_sink_bytes.
    std::function<std::shared_ptr<BodySink>(const Request& head)> body_sink = nullptr;
    uint64_t max_sink_bytes = 0;
    Duration header_timeout = seconds(30);  // to send a request's headers, once begun (on a new connection: at once)
    Duration idle_timeout = minutes(10);    // between requests
    Duration stall_timeout = minutes(1);    // without a byte of a request's body, or read from a response
    bool compress = true;                   // and announce it by `Vary: Accept-Encoding`
    size_t max_connections = 0;             // in all; 0: no limit. Above it new connections wait to be accepted
    std::shared_ptr<ConnectionLimiter> limiter = nullptr;  // null: no limit
    std::shared_ptr<TlsContext> tls = nullptr;             // null: plain
    Duration tls_handshake_timeout = seconds(5);
};

class HttpServer {
public:
    HttpServer(Loop& loop, HttpServerConfig config, HttpHandler handler);
    ~HttpServer();  // after stop()

    // Accepts on the listener until stop(). May be called for several listeners.
    void serve(std::unique_ptr<Listener> listener);
    // Serves one stream that is connected already.
    void serve(std::unique_ptr<Stream> stream);

    // Accepts no more, ends idle connections, lets running handlers finish for `grace`, then cancels their tokens and
    // waits for them.
    Task<> stop(Duration grace);

    size_t connections() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace drover::net
