#pragma once
// SingleLog: the log of a server that is alone and keeps nothing on disk (a dev agent). It always leads. What waits
// when the apply thread is free is applied as one batch.

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "raft/log.h"

namespace drover::raft {

struct SingleLogConfig {
    std::string server_id;
    std::string address;         // "ip:port" of its RPC port
    size_t max_pending = 65536;  // proposals that wait
    size_t max_batch = 1024;     // entries handed over together
};

// Any thread may call it. Owns the apply thread. The state machine outlives it.
class SingleLog final : public Log {
public:
    SingleLog(SingleLogConfig config, StateMachine& machine);
    ~SingleLog() override;

    void propose(std::shared_ptr<const Command> command, std::function<void(Outcome)> done) override;
    void barrier(std::function<void(Result<uint64_t>)> done) override;
    void observe_leadership(std::function<void(const Leadership&)> observer) override;
    Leadership leadership() const override;
    bool alone() const override { return true; }
    LogStats stats() const override;
    // A log in memory has one server, which stays: changes are refused.
    Configuration configuration() const override;
    std::vector<PeerProgress> progress() const override { return {}; }
    void add_peer(Peer peer, std::function<void(Result<>)> done) override;
    void remove_peer(std::string id, std::function<void(Result<>)> done) override;
    void transfer_leadership(std::string id, std::function<void(Result<>)> done) override;
    Result<> start() override;
    net::Task<> stop(net::Loop& here) override;
    void stop();  // the same, blocking

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace drover::raft
