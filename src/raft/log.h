#pragma once
// Log: the cluster's one ordered list of commands, whatever keeps it. Who has a command proposes it; when it is
// committed the log hands it, in order and in batches, to the state machine on the apply thread. One server may
// propose: the leader. A single process keeps a SingleLog (raft/single_log.h); replication stands behind the same
// interface.

#include <any>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "net/event_loop.h"

namespace drover::raft {

// A command as its proposer holds it. The log asks for the bytes only where they go to a disk or to another server; on
// the proposer's own server the state machine gets the object itself.
class Command {
public:
    virtual ~Command() = default;
    virtual std::string encode() const = 0;
};

struct Entry {
    uint64_t index = 0;
    uint64_t term = 0;
    const Command* maybe_command = nullptr;  // proposed here, or decoded
    std::string_view data;                   // else its bytes
};

// What applying an entry gives its proposer. The error is the state machine's own and leaves the log as it is.
using Outcome = Result<std::any>;

// Called by the log. apply, snapshot and restore run on the apply thread, never at the same time.
class StateMachine {
public:
    virtual ~StateMachine() = default;
    // One outcome for each entry, in order.
    virtual std::vector<Outcome> apply(std::span<const Entry> entries) = 0;
    // The command of a committed entry that was read from the disk, for apply(). Null: apply() gets the bytes alone. On
    // any thread, at the same time as the rest.
    virtual std::shared_ptr<const Command> decode(std::string_view) const { return nullptr; }
    // Captures the present state and returns what writes it: that runs on another thread while entries go on. Null: not
    // now. The log keeps its entries and asks again when more have been applied.
    using Sink = std::function<Result<>(std::string_view piece)>;
    virtual std::function<Result<>(const Sink&)> snapshot() = 0;
    // Replaces the state by a snapshot. The source fills a buffer and answers how much; 0 is the end.
    using Source = std::function<Result<size_t>(char* buffer, size_t size)>;
    virtual Result<> restore(const Source& source) = 0;
};

struct Leadership {
    bool is_leader = false;
    uint64_t term = 0;
    std::string leader_id;  // empty: none known
};

struct LogStats {
    uint64_t term = 0;
    uint64_t last_index = 0;
    uint64_t commit_index = 0;
    uint64_t applied_index = 0;
    uint64_t snapshot_index = 0;
    uint64_t snapshot_term = 0;
    uint64_t last_term = 0;
    Duration last_contact;  // since the leader was heard of; 0 on the leader
    size_t pending = 0;     // proposed and not yet applied
    uint64_t batches = 0;   // handed to the state machine so far
    std::string state;      // "Leader", "Follower", "Candidate"
};

enum class Suffrage : uint8_t { voter, nonvoter };

// One server of the log's configuration.
struct Peer {
    std::string id;       // a UUID
    std::string address;  // "ip:port" of its RPC port when it was added; members know better
    Suffrage suffrage = Suffrage::voter;
    bool operator==(const Peer&) const = default;
};

struct Configuration {
    uint64_t index = 0;  // of the entry that made it
    std::vector<Peer> peers;
};

// What the leader knows of a peer.
struct PeerProgress {
    std::string id;
    uint64_t match_index = 0;
    std::optional<Duration> last_contact;  // since it last answered; none before its first answer to this leader
};

class Log {
public:
    virtual ~Log() = default;

    // Any thread. `done` is called once, on the apply thread unless the proposal is refused at once, and must return
    // quickly. Refused: ErrorCode::unavailable ("No cluster leader") when this is not the leader, ErrorCode::too_many
    // when too much waits already, ErrorCode::too_large, ErrorCode::canceled when the log stops. If leadership is lost
    // meanwhile the error says that the outcome is unknown.
    virtual void propose(std::shared_ptr<const Command> command, std::function<void(Outcome)> done) = 0;

    // Any thread. Calls `done` when everything that was committed before the call is applied here, with that index,
    // which is the log's: a state machine may count otherwise.
    virtual void barrier(std::function<void(Result<uint64_t>)> done) = 0;

    // Called on the apply thread with the present leadership, and then on each change of it. Before start().
    virtual void observe_leadership(std::function<void(const Leadership&)> observer) = 0;

    virtual Leadership leadership() const = 0;  // any thread
    // Whether no other server may have a vote: what is applied here is the newest there is. Any thread; cheap.
    virtual bool alone() const = 0;
    virtual LogStats stats() const = 0;  // any thread

    // The servers that the log is kept on, as last committed. Any thread.
    virtual Configuration configuration() const = 0;
    // The leader's view of the others; empty elsewhere. Any thread.
    virtual std::vector<PeerProgress> progress() const = 0;
    // Any thread. Leader only, one at a time: ErrorCode::conflict while another change is under way. `done` comes when
    // the change is committed. add_peer lets a voter catch up before it votes; a peer that is there already changes its
    // address or suffrage. Removing the last voter is refused.
    virtual void add_peer(Peer peer, std::function<void(Result<>)> done) = 0;
    virtual void remove_peer(std::string id, std::function<void(Result<>)> done) = 0;
    // Hands the leadership to that voter, or with an empty identifier to the one most up to date.
    virtual void transfer_leadership(std::string id, std::function<void(Result<>)> done) = 0;

    // Begins to apply. Not twice.
    virtual Result<> start() = 0;
    // Applies or refuses what waits, then ends. No call-back after it. Awaited on the loop `here`.
    virtual net::Task<> stop(net::Loop& here) = 0;
};

}  // namespace drover::raft
