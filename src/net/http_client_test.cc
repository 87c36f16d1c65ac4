#include "net/http_client.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/strings.h"
#include "net/http_server.h"
#include "net/memory_stream.h"
#include "net/virtual_loop.h"

namespace drover::net {
namespace {

Task<Result<>> two_lines(Loop& loop, BodyWriter& body, CancelToken cancel) {
    if (Result<> written = co_await body.write("first\n"); !written) co_return written;
    if (Result<> slept = co_await loop.sleep(seconds(30), cancel); !slept) co_return slept;
    co_return co_await body.write("second\n");
}

Task<Response> handle(Loop& loop, Request request, CancelToken) {
    if (request.path == "/stream") {
        Response response;
        response.stream = [&loop](BodyWriter& body, CancelToken cancel) {
            return two_lines(loop, body, std::move(cancel));
        };
        co_return response;
    }
    if (request.path == "/big") co_return Response::text(200, std::string(3'000'000, 'b'));
    if (request.path == "/none") co_return Response{.status = 204};
    co_return Response::text(request.path == "/missing" ? 404 : 200, request.method + " " + request.body);
}

HttpHandler handler_on(Loop& loop) {
    return [&loop](Request request, CancelToken cancel) { return handle(loop, std::move(request), std::move(cancel)); };
}

struct Answer {
    int status = 0;
    std::string body;
    std::string error;
};

Task<Answer> ask(HttpClient& client, ClientRequest request, Limit limit) {
    Result<ClientResponse> response = co_await client.send(std::move(request), limit);
    if (!response) co_return Answer{0, "", response.error().message};
    Result<std::string> body = co_await response->read_all(limit);
    if (!body) co_return Answer{response->status, "", body.error().message};
    co_return Answer{response->status, std::move(*body), ""};
}

// A server and a client in virtual time.
struct World {
    VirtualLoop loop;
    MemoryWorld world{loop};
    std::unique_ptr<Network> here = world.host("10.0.0.1");
    std::unique_ptr<Network> there = world.host("10.0.0.2");
    HttpServer server{loop, {}, handler_on(loop)};
    HttpClient client{*there, {.address = Address::tcp("10.0.0.1", 4646)}};

