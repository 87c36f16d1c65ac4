#include "server/leaving.h"

#include <algorithm>

#include "base/log.h"

namespace drover::server {
namespace {

constexpr Duration kLookEvery = milliseconds(100);

// Whether the log is kept on this server and on others.
bool is_one_of_several(Leader& leader) {
    const std::vector<raft::Peer> peers = leader.log().configuration().peers;
    const bool is_peer =
        std::any_of(peers.begin(), peers.end(), [&](const raft::Peer& peer) { return peer.id == leader.config().id; });
    return is_peer && peers.size() > 1;
}

bool leads(Leader& leader) { return leader.log().leadership().is_leader; }

}  // namespace

net::Task<> leave_cluster(Leader& leader, net::Limit limit) {
    raft::Membership* membership = leader.maybe_membership;
    if (!membership) co_return;
    const Logger log("server");
    if (leads(leader) && is_one_of_several(leader)) {
        auto transferred = co_await leader.transfer_leadership("", limit);
        if (!transferred) log.warn("cannot hand over the leadership", {{"error", transferred.error().message}});
    }
    co_await membership->leave(limit);
    // Until the leader has taken it out its answers count for the majority.
    while (is_one_of_several(leader) && !leads(leader) && leader.loop().now() < limit.deadline.at) {
        if (auto slept = co_await leader.loop().sleep(kLookEvery, limit.cancel); !slept) co_return;
    }
}

}  // namespace drover::server
