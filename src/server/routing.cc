#include "server/routing.h"

namespace drover::server {

std::string Routing::address_of(const std::string& server_id) const {
    if (server_id == config_.id) return config_.rpc_address;
    if (maybe_membership_) {
        for (const raft::Member& member : maybe_membership_->members()) {
            if (member.id == server_id) return member.rpc_address();
        }
    }
    for (const raft::Peer& peer : log_->configuration().peers) {
        if (peer.id == server_id) return peer.address;
    }
    return {};
}

Result<std::string> Routing::id_of(std::string_view server) const {
    if (server == "leader") {
        std::string leader = log_->leadership().leader_id;
        if (leader.empty()) return fail(Error::internal("No cluster leader"));
        return leader;
    }
    if (server == config_.id || server == config_.name + "." + config_.region) return config_.id;
    if (maybe_membership_) {
        for (const raft::Member& member : maybe_membership_->members()) {
            if (member.region() == config_.region && (member.id == server || member.name == server)) return member.id;
        }
    }
    return fail(Error::internal("unknown Nomad server " + std::string(server)));
}

std::string Routing::leader_address() const {
    const raft::Leadership leadership = log_->leadership();
    return leadership.leader_id.empty() ? std::string() : address_of(leadership.leader_id);
}

std::string Routing::server_of(std::string_view region) const {
    std::vector<std::string> alive;
    if (maybe_membership_) {
        for (const raft::Member& member : maybe_membership_->members()) {
            if (member.region() == region && member.status == raft::MemberStatus::alive && member.id != config_.id)
                alive.push_back(member.rpc_address());
        }
    }
    return alive.empty() ? std::string() : alive[rng_.below(alive.size())];
}

std::vector<Routing::Server> Routing::servers() const {
    std::vector<Server> servers;
    if (maybe_membership_) {
        for (const raft::Member& member : maybe_membership_->members()) {
            if (member.region() == config_.region && member.status == raft::MemberStatus::alive)
                servers.push_back({member.rpc_address(), member.tag("dc")});
        }
    } else {
        for (const raft::Peer& peer : log_->configuration().peers)
            servers.push_back({address_of(peer.id), config_.datacenter});
    }
    if (servers.empty()) servers.push_back({config_.rpc_address, config_.datacenter});
    return servers;
}

}  // namespace drover::server
