#pragma once
// Membership: which servers there are, in this region and in others, as the members tell each other. What consumers
// need of it; raft/members.h has the protocol. Belongs to one loop.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/event_loop.h"

namespace drover::raft {

enum class MemberStatus : uint8_t { alive, leaving, left, failed };
std::string_view to_string(MemberStatus status);  // "alive", ...

struct Member {
    std::string id;       // the server's
    std::string name;     // "<node name>.<region>"
    std::string address;  // numeric, of the serf port
    uint16_t port = 0;
    std::map<std::string, std::string> tags;  // as published: region, dc, id, rpc_addr, port, ...
    MemberStatus status = MemberStatus::alive;
    uint64_t incarnation = 0;
    uint64_t instance = 0;

    std::string tag(std::string_view key) const;
    std::string region() const { return tag("region"); }
    std::string rpc_address() const;  // "ip:port" of the RPC port as servers reach it
    bool operator==(const Member&) const = default;
};

class Membership {
public:
    virtual ~Membership() = default;

    virtual const Member& self() const = 0;
    virtual std::vector<Member> members() const = 0;  // self included, by name
    // Asks every address and takes part with those that answer: how many did. An error when none did: each address with
    // its reason.
    virtual net::Task<Result<size_t>> join(std::vector<std::string> addresses, net::Limit limit) = 0;
    // Declares a failed member left. With prune it is forgotten at once. `name`: a member's name or its node's name.
    // ErrorCode::not_found for an unknown one.
    virtual net::Task<Result<>> force_leave(std::string name, bool prune, net::Limit limit) = 0;
    // Tells all that this server leaves, on purpose.
    virtual net::Task<> leave(net::Limit limit) = 0;
    // Called on the loop after any change: the member as it is now. Before start.
    virtual void observe(std::function<void(const Member&)> observer) = 0;
    // Replaces this server's tags and tells the others.
    virtual void set_tags(std::map<std::string, std::string> tags) = 0;
};

}  // namespace drover::raft
