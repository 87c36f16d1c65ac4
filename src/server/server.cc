#include "server/server.h"

#include <map>

#include "base/assert.h"
#include "base/uuid.h"
#include "raft/single_log.h"
#include "server/autopilot.h"
#include "server/cluster_members.h"
#include "server/endpoint_tables.h"
#include "server/leader_duties.h"
#include "server/leaving.h"
#include "server/members.h"

namespace drover::server {

const std::vector<const EndpointTable*>& all_endpoints() {
    static const std::vector<const EndpointTable*> tables = {
        &alloc_endpoints(),       &client_endpoints(),    &deployment_endpoints(), &eval_endpoints(),
        &job_endpoints(),         &job_write_endpoints(), &namespace_endpoints(),  &node_endpoints(),
        &operator_endpoints(),    &search_endpoints(),    &status_endpoints(),     &deployment_write_endpoints(),
        &job_version_endpoints(), &child_job_endpoints(), &scaling_endpoints(),    &node_pool_endpoints(),
        &system_endpoints(),
    };
    return tables;
}

const Endpoint* find_endpoint(std::string_view name) {
    static const std::map<std::string_view, const Endpoint*> by_name = [] {
        std::map<std::string_view, const Endpoint*> rows;
        for (const EndpointTable* table : all_endpoints()) {
            for (const Endpoint& endpoint : *table) rows[endpoint.name] = &endpoint;
        }
        return rows;
    }();
    const auto found = by_name.find(name);
    return found == by_name.end() ? nullptr : found->second;
}

namespace {

// A log in memory stands in until start(), so that there is one to ask.
std::unique_ptr<raft::Log> memory_log(const ServerConfig& config, const ServerParts& parts, StateMachine& machine) {
    if (parts.make_log) return parts.make_log(machine);
    return std::make_unique<raft::SingleLog>(
        raft::SingleLogConfig{.server_id = config.id, .address = config.rpc_address}, machine);
}

}  // namespace

Server::Server(ServerConfig config, ServerParts parts)
    : config_(std::move(config)),
      parts_(std::move(parts)),
      loop_(parts_.loop),
      rng_(parts_.rng),
      state_machine_(store_),
      log_(memory_log(config_, parts_, state_machine_)),
      committer_(log_),
      routing_(config_, log_, rng_),
      rpc_(*this, loop_, parts_.network, config_.rpc),
      leader_(config_, store_, log_, committer_, routing_, loop_,
              parts_.maybe_clock ? *parts_.maybe_clock : loop_.clock(), rng_),
      duties_(std::make_unique<LeaderDuties>(leader_, committer_)),
      group_(loop_),
      leadership_changed_(loop_) {}

Server::~Server() = default;

net::Task<Result<>> Server::start() {
    if (parts_.durable) {
        if (auto opened = open_log(); !opened) co_return opened;
    }
    leader_.remove_by_successor = [this](model::RaftPeerByIDRequest request) {
        return call<model::GenericResponse>("Operator.RaftRemovePeerByID", std::move(request), stopping_.token());
    };
    log_->observe_leadership([notify = leadership_changed_](const raft::Leadership&) { notify.notify(); });
    begin_members();
    if (auto started = log_->start(); !started) co_return started;
    group_.spawn(follow_leadership());
    if (auto opened = open_port(); !opened) co_return opened;
    if (!cluster_) co_return Result<>{};
    co_return co_await cluster_->start();
}

void Server::begin_members() {
    if (!config_.members.enabled) return;
    cluster_ = std::make_unique<ClusterMembers>(
        config_, ClusterMembers::Parts{.loop = loop_,
                                       .network = parts_.network,
                                       .rng = rng_,
                                       .maybe_disk = parts_.durable ? &parts_.durable->disk : nullptr,
                                       .maybe_log = maybe_replicated_,
                                       .on_fatal = parts_.on_fatal});
    raft::Members& members = cluster_->members();
    leader_.maybe_membership = &members;
    routing_.set_membership(&members);
    leader_.maybe_call_back = [this](raft::Member member) { return rpc_.ping(member.rpc_address(), member.region()); };
    members.observe([this](const raft::Member& member) {
        const bool matters = member.status == raft::MemberStatus::left || member.status == raft::MemberStatus::alive;
        if (matters && leader_.maybe_autopilot) leader_.maybe_autopilot->wake();
    });
}

Result<> Server::open_log() {
    raft::ReplicatedLogConfig config;
    config.server_id = config_.id;
    config.address = config_.rpc_address;
    config.instance = config_.instance;
    config.election_timeout = milliseconds(config.election_timeout.milliseconds() * config_.raft_multiplier);
    config.heartbeat = milliseconds(config.heartbeat.milliseconds() * config_.raft_multiplier);
    ServerParts::Durable& durable = *parts_.durable;
    auto log = raft::ReplicatedLog::open(
        std::move(config),
        {.loop = durable.loop,
         .network = durable.network,
         .disk = durable.disk,
         .rng = rng_,
         .worker = durable.worker,
         .maybe_slow_pool = durable.maybe_slow_pool,
         .maybe_client_tls = config_.rpc.client_tls,
         .maybe_server_tls = config_.rpc.server_tls,
         .tls_server_name = config_.rpc.verify_server_hostname ? "server." + config_.region + ".nomad" : std::string(),
         .find_address = [this](const std::string& id) { return cluster_ ? cluster_->address_of(id) : std::string(); },
         .on_failure = durable.on_failure},
        state_machine_);
    if (!log) return fail(log.error());
    maybe_replicated_ = log->get();
    log_ = std::move(*log);
    return {};
}

Result<> Server::open_port() {
    net::RawHandler raft, raft_tls;
    if (maybe_replicated_) {
        raft = [this](std::unique_ptr<net::Stream> stream) { accept_raft(std::move(stream), false); };
        raft_tls = [this](std::unique_ptr<net::Stream> stream) { accept_raft(std::move(stream), true); };
    }
    return rpc_.start(config_.rpc.listen, std::move(raft), std::move(raft_tls));
}

// The log lives on a loop of its own: the connection moves there.
void Server::accept_raft(std::unique_ptr<net::Stream> stream, bool tls) {
    ServerParts::Durable& durable = *parts_.durable;
    if (!durable.take_over) return maybe_replicated_->accept(std::move(stream), tls);
    auto moved = durable.take_over(std::move(stream));
    if (!moved) return logger_.warn("a connection of the log was dropped", {{"error", moved.error().message}});
    auto shared = std::make_shared<std::unique_ptr<net::Stream>>(std::move(*moved));
    durable.loop.post([log = maybe_replicated_, shared, tls] { log->accept(std::move(*shared), tls); });
}

// Starts the leader's duties when this server leads, and ends them when it does not, one after the other.
net::Task<> Server::follow_leadership() {
    const net::CancelToken cancel = group_.token();
    uint64_t leading = 0;  // the term whose duties run; 0: none do
    while (!cancel.cancelled()) {
        group_.spawn(drop_stale_forwards());
        const raft::Leadership now = log_->leadership();
        const uint64_t wanted = now.is_leader ? now.term : 0;
        if (leading != 0 && leading != wanted) {
            logger_.info("leadership lost", {{"term", leading}});
            co_await duties_->stop();
            leading = 0;
            continue;
        }
        if (leading == 0 && wanted != 0) {
            logger_.info("leadership acquired", {{"term", wanted}});
            duties_->start();
            leading = wanted;
            continue;
        }
        (void)co_await leadership_changed_.wait({net::Deadline::never(), cancel});
    }
    if (leading != 0) co_await duties_->stop();
}

net::Task<> Server::stop() {
    stopping_.cancel(Error::canceled("server is shutting down"));
    group_.cancel();
    // Else the duties of a leader whose disk is full, or whom too few follow, would wait for ever.
    if (maybe_replicated_) maybe_replicated_->prepare_to_stop();
    co_await group_.join();
    if (cluster_) co_await cluster_->stop();
    co_await rpc_.stop();
    co_await log_->stop(loop_);
}

Scheduling& Server::scheduling() { return duties_->scheduling(); }

std::function<Result<>(const model::ArchiveSink&)> Server::archive() const {
    return [view = store_.view(), configuration = log_->configuration(), term = log_->stats().term,
            now = leader_.now()](const model::ArchiveSink& sink) {
        return save_archive(view, configuration, term, now, sink);
    };
}

net::Task<Result<uint64_t>> Server::restore(ArchiveSource source, bool force) {
    if (!is_leader()) co_return fail(Error::internal("No cluster leader"));
    co_return co_await net::run_blocking(
        loop_, [this, source = std::move(source), id = random_id(rng_), force]() -> Result<uint64_t> {
            return restore_archive(source, committer_, id, force);
        });
}

model::ServerMember Server::member() const {
    return to_model(maybe_membership() ? maybe_membership()->self() : own_member(config_));
}

net::Task<> Server::leave(net::Limit limit) { return leave_cluster(leader_, std::move(limit)); }

}  // namespace drover::server
