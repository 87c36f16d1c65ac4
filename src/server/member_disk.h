#pragma once
// Where a server's members are remembered: in a file beside the log, or for a server in memory nowhere.

#include <memory>

#include "net/event_loop.h"
#include "raft/disk.h"
#include "raft/member_store.h"

namespace drover::server {

// The file is written under another name, synced, and then takes its place. The disk outlives it.
std::unique_ptr<raft::MemberStore> make_disk_member_store(raft::Disk& disk, net::Loop& loop);
std::unique_ptr<raft::MemberStore> make_memory_member_store();

}  // namespace drover::server
