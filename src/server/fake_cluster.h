#pragma once
// For tests: a log of several servers and its members, without any of them. What was asked of them is noted.

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "raft/log.h"
#include "raft/membership.h"

namespace drover::server {

// Its configuration changes at once, or never.
class FakeLog final : public raft::Log {
public:
    void propose(std::shared_ptr<const raft::Command>, std::function<void(raft::Outcome)> done) override {
        done(fail(Error::unavailable("No cluster leader")));
    }
    void barrier(std::function<void(Result<uint64_t>)> done) override { done(figures.applied_index); }
    void observe_leadership(std::function<void(const raft::Leadership&)>) override {}
    raft::Leadership leadership() const override { return leader; }
    raft::LogStats stats() const override { return figures; }
    raft::Configuration configuration() const override { return peers; }
    std::vector<raft::PeerProgress> progress() const override { return known; }
    void add_peer(raft::Peer peer, std::function<void(Result<>)> done) override {
        changes.push_back("add " + peer.id);
        if (!obeys) return pending_.push_back(std::move(done));
        for (raft::Peer& one : peers.peers) {
            if (one.id == peer.id) one = peer;
        }
        done({});
    }
    void remove_peer(std::string id, std::function<void(Result<>)> done) override {
        changes.push_back("remove " + id);
        if (!obeys) return pending_.push_back(std::move(done));
        std::erase_if(peers.peers, [&](const raft::Peer& peer) { return peer.id == id; });
        done({});
    }
    void transfer_leadership(std::string id, std::function<void(Result<>)> done) override {
        changes.push_back("transfer " + id);
        if (!obeys) return pending_.push_back(std::move(done));
        leader.leader_id = id, leader.is_leader = false;
        done({});
    }
    Result<> start() override { return {}; }
    net::Task<> stop(net::Loop&) override { co_return; }
    bool alone() const override { return false; }

    raft::Leadership leader;
    raft::LogStats figures;
    raft::Configuration peers;
    std::vector<raft::PeerProgress> known;
    std::vector<std::string> changes;
    bool obeys = true;

private:
    std::vector<std::function<void(Result<>)>> pending_;
};

class FakeMembership final : public raft::Membership {
public:
    const raft::Member& self() const override { return all.front(); }
    std::vector<raft::Member> members() const override { return all; }
    net::Task<Result<size_t>> join(std::vector<std::string> addresses, net::Limit) override {
        co_return addresses.size();
    }
    net::Task<Result<>> force_leave(std::string, bool, net::Limit) override { co_return Result<>{}; }
    net::Task<> leave(net::Limit) override {
        has_left = true;
        if (on_leave) on_leave();
        co_return;
    }
    void observe(std::function<void(const raft::Member&)>) override {}
    void set_tags(std::map<std::string, std::string> tags) override { all.front().tags = std::move(tags); }

    std::vector<raft::Member> all;
    bool has_left = false;
    std::function<void()> on_leave;
};

}  // namespace drover::server
