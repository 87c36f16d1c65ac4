#include "server/autopilot.h"

#include <algorithm>

#include "raft/member_table.h"

namespace drover::server {
namespace {

using raft::Member;
using raft::MemberStatus;
using raft::Peer;
using raft::Suffrage;

constexpr Duration kLookEvery = seconds(2);
constexpr Duration kChangeEvery = seconds(10);
constexpr Duration kChangePatience = seconds(30);

const Member* find_member(const AutopilotInput& input, std::string_view id) {
    for (const Member& member : input.members) {
        if (member.id == id && member.region() == input.region) return &member;
    }
    return nullptr;
}

const raft::PeerProgress* find_progress(const AutopilotInput& input, std::string_view id) {
    for (const raft::PeerProgress& progress : input.progress) {
        if (progress.id == id) return &progress;
    }
    return nullptr;
}

const Peer* find_peer(const AutopilotInput& input, std::string_view id) {
    for (const Peer& peer : input.configuration.peers) {
        if (peer.id == id) return &peer;
    }
    return nullptr;
}

bool is_voter(const Peer& peer) { return peer.suffrage == Suffrage::voter; }

uint64_t voters_of(const raft::Configuration& configuration) {
    return static_cast<uint64_t>(std::count_if(configuration.peers.begin(), configuration.peers.end(), is_voter));
}

uint64_t majority(uint64_t voters) { return voters / 2 + 1; }

// What the log and the members tell of a server.
model::ServerHealth describe(const AutopilotInput& input, const Peer& peer) {
    model::ServerHealth server;
    server.ID = peer.id;
    server.Leader = peer.id == input.leader_id;
    server.Voter = is_voter(peer);
    server.Address = peer.address;
    server.SerfStatus = "none";
    const Member* member = find_member(input, peer.id);
    if (member) {
        server.Name = member->name;
        server.Address = member->rpc_address();
        server.SerfStatus = to_string(member->status);
        server.Version = member->tag("build");
    }
    bool in_contact = server.Leader;
    if (server.Leader) {
        server.LastTerm = input.log.last_term == 0 ? input.log.term : input.log.last_term;
        server.LastIndex = input.log.last_index;
    } else if (const raft::PeerProgress* progress = find_progress(input, peer.id)) {
        server.LastContact = progress->last_contact.value_or(Duration{});
        server.LastTerm = input.log.term;
        server.LastIndex = progress->match_index;
        const uint64_t behind = input.log.last_index - std::min(input.log.last_index, progress->match_index);
        in_contact = progress->last_contact && *progress->last_contact <= input.config.LastContactThreshold &&
                     behind <= input.config.MaxTrailingLogs;
    }
    server.Healthy = in_contact && member && member->status == MemberStatus::alive;
    return server;
}

ServerTrack follow(const AutopilotInput& input, const model::ServerHealth& server, const ServerTrack* before) {
    const Duration passed = before ? input.uptime - before->seen_at : Duration{};
    ServerTrack track;
    track.seen_at = input.uptime;
    track.healthy = server.Healthy;
    const bool same = before && before->healthy == server.Healthy;
    track.since = same ? before->since : input.now;
    if (same && server.Healthy) track.healthy_for = before->healthy_for + passed;
    if (before && !find_member(input, server.ID)) track.absent_for = before->absent_for + passed;
    if (server.Leader) return track;
    const raft::PeerProgress* progress = find_progress(input, server.ID);
    if (progress && progress->last_contact) {
        track.silent_for = *progress->last_contact;
    } else if (before) {
        track.silent_for = before->silent_for + passed;
    }
    return track;
}

// Who bears the name of a server in its place, alive.
const Member* successor_of(const AutopilotInput& input, const Member& member) {
    for (const Member& other : input.members) {
        if (other.name == member.name && other.id != member.id && other.status == MemberStatus::alive) return &other;
    }
    return nullptr;
}

// Whether a server is gone as far as the members know, and nothing but the number of voters keeps it.
bool is_dead(const AutopilotInput& input, const Peer& peer, const ServerTrack& track) {
    if (track.silent_for <= input.config.LastContactThreshold) return false;
    const Member* member = find_member(input, peer.id);
    if (!member) return input.config.CleanupDeadServers && track.absent_for >= input.config.ServerStabilizationTime;
    if (member->status != MemberStatus::failed) return false;
    if (const Member* successor = successor_of(input, *member)) {
        const Peer* successor_peer = find_peer(input, successor->id);
        return successor_peer && is_voter(*successor_peer);
    }
    return input.config.CleanupDeadServers;
}

}  // namespace

model::AutopilotConfig default_autopilot_config() {
    model::AutopilotConfig config;
    config.CleanupDeadServers = true;
    config.LastContactThreshold = milliseconds(200);
    config.MaxTrailingLogs = 250;
    config.ServerStabilizationTime = seconds(10);
    return config;
}

Assessment assess(const AutopilotInput& input, const ServerTracks& before) {
    Assessment result;
    model::OperatorHealthReply& health = result.health;
    health.Healthy = !input.configuration.peers.empty();
    uint64_t healthy_voters = 0;
    for (const Peer& peer : input.configuration.peers) {
        model::ServerHealth server = describe(input, peer);
        const auto known = before.find(peer.id);
        const ServerTrack track = follow(input, server, known == before.end() ? nullptr : &known->second);
        server.StableSince = track.since;
        result.servers[peer.id] = track;
        if (server.Leader) health.Leader = peer.id;
        if (server.Voter) health.Voters.push_back(peer.id);
        if (server.Voter && server.Healthy) ++healthy_voters;
        health.Healthy = health.Healthy && server.Healthy;
        health.Servers.push_back(std::move(server));
    }
    const uint64_t needed = majority(voters_of(input.configuration));
    if (healthy_voters > needed) health.FailureTolerance = static_cast<int64_t>(healthy_voters - needed);
    return result;
}

std::optional<std::string> server_to_remove(const AutopilotInput& input, const Assessment& assessment) {
    const uint64_t voters = voters_of(input.configuration);
    const uint64_t needed = std::max(input.config.MinQuorum, majority(voters));
    for (const Peer& peer : input.configuration.peers) {
        const auto track = assessment.servers.find(peer.id);
        if (peer.id == input.leader_id || track == assessment.servers.end()) continue;
        const uint64_t remaining = voters - (is_voter(peer) ? 1 : 0);
        const Member* member = find_member(input, peer.id);
        if (member && member->status == MemberStatus::left) {
            if (remaining > 0) return peer.id;
            continue;
        }
        if (is_dead(input, peer, track->second) && (!is_voter(peer) || remaining >= needed)) return peer.id;
    }
    return std::nullopt;
}

std::optional<Peer> server_to_add(const AutopilotInput& input) {
    const Member* own = find_member(input, input.leader_id);
    if (!own) return std::nullopt;
    for (const Member& member : input.members) {
        if (member.status != MemberStatus::alive || member.region() != input.region) continue;
        const std::string cluster = member.tag(raft::kClusterTag);
        if (!cluster.empty() && cluster != own->tag(raft::kClusterTag)) continue;
        const std::vector<Peer>& peers = input.configuration.peers;
        const auto known =
            std::find_if(peers.begin(), peers.end(), [&](const Peer& peer) { return peer.id == member.id; });
        if (known == peers.end()) return Peer{member.id, member.rpc_address(), Suffrage::nonvoter};
        if (known->address != member.rpc_address()) return Peer{member.id, member.rpc_address(), known->suffrage};
    }
    return std::nullopt;
}

std::optional<Peer> server_to_promote(const AutopilotInput& input, const Assessment& assessment) {
    for (const Peer& peer : input.configuration.peers) {
        const auto track = assessment.servers.find(peer.id);
        const Member* member = find_member(input, peer.id);
        if (is_voter(peer) || track == assessment.servers.end() || !member) continue;
        if (member->status != MemberStatus::alive || member->tag("nonvoter") == "1") continue;
        if (!track->second.healthy || track->second.healthy_for < input.config.ServerStabilizationTime) continue;
        return Peer{peer.id, member->rpc_address(), Suffrage::voter};
    }
    return std::nullopt;
}

void Autopilot::start() { group_.spawn(run()); }

net::Task<> Autopilot::stop() {
    group_.cancel();
    co_await group_.join();
}

void Autopilot::wake() {
    woken_ = true;
    wake_.notify();
}

AutopilotInput Autopilot::look() {
    AutopilotInput input;
    input.configuration = parts_.log.configuration();
    input.members = parts_.members();
    input.progress = parts_.log.progress();
    input.log = parts_.log.stats();
    input.leader_id = parts_.log.leadership().leader_id;
    input.region = parts_.region;
    input.config = parts_.config();
    input.now = parts_.loop.clock().now();
    input.uptime = parts_.loop.now();
    return input;
}

model::OperatorHealthReply Autopilot::health() {
    Assessment now = assess(look(), tracks_);
    tracks_ = std::move(now.servers);
    return std::move(now.health);
}

net::Task<> Autopilot::run() {
    const net::CancelToken cancel = group_.token();
    Duration next_change = parts_.loop.now() + kChangeEvery;
    while (!cancel.cancelled()) {
        health();
        if (woken_ || parts_.loop.now() >= next_change) {
            woken_ = false;
            co_await make_changes();
            next_change = parts_.loop.now() + kChangeEvery;
        }
        Result<> waited = co_await wake_.wait({parts_.loop.in(kLookEvery), cancel});
        if (!waited && waited.error().code != ErrorCode::timeout) co_return;
    }
}

// One after another, each on what is known after the one before, at most one a server.
net::Task<> Autopilot::make_changes() {
    const size_t most = std::max(parts_.log.configuration().peers.size(), parts_.members().size());
    for (size_t i = 0; i < most; ++i) {
        if (!co_await make_one_change()) co_return;
    }
}

namespace {

// What is done to the log's configuration.
struct Change {
    const char* what = nullptr;
    std::string remove;  // an identifier
    std::optional<raft::Peer> put;
};

std::optional<Change> next_change(const AutopilotInput& input, const Assessment& assessment) {
    if (auto gone = server_to_remove(input, assessment)) return Change{"removing a dead server", *gone, std::nullopt};
    if (auto ready = server_to_promote(input, assessment)) return Change{"giving a server its vote", "", *ready};
    if (auto newcomer = server_to_add(input)) return Change{"adding a server", "", *newcomer};
    return std::nullopt;
}

}  // namespace

net::Task<bool> Autopilot::make_one_change() {
    const AutopilotInput input = look();
    Assessment assessment = assess(input, tracks_);
    tracks_ = assessment.servers;
    const std::optional<Change> change = next_change(input, assessment);
    if (!change) co_return false;
    const std::string id = change->put ? change->put->id : change->remove;
    if (change->put && !co_await is_there(input, id)) co_return false;
    auto [promise, future] = net::make_promise<Result<>>(parts_.loop);
    const auto done = [p = promise](Result<> result) mutable { p.complete(std::move(result)); };
    if (change->put) {
        parts_.log.add_peer(*change->put, done);
    } else {
        parts_.log.remove_peer(id, done);
    }
    const net::Limit limit{parts_.loop.in(kChangePatience), group_.token()};
    Result<Result<>> waited = co_await future.wait(limit);
    const Result<> changed = waited ? *waited : Result<>(fail(waited.error()));
    if (changed) {
        log_.info(change->what, {{"id", id}});
    } else if (changed.error().code != ErrorCode::conflict && changed.error().code != ErrorCode::canceled) {
        log_.warn("changing the servers of the log failed",
                  {{"change", change->what}, {"id", id}, {"error", changed.error().message}});
    }
    co_return changed.has_value();
}

net::Task<bool> Autopilot::is_there(AutopilotInput input, std::string id) {
    if (!parts_.maybe_call_back) co_return true;
    for (raft::Member& member : input.members) {
        if (member.id != id) continue;
        auto called = co_await parts_.maybe_call_back(member);
        if (!called)
            log_.warn("a server does not answer where it says that it is",
                      {{"name", member.name}, {"address", member.rpc_address()}, {"error", called.error().message}});
        co_return called.has_value();
    }
    co_return false;
}

}  // namespace drover::server
