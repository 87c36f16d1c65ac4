// Entries of 256 bytes committed by three servers (P13): three logs in this process, each with a loop, a disk and a
// thread of its own, connected over loopback TCP. An entry counts when the leader's state machine has it: it is then
// synced on two disks at least. Many in flight, and one at a time. The folders are in ./build/raft_log_bench.

#include <benchmark/benchmark.h>

#include <condition_variable>
#include <filesystem>
#include <future>
#include <mutex>

#include "base/assert.h"
#include "base/uuid.h"
#include "raft/replicated_log.h"

namespace drover::raft {
namespace {

constexpr size_t kEntryBytes = 256;
constexpr int kServers = 3;
constexpr const char* kFolder = "build/raft_log_bench";

class Payload final : public Command {
public:
    std::string encode() const override { return std::string(kEntryBytes, 'd'); }
};

// Takes every entry and keeps nothing.
class Counter final : public StateMachine {
public:
    std::vector<Outcome> apply(std::span<const Entry> entries) override {
        return std::vector<Outcome>(entries.size(), Outcome(std::any()));
    }
    std::function<Result<>(const Sink&)> snapshot() override {
        return [](const Sink& sink) { return sink("-"); };
    }
    Result<> restore(const Source& source) override {
        char byte = 0;
        while (true) {
            auto got = source(&byte, 1);
            if (!got) return fail(got.error());
            if (*got == 0) return {};
        }
    }
};

// A server that has a log and nothing else.
class Server {
public:
    Server(const Clock& clock, Rng& rng, int number)
        : rng_(rng),
          id_(random_id(rng)),
          thread_(clock, &pool_),
          network_(net::make_os_network(thread_.loop())),
          group_(thread_.loop()),
          worker_(make_apply_thread()) {
        auto disk = open_disk(kFolder + ("/" + std::to_string(number)));
        assert_always(disk.has_value());
        disk_ = std::move(*disk);
        auto listener = network_->listen(net::Address::tcp("127.0.0.1", 0));
        assert_always(listener.has_value());
        listener_ = std::move(*listener);
    }

    Peer peer() const { return {id_, net::to_string(listener_->local()), Suffrage::voter}; }

    void start() {
        ReplicatedLogConfig config;
        config.server_id = id_;
        config.address = peer().address;
        config.instance = rng_.next();
        auto opened = ReplicatedLog::open(
            config, {.loop = thread_.loop(), .network = *network_, .disk = *disk_, .rng = rng_, .worker = *worker_},
            counter_);
        assert_always(opened.has_value());
        log = std::move(*opened);
        thread_.loop().post([this] { group_.spawn(accept_all()); });
        assert_always(log->start().has_value());
    }

    // Awaited on another loop.
    void stop(net::Loop& here) {
        net::run(here, log->stop(here));
        thread_.loop().post([this] { listener_->close(), group_.cancel(); });
        while (connections() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }

    std::unique_ptr<ReplicatedLog> log;

private:
    size_t connections() {
        std::promise<size_t> size;
        thread_.loop().post([this, &size] { size.set_value(group_.size()); });
        return size.get_future().get();
    }
    net::Task<> accept_all() {
        while (true) {
            auto stream = co_await listener_->accept({net::Deadline::never(), group_.token()});
            if (!stream) co_return;
            group_.spawn(hand_over(std::move(*stream)));
        }
    }
    net::Task<> hand_over(std::unique_ptr<net::Stream> stream) {
        char first = 0;
        auto got = co_await stream->read_some({&first, 1}, {thread_.loop().in(seconds(5)), group_.token()});
        if (got && *got == 1) log->accept(std::move(stream), false);
    }

    Rng& rng_;
    const std::string id_;
    Counter counter_;
    net::BlockingPool pool_{3};
    net::LoopThread thread_;
    std::unique_ptr<net::Network> network_;
    std::unique_ptr<Disk> disk_;
    std::unique_ptr<net::Listener> listener_;
    net::TaskGroup group_;
    std::unique_ptr<ApplyWorker> worker_;
};

class Cluster {
public:
    Cluster() {
        std::filesystem::remove_all(kFolder);
        std::filesystem::create_directories(kFolder);
        std::vector<Peer> peers;
        for (int i = 0; i < kServers; ++i) {
            servers_.push_back(std::make_unique<Server>(clock_, rng_, i));
            peers.push_back(servers_.back()->peer());
        }
        for (auto& server : servers_) server->start();
        for (auto& server : servers_) server->log->bootstrap("bench", peers, [](Result<>) {});
    }
    ~Cluster() {
        for (auto& server : servers_) server->stop(here_);
        servers_.clear();
        std::filesystem::remove_all(kFolder);
    }

    ReplicatedLog& leader() {
        while (true) {
            for (auto& server : servers_) {
                if (server->log->leadership().is_leader) return *server->log;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }

private:
    SystemClock clock_;
    SystemRng rng_;
    net::IoLoop here_{clock_};
    std::vector<std::unique_ptr<Server>> servers_;
};

// Keeps so many proposals under way until all are committed. An outcome makes room for the next proposal.
class Pump {
public:
    Pump(Log& log, int total) : log_(log), left_(total), open_(total) {}
    void run(int in_flight) {
        for (int i = 0; i < in_flight; ++i) propose();
        std::unique_lock lock(mutex_);
        ended_.wait(lock, [&] { return open_ == 0; });
    }
    bool failed() const { return failed_; }

private:
    void propose() {
        {
            std::lock_guard lock(mutex_);
            if (left_ == 0) return;
            --left_;
        }
        log_.propose(command_, [this](Outcome outcome) {
            propose();
            std::lock_guard lock(mutex_);
            if (!outcome) failed_ = true;
            if (--open_ == 0) ended_.notify_one();
        });
    }

    Log& log_;
    const std::shared_ptr<const Command> command_ = std::make_shared<Payload>();
    std::mutex mutex_;
    std::condition_variable ended_;
    int left_, open_;
    bool failed_ = false;
};

void committed_by_three(benchmark::State& state) {
    Cluster cluster;
    ReplicatedLog& leader = cluster.leader();
    const int in_flight = static_cast<int>(state.range(0));
    const int each = in_flight == 1 ? 200 : 20'000;
    for (auto _ : state) {
        Pump pump(leader, each);
        pump.run(in_flight);
        if (pump.failed()) return state.SkipWithError("a proposal failed");
    }
    state.SetItemsProcessed(state.iterations() * each);
}
BENCHMARK(committed_by_three)->ArgName("in_flight")->Arg(1)->Arg(256)->Arg(4096)->UseRealTime()->MinTime(3);

}  // namespace
}  // namespace drover::raft
