#pragma once
// One connection of an HttpServer, from its first byte to its end, and what the connections of a server share.

#include <array>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "net/detail/compress.h"
#include "net/detail/http_parser.h"
#include "net/http_server.h"
#include "net/signal.h"

namespace drover::net::detail {

class HttpConnection;

// Lives on the server's loop.
struct HttpShared {
    HttpShared(Loop& l, HttpServerConfig c, HttpHandler h)
        : loop(l), config(std::move(c)), handler(std::move(h)), scratch(16 << 10), group(l), changed(l) {}

    Loop& loop;
    const HttpServerConfig config;
    const HttpHandler handler;
    const Logger log{"http"};
    std::vector<char> scratch;  // what was just read; never kept across a wait
    std::list<std::unique_ptr<Listener>> listeners;
    std::list<HttpConnection*> connections;
    bool stopping = false;
    CancelSource hard_stop;
    TaskGroup group;
    Notify changed;  // a connection ended

    const std::string& date();
    Compressor& compressor(Encoding encoding);

private:
    Time date_of_;
    std::string date_;
    std::array<std::unique_ptr<Compressor>, 2> compressors_;
};

// What the answer needs to know of its request after that has gone to the handler.
struct Exchange {
    bool head = false;  // HEAD: no body is sent
    bool http10 = false;
    bool keep_alive = false;
    Encoding encoding = Encoding::none;
};

class HttpConnection {
public:
    HttpConnection(HttpShared& shared, std::unique_ptr<Stream> stream)
        : shared_(shared), stream_(std::move(stream)), remote_(stream_->peer()) {}

    [[gnu::noinline]] Task<> run();
    const Address& remote() const { return remote_; }
    std::unique_ptr<Stream> release() { return std::move(stream_); }
    // Ends the connection if it waits for a request.
    void close_if_idle();

private:
    class GoneWatch;
    class ChunkWriter;

    // What a waiting request needs is little; the frames of the other steps must not become part of its frame, as the
    // optimiser would have it. Hence the noinline.
    [[gnu::noinline]] Task<bool> handshake();
    [[gnu::noinline]] Task<bool> read_request(Request& request, Exchange& exchange);
    [[gnu::noinline]] Task<bool> read_body(MessageParser& parser, Request& request);
    // Bytes into in_ (or nothing at the end); what read_request and read_body feed on.
    [[gnu::noinline]] Task<Result<size_t>> receive(Deadline deadline);
    ParseState parse(MessageParser& parser);
    ParseState parse_body(MessageParser& parser, Request& request);
    // False after an answer was written that ends the connection.
    [[gnu::noinline]] Task<bool> check(const MessageHead& head);
    Result<> take_head(MessageParser& parser, Request& request, Exchange& exchange);

    [[gnu::noinline]] Task<bool> answer(std::unique_ptr<Request> request, Exchange exchange);
    // Not a coroutine: the request must not stay in a frame here beside the handler's.
    [[gnu::noinline]] Task<Response> call_handler(std::unique_ptr<Request> request, CancelToken cancel);
    // What a handler's exception becomes.
    Response failed(const std::exception& exception);
    [[gnu::noinline]] Task<bool> send(Response& response, Exchange exchange, GoneWatch& watch, CancelToken cancel);
    [[gnu::noinline]] Task<bool> send_stream(Response& response, Exchange exchange, std::string head,
                                             CancelToken cancel);
    void prepare(Response& response, Exchange& exchange);
    std::string write_head(const Response& response, const Exchange& exchange, int64_t length);
    // Lets other connections run, now and then: a client that never makes us wait must not keep the loop for itself.
    [[gnu::noinline]] Task<> be_fair();
    static void append_fields(std::string& out, const Headers& headers);
    // Writes an answer that ends the connection, and lets the client read it before the connection is cut.
    [[gnu::noinline]] Task<> refuse(int status, std::string detail);
    [[gnu::noinline]] Task<> linger();
    Limit write_limit() const;

    HttpShared& shared_;
    std::unique_ptr<Stream> stream_;
    Address remote_;
    std::string in_;        // read and not yet used
    bool waiting_ = false;  // for a request's first byte
    bool begun_ = false;    // had a request before
    uint8_t streak_ = 0;    // steps since others ran
};

// Reads until the client closes, a little while at most, so that what was written is not lost by a reset.
[[gnu::noinline]] Task<> drain(Stream& stream, CancelToken cancel);

}  // namespace drover::net::detail
