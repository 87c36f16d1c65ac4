#include "server/members.h"

#include <set>

#include "base/version.h"
#include "net/stream.h"

namespace drover::server {
namespace {

net::Address address_of(const ServerConfig& config) {
    auto address = net::parse_address(config.rpc_address);
    return address ? *address : net::Address::tcp(config.rpc_address, 0);
}

}  // namespace

std::map<std::string, std::string> member_tags(const ServerConfig& config) {
    const net::Address rpc = address_of(config);
    std::map<std::string, std::string> tags = {
        {"role", "nomad"},         {"region", config.region},
        {"dc", config.datacenter}, {"build", std::string(kNomadVersion)},
        {"revision", ""},          {"id", config.id},
        {"rpc_addr", rpc.host},    {"port", std::to_string(rpc.port)},
        {"raft_vsn", "3"},         {"vsn", "1"},
    };
    if (config.bootstrap_expect == 1) tags["bootstrap"] = "1";
    if (config.bootstrap_expect > 0) tags["expect"] = std::to_string(config.bootstrap_expect);
    return tags;
}

raft::Member own_member(const ServerConfig& config) {
    raft::Member member;
    member.id = config.id;
    member.name = config.name + "." + config.region;
    member.address = address_of(config).host;
    member.port = config.serf_port;
    member.tags = member_tags(config);
    return member;
}

model::ServerMember to_model(const raft::Member& member) {
    model::ServerMember shown;
    shown.Name = member.name;
    shown.Addr = Bytes(member.address);
    shown.Port = member.port;
    shown.Status = to_string(member.status);
    for (const auto& [key, value] : member.tags) shown.Tags[key] = value;
    // Numbers of a protocol that is not ours; programs that read members expect them.
    shown.ProtocolMin = 1, shown.ProtocolMax = 5, shown.ProtocolCur = 2;
    shown.DelegateMin = 2, shown.DelegateMax = 5, shown.DelegateCur = 4;
    return shown;
}

std::vector<std::string> regions_of(const std::vector<raft::Member>& members, const std::string& own) {
    std::set<std::string> regions{own};
    for (const raft::Member& member : members) {
        if (member.status != raft::MemberStatus::left && !member.region().empty()) regions.insert(member.region());
    }
    return {regions.begin(), regions.end()};
}

}  // namespace drover::server
