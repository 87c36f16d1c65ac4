#pragma once
// The keys that encrypt what servers tell each other as members: from `encrypt` at the first start, and from then on
// from a file in the server's folder, which operators change through the cluster.

#include "agent/config.h"
#include "base/result.h"
#include "net/event_loop.h"
#include "server/config.h"

namespace drover::agent {

// Fills in the keys, and where a changed ring is kept. Reads a file.
Result<> member_keys(const Config& config, net::Loop& loop, server::MemberSettings& into);

}  // namespace drover::agent