    World() { server.serve(std::move(*here->listen(Address::tcp("10.0.0.1", 4646)))); }
    ~World() { run(loop, server.stop(seconds(0))); }
    Answer get(std::string target) {
        return run(loop, ask(client, {.method = "GET", .target = std::move(target)}, {loop.in(minutes(5)), {}}));
    }
};

TEST(HttpClient, reuses_its_connection) {
    World w;
    for (int i = 0; i < 3; ++i) {
        const Answer got = w.get("/");
        EXPECT_EQ(got.status, 200);
        EXPECT_EQ(got.body, "GET ");
    }
    EXPECT_EQ(w.get("/missing").status, 404);
    EXPECT_EQ(w.get("/none").status, 204);
    EXPECT_EQ(w.get("/big").body.size(), 3'000'000u);
    const Answer head = run(w.loop, ask(w.client, {.method = "HEAD", .target = "/big"}, {}));
    EXPECT_EQ(head.body, "");
    const Answer put = run(w.loop, ask(w.client, {.method = "PUT", .target = "/", .body = "data"}, {}));
    EXPECT_EQ(put.body, "PUT data");
    EXPECT_EQ(w.server.connections(), 1u);
}

TEST(HttpClient, replaces_a_kept_connection_that_the_server_closed) {
    World w;
    w.get("/");
    w.loop.advance(minutes(11));
    EXPECT_EQ(w.server.connections(), 0u) << "the server's patience with idle connections is ten minutes";
    EXPECT_EQ(w.get("/").status, 200);
}

Task<std::string> read_slowly(World& w, std::vector<Duration>& arrivals) {
    Result<ClientResponse> response = co_await w.client.send({.method = "GET", .target = "/stream"}, {});
    std::string all;
    for (;;) {
        Result<std::optional<std::string>> piece = co_await response->read({});
        if (!piece || !*piece) co_return all;
        arrivals.push_back(w.loop.now());
        all += **piece;
    }
}

TEST(HttpClient, gives_the_pieces_of_a_stream_as_they_come) {
    World w;
    std::vector<Duration> arrivals;
    EXPECT_EQ(run(w.loop, read_slowly(w, arrivals)), "first\nsecond\n");
    ASSERT_EQ(arrivals.size(), 2u);
    EXPECT_EQ(arrivals[1] - arrivals[0], seconds(30));
}

TEST(HttpClient, a_wait_ends_at_its_deadline_and_the_server_notices) {
    World w;
    const Answer late = run(w.loop, ask(w.client, {.method = "GET", .target = "/stream"}, {w.loop.in(seconds(5)), {}}));
    EXPECT_EQ(late.error, "deadline exceeded");
    w.loop.advance(seconds(1));
    EXPECT_EQ(w.server.connections(), 0u);
}

TEST(HttpClient, says_who_refused) {
    World w;
    HttpClient nobody(*w.there, {.address = Address::tcp("10.0.0.9", 80)});
    EXPECT_EQ(run(w.loop, ask(nobody, {}, {})).error, "dial tcp 10.0.0.9:80: connect: connection refused");
}

TEST(HttpClient, a_body_that_is_cut_short_is_an_error) {
    VirtualLoop loop;
    MemoryWorld world(loop);
    auto here = world.host("10.0.0.1");
    auto listener = std::move(*here->listen(Address::tcp("", 80)));
    auto cut = [](Listener& from, Loop& l) -> Task<> {
        auto stream = co_await from.accept({});
        char buffer[1000];
        co_await (*stream)->read_some(buffer, {l.in(seconds(1)), {}});
        co_await (*stream)->write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", {});
    };
    TaskGroup group(loop);
    group.spawn(cut(*listener, loop));
    HttpClient client(*here, {.address = Address::tcp("10.0.0.1", 80)});
    EXPECT_EQ(run(loop, ask(client, {}, {})).error, "unexpected EOF");
}

TEST(HttpClient, speaks_over_unix_sockets_and_real_ones) {
    SystemClock clock;
    BlockingPool pool(1);
    IoLoop loop(clock, &pool);
    auto network = make_os_network(loop);
    const std::string path = std::filesystem::temp_directory_path() / ("net_test." + std::to_string(::getpid()));
    HttpServer server(loop, {}, handler_on(loop));
    server.serve(std::move(*network->listen(Address::unix_socket(path))));
    auto tcp = std::move(*network->listen(Address::tcp("127.0.0.1", 0)));
    const uint16_t port = tcp->local().port;
    server.serve(std::move(tcp));
    {
        HttpClient by_path(*network, {.address = Address::unix_socket(path)});
        HttpClient by_name(*network, {.address = Address::tcp("localhost", port)});
        HttpClient by_number(*network, {.address = Address::tcp("127.0.0.1", port)});
        for (HttpClient* client : {&by_path, &by_name, &by_number}) {
            EXPECT_EQ(run(loop, ask(*client, {}, {loop.in(seconds(10)), {}})).body, "GET ");
            EXPECT_EQ(
                run(loop, ask(*client, {.method = "GET", .target = "/big"}, {loop.in(seconds(10)), {}})).body.size(),
                3'000'000u);
        }
    }
    EXPECT_FALSE(network->listen(Address::unix_socket(path))) << "somebody listens there";
    run(loop, server.stop(seconds(0)));
    EXPECT_FALSE(std::filesystem::exists(path));
    HttpClient refused(*network, {.address = Address::tcp("127.0.0.1", port)});
    EXPECT_EQ(run(loop, ask(refused, {}, {loop.in(seconds(10)), {}})).error,
              "dial tcp 127.0.0.1:" + std::to_string(port) + ": connect: connection refused");
}

}  // namespace
}  // namespace drover::net
