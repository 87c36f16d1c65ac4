#pragma once
// Saving the state as Nomad's snapshot archive, and restoring one, for whoever carries its bytes: HTTP, RPC streams,
// files. Both may take long and block: they belong on a thread of their own.

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "model/archive.h"
#include "raft/log.h"
#include "server/committer.h"
#include "state/view.h"

namespace drover::server {

// An archive of that version of the state. Made twice from it, as the format tells its size first; never held whole.
Result<> save_archive(const state::View& view, const raft::Configuration& configuration, uint64_t term, Time now,
                      const model::ArchiveSink& sink);

// Fills at most `size` bytes from that place on; 0: the end.
using ArchiveSource = std::function<Result<size_t>(uint64_t offset, char* buffer, size_t size)>;

// Checks all of an archive: its sums, its records, and that the root keys in it can be opened (with `force`, they need
// not). Then brings it into the log, in parts, and answers the index under which it became the state. `id`: a new UUID.
// On the leader. An error leaves the state as it was.
Result<uint64_t> restore_archive(const ArchiveSource& source, Committer& committer, const std::string& id, bool force);

}  // namespace drover::server
