#include "raft/membership.h"

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
    auto found = tags.find(std::string(key));
    return found == tags.end() ? std::string() : found->second;
}

std::string Member::rpc_address() const {
    const std::string host = address.find(':') == std::string::npos ? address : "[" + address + "]";
    return host + ":" + tag("port");
}

}  // namespace drover::raft
