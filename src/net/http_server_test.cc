// What the server says to which bytes.
#include "net/http_server.h"

#include "base/rng.h"
#include "net/http_server_fixture.h"
#include "net/memory_stream.h"
#include "net/virtual_loop.h"

namespace drover::net {
namespace {

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

}  // namespace
}  // namespace drover::net
