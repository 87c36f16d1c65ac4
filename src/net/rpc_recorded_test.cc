// Recorded sessions of a real client and server, taken apart by our multiplexer and served and called again by ours:
// what we send must be what they sent, byte for byte.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "codec/describe.h"
#include "net/memory_stream.h"
#include "net/rpc.h"
#include "net/virtual_loop.h"
#include "net/yamux.h"

namespace drover::net {
namespace {

std::filesystem::path recordings() {
    const char* given = std::getenv("DROVER_ORACLE");
    return std::filesystem::path(given ? given : "../shared/oracle") / "rpc" / "session";
}

struct RequestHead {
    uint64_t Seq = 0;
    std::string ServiceMethod;
};
struct AnswerHead {
    std::string Error;
    uint64_t Seq = 0;
    std::string ServiceMethod;
};
DECLARE_TYPE(RequestHead);
DECLARE_TYPE(AnswerHead);
DESCRIBE(RequestHead, FIELD(Seq), FIELD(ServiceMethod));
DESCRIBE(AnswerHead, FIELD(Error), FIELD(Seq), FIELD(ServiceMethod));

uint32_t big_endian(std::string_view bytes) {
    uint32_t n = 0;
    for (size_t i = 0; i < 4; ++i) n = n << 8 | static_cast<uint8_t>(bytes[i]);
    return n;
}

// A piece of one direction of a connection.
struct Piece {
    bool from_dialler = true;
    std::string bytes;
};

// The pieces of each connection. The format: a magic of 8 bytes, then records of time (8 bytes), kind, connection,
// length and data; kinds 0 and 1 are data from and to the dialler.
std::map<uint32_t, std::vector<Piece>> read_recording(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream all;
    all << file.rdbuf();
    const std::string bytes = all.str();
    std::map<uint32_t, std::vector<Piece>> connections;
    for (size_t at = 8; at + 17 <= bytes.size();) {
        const std::string_view head = std::string_view(bytes).substr(at, 17);
        const uint32_t length = big_endian(head.substr(13));
        if (head[8] < 2)
            connections[big_endian(head.substr(9))].push_back({head[8] == 0, bytes.substr(at + 17, length)});
        at += 17 + length;
    }
    return connections;
}

// The bytes of a stream in both directions.
struct StreamBytes {
    std::string from_opener, to_opener;
};

Task<> read_to(std::unique_ptr<Stream> stream, std::string& into) {
    char buffer[4096];
    for (;;) {
        Result<size_t> n = co_await stream->read_some(buffer, {});
        if (!n || *n == 0) co_return;
        into.append(buffer, *n);
    }
}

// One half of a recorded connection: a session of ours that is fed what that side received.
class Half {
public:
    Half(VirtualLoop& loop, bool is_dialler, std::map<uint32_t, StreamBytes>& streams)
        : loop_(loop), is_dialler_(is_dialler), streams_(streams), group_(loop), next_opened_(is_dialler ? 1 : 2) {
        auto [ours, theirs] = make_pipe(loop, 1 << 20);
        wire_ = std::move(theirs);
        session_ = std::make_unique<YamuxSession>(std::move(ours),
                                                  is_dialler ? YamuxSession::Role::client : YamuxSession::Role::server);
        group_.spawn(run(*this));
        group_.spawn(accept_all(*this));
    }
    void received(std::string_view bytes) {
        ASSERT_TRUE(*wire_->try_write(std::span(&bytes, 1)));
        loop_.settle();
        char buffer[4096];
        while (*wire_->try_read(buffer)) {
        }
    }
    // What it sent: here only the openings of streams count.
    void sent(std::string_view bytes) {
        unparsed_ += bytes;
        while (unparsed_.size() >= 12) {
            const size_t body = unparsed_[1] == 0 ? big_endian(std::string_view(unparsed_).substr(8)) : 0;
            if (unparsed_.size() < 12 + body) break;
            if (unparsed_[3] & 1 && unparsed_[1] < 2) group_.spawn(open(*this));
            unparsed_.erase(0, 12 + body);
        }
        loop_.settle();
    }
    std::string end() {
        const std::string reason = session_->alive() ? "alive" : session_->reason().message;
        session_->close(Error::canceled("over"));
        net::run(loop_, group_.join());
        return reason;
    }

private:
    static Task<> run(Half& self) { (void)co_await self.session_->run(); }
    static Task<> accept_all(Half& self) {
        // The peer's ids go up in the order in which its streams arrive.
        for (uint32_t id = self.is_dialler_ ? 2 : 1;; id += 2) {
            auto stream = co_await self.session_->accept({});
            if (!stream) co_return;
            self.group_.spawn(read_to(std::move(*stream), self.streams_[id].from_opener));
        }
    }
    static Task<> open(Half& self) {
        const uint32_t id = std::exchange(self.next_opened_, self.next_opened_ + 2);
        auto stream = co_await self.session_->open({});
        if (stream) co_await read_to(std::move(*stream), self.streams_[id].to_opener);
    }

