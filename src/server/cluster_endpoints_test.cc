// What operators ask about the servers, on a cluster that is not there.
#include <gtest/gtest.h>

#include "model/rpc_operator.h"
#include "net/virtual_loop.h"
#include "server/endpoint_tables.h"
#include "server/fake_cluster.h"
#include "server/leader.h"
#include "server/leaving.h"
#include "server/log_committer.h"
#include "server/members.h"
#include "server/server.h"

namespace drover::server {
namespace {

raft::Member member(const std::string& id, const std::string& region = "global") {
    raft::Member member;
    member.id = id;
    member.name = "server-" + id + "." + region;
    member.address = "10.0.0.1";
    member.tags = {{"region", region}, {"rpc_addr", "10.0.0." + id}, {"port", "4647"}, {"raft_vsn", "3"}};
    return member;
}

// Three servers, of which 1 is this one and leads. The members do not know 3.
class ClusterTest : public testing::Test {
protected:
    ClusterTest() {
        config_.id = "1";
        log_.leader = {true, 3, "1"};
        log_.peers.index = 7;
        for (const char* id : {"1", "2", "3"})
            log_.peers.peers.push_back({id, std::string("10.9.9.") + id + ":4647", raft::Suffrage::voter});
        membership_.all = {member("1"), member("2"), member("9", "europe")};
        leader_.maybe_membership = &membership_;
        routing_.set_membership(&membership_);
    }

    template <class Response, class Request>
    Result<Response> call(std::string_view name, Request request) {
        const Endpoint* endpoint = find_endpoint(name);
        auto answer = net::run(loop_, endpoint->write(endpoint->body, leader_, Message::of(std::move(request))));
        if (!answer) return fail(answer.error());
        return std::move(answer->template as<Response>());
    }

    Result<model::LeadershipTransferResponse> transfer(const std::string& id, const std::string& address) {
        model::RaftPeerRequest request;
        request.ID = id, request.Address = address;
        return call<model::LeadershipTransferResponse>("Operator.TransferLeadershipToPeer", request);
    }

