#include "net/rpc_listener.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/strings.h"
#include "net/memory_stream.h"
#include "net/rpc_pool.h"
#include "net/signal.h"
#include "net/virtual_loop.h"

namespace drover::net {
namespace {

using namespace std::string_literals;

const char* const kAuthority = "src/net/testdata/ca.pem";
const char* const kCertificate = "src/net/testdata/server.pem";
const char* const kKey = "src/net/testdata/server-key.pem";

TlsConfig tls_files() { return {.certificate = kCertificate, .key = kKey, .ca = kAuthority}; }

// A server and a client machine with a pool.
struct World {
    explicit World(RpcListenerConfig config = {}, RpcPoolConfig pool_config = {}) {
        config.service.call = [this](RpcCall call) { return serve(*this, std::move(call)); };
        config.service.find_stream = [](std::string_view) { return Result<>(); };
        config.service.stream = [this](RpcStreamCall call) { return serve_stream(*this, std::move(call)); };
        listener = std::make_unique<RpcListener>(loop, std::move(config));
        listener->serve(std::move(*server_host->listen(Address::tcp("", 4647))));
        pool_config.service.call = [this](RpcCall call) { return serve_at_client(*this, std::move(call)); };
        pool_config.service.find_stream = [](std::string_view) { return Result<>(); };
        pool_config.service.stream = [this](RpcStreamCall call) { return serve_stream(*this, std::move(call)); };
        pool = std::make_unique<RpcPool>(*client_host, std::move(pool_config));
    }
    ~World() {
        run(loop, pool->stop());
        run(loop, listener->stop());
    }

    static Task<Result<std::string>> serve(World& self, RpcCall call) {
        ++self.served;
        self.peer = call.peer;
        if (call.method == "Wait.Here") {
            Result<> waited = co_await self.released.wait({Deadline::never(), call.cancel});
            if (!waited) {
                ++self.cancelled;
                co_return fail(waited.error());
            }
        }
        if (call.method == "Fail.Now") co_return fail(Error::denied());
        // The server calls its caller back over the session on which the call came.
        if (call.method == "Call.Back")
            co_return co_await call.peer->session.call("At.Client", call.body, {self.loop.in(seconds(5)), call.cancel});
        co_return call.body;
    }
    static Task<Result<std::string>> serve_at_client(World& self, RpcCall call) {
        ++self.served_at_client;
        co_return "\xa3" + call.method.substr(0, 2) + call.body;
    }
    static Task<> serve_stream(World& self, RpcStreamCall call) {
        ++self.streams_served;
        (void)co_await call.stream->write(call.request + call.method, {Deadline::never(), call.cancel});
        char byte;
        (void)co_await call.stream->read_some({&byte, 1}, {Deadline::never(), call.cancel});
    }

    static Task<std::string> call_once(World& self, std::string method, Limit limit) {
        Result<std::string> answer = co_await self.pool->call(self.target, std::move(method), "\x05", std::move(limit));
        co_return answer ? *answer : answer.error().message;
    }
    std::string call(std::string method) {
        return run(loop, call_once(*this, std::move(method), {loop.in(seconds(20)), {}}));
    }
    static Task<> keep_call(World& self, std::string method, CancelToken cancel, std::string& into) {
        into = co_await call_once(self, std::move(method), {Deadline::never(), std::move(cancel)});
    }
    static Task<std::string> stream_once(World& self, SessionRef maybe_back) {
        const Limit limit{self.loop.in(seconds(5)), {}};
        auto stream = maybe_back.id() != 0 ? co_await maybe_back.open_stream("Log.It", "\x80", limit)
                                           : co_await self.pool->open_stream(self.target, "Log.It", "\x80", limit);
        if (!stream) co_return stream.error().message;
        char buffer[100];
        Result<size_t> n = co_await (*stream)->read_some(buffer, limit);
        co_return n ? std::string(buffer, *n) : n.error().message;
    }

    // A connection of the test's own, after these bytes.
    std::unique_ptr<Stream> connect(std::string_view bytes) {
        auto dialling = [](World& self) -> Task<Result<std::unique_ptr<Stream>>> {
            co_return co_await self.client_host->dial(self.target.address, {});
        };
        auto stream = std::move(*run(loop, dialling(*this)));
        if (!bytes.empty()) (void)stream->try_write(std::span(&bytes, 1));
        loop.settle();
        return stream;
    }
    // Whether the listener has closed it.
    static bool closed(Stream& stream) {
        char byte;
        Result<std::optional<size_t>> n = stream.try_read({&byte, 1});
        return !n || (*n && **n == 0);
    }