    VirtualLoop& loop_;
    const bool is_dialler_;
    std::map<uint32_t, StreamBytes>& streams_;
    std::unique_ptr<Stream> wire_;
    std::unique_ptr<YamuxSession> session_;
    TaskGroup group_;
    uint32_t next_opened_;
    std::string unparsed_;
};

std::vector<std::string> values_of(std::string_view bytes) {
    std::vector<std::string> out;
    while (!bytes.empty()) {
        auto length = codec::msgpack_length(bytes);
        EXPECT_TRUE(length && *length) << "bytes that are no value";
        if (!length || !*length) break;
        out.emplace_back(bytes.substr(0, **length));
        bytes.remove_prefix(**length);
    }
    return out;
}

std::string drain(VirtualLoop& loop, Stream& stream) {
    std::string out;
    char buffer[4096];
    for (loop.settle();;) {
        Result<std::optional<size_t>> n = stream.try_read(buffer);
        if (!n || !*n || **n == 0) return out;
        out.append(buffer, **n);
        loop.settle();
    }
}

// Serves the recorded requests with the recorded answers.
Task<> serve(Stream& stream, std::vector<std::string>& answers) {
    size_t next = 0;
    RpcService service;
    service.call = [&](RpcCall call) -> Task<Result<std::string>> {
        auto respond = [](std::vector<std::string>& all, size_t at, std::string method) -> Task<Result<std::string>> {
            auto head = codec::from_msgpack<AnswerHead>(all[at]);
            EXPECT_EQ(head->ServiceMethod, method);
            if (!head->Error.empty()) co_return fail(Error::internal(head->Error));
            co_return all[at + 1];
        };
        next += 2;
        return respond(answers, next - 2, std::move(call.method));
    };
    PendingBytes pending;
    co_await serve_rpc(stream, service, nullptr, {}, pending, {});
}

void check_serving(const StreamBytes& recorded, std::vector<std::string> answers) {
    VirtualLoop loop;
    auto [ours, theirs] = make_pipe(loop, 1 << 20);
    // A call without an answer would wait: only those that were answered are made.
    std::string_view requests = std::string_view(recorded.from_opener).substr(1);
    size_t length = 0;
    const std::vector<std::string> values = values_of(requests);
    for (size_t i = 0; i < answers.size(); ++i) length += values[i].size();
    requests = requests.substr(0, length);
    (void)theirs->try_write(std::span(&requests, 1));
    TaskGroup group(loop);
    group.spawn(serve(*ours, answers));
    EXPECT_EQ(drain(loop, *theirs), recorded.to_opener);
    theirs->close();
    run(loop, group.join());
}

Task<> make_call(Stream& stream, RequestHead head, std::string body, std::string& result) {
    PendingBytes pending;
    const RpcLimits limits;
    RpcReader reader(stream, limits, pending);
    auto answer = co_await rpc_call(stream, reader, {}, head.Seq, head.ServiceMethod, body, {});
    result = answer ? *answer : answer.error().message;
}

void check_calling(const std::vector<std::string>& requests, const std::vector<std::string>& answers, size_t at) {
    VirtualLoop loop;
    auto [ours, theirs] = make_pipe(loop, 1 << 20);
    const auto head = codec::from_msgpack<RequestHead>(requests[at]);
    ASSERT_TRUE(head);
    std::string result;
    TaskGroup group(loop);
    group.spawn(make_call(*ours, *head, requests[at + 1], result));
    EXPECT_EQ(drain(loop, *theirs), requests[at] + requests[at + 1]);
    const std::string all = answers[at] + answers[at + 1];
    for (std::string_view byte = all; !byte.empty(); byte.remove_prefix(1)) {
        const std::string_view one = byte.substr(0, 1);
        (void)theirs->try_write(std::span(&one, 1));
        loop.settle();
    }
    run(loop, group.join());
    const auto answer = codec::from_msgpack<AnswerHead>(answers[at]);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->Seq, head->Seq);
    EXPECT_EQ(result, answer->Error.empty() ? answers[at + 1] : answer->Error);
}

// How many calls and streaming calls there were.
std::pair<size_t, size_t> check(const std::map<uint32_t, StreamBytes>& streams) {
    size_t calls = 0, streaming = 0;
    for (const auto& [id, bytes] : streams) {
        if (bytes.from_opener.empty()) continue;
        if (bytes.from_opener[0] == 5) {
            ++streaming;
            continue;
        }
        EXPECT_EQ(bytes.from_opener[0], 1) << id;
        const auto requests = values_of(std::string_view(bytes.from_opener).substr(1));
        const auto answers = values_of(bytes.to_opener);
        check_serving(bytes, answers);
        for (size_t i = 0; i + 1 < answers.size(); i += 2) check_calling(requests, answers, i);
        calls += answers.size() / 2;
    }
    return {calls, streaming};
}

TEST(RpcRecorded, sessions_are_read_and_said_again_byte_for_byte) {
    if (!std::filesystem::exists(recordings())) GTEST_SKIP() << "there are no recordings here";
    size_t files = 0, calls = 0, streaming = 0;
    for (const auto& file : std::filesystem::directory_iterator(recordings())) {
        if (file.path().extension() != ".bin") continue;
        ++files;
        for (auto& [id, pieces] : read_recording(file.path())) {
            if (pieces.empty() || pieces[0].bytes[0] != 6) continue;
            pieces[0].bytes.erase(0, 1);
            std::map<uint32_t, StreamBytes> streams;
            VirtualLoop loop;
            Half dialler(loop, true, streams), accepter(loop, false, streams);
            for (const Piece& piece : pieces) {
                if (piece.bytes.empty()) continue;
                Half& from = piece.from_dialler ? dialler : accepter;
                Half& to = piece.from_dialler ? accepter : dialler;
                from.sent(piece.bytes);
                to.received(piece.bytes);
            }
            EXPECT_EQ(dialler.end(), "alive");
            EXPECT_EQ(accepter.end(), "alive");
            const auto [some_calls, some_streaming] = check(streams);
            calls += some_calls;
            streaming += some_streaming;
        }
    }
    EXPECT_EQ(files, 3u);
    EXPECT_EQ(calls, 74u);
    EXPECT_EQ(streaming, 4u);
}

}  // namespace
}  // namespace drover::net
