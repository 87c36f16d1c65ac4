// Fills the log of a server that does not run with nodes, jobs and allocations, through the log itself: afterwards the
// data directory is what a server that had placed them would leave, snapshots included.
//
//   large_state DATA_DIR ALLOCATIONS [NODES [JOBS]]
//
// The directory must be that of a single server that has been started once. Prints one line of JSON.

#include <cstdio>
#include <cstdlib>
#include <future>
#include <semaphore>

#include "agent/log_home.h"
#include "alloc_growth.h"
#include "load/objects.h"
#include "server/computed_class.h"
#include "server/state_machine.h"

namespace drover::bench {
namespace {

constexpr int kUnderWay = 64;  // commands

class Filler {
public:
    Filler(agent::LogHome& home, const Clock& clock) : home_(home), clock_(clock), machine_(store_) {}

    Result<> open() {
        auto parts = home_.parts();
        raft::ReplicatedLogConfig config;
        config.server_id = home_.server_id();
        config.address = "127.0.0.1:0";
        config.instance = rng_.next();
        auto opened = raft::ReplicatedLog::open(config,
                                                {.loop = parts.loop,
                                                 .network = parts.network,
                                                 .disk = parts.disk,
                                                 .rng = rng_,
                                                 .worker = parts.worker,
                                                 .on_failure = parts.on_failure},
                                                machine_);
        if (!opened) return fail(opened.error());
        log_ = std::move(*opened);
        if (!log_->has_state()) return fail(Error::internal("the server has not been started yet"));
        if (auto started = log_->start(); !started) return started;
        while (!log_->leadership().is_leader) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return {};
    }

    void fill(size_t allocations, int nodes, int jobs) {
        std::vector<std::string> node_ids;
        for (int i = 0; i < nodes; ++i) node_ids.push_back(add_node(i));
        for (int i = 0; i < jobs; ++i) propose(Growth::job(i));
        settle();
        Growth growth(std::move(node_ids));
        std::vector<std::string> ids;
        ids.reserve(allocations);
        while (ids.size() < allocations) {
            const size_t first = ids.size();
            const std::string job = "job-" + std::to_string(first / Growth::kBatch % static_cast<size_t>(jobs));
            propose(growth.plan(store_.view().jobs().find("default", job), ids));
            propose(growth.report(ids, first));
        }
        settle();
    }

    void close(net::Loop& here) { net::run(here, log_->stop(here)); }
    raft::LogStats stats() const { return log_->stats(); }

private:
    std::string add_node(int number) {
        auto node = std::make_shared<model::Node>(load::make_node(number, rng_));
        node->Status = "ready";
        node->StatusUpdatedAt = clock_.now().unix_seconds();
        node->ComputedClass = server::computed_class(*node);
        state::command::RegisterNode command;
        command.Node = node;
        propose(std::move(command));
        return node->ID;
    }

    void propose(state::Command command) {
        room_.acquire();
        log_->propose(std::make_shared<server::StateCommand>(std::move(command)), [this](raft::Outcome outcome) {
            if (!outcome) {
                std::fprintf(stderr, "%s\n", outcome.error().message.c_str());
                std::_Exit(1);
            }
            room_.release();
        });
    }

    // Until everything that was proposed is applied.
    void settle() {
        for (int i = 0; i < kUnderWay; ++i) room_.acquire();
        room_.release(kUnderWay);
    }

    agent::LogHome& home_;
    const Clock& clock_;
    SystemRng rng_;
    state::Store store_;
    server::StateMachine machine_;
    std::unique_ptr<raft::ReplicatedLog> log_;
    std::counting_semaphore<kUnderWay> room_{kUnderWay};
};

int run(int argc, char** argv) {
    if (argc < 3) return std::fprintf(stderr, "large_state DATA_DIR ALLOCATIONS [NODES [JOBS]]\n"), 2;
    const auto number = [&](int at, int otherwise) { return argc > at ? std::atoi(argv[at]) : otherwise; };
    SystemClock clock;
    SystemRng rng;
    auto home = agent::LogHome::open(std::string(argv[1]) + "/server", random_id(rng), clock);
    if (!home) return std::fprintf(stderr, "%s\n", home.error().message.c_str()), 1;
    net::IoLoop here(clock);
    Filler filler(**home, clock);
    if (auto opened = filler.open(); !opened) return std::fprintf(stderr, "%s\n", opened.error().message.c_str()), 1;
    const Duration began = clock.monotonic();
    const int allocations = number(2, 0);
    filler.fill(static_cast<size_t>(allocations), number(3, 5000), number(4, 1000));
    const double span = (clock.monotonic() - began).seconds();
    filler.close(here);
    const raft::LogStats stats = filler.stats();
    std::printf(
        "{\"what\":\"large_state\",\"seconds\":%.3f,\"allocations\":%d,\"index\":%llu,\"snapshot_index\":%llu}\n", span,
        allocations, static_cast<unsigned long long>(stats.last_index),
        static_cast<unsigned long long>(stats.snapshot_index));
    return 0;
}

}  // namespace
}  // namespace drover::bench

int main(int argc, char** argv) { return drover::bench::run(argc, argv); }
