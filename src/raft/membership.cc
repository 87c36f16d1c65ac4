#include "raft/membership.h"

#include "base/strings.h"
#include "net/stream.h"

namespace drover::raft {

std::string_view to_string(MemberStatus status) {
    switch (status) {
        case MemberStatus::alive: return "alive";
        case MemberStatus::leaving: return "leaving";
        case MemberStatus::left: return "left";
        case MemberStatus::failed: return "failed";
    }
    return "none";
}

std::string Member::tag(std::string_view key) const {
    const auto found = tags.find(std::string(key));
    return found == tags.end() ? std::string() : found->second;
}

std::string Member::rpc_address() const {
    const std::string host = tag("rpc_addr");
    const auto rpc_port = parse_uint(tag("port"));
    const bool is_port = rpc_port && *rpc_port <= UINT16_MAX;
    return net::to_string(
        net::Address::tcp(host.empty() ? address : host, is_port ? static_cast<uint16_t>(*rpc_port) : uint16_t{0}));
}

}  // namespace drover::raft
