#pragma once
// How a server takes leave of its cluster on purpose.

#include "net/task.h"
#include "server/leader.h"

namespace drover::server {

// A leader of several takes itself out of the log first; then all members are told, and a follower waits until the
// leader has taken it out. Nothing where no protocol of members runs. Ends at the limit at the latest. Loop thread.
net::Task<> leave_cluster(Leader& leader, net::Limit limit);

}  // namespace drover::server
