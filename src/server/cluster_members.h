#pragma once
// ClusterMembers: this server among the others: runs the members' protocol, makes the cluster once enough servers know
// each other, and keeps what must be remembered on the log's disk. Lives on the server's loop; what it borrows outlives
// it.

#include <memory>
#include <mutex>
#include <string>

#include "raft/bootstrap.h"
#include "raft/disk.h"
#include "raft/members.h"
#include "raft/replicated_log.h"
#include "server/config.h"

namespace drover::server {

class ClusterMembers {
public:
    struct Parts {
        net::Loop& loop;
        net::Network& network;
        Rng& rng;
        raft::Disk* maybe_disk = nullptr;          // none: nothing is remembered
        raft::ReplicatedLog* maybe_log = nullptr;  // none: the server stays alone
        std::function<void(Error)> on_fatal;       // this server cannot take part
    };
    ClusterMembers(const ServerConfig& config, Parts parts);
    ~ClusterMembers();  // after stop()

    // Listens on the serf port and looks for the others; a cluster is made when that is due.
    net::Task<Result<>> start();
    net::Task<> stop();
    raft::Members& members() { return *members_; }

    // Any thread: "ip:port" of a server's RPC port; empty: unknown.
    std::string address_of(const std::string& server_id) const;

private:
    net::Task<> join_once();
    net::Task<> become_cluster();
    net::Task<> tell_cluster();
    void note(const raft::Member& member);

    const ServerConfig& config_;
    Parts parts_;
    std::unique_ptr<raft::MemberStore> store_;
    std::unique_ptr<raft::Members> members_;
    std::unique_ptr<raft::Bootstrap> bootstrap_;
    net::TaskGroup group_;
    mutable std::mutex mutex_;
    std::map<std::string, std::string> addresses_;  // by server, for the log's loop
    Logger log_{"server.members"};
};

}  // namespace drover::server
