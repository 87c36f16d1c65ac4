#include "server/cluster_members.h"

#include "server/member_disk.h"
#include "server/members.h"

namespace drover::server {
namespace {

constexpr Duration kTellEvery = seconds(1);
constexpr Duration kJoinPatience = seconds(30);

raft::MembersConfig members_config(const ServerConfig& config, std::function<void(Error)> on_fatal) {
    raft::MembersConfig members;
    members.id = config.id;
    members.node_name = config.name;
    members.region = config.region;
    members.listen = config.members.listen;
    members.address = config.members.advertise_host;
    members.port = config.serf_port;
    members.tags = member_tags(config);
    members.expect = config.bootstrap_expect;
    members.retry_join = config.members.retry_join;
    members.retry_interval = config.members.retry_interval;
    members.retry_max = config.members.retry_max;
    members.keys = config.members.keys;
    members.maybe_save_keys = config.members.maybe_save_keys;
    members.on_fatal = std::move(on_fatal);
    return members;
}

net::Task<Result<>> write_first(raft::ReplicatedLog& log, net::Loop& loop, raft::BootProposal proposal) {
    std::vector<raft::Peer> peers;
    for (const raft::BootServer& server : proposal.Servers)
        peers.push_back({server.ID, server.Address, raft::Suffrage::voter});
    auto [promise, future] = net::make_promise<Result<>>(loop);
    log.bootstrap(proposal.Cluster, std::move(peers),
                  [p = std::move(promise)](Result<> done) mutable { p.complete(std::move(done)); });
    auto written = co_await future.wait({});
    co_return written ? *written : fail(written.error());
}

}  // namespace

ClusterMembers::ClusterMembers(const ServerConfig& config, Parts parts)
    : config_(config), parts_(std::move(parts)), group_(parts_.loop) {
    store_ = parts_.maybe_disk ? make_disk_member_store(*parts_.maybe_disk, parts_.loop) : make_memory_member_store();
    members_ =
        std::make_unique<raft::Members>(parts_.network, parts_.rng, *store_, members_config(config_, parts_.on_fatal));
    members_->observe([this](const raft::Member& member) { note(member); });
    if (!parts_.maybe_log) return;
    raft::BootstrapConfig boot;
    boot.expect = config_.bootstrap_expect;
    boot.has_state = parts_.maybe_log->has_state();
    boot.write = [log = parts_.maybe_log, &loop = parts_.loop](raft::BootProposal proposal) {
        return write_first(*log, loop, std::move(proposal));
    };
    bootstrap_ = std::make_unique<raft::Bootstrap>(*members_, parts_.loop, parts_.rng, std::move(boot));
}

ClusterMembers::~ClusterMembers() = default;

net::Task<Result<>> ClusterMembers::start() {
    if (auto started = co_await members_->start(); !started)
        co_return fail(started.error().wrapped("failed to start the members' listener: "));
    if (!config_.members.start_join.empty()) group_.spawn(join_once());
    if (bootstrap_) {
        group_.spawn(become_cluster());
        group_.spawn(tell_cluster());
    }
    co_return Result<>{};
}

net::Task<> ClusterMembers::stop() {
    group_.cancel(Error::canceled("the members are stopping"));
    co_await members_->stop();
    co_await group_.join();
}

// start_join asks once; when nobody answers the agent does not start.
net::Task<> ClusterMembers::join_once() {
    auto joined = co_await members_->join(config_.members.start_join, {parts_.loop.in(kJoinPatience), group_.token()});
    if (joined || group_.token().cancelled()) co_return;
    log_.error("no server could be joined", {{"error", joined.error().message}});
    if (parts_.on_fatal) parts_.on_fatal(joined.error());
}

net::Task<> ClusterMembers::become_cluster() {
    auto outcome = co_await bootstrap_->run(group_.token());
    if (!outcome && !group_.token().cancelled()) {
        log_.error("no cluster could be made", {{"error", outcome.error().message}});
        if (parts_.on_fatal) parts_.on_fatal(outcome.error());
    }
    if (outcome && *outcome == raft::Bootstrap::Outcome::wait)
        log_.info("waiting for the cluster's leader to add this server");
}

// A server that was added learns from its leader's log which cluster it belongs to.
net::Task<> ClusterMembers::tell_cluster() {
    const net::CancelToken cancel = group_.token();
    while (members_->cluster_id().empty() && !cancel.cancelled()) {
        const std::string id = parts_.maybe_log->cluster_id();
        if (!id.empty()) {
            if (auto set = co_await members_->set_cluster_id(id); !set)
                log_.error("this server's cluster is not the members'", {{"error", set.error().message}});
        }
        if (auto slept = co_await parts_.loop.sleep(kTellEvery, cancel); !slept) co_return;
    }
}

void ClusterMembers::note(const raft::Member& member) {
    if (member.region() != config_.region) return;
    std::lock_guard lock(mutex_);
    if (member.status == raft::MemberStatus::left) {
        addresses_.erase(member.id);
    } else {
        addresses_[member.id] = member.rpc_address();
    }
}

std::string ClusterMembers::address_of(const std::string& server_id) const {
    std::lock_guard lock(mutex_);
    const auto found = addresses_.find(server_id);
    return found == addresses_.end() ? std::string() : found->second;
}

}  // namespace drover::server
