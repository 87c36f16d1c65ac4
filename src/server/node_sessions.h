#pragma once
// NodeSessions: over which connection each node can be called. A connection belongs to the node that first spoke on it
// for itself; of several the youngest is used. Lives on the server's loop.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "net/rpc.h"

namespace drover::server {

class NodeSessions {
public:
    // A node spoke for itself on that session. Binds it, unless it is bound already or has ended.
    void bind(const std::string& node_id, const net::SessionRef& session, Time now);

    struct Found {
        net::SessionRef session;
        Time since;
    };
    // The session bound last, if one is alive.
    const Found* find(const std::string& node_id) const;
    size_t nodes() const { return tables_->by_node.size(); }

private:
    // Shared with the hooks of sessions, which may end later than this.
    struct Tables {
        std::map<std::string, std::vector<Found>> by_node;
        std::map<uint64_t, std::string> by_session;
        void forget(uint64_t session);
    };
    std::shared_ptr<Tables> tables_ = std::make_shared<Tables>();
};

}  // namespace drover::server
