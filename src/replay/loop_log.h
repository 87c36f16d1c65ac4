#pragma once
// A log in memory without a thread: a command is applied, and its proposer told, before propose() returns. What is
// proposed meanwhile follows it. One server, which always leads. All on one thread.

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "raft/log.h"

namespace drover::replay {

class LoopLog final : public raft::Log {
public:
    LoopLog(std::string server_id, std::string address, raft::StateMachine& machine)
        : server_id_(std::move(server_id)), address_(std::move(address)), machine_(machine) {}

    void propose(std::shared_ptr<const raft::Command> command, std::function<void(raft::Outcome)> done) override;
    void barrier(std::function<void(Result<uint64_t>)> done) override { done(applied_); }
    void observe_leadership(std::function<void(const raft::Leadership&)> observer) override {
        observers_.push_back(std::move(observer));
    }
    raft::Leadership leadership() const override { return {true, 1, server_id_}; }
    bool alone() const override { return true; }
    raft::LogStats stats() const override;
    raft::Configuration configuration() const override { return {1, {{server_id_, address_, raft::Suffrage::voter}}}; }
    std::vector<raft::PeerProgress> progress() const override { return {}; }
    void add_peer(raft::Peer peer, std::function<void(Result<>)> done) override;
    void remove_peer(std::string id, std::function<void(Result<>)> done) override;
    void transfer_leadership(std::string id, std::function<void(Result<>)> done) override;
    Result<> start() override;
    net::Task<> stop(net::Loop& here) override;

private:
    struct Waiting {
        std::shared_ptr<const raft::Command> command;
        std::function<void(raft::Outcome)> done;
    };

    const std::string server_id_, address_;
    raft::StateMachine& machine_;
    std::vector<std::function<void(const raft::Leadership&)>> observers_;
    std::deque<Waiting> waiting_;
    uint64_t applied_ = 1;  // 1 is the entry with which a leader begins its term
    bool applying_ = false, stopped_ = false;
};

}  // namespace drover::replay
