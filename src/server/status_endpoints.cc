#include "base/version.h"
#include "model/rpc_node.h"
#include "model/rpc_operator.h"
#include "server/endpoint_tables.h"
#include "server/members.h"
#include "server/server.h"

namespace drover::server {
namespace {

Result<std::string> status_leader(const Server& server, const model::GenericRequest& request) {
    std::string address = server.leader_address();
    if (address.empty() && !request.AllowStale) return fail(Error::internal("No cluster leader"));
    return address;
}

Result<List<std::string>> status_peers(const Server& server, const model::GenericRequest&) {
    List<std::string> addresses;
    for (const raft::Peer& peer : server.log().configuration().peers) addresses.push_back(server.address_of(peer));
    return addresses;
}

Result<model::RaftStats> raft_stats(const Server& server, const model::GenericRequest&) {
    const raft::LogStats log = server.log_stats();
    model::RaftStats stats;
    stats.LastContact = to_string(log.last_contact);
    stats.LastTerm = log.last_term;
    stats.LastIndex = log.last_index;
    return stats;
}

Result<List<std::string>> list_regions(const Server& server, const model::GenericRequest&) {
    return List<std::string>(regions_of(server.members(), server.config().region));
}

Result<model::ServerMembersResponse> status_members(const Server& server, const model::GenericRequest&) {
    model::ServerMembersResponse response;
    response.ServerName = server.config().name;
    response.ServerRegion = server.config().region;
    response.ServerDC = server.config().datacenter;
    for (const raft::Member& member : server.members()) response.Members.push_back(to_model(member));
    return response;
}

Result<model::VersionResponse> status_version(const Server&, const model::GenericRequest&) {
    model::VersionResponse response;
    response.Build = kNomadVersion;
    return response;
}

// The answer has no members at all.
Result<Map<std::string>> status_ping(const Server&, const model::GenericRequest&) {
    Map<std::string> nothing;
    nothing.made = true;
    return nothing;
}

Result<model::NodeConnQueryResponse> has_node_conn(const Server& server, const model::NodeSpecificRequest& request) {
    if (request.NodeID.empty()) return fail(Error::internal("Must specify the NodeID"));
    const NodeCalls::Connected connected = server.rpc().node_calls().connected(request.NodeID);
    model::NodeConnQueryResponse response;
    response.Connected = connected.connected;
    response.Established = connected.since;
    return response;
}

}  // namespace

const EndpointTable& status_endpoints() {
    static const EndpointTable table = {
        local("Status.Ping", status_ping, needs_nothing()),
        local("Status.Version", status_version, needs_nothing()),
        local("Status.Leader", status_leader, needs_nothing()),
        local("Status.Peers", status_peers, needs_nothing()),
        local("Status.RaftStats", raft_stats, needs_nothing()),
        local("Status.Members", status_members, needs_node("read")),
        local("Status.HasNodeConn", has_node_conn, needs_node("read")),
        local("Region.List", list_regions, needs_nothing()),
    };
    return table;
}

}  // namespace drover::server
