#include "net/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "base/rng.h"
#include "base/strings.h"
#include "net/memory_stream.h"
#include "net/signal.h"
#include "net/virtual_loop.h"

namespace drover::net {
namespace {

// A blocking socket of a client that says exactly what the test wants said.
class RawClient {
public:
    explicit RawClient(uint16_t port, const char* from = nullptr)
        : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        if (from != nullptr) {
            ::inet_pton(AF_INET, from, &at.sin_addr);
            ::bind(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at);
        }
        at.sin_port = htons(port);
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
    }
    RawClient(RawClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
    ~RawClient() { close(); }

    void close() {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    bool connected() const { return connected_; }
    void half_close() { ::shutdown(fd_, SHUT_WR); }
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            bytes.remove_prefix(static_cast<size_t>(n));
        }
        return true;
    }

    // What comes until the server closes, or until `enough` says so, or ten seconds have passed.
    template <class Enough>
    std::string receive_until(Enough enough) {
        while (!enough(got_)) {
            pollfd ask{fd_, POLLIN, 0};
            char buffer[65536];
            ssize_t n = 0;
            if (::poll(&ask, 1, 10'000) != 1 || (n = ::recv(fd_, buffer, sizeof buffer, 0)) <= 0) break;
            got_.append(buffer, static_cast<size_t>(n));
        }
        return std::exchange(got_, {});
    }
    std::string receive_all() {
        return receive_until([](const std::string&) { return false; });
    }
    std::string receive_text(std::string_view text) {
        return receive_until([text](const std::string& got) { return got.find(text) != std::string::npos; });
    }
    // One response with a Content-Length.
    std::string receive_response() {
        return receive_until([](const std::string& got) {
            const size_t end = got.find("\r\n\r\n");
            const size_t length = got.find("Content-Length: ");
            return end != std::string::npos && length != std::string::npos &&
                   got.size() >= end + 4 + std::stoul(got.substr(length + 16));
        });
    }
    std::string ask(std::string_view request) {
        send(request);
        return receive_response();
    }

private:
    int fd_;
    bool connected_ = false;
    std::string got_;
};

Task<Response> echo(Request request, CancelToken) {
    std::string text =
        request.method + " " + request.path + " [" + std::string(request.query.get("a")) + "] " + request.body;
    co_return Response::text(200, std::move(text));
}

// A server on a loop of its own thread, stopped when the test ends.
class TestServer {
public:
    explicit TestServer(HttpHandler handler, HttpServerConfig config = {}) : thread_(clock_, &pool_) {
        on_loop([&] {
            network_ = make_os_network(thread_.loop());
            server_ = std::make_unique<HttpServer>(thread_.loop(), config, std::move(handler));
            auto listener = network_->listen(Address::tcp("127.0.0.1", 0), {.backlog = 8192});
            port = (*listener)->local().port;
            server_->serve(std::move(*listener));
        });
    }
    ~TestServer() { stop(milliseconds(0)); }

    void stop(Duration grace) {
        if (!server_) return;
        std::atomic<bool> ended = false;
        std::unique_ptr<TaskGroup> group;
        on_loop([&] {
            group = std::make_unique<TaskGroup>(thread_.loop());
            group->spawn(stop_and_tell(*server_, grace, ended));
        });
        while (!ended) std::this_thread::yield();
        on_loop([&] {
            group.reset();
            server_.reset();
            network_.reset();
        });
    }
    size_t connections() {
        size_t n = 0;
        on_loop([&] { n = server_->connections(); });
        return n;
    }
    void await_connections(size_t n) {
        for (int i = 0; i < 1000 && connections() != n; ++i) ::usleep(10'000);
        EXPECT_EQ(connections(), n);
    }
    template <class F>
    void on_loop(F f) {
        std::atomic<bool> done = false;
        thread_.loop().post([&] {
            f();
            done = true;
        });
        while (!done) std::this_thread::yield();
    }
    IoLoop& loop() { return thread_.loop(); }

    uint16_t port = 0;

private:
    static Task<> stop_and_tell(HttpServer& server, Duration grace, std::atomic<bool>& ended) {
        co_await server.stop(grace);
        ended = true;
    }
    SystemClock clock_;
    BlockingPool pool_{2};
    LoopThread thread_;
    std::unique_ptr<Network> network_;
    std::unique_ptr<HttpServer> server_;
};

std::string get(std::string_view target, std::string_view more = "") {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(more) + "\r\n";
}

std::string body_of(const std::string& response) {
    const size_t end = response.find("\r\n\r\n");
    return end == std::string::npos ? "(no body)" : response.substr(end + 4);
}

// The data of a chunked body; "(malformed)" if it is not one.
std::string unchunk(std::string_view body) {
    std::string out;
    for (;;) {
        const size_t end = body.find("\r\n");
        if (end == std::string_view::npos) return "(malformed)";
        const size_t size = std::stoul(std::string(body.substr(0, end)), nullptr, 16);
        body.remove_prefix(end + 2);
        if (body.size() < size + 2 || body.substr(size, 2) != "\r\n") return "(malformed)";
        if (size == 0) return body.size() == 2 ? out : "(malformed)";
        out += body.substr(0, size);
        body.remove_prefix(size + 2);
    }
}

std::string inflate_all(std::string_view packed, int window_bits) {
    z_stream z{};
    inflateInit2(&z, window_bits);
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    z.avail_in = static_cast<uInt>(packed.size());
    std::string out(1 << 20, '\0');
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    const int ended = inflate(&z, Z_FINISH);
    out.resize(out.size() - z.avail_out);
    inflateEnd(&z);
    return ended == Z_STREAM_END ? out : "(broken) " + out;
}

TEST(HttpServer, answers_and_keeps_the_connection) {
    TestServer server(echo);
    RawClient client(server.port);
    for (int i = 0; i < 3; ++i) {
        const std::string got = client.ask(get("/v1/%6aobs?a=x+y&a=z"));
        EXPECT_TRUE(has_prefix(got, "HTTP/1.1 200 OK\r\n")) << got;
        EXPECT_EQ(body_of(got), "GET /v1/jobs [x y] ");
        EXPECT_NE(got.find("\r\nVary: Accept-Encoding\r\n"), std::string::npos);
        EXPECT_NE(got.find("\r\nDate: "), std::string::npos);
        EXPECT_EQ(got.find("Connection:"), std::string::npos);
    }
    EXPECT_EQ(server.connections(), 1u);
}

TEST(HttpServer, answers_pipelined_requests_in_order) {
    TestServer server(echo);
    RawClient client(server.port);
    std::string all;
    for (int i = 0; i < 100; ++i) all += get("/" + std::to_string(i));
    all += get("/last", "Connection: close\r\n");
    client.send(all);
    const std::string got = client.receive_all();
    size_t at = 0;
    for (int i = 0; i < 100; ++i) {
        at = got.find("GET /" + std::to_string(i) + " ", at);
        ASSERT_NE(at, std::string::npos) << i;
    }
    EXPECT_TRUE(has_suffix(got, "GET /last [] "));
    EXPECT_NE(got.find("\r\nConnection: close\r\n"), std::string::npos);
}

Task<Response> note_path(std::vector<std::string>& paths, Request request) {
    paths.push_back(request.path);
    co_return Response();
}

TEST(HttpServer, a_client_that_never_pauses_does_not_keep_the_loop) {
    VirtualLoop loop;
    std::vector<std::string> order;
    HttpServer server(loop, HttpServerConfig{},
                      [&](Request request, CancelToken) { return note_path(order, std::move(request)); });
    auto [busy, busy_end] = make_pipe(loop, 1 << 20);
    auto [other, other_end] = make_pipe(loop);
    std::string flood;
    for (int i = 0; i < 1000; ++i) flood += get("/flood");
    const std::string_view all = flood;
    const std::string one = get("/one");
    const std::string_view question = one;
    ASSERT_EQ(**busy->try_write(std::span(&all, 1)), flood.size());
    ASSERT_EQ(**other->try_write(std::span(&question, 1)), one.size());
    server.serve(std::move(busy_end));
    server.serve(std::move(other_end));
    loop.settle();
    EXPECT_EQ(order.size(), 1001u);
    EXPECT_LT(std::find(order.begin(), order.end(), "/one") - order.begin(), 20);
    busy.reset();
    other.reset();
    run(loop, server.stop(seconds(0)));
}

TEST(HttpServer, takes_a_request_byte_by_byte) {
    TestServer server(echo);
    RawClient client(server.port);
    for (char c : std::string("POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n"))
        client.send({&c, 1});
    EXPECT_EQ(body_of(client.receive_response()), "POST /p [] abc0123456789");
    EXPECT_EQ(body_of(client.ask("PUT /q HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody")), "PUT /q [] body");
}

TEST(HttpServer, speaks_http_1_0) {
    TestServer server(echo);
    RawClient closing(server.port);
    closing.send("GET / HTTP/1.0\r\n\r\n");
    const std::string got = closing.receive_all();
    EXPECT_TRUE(has_prefix(got, "HTTP/1.0 200 OK\r\n")) << got;
    EXPECT_EQ(body_of(got), "GET / [] ");
    RawClient keeping(server.port);
    for (int i = 0; i < 2; ++i) {
        EXPECT_NE(
            keeping.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").find("\r\nConnection: keep-alive\r\n"),
            std::string::npos);
    }
}

Task<Response> sized(Request request, CancelToken) {
    Response response = Response::json(std::string(std::stoul(request.path.substr(1)), 'j'));
    response.headers.add("x-nomad-lastcontact", "0");
    co_return response;
}

TEST(HttpServer, sends_content_length_up_to_2_KiB_and_chunks_above) {
    TestServer server(sized);
    RawClient client(server.port);
    const std::string small = client.ask(get("/2048"));
    EXPECT_NE(small.find("\r\nContent-Length: 2048\r\n"), std::string::npos) << small;
    EXPECT_NE(small.find("\r\nX-Nomad-Lastcontact: 0\r\n"), std::string::npos);
    for (size_t size : {2049u, 16384u, 16385u, 700'000u}) {
        client.send(get("/" + std::to_string(size)));
        const std::string got =
            client.receive_until([](const std::string& g) { return has_suffix(g, "\r\n0\r\n\r\n"); });
        EXPECT_NE(got.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos);
        EXPECT_EQ(got.find("Content-Length"), std::string::npos);
        EXPECT_EQ(unchunk(body_of(got)), std::string(size, 'j'));
    }
    EXPECT_EQ(client.ask(get("/0")).find("Transfer-Encoding"), std::string::npos);
}

TEST(HttpServer, HEAD_gets_the_headers_alone) {
    TestServer server(sized);
    RawClient client(server.port);
    client.send("HEAD /100 HTTP/1.1\r\nHost: x\r\n\r\n" + get("/1", "Connection: close\r\n"));
    const std::string got = client.receive_all();
    EXPECT_NE(got.find("Content-Length: 100\r\n"), std::string::npos);
    EXPECT_TRUE(has_prefix(body_of(got), "HTTP/1.1 200 OK\r\n")) << got;
}

TEST(HttpServer, compresses_with_the_first_encoding_that_is_named_exactly) {
    TestServer server(sized);
    const auto ask = [&](std::string_view accept, std::string_view path = "/500") {
        RawClient client(server.port);
        return client.ask(get(path, "Accept-Encoding: " + std::string(accept) + "\r\n"));
    };
    const std::string gzip = ask("br, gzip, deflate");
    EXPECT_NE(gzip.find("\r\nContent-Encoding: gzip\r\n"), std::string::npos);
    EXPECT_EQ(inflate_all(body_of(gzip), 31), std::string(500, 'j'));
    const std::string deflate = ask("deflate,gzip");
    EXPECT_NE(deflate.find("\r\nContent-Encoding: deflate\r\n"), std::string::npos);
    EXPECT_EQ(inflate_all(body_of(deflate), -15), std::string(500, 'j'));
    EXPECT_EQ(inflate_all(body_of(ask("gzip", "/0")), 31), "") << "no size is too small";
    for (const char* not_named : {"gzip;q=1.0", "identity", "x-gzip", "*"}) {
        const std::string plain = ask(not_named);
        EXPECT_EQ(plain.find("Content-Encoding"), std::string::npos) << not_named;
        EXPECT_NE(plain.find("\r\nVary: Accept-Encoding\r\n"), std::string::npos);
    }
    RawClient upgrading(server.port);
    EXPECT_EQ(upgrading.ask(get("/5", "Accept-Encoding: gzip\r\nUpgrade: x\r\n")).find("Content-Encoding"),
              std::string::npos);
}

TEST(HttpServer, refuses_what_is_too_large) {
    TestServer server(echo, {.max_body_bytes = 1000, .max_header_bytes = 2000});
    RawClient declared(server.port);
    declared.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");
    EXPECT_TRUE(has_prefix(declared.receive_all(), "HTTP/1.1 413 Request Entity Too Large\r\n"));
    RawClient chunked(server.port);
    chunked.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n200\r\n" + std::string(512, 'x') +
                 "\r\n200\r\n" + std::string(512, 'x') + "\r\n0\r\n\r\n");
    EXPECT_TRUE(has_prefix(chunked.receive_all(), "HTTP/1.1 413 "));
    RawClient headers(server.port);
    headers.send(get("/", "X: " + std::string(3000, 'x') + "\r\n"));
    EXPECT_TRUE(has_prefix(headers.receive_all(), "HTTP/1.1 431 Request Header Fields Too Large\r\n"));
    RawClient extension(server.port);
    extension.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(200'000, 'x'));
    EXPECT_TRUE(has_prefix(extension.receive_all(), "HTTP/1.1 400 "));
}

// Keeps what it took, and refuses to take more than a little.
struct TakenBody final : BodySink {
    Result<> write(std::string_view piece) override {
        if (text.size() + piece.size() > 4000) return fail(Error::internal("full"));
        text += piece;
        return {};
    }
    std::string text;
};

TEST(HttpServer, gives_large_bodies_to_a_sink) {
    HttpServerConfig config{.max_body_bytes = 1000};
    config.max_sink_bytes = 6000;
    config.body_sink = [](const Request& head) -> std::shared_ptr<BodySink> {
        return head.path == "/large" ? std::make_shared<TakenBody>() : nullptr;
    };
    TestServer server(
        [](Request request, CancelToken) -> Task<Response> {
            const auto* taken = dynamic_cast<TakenBody*>(request.sink.get());
            co_return Response::text(
                200, std::to_string(taken ? taken->text.size() : 0) + " and " + std::to_string(request.body.size()));
        },
        config);
    const auto put = [&](std::string_view path, size_t size) {
        RawClient client(server.port);
        return client.ask("PUT " + std::string(path) + " HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                          std::to_string(size) + "\r\n\r\n" + std::string(size, 'x'));
    };
    EXPECT_EQ(body_of(put("/large", 3000)), "3000 and 0");
    EXPECT_EQ(body_of(put("/small", 900)), "0 and 900");
    EXPECT_TRUE(has_prefix(put("/small", 3000), "HTTP/1.1 413 "));
    EXPECT_TRUE(has_prefix(put("/large", 5000), "HTTP/1.1 413 "));  // more than the sink takes
    EXPECT_TRUE(has_prefix(put("/large", 7000), "HTTP/1.1 413 "));
    RawClient chunked(server.port);
    EXPECT_EQ(body_of(chunked.ask("PUT /large HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" +
                                  std::string(2000, 'x') + "\r\n0\r\n\r\n")),
              "2000 and 0");
}

TEST(HttpServer, answers_400_to_what_is_not_http) {
    TestServer server(echo);
    const std::string nul("GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", 29);
    const std::string many[] = {
        nul,
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 garbage \r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n",
        "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET nowhere HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    };
    for (const std::string& request : many) {
        RawClient client(server.port);
        client.send(request);
        const std::string got = client.receive_all();
        EXPECT_TRUE(has_prefix(got, "HTTP/1.1 4")) << quote(request) << " got " << got;
        EXPECT_NE(got.find("Connection: close"), std::string::npos);
    }
    RawClient no_host(server.port);
    no_host.send("GET / HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(has_suffix(no_host.receive_all(), "400 Bad Request: missing required Host header"));
    RawClient encoding(server.port);
    encoding.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n");
    EXPECT_TRUE(has_prefix(encoding.receive_all(), "HTTP/1.1 501 Not Implemented\r\n"));
}

TEST(HttpServer, survives_random_bytes) {
    TestServer server(echo);
    SeededRng rng(3);
    for (int i = 0; i < 200; ++i) {
        RawClient client(server.port);
        std::string noise = i % 2 == 0 ? "GET / HTTP/1.1\r\nHost: x\r\n" : "";
        for (int n = 0; n < 200; ++n) noise += static_cast<char>(rng.next());
        client.send(noise + "\r\n\r\n");
        client.half_close();
        client.receive_all();
    }
    RawClient client(server.port);
    EXPECT_EQ(body_of(client.ask(get("/alive"))), "GET /alive [] ");
}

TEST(HttpServer, drops_who_sends_headers_too_slowly) {
    TestServer server(echo, {.header_timeout = milliseconds(200)});
    RawClient silent(server.port), slow(server.port);
    slow.send("GET / HTTP/1.1\r\nHos");
    EXPECT_EQ(slow.receive_all(), "");
    EXPECT_EQ(silent.receive_all(), "");
    RawClient body(server.port);
    EXPECT_EQ(body_of(body.ask(get("/"))), "GET / [] ");
}

TEST(HttpServer, drops_who_stops_sending_a_body) {
    TestServer server(echo, {.stall_timeout = milliseconds(200)});
    RawClient client(server.port);
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    EXPECT_EQ(client.receive_all(), "");
    server.await_connections(0);
}

TEST(HttpServer, asks_for_the_body_that_expects_it) {
    TestServer server(echo);
    RawClient client(server.port);
    client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(client.receive_text("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(body_of(client.ask("abc")), "POST / [] abc");
    RawClient other(server.port);
    other.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nContent-Length: 3\r\n\r\n");
    EXPECT_TRUE(has_prefix(other.receive_all(), "HTTP/1.1 417 Expectation Failed"));
}

// Handlers that wait until they are told, or until their client has gone.
struct Gate {
    explicit Gate(Loop& loop) : event(loop) {}
    Event event;
    std::atomic<int> waiting = 0;
    std::atomic<int> cancelled = 0;
};

Task<Response> wait_at(Gate& gate, CancelToken cancel) {
    ++gate.waiting;
    Result<> opened = co_await gate.event.wait({Deadline::never(), cancel});
    --gate.waiting;
    if (!opened) ++gate.cancelled;
    co_return Response::text(200, opened ? "open" : opened.error().message);
}

struct GatedServer {
    explicit GatedServer(HttpServerConfig config = {})
        : server([this](Request, CancelToken cancel) { return wait_at(*gate, std::move(cancel)); }, std::move(config)),
          gate(std::make_unique<Gate>(server.loop())) {}
    void await_waiting(int n) {
        for (int i = 0; i < 3000 && gate->waiting != n; ++i) ::usleep(10'000);
        EXPECT_EQ(gate->waiting, n);
    }
    TestServer server;
    std::unique_ptr<Gate> gate;
};

TEST(HttpServer, cancels_the_handler_of_a_client_that_has_gone) {
    GatedServer gated;
    RawClient client(gated.server.port);
    client.send(get("/"));
    gated.await_waiting(1);
    client.close();
    gated.await_waiting(0);
    EXPECT_EQ(gated.gate->cancelled, 1);
    gated.server.await_connections(0);
}

TEST(HttpServer, a_half_closed_client_still_gets_its_answer) {
    GatedServer gated;
    RawClient client(gated.server.port);
    client.send(get("/"));
    client.half_close();
    EXPECT_EQ(body_of(client.receive_all()), "client has gone");
    TestServer quick(echo);
    RawClient other(quick.port);
    other.send(get("/now"));
    other.half_close();
    EXPECT_EQ(body_of(other.receive_all()), "GET /now [] ");
}

TEST(HttpServer, what_is_sent_ahead_of_a_waiting_handler_is_kept_for_later) {
    GatedServer gated;
    RawClient client(gated.server.port);
    client.send(get("/1"));
    gated.await_waiting(1);
    ::usleep(100'000);
    client.send(get("/2") + get("/3", "Connection: close\r\n"));
    ::usleep(50'000);
    gated.gate->event.set();
    const std::string got = client.receive_all();
    EXPECT_EQ(got.find("HTTP/1.1 200", got.find("HTTP/1.1 200", got.find("HTTP/1.1 200") + 1) + 1) == std::string::npos,
              false)
        << got;
}

TEST(HttpServer, limits_the_connections_of_one_address) {
    GatedServer gated({.limiter = std::make_shared<ConnectionLimiter>(2)});
    RawClient one(gated.server.port), two(gated.server.port);
    one.send(get("/"));
    two.send(get("/"));
    gated.await_waiting(2);
    RawClient three(gated.server.port);
    const std::string got = three.receive_all();
    EXPECT_TRUE(has_prefix(got, "HTTP/1.1 429 Too Many Requests\r\n")) << got;
    EXPECT_NE(got.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_NE(got.find("too many concurrent connections"), std::string::npos);
    RawClient elsewhere(gated.server.port, "127.0.0.2");
    elsewhere.send(get("/"));
    gated.await_waiting(3);
    one.close();
    gated.await_waiting(2);
    gated.server.await_connections(2);
    RawClient again(gated.server.port);
    again.send(get("/"));
    gated.await_waiting(3);
    gated.server.stop(milliseconds(0));
}

TEST(ConnectionLimiter, refuses_politely_ten_times_a_second_and_a_hundred_at_once) {
    ConnectionLimiter limiter(1);
    int polite = 0;
    for (int i = 0; i < 1000; ++i) polite += limiter.may_refuse_politely(seconds(100)) ? 1 : 0;
    EXPECT_EQ(polite, 100);
    for (int i = 0; i < 1000; ++i) polite += limiter.may_refuse_politely(seconds(101)) ? 1 : 0;
    EXPECT_EQ(polite, 110);
}

Task<Result<>> count_to_three(Loop& loop, BodyWriter& body, CancelToken cancel) {
    for (const char* text : {"one ", "two ", "three"}) {
        if (Result<> written = co_await body.write(text); !written) co_return written;
        if (Result<> slept = co_await loop.sleep(milliseconds(60), cancel); !slept) co_return slept;
    }
    co_return Result<>();
}

Task<Response> counting(Loop& loop) {
    Response response = Response::text(200, "");
    response.stream = [&loop](BodyWriter& body, CancelToken cancel) {
        return count_to_three(loop, body, std::move(cancel));
    };
    co_return response;
}

TEST(HttpServer, streams_a_body_over_time) {
    IoLoop* loop = nullptr;
    TestServer server([&](Request, CancelToken) { return counting(*loop); });
    loop = &server.loop();
    RawClient client(server.port);
    client.send(get("/"));
    const std::string begin = client.receive_text("one \r\n");
    EXPECT_EQ(begin.find("two"), std::string::npos) << "a write reaches the client before the next one";
    EXPECT_EQ(client.receive_text("0\r\n\r\n"), "4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n");
    client.send(get("/", "Accept-Encoding: gzip\r\nConnection: close\r\n"));
    const std::string packed = client.receive_all();
    EXPECT_EQ(inflate_all(unchunk(body_of(packed)), 31), "one two three");
    RawClient old(server.port);
    old.send("GET / HTTP/1.0\r\n\r\n");
    EXPECT_EQ(body_of(old.receive_all()), "one two three");
}

Task<Result<>> forever(Loop& loop, BodyWriter& body, CancelToken cancel, std::atomic<bool>& ended) {
    Result<> result;
    while (result && !cancel.cancelled()) {
        result = co_await body.write(std::string(1000, 'x'));
        if (result) result = co_await loop.sleep(milliseconds(1), cancel);
    }
    ended = true;
    co_return result;
}

Task<Response> endless(Loop& loop, std::atomic<bool>& ended) {
    Response response;
    response.stream = [&](BodyWriter& body, CancelToken cancel) {
        return forever(loop, body, std::move(cancel), ended);
    };
    co_return response;
}

TEST(HttpServer, ends_a_stream_whose_reader_has_gone) {
    std::atomic<bool> ended = false;
    IoLoop* loop = nullptr;
    TestServer server([&](Request, CancelToken) { return endless(*loop, ended); });
    loop = &server.loop();
    RawClient client(server.port);
    client.send(get("/"));
    client.receive_text("xxxx");
    client.close();
    server.await_connections(0);
    EXPECT_TRUE(ended);
}

Task<> shout(Takeover connection, CancelToken cancel) {
    const Limit limit{connection.stream->loop().in(seconds(5)), cancel};
    std::string in = connection.already_read;
    char buffer[64];
    while (in.size() < 5) {
        Result<size_t> n = co_await connection.stream->read_some(buffer, limit);
        if (!n || *n == 0) co_return;
        in.append(buffer, *n);
    }
    for (char& c : in) c = static_cast<char>(std::toupper(c));
    co_await connection.stream->write(in, limit);
}

TEST(HttpServer, hands_over_the_connection) {
    auto handler = [](Request, CancelToken) -> Task<Response> {
        Response response;
        response.status = 101;
        response.headers = {{"Upgrade", "shout"}, {"Connection", "Upgrade"}};
        response.takeover = shout;
        co_return response;
    };
    TestServer server(handler);
    RawClient client(server.port);
    client.send(get("/", "Upgrade: shout\r\nConnection: Upgrade\r\n") + "hel");
    EXPECT_EQ(client.receive_text("\r\n\r\n"),
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: shout\r\nConnection: Upgrade\r\n\r\n");
    client.send("lo");
    EXPECT_EQ(client.receive_all(), "HELLO");
}

TEST(HttpServer, stop_lets_running_requests_finish_and_cancels_the_rest) {
    GatedServer gated;
    RawClient idle(gated.server.port), busy(gated.server.port);
    busy.send(get("/"));
    gated.await_waiting(1);
    std::thread stopper([&] { gated.server.stop(seconds(10)); });
    EXPECT_EQ(idle.receive_all(), "");
    ::usleep(20'000);
    EXPECT_EQ(gated.gate->waiting, 1);
    gated.gate->event.set();
    const std::string got = busy.receive_all();
    EXPECT_EQ(body_of(got), "open");
    EXPECT_NE(got.find("Connection: close"), std::string::npos);
    stopper.join();

    GatedServer hurried;
    RawClient client(hurried.server.port);
    client.send(get("/"));
    hurried.await_waiting(1);
    hurried.server.stop(milliseconds(50));
    EXPECT_EQ(body_of(client.receive_all()), "server is stopping");
}

Task<Response> broken(Request, CancelToken) {
    throw std::out_of_range("oops");
    co_return Response();
}

TEST(HttpServer, a_handler_that_throws_becomes_a_500) {
    TestServer server(broken);
    RawClient client(server.port);
    EXPECT_TRUE(has_prefix(client.ask(get("/")), "HTTP/1.1 500 Internal Server Error\r\n"));
    EXPECT_TRUE(has_prefix(client.ask(get("/")), "HTTP/1.1 500 Internal Server Error\r\n"));
}

// Sanitizers keep shadow memory for all that is used.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

size_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    size_t total = 0, resident = 0;
    statm >> total >> resident;
    return resident * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

TEST(HttpServer, thousands_of_waiting_requests_cost_little_memory) {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    const size_t count = std::min<size_t>(5000, (files.rlim_cur - 100) / 2);
    GatedServer gated;
    std::vector<RawClient> clients;
    const auto connect = [&](size_t n) {
        while (clients.size() < n) {
            clients.emplace_back(gated.server.port);
            ASSERT_TRUE(clients.back().connected());
            clients.back().send(get("/v1/jobs?index=7", "User-Agent: curl/7.88\r\nAccept: */*\r\n"));
        }
        gated.await_waiting(static_cast<int>(n));
    };
    connect(100);
    clients.reserve(count);
    ::usleep(100'000);
    const size_t before = resident_bytes();
    connect(count);
    ::usleep(200'000);
    const size_t each = (resident_bytes() - before) / (count - 100);
    RecordProperty("bytes_each", static_cast<int>(each));
    if (!kSanitized) EXPECT_LT(each, 6000u) << "unoptimised frames are about twice as large";
    gated.gate->event.set();
    EXPECT_EQ(body_of(clients.back().receive_response()), "open");
    EXPECT_EQ(body_of(clients.front().receive_response()), "open");
}

}  // namespace
}  // namespace drover::net
