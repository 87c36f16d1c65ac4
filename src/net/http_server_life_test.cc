// How connections live and end: handlers that wait, clients that go, limits, streams, and the server's own end.
#include <sys/resource.h>

#include <fstream>

#include "net/http_server.h"
#include "net/http_server_fixture.h"
#include "net/memory_stream.h"

namespace drover::net {
namespace {

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
