#include "base/version.h"
#include "model/rpc_operator.h"
#include "server/endpoint_tables.h"
#include "server/server.h"

namespace drover::server {
namespace {

Result<std::string> status_leader(const Server& server, const model::GenericRequest&) {
    return server.leader_address();
}

Result<List<std::string>> status_peers(const Server& server, const model::GenericRequest&) {
    return List<std::string>{server.config().rpc_address};
}

Result<List<std::string>> list_regions(const Server& server, const model::GenericRequest&) {
    return List<std::string>{server.config().region};
}

Result<model::ServerMembersResponse> status_members(const Server& server, const model::GenericRequest&) {
    model::ServerMembersResponse response;
    response.ServerName = server.config().name;
    response.ServerRegion = server.config().region;
    response.ServerDC = server.config().datacenter;
    response.Members.push_back(server.member());
    return response;
}

Result<model::VersionResponse> status_version(const Server&, const model::GenericRequest&) {
    model::VersionResponse response;
    response.Build = kNomadVersion;
    return response;
}

Result<model::GenericResponse> status_ping(const Server&, const model::GenericRequest&) {
    return model::GenericResponse();
}

}  // namespace

const EndpointTable& status_endpoints() {
    static const EndpointTable table = {
        local("Status.Ping", status_ping, needs_nothing()),
        local("Status.Version", status_version, needs_nothing()),
        local("Status.Leader", status_leader, needs_nothing()),
        local("Status.Peers", status_peers, needs_nothing()),
        local("Status.Members", status_members, needs_node("read")),
        local("Region.List", list_regions, needs_nothing()),
    };
    return table;
}

}  // namespace drover::server
