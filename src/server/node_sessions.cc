#include "server/node_sessions.h"

#include <algorithm>

namespace drover::server {

void NodeSessions::bind(const std::string& node_id, const net::SessionRef& session, Time now) {
    if (session.id() == 0 || tables_->by_session.contains(session.id())) return;
    const bool kept = session.on_end([tables = std::weak_ptr(tables_), id = session.id()](const Error&) {
        if (auto alive = tables.lock()) alive->forget(id);
    });
    if (!kept) return;
    tables_->by_session[session.id()] = node_id;
    tables_->by_node[node_id].push_back({session, now});
}

const NodeSessions::Found* NodeSessions::find(const std::string& node_id) const {
    const auto found = tables_->by_node.find(node_id);
    return found == tables_->by_node.end() ? nullptr : &found->second.back();
}

void NodeSessions::Tables::forget(uint64_t session) {
    const auto bound = by_session.find(session);
    if (bound == by_session.end()) return;
    const auto node = by_node.find(bound->second);
    std::erase_if(node->second, [&](const Found& found) { return found.session.id() == session; });
    if (node->second.empty()) by_node.erase(node);
    by_session.erase(bound);
}

}  // namespace drover::server
