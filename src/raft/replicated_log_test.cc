#include "raft/replicated_log.h"

#include <gtest/gtest.h>

#include "raft/log_harness.h"

namespace drover::raft::testing {
namespace {

std::vector<std::string> numbered(size_t first, size_t last) {
    std::vector<std::string> notes;
    for (size_t i = first; i <= last; ++i) notes.push_back("note " + std::to_string(i));
    return notes;
}

void propose_many(Cluster& cluster, Node& node, size_t first, size_t last, size_t& good) {
    for (const std::string& note : numbered(first, last)) {
        node.log->propose(std::make_shared<Note>(note), [&good](Outcome outcome) { good += outcome ? 1 : 0; });
    }
    cluster.wait([&] { return good >= last - first + 1; }, seconds(10));
}

TEST(ReplicatedLog, a_cluster_of_one_leads_and_keeps_what_it_acknowledged) {
    Cluster cluster(1);
    cluster.bootstrap(1);
    Node& node = cluster.wait_for_leader();
    size_t good = 0;
    propose_many(cluster, node, 1, 100, good);
    EXPECT_EQ(good, 100u);
    EXPECT_EQ(node.machine->notes, numbered(1, 100));
    node.crash();
    node.start(cluster.config);
    ASSERT_TRUE(cluster.wait([&] { return node.leads(); })) << node.error;
    EXPECT_EQ(node.machine->notes, numbered(1, 100));
    EXPECT_EQ(node.log->cluster_id(), "cluster");
}

TEST(ReplicatedLog, a_log_that_is_read_in_many_pieces_is_applied_in_order) {
    Cluster cluster(1);
    cluster.bootstrap(1);
    Node& node = cluster.wait_for_leader();
    std::vector<std::string> notes;
    size_t good = 0;
    for (char c = 'a'; c <= 'x'; ++c) {
        notes.emplace_back(1 << 20, c);
        node.log->propose(std::make_shared<Note>(notes.back()), [&](Outcome outcome) { good += outcome ? 1 : 0; });
    }
    ASSERT_TRUE(cluster.wait([&] { return good == notes.size(); }));
    // Stopped, too, before it has read all of it.
    for (int turn = 0; turn < 3; ++turn) {
        node.stop();
        node.start(cluster.config);
        cluster.loop.advance(milliseconds(turn));
    }
    ASSERT_TRUE(cluster.wait([&] { return node.leads(); })) << node.error;
    EXPECT_EQ(node.machine->notes, notes);
}

TEST(ReplicatedLog, entries_of_odd_lengths_come_back_as_they_were) {
    Cluster cluster(1);
    cluster.bootstrap(1);
    Node& node = cluster.wait_for_leader();
    std::vector<std::string> notes;
    for (size_t size = 0; size < 40; ++size) {
        notes.push_back(std::string(size, 'x'));
        ASSERT_TRUE(cluster.propose(node, notes.back()));
    }
    node.crash();
    node.start(cluster.config);
    cluster.wait([&] { return node.leads(); });
    EXPECT_EQ(node.machine->notes, notes);
}

TEST(ReplicatedLog, three_servers_agree_and_survive_the_loss_of_the_leader) {
    Cluster cluster(3);
    cluster.bootstrap(3);
    Node& first = cluster.wait_for_leader();
    size_t good = 0;
    propose_many(cluster, first, 1, 200, good);
    EXPECT_EQ(good, 200u);
    first.crash();
    Node& second = cluster.wait_for_leader();
    EXPECT_NE(&first, &second);
    good = 0;
    propose_many(cluster, second, 201, 300, good);
    EXPECT_EQ(good, 100u);
    first.start(cluster.config);
    for (auto& node : cluster.nodes) {
        EXPECT_TRUE(cluster.wait([&] { return node->machine->notes == numbered(1, 300); })) << node->id();
    }
}

TEST(ReplicatedLog, a_follower_refuses_commands_and_knows_the_leader) {
    Cluster cluster(3);
    cluster.bootstrap(3);
    Node& leader = cluster.wait_for_leader();
    cluster.loop.advance(seconds(1));
    for (auto& node : cluster.nodes) {
        if (node.get() == &leader) continue;
        EXPECT_EQ(node->log->leadership().leader_id, leader.id());
        auto outcome = cluster.propose(*node, "x");
        ASSERT_TRUE(outcome);
        EXPECT_EQ(outcome->error().message, "No cluster leader");
    }
}

TEST(ReplicatedLog, all_servers_killed_at_once_come_back_with_everything) {
    Cluster cluster(3);
    cluster.bootstrap(3);
    size_t good = 0;
    propose_many(cluster, cluster.wait_for_leader(), 1, 500, good);
    for (auto& node : cluster.nodes) node->crash();
    for (auto& node : cluster.nodes) node->start(cluster.config);
    cluster.wait_for_leader();
    for (auto& node : cluster.nodes) {
        EXPECT_TRUE(cluster.wait([&] { return node->machine->notes == numbered(1, 500); })) << node->id();
    }
}

TEST(ReplicatedLog, a_barrier_tells_an_index_that_is_applied) {
    Cluster cluster(3);
    cluster.bootstrap(3);
    Node& leader = cluster.wait_for_leader();
    auto outcome = cluster.propose(leader, "x");
    ASSERT_TRUE(outcome && *outcome);
    const auto index = std::any_cast<uint64_t>(**outcome);
    std::optional<Result<uint64_t>> reached;
    leader.log->barrier([&](Result<uint64_t> result) { reached = result; });
    ASSERT_TRUE(cluster.wait([&] { return reached.has_value(); }));
    EXPECT_EQ(reached->value(), index);
}

TEST(ReplicatedLog, a_leader_without_the_others_answers_no_read) {
    Cluster cluster(3);
    cluster.bootstrap(3);
    Node& leader = cluster.wait_for_leader();
    for (auto& node : cluster.nodes) {
        if (node.get() != &leader) node->stop();
    }
    std::optional<Result<uint64_t>> reached;
    leader.log->barrier([&](Result<uint64_t> result) { reached = result; });
    ASSERT_TRUE(cluster.wait([&] { return reached.has_value(); }));
    EXPECT_FALSE(*reached);
}

ReplicatedLogConfig small_snapshots() {
    ReplicatedLogConfig config;
    config.snapshot_entries = 50;
    config.trailing_entries = 10;
    return config;
}

TEST(ReplicatedLog, a_snapshot_replaces_old_entries) {
    Cluster cluster(1, 1, small_snapshots());
    cluster.bootstrap(1);
    Node& node = cluster.wait_for_leader();
    for (size_t i = 1; i <= 200; ++i) ASSERT_TRUE(cluster.propose(node, "note " + std::to_string(i)));
    ASSERT_TRUE(cluster.wait([&] { return node.log->stats().snapshot_index >= 150; }));
    node.crash();
    node.start(cluster.config);
    ASSERT_TRUE(cluster.wait([&] { return node.leads(); })) << node.error;
    EXPECT_EQ(node.machine->restores, 1);
    EXPECT_EQ(node.machine->notes, numbered(1, 200));
}

TEST(ReplicatedLog, a_server_that_missed_too_much_gets_a_snapshot) {
    Cluster cluster(3, 1, small_snapshots());
    cluster.bootstrap(3);
    Node& leader = cluster.wait_for_leader();
    Node& late = *cluster.nodes[cluster.nodes[0].get() == &leader ? 1 : 0];
    late.crash();
    for (size_t i = 1; i <= 200; ++i) ASSERT_TRUE(cluster.propose(leader, "note " + std::to_string(i)));
    ASSERT_TRUE(cluster.wait([&] { return leader.log->stats().snapshot_index >= 150; }));
    late.start(cluster.config);
    EXPECT_TRUE(cluster.wait([&] { return late.machine->notes == numbered(1, 200); }));
    EXPECT_GE(late.machine->restores, 1);
    ASSERT_TRUE(cluster.propose(leader, "note 201"));
    EXPECT_TRUE(cluster.wait([&] { return late.machine->notes == numbered(1, 201); }));
}

TEST(ReplicatedLog, a_server_is_added_catches_up_votes_and_is_removed) {
    Cluster cluster(4, 1, small_snapshots());
    cluster.bootstrap(3);
    Node& leader = cluster.wait_for_leader();
    size_t good = 0;
    propose_many(cluster, leader, 1, 100, good);
    Node& fourth = *cluster.nodes[3];
    fourth.start(cluster.config);
    auto added = cluster.change([&](auto done) { leader.log->add_peer(fourth.peer(), done); });
    ASSERT_TRUE(added) << added.error().message;
    EXPECT_EQ(leader.log->configuration().peers.size(), 4u);
    EXPECT_TRUE(cluster.wait([&] { return fourth.machine->notes == numbered(1, 100); }));
    EXPECT_EQ(fourth.log->cluster_id(), "cluster");
    auto removed = cluster.change([&](auto done) { leader.log->remove_peer(fourth.id(), done); });
    ASSERT_TRUE(removed) << removed.error().message;
    EXPECT_EQ(leader.log->configuration().peers.size(), 3u);
    // It disturbs nobody afterwards.
    const uint64_t term = leader.log->stats().term;
    cluster.loop.advance(seconds(10));
    EXPECT_EQ(leader.log->stats().term, term);
    EXPECT_TRUE(leader.leads());
}

TEST(ReplicatedLog, a_server_that_had_no_vote_gets_one) {
    Cluster cluster(4);
    cluster.bootstrap(3);
    Node& leader = cluster.wait_for_leader();
    Node& fourth = *cluster.nodes[3];
    fourth.start(cluster.config);
    Peer spare = fourth.peer();
    spare.suffrage = Suffrage::nonvoter;
    ASSERT_TRUE(cluster.change([&](auto done) { leader.log->add_peer(spare, done); }));
    cluster.loop.advance(seconds(10));
    ASSERT_TRUE(cluster.change([&](auto done) { leader.log->add_peer(fourth.peer(), done); }));
    EXPECT_EQ(leader.log->configuration().peers.back(), fourth.peer());
}

TEST(ReplicatedLog, the_leadership_is_transferred_on_request) {
    Cluster cluster(3);
    cluster.bootstrap(3);
    Node& leader = cluster.wait_for_leader();
    size_t good = 0;
    propose_many(cluster, leader, 1, 50, good);
    Node& heir = *cluster.nodes[cluster.nodes[0].get() == &leader ? 1 : 0];
    auto moved = cluster.change([&](auto done) { leader.log->transfer_leadership(heir.id(), done); });
    ASSERT_TRUE(moved) << moved.error().message;
    EXPECT_TRUE(cluster.wait([&] { return heir.leads(); }));
    ASSERT_TRUE(cluster.propose(heir, "note 51"));
    EXPECT_TRUE(cluster.wait([&] { return leader.machine->notes == numbered(1, 51); }));
}

TEST(ReplicatedLog, the_last_voter_stays) {
    Cluster cluster(1);
    cluster.bootstrap(1);
    Node& leader = cluster.wait_for_leader();
    auto removed = cluster.change([&](auto done) { leader.log->remove_peer(leader.id(), done); });
    EXPECT_FALSE(removed);
    Peer silenced = leader.peer();
    silenced.suffrage = Suffrage::nonvoter;
    EXPECT_FALSE(cluster.change([&](auto done) { leader.log->add_peer(silenced, done); }));
}

// Else the only server with the entry that takes its vote could be one that does not stand for election.
TEST(ReplicatedLog, a_leader_stays_and_voters_keep_their_votes) {
    Cluster cluster(3);
    cluster.bootstrap(3);
    Node& leader = cluster.wait_for_leader();
    auto removed = cluster.change([&](auto done) { leader.log->remove_peer(leader.id(), done); });
    EXPECT_EQ(removed.error().message, "a leader does not remove itself: transfer the leadership first");
    Node& follower = *cluster.nodes[cluster.nodes[0].get() == &leader ? 1 : 0];
    Peer silenced = follower.peer();
    silenced.suffrage = Suffrage::nonvoter;
    auto changed = cluster.change([&](auto done) { leader.log->add_peer(silenced, done); });
    EXPECT_EQ(changed.error().message, "a server keeps its vote until it is removed");
    EXPECT_EQ(leader.log->configuration().peers.size(), 3u);
}

TEST(ReplicatedLog, a_full_disk_refuses_commands_keeps_the_rest_and_recovers) {
    Cluster cluster(1);
    cluster.bootstrap(1);
    Node& node = cluster.wait_for_leader();
    size_t good = 0;
    propose_many(cluster, node, 1, 20, good);
    node.disk().set_capacity(0);
    // The room that was made before may still take some; then it is refused.
    std::string refusal;
    for (int i = 0; i < 400 && refusal.empty(); ++i) {
        auto outcome = cluster.propose(node, std::string(1 << 20, 'y'), milliseconds(700));
        if (outcome && !*outcome) refusal = outcome->error().message;
    }
    EXPECT_NE(refusal.find("disk"), std::string::npos) << refusal;
    EXPECT_TRUE(node.leads());
    node.disk().set_capacity(UINT64_MAX);
    ASSERT_TRUE(cluster.wait([&] {
        auto outcome = cluster.propose(node, "after", seconds(2));
        return outcome && *outcome;
    }));
    EXPECT_EQ(node.machine->notes.back(), "after");
}

// Large commands, one after the other, until one has no outcome; how many that were.
size_t propose_until_one_waits(Cluster& cluster, Node& node, std::vector<Outcome>& outcomes) {
    size_t proposed = 0;
    while (outcomes.size() == proposed && proposed < 400) {
        ++proposed;
        node.log->propose(std::make_shared<Note>(std::string(1 << 20, 'y')),
                          [&](Outcome outcome) { outcomes.push_back(std::move(outcome)); });
        cluster.loop.advance(seconds(2));
    }
    return proposed;
}

TEST(ReplicatedLog, who_stops_waits_for_no_room) {
    Cluster cluster(1);
    cluster.bootstrap(1);
    Node& node = cluster.wait_for_leader();
    node.disk().set_capacity(0);
    // The first that finds no room waits: it was taken before that was known.
    std::vector<Outcome> outcomes;
    const size_t proposed = propose_until_one_waits(cluster, node, outcomes);
    ASSERT_EQ(outcomes.size(), proposed - 1);
    node.log->prepare_to_stop();
    cluster.loop.advance(seconds(1));
    ASSERT_EQ(outcomes.size(), proposed);
    EXPECT_EQ(outcomes.back().error().message,
              "the disk of the leader is full: whether the command took effect is not known");
}

TEST(ReplicatedLog, who_stops_does_not_wait_for_the_others_for_ever) {
    Cluster cluster(3);
    cluster.bootstrap(3);
    Node& leader = cluster.wait_for_leader();
    std::vector<Node*> others;
    for (auto& node : cluster.nodes) {
        if (node.get() != &leader) others.push_back(node.get());
    }
    others[0]->stop();
    // It answers and stores nothing: the leader stays one.
    others[1]->disk().set_capacity(0);
    std::vector<Outcome> outcomes;
    const size_t proposed = propose_until_one_waits(cluster, leader, outcomes);
    cluster.loop.advance(seconds(30));
    ASSERT_EQ(outcomes.size(), proposed - 1);
    ASSERT_TRUE(leader.leads());
    leader.log->prepare_to_stop();
    cluster.loop.advance(seconds(6));
    ASSERT_EQ(outcomes.size(), proposed);
    EXPECT_EQ(outcomes.back().error().message, "the server stops: whether the command took effect is not known");
    auto refused = cluster.propose(leader, "late");
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->error().message, "the log has stopped");
}

TEST(ReplicatedLog, a_failed_disk_ends_the_server) {
    Cluster cluster(1);
    cluster.bootstrap(1);
    Node& node = cluster.wait_for_leader();
    node.disk().fail_syncs(0);
    auto outcome = cluster.propose(node, "x");
    ASSERT_TRUE(outcome);
    EXPECT_FALSE(*outcome);
    EXPECT_FALSE(node.failure.empty());
    EXPECT_FALSE(node.leads());
}

TEST(ReplicatedLog, a_lost_quorum_is_recovered_by_naming_who_remains) {
    Cluster cluster(3);
    cluster.bootstrap(3);
    size_t good = 0;
    propose_many(cluster, cluster.wait_for_leader(), 1, 50, good);
    cluster.loop.advance(seconds(1));
    for (auto& node : cluster.nodes) node->stop();
    Node& left = *cluster.nodes[2];
    left.disk().put("peers.json", R"([{"id": ")" + left.id() + R"(", "address": ")" + left.address() + R"("}])");
    left.start(cluster.config);
    ASSERT_TRUE(cluster.wait([&] { return left.leads(); })) << left.error;
    EXPECT_EQ(left.machine->notes, numbered(1, 50));
    EXPECT_EQ(left.log->configuration().peers.size(), 1u);
    ASSERT_TRUE(cluster.propose(left, "note 51"));
    left.stop();
    left.start(cluster.config);
    ASSERT_TRUE(cluster.wait([&] { return left.leads(); }));
    EXPECT_EQ(left.log->configuration().peers.size(), 1u);
}

// Flips a bit in the records of that server's newest segment: in the middle, or at another part of their length.
void damage(Node& node, double place = 0.5) {
    std::string segment;
    const auto names = node.disk().list();
    for (const std::string& name : *names) {
        if (name.ends_with(".seg")) segment = name;
    }
    const std::string bytes = node.disk().contents(segment);
    size_t used = bytes.size();
    while (used > 0 && bytes[used - 1] == 0) --used;
    constexpr size_t kHeader = 4096;
    const auto records = static_cast<double>(used - kHeader);
    node.disk().flip_bit(segment, kHeader + static_cast<uint64_t>(records * place), 3);
}

TEST(ReplicatedLog, a_flipped_bit_is_healed_from_the_others) {
    Cluster cluster(3);
    cluster.bootstrap(3);
    Node& leader = cluster.wait_for_leader();
    size_t good = 0;
    propose_many(cluster, leader, 1, 100, good);
    cluster.loop.advance(seconds(1));
    for (auto& node : cluster.nodes) {
        node->stop();
        damage(*node);
        node->start(cluster.config);
        ASSERT_EQ(node->error, "");
        EXPECT_TRUE(cluster.wait([&] { return node->machine->notes == numbered(1, 100); })) << node->id();
        node->stop();
        node->start(cluster.config);
        EXPECT_TRUE(cluster.wait([&] { return node->machine->notes == numbered(1, 100); })) << node->id();
    }
}

TEST(ReplicatedLog, a_flipped_bit_is_healed_by_a_snapshot_where_entries_are_gone) {
    Cluster cluster(3, 1, small_snapshots());
    cluster.bootstrap(3);
    Node& leader = cluster.wait_for_leader();
    Node& damaged = *cluster.nodes[cluster.nodes[0].get() == &leader ? 1 : 0];
    for (size_t i = 1; i <= 40; ++i) ASSERT_TRUE(cluster.propose(leader, "note " + std::to_string(i)));
    cluster.loop.advance(seconds(1));
    damaged.stop();
    damage(damaged);
    for (size_t i = 41; i <= 200; ++i) ASSERT_TRUE(cluster.propose(leader, "note " + std::to_string(i)));
    ASSERT_TRUE(cluster.wait([&] { return leader.log->stats().snapshot_index >= 150; }));
    damaged.start(cluster.config);
    ASSERT_EQ(damaged.error, "");
    EXPECT_TRUE(cluster.wait([&] { return damaged.machine->notes == numbered(1, 200); }));
}

// A leader that nobody follows any more leaves entries on its disk; the others put theirs in their places.
struct Replaced {
    Replaced(ReplicatedLogConfig config, size_t lost) : cluster(3, 1, std::move(config)) {
        cluster.bootstrap(3);
        old = &cluster.wait_for_leader();
        size_t good = 0;
        propose_many(cluster, *old, 1, 3, good);
        cluster.loop.advance(seconds(1));
        each_other([](Node& node) { node.stop(); });
        for (size_t i = 0; i < lost; ++i)
            old->log->propose(std::make_shared<Note>("replaced " + std::to_string(i)), [](const Outcome&) {});
        cluster.loop.advance(milliseconds(20));
        old->stop();
        each_other([&](Node& node) { node.start(cluster.config); });
    }
    template <class Do>
    void each_other(Do&& act) {
        for (auto& node : cluster.nodes) {
            if (node.get() != old) act(*node);
        }
    }
    // The old leader comes back with a flipped bit, and has what the others have. False: no entry was damaged.
    bool check(size_t last, double place) {
        damage(*old, place);
        SeededRng rng(1);
        if ((*EntryStore::open(old->disk(), rng, {}))->holes().empty()) return false;
        old->start(cluster.config);
        EXPECT_EQ(old->error, "");
        // Lost entries come back once the others have passed their place.
        size_t good = 0;
        propose_many(cluster, cluster.wait_for_leader(), last + 1, last + 20, good);
        const auto is_whole = [&] { return old->machine->notes == numbered(1, last + 20); };
        EXPECT_TRUE(cluster.wait(is_whole));
        old->stop();
        old->start(cluster.config);
        EXPECT_TRUE(cluster.wait(is_whole));
        return true;
    }
    Cluster cluster;
    Node* old = nullptr;
};

TEST(ReplicatedLog, a_flipped_bit_among_entries_that_others_replaced_does_not_keep_those) {
    size_t damaged = 0;
    for (size_t lost = 2; lost <= 8; ++lost) {
        for (double place = 0.3; place < 1; place += 0.1) {
            SCOPED_TRACE(std::to_string(lost) + " entries, at " + std::to_string(place));
            Replaced replaced({}, lost);
            size_t good = 0;
            propose_many(replaced.cluster, replaced.cluster.wait_for_leader(), 4, 20, good);
            // The next leader begins with its last entries, not where the logs part.
            replaced.each_other([](Node& node) { node.stop(); });
            replaced.each_other([&](Node& node) { node.start(replaced.cluster.config); });
            damaged += replaced.check(20, place);
        }
    }
    EXPECT_GT(damaged, 30u);
}

TEST(ReplicatedLog, entries_that_others_replaced_do_not_stay_behind_a_snapshot) {
    size_t damaged = 0;
    for (size_t last = 4; last <= 20; ++last) {
        for (double place : {0.4, 0.6, 0.8}) {
            SCOPED_TRACE(std::to_string(last) + " entries, at " + std::to_string(place));
            ReplicatedLogConfig config;
            config.snapshot_entries = config.trailing_entries = 1;
            Replaced replaced(config, 10);
            Node& leader = replaced.cluster.wait_for_leader();
            for (size_t i = 4; i <= last; ++i)
                ASSERT_TRUE(replaced.cluster.propose(leader, "note " + std::to_string(i)));
            damaged += replaced.check(last, place);
        }
    }
    EXPECT_GT(damaged, 30u);
}

TEST(ReplicatedLog, a_flipped_bit_is_no_loss_where_the_snapshot_has_the_entry) {
    Cluster cluster(1, 1, small_snapshots());
    cluster.bootstrap(1);
    Node& node = cluster.wait_for_leader();
    for (size_t i = 1; i <= 100; ++i) ASSERT_TRUE(cluster.propose(node, "note " + std::to_string(i)));
    ASSERT_GE(node.log->stats().snapshot_index, 60u);
    node.stop();
    damage(node, 0.125);
    node.start(cluster.config);
    ASSERT_EQ(node.error, "");
    EXPECT_TRUE(cluster.wait([&] { return node.leads() && node.machine->notes == numbered(1, 100); }));
}

TEST(ReplicatedLog, a_flipped_bit_stops_a_server_that_is_alone) {
    Cluster cluster(1);
    cluster.bootstrap(1);
    Node& node = cluster.wait_for_leader();
    size_t good = 0;
    propose_many(cluster, node, 1, 100, good);
    node.stop();
    damage(node);
    node.start(cluster.config);
    EXPECT_NE(node.error.find("damaged"), std::string::npos) << node.error;
}

TEST(ReplicatedLog, another_clusters_server_is_refused) {
    std::optional<Result<>> added;  // may be told at the very end
    Cluster cluster(2);
    cluster.nodes[0]->start(cluster.config);
    cluster.nodes[0]->log->bootstrap("one", {cluster.nodes[0]->peer()}, [](Result<>) {});
    cluster.nodes[1]->start(cluster.config);
    cluster.nodes[1]->log->bootstrap("two", {cluster.nodes[1]->peer()}, [](Result<>) {});
    cluster.wait([&] { return cluster.nodes[0]->leads() && cluster.nodes[1]->leads(); });
    cluster.nodes[0]->log->add_peer(cluster.nodes[1]->peer(), [&](Result<> result) { added = result; });
    cluster.loop.advance(seconds(5));
    EXPECT_TRUE(cluster.nodes[1]->leads());
    EXPECT_EQ(cluster.nodes[1]->log->cluster_id(), "two");
    EXPECT_TRUE(cluster.nodes[1]->machine->notes.empty());
}

}  // namespace
}  // namespace drover::raft::testing
