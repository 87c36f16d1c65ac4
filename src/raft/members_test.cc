#include "raft/members.h"

#include <gtest/gtest.h>

#include "raft/members_world_test.h"

namespace drover::raft {
namespace {

TEST(MemberAddress, has_the_default_port_and_may_be_a_name) {
    EXPECT_EQ(*parse_member_address("10.0.0.1"), net::Address::tcp("10.0.0.1", 4648));
    EXPECT_EQ(*parse_member_address(" nomad.example:5000 "), net::Address::tcp("nomad.example", 5000));
    EXPECT_EQ(*parse_member_address("[fd00::1]:9"), net::Address::tcp("fd00::1", 9));
    EXPECT_EQ(*parse_member_address("fd00::1"), net::Address::tcp("fd00::1", 4648));
    for (const char* bad : {"", "a:b", "a:", "a:0", "a:70000", "[fd00::1", "[fd00::1]x", "/run/x.sock", "a b"})
        EXPECT_FALSE(parse_member_address(bad)) << bad;
}

TEST(MemberAddress, clouds_are_refused_by_name) {
    Result<net::Address> refused = parse_member_address("provider=aws tag_key=x tag_value=y");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("\"aws\""), std::string::npos);
}

TEST(Members, one_join_makes_all_know_all) {
    SimServers sim(1);
    sim.start("a", "10.0.0.1");
    sim.start("b", "10.0.0.2");
    sim.start("c", "10.0.0.3");
    ASSERT_EQ(*sim.join("b", "10.0.0.1"), 1u);
    ASSERT_EQ(*sim.join("c", "10.0.0.1:4648"), 1u);
    sim.loop.advance(seconds(3));
    for (const char* on : {"a", "b", "c"}) EXPECT_EQ(sim.view(on), "a:alive b:alive c:alive") << on;
    EXPECT_EQ(sim.members("a").members()[1].rpc_address(), "10.0.0.2:4647");
    EXPECT_EQ(sim.members("a").members()[1].name, "b.global");
}

TEST(Members, a_join_names_each_address_that_did_not_answer) {
    SimServers sim(1);
    sim.start("a", "10.0.0.1");
    Result<size_t> joined = net::run(sim.loop, sim.members("a").join({"10.0.0.8", "provider=gce x=y"}, sim.limit()));
    ASSERT_FALSE(joined);
    EXPECT_NE(joined.error().message.find("10.0.0.8: dial tcp"), std::string::npos);
    EXPECT_NE(joined.error().message.find("gce"), std::string::npos);
    EXPECT_EQ(*sim.join("a", "10.0.0.1"), 1u);  // itself
    EXPECT_EQ(sim.view("a"), "a:alive");
}

// Three servers of a region that know each other.
void three(SimServers& sim, ServerOptions options = {}) {
    sim.start("a", "10.0.0.1", options);
    sim.start("b", "10.0.0.2", options);
    sim.start("c", "10.0.0.3", options);
    ASSERT_TRUE(sim.join("b", "10.0.0.1"));
    ASSERT_TRUE(sim.join("c", "10.0.0.1"));
    sim.loop.advance(seconds(3));
    ASSERT_EQ(sim.view("c"), "a:alive b:alive c:alive");
}

TEST(Members, a_member_that_loses_power_is_failed_within_seconds_and_told_once) {
    SimServers sim(2);
    three(sim);
    sim.crash("b");
    sim.at("a").seen.clear();
    sim.loop.advance(seconds(8));
    EXPECT_EQ(sim.view("a"), "a:alive b:failed c:alive");
    EXPECT_EQ(sim.view("c"), "a:alive b:failed c:alive");
    ASSERT_EQ(sim.at("a").seen.size(), 1u);
    EXPECT_EQ(sim.at("a").seen[0].status, MemberStatus::failed);
}

TEST(Members, a_member_comes_back_at_another_address) {
    SimServers sim(3);
    three(sim);
    sim.crash("b");
    sim.loop.advance(seconds(8));
    sim.start("b", "10.0.0.99");
    sim.loop.advance(seconds(20));
    for (const char* on : {"a", "b", "c"}) {
        EXPECT_EQ(sim.view(on), "a:alive b:alive c:alive") << on;
        EXPECT_EQ(sim.members(on).members()[1].address, "10.0.0.99") << on;
    }
    EXPECT_TRUE(sim.at("b").fatal.empty());
}

TEST(Members, an_address_moves_at_once_if_nobody_answers_at_the_old_one) {
    SimServers sim(3);
    three(sim);
    sim.crash("b");
    sim.start("b", "10.0.0.99");
    sim.loop.advance(seconds(30));
    for (const char* on : {"a", "b", "c"}) EXPECT_EQ(sim.view(on), "a:alive b:alive c:alive") << on;
}

TEST(Members, servers_that_all_restart_find_each_other_by_what_they_remember) {
    SimServers sim(4);
    three(sim);
    sim.loop.advance(seconds(10));
    for (const char* key : {"a", "b", "c"}) sim.crash(key);
    sim.start("c", "10.0.0.3");
    sim.loop.advance(seconds(1));
    EXPECT_EQ(sim.view("c"), "a:failed b:failed c:alive");
    sim.start("a", "10.0.0.1");
    sim.start("b", "10.0.0.2");
    sim.loop.advance(seconds(5));
    for (const char* on : {"a", "b", "c"}) EXPECT_EQ(sim.view(on), "a:alive b:alive c:alive") << on;
}

TEST(Members, a_copied_data_folder_cannot_join_while_the_first_lives) {
    SimServers sim(5);
    three(sim);
    sim.loop.advance(seconds(10));
    sim.disks["copy"].saved = sim.disks["b"].saved;
    sim.start("b", "10.0.0.50", {}, "copy");
    sim.loop.advance(seconds(60));
    ASSERT_FALSE(sim.at("copy").fatal.empty());
    EXPECT_EQ(sim.at("copy").fatal[0].message, "data folder in use by 10.0.0.2:4648: cloned?");
    EXPECT_TRUE(sim.at("b").fatal.empty());
    for (const char* on : {"a", "b", "c"}) {
        EXPECT_EQ(sim.view(on), "a:alive b:alive c:alive") << on;
        EXPECT_EQ(sim.members(on).members()[1].address, "10.0.0.2") << on;
    }
}

TEST(Members, a_replaced_disk_takes_the_name_when_the_first_is_gone) {
    SimServers sim(6);
    three(sim);
    sim.start("d", "10.0.0.4", {.name = "b"});
    Result<size_t> joined = sim.join("d", "10.0.0.1");
    ASSERT_FALSE(joined);
    EXPECT_NE(joined.error().message.find("the name b.global is that of the server at 10.0.0.2:4648"),
              std::string::npos);
    sim.crash("b");
    sim.loop.advance(seconds(8));
    ASSERT_TRUE(sim.join("d", "10.0.0.1"));
    sim.loop.advance(seconds(5));
    for (const char* on : {"a", "c"}) EXPECT_EQ(sim.view(on), "a:alive b:left d:alive c:alive") << on;
}

TEST(Members, a_wiped_server_at_the_same_address_takes_its_name_at_once) {
    SimServers sim(6);
    three(sim);
    sim.crash("b");
    sim.start("b2", "10.0.0.2", {.name = "b", .retry_join = {"10.0.0.1"}});
    sim.loop.advance(seconds(40));
    for (const char* on : {"a", "c"}) {
        EXPECT_EQ(sim.status(on, "b2"), "alive") << on;
        EXPECT_EQ(sim.status(on, "b"), "left") << on;
    }
}

TEST(Members, two_clusters_of_one_region_do_not_mix) {
    SimServers sim(7);
    sim.start("a", "10.0.0.1");
    sim.start("b", "10.0.0.2");
    sim.start("x", "10.0.1.1");
    ASSERT_TRUE(sim.join("b", "10.0.0.1"));
    for (const char* key : {"a", "b"}) ASSERT_TRUE(net::run(sim.loop, sim.members(key).set_cluster_id("one")));
    ASSERT_TRUE(net::run(sim.loop, sim.members("x").set_cluster_id("two")));
    EXPECT_FALSE(net::run(sim.loop, sim.members("x").set_cluster_id("three")));
    sim.loop.advance(seconds(3));
    Result<size_t> joined = sim.join("x", "10.0.0.1");
    ASSERT_FALSE(joined);
    EXPECT_NE(joined.error().message.find("two clusters claim region global"), std::string::npos);
    sim.loop.advance(minutes(5));
    EXPECT_EQ(sim.view("a"), "a:alive b:alive");
    EXPECT_EQ(sim.view("x"), "x:alive");
    // A newcomer belongs to the first that it meets.
    sim.start("n", "10.0.2.1");
    ASSERT_TRUE(sim.join("n", "10.0.0.2"));
    EXPECT_FALSE(sim.join("n", "10.0.1.1"));
    EXPECT_EQ(sim.members("n").cluster_of("global"), "one");
}

TEST(Members, a_cluster_id_lasts_and_is_told) {
    SimServers sim(8);
    three(sim);
    ASSERT_TRUE(net::run(sim.loop, sim.members("a").set_cluster_id("one")));
    sim.loop.advance(seconds(2));
    EXPECT_EQ(sim.members("c").members()[0].tag(kClusterTag), "one");
    EXPECT_EQ(sim.members("c").cluster_of("global"), "one");
    EXPECT_EQ(sim.members("c").cluster_id(), "");
    sim.crash("a");
    sim.start("a", "10.0.0.1");
    EXPECT_EQ(sim.members("a").cluster_id(), "one");
    EXPECT_EQ(sim.members("a").self().tag(kClusterTag), "one");
}

TEST(Members, regions_are_joined_by_operators_and_then_known_to_all) {
    SimServers sim(9);
    three(sim);
    sim.start("p", "10.1.0.1", {.region = "eu"});
    sim.start("q", "10.1.0.2", {.region = "eu"});
    ASSERT_TRUE(sim.join("q", "10.1.0.1"));
    sim.loop.advance(seconds(2));
    ASSERT_TRUE(sim.join("p", "10.0.0.2"));
    sim.loop.advance(seconds(70));
    for (const char* on : {"a", "b", "c", "p", "q"})
        EXPECT_EQ(sim.view(on), "a:alive b:alive c:alive p:alive q:alive") << on;
    sim.crash("q");
    sim.loop.advance(seconds(90));
    for (const char* on : {"a", "b", "c", "p"}) EXPECT_EQ(sim.status(on, "q"), "failed") << on;
}

TEST(Members, a_second_cluster_for_a_known_region_is_refused_through_a_third_region) {
    SimServers sim(10);
    sim.start("a", "10.0.0.1");
    sim.start("p", "10.1.0.1", {.region = "eu"});
    sim.start("x", "10.2.0.1");
    ASSERT_TRUE(net::run(sim.loop, sim.members("a").set_cluster_id("one")));
    ASSERT_TRUE(net::run(sim.loop, sim.members("x").set_cluster_id("two")));
    sim.loop.advance(seconds(1));
    ASSERT_TRUE(sim.join("p", "10.0.0.1"));
    EXPECT_FALSE(sim.join("x", "10.1.0.1"));
    sim.loop.advance(minutes(3));
    EXPECT_EQ(sim.view("p"), "a:alive p:alive");
    EXPECT_EQ(sim.view("x"), "x:alive");
}

TEST(Members, who_leaves_is_left_and_not_failed) {
    SimServers sim(11);
    three(sim);
    net::run(sim.loop, sim.members("b").leave(sim.limit()));
    EXPECT_EQ(sim.status("a", "b"), "left");
    EXPECT_EQ(sim.status("c", "b"), "left");
    sim.stop("b");
    sim.loop.advance(minutes(2));
    EXPECT_EQ(sim.view("a"), "a:alive b:left c:alive");
    sim.start("b", "10.0.0.2", {.retry_join = {"10.0.0.1"}});
    sim.loop.advance(seconds(5));
    for (const char* on : {"a", "b", "c"}) EXPECT_EQ(sim.view(on), "a:alive b:alive c:alive") << on;
}

TEST(Members, force_leave_is_for_those_that_do_not_answer) {
    SimServers sim(12);
    three(sim);
    Result<> alive = net::run(sim.loop, sim.members("a").force_leave("b", false, sim.limit()));
    ASSERT_FALSE(alive);
    EXPECT_EQ(alive.error().code, ErrorCode::conflict);
    EXPECT_EQ(net::run(sim.loop, sim.members("a").force_leave("z", false, sim.limit())).error().code,
              ErrorCode::not_found);
    sim.crash("b");
    sim.loop.advance(seconds(8));
    ASSERT_TRUE(net::run(sim.loop, sim.members("a").force_leave("b.global", false, sim.limit())));
    sim.loop.advance(seconds(2));
    EXPECT_EQ(sim.view("c"), "a:alive b:left c:alive");
    ASSERT_TRUE(net::run(sim.loop, sim.members("c").force_leave("b", true, sim.limit())));
    sim.loop.advance(minutes(2));
    EXPECT_EQ(sim.view("a"), "a:alive c:alive");
    EXPECT_EQ(sim.view("c"), "a:alive c:alive");
    sim.start("b", "10.0.0.2");
    sim.loop.advance(seconds(3));
    for (const char* on : {"a", "b", "c"}) EXPECT_EQ(sim.view(on), "a:alive b:alive c:alive") << on;
}

TEST(Members, one_that_was_declared_left_behind_a_cut_refutes_it) {
    SimServers sim(13);
    three(sim);
    sim.world.cut("10.0.0.2", "");
    sim.loop.advance(seconds(10));
    ASSERT_TRUE(net::run(sim.loop, sim.members("a").force_leave("b", false, sim.limit())));
    EXPECT_EQ(sim.status("a", "b"), "left");
    sim.world.heal();
    sim.loop.advance(minutes(2));
    for (const char* on : {"a", "b", "c"}) EXPECT_EQ(sim.view(on), "a:alive b:alive c:alive") << on;
}

TEST(Members, a_server_that_is_cut_off_judges_nobody) {
    SimServers sim(14);
    three(sim);
    sim.world.cut("10.0.0.2", "");
    sim.world.cut("", "10.0.0.2");
    sim.loop.advance(seconds(15));
    EXPECT_EQ(sim.view("b"), "a:alive b:alive c:alive");
    EXPECT_TRUE(sim.members("b").suspects_itself());
    EXPECT_EQ(sim.view("a"), "a:alive b:failed c:alive");
    sim.world.heal();
    sim.loop.advance(seconds(40));
    EXPECT_FALSE(sim.members("b").suspects_itself());
    for (const char* on : {"a", "b", "c"}) EXPECT_EQ(sim.view(on), "a:alive b:alive c:alive") << on;
}

TEST(Members, a_cut_between_two_is_bridged_by_the_third) {
    for (const bool both : {false, true}) {
        SimServers sim(15);
        three(sim);
        sim.world.cut("10.0.0.1", "10.0.0.2");
        if (both) sim.world.cut("10.0.0.2", "10.0.0.1");
        for (int i = 0; i < 60; ++i) {
            sim.loop.advance(seconds(1));
            for (const char* on : {"a", "b", "c"}) ASSERT_EQ(sim.view(on), "a:alive b:alive c:alive") << on << i;
        }
    }
}

TEST(Members, changed_tags_reach_all) {
    SimServers sim(16);
    three(sim);
    sim.members("a").set_tags({{"port", "4999"}, {"build", "2.0.5"}});
    sim.loop.advance(seconds(1));
    const Member seen = sim.members("c").members()[0];
    EXPECT_EQ(seen.rpc_address(), "10.0.0.1:4999");
    EXPECT_EQ(seen.tag("build"), "2.0.5");
    EXPECT_EQ(seen.region(), "global");
}

TEST(Members, an_incarnation_lasts_before_it_is_told) {
    SimServers sim(17);
    three(sim);
    for (int round = 0; round < 5; ++round) {
        sim.members("a").set_tags({{"port", std::to_string(5000 + round)}});
        sim.loop.advance(milliseconds(300));
        EXPECT_LE(sim.members("b").members()[0].incarnation, sim.disks["a"].saved.incarnation);
    }
    const uint64_t before = sim.members("b").members()[0].incarnation;
    sim.crash("a");
    sim.start("a", "10.0.0.1");
    EXPECT_GT(sim.members("a").self().incarnation, before);
}

TEST(Members, a_server_whose_disk_is_full_comes_up_as_the_one_that_it_was) {
    SimServers sim(1);
    sim.start("a", "10.0.0.1", {.retry_join = {"10.0.0.2"}});
    sim.start("b", "10.0.0.2");
    sim.loop.advance(seconds(10));
    const uint64_t before = sim.members("a").self().incarnation;
    sim.stop("a");
    sim.disks["a"].full = true;
    sim.start("a", "10.0.0.1", {.retry_join = {"10.0.0.2"}});
    sim.loop.advance(seconds(30));
    EXPECT_EQ(sim.members("a").self().incarnation, before);
    sim.disks["a"].full = false;
    sim.loop.advance(seconds(60));
    EXPECT_GT(sim.members("a").self().incarnation, before);
    EXPECT_EQ(sim.members("b").members()[0].incarnation, sim.members("a").self().incarnation);
    EXPECT_EQ(sim.members("b").members()[0].status, MemberStatus::alive);
}

TEST(Members, a_server_whose_disk_went_back_finds_its_incarnation_again) {
    SimServers sim(22);
    three(sim);
    for (int i = 0; i < 5; ++i) {
        sim.members("a").set_tags({{"port", std::to_string(5000 + i)}});
        sim.loop.advance(seconds(2));
    }
    sim.crash("a");
    sim.disks["a"].saved.incarnation = 0;
    sim.start("a", "10.0.0.1");
    sim.loop.advance(seconds(40));
    for (const char* on : {"a", "b", "c"}) {
        EXPECT_EQ(sim.view(on), "a:alive b:alive c:alive") << on;
        EXPECT_EQ(sim.members(on).members()[0], sim.members("a").self()) << on;
    }
}

TEST(Members, retry_join_goes_on_until_it_gives_up) {
    SimServers sim(18);
    sim.start("a", "10.0.0.1", {.retry_join = {"10.0.0.9"}, .retry_max = 3});
    sim.loop.advance(seconds(55));
    EXPECT_TRUE(sim.at("a").fatal.empty());
    EXPECT_TRUE(sim.members("a").asked_all());
    sim.loop.advance(seconds(10));
    ASSERT_EQ(sim.at("a").fatal.size(), 1u);
    sim.start("b", "10.0.0.2", {.retry_join = {"10.0.0.3"}});
    sim.loop.advance(minutes(5));
    sim.start("c", "10.0.0.3");
    sim.loop.advance(seconds(35));
    EXPECT_EQ(sim.view("b"), "b:alive c:alive");
}

TEST(Members, connections_are_bounded_and_silent_ones_end) {
    SimServers sim(19);
    sim.start("a", "10.0.0.1");
    std::vector<std::unique_ptr<net::Stream>> open;
    auto host = sim.world.host("10.9.9.9");
    for (int i = 0; i < 20; ++i) {
        auto stream = net::run(sim.loop, host->dial(net::Address::tcp("10.0.0.1", 4648), sim.limit()));
        ASSERT_TRUE(stream);
        open.push_back(std::move(*stream));
    }
    sim.loop.settle();
    const auto closed = [&] {
        size_t count = 0;
        char byte;
        for (auto& stream : open) {
            Result<std::optional<size_t>> n = stream->try_read({&byte, 1});
            count += n && *n && **n == 0 ? 1 : 0;
        }
        return count;
    };
    EXPECT_EQ(closed(), 20 - Members::kMaxAcceptedOfAddress);
    sim.loop.advance(seconds(11));
    EXPECT_EQ(closed(), 20u);
}

// Whatever happened, when it is over all servers agree.
TEST(Members, agree_after_any_weather) {
    for (uint64_t seed = 1; seed <= 10; ++seed) {
        SCOPED_TRACE(seed);
        SimServers sim(seed);
        sim.world.set_weather({milliseconds(1), milliseconds(20), 1});
        const std::vector<std::string> ids{"a", "b", "c", "d", "e"};
        const auto ip = [](size_t i) { return "10.0.0." + std::to_string(i + 1); };
        for (size_t i = 0; i < ids.size(); ++i)
            sim.start(ids[i], ip(i), {.retry_join = {"10.0.0.1", "10.0.0.2", "10.0.0.3"}});
        sim.loop.advance(seconds(40));
        for (int event = 0; event < 8; ++event) {
            const size_t i = sim.chance.below(ids.size()), j = sim.chance.below(ids.size());
            switch (sim.chance.below(4)) {
                case 0: sim.world.cut(ip(i), ip(j)); break;
                case 1: sim.world.cut(ip(i), ""); break;
                case 2:
                    if (sim.servers.contains(ids[i])) sim.crash(ids[i]);
                    break;
                case 3:
                    if (!sim.servers.contains(ids[i])) sim.start(ids[i], ip(i));
                    break;
            }
            sim.loop.advance(milliseconds(static_cast<int64_t>(sim.chance.below(20'000))));
        }
        sim.world.heal();
        for (size_t i = 0; i < ids.size(); ++i)
            if (!sim.servers.contains(ids[i])) sim.start(ids[i], ip(i));
        sim.loop.advance(minutes(2));
        for (const std::string& on : ids) {
            EXPECT_EQ(sim.view(on), "a:alive b:alive c:alive d:alive e:alive") << on;
            for (size_t i = 0; i < ids.size(); ++i)
                EXPECT_EQ(sim.members(on).members()[i], sim.members(ids[i]).self()) << on << " of " << ids[i];
        }
        if (testing::Test::HasFailure()) break;
    }
}

}  // namespace
}  // namespace drover::raft
