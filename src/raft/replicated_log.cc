#include "raft/replicated_log.h"

#include "raft/log_core.h"

namespace drover::raft {
namespace {

net::Task<> stop_core(LogCore& core, net::Promise<Result<>> stopped) {
    co_await core.stop();
    stopped.complete({});
}

}  // namespace

Result<std::unique_ptr<ReplicatedLog>> ReplicatedLog::open(ReplicatedLogConfig config, ReplicatedLogParts parts,
                                                           StateMachine& machine) {
    auto core = std::make_unique<LogCore>(std::move(config), std::move(parts), machine);
    if (auto opened = core->open(); !opened) return fail(opened.error());
    return std::unique_ptr<ReplicatedLog>(new ReplicatedLog(std::move(core)));
}

ReplicatedLog::ReplicatedLog(std::unique_ptr<LogCore> core) : core_(std::move(core)) {}
ReplicatedLog::~ReplicatedLog() = default;

bool ReplicatedLog::has_state() const { return core_->has_state(); }
std::string ReplicatedLog::cluster_id() const { return core_->cluster_id(); }

void ReplicatedLog::bootstrap(std::string cluster_id, std::vector<Peer> peers, std::function<void(Result<>)> done) {
    core_->post([cluster_id = std::move(cluster_id), peers = std::move(peers), done = std::move(done)](LogCore& core) {
        core.begin_bootstrap(cluster_id, peers, done);
    });
}

void ReplicatedLog::accept(std::unique_ptr<net::Stream> stream, bool tls) { core_->accept(std::move(stream), tls); }

void ReplicatedLog::prepare_to_stop() {
    core_->post([](LogCore& core) { core.prepare_to_stop(); });
}

void ReplicatedLog::propose(std::shared_ptr<const Command> command, std::function<void(Outcome)> done) {
    core_->propose({std::move(command), std::move(done)});
}
void ReplicatedLog::barrier(std::function<void(Result<uint64_t>)> done) { core_->barrier(std::move(done)); }
void ReplicatedLog::observe_leadership(std::function<void(const Leadership&)> observer) {
    core_->observers.push_back(std::move(observer));
}
Leadership ReplicatedLog::leadership() const { return core_->leadership(); }
bool ReplicatedLog::alone() const { return core_->alone(); }
LogStats ReplicatedLog::stats() const { return core_->stats(); }
Configuration ReplicatedLog::configuration() const { return core_->configuration(); }
std::vector<PeerProgress> ReplicatedLog::progress() const { return core_->progress(); }

void ReplicatedLog::add_peer(Peer peer, std::function<void(Result<>)> done) {
    core_->post([peer = std::move(peer), done = std::move(done)](LogCore& core) {
        core.begin_change(&LogCore::add_peer, peer, done);
    });
}
void ReplicatedLog::remove_peer(std::string id, std::function<void(Result<>)> done) {
    core_->post([peer = Peer{std::move(id), {}, Suffrage::voter}, done = std::move(done)](LogCore& core) {
        core.begin_change(&LogCore::remove_peer, peer, done);
    });
}
void ReplicatedLog::transfer_leadership(std::string id, std::function<void(Result<>)> done) {
    core_->post([peer = Peer{std::move(id), {}, Suffrage::voter}, done = std::move(done)](LogCore& core) {
        core.begin_change(&LogCore::transfer, peer, done);
    });
}

Result<> ReplicatedLog::start() { return core_->start(); }

// The core stops on its own loop; the caller waits on his.
net::Task<> ReplicatedLog::stop(net::Loop& here) {
    auto [promise, future] = net::make_promise<Result<>>(here);
    auto group = std::make_shared<std::unique_ptr<net::TaskGroup>>();
    core_->post([promise = std::move(promise), group](LogCore& core) {
        *group = std::make_unique<net::TaskGroup>(core.loop());
        (*group)->spawn(stop_core(core, promise));
    });
    (void)co_await future.wait({});
    auto [gone, left] = net::make_promise<Result<>>(here);
    core_->post([group, gone = std::move(gone)](LogCore&) mutable {
        group->reset();
        gone.complete({});
    });
    (void)co_await left.wait({});
}

}  // namespace drover::raft
