#pragma once
// Several replicated logs in one thread, for tests: virtual time, networks and disks in memory, and a state machine
// that remembers what it was told.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "base/uuid.h"
#include "net/memory_stream.h"
#include "net/virtual_loop.h"
#include "raft/memory_disk.h"
#include "raft/replicated_log.h"

namespace drover::raft::testing {

class Note final : public Command {
public:
    explicit Note(std::string t) : text(std::move(t)) {}
    std::string encode() const override { return text; }
    std::string text;
};

// Holds every command that was applied, in order; a snapshot is all of them.
class Notebook final : public StateMachine {
public:
    std::vector<Outcome> apply(std::span<const Entry> entries) override {
        std::vector<Outcome> outcomes;
        for (const Entry& entry : entries) {
            notes.emplace_back(entry.data);
            last_index = entry.index;
            outcomes.emplace_back(std::any(entry.index));
        }
        return outcomes;
    }
    std::function<Result<>(const Sink&)> snapshot() override {
        return [copy = notes](const Sink& sink) -> Result<> {
            for (const std::string& note : copy) {
                if (auto written = sink(note + "\n"); !written) return written;
            }
            return {};
        };
    }
    Result<> restore(const Source& source) override {
        notes.clear();
        ++restores;
        std::string all(1 << 20, '\0');
        size_t size = 0;
        while (true) {
            auto got = source(all.data() + size, all.size() - size);
            if (!got) return fail(got.error());
            if (*got == 0) break;
            size += *got;
        }
        for (size_t begin = 0; begin < size;) {
            const size_t end = all.find('\n', begin);
            notes.push_back(all.substr(begin, end - begin));
            begin = end + 1;
        }
        return {};
    }
    std::vector<std::string> notes;
    uint64_t last_index = 0;
    int restores = 0;
};

// One server: its disk outlives its log.
class Node {
public:
    Node(net::VirtualLoop& loop, net::MemoryWorld& world, Rng& rng, size_t number)
        : loop_(loop),
          rng_(rng),
          ip_("10.0.0." + std::to_string(number + 1)),
          id_(std::string(7, static_cast<char>('a' + number)) + std::to_string(number + 1) +
              "-0000-4000-8000-000000000000"),
          network_(world.host(ip_)),
          disk_(rng) {}

    const std::string& id() const { return id_; }
    std::string address() const { return ip_ + ":4647"; }
    Peer peer() const { return {id_, address(), Suffrage::voter}; }

    void start(ReplicatedLogConfig config = {}) {
        config.server_id = id_;
        config.address = address();
        config.instance = rng_.next();
        machine = std::make_unique<Notebook>();
        worker_ = make_apply_on(loop_);
        auto opened = ReplicatedLog::open(config,
                                          {.loop = loop_,
                                           .network = *network_,
                                           .disk = disk_,
                                           .rng = rng_,
                                           .worker = *worker_,
                                           .on_failure = [this](Error error) { failure = error.message; }},
                                          *machine);
        error = opened ? std::string() : opened.error().message;
        if (!opened) return;
        log = std::move(*opened);
        log->observe_leadership([this](const Leadership& now) { seen.push_back(now); });
        auto listener = network_->listen(net::Address::tcp(ip_, 4647));
        listener_ = std::move(*listener);
        group_ = std::make_unique<net::TaskGroup>(loop_);
        group_->spawn(accept());
        if (!log->start()) error = "start";
    }
    void stop() {
        if (!log) return;
        listener_->close();
        net::run(loop_, log->stop(loop_));
        group_->cancel();
        net::run(loop_, group_->join());
        log.reset(), group_.reset(), listener_.reset();
    }
    // What was not synced is lost, in part.
    void crash() {
        stop();
        disk_.crash();
    }
    bool up() const { return log != nullptr; }
    bool leads() const { return log && log->leadership().is_leader; }
    MemoryDisk& disk() { return disk_; }

    std::unique_ptr<Notebook> machine;
    std::unique_ptr<ReplicatedLog> log;
    std::vector<Leadership> seen;
    std::string error, failure;

private:
    net::Task<> accept() {
        while (true) {
            auto stream = co_await listener_->accept({net::Deadline::never(), group_->token()});
            if (!stream) co_return;
            group_->spawn(hand_over(std::move(*stream)));
        }
    }
    net::Task<> hand_over(std::unique_ptr<net::Stream> stream) {
        char first = 0;
        auto got = co_await stream->read_some({&first, 1}, {loop_.in(seconds(5)), group_->token()});
        if (got && *got == 1 && log) log->accept(std::move(stream), false);
    }

    net::VirtualLoop& loop_;
    Rng& rng_;
    const std::string ip_, id_;
    std::unique_ptr<net::Network> network_;
    MemoryDisk disk_;
    std::unique_ptr<ApplyWorker> worker_;
    std::unique_ptr<net::Listener> listener_;
    std::unique_ptr<net::TaskGroup> group_;
};

class Cluster {
public:
    explicit Cluster(size_t size, uint64_t seed = 1, ReplicatedLogConfig c = {})
        : rng(seed), world(loop), config(std::move(c)) {
        for (size_t i = 0; i < size; ++i) nodes.push_back(std::make_unique<Node>(loop, world, rng, i));
    }
    ~Cluster() {
        for (auto& node : nodes) node->stop();
    }

    // The first `count` servers become a cluster.
    void bootstrap(size_t count) {
        std::vector<Peer> peers;
        for (size_t i = 0; i < count; ++i) peers.push_back(nodes[i]->peer());
        for (size_t i = 0; i < count; ++i) nodes[i]->start(config);
        for (size_t i = 0; i < count; ++i) nodes[i]->log->bootstrap("cluster", peers, [](Result<>) {});
    }
    // Runs until it is so, for at most that long.
    bool wait(const std::function<bool()>& done, Duration most = seconds(20)) {
        for (Duration passed{}; passed < most; passed = passed + milliseconds(10)) {
            if (done()) return true;
            loop.advance(milliseconds(10));
        }
        return done();
    }
    Node* leader() {
        for (auto& node : nodes) {
            if (node->leads()) return node.get();
        }
        return nullptr;
    }
    Node& wait_for_leader() {
        wait([&] { return leader() != nullptr; });
        return *leader();
    }
    // Proposes at that server; the outcome when it came within the time.
    std::optional<Outcome> propose(Node& node, const std::string& text, Duration most = seconds(5)) {
        auto result = std::make_shared<std::optional<Outcome>>();
        node.log->propose(std::make_shared<Note>(text), [result](Outcome outcome) { *result = std::move(outcome); });
        wait([&] { return result->has_value(); }, most);
        return *result;
    }
    Result<> change(const std::function<void(std::function<void(Result<>)>)>& begin, Duration most = seconds(30)) {
        auto result = std::make_shared<std::optional<Result<>>>();
        begin([result](Result<> outcome) { *result = std::move(outcome); });
        wait([&] { return result->has_value(); }, most);
        return result->has_value() ? **result : fail(Error::timeout("nothing came"));
    }

    SeededRng rng;
    net::VirtualLoop loop;
    net::MemoryWorld world;
    ReplicatedLogConfig config;
    std::vector<std::unique_ptr<Node>> nodes;
};

}  // namespace drover::raft::testing
