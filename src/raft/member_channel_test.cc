#include "raft/member_channel.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "net/memory_stream.h"
#include "net/virtual_loop.h"
#include "raft/members_world_test.h"

namespace drover::raft {
namespace {

std::string key_of(char c, size_t bytes = 32) { return codec::base64_encode(std::string(bytes, c)); }
KeyRing ring_of(std::initializer_list<std::string> keys) {
    KeyRing ring;
    for (const std::string& key : keys) EXPECT_TRUE(ring.install(key));
    return ring;
}

TEST(MemberFrames, every_message_comes_back_as_it_was) {
    Member member;
    member.id = "a", member.name = "a.global", member.address = "10.0.0.1", member.port = 4648;
    member.tags = {{"role", "nomad"}};
    const MemberRecord self = to_record(member, seconds(3));
    const std::vector<Message> messages{Hail{self, true, {"b", 4, 1}},
                                        Welcome{self, {}},
                                        Refusal{1, "no", "b", "two"},
                                        MemberProbe{9},
                                        Ping{3, {"b", 1, 0}},
                                        Ack{"a", 1, 2, {}, self},
                                        Reach{"b", "10.0.0.2", 1},
                                        Reached{true},
                                        MemberList{{self}, false},
                                        Change{{self}},
                                        KeyRequest{1, "x"},
                                        KeyAnswer{"", {"x"}},
                                        BootAsk{1, 3, {"c", {{"a", "x:1"}, {"b", "y:2"}}}},
                                        BootAnswer{true, "", "c", false, 3, 1, "c"}};
    for (const Message& message : messages) {
        const std::string payload = encode_message(message);
        Result<Message> read = decode_message(payload);
        ASSERT_TRUE(read) << message.index() << read.error().message;
        EXPECT_EQ(encode_message(*read), payload);
        EXPECT_FALSE(decode_message(payload + "x"));
        for (size_t cut = 0; cut < payload.size(); ++cut) EXPECT_FALSE(decode_message(payload.substr(0, cut)));
    }
    EXPECT_EQ(to_member(self), member);
}

TEST(MemberFrames, what_is_too_large_is_not_taken) {
    MemberRecord record = to_record(Member(), {});
    record.ID = "a", record.Name = "a", record.Addr = "a", record.Port = 1;
    EXPECT_TRUE(check(record));
    record.Tags["x"] = std::string(kMaxMemberBytes, 'x');
    EXPECT_FALSE(check(record));
    EXPECT_FALSE(decode_message(encode_message(Change{{record}})));
    record.Tags["x"] = std::string(3000, 'x');
    MemberList list;
    for (int i = 0; i < 30; ++i) list.Members.push_back(record);
    EXPECT_FALSE(decode_message(encode_message(list)));
    const std::vector<MemberList> parts = split_list(list.Members);
    EXPECT_EQ(parts.size(), 2u);
    for (const MemberList& part : parts) EXPECT_TRUE(decode_message(encode_message(part)));
    EXPECT_TRUE(parts.back().Last);
    EXPECT_FALSE(parts.front().Last);
    std::string header = encode_frame_header(5);
    EXPECT_EQ(*decode_frame_header(header), 5u);
    header[8] = 1;
    EXPECT_FALSE(decode_frame_header(header));
}

TEST(KeyRing, takes_keys_of_three_lengths_and_keeps_their_order) {
    KeyRing ring = ring_of({key_of('a'), key_of('b', 16), key_of('c', 24)});
    EXPECT_FALSE(ring.install(key_of('d', 31)));
    EXPECT_FALSE(ring.install("?"));
    ASSERT_TRUE(ring.use(key_of('c', 24)));
    EXPECT_EQ(ring.encoded(), (std::vector<std::string>{key_of('c', 24), key_of('a'), key_of('b', 16)}));
    EXPECT_FALSE(ring.remove(key_of('c', 24)));
    EXPECT_TRUE(ring.remove(key_of('a')));
    EXPECT_EQ(ring.use(key_of('a')).error().code, ErrorCode::not_found);
    EXPECT_EQ(KeyRing::from_file(ring.to_file())->keys(), ring.keys());
    EXPECT_FALSE(KeyRing::from_file("[]"));
    EXPECT_FALSE(KeyRing::from_file("{"));
}

// Both ends of a connection, with what each has for a key.
struct Ends {
    net::VirtualLoop loop;
    net::StreamPair pipe = net::make_pipe(loop);
    net::TaskGroup group{loop};
    Result<std::unique_ptr<MemberChannel>> dialled = fail(Error::internal("")), accepted = fail(Error::internal(""));
    Result<Message> heard = fail(Error::internal(""));

