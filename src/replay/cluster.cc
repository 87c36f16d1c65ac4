#include "replay/cluster.h"

#include "base/uuid.h"
#include "replay/loop_log.h"

namespace drover::replay {
namespace {

constexpr const char* kAddress = "10.255.255.254";
constexpr uint16_t kRpcPort = 4647;

}  // namespace

Cluster::Cluster(server::ServerConfig config, uint64_t seed, Time start, const Clock& real_clock)
    : real_clock_(real_clock), rng_(seed), timeline_(start), world_(timeline_), network_(world_.host(kAddress)) {
    config.name = "sim";
    config.id = random_id(rng_);
    config.rpc_address = std::string(kAddress) + ":" + std::to_string(kRpcPort);
    config.rpc.listen = net::Address::tcp(kAddress, kRpcPort);
    config.members.enabled = false;
    config.scheduler_threads = false;
    server::ServerParts parts{.loop = timeline_, .network = *network_, .rng = rng_};
    parts.make_log = [id = config.id, address = config.rpc_address](raft::StateMachine& machine) {
        return std::make_unique<LoopLog>(id, address, machine);
    };
    server_ = std::make_unique<server::Server>(std::move(config), std::move(parts));
    timeline_.on_idle([this] { return evaluate_next(); });
}

Cluster::~Cluster() { net::run(timeline_, server_->stop()); }

Result<> Cluster::start() {
    auto started = net::run(timeline_, server_->start());
    timeline_.rest();
    return started;
}

bool Cluster::evaluate_next() {
    const Duration before = real_clock_.monotonic();
    if (!server_->scheduling().run_next()) return false;
    evaluation_ns_.add((real_clock_.monotonic() - before).ns);
    return true;
}

}  // namespace drover::replay
