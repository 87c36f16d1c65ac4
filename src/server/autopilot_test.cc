#include "server/autopilot.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "net/virtual_loop.h"
#include "server/fake_cluster.h"

namespace drover::server {
namespace {

using raft::Member;
using raft::MemberStatus;
using raft::Suffrage;

constexpr std::string_view kLeader = "a";

// A server as a row of a table: what the members and the log say of it.
struct Row {
    std::string id;
    MemberStatus status = MemberStatus::alive;
    Suffrage suffrage = Suffrage::voter;
    int64_t silent_ms = 0;
    uint64_t match = 1000;
    std::string name = {};  // empty: the identifier
    bool is_member = true;
    bool is_peer = true;
    bool has_progress = true;
    std::string nonvoter = {};
};

Member member_of(const Row& row) {
    Member member;
    member.id = row.id;
    member.name = (row.name.empty() ? row.id : row.name) + ".global";
    member.address = "10.0.0.1";
    member.port = 4648;
    member.status = row.status;
    member.tags = {{"region", "global"}, {"build", "2.0.5"}, {"rpc_addr", "10.0.0." + row.id}, {"port", "4647"}};
    if (!row.nonvoter.empty()) member.tags["nonvoter"] = row.nonvoter;
    return member;
}

AutopilotInput input_of(const std::vector<Row>& rows) {
    AutopilotInput input;
    input.leader_id = kLeader;
    input.region = "global";
    input.config = default_autopilot_config();
    input.log.term = 3, input.log.last_index = 1000;
    input.now = Time::from_unix_seconds(1'700'000'000);
    for (const Row& row : rows) {
        if (row.is_member) input.members.push_back(member_of(row));
        if (row.is_peer) input.configuration.peers.push_back({row.id, "10.0.0." + row.id + ":4647", row.suffrage});
        if (row.is_peer && row.has_progress && row.id != kLeader)
            input.progress.push_back({row.id, row.match, milliseconds(row.silent_ms)});
    }
    return input;
}

// The assessment after the servers were so for that long, looked at each second.
Assessment assess_for(AutopilotInput& input, Duration time) {
    Assessment assessment = assess(input, {});
    for (Duration passed; passed < time; passed += seconds(1)) {
        input.now = input.now + seconds(1), input.uptime += seconds(1);
        assessment = assess(input, assessment.servers);
    }
    return assessment;
}

bool healthy(const Row& row) {
    const AutopilotInput input = input_of({{"a"}, row});
    return assess(input, {}).health.Servers[1].Healthy;
}

TEST(Autopilot_health, asks_for_life_contact_and_a_log_that_keeps_up) {
    EXPECT_TRUE(healthy({"b"}));
    EXPECT_TRUE(healthy({.id = "b", .silent_ms = 200}));
    EXPECT_FALSE(healthy({.id = "b", .silent_ms = 201}));
    EXPECT_TRUE(healthy({.id = "b", .match = 750}));
    EXPECT_FALSE(healthy({.id = "b", .match = 749}));
    EXPECT_TRUE(healthy({.id = "b", .match = 1001}));  // told after the leader's figures were read
    EXPECT_FALSE(healthy({.id = "b", .status = MemberStatus::failed}));
    EXPECT_FALSE(healthy({.id = "b", .status = MemberStatus::left}));
    EXPECT_FALSE(healthy({.id = "b", .status = MemberStatus::leaving}));
    EXPECT_FALSE(healthy({.id = "b", .is_member = false}));
    EXPECT_FALSE(healthy({.id = "b", .has_progress = false}));
}

TEST(Autopilot_health, describes_each_server_of_the_log) {
    const AutopilotInput input =
        input_of({{"a"}, {.id = "b", .silent_ms = 50, .match = 998}, {.id = "c", .is_member = false}});
    const model::OperatorHealthReply health = assess(input, {}).health;
    ASSERT_EQ(health.Servers.size(), 3U);
    const model::ServerHealth &a = health.Servers[0], &b = health.Servers[1], &c = health.Servers[2];
    EXPECT_EQ(a.Address, "10.0.0.a:4647");
    EXPECT_EQ(std::pair(a.LastTerm, a.LastIndex), std::pair(uint64_t{3}, uint64_t{1000}));
    EXPECT_TRUE(a.Leader && a.Healthy && a.Voter);
    EXPECT_EQ(std::pair(b.LastContact, b.LastIndex), std::pair(milliseconds(50), uint64_t{998}));
    EXPECT_EQ(std::tuple(b.Name, b.SerfStatus, b.Version), std::tuple("b.global", "alive", "2.0.5"));
    EXPECT_EQ(std::tuple(c.Name, c.SerfStatus, c.Address), std::tuple("", "none", "10.0.0.c:4647"));
    EXPECT_EQ(health.Leader, "a");
    EXPECT_EQ(health.Voters, (List<std::string>{"a", "b", "c"}));
    EXPECT_FALSE(health.Healthy);
}

TEST(Autopilot_health, a_member_of_another_region_is_no_server_of_this_one) {
    AutopilotInput input = input_of({{"a"}, {"b"}});
    input.members[1].tags["region"] = "europe";
    EXPECT_FALSE(assess(input, {}).health.Servers[1].Healthy);
}

TEST(Autopilot_health, who_has_not_answered_a_new_leader_is_silent_since_it_is_watched) {
    AutopilotInput input = input_of({{"a"}, {"b"}});
    input.progress[0].last_contact.reset();
    const Assessment first = assess(input, {});
    EXPECT_FALSE(first.health.Servers[1].Healthy);
    EXPECT_EQ(first.health.Servers[1].LastContact, Duration{});
    EXPECT_EQ(first.servers.at("b").silent_for, Duration{});
    EXPECT_EQ(assess_for(input, seconds(3)).servers.at("b").silent_for, seconds(3));
}

TEST(Autopilot_health, tells_since_when_it_has_been_so) {
    AutopilotInput input = input_of({{"a"}, {"b"}});
    const Time start = input.now;
    Assessment assessment = assess_for(input, seconds(5));
    EXPECT_EQ(assessment.health.Servers[1].StableSince, start);
    input.progress[0].last_contact = seconds(3);
    const Time broke = input.now = input.now + seconds(1);
    assessment = assess(input, assessment.servers);
    EXPECT_EQ(assessment.health.Servers[1].StableSince, broke);
    EXPECT_EQ(assessment.health.Servers[0].StableSince, start);
}

TEST(Autopilot_health, tolerance_is_what_a_majority_can_spare) {
    const Row dead{.id = "x", .status = MemberStatus::failed, .silent_ms = 5000};
    const auto tolerance = [&](size_t alive, size_t failed, size_t nonvoters) {
        std::vector<Row> rows;
        for (size_t i = 0; i < alive; ++i) rows.push_back({std::string(1, static_cast<char>('a' + i))});
        for (size_t i = 0; i < failed; ++i) rows.push_back(dead), rows.back().id = "x" + std::to_string(i);
        for (size_t i = 0; i < nonvoters; ++i)
            rows.push_back({.id = "n" + std::to_string(i), .suffrage = Suffrage::nonvoter});
        return assess(input_of(rows), {}).health.FailureTolerance;
    };
    EXPECT_EQ(tolerance(1, 0, 0), 0);
    EXPECT_EQ(tolerance(2, 0, 0), 0);
    EXPECT_EQ(tolerance(3, 0, 0), 1);
    EXPECT_EQ(tolerance(5, 0, 0), 2);
    EXPECT_EQ(tolerance(3, 2, 0), 0);
    EXPECT_EQ(tolerance(4, 1, 0), 1);
    EXPECT_EQ(tolerance(3, 0, 4), 1);
    EXPECT_EQ(tolerance(1, 2, 0), 0);
}

struct RemovalCase {
    const char* what;
    std::vector<Row> rows;
    std::string removed;  // empty: none
    std::function<void(model::AutopilotConfig&)> configure = [](model::AutopilotConfig&) {};
    Duration time = seconds(0);
};

constexpr MemberStatus kFailed = MemberStatus::failed, kLeft = MemberStatus::left;
constexpr Suffrage kNonvoter = Suffrage::nonvoter;

std::vector<RemovalCase> removal_cases() {
    const Row dead_b{.id = "b", .status = kFailed, .silent_ms = 5000};
    const Row dead_c{.id = "c", .status = kFailed, .silent_ms = 5000};
    const Row unknown_b{.id = "b", .silent_ms = 5000, .is_member = false};
    const auto no_cleanup = [](auto& config) { config.CleanupDeadServers = false; };
    const auto quorum_of_3 = [](auto& config) { config.MinQuorum = 3; };
    return {
        {"everybody is well", {{"a"}, {"b"}, {"c"}}, ""},
        {"one of three failed", {{"a"}, dead_b, {"c"}}, "b"},
        {"failed for the members, but the log hears of it",
         {{"a"}, {.id = "b", .status = kFailed, .silent_ms = 200}, {"c"}},
         ""},
        {"silent for the log, but alive", {{"a"}, {.id = "b", .silent_ms = 5000}, {"c"}}, ""},
        {"nobody wants it", {{"a"}, dead_b, {"c"}}, "", no_cleanup},
        {"one of two failed: no majority of the present would remain", {{"a"}, dead_b}, ""},
        {"two of four failed: one may go", {{"a"}, dead_b, dead_c, {"d"}}, "b"},
        {"two of three failed", {{"a"}, dead_b, dead_c}, "b"},
        {"MinQuorum is kept", {{"a"}, dead_b, {"c"}}, "", quorum_of_3},
        {"MinQuorum would still be kept", {{"a"}, dead_b, {"c"}, {"d"}}, "b", quorum_of_3},
        {"one without a vote may always go",
         {{"a"}, {.id = "b", .status = kFailed, .suffrage = kNonvoter, .silent_ms = 5000}},
         "b",
         quorum_of_3},
        {"left", {{"a"}, {.id = "b", .status = kLeft}, {"c"}}, "b", no_cleanup},
        {"left, of two", {{"a"}, {.id = "b", .status = kLeft}}, "b", quorum_of_3},
        {"the leader does not remove itself", {{.id = "a", .status = kLeft}, {"b"}, {"c"}}, ""},
        {"the only voter stays", {{.id = "a", .suffrage = kNonvoter}, {.id = "b", .status = kLeft}}, ""},
        {"unknown, but not for long", {{"a"}, unknown_b, {"c"}}, "", [](auto&) {}, seconds(9)},
        {"unknown for long", {{"a"}, unknown_b, {"c"}}, "b", [](auto&) {}, seconds(10)},
        {"unknown for long, and nobody wants it gone", {{"a"}, unknown_b, {"c"}}, "", no_cleanup, seconds(10)},
        {"never heard of since this server leads",
         {{"a"}, {.id = "b", .status = kFailed, .has_progress = false}, {"c"}},
         "b",
         [](auto&) {},
         seconds(1)},
        {"not heard of yet", {{"a"}, {.id = "b", .status = kFailed, .has_progress = false}, {"c"}}, ""},
        {"its successor has no vote yet", {{"a"}, dead_b, {"c"}, {.id = "b2", .suffrage = kNonvoter, .name = "b"}}, ""},
        {"its successor is not in the log yet",
         {{"a"}, dead_b, {"c"}, {.id = "b2", .name = "b", .is_peer = false}},
         ""},
        {"its successor votes", {{"a"}, dead_b, {"c"}, {.id = "b2", .name = "b"}}, "b", no_cleanup},
    };
}

TEST(Autopilot_removal, takes_one_dead_server_when_enough_remain) {
    for (const RemovalCase& one : removal_cases()) {
        AutopilotInput input = input_of(one.rows);
        one.configure(input.config);
        const Assessment assessment = assess_for(input, one.time);
        EXPECT_EQ(server_to_remove(input, assessment).value_or(""), one.removed) << one.what;
    }
}

std::string promoted(const Row& row, Duration time) {
    AutopilotInput input = input_of({{"a"}, row});
    const Assessment assessment = assess_for(input, time);
    const auto peer = server_to_promote(input, assessment);
    return peer ? peer->id + " " + peer->address : "";
}

TEST(Autopilot_promotion, waits_until_a_server_was_healthy_for_long_enough) {
    const Row spare{.id = "b", .suffrage = kNonvoter};
    EXPECT_EQ(promoted(spare, seconds(9)), "");
    EXPECT_EQ(promoted(spare, seconds(10)), "b 10.0.0.b:4647");
    EXPECT_EQ(promoted({.id = "b"}, seconds(10)), "");
    EXPECT_EQ(promoted({.id = "b", .suffrage = kNonvoter, .match = 1}, seconds(10)), "");
    EXPECT_EQ(promoted({.id = "b", .status = kFailed, .suffrage = kNonvoter}, seconds(10)), "");
    EXPECT_EQ(promoted({.id = "b", .suffrage = kNonvoter, .nonvoter = "1"}, seconds(10)), "");
}

TEST(Autopilot_promotion, a_relapse_begins_the_wait_anew) {
    AutopilotInput input = input_of({{"a"}, {.id = "b", .suffrage = kNonvoter}});
    Assessment assessment = assess_for(input, seconds(9));
    input.progress[0].last_contact = seconds(1);
    assessment = assess(input, assessment.servers);
    input.progress[0].last_contact = Duration{};
    input.uptime += seconds(5);
    assessment = assess(input, assessment.servers);
    EXPECT_FALSE(server_to_promote(input, assessment));
}

std::string added(const std::vector<Row>& rows) {
    const auto peer = server_to_add(input_of(rows));
    return peer ? peer->id + " " + peer->address : "";
}

TEST(Autopilot_addition, takes_in_an_alive_member_of_the_region) {
    EXPECT_EQ(added({{"a"}, {"b"}}), "");
    EXPECT_EQ(added({{"a"}, {.id = "b", .is_peer = false}}), "b 10.0.0.b:4647");
    EXPECT_EQ(added({{"a"}, {.id = "b", .status = kFailed, .is_peer = false}}), "");
    AutopilotInput input = input_of({{"a"}, {.id = "b", .is_peer = false}});
    input.members[1].tags["drover_cluster"] = "another";
    EXPECT_FALSE(server_to_add(input));
    input.members[1].tags["region"] = "europe";
    EXPECT_FALSE(server_to_add(input));
}

TEST(Autopilot_addition, follows_a_server_to_its_new_address) {
    AutopilotInput input = input_of({{"a"}, {"b"}});
    input.members[1].tags["rpc_addr"] = "10.0.0.9";
    const auto peer = server_to_add(input);
    ASSERT_TRUE(peer);
    EXPECT_EQ(peer->address, "10.0.0.9:4647");
    EXPECT_EQ(peer->suffrage, Suffrage::voter);
}

class AutopilotDutyTest : public testing::Test {
protected:
    void start(const std::vector<Row>& rows) {
        const AutopilotInput input = input_of(rows);
        members_ = input.members;
        log_ = std::make_unique<FakeLog>();
        log_->leader = {true, 3, std::string(kLeader)};
        log_->figures = input.log, log_->peers = input.configuration, log_->known = input.progress;
        autopilot_ = std::make_unique<Autopilot>(Autopilot::Parts{loop_, *log_, [this] { return members_; },
                                                                  [] { return default_autopilot_config(); }, "global"});
        autopilot_->start();
        loop_.settle();
    }
    void TearDown() override { net::run(loop_, autopilot_->stop()); }

    net::VirtualLoop loop_;
    std::vector<Member> members_;
    std::unique_ptr<FakeLog> log_;
    std::unique_ptr<Autopilot> autopilot_;
};

const Row kDeadB{.id = "b", .status = kFailed, .silent_ms = 5000};
const Row kDeadC{.id = "c", .status = kFailed, .silent_ms = 5000};

TEST_F(AutopilotDutyTest, changes_come_every_ten_seconds_and_one_after_another) {
    start({{"a"}, kDeadB, kDeadC, {"d"}, {"e"}});
    loop_.advance(seconds(9));
    EXPECT_TRUE(log_->changes.empty());
    loop_.advance(seconds(3));
    EXPECT_EQ(log_->changes, (std::vector<std::string>{"remove b", "remove c"}));
    loop_.advance(minutes(1));
    EXPECT_EQ(log_->changes.size(), 2U);
}

TEST_F(AutopilotDutyTest, one_that_is_under_way_holds_back_the_next) {
    start({{"a"}, kDeadB, kDeadC, {"d"}, {"e"}});
    log_->obeys = false;
    loop_.advance(seconds(20));
    EXPECT_EQ(log_->changes, (std::vector<std::string>{"remove b"}));
}

TEST_F(AutopilotDutyTest, a_server_that_leaves_is_let_go_at_once) {
    start({{"a"}, {"b"}, {"c"}});
    members_[1].status = kLeft;
    autopilot_->wake();
    loop_.settle();
    EXPECT_EQ(log_->changes, (std::vector<std::string>{"remove b"}));
}

TEST_F(AutopilotDutyTest, a_spare_gets_its_vote) {
    start({{"a"}, {"b"}, {.id = "c", .suffrage = kNonvoter}});
    loop_.advance(seconds(21));
    EXPECT_EQ(log_->changes, (std::vector<std::string>{"add c"}));
    EXPECT_EQ(autopilot_->health().Voters.size(), 3U);
}

TEST_F(AutopilotDutyTest, a_server_alone_is_healthy_and_nothing_happens) {
    start({{"a"}});
    loop_.advance(minutes(2));
    EXPECT_TRUE(log_->changes.empty());
    EXPECT_TRUE(autopilot_->health().Healthy);
}

}  // namespace
}  // namespace drover::server
