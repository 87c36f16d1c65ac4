#pragma once
// ReplicatedLog: the log that lasts: kept on disk, and on as many servers as its configuration names (one is a cluster
// too). Runs on a loop of its own; what waits is appended, synced and sent as one batch (docs/ARCHITECTURE.md). Any
// thread may call it, except where a method says otherwise.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "net/stream.h"
#include "net/tls.h"
#include "raft/apply_worker.h"
#include "raft/disk.h"
#include "raft/entry_store.h"
#include "raft/log.h"
#include "raft/snapshot_store.h"
#include "raft/term_store.h"

namespace drover::raft {

struct ReplicatedLogConfig {
    std::string server_id;  // a UUID
    std::string address;    // "ip:port" of this server's RPC port
    uint64_t instance = 0;  // random, of this start

    Duration election_timeout = milliseconds(300);
    Duration heartbeat = milliseconds(60);
    size_t max_pending = 65536;                // proposals that wait to be appended
    size_t max_batch = 4096;                   // entries appended or applied together
    size_t max_uncommitted = 16384;            // entries appended and not yet committed
    size_t max_uncommitted_bytes = 128 << 20;  // appended here and not yet applied; one entry may go beyond
    size_t max_entry_bytes = 48 << 20;
    size_t window_bytes = 16 << 20;  // of newest entries in memory
    uint64_t snapshot_entries = 65536;
    uint64_t snapshot_log_bytes = 64 << 20;         // applied since; or a quarter of the last snapshot, if that is more
    uint64_t trailing_entries = 10240;              // kept behind a snapshot, for servers that lag
    EntryStoreConfig entries = {.cache_bytes = 0};  // the log has a window of its own
};

struct ReplicatedLogParts {
    net::Loop& loop;  // of the log
    net::Network& network;
    Disk& disk;
    Rng& rng;
    ApplyWorker& worker;
    net::BlockingPool* maybe_slow_pool = nullptr;  // for what is long and not urgent: writing a snapshot
    std::shared_ptr<net::TlsContext> maybe_client_tls = nullptr;
    std::shared_ptr<net::TlsContext> maybe_server_tls = nullptr;
    std::string tls_server_name = {};
    // Where a server's RPC port is by what the members say; empty: unknown. On the log's loop.
    std::function<std::string(const std::string& server_id)> find_address = nullptr;
    // The disk failed: this server can keep no promise any more. On the log's loop, once.
    std::function<void(Error)> on_failure = nullptr;
};

class ReplicatedLog final : public Log {
public:
    // Opens the stores and restores the newest snapshot: blocks. An error where the disk is damaged beyond what other
    // servers can heal.
    static Result<std::unique_ptr<ReplicatedLog>> open(ReplicatedLogConfig config, ReplicatedLogParts parts,
                                                       StateMachine& machine);
    ~ReplicatedLog() override;  // after stop()

    // Whether this server belongs to a cluster already: it has entries or a snapshot.
    bool has_state() const;
    std::string cluster_id() const;
    // Makes these servers the cluster, as entry 1 of a log that has none. Once, with the same arguments on each.
    void bootstrap(std::string cluster_id, std::vector<Peer> peers, std::function<void(Result<>)> done);
    // The log's loop: a connection of the log on the RPC port, whose first byte was read.
    void accept(std::unique_ptr<net::Stream> stream, bool tls);

    // For one who is about to stop: a command that finds no room on the disk fails from now on, and after 5 s all that
    // too few servers have stored, and every later one, instead of waiting. They may still be committed, by others.
    void prepare_to_stop();

    void propose(std::shared_ptr<const Command> command, std::function<void(Outcome)> done) override;
    void barrier(std::function<void(Result<uint64_t>)> done) override;
    void observe_leadership(std::function<void(const Leadership&)> observer) override;
    Leadership leadership() const override;
    bool alone() const override;
    LogStats stats() const override;
    Configuration configuration() const override;
    std::vector<PeerProgress> progress() const override;
    void add_peer(Peer peer, std::function<void(Result<>)> done) override;
    void remove_peer(std::string id, std::function<void(Result<>)> done) override;
    void transfer_leadership(std::string id, std::function<void(Result<>)> done) override;
    Result<> start() override;
    net::Task<> stop(net::Loop& here) override;

private:
    explicit ReplicatedLog(std::unique_ptr<class LogCore> core);
    std::unique_ptr<class LogCore> core_;
};

}  // namespace drover::raft