    Ends(KeyRing ours, KeyRing theirs) {
        group.spawn(dial(*this, std::move(ours)));
        group.spawn(accept(*this, std::move(theirs)));
        loop.advance(seconds(20));
    }
    ~Ends() {
        group.cancel();
        net::run(loop, group.join());
    }
    static net::Task<> dial(Ends& ends, KeyRing ring) {
        const net::Limit limit{ends.loop.in(seconds(10)), {}};
        ends.dialled = co_await MemberChannel::dialled(std::move(ends.pipe.first), ring, std::string(16, 'd'), limit);
        if (ends.dialled) co_await (*ends.dialled)->send(MemberProbe{4}, limit);
    }
    static net::Task<> accept(Ends& ends, KeyRing ring) {
        const net::Limit limit{ends.loop.in(seconds(10)), {}};
        ends.accepted =
            co_await MemberChannel::accepted(std::move(ends.pipe.second), ring, std::string(16, 'a'), limit);
        if (ends.accepted) ends.heard = co_await (*ends.accepted)->receive(limit);
        if (ends.heard) co_await (*ends.accepted)->send(Reached{true}, limit);
    }
};

TEST(MemberChannel, speaks_with_any_key_of_the_other_ring) {
    Ends ends(ring_of({key_of('b')}), ring_of({key_of('a', 16), key_of('b')}));
    ASSERT_TRUE(ends.heard) << ends.heard.error().message;
    EXPECT_EQ(std::get<MemberProbe>(*ends.heard).Instance, 4u);
    Result<Message> back = net::run(ends.loop, (*ends.dialled)->receive({}));
    ASSERT_TRUE(back);
    EXPECT_TRUE(std::get<Reached>(*back).Answered);
}

TEST(MemberChannel, says_what_is_wrong_with_the_keys) {
    EXPECT_NE(Ends(ring_of({key_of('x')}), ring_of({key_of('a')})).heard.error().message.find("none of this side's"),
              std::string::npos);
    EXPECT_NE(Ends({}, ring_of({key_of('a')})).accepted.error().message.find("this side encrypts"), std::string::npos);
    EXPECT_NE(Ends(ring_of({key_of('a')}), {}).heard.error().message.find("the other side encrypts"),
              std::string::npos);
}

// What the dialling side wrote, given to a new accepting side.
TEST(MemberChannel, a_replayed_connection_does_not_open) {
    net::VirtualLoop loop;
    const KeyRing ring = ring_of({key_of('a')});
    const net::Limit limit{loop.in(seconds(10)), {}};
    auto record = net::make_pipe(loop);
    const std::string their_hello = encode_hello(std::string(16, 'a'));
    ASSERT_TRUE(net::run(loop, record.second->write(std::string_view(their_hello), limit)));
    auto dialled = net::run(loop, MemberChannel::dialled(std::move(record.first), ring, std::string(16, 'd'), limit));
    ASSERT_TRUE(dialled);
    ASSERT_TRUE(net::run(loop, (*dialled)->send(MemberProbe{4}, limit)));
    std::string written(4096, '\0');
    written.resize(*net::run(loop, record.second->read_some(written, limit)));
    for (const char random : {'a', 'b'}) {
        auto replay = net::make_pipe(loop);
        ASSERT_TRUE(net::run(loop, replay.first->write(std::string_view(written), limit)));
        auto accepted =
            net::run(loop, MemberChannel::accepted(std::move(replay.second), ring, std::string(16, random), limit));
        ASSERT_TRUE(accepted);
        // Only where both randoms are the same is it the same connection.
        EXPECT_EQ(net::run(loop, (*accepted)->receive(limit)).has_value(), random == 'a');
        if (random != 'a') continue;
        const std::string frame = written.substr(kHelloBytes);
        ASSERT_TRUE(net::run(loop, replay.first->write(std::string_view(frame), limit)));
        EXPECT_FALSE(net::run(loop, (*accepted)->receive(limit)));
    }
}

TEST(Members, keys_are_changed_while_all_go_on) {
    SimServers sim(21);
    ServerOptions options;
    options.keys = ring_of({key_of('a')});
    sim.start("a", "10.0.0.1", options);
    sim.start("b", "10.0.0.2", options);
    ASSERT_TRUE(sim.join("b", "10.0.0.1"));
    sim.loop.advance(seconds(2));
    const auto keys = [&](KeyOperation operation, std::string key) {
        return net::run(sim.loop, sim.members("a").keys(operation, std::move(key), sim.limit()));
    };
    EXPECT_FALSE(keys(KeyOperation::use, key_of('b')));
    Result<KeyReport> installed = keys(KeyOperation::install, key_of('b'));
    ASSERT_TRUE(installed);
    EXPECT_EQ(installed->nodes, 2u);
    EXPECT_EQ(installed->keys.at(key_of('b')), 2u);
    EXPECT_FALSE(keys(KeyOperation::remove, key_of('a')));
    ASSERT_TRUE(keys(KeyOperation::use, key_of('b')));
    ASSERT_TRUE(keys(KeyOperation::remove, key_of('a')));
    Result<KeyReport> listed = keys(KeyOperation::list, {});
    ASSERT_TRUE(listed);
    EXPECT_EQ(listed->keys, (std::map<std::string, size_t>{{key_of('b'), 2}}));
    EXPECT_EQ(listed->primary_keys, (std::map<std::string, size_t>{{key_of('b'), 2}}));
    sim.loop.advance(seconds(10));
    EXPECT_EQ(sim.view("b"), "a:alive b:alive");
    sim.start("c", "10.0.0.3", options);
    EXPECT_FALSE(sim.join("c", "10.0.0.1"));
}

}  // namespace
}  // namespace drover::raft