    net::VirtualLoop loop_;
    SystemRng rng_;
    ServerConfig config_;
    state::Store store_;
    std::unique_ptr<raft::Log> owned_log_ = std::make_unique<FakeLog>();
    FakeLog& log_ = static_cast<FakeLog&>(*owned_log_);
    FakeMembership membership_;
    LogCommitter committer_{owned_log_};
    Routing routing_{config_, owned_log_, rng_};
    Leader leader_{config_, store_, owned_log_, committer_, routing_, loop_, loop_.clock(), rng_};
};

TEST_F(ClusterTest, members_know_better_than_the_log_where_a_server_is) {
    const auto raft = call<model::RaftConfigurationResponse>("Operator.RaftGetConfiguration", model::GenericRequest{});
    ASSERT_TRUE(raft);
    EXPECT_EQ(raft->Index, 7U);
    ASSERT_EQ(raft->Servers.size(), 3U);
    const auto row = [&](size_t i) {
        const model::RaftServer& s = raft->Servers[i];
        return std::tuple(s.ID, s.Node, s.Address, s.Leader, s.Voter, s.RaftProtocol);
    };
    EXPECT_EQ(row(0), std::tuple("1", "server-1.global", "10.0.0.1:4647", true, true, "3"));
    EXPECT_EQ(row(1), std::tuple("2", "server-2.global", "10.0.0.2:4647", false, true, "3"));
    EXPECT_EQ(row(2), std::tuple("3", "(unknown)", "10.9.9.3:4647", false, true, "unknown"));
}

TEST_F(ClusterTest, only_peers_that_are_there_can_be_removed) {
    model::RaftPeerByIDRequest request;
    request.ID = "4";
    EXPECT_FALSE(call<model::GenericResponse>("Operator.RaftRemovePeerByID", request));
    EXPECT_TRUE(log_.changes.empty());
    request.ID = "3";
    EXPECT_TRUE(call<model::GenericResponse>("Operator.RaftRemovePeerByID", request));
    EXPECT_EQ(log_.changes, (std::vector<std::string>{"remove 3"}));
}

TEST_F(ClusterTest, a_leader_is_removed_by_its_successor) {
    std::string asked;
    leader_.remove_by_successor = [&](model::RaftPeerByIDRequest request) -> net::Task<Result<model::GenericResponse>> {
        asked = request.ID;
        co_return model::GenericResponse();
    };
    model::RaftPeerByIDRequest request;
    request.ID = "1";
    EXPECT_TRUE(call<model::GenericResponse>("Operator.RaftRemovePeerByID", request));
    EXPECT_EQ(log_.changes, (std::vector<std::string>{"transfer "}));
    EXPECT_EQ(asked, "1");
}

TEST_F(ClusterTest, leadership_goes_to_a_voter_by_id_or_address) {
    auto done = transfer("", "10.0.0.2:4647");
    ASSERT_TRUE(done);
    EXPECT_EQ(std::tuple(done->From.ID, done->From.Address), std::tuple("1", "10.0.0.1:4647"));
    EXPECT_EQ(std::tuple(done->To.ID, done->To.Address), std::tuple("2", "10.0.0.2:4647"));
    EXPECT_FALSE(done->Noop);
    EXPECT_EQ(log_.changes, (std::vector<std::string>{"transfer 2"}));
}

TEST_F(ClusterTest, leadership_stays_when_the_leader_is_named) {
    auto done = transfer("1", "");
    ASSERT_TRUE(done);
    EXPECT_TRUE(done->Noop);
    EXPECT_TRUE(log_.changes.empty());
}

TEST_F(ClusterTest, leadership_goes_to_no_stranger_and_to_none_without_a_vote) {
    EXPECT_EQ(transfer("4", "").error().code, ErrorCode::bad_request);
    EXPECT_EQ(transfer("", "10.9.9.2:4647").error().code, ErrorCode::bad_request);
    log_.peers.peers[1].suffrage = raft::Suffrage::nonvoter;
    EXPECT_EQ(transfer("2", "").error().code, ErrorCode::bad_request);
    EXPECT_TRUE(log_.changes.empty());
}

TEST_F(ClusterTest, health_is_the_leaders_to_tell) {
    EXPECT_FALSE(call<model::OperatorHealthReply>("Operator.ServerHealth", model::GenericRequest{}));
}

TEST_F(ClusterTest, a_leader_that_leaves_hands_over_first) {
    membership_.on_leave = [&] { EXPECT_EQ(log_.changes, (std::vector<std::string>{"transfer "})); };
    net::run(loop_, leave_cluster(leader_, {loop_.in(seconds(5)), {}}));
    EXPECT_TRUE(membership_.has_left);
}

TEST_F(ClusterTest, a_follower_that_leaves_waits_until_it_is_out) {
    log_.leader = {false, 3, "2"};
    net::CallTimer removal([&] { log_.remove_peer("1", [](Result<>) {}); });
    removal.arm(loop_, loop_.in(seconds(2)));
    const Duration before = loop_.now();
    net::run(loop_, leave_cluster(leader_, {loop_.in(seconds(5)), {}}));
    EXPECT_TRUE(membership_.has_left);
    EXPECT_GE(loop_.now() - before, seconds(2));
    EXPECT_LT(loop_.now() - before, seconds(3));
}

TEST_F(ClusterTest, leaving_ends_at_its_limit) {
    log_.obeys = false;
    net::run(loop_, leave_cluster(leader_, {loop_.in(seconds(5)), {}}));
    log_.leader.is_leader = false;
    const Duration before = loop_.now();
    net::run(loop_, leave_cluster(leader_, {loop_.in(seconds(5)), {}}));
    EXPECT_LT(loop_.now() - before, seconds(6));
    EXPECT_TRUE(membership_.has_left);
}

TEST_F(ClusterTest, a_server_that_is_alone_just_goes) {
    log_.peers.peers.resize(1);
    net::run(loop_, leave_cluster(leader_, {loop_.in(seconds(5)), {}}));
    EXPECT_TRUE(membership_.has_left);
    EXPECT_TRUE(log_.changes.empty());
    leader_.maybe_membership = nullptr;
    membership_.has_left = false;
    net::run(loop_, leave_cluster(leader_, {loop_.in(seconds(5)), {}}));
    EXPECT_FALSE(membership_.has_left);
}

TEST(Members, regions_are_those_of_members_that_have_not_left) {
    raft::Member gone = member("8", "asia");
    gone.status = raft::MemberStatus::left;
    EXPECT_EQ(regions_of({member("1"), member("9", "europe"), gone}, "global"),
              (std::vector<std::string>{"europe", "global"}));
}

TEST(Members, own_member_is_what_a_lone_server_lists) {
    ServerConfig config;
    config.id = "11111111-2222-3333-4444-555555555555";
    config.name = "alone";
    config.rpc_address = "[::1]:4647";
    const model::ServerMember shown = to_model(own_member(config));
    EXPECT_EQ(std::tuple(shown.Name, std::string(shown.Addr), shown.Status),
              std::tuple("alone.global", "::1", "alive"));
    EXPECT_EQ(own_member(config).rpc_address(), "[::1]:4647");
}

}  // namespace
}  // namespace drover::server
