#include "raft/engine.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/clock.h"
#include "base/rng.h"

namespace drover::raft {
namespace {

constexpr const char* kSelf = "aaaaaaaa-0000-4000-8000-000000000000";
constexpr const char* kOther = "bbbbbbbb-0000-4000-8000-000000000000";

// Keeps what the engine says, and stores at once.
class Host final : public EngineHost {
public:
    void save_vote(uint64_t, uint64_t) override {}
    void append(uint64_t, std::vector<LogEntry>) override {}
    void install(const SnapshotPoint&) override {}
    void send(const raft_message& message) override { sent.push_back(message); }
    void state_changed() override {}
    void commit_advanced() override {}

    std::vector<raft_message> sent;
};

// A follower in term 5 whose log is the cluster's first configuration.
class Follower {
public:
    Follower() {
        EngineStart from;
        from.term = 5;
        from.entries.push_back({1, RAFT_CHANGE,
                                encode_configuration({{kSelf, "10.0.0.1:4647", Suffrage::voter},
                                                      {kOther, "10.0.0.2:4647", Suffrage::voter}})});
        EXPECT_TRUE(engine.start(std::move(from)));
    }
    void receive(raft_message message) {
        message.server_id = server_number(kOther);
        host.sent.clear();
        engine.receive({message, std::string(kOther) + " 10.0.0.2:4647", {}});
    }

    Host host;
    ManualClock clock;
    SeededRng rng{1};
    Engine engine{{.server_id = kSelf, .address = "10.0.0.1:4647"}, host, clock, rng};
};

TEST(Engine, AVoteForOneWhoIsNoCandidateIsDropped) {
    Follower follower;
    raft_message vote{};
    vote.type = RAFT_REQUEST_VOTE_RESULT;
    vote.request_vote_result.term = 9;
    follower.receive(vote);
    EXPECT_EQ(follower.engine.term(), 5u);
    EXPECT_STREQ(follower.engine.state_name(), "Follower");
}

TEST(Engine, ALeaderOfAnEarlierTermIsToldTheTermAndWhereTheLogEnds) {
    Follower follower;
    raft_message append{};
    append.type = RAFT_APPEND_ENTRIES;
    append.append_entries.term = 4;
    append.append_entries.prev_log_index = 7;
    follower.receive(append);
    ASSERT_EQ(follower.host.sent.size(), 1u);
    const raft_message& answer = follower.host.sent.front();
    ASSERT_EQ(answer.type, RAFT_APPEND_ENTRIES_RESULT);
    EXPECT_EQ(answer.server_id, server_number(kOther));
    EXPECT_EQ(answer.append_entries_result.term, 5u);
    EXPECT_EQ(answer.append_entries_result.rejected, 7u);
    EXPECT_EQ(answer.append_entries_result.last_log_index, 1u);
}

TEST(Engine, ASnapshotOfAnEarlierTermIsRefused) {
    Follower follower;
    follower.engine.receive_snapshot(server_number(kOther), std::string(kOther) + " 10.0.0.2:4647", 4, {7, 3, 0, {}});
    ASSERT_EQ(follower.host.sent.size(), 1u);
    EXPECT_EQ(follower.host.sent.front().append_entries_result.term, 5u);
    EXPECT_EQ(follower.host.sent.front().append_entries_result.rejected, 7u);
}

}  // namespace
}  // namespace drover::raft
