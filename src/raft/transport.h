#pragma once
// Transport: the log's connections to the other servers, inside the RPC port: one that this server dials to each peer
// for messages, and one more for a snapshot. A peer that does not read costs a bounded number of bytes: what does not
// fit is dropped, as the engine expects of a network. A connection on which nothing comes back is given up and dialled
// anew. Belongs to the log's loop.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/log.h"
#include "net/loop.h"
#include "net/stream.h"
#include "net/tls.h"
#include "raft/messages.h"
#include "raft/snapshot_store.h"

namespace drover::raft {

inline constexpr char kRaftByte = 0x52;     // the first byte of a connection of the log on the RPC port
inline constexpr char kRaftTlsByte = 0x53;  // the same, and a TLS handshake follows

// The longest that either end of a snapshot's connection waits for the other to go on.
inline constexpr Duration kSnapshotStall = seconds(10);

struct TransportConfig {
    Hello self;  // purpose is filled in
    std::shared_ptr<net::TlsContext> maybe_client_tls;
    std::shared_ptr<net::TlsContext> maybe_server_tls;
    std::string tls_server_name;
    size_t max_queued_bytes = 16 << 20;  // for each peer
    size_t max_connections = 256;        // accepted
    Duration dial_timeout = seconds(1);
    Duration stall_timeout = seconds(2);
    Duration redial = milliseconds(50);
    Duration hello_timeout = seconds(5);
};

class TransportHost {
public:
    virtual ~TransportHost() = default;
    virtual void on_frame(uint64_t from, const std::string& address, Frame frame) = 0;
    // Where a server's RPC port is; empty: unknown.
    virtual std::string address_of(uint64_t server) = 0;
    // Whether that server may speak to this one; the message says why not.
    virtual Result<> admit(const Hello& hello) = 0;
    // A cluster told its identifier in its answer to a hello.
    virtual void learn_cluster(const std::string& cluster_id) = 0;
    // The file's bytes follow on the stream.
    virtual net::Task<> on_snapshot(uint64_t from, std::string address, SnapshotHead head, net::Stream& stream,
                                    net::CancelToken cancel) = 0;
};

class Transport {
public:
    Transport(TransportConfig config, TransportHost& host, net::Loop& loop, net::Network& network);
    ~Transport();  // after stop()
    Transport(const Transport&) = delete;

    // Queues a frame; it may be dropped.
    void send(uint64_t to, std::string frame);
    // A connection whose first byte, kRaftByte or kRaftTlsByte, was read.
    void accept(std::unique_ptr<net::Stream> stream, bool tls);
    // Sends a snapshot's file on a connection of its own.
    net::Task<Result<>> send_snapshot(uint64_t to, SnapshotHead head, std::shared_ptr<SnapshotFile> file);
    // Closes the connection to a server that is no peer any more, once what waits is sent.
    void forget(uint64_t peer);
    void set_cluster_id(std::string id) { config_.self.cluster_id = std::move(id); }
    net::Task<> stop();

    size_t queued_bytes(uint64_t peer) const;

private:
    struct Link;
    net::Task<> run_link(std::shared_ptr<Link> link);
    net::Task<Result<>> serve_link(std::shared_ptr<Link> link, net::Stream& stream);
    net::Task<> watch_link(std::shared_ptr<Link> link, net::Stream& stream, net::CancelToken cancel);
    net::Task<Result<std::unique_ptr<net::Stream>>> open(uint64_t to, Hello::Purpose purpose, net::CancelToken cancel);
    net::Task<> run_accepted(std::unique_ptr<net::Stream> stream, bool tls);
    net::Task<Result<>> serve_accepted(net::Stream& stream);
    net::Task<Result<>> read_messages(net::Stream& stream, Hello hello);

    TransportConfig config_;
    TransportHost& host_;
    net::Loop& loop_;
    net::Network& network_;
    net::TaskGroup group_;
    std::map<uint64_t, std::shared_ptr<Link>> links_;
    size_t accepted_ = 0;
    Logger log_{"raft.transport"};
};

}  // namespace drover::raft
