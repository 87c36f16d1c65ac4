#include "net/yamux.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "net/memory_stream.h"
#include "net/virtual_loop.h"

namespace drover::net {
namespace {

constexpr int kData = 0, kWindow = 1, kPing = 2, kGoAway = 3;
constexpr int kSyn = 1, kAck = 2, kFin = 4, kRst = 8;

std::string frame(int type, int flags, uint32_t stream, uint32_t length, std::string_view payload = {}) {
    std::string out{0, static_cast<char>(type), 0, static_cast<char>(flags)};
    for (const uint32_t n : {stream, length}) {
        for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(n >> shift);
    }
    return out + std::string(payload);
}

std::string data(uint32_t stream, std::string_view payload, int flags = 0) {
    return frame(kData, flags, stream, static_cast<uint32_t>(payload.size()), payload);
}

std::string drain(Stream& stream) {
    std::string out;
    char buffer[4096];
    for (;;) {
        Result<std::optional<size_t>> n = stream.try_read(buffer);
        if (!n || !*n || **n == 0) return out;
        out.append(buffer, **n);
    }
}

// Everything that can be read now; "!" and the error behind it, "$" at the end of the stream.
std::string take(Stream& stream) {
    std::string out;
    char buffer[4096];
    for (;;) {
        Result<std::optional<size_t>> n = stream.try_read(buffer);
        if (!n) return out + "!" + n.error().message;
        if (!*n) return out;
        if (**n == 0) return out + "$";
        out.append(buffer, **n);
    }
}

Task<> keep_reason(YamuxSession& session, std::optional<Error>& into) { into = co_await session.run(); }

Task<> keep_accepted(YamuxSession& session, std::vector<std::unique_ptr<Stream>>& into) {
    for (;;) {
        auto stream = co_await session.accept({});
        if (!stream) co_return;
        into.push_back(std::move(*stream));
    }
}

// A session of ours, and the other end of its connection in the test's hands.
struct OneSide {
    explicit OneSide(YamuxSession::Role role = YamuxSession::Role::server, YamuxConfig config = {},
                     size_t capacity = 1 << 20) {
        auto [ours, theirs] = make_pipe(loop, capacity);
        peer = std::move(theirs);
        session = std::make_unique<YamuxSession>(std::move(ours), role, config);
        group.spawn(keep_reason(*session, ended));
        loop.settle();
    }
    ~OneSide() {
        session->close(Error::canceled("test is over"));
        loop.settle();
        EXPECT_EQ(group.size(), 0u);
    }
    void accept_all() { group.spawn(keep_accepted(*session, accepted)); }
    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            Result<std::optional<size_t>> n = peer->try_write(std::span(&bytes, 1));
            if (!n || !*n) break;
            bytes.remove_prefix(**n);
            loop.settle();
        }
        loop.settle();
    }
    std::string received() { return loop.settle(), drain(*peer); }
    std::unique_ptr<Stream> open() {
        auto opening = [](YamuxSession& s) -> Task<Result<std::unique_ptr<Stream>>> { co_return co_await s.open({}); };
        return std::move(*run(loop, opening(*session)));
    }
    std::string reason() { return loop.settle(), ended ? ended->message : "alive"; }

    VirtualLoop loop;
    std::unique_ptr<Stream> peer;
    std::unique_ptr<YamuxSession> session;
    std::optional<Error> ended;
    std::vector<std::unique_ptr<Stream>> accepted;
    TaskGroup group{loop};
};

void write(Stream& stream, std::string_view bytes) {
    Result<std::optional<size_t>> n = stream.try_write(std::span(&bytes, 1));
    ASSERT_TRUE(n && *n && **n == bytes.size());
}

TEST(Yamux, opens_with_a_window_update_and_closes_with_fin) {
    OneSide side(YamuxSession::Role::client);
    auto stream = side.open();
    write(*stream, "hello");
    EXPECT_EQ(side.received(), frame(kWindow, kSyn, 1, 0) + data(1, "hello"));
    side.send(frame(kWindow, kAck, 1, 0) + data(1, "world"));
    EXPECT_EQ(take(*stream), "world");
    stream->shutdown_write();
    EXPECT_EQ(side.received(), frame(kWindow, kFin, 1, 0));
    side.send(data(1, "late") + frame(kWindow, kFin, 1, 0));
    EXPECT_EQ(take(*stream), "late$");
    EXPECT_EQ(side.session->streams(), 0u);
    stream = side.open();
    EXPECT_EQ(side.received(), frame(kWindow, kSyn, 3, 0));
}

