#include "net/tls.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/strings.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/memory_stream.h"
#include "net/virtual_loop.h"

namespace drover::net {
namespace {

// An authority and a certificate for "server.global.nomad", both made for these tests and for nothing else.
const char* const kAuthority = "src/net/testdata/ca.pem";
const char* const kCertificate = "src/net/testdata/server.pem";
const char* const kKey = "src/net/testdata/server-key.pem";

std::shared_ptr<TlsContext> server_context(bool verify_clients) {
    return *TlsContext::server({.certificate = kCertificate,
                                .key = kKey,
                                .ca = verify_clients ? kAuthority : "",
                                .verify_peer = verify_clients});
}

Task<Response> shape(Request request, CancelToken) {
    co_return Response::text(200, request.tls ? std::string(200'000, 's') : "plain");
}

Task<std::string> fetch(HttpClient& client, Limit limit) {
    Result<ClientResponse> response = co_await client.send({}, limit);
    if (!response) co_return response.error().message;
    Result<std::string> body = co_await response->read_all(limit);
    co_return body ? *body : body.error().message;
}

struct World {
    explicit World(bool verify_clients) {
        HttpServerConfig config;
        config.tls = server_context(verify_clients);
        server = std::make_unique<HttpServer>(loop, config, shape);
        server->serve(std::move(*host->listen(Address::tcp("", 4646))));
    }
    ~World() { run(loop, server->stop(seconds(0))); }
    std::string get(const TlsConfig& tls, std::string name) {
        HttpClientConfig config;
        config.address = Address::tcp("10.0.0.1", 4646);
        config.tls = *TlsContext::client(tls);
        config.tls_server_name = std::move(name);
        HttpClient client(*host, config);
        const std::string first = run(loop, fetch(client, {loop.in(seconds(30)), {}}));
        if (first.size() == 200'000) {
            EXPECT_EQ(run(loop, fetch(client, {loop.in(seconds(30)), {}})), first);
            EXPECT_EQ(server->connections(), 1u) << "the connection is reused";
        }
        return first;
    }
    VirtualLoop loop;
    MemoryWorld world{loop};
    std::unique_ptr<Network> host = world.host("10.0.0.1");
    std::unique_ptr<HttpServer> server;
};

TEST(Tls, carries_http_in_virtual_time) {
    World w(false);
    EXPECT_EQ(w.get({.ca = kAuthority}, "server.global.nomad"), std::string(200'000, 's'));
}

TEST(Tls, refuses_another_name_and_an_unknown_authority) {
    World w(false);
    EXPECT_TRUE(has_prefix(w.get({.ca = kAuthority}, "client.global.nomad"), "tls: failed to verify certificate"));
    EXPECT_TRUE(has_prefix(w.get({}, "server.global.nomad"), "tls: failed to verify certificate"));
    EXPECT_EQ(w.get({.verify_peer = false}, "whatever").size(), 200'000u);
}

TEST(Tls, a_server_with_an_authority_requires_a_certificate_of_it) {
    World w(true);
    EXPECT_NE(w.get({.ca = kAuthority}, "server.global.nomad").size(), 200'000u);
    EXPECT_EQ(w.get({.certificate = kCertificate, .key = kKey, .ca = kAuthority}, "server.global.nomad").size(),
              200'000u);
}

TEST(Tls, a_client_that_says_nothing_is_dropped) {
    World w(false);
    auto connect = [](Network& from) -> Task<Result<std::unique_ptr<Stream>>> {
        co_return co_await from.dial(Address::tcp("10.0.0.1", 4646), {});
    };
    auto stream = run(w.loop, connect(*w.host));
    w.loop.advance(seconds(4));
    EXPECT_EQ(w.server->connections(), 1u);
    w.loop.advance(seconds(2));
    EXPECT_EQ(w.server->connections(), 0u);
}

TEST(Tls, contexts_say_what_is_wrong_with_their_files) {
    EXPECT_EQ(TlsContext::server({.certificate = "/nonexistent", .key = kKey}).error().message,
              "cannot read /nonexistent");
    EXPECT_FALSE(TlsContext::server({.certificate = kCertificate, .key = kAuthority}));
    EXPECT_EQ(TlsContext::client({.min_version = "tls10"}).error().message, "unsupported TLS version tls10");
}

}  // namespace
}  // namespace drover::net