    VirtualLoop loop;
    MemoryWorld world{loop};
    std::unique_ptr<Network> server_host = world.host("10.0.0.1"), client_host = world.host("10.0.0.2");
    RpcTarget target{Address::tcp("10.0.0.1", 4647)};
    Event released{loop};
    int served = 0, served_at_client = 0, streams_served = 0, cancelled = 0;
    std::shared_ptr<const RpcPeer> peer;
    std::unique_ptr<RpcListener> listener;
    std::unique_ptr<RpcPool> pool;
};

TEST(RpcPool, callers_share_a_connection_and_reuse_its_streams) {
    World w;
    std::string answers[5];
    TaskGroup group(w.loop);
    for (std::string& answer : answers) group.spawn(World::keep_call(w, "Wait.Here", {}, answer));
    w.loop.settle();
    EXPECT_EQ(w.served, 5);
    EXPECT_EQ(w.listener->connections(), 1u);
    w.released.set();
    run(w.loop, group.join());
    for (const std::string& answer : answers) EXPECT_EQ(answer, "\x05");
    EXPECT_EQ(w.call("Echo.It"), "\x05");
    EXPECT_EQ(w.pool->sessions(), 1u);
    EXPECT_EQ(w.peer->address.host, "10.0.0.2");
    EXPECT_FALSE(w.peer->tls);
}

TEST(RpcPool, says_why_there_is_no_connection) {
    World w;
    w.target.address.port = 1;
    EXPECT_EQ(w.call("Echo.It"), "failed to get conn: dial tcp 10.0.0.1:1: connect: connection refused");
    EXPECT_EQ(w.pool->sessions(), 0u);
}

TEST(RpcPool, an_error_is_an_answer_and_leaves_the_session_usable) {
    World w;
    EXPECT_EQ(w.call("Fail.Now"), "Permission denied");
    EXPECT_EQ(w.call("Echo.It"), "\x05");
    EXPECT_EQ(w.listener->connections(), 1u);
}

TEST(RpcPool, closes_what_is_idle_and_dials_again) {
    World w;
    EXPECT_EQ(w.call("Echo.It"), "\x05");
    w.loop.advance(minutes(4));
    EXPECT_EQ(w.pool->sessions(), 1u);
    w.loop.advance(minutes(7));
    EXPECT_EQ(w.pool->sessions(), 0u);
    EXPECT_EQ(w.listener->connections(), 0u);
    EXPECT_EQ(w.call("Echo.It"), "\x05");
}

TEST(RpcPool, keeps_a_session_on_which_a_call_waits) {
    World w;
    std::string answer;
    TaskGroup group(w.loop);
    group.spawn(World::keep_call(w, "Wait.Here", {}, answer));
    w.loop.advance(minutes(30));
    w.released.set();
    run(w.loop, group.join());
    EXPECT_EQ(answer, "\x05");
}

TEST(RpcPool, a_call_that_is_given_up_is_cancelled_at_the_server) {
    World w;
    std::string answer;
    CancelSource source;
    TaskGroup group(w.loop);
    group.spawn(World::keep_call(w, "Wait.Here", source.token(), answer));
    w.loop.settle();
    EXPECT_EQ(w.cancelled, 0);
    source.cancel(Error::canceled("enough"));
    run(w.loop, group.join());
    w.loop.settle();
    EXPECT_EQ(answer, "enough");
    EXPECT_EQ(w.cancelled, 1);
    EXPECT_EQ(w.call("Echo.It"), "\x05");
    EXPECT_EQ(w.listener->connections(), 1u);
}

TEST(RpcPool, a_dead_server_ends_its_calls_and_a_new_one_is_dialled) {
    World w;
    std::string answer;
    TaskGroup group(w.loop);
    group.spawn(World::keep_call(w, "Wait.Here", {}, answer));
    w.loop.settle();
    run(w.loop, w.listener->stop());
    run(w.loop, group.join());
    EXPECT_EQ(answer, "EOF");
    EXPECT_EQ(w.cancelled, 1);
    EXPECT_EQ(w.pool->sessions(), 0u);
    w.listener = std::make_unique<RpcListener>(w.loop, RpcListenerConfig{});
    w.listener->serve(std::move(*w.server_host->listen(Address::tcp("", 4647))));
    EXPECT_EQ(w.call("Echo.It"), "rpc: can't find service Echo.It");
}

TEST(RpcPool, a_forgotten_session_lets_its_calls_end) {
    World w;
    std::string answer;
    TaskGroup group(w.loop);
    group.spawn(World::keep_call(w, "Wait.Here", {}, answer));
    w.loop.settle();
    w.pool->forget(w.target);
    EXPECT_EQ(w.call("Echo.It"), "\x05");
    EXPECT_EQ(w.pool->sessions(), 2u);
    w.released.set();
    run(w.loop, group.join());
    EXPECT_EQ(answer, "\x05");
    w.loop.advance(minutes(3));
    EXPECT_EQ(w.call("Echo.It"), "\x05");
    w.loop.advance(minutes(3));
    EXPECT_EQ(w.pool->sessions(), 1u);
}

TEST(RpcPool, opens_streams_on_the_session_or_on_connections_of_their_own) {
    World shared, separate({}, {.dial_for_streams = true});
    for (World* w : {&shared, &separate}) {
        EXPECT_EQ(run(w->loop, World::stream_once(*w, {})), "\x80Log.It");
        EXPECT_EQ(w->streams_served, 1);
    }
    EXPECT_EQ(shared.pool->sessions(), 1u);
    EXPECT_EQ(separate.pool->sessions(), 0u);
}

TEST(RpcSession, carries_calls_and_streams_back_to_the_caller) {
    World w;
    EXPECT_EQ(w.call("Call.Back"),
              "\xa3"
              "At\x05");
    EXPECT_EQ(w.served_at_client, 1);
    const SessionRef back = w.peer->session;
    EXPECT_TRUE(back.alive());
    EXPECT_NE(back.id(), 0u);
    EXPECT_EQ(run(w.loop, World::stream_once(w, back)), "\x80Log.It");
    std::string why;
    EXPECT_TRUE(back.on_end([&why](const Error& error) { why = error.message; }));
    run(w.loop, w.pool->stop());
    w.loop.settle();
    EXPECT_EQ(why, "EOF");
    EXPECT_FALSE(back.alive());
    EXPECT_FALSE(back.on_end([](const Error&) {}));
    EXPECT_EQ(run(w.loop, World::stream_once(w, back)), "the session has ended");
}

TEST(RpcListener, serves_plain_calls_and_the_first_multiplex) {
    World w;
    const std::string request =
        "\x82\xa3Seq\x01\xadServiceMethod\xa7"
        "Echo.It\x05";
    const std::string answer =
        "\x83\xa5"
        "Error\xa0\xa3Seq\x01\xadServiceMethod\xa7"
        "Echo.It\x05";
    char buffer[200];
    auto plain = w.connect("\x01" + request);
    size_t n = **plain->try_read(buffer);
    EXPECT_EQ(std::string(buffer, n), answer);
    EXPECT_EQ(w.peer->session.id(), 0u);
    auto multiplexed =
        w.connect("\x03\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00"s + static_cast<char>(request.size()) + request);
    w.loop.settle();
    n = **multiplexed->try_read(buffer);
    EXPECT_EQ(std::string(buffer + 24, n - 24), answer);
}

TEST(RpcListener, an_unknown_byte_on_a_stream_ends_the_session) {
    World w;
    auto peer = w.connect("\x06\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\x07"s);
    char buffer[200];
    EXPECT_EQ(**peer->try_read(buffer), 12u) << "the acknowledgement";
    EXPECT_TRUE(World::closed(*peer));
}

TEST(RpcListener, drops_who_says_nothing_and_who_says_something_unknown) {
    World w;
    auto unknown = w.connect("\x07"), raft = w.connect("\x02"), secure = w.connect("\x04"), silent = w.connect("");
    EXPECT_TRUE(World::closed(*unknown));
    EXPECT_TRUE(World::closed(*raft));
    EXPECT_TRUE(World::closed(*secure)) << "no TLS here";
    EXPECT_FALSE(World::closed(*silent));
    w.loop.advance(seconds(6));
    EXPECT_TRUE(World::closed(*silent));
    EXPECT_EQ(w.listener->connections(), 0u);
}

TEST(RpcListener, hands_raw_protocols_over_untouched) {
    std::vector<std::unique_ptr<Stream>> taken;
    RpcListenerConfig config;
    config.raw[0x52] = {[&taken](std::unique_ptr<Stream> stream) { taken.push_back(std::move(stream)); }};
    World w(config);
    auto raft = w.connect("\x52hello");
    ASSERT_EQ(taken.size(), 1u);
    EXPECT_EQ(w.listener->connections(), 0u);
    char buffer[20];
    EXPECT_EQ(**taken[0]->try_read(buffer), 5u);
    EXPECT_FALSE(release_socket(std::move(taken[0])));
}

TEST(RpcListener, bounds_connections_of_one_address) {
    RpcListenerConfig config;
    config.limits = std::make_shared<RpcConnectionLimits>(10);
    World w(config);
    const std::string streaming = "\x05\x81\xa6Method\xa1x\x80";
    std::vector<std::unique_ptr<Stream>> open;
    for (int i = 0; i < 9; ++i) open.push_back(w.connect(streaming));
    EXPECT_EQ(w.streams_served, 8);
    open.pop_back();
    open.push_back(w.connect("\x06"));
    open.push_back(w.connect("\x06"));
    EXPECT_EQ(w.listener->connections(), 10u);
    EXPECT_TRUE(World::closed(*w.connect("\x06")));
    open.pop_back();
    w.loop.settle();
    EXPECT_FALSE(World::closed(*w.connect("\x06")));
}

struct Secure {
    explicit Secure(bool required = true) {
        config.tls = *TlsContext::server(tls_files());
        config.tls_required = required;
        pool.tls = *TlsContext::client(tls_files());
        pool.tls_server_name = "server.global.nomad";
    }
    RpcListenerConfig config;
    RpcPoolConfig pool;
};

TEST(RpcListener, knows_the_names_of_a_peer_under_tls) {
    const Secure secure;
    World w(secure.config, secure.pool);
    EXPECT_EQ(w.call("Call.Back"),
              "\xa3"
              "At\x05");
    EXPECT_TRUE(w.peer->tls);
    EXPECT_EQ(w.peer->tls_names, (std::vector<std::string>{"server.global.nomad", "server.global.nomad", "localhost"}));
    w.target.tls_server_name = "server.other.nomad";
    EXPECT_TRUE(has_prefix(w.call("Echo.It"), "failed to get conn: tls: failed to verify certificate"));
}

TEST(RpcListener, refuses_plain_connections_where_tls_is_required) {
    Secure secure;
    int taken = 0;
    secure.config.raw[0x52] = {[&taken](std::unique_ptr<Stream>) { taken += 1; }};
    secure.config.raw[0x53] = {[&taken](std::unique_ptr<Stream>) { taken += 100; }, true};
    World w(secure.config);
    EXPECT_TRUE(World::closed(*w.connect("\x06")));
    w.connect("\x52");
    w.connect("\x53");
    EXPECT_EQ(taken, 100);
    EXPECT_EQ(w.call("Echo.It"), "EOF");
}

TEST(RpcListener, takes_both_while_it_is_being_upgraded) {
    const Secure secure(false);
    World plain(secure.config), encrypted(secure.config, secure.pool);
    EXPECT_EQ(plain.call("Echo.It"), "\x05");
    EXPECT_EQ(encrypted.call("Echo.It"), "\x05");
}

TEST(RpcListener, refuses_tls_inside_of_tls) {
    const Secure secure;
    World w(secure.config);
    auto secured = [](World& self, std::unique_ptr<Stream> stream, std::shared_ptr<TlsContext> tls) -> Task<size_t> {
        const Limit limit{self.loop.in(seconds(5)), {}};
        auto inner = co_await tls_connect(std::move(stream), std::move(tls), "", limit);
        if (!inner) co_return 99;
        (void)co_await (*inner)->write("\x04", limit);
        char byte;
        Result<size_t> n = co_await (*inner)->read_some({&byte, 1}, limit);
        co_return n ? *n : 0;
    };
    EXPECT_EQ(run(w.loop, secured(w, w.connect("\x04"), secure.pool.tls)), 0u);
    EXPECT_EQ(w.listener->connections(), 0u);
}

TEST(Socket, can_be_taken_out_of_its_stream) {
    SystemClock clock;
    IoLoop loop(clock);
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    auto stream = adopt_socket(loop, ends[0]);
    ASSERT_TRUE(stream);
    char byte;
    EXPECT_FALSE(*(*stream)->try_read({&byte, 1}));
    Result<int> fd = release_socket(std::move(*stream));
    ASSERT_TRUE(fd);
    EXPECT_EQ(*fd, ends[0]);
    EXPECT_EQ(::write(ends[1], "x", 1), 1);
    EXPECT_EQ(::read(*fd, &byte, 1), 1);
    ::close(*fd);
    ::close(ends[1]);
}

}  // namespace
}  // namespace drover::net
