#include "net/rpc.h"

#include <gtest/gtest.h>

#include "net/memory_stream.h"
#include "net/signal.h"
#include "net/virtual_loop.h"

namespace drover::net {
namespace {

using namespace std::string_literals;

std::string text(std::string_view s) { return static_cast<char>(0xa0 + s.size()) + std::string(s); }

std::string request(uint64_t sequence, std::string_view method, std::string_view body) {
    return "\x82" + text("Seq") + static_cast<char>(sequence) + text("ServiceMethod") + text(method) +
           std::string(body);
}

std::string answer(std::string_view error, uint64_t sequence, std::string_view method, std::string_view body) {
    std::string head = "\x83" + text("Error");
    if (error.size() < 32)
        head += text(error);
    else
        head += "\xda"s + '\0' + static_cast<char>(error.size()) + std::string(error);
    return head + text("Seq") + static_cast<char>(sequence) + text("ServiceMethod") + text(method) + std::string(body);
}

// What handlers of these tests do, by the method's name.
struct Backend {
    explicit Backend(Loop& loop) : released(loop) {
        service.call = [this](RpcCall call) { return run(*this, std::move(call)); };
        service.find_stream = [](std::string_view method) -> Result<> {
            if (method == "Stream.Echo") return {};
            return fail(Error::not_found("Unknown rpc method: \"" + std::string(method) + "\""));
        };
        service.stream = echo;
    }

    static Task<Result<std::string>> run(Backend& self, RpcCall call) {
        ++self.calls;
        if (call.method == "Wait.Here") {
            Result<> waited = co_await self.released.wait({Deadline::never(), call.cancel});
            if (!waited) {
                self.cancelled = waited.error().message;
                co_return fail(waited.error());
            }
        }
        if (call.method == "Fail.Now") co_return fail(Error::denied());
        if (call.method == "Throw.Now") throw std::runtime_error("thrown");
        if (call.method == "Fail.Body") co_return fail(Error::bad_request("msgpack: no text at byte 3"));
        if (call.method == "None.None") co_return fail(Error::not_found("rpc: can't find service None.None"));
        co_return call.body;
    }

    static Task<> echo(RpcStreamCall call) {
        std::string out = text(call.method) + call.request;
        char buffer[1000];
        for (;;) {
            Result<> written = co_await call.stream->write(out, {Deadline::never(), call.cancel});
            if (!written) co_return;
            Result<size_t> n = co_await call.stream->read_some(buffer, {Deadline::never(), call.cancel});
            if (!n || *n == 0) co_return;
            out.assign(buffer, *n);
        }
    }

