#include "replay/loop_log.h"

namespace drover::replay {
namespace {

Error only_server() { return Error::internal("a log in memory has only this server"); }

}  // namespace

void LoopLog::propose(std::shared_ptr<const raft::Command> command, std::function<void(raft::Outcome)> done) {
    if (stopped_) return done(fail(Error::canceled("the log has stopped")));
    waiting_.push_back({std::move(command), std::move(done)});
    if (applying_) return;
    applying_ = true;
    while (!waiting_.empty()) {
        const Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        const raft::Entry entry{++applied_, 1, next.command.get(), {}};
        next.done(std::move(machine_.apply({&entry, 1}).front()));
    }
    applying_ = false;
}

raft::LogStats LoopLog::stats() const {
    raft::LogStats stats;
    stats.term = 1;
    stats.applied_index = stats.commit_index = stats.last_index = applied_;
    stats.state = "Leader";
    return stats;
}

void LoopLog::add_peer(raft::Peer, std::function<void(Result<>)> done) { done(fail(only_server())); }
void LoopLog::remove_peer(std::string, std::function<void(Result<>)> done) { done(fail(only_server())); }
void LoopLog::transfer_leadership(std::string, std::function<void(Result<>)> done) { done(fail(only_server())); }

Result<> LoopLog::start() {
    for (const auto& observer : observers_) observer(leadership());
    return {};
}

net::Task<> LoopLog::stop(net::Loop&) {
    stopped_ = true;
    co_return;
}

}  // namespace drover::replay
