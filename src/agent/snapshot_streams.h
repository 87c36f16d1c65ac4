#pragma once
// The archive of the cluster's state over RPC: Operator.SnapshotSave and Operator.SnapshotRestore, for other agents.
// And what HTTP shares with them: an archive goes into a file first, as its sum stands before it.

#include <functional>
#include <memory>
#include <string>

#include "agent/config.h"
#include "agent/spool_file.h"
#include "model/archive.h"
#include "server/server.h"

namespace drover::agent {

struct SpooledArchive {
    std::shared_ptr<SpoolFile> file;
    std::string digest;  // SHA-256
};
// Blocks.
Result<SpooledArchive> spool_archive(const std::string& folder,
                                     const std::function<Result<>(const model::ArchiveSink&)>& archive);
// Where such files are made.
std::string spool_folder(const Config& config);

// Before the server starts. The server must not outlive the loop.
void serve_snapshots(server::Server& server, net::Loop& loop, std::string folder);

}  // namespace drover::agent