    RpcService service;
    Event released;
    int calls = 0;
    std::string cancelled;
};

// A stream that is served, and its other end in the test's hands.
struct Served {
    explicit Served(RpcLimits limits = {}) {
        auto [ours, theirs] = make_pipe(loop, 1 << 20);
        peer = std::move(theirs);
        served = std::move(ours);
        group.spawn(serve(*this, limits));
    }
    ~Served() {
        group.cancel();
        loop.settle();
        EXPECT_EQ(group.size(), 0u);
        EXPECT_EQ(pending.held, 0u);
    }
    static Task<> serve(Served& self, RpcLimits limits) {
        co_await serve_rpc(*self.served, self.backend.service, nullptr, limits, self.pending, self.group.token());
        self.served->close();
    }
    void send(std::string_view bytes) {
        Result<std::optional<size_t>> n = peer->try_write(std::span(&bytes, 1));
        ASSERT_TRUE(n && *n && **n == bytes.size());
        loop.settle();
    }
    // What has come; "$" when the stream has ended.
    std::string received() {
        std::string out;
        char buffer[4096];
        for (loop.settle();;) {
            Result<std::optional<size_t>> n = peer->try_read(buffer);
            if (!n || !*n) return out;
            if (**n == 0) return out + "$";
            out.append(buffer, **n);
        }
    }
    VirtualLoop loop;
    Backend backend{loop};
    std::unique_ptr<Stream> peer, served;
    PendingBytes pending;
    TaskGroup group{loop};
};

TEST(Rpc, answers_with_sorted_keys_and_the_same_number) {
    Served s;
    s.send(request(7, "Echo.It", "\x81\xa1x\x01"));
    EXPECT_EQ(s.received(), answer("", 7, "Echo.It", "\x81\xa1x\x01"));
    s.send(request(9, "Echo.It", "\xc0"));
    EXPECT_EQ(s.received(), answer("", 9, "Echo.It", "\xc0"));
}

TEST(Rpc, a_request_may_come_byte_by_byte) {
    Served s;
    const std::string bytes = request(3, "Echo.It", "\x92\xa5hello\x02") + request(4, "Echo.It", "\x80");
    for (const char c : bytes) s.send({&c, 1});
    EXPECT_EQ(s.received(), answer("", 3, "Echo.It", "\x92\xa5hello\x02") + answer("", 4, "Echo.It", "\x80"));
}

TEST(Rpc, reads_headers_in_every_form) {
    Served s;
    s.send("\xde\x00\x03"s + text("ServiceMethod") + "\xd9\x07" + "Echo.It" + text("More") + "\x92\xc0\xc3" +
           text("Seq") + "\xd3\x00\x00\x00\x00\x00\x00\x00\x05"s + "\x01");
    EXPECT_EQ(s.received(), answer("", 5, "Echo.It", "\x01"));
}

TEST(Rpc, an_error_has_an_empty_map_for_a_body_and_leaves_the_stream_usable) {
    Served s;
    s.send(request(1, "Fail.Now", "\x80"));
    EXPECT_EQ(s.received(), answer("Permission denied", 1, "Fail.Now", "\x80"));
    s.send(request(2, "Throw.Now", "\x80"));
    EXPECT_EQ(s.received(), answer("internal error", 2, "Throw.Now", "\x80"));
    s.send(request(3, "Echo.It", "\x05"));
    EXPECT_EQ(s.received(), answer("", 3, "Echo.It", "\x05"));
}

TEST(Rpc, ends_the_stream_after_unknown_methods_and_bodies) {
    Served unknown, body;
    unknown.send(request(1, "None.None", "\x80"));
    EXPECT_EQ(unknown.received(), answer("rpc: can't find service None.None", 1, "None.None", "\x80") + "$");
    body.send(request(1, "Fail.Body", "\x80"));
    EXPECT_EQ(body.received(), answer("msgpack: no text at byte 3", 1, "Fail.Body", "\x80") + "$");
}

TEST(Rpc, answers_a_body_that_is_no_value_and_ends_the_stream) {
    Served wrong, deep, large({.body_bytes = 1000});
    wrong.send(request(1, "Echo.It", "\xc1"));
    EXPECT_EQ(wrong.received(), answer("msgpack: unknown form at byte 0", 1, "Echo.It", "\x80") + "$");
    deep.send(request(1, "Echo.It", std::string(1000, '\x91')));
    EXPECT_EQ(deep.received(), answer("msgpack: nested too deeply", 1, "Echo.It", "\x80") + "$");
    large.send(request(1, "Echo.It", "\xdb\x00\x01\x00\x00"s));
    EXPECT_EQ(large.received(), answer("message of more than 1000 bytes", 1, "Echo.It", "\x80") + "$");
    EXPECT_EQ(wrong.backend.calls + deep.backend.calls + large.backend.calls, 0);
}

TEST(Rpc, ends_the_stream_when_a_header_is_none) {
    for (const std::string& bytes : {"\xc1"s, "\x93\x01\x02\x03\x80"s, std::string(300, '\x91'),
                                     "\x81\xa3Seq\xa1x\x80"s, "\xdb\xff\xff\xff\xff"s}) {
        Served s;
        s.send(bytes);
        EXPECT_EQ(s.received(), "$");
        EXPECT_EQ(s.backend.calls, 0);
    }
}

TEST(Rpc, unfinished_messages_of_a_connection_are_bounded) {
    Served s({.pending_bytes = 5000});
    s.pending.held = 4000;
    s.send(request(1, "Echo.It", "\xda\x10\x00"s));
    s.send(std::string(2000, 'x'));
    EXPECT_EQ(s.received(), answer("too many bytes of unfinished messages", 1, "Echo.It", "\x80") + "$");
    s.pending.held -= 4000;
}

TEST(Rpc, a_message_that_stops_in_the_middle_ends_the_stream) {
    Served s;
    s.loop.advance(hours(1));
    EXPECT_EQ(s.received(), "");
    s.send(request(1, "Echo.It", ""));
    s.loop.advance(seconds(59));
    EXPECT_EQ(s.received(), "");
    s.loop.advance(seconds(2));
    EXPECT_EQ(s.received(), "$");
}

TEST(Rpc, cancels_a_call_whose_stream_ends) {
    Served s;
    s.send(request(1, "Wait.Here", "\x80"));
    EXPECT_EQ(s.backend.calls, 1);
    s.loop.advance(minutes(5));
    EXPECT_EQ(s.backend.cancelled, "");
    s.peer->close();
    s.loop.settle();
    EXPECT_EQ(s.backend.cancelled, "the caller has gone");
    EXPECT_EQ(s.group.size(), 0u);
}

TEST(Rpc, serves_what_came_while_an_answer_was_due) {
    Served s;
    s.send(request(1, "Wait.Here", "\x01"));
    s.send(request(2, "Echo.It", "\x02"));
    EXPECT_EQ(s.received(), "");
    s.backend.released.set();
    EXPECT_EQ(s.received(), answer("", 1, "Wait.Here", "\x01") + answer("", 2, "Echo.It", "\x02"));
}

TEST(Rpc, carries_bodies_of_megabytes) {
    Served s;
    std::string body = "\xdb\x00\x30\x00\x00"s + std::string(3 << 20, 'b');
    const std::string bytes = request(1, "Echo.It", body);
    std::string got;
    for (size_t at = 0; at < bytes.size(); at += 100'000) {
        s.send(std::string_view(bytes).substr(at, 100'000));
        got += s.received();
    }
    while (got.size() < body.size()) {
        const std::string more = s.received();
        if (more.empty()) break;
        got += more;
    }
    EXPECT_EQ(got, answer("", 1, "Echo.It", body));
}

// --- calling

struct Calling {
    Calling() {
        auto [a, b] = make_pipe(loop);
        ours = std::move(a);
        peer = std::move(b);
        reader = std::make_unique<RpcReader>(*ours, limits, pending);
    }
    static Task<> call(Calling& self, uint64_t sequence, Limit limit) {
        self.result = co_await rpc_call(*self.ours, *self.reader, "\x01", sequence, "Status.Ping", "\x81\xa1x\xc0",
                                        std::move(limit));
    }
    // The answer to these bytes, or the error's text.
    std::string call(std::string_view answer_bytes) {
        result.reset();
        TaskGroup group(loop);
        group.spawn(call(*this, 9, {loop.in(seconds(5)), {}}));
        if (!answer_bytes.empty()) EXPECT_TRUE(*peer->try_write(std::span(&answer_bytes, 1)));
        run(loop, group.join());
        return *result ? **result : (*result).error().message;
    }
    VirtualLoop loop;
    RpcLimits limits;
    PendingBytes pending;
    std::unique_ptr<Stream> ours, peer;
    std::unique_ptr<RpcReader> reader;
    std::optional<Result<std::string>> result;
};

TEST(Rpc, connections_share_a_bound_for_what_is_unfinished) {
    VirtualLoop loop;
    const RpcLimits limits{.all_pending_bytes = 1000};
    const auto all = std::make_shared<PendingBytes>();
    const std::string begun = "\xdb\x00\x00\xff\xff"s + std::string(600, 'x');  // of a longer text
    auto [first, first_peer] = make_pipe(loop);
    auto [second, second_peer] = make_pipe(loop);
    PendingBytes first_pending(all), second_pending(all);
    const auto read = [&](Stream& ours, Stream& peer, PendingBytes& pending) {
        std::string_view bytes = begun;
        (void)*peer.try_write(std::span(&bytes, 1));
        RpcReader reader(ours, limits, pending);
        return run(loop, reader.value({loop.in(seconds(1)), {}})).error().code;
    };
    RpcReader held(*first, limits, first_pending);
    std::string_view bytes = begun;
    (void)*first_peer->try_write(std::span(&bytes, 1));
    EXPECT_EQ(run(loop, held.value({loop.in(seconds(1)), {}})).error().code, ErrorCode::timeout);
    EXPECT_EQ(all->held, begun.size());
    EXPECT_EQ(read(*second, *second_peer, second_pending), ErrorCode::too_large);
    EXPECT_EQ(all->held, begun.size());
}

TEST(RpcCall, writes_preamble_header_and_body_and_returns_the_answer) {
    Calling c;
    EXPECT_EQ(c.call(answer("", 9, "Status.Ping", "\xa2ok")), "\xa2ok");
    char buffer[200];
    const size_t n = **c.peer->try_read(buffer);
    EXPECT_EQ(std::string(buffer, n), "\x01" + request(9, "Status.Ping", "\x81\xa1x\xc0"));
}

TEST(RpcCall, an_error_is_the_bare_text_with_a_code_of_its_own) {
    Calling c;
    EXPECT_EQ(c.call(answer("No cluster leader", 9, "Status.Ping", "\x80")), "No cluster leader");
    EXPECT_EQ(c.result->error().code, ErrorCode::internal);
}

TEST(RpcCall, what_is_no_answer_is_unavailable) {
    const std::string cut = answer("", 9, "Status.Ping", "\x92\x01");
    for (const auto& [bytes, message] :
         {std::pair{answer("", 8, "Status.Ping", "\x80"), "malformed answer: to another call"s},
          {"\xc1", "malformed answer: msgpack: unknown form at byte 0"}}) {
        Calling c;
        EXPECT_EQ(c.call(bytes), message);
        EXPECT_EQ(c.result->error().code, ErrorCode::unavailable);
    }
    Calling ended;
    std::string_view part = cut;
    (void)*ended.peer->try_write(std::span(&part, 1));
    ended.peer->shutdown_write();
    EXPECT_EQ(ended.call(""), "EOF");
    Calling silent;
    EXPECT_EQ(silent.call(""), "deadline exceeded");
    EXPECT_EQ(silent.result->error().code, ErrorCode::timeout);
}

// --- streaming

Task<> serve_stream(std::unique_ptr<Stream> stream, Backend& backend, PendingBytes& pending, CancelToken cancel) {
    co_await serve_rpc_stream(std::move(stream), backend.service, nullptr, {}, pending, std::move(cancel));
}

Task<> open_stream(std::unique_ptr<Stream> stream, std::string method, Limit limit,
                   std::optional<Result<std::unique_ptr<Stream>>>& into) {
    into = co_await rpc_open_stream(std::move(stream), {}, std::move(method), "\x81\xa1q\x01", {}, std::move(limit));
}

struct Streaming {
    std::string open(std::string method) {
        auto [a, b] = make_pipe(loop);
        group.spawn(serve_stream(std::move(a), backend, pending, group.token()));
        group.spawn(open_stream(std::move(b), std::move(method), {loop.in(seconds(5)), {}}, opened));
        loop.settle();
        if (!*opened) return opened->error().message;
        return read();
    }
    std::string read() {
        loop.settle();
        char buffer[1000];
        Result<std::optional<size_t>> n = (**opened)->try_read(buffer);
        return n && *n ? std::string(buffer, **n) : "nothing";
    }
    ~Streaming() {
        group.cancel();
        run(loop, group.join());
    }
    VirtualLoop loop;
    Backend backend{loop};
    PendingBytes pending;
    std::optional<Result<std::unique_ptr<Stream>>> opened;
    TaskGroup group{loop};
};

TEST(RpcStream, is_the_method_s_own_after_the_exchange) {
    Streaming s;
    EXPECT_EQ(s.open("Stream.Echo"), text("Stream.Echo") + "\x81\xa1q\x01");
    const std::string_view more = "raw bytes";
    (void)*(**s.opened)->try_write(std::span(&more, 1));
    EXPECT_EQ(s.read(), "raw bytes");
}

TEST(RpcStream, an_unknown_method_is_told) {
    Streaming s;
    EXPECT_EQ(s.open("No.Such"), "Unknown rpc method: \"No.Such\"");
    EXPECT_EQ(s.opened->error().code, ErrorCode::internal);
}

TEST(RpcStream, what_came_too_early_belongs_to_the_method) {
    VirtualLoop loop;
    Backend backend(loop);
    PendingBytes pending;
    TaskGroup group(loop);
    auto [a, b] = make_pipe(loop);
    const std::string all = "\x81" + text("Method") + text("Stream.Echo") + "\x80" + "at once";
    const std::string_view bytes = all;
    (void)*b->try_write(std::span(&bytes, 1));
    group.spawn(serve_stream(std::move(a), backend, pending, group.token()));
    loop.settle();
    char buffer[1000];
    const size_t n = **b->try_read(buffer);
    EXPECT_EQ(std::string(buffer, n), "\x81" + text("Error") + "\xa0" + text("Stream.Echo") + "\x80" + "at once");
    group.cancel();
    run(loop, group.join());
}

}  // namespace
}  // namespace drover::net
