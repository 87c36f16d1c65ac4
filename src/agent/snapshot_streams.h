#pragma once
// The archive of the cluster's state over RPC: Operator.SnapshotSave and Operator.SnapshotRestore, for other agents and
// for this one's HTTP interface. An archive goes into a file first, as its sum stands before it.

#include <string>

#include "agent/config.h"
#include "server/server.h"

namespace drover::agent {

// Where such files are made.
std::string spool_folder(const Config& config);

// Before the server starts. The server must not outlive the loop.
void serve_snapshots(server::Server& server, net::Loop& loop, std::string folder);

}  // namespace drover::agent