TEST(Yamux, a_server_numbers_its_streams_evenly) {
    OneSide side;
    auto first = side.open(), second = side.open();
    EXPECT_EQ(side.received(), frame(kWindow, kSyn, 2, 0) + frame(kWindow, kSyn, 4, 0));
}

TEST(Yamux, acknowledges_when_a_stream_is_accepted) {
    OneSide side;
    side.send(frame(kWindow, kSyn, 1, 0) + data(1, "x"));
    EXPECT_EQ(side.received(), "");
    side.accept_all();
    EXPECT_EQ(side.received(), frame(kWindow, kAck, 1, 0));
    ASSERT_EQ(side.accepted.size(), 1u);
    EXPECT_EQ(take(*side.accepted[0]), "x");
}

TEST(Yamux, takes_syn_and_fin_on_data_frames_and_bytes_one_by_one) {
    OneSide side;
    side.accept_all();
    for (const char c : data(1, "all at once", kSyn | kFin)) side.send({&c, 1});
    ASSERT_EQ(side.accepted.size(), 1u);
    EXPECT_EQ(take(*side.accepted[0]), "all at once$");
    write(*side.accepted[0], "answer");
    EXPECT_EQ(side.received(), frame(kWindow, kAck, 1, 0) + data(1, "answer"));
}

