#pragma once
// The servers as the API shows them. Pure functions; any thread.

#include <map>
#include <string>
#include <vector>

#include "model/operator.h"
#include "raft/membership.h"
#include "server/config.h"

namespace drover::server {

// What a server tells the others of itself.
std::map<std::string, std::string> member_tags(const ServerConfig& config);
// The server itself as a member, where no protocol of members runs.
raft::Member own_member(const ServerConfig& config);

model::ServerMember to_model(const raft::Member& member);

// The regions of those that have not left, and `own`; sorted, each once.
std::vector<std::string> regions_of(const std::vector<raft::Member>& members, const std::string& own);

}  // namespace drover::server
