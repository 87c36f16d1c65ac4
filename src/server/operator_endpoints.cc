#include <algorithm>

#include "base/strings.h"
#include "model/rpc_operator.h"
#include "server/autopilot.h"
#include "server/endpoint_tables.h"
#include "server/leader.h"

namespace drover::server {
namespace {

Result<model::SchedulerConfigurationResponse> get_scheduler_config(const state::View& view,
                                                                   const model::GenericRequest&) {
    model::SchedulerConfigurationResponse response;
    response.Index = view.table_index(state::Table::scheduler_config);
    if (auto config = view.scheduler_config()) response.SchedulerConfig = *config;
    return response;
}

net::Task<Result<model::SchedulerSetConfigurationResponse>> set_scheduler_config(
    Leader& leader, model::SchedulerSetConfigRequest request) {
    const std::string& algorithm = request.Config.SchedulerAlgorithm;
    if (algorithm.empty()) request.Config.SchedulerAlgorithm = "binpack";
    if (algorithm != "binpack" && algorithm != "spread")
        co_return fail(Error::bad_request("invalid scheduler algorithm: " + algorithm));
    auto applied = co_await leader.commit(state::command::SetSchedulerConfig{request.Config, request.CAS});
    if (!applied) co_return fail(applied.error());
    model::SchedulerSetConfigurationResponse response;
    response.Updated = applied->changed;
    response.Index = applied->Index;
    co_return response;
}

constexpr Duration kChangePatience = minutes(1);

const raft::Member* find_member(const std::vector<raft::Member>& members, const raft::Peer& peer,
                                const std::string& region) {
    const auto found = std::find_if(members.begin(), members.end(), [&](const raft::Member& member) {
        return member.id == peer.id && member.region() == region;
    });
    return found == members.end() ? nullptr : &*found;
}

// Asked of the leader, since only it knows what is committed; a stale request is content with what this server knows.
net::Task<Result<model::RaftConfigurationResponse>> raft_configuration(Leader& leader, model::GenericRequest) {
    const raft::Configuration configuration = leader.log().configuration();
    const std::string leader_id = leader.log().leadership().leader_id;
    const std::vector<raft::Member> members = leader.members();
    model::RaftConfigurationResponse response;
    response.Index = configuration.index;
    for (const raft::Peer& peer : configuration.peers) {
        const raft::Member* member = find_member(members, peer, leader.config().region);
        model::RaftServer& server = response.Servers.emplace_back();
        server.ID = peer.id;
        server.Node = member ? member->name : "(unknown)";
        server.Address = member ? member->rpc_address() : peer.address;
        server.Leader = peer.id == leader_id;
        server.Voter = peer.suffrage == raft::Suffrage::voter;
        server.RaftProtocol = member ? member->tag("raft_vsn") : "unknown";
    }
    co_return response;
}

net::Task<Result<model::GenericResponse>> remove_raft_peer(Leader& leader, model::RaftPeerByIDRequest request) {
    const std::vector<raft::Peer> peers = leader.log().configuration().peers;
    const bool known =
        std::any_of(peers.begin(), peers.end(), [&](const raft::Peer& peer) { return peer.id == request.ID; });
    if (!known) co_return fail(Error::internal("id " + quote(request.ID) + " was not found in the Raft configuration"));
    const net::Limit limit{leader.loop().in(kChangePatience), {}};
    const auto votes = [](const raft::Peer& peer) { return peer.suffrage == raft::Suffrage::voter; };
    if (request.ID == leader.config().id && std::count_if(peers.begin(), peers.end(), votes) > 1) {
        auto transferred = co_await leader.transfer_leadership("", limit);
        if (!transferred) co_return fail(transferred.error());
        co_return co_await leader.remove_by_successor(std::move(request));
    }
    auto removed = co_await leader.remove_peer(request.ID, limit);
    if (!removed) co_return fail(removed.error());
    co_return model::GenericResponse();
}

net::Task<Result<model::LeadershipTransferResponse>> transfer_leadership(Leader& leader,
                                                                         model::RaftPeerRequest request) {
    model::LeadershipTransferResponse response;
    const std::string leader_id = leader.log().leadership().leader_id;
    const std::vector<raft::Member> members = leader.members();
    const raft::Peer* target = nullptr;
    const raft::Configuration configuration = leader.log().configuration();
    for (const raft::Peer& peer : configuration.peers) {
        const raft::Member* member = find_member(members, peer, leader.config().region);
        const std::string address = member ? member->rpc_address() : peer.address;
        if (peer.id == leader_id) response.From.ID = peer.id, response.From.Address = address;
        if (request.ID.empty() ? address != request.Address : peer.id != request.ID) continue;
        target = &peer;
        response.To.ID = peer.id, response.To.Address = address;
    }
    if (!target) {
        co_return fail(
            Error::bad_request("no server of the Raft configuration has the " +
                               (request.ID.empty() ? "address " + quote(request.Address) : "id " + quote(request.ID))));
    }
    if (target->id == leader_id) {
        response.Noop = true;
        co_return response;
    }
    if (target->suffrage != raft::Suffrage::voter)
        co_return fail(Error::bad_request("server " + quote(target->id) + " is not a voter"));
    auto transferred = co_await leader.transfer_leadership(target->id, {leader.loop().in(kChangePatience), {}});
    if (!transferred) co_return fail(transferred.error());
    co_return response;
}

Result<model::AutopilotConfig> get_autopilot_config(const state::View& view, const model::GenericRequest&) {
    if (auto config = view.autopilot_config()) return *config;
    return fail(Error::internal("the leader has not stored an autopilot configuration yet"));
}

net::Task<Result<bool>> set_autopilot_config(Leader& leader, model::AutopilotSetConfigRequest request) {
    auto applied = co_await leader.commit(state::command::SetAutopilotConfig{request.Config, request.CAS});
    if (!applied) co_return fail(applied.error());
    co_return applied->changed;
}

net::Task<Result<model::OperatorHealthReply>> server_health(Leader& leader, model::GenericRequest) {
    if (!leader.maybe_autopilot) co_return fail(Error::internal("No cluster leader"));
    co_return leader.maybe_autopilot->health();
}

}  // namespace

const EndpointTable& operator_endpoints() {
    static const EndpointTable table = {
        read("Operator.SchedulerGetConfiguration", get_scheduler_config, needs_operator("read")),
        write("Operator.SchedulerSetConfiguration", set_scheduler_config, needs_operator("write")),
        write("Operator.RaftGetConfiguration", raft_configuration, needs_management()),
        write("Operator.RaftRemovePeerByID", remove_raft_peer, needs_management()),
        write("Operator.TransferLeadershipToPeer", transfer_leadership, needs_management()),
        read("Operator.AutopilotGetConfiguration", get_autopilot_config, needs_operator("read")),
        write("Operator.AutopilotSetConfiguration", set_autopilot_config, needs_operator("write")),
        write("Operator.ServerHealth", server_health, needs_operator("read")),
    };
    return table;
}

}  // namespace drover::server
