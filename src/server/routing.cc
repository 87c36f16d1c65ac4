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

Result<Routing::Place> Routing::find(std::string_view server) const {
    const std::string wanted = server == "leader" ? log_->leadership().leader_id : std::string(server);
    if (server == "leader" && wanted.empty()) return fail(Error::internal("No cluster leader"));
    const std::string own_name = config_.name + "." + config_.region;
    if (wanted == config_.id || wanted == own_name) return Place{config_.rpc_address, config_.region, true};
    if (maybe_membership_) {
        for (const raft::Member& member : maybe_membership_->members()) {
            if (member.region() == config_.region && (member.id == wanted || member.name == wanted))
                return Place{member.rpc_address(), member.region(), false};
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
