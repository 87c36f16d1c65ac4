#include "raft/single_log.h"

#include <atomic>
#include <condition_variable>
#include <thread>

#include "base/assert.h"

namespace drover::raft {
namespace {

// Something that waits for the apply thread: a command, or (without one) a barrier.
struct Waiting {
    std::shared_ptr<const Command> command;
    std::function<void(Outcome)> done;
    std::function<void(Result<uint64_t>)> barrier;
};

Error only_server() { return Error::internal("a log in memory has only this server"); }

}  // namespace

struct SingleLog::State {
    State(SingleLogConfig c, StateMachine& m) : config(std::move(c)), machine(m) {}

    const SingleLogConfig config;
    StateMachine& machine;
    std::vector<std::function<void(const Leadership&)>> observers;
    mutable std::mutex mutex;
    std::condition_variable wake;
    std::vector<Waiting> waiting;
    bool stopping = false;
    bool started = false;
    std::atomic<uint64_t> applied{1};  // 1 is the entry with which a leader begins its term
    std::atomic<uint64_t> batches{0};
    std::thread thread;

    Leadership leadership() const { return {true, 1, config.server_id}; }

    bool admit(Waiting one, std::string& refused) {
        std::lock_guard lock(mutex);
        if (stopping) return refused = "the log has stopped", false;
        if (waiting.size() >= config.max_pending) return refused = "too many commands wait for the log", false;
        waiting.push_back(std::move(one));
        wake.notify_one();
        return true;
    }

    void run() {
        for (const auto& observer : observers) observer(leadership());
        for (;;) {
            std::vector<Waiting> batch;
            {
                std::unique_lock lock(mutex);
                wake.wait(lock, [&] { return stopping || !waiting.empty(); });
                if (waiting.empty()) return;
                if (waiting.size() <= config.max_batch) {
                    batch.swap(waiting);
                } else {
                    const auto end = waiting.begin() + static_cast<ptrdiff_t>(config.max_batch);
                    batch.assign(std::make_move_iterator(waiting.begin()), std::make_move_iterator(end));
                    waiting.erase(waiting.begin(), end);
                }
            }
            apply(batch);
        }
    }

    void apply(std::vector<Waiting>& batch) {
        std::vector<Entry> entries;
        for (const Waiting& one : batch) {
            if (one.command) entries.push_back({applied + entries.size() + 1, 1, one.command.get(), {}});
        }
        std::vector<Outcome> outcomes;
        if (!entries.empty()) {
            outcomes = machine.apply(entries);
            assert_always(outcomes.size() == entries.size());
            applied += entries.size();
            ++batches;
        }
        size_t next = 0;
        for (Waiting& one : batch) {
            if (one.command) {
                one.done(std::move(outcomes[next++]));
            } else {
                one.barrier(applied.load());
            }
        }
    }
};

SingleLog::SingleLog(SingleLogConfig config, StateMachine& machine)
    : state_(std::make_unique<State>(std::move(config), machine)) {}

SingleLog::~SingleLog() { stop(); }

void SingleLog::propose(std::shared_ptr<const Command> command, std::function<void(Outcome)> done) {
    std::string refused;
    auto copy = done;
    if (state_->admit({std::move(command), std::move(done), nullptr}, refused)) return;
    const ErrorCode code = refused.starts_with("too many") ? ErrorCode::too_many : ErrorCode::canceled;
    copy(fail(Error{code, refused}));
}

void SingleLog::barrier(std::function<void(Result<uint64_t>)> done) {
    std::string refused;
    auto copy = done;
    if (!state_->admit({nullptr, nullptr, std::move(done)}, refused)) copy(fail(Error::canceled(refused)));
}

void SingleLog::observe_leadership(std::function<void(const Leadership&)> observer) {
    assert_always(!state_->started);
    state_->observers.push_back(std::move(observer));
}

Leadership SingleLog::leadership() const { return state_->leadership(); }

LogStats SingleLog::stats() const {
    LogStats stats;
    stats.term = 1;
    stats.applied_index = stats.commit_index = stats.last_index = state_->applied;
    stats.batches = state_->batches;
    stats.state = "Leader";
    std::lock_guard lock(state_->mutex);
    stats.pending = state_->waiting.size();
    return stats;
}

Configuration SingleLog::configuration() const {
    return {1, {{state_->config.server_id, state_->config.address, Suffrage::voter}}};
}

void SingleLog::add_peer(Peer, std::function<void(Result<>)> done) { done(fail(only_server())); }
void SingleLog::remove_peer(std::string, std::function<void(Result<>)> done) { done(fail(only_server())); }
void SingleLog::transfer_leadership(std::string, std::function<void(Result<>)> done) { done(fail(only_server())); }

Result<> SingleLog::start() {
    assert_always(!state_->started);
    state_->started = true;
    state_->thread = std::thread([state = state_.get()] { state->run(); });
    return {};
}

net::Task<> SingleLog::stop(net::Loop&) {
    stop();
    co_return;
}

void SingleLog::stop() {
    {
        std::lock_guard lock(state_->mutex);
        state_->stopping = true;
        state_->wake.notify_all();
    }
    if (state_->thread.joinable()) state_->thread.join();
}

}  // namespace drover::raft