TEST(Yamux, sends_no_more_than_the_window) {
    OneSide side(YamuxSession::Role::client);
    auto stream = side.open();
    const std::string much(400'000, 'm');
    auto writing = [](Stream& s, std::string_view bytes) -> Task<> { (void)co_await s.write(bytes, {}); };
    side.group.spawn(writing(*stream, much));
    std::string got;
    for (int i = 0; i < 100; ++i) got += side.received();
    const size_t headers = (got.size() - 262144) / 12;
    EXPECT_EQ(got.size(), 262144 + headers * 12);
    EXPECT_LT(headers, 12u);
    side.send(frame(kWindow, kAck, 1, 1000));
    EXPECT_EQ(side.received().size(), 1012u);
    side.send(frame(kWindow, 0, 1, 200'000));
    for (int i = 0; i < 100; ++i) got += side.received();
    EXPECT_GE(got.size(), much.size() - 1000);
    EXPECT_LT(side.group.size(), 2u) << "all is written";
}

TEST(Yamux, gives_the_window_back_in_halves) {
    OneSide side;
    side.accept_all();
    side.send(data(1, std::string(131'071, 'a'), kSyn));
    EXPECT_EQ(side.received(), frame(kWindow, kAck, 1, 0));
    EXPECT_EQ(take(*side.accepted[0]).size(), 131'071u);
    EXPECT_EQ(side.received(), "");
    side.send(data(1, "b"));
    EXPECT_EQ(take(*side.accepted[0]), "b");
    EXPECT_EQ(side.received(), frame(kWindow, 0, 1, 131'072));
    for (int i = 0; i < 2; ++i) side.send(data(1, std::string(131'072, 'c')));
    EXPECT_TRUE(side.session->alive());
    EXPECT_EQ(side.session->unread_bytes(), 262'144u);
}

TEST(Yamux, ends_when_the_window_is_exceeded) {
    OneSide side;
    side.accept_all();
    side.send(data(1, std::string(200'000, 'a'), kSyn));
    side.send(data(1, std::string(62'145, 'b')));
    EXPECT_EQ(side.reason(), "protocol error of the peer: window of stream 1 exceeded");
    EXPECT_EQ(side.received(), frame(kWindow, kAck, 1, 0) + frame(kGoAway, 0, 0, 1));
    EXPECT_EQ(take(*side.accepted[0]), std::string(200'000, 'a') + "!" + side.reason());
}

struct Fault {
    std::string bytes, reason;
};

TEST(Yamux, ends_with_the_reason_when_the_rules_are_broken) {
    const std::string syn = frame(kWindow, kSyn, 1, 0);
    for (const Fault& f :
         {Fault{std::string(12, '\x01'), "version 1 of a frame"}, Fault{frame(4, 0, 0, 0), "frame of unknown type 4"},
          Fault{frame(kWindow, kSyn, 0, 0), "a frame for stream 0"}, Fault{syn + syn, "stream 1 opened twice"},
          Fault{syn + frame(kData, 0, 1, 0xffffffff), "frame of 4294967295 bytes for stream 1"},
          Fault{frame(kData, 0, 9, 0x80000000), "frame of 2147483648 bytes for stream 9"},
          Fault{syn + frame(kWindow, 0, 1, 0xffffffff), "window of stream 1 grown beyond 32 bits"},
          Fault{syn + frame(kWindow, kFin, 1, 0) + frame(kWindow, kFin, 1, 0), "stream 1 ended twice"},
          Fault{syn + data(1, "x", kFin) + data(1, "y"), "data after the end of stream 1"}}) {
        OneSide side;
        side.send(f.bytes);
        EXPECT_EQ(side.reason(), "protocol error of the peer: " + f.reason);
        EXPECT_EQ(side.received(), frame(kGoAway, 0, 0, 1));
    }
}

TEST(Yamux, ignores_frames_of_streams_that_are_not_there) {
    OneSide side;
    side.accept_all();
    side.send(data(7, "nobody") + frame(kWindow, kFin, 7, 0) + frame(kWindow, kRst, 9, 0) + frame(kWindow, kAck, 2, 5) +
              data(1, "x", kSyn));
    EXPECT_EQ(side.reason(), "alive");
    EXPECT_EQ(side.accepted.size(), 1u);
}

TEST(Yamux, a_reset_cuts_both_directions) {
    OneSide side;
    side.accept_all();
    side.send(data(1, "last", kSyn) + frame(kWindow, kRst, 1, 0));
    EXPECT_EQ(take(*side.accepted[0]), "last!stream reset by peer");
    const std::string_view more = "x";
    EXPECT_FALSE(side.accepted[0]->try_write(std::span(&more, 1)));
    EXPECT_EQ(side.session->streams(), 0u);
    side.send(data(1, "again", kSyn));
    EXPECT_EQ(side.accepted.size(), 2u);
}

TEST(Yamux, what_comes_for_a_dropped_stream_is_refused) {
    OneSide side;
    side.accept_all();
    side.send(data(1, "unread", kSyn));
    side.accepted.clear();
    EXPECT_EQ(side.session->unread_bytes(), 0u);
    EXPECT_EQ(side.received(), frame(kWindow, kAck, 1, 0) + frame(kWindow, kFin, 1, 0));
    EXPECT_EQ(side.session->streams(), 1u) << "until the peer ends its half";
    side.send(data(1, "more"));
    EXPECT_EQ(side.received(), frame(kWindow, kRst, 1, 0));
    EXPECT_EQ(side.session->streams(), 0u);
    EXPECT_EQ(side.session->unread_bytes(), 0u);
}

TEST(Yamux, cuts_a_stream_whose_peer_does_not_close_its_half) {
    OneSide side;
    side.accept_all();
    side.send(frame(kWindow, kSyn, 1, 0));
    side.accepted[0]->shutdown_write();
    side.received();
    for (int i = 0; i < 9; ++i) {
        side.loop.advance(seconds(30));
        side.send(frame(kPing, kAck, 0, static_cast<uint32_t>(i)));
    }
    EXPECT_EQ(take(*side.accepted[0]), "");
    side.received();
    side.loop.advance(seconds(30));
    EXPECT_EQ(side.received(), frame(kWindow, kRst, 1, 0) + frame(kPing, kSyn, 0, 9));
    EXPECT_EQ(take(*side.accepted[0]), "!the peer did not close its half in time");
    EXPECT_EQ(side.session->streams(), 0u);
}

TEST(Yamux, ends_when_a_stream_is_not_accepted_in_time) {
    OneSide side(YamuxSession::Role::client, {.keepalive_interval = {}});
    auto first = side.open();
    side.loop.advance(seconds(40));
    side.send(frame(kWindow, kAck, 1, 0));
    auto second = side.open();
    side.loop.advance(seconds(74));
    EXPECT_EQ(side.reason(), "alive");
    side.loop.advance(seconds(2));
    EXPECT_EQ(side.reason(), "the peer did not accept stream 3 within 1m15s");
    EXPECT_EQ(take(*first), "!" + side.reason());
}

TEST(Yamux, pings_every_half_minute_and_ends_without_an_answer) {
    OneSide side;
    side.loop.advance(seconds(29));
    EXPECT_EQ(side.received(), "");
    side.loop.advance(seconds(1));
    EXPECT_EQ(side.received(), frame(kPing, kSyn, 0, 0));
    side.loop.advance(seconds(9));
    side.send(frame(kPing, kAck, 0, 0));
    side.loop.advance(seconds(21));
    EXPECT_EQ(side.received(), frame(kPing, kSyn, 0, 1));
    side.send(frame(kPing, kAck, 0, 77));
    side.loop.advance(seconds(10));
    EXPECT_EQ(side.reason(), "keepalive: no answer within 10s");
}

TEST(Yamux, answers_pings) {
    OneSide side;
    side.send(frame(kPing, kSyn, 0, 0x1234));
    EXPECT_EQ(side.received(), frame(kPing, kAck, 0, 0x1234));
}

TEST(Yamux, obeys_go_away) {
    OneSide side(YamuxSession::Role::client);
    auto stream = side.open();
    side.send(frame(kWindow, kAck, 1, 0) + frame(kGoAway, 0, 0, 0) + data(1, "x"));
    EXPECT_EQ(take(*stream), "x");
    auto opening = [](YamuxSession& s) -> Task<Result<std::unique_ptr<Stream>>> { co_return co_await s.open({}); };
    EXPECT_EQ(run(side.loop, opening(*side.session)).error().message, "the peer takes no more streams");
    side.send(frame(kGoAway, 0, 0, 2));
    EXPECT_EQ(side.reason(), "the peer reports an internal error");
}

TEST(Yamux, tells_a_clean_end_from_a_cut_frame) {
    OneSide clean, cut;
    clean.peer->close();
    EXPECT_EQ(clean.reason(), "EOF");
    cut.send(frame(kData, kSyn, 1, 10, "12345"));
    cut.peer->close();
    EXPECT_EQ(cut.reason(), "the peer closed the connection within a frame");
}

TEST(Yamux, refuses_streams_beyond_the_backlog) {
    OneSide side;
    for (uint32_t i = 0; i < 258; ++i) side.send(frame(kWindow, kSyn, 2 * i + 1, 0));
    EXPECT_EQ(side.received(), frame(kWindow, kRst, 513, 0) + frame(kWindow, kRst, 515, 0));
    side.accept_all();
    EXPECT_EQ(side.received().size(), 256 * 12u);
    side.send(frame(kWindow, kSyn, 517, 0));
    EXPECT_EQ(side.received(), frame(kWindow, kAck, 517, 0));
}

TEST(Yamux, opens_no_more_than_the_backlog_at_once) {
    OneSide side(YamuxSession::Role::client, {.accept_backlog = 2});
    auto first = side.open(), second = side.open();
    std::unique_ptr<Stream> third;
    auto opening = [](YamuxSession& s, std::unique_ptr<Stream>& into) -> Task<> {
        into = std::move(*co_await s.open({}));
    };
    side.group.spawn(opening(*side.session, third));
    side.loop.settle();
    EXPECT_FALSE(third);
    side.send(frame(kWindow, kAck, 1, 0));
    EXPECT_TRUE(third);
    auto late = [](YamuxSession& s, Limit limit) -> Task<Result<std::unique_ptr<Stream>>> {
        co_return co_await s.open(std::move(limit));
    };
    auto fourth = run(side.loop, late(*side.session, {side.loop.in(seconds(1)), {}}));
    EXPECT_EQ(fourth.error().code, ErrorCode::timeout);
}

TEST(Yamux, ten_thousand_streams_end_the_session) {
    OneSide side;
    side.accept_all();
    for (uint32_t i = 0; i < 10'000; ++i) side.send(data(2 * i + 1, "x", kSyn));
    EXPECT_EQ(side.reason(), "protocol error of the peer: more than 4096 streams");
    EXPECT_EQ(side.accepted.size(), 4096u);
    EXPECT_EQ(side.session->streams(), 0u);
}

TEST(Yamux, bytes_that_nobody_reads_end_the_session) {
    OneSide side(YamuxSession::Role::server, {.max_unread_bytes = 1 << 20});
    side.accept_all();
    for (uint32_t i = 0; i < 6; ++i) side.send(data(2 * i + 1, std::string(262'144, 'x'), kSyn));
    EXPECT_EQ(side.reason(), "protocol error of the peer: more than 1048576 bytes that nobody has read");
    EXPECT_EQ(side.session->unread_bytes(), 1u << 20);
    side.accepted.clear();
    EXPECT_EQ(side.session->unread_bytes(), 0u);
}

TEST(Yamux, a_peer_that_never_reads_is_cut_off) {
    OneSide side(YamuxSession::Role::server, {}, 4096);
    side.accept_all();
    side.send(frame(kWindow, kSyn, 1, 0));
    ASSERT_EQ(side.accepted.size(), 1u);
    size_t accepted = 0;
    const std::string much(1 << 20, 'm');
    std::string_view left = much;
    for (;;) {
        Result<std::optional<size_t>> n = side.accepted[0]->try_write(std::span(&left, 1));
        side.loop.settle();
        if (!n || !*n) break;
        accepted += **n;
    }
    EXPECT_LT(accepted, 128u << 10);
    side.loop.advance(seconds(9));
    EXPECT_EQ(side.reason(), "alive");
    side.loop.advance(seconds(2));
    EXPECT_EQ(side.reason(), "the peer took no byte for 10s");
}

TEST(Yamux, questions_without_reading_the_answers_end_the_session) {
    OneSide side(YamuxSession::Role::server, {}, 4096);
    for (uint32_t i = 0; i < 100'000 && side.session->alive(); ++i) side.send(frame(kPing, kSyn, 0, i));
    EXPECT_EQ(side.reason(), "the peer asks for answers and does not read them");
}

TEST(Yamux, random_bytes_end_the_session) {
    SeededRng rng(5);
    for (int i = 0; i < 200; ++i) {
        OneSide side;
        side.accept_all();
        std::string noise(1 + rng.below(400), 0);
        for (char& c : noise) c = static_cast<char>(rng.below(rng.below(2) ? 256 : 5));
        side.send(noise);
        side.peer->close();
        EXPECT_NE(side.reason(), "alive");
    }
}

// --- two sessions against each other

struct Both {
    explicit Both(size_t capacity = 64 << 10) {
        auto [a, b] = make_pipe(loop, capacity);
        client = std::make_unique<YamuxSession>(std::move(a), YamuxSession::Role::client);
        server = std::make_unique<YamuxSession>(std::move(b), YamuxSession::Role::server);
        group.spawn(keep_reason(*client, client_ended));
        group.spawn(keep_reason(*server, server_ended));
    }
    ~Both() {
        client->close(Error::canceled("test is over"));
        server->close(Error::canceled("test is over"));
        run(loop, group.join());
    }
    VirtualLoop loop;
    std::unique_ptr<YamuxSession> client, server;
    std::optional<Error> client_ended, server_ended;
    TaskGroup group{loop};
};

Task<> echo(std::unique_ptr<Stream> stream) {
    char buffer[10'000];
    for (;;) {
        Result<size_t> n = co_await stream->read_some(buffer, {});
        if (!n || *n == 0) co_return;
        Result<> written = co_await stream->write(std::string_view(buffer, *n), {});
        if (!written) co_return;
    }
}

Task<> echo_all(YamuxSession& session, TaskGroup& group) {
    for (;;) {
        auto stream = co_await session.accept({});
        if (!stream) co_return;
        group.spawn(echo(std::move(*stream)));
    }
}

Task<> send_all(Stream& stream, std::string_view bytes) {
    (void)co_await stream.write(bytes, {});
    stream.shutdown_write();
}

Task<> send_and_read(YamuxSession& session, size_t size, char fill, size_t& good) {
    auto stream = co_await session.open({});
    const std::string bytes(size, fill);
    TaskGroup group(session.loop());
    group.spawn(send_all(**stream, bytes));
    std::string got;
    char buffer[8192];
    for (;;) {
        Result<size_t> n = co_await (*stream)->read_some(buffer, {});
        if (!n || *n == 0) break;
        got.append(buffer, *n);
    }
    co_await group.join();
    if (got == bytes) ++good;
}

TEST(Yamux, many_streams_carry_megabytes_both_ways) {
    Both both(10'000);
    both.group.spawn(echo_all(*both.server, both.group));
    both.group.spawn(echo_all(*both.client, both.group));
    size_t good = 0;
    TaskGroup senders(both.loop);
    for (int i = 0; i < 40; ++i) {
        YamuxSession& from = i % 2 ? *both.client : *both.server;
        senders.spawn(send_and_read(from, 1000 + static_cast<size_t>(i) * 50'000, static_cast<char>('a' + i), good));
    }
    run(both.loop, senders.join());
    EXPECT_EQ(good, 40u);
    both.loop.settle();
    EXPECT_EQ(both.client->streams(), 0u);
    EXPECT_EQ(both.server->streams(), 0u);
    EXPECT_EQ(both.client->unread_bytes() + both.server->unread_bytes(), 0u);
}

TEST(Yamux, streams_outlive_their_session) {
    OneSide side(YamuxSession::Role::client);
    auto stream = side.open();
    side.peer->close();
    EXPECT_EQ(side.reason(), "EOF");
    side.session = std::make_unique<YamuxSession>(std::move(make_pipe(side.loop).first), YamuxSession::Role::client);
    EXPECT_EQ(take(*stream), "!EOF");
    stream->shutdown_write();
    stream->close();
}

TEST(Yamux, an_idle_pair_stays_up) {
    Both both;
    both.loop.advance(minutes(10));
    EXPECT_TRUE(both.client->alive());
    EXPECT_TRUE(both.server->alive());
}

}  // namespace
}  // namespace drover::net
