#include "raft/bootstrap.h"

#include <gtest/gtest.h>

#include <set>

#include "raft/members_world_test.h"

namespace drover::raft {
namespace {

using Outcome = Bootstrap::Outcome;

const std::vector<std::string> kAddresses{"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"};

ServerOptions expecting(int64_t servers) {
    ServerOptions options;
    options.expect = servers;
    options.retry_join = {"10.0.0.1", "10.0.0.2", "10.0.0.3"};
    return options;
}

void start_all(SimServers& sim, size_t count, int64_t expect) {
    for (size_t i = 0; i < count; ++i)
        sim.start(std::string(1, static_cast<char>('a' + i)), kAddresses[i], expecting(expect));
}

std::optional<Outcome> outcome(SimServers& sim, const std::string& key) {
    const auto& outcome = sim.at(key).outcome;
    return outcome && *outcome ? std::optional<Outcome>(**outcome) : std::nullopt;
}

// The clusters that any log was ever begun for: never two.
std::set<std::string> clusters(SimServers& sim) {
    std::set<std::string> found;
    for (const auto& [key, disk] : sim.disks) found.insert(disk.written.begin(), disk.written.end());
    return found;
}

TEST(Bootstrap, three_that_expect_three_become_one_cluster) {
    SimServers sim(1);
    start_all(sim, 3, 3);
    sim.loop.advance(seconds(40));
    ASSERT_EQ(clusters(sim).size(), 1u);
    for (const char* key : {"a", "b", "c"}) {
        EXPECT_EQ(outcome(sim, key), Outcome::member) << key;
        ASSERT_TRUE(sim.disks[key].log) << key;
        EXPECT_EQ(*sim.disks[key].log, *sim.disks["a"].log) << key;
        EXPECT_EQ(sim.members(key).cluster_id(), *clusters(sim).begin()) << key;
        EXPECT_EQ(sim.disks[key].saved.promise, "") << key;
    }
    const BootProposal& entry = *sim.disks["a"].log;
    ASSERT_EQ(entry.Servers.size(), 3u);
    EXPECT_EQ(entry.Servers[1], (BootServer{"b", "10.0.0.2:4647"}));
}

TEST(Bootstrap, nobody_begins_before_enough_are_there) {
    SimServers sim(2);
    start_all(sim, 2, 3);
    sim.loop.advance(minutes(3));
    EXPECT_TRUE(clusters(sim).empty());
    sim.start("c", "10.0.0.3", expecting(3));
    sim.loop.advance(seconds(10));
    EXPECT_EQ(clusters(sim).size(), 1u);
}

TEST(Bootstrap, who_is_more_than_expected_waits_to_be_added) {
    SimServers sim(3);
    start_all(sim, 5, 3);
    sim.loop.advance(seconds(60));
    EXPECT_EQ(clusters(sim).size(), 1u);
    size_t waiting = 0;
    for (const char* key : {"a", "b", "c", "d", "e"}) waiting += outcome(sim, key) == Outcome::wait ? 1 : 0;
    EXPECT_EQ(waiting, 2u);
    EXPECT_EQ(outcome(sim, "a"), Outcome::member);
}

TEST(Bootstrap, one_that_expects_one_begins_alone_after_a_round) {
    SimServers sim(4);
    sim.start("a", "10.0.0.1", {.expect = 1});
    sim.loop.advance(seconds(2));
    EXPECT_EQ(outcome(sim, "a"), Outcome::member);
    // With addresses to ask it asks first, and finds the cluster.
    sim.start("b", "10.0.0.2", {.retry_join = {"10.0.0.1"}, .expect = 1});
    sim.loop.advance(seconds(10));
    EXPECT_EQ(outcome(sim, "b"), Outcome::wait);
    EXPECT_EQ(clusters(sim).size(), 1u);
}

TEST(Bootstrap, servers_that_do_not_agree_on_the_number_do_not_begin) {
    SimServers sim(5);
    start_all(sim, 3, 3);
    sim.stop("c");
    sim.wipe("c");
    sim.start("c", "10.0.0.3", expecting(2));
    sim.loop.advance(minutes(2));
    EXPECT_TRUE(clusters(sim).empty());
}

TEST(Bootstrap, a_newcomer_to_a_cluster_waits_even_if_it_meets_enough_of_its_like) {
    SimServers sim(6);
    start_all(sim, 3, 3);
    sim.loop.advance(seconds(40));
    ASSERT_EQ(clusters(sim).size(), 1u);
    for (const char* key : {"0", "1", "2"}) sim.start(key, std::string("10.0.7.") + key, expecting(3));
    sim.loop.advance(minutes(2));
    EXPECT_EQ(clusters(sim).size(), 1u);
    for (const char* key : {"0", "1", "2"}) EXPECT_EQ(outcome(sim, key), Outcome::wait) << key;
}

TEST(Bootstrap, a_server_with_a_log_is_a_member_at_once) {
    SimServers sim(7);
    start_all(sim, 3, 3);
    sim.loop.advance(seconds(40));
    sim.crash("b");
    sim.start("b", "10.0.0.2", expecting(3));
    sim.loop.settle();
    EXPECT_EQ(outcome(sim, "b"), Outcome::member);
}

TEST(Bootstrap, a_promise_binds_until_all_of_its_servers_have_answered) {
    SimServers sim(8);
    // The proposer gets its promises and loses power when it would write its log.
    sim.disks["a"].crash_at_write = true;
    start_all(sim, 3, 3);
    sim.loop.advance(seconds(40));
    ASSERT_TRUE(sim.disks["a"].dead);
    sim.stop("a");
    sim.loop.advance(minutes(2));
    EXPECT_TRUE(clusters(sim).empty());
    EXPECT_NE(sim.disks["b"].saved.promise, "");
    EXPECT_EQ(sim.disks["b"].saved.promise, sim.disks["c"].saved.promise);
    sim.disks["a"].crash_at_write = false;
    sim.start("a", "10.0.0.1", expecting(3));
    sim.loop.advance(minutes(2));
    EXPECT_EQ(clusters(sim).size(), 1u);
    for (const char* key : {"a", "b", "c"}) EXPECT_EQ(outcome(sim, key), Outcome::member) << key;
}

// The power of one server goes at each of its steps, before or after what it does lasts.
void crash_at_each_step(uint64_t seed) {
    for (const char* victim : {"a", "b", "c"}) {
        for (size_t step = 1;; ++step) {
            bool reached = false;
            for (const bool done : {false, true}) {
                SCOPED_TRACE(std::string(victim) + " step " + std::to_string(step) + (done ? " done" : " not done"));
                SimServers sim(seed);
                sim.world.set_weather({milliseconds(1), milliseconds(10), 1});
                sim.disks[victim].crash_at = step;
                sim.disks[victim].done_before_crash = done;
                start_all(sim, 3, 3);
                sim.loop.advance(seconds(12));
                if (!sim.disks[victim].dead) continue;
                reached = true;
                // Sometimes the others restart, too, before it is back.
                if (sim.chance.below(2) == 0) {
                    for (const char* other : {"a", "b", "c"})
                        if (other != std::string(victim)) {
                            sim.crash(other);
                            sim.start(other, kAddresses[static_cast<size_t>(other[0] - 'a')], expecting(3));
                        }
                }
                sim.stop(victim);
                sim.disks[victim].crash_at = 0;
                sim.start(victim, kAddresses[static_cast<size_t>(victim[0] - 'a')], expecting(3));
                sim.loop.advance(seconds(75));
                ASSERT_EQ(clusters(sim).size(), 1u);
                for (const char* key : {"a", "b", "c"}) {
                    ASSERT_EQ(outcome(sim, key), Outcome::member) << key;
                    ASSERT_EQ(sim.disks[key].saved.cluster_id, *clusters(sim).begin()) << key;
                    ASSERT_EQ(sim.disks[key].saved.promise, "") << key;
                }
            }
            if (!reached) break;
        }
    }
}

TEST(Bootstrap, survives_a_crash_at_each_step) { crash_at_each_step(11); }

// Crashes, cuts and delays of all kinds: at most one cluster, and one in the end.
TEST(Bootstrap, makes_one_cluster_in_any_weather) {
    for (uint64_t seed = 1; seed <= 12; ++seed) {
        SCOPED_TRACE(seed);
        SimServers sim(seed);
        sim.world.set_weather({milliseconds(1), milliseconds(300), 5});
        const std::vector<std::string> ids{"a", "b", "c", "d", "e"};
        const int64_t expect = sim.chance.below(2) == 0 ? 3 : 5;
        for (size_t i = 0; i < ids.size(); ++i) {
            sim.start(ids[i], kAddresses[i], expecting(expect));
            sim.loop.advance(milliseconds(static_cast<int64_t>(sim.chance.below(1000))));
        }
        for (int event = 0; event < 12; ++event) {
            const size_t i = sim.chance.below(ids.size()), j = sim.chance.below(ids.size());
            const uint64_t kind = sim.chance.below(5);
            if (kind == 0) sim.world.cut(kAddresses[i], kAddresses[j]);
            if (kind == 1) sim.world.heal();
            if (kind >= 2 && sim.servers.contains(ids[i])) {
                sim.crash(ids[i]);
            } else if (kind >= 2) {
                sim.start(ids[i], kAddresses[i], expecting(expect));
            }
            sim.loop.advance(milliseconds(static_cast<int64_t>(sim.chance.below(4000))));
            ASSERT_LE(clusters(sim).size(), 1u);
        }
        sim.world.heal();
        sim.world.set_weather({milliseconds(1), milliseconds(20), 1});
        for (size_t i = 0; i < ids.size(); ++i)
            if (!sim.servers.contains(ids[i])) sim.start(ids[i], kAddresses[i], expecting(expect));
        sim.loop.advance(seconds(90));
        ASSERT_EQ(clusters(sim).size(), 1u);
        for (const std::string& key : ids) {
            const bool first = sim.disks[key].log.has_value();
            ASSERT_EQ(outcome(sim, key), first ? Outcome::member : Outcome::wait) << key;
        }
    }
}

}  // namespace
}  // namespace drover::raft
