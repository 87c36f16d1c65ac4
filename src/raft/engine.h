#pragma once
// Engine: C-Raft's core, which decides who leads and what is committed, and does no input or output itself, with the
// guards that it needs (docs/decisions/0013-raft-engine.md). Events go in by its methods; what follows from them goes
// to the EngineHost, in an order that keeps promises: vote, entries, snapshot, messages, state. One thread. An event
// that arrives while another is handled waits for its end.
//
// Servers have numbers here: server_number() of their identifiers.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/rng.h"
#include "raft/craft.h"
#include "raft/log.h"

namespace drover::raft {

// The number under which the engine knows a server: the first 64 bits of its UUID.
uint64_t server_number(std::string_view id);

// The engine's encoding of a configuration, as entries and snapshots carry it.
std::string encode_configuration(const std::vector<Peer>& peers);
Result<std::vector<Peer>> decode_configuration(std::string_view bytes);

// An entry in memory. The bytes belong to whatever `owner` keeps alive.
struct LogEntry {
    uint64_t term = 0;
    uint8_t type = RAFT_COMMAND;
    std::string_view data;
    std::shared_ptr<const void> owner;
    std::shared_ptr<const Command> command;  // where it was proposed here
};

struct SnapshotPoint {
    uint64_t index = 0;
    uint64_t term = 0;
    uint64_t configuration_index = 0;
    std::string configuration;
};

class EngineHost {
public:
    virtual ~EngineHost() = default;
    // Must be on disk before any message that comes after is sent.
    virtual void save_vote(uint64_t term, uint64_t voted_for) = 0;
    // Replaces the log from `first` on. Engine::persisted() answers.
    virtual void append(uint64_t first, std::vector<LogEntry> entries) = 0;
    // The state becomes that of the snapshot which was received. Engine::snapshot_installed() answers.
    virtual void install(const SnapshotPoint& point) = 0;
    // Entries of an append are named by index and number only; RAFT_INSTALL_SNAPSHOT asks to send the newest snapshot.
    virtual void send(const raft_message& message) = 0;
    virtual void state_changed() = 0;
    virtual void commit_advanced() = 0;
};

struct EngineConfig {
    std::string server_id;
    std::string address;
    Duration election_timeout = milliseconds(300);  // to twice as much, at random
    Duration heartbeat = milliseconds(60);
    unsigned max_inflight_entries = 4096;
};

struct EngineStart {
    uint64_t term = 0;
    uint64_t voted_for = 0;
    SnapshotPoint snapshot;  // index 0: none
    uint64_t first_index = 1;
    struct Kept {
        uint64_t term;
        uint8_t type;
        std::string configuration;  // of RAFT_CHANGE
    };
    std::vector<Kept> entries;
};

// A message as it came from another server.
struct ReceivedMessage {
    raft_message message{};
    std::string address;
    std::vector<LogEntry> entries;  // of an append
};

class Engine {
public:
    Engine(EngineConfig config, EngineHost& host, const Clock& clock, Rng& rng);
    ~Engine();
    Engine(const Engine&) = delete;

    Result<> start(EngineStart from);

    void receive(ReceivedMessage message);
    // A snapshot of that server has arrived whole; the engine decides whether it is installed.
    void receive_snapshot(uint64_t from, const std::string& address, uint64_t term, SnapshotPoint point);
    void persisted(uint64_t index);
    void snapshot_installed(SnapshotPoint point);
    void snapshot_taken(SnapshotPoint point, unsigned trailing);
    void configuration_applied(uint64_t index, std::string_view bytes);
    // Entries proposed here; they get the present term. Refused when this server does not lead.
    Result<> submit(std::vector<LogEntry> entries);
    Result<> transfer(uint64_t server);
    void tick();
    Duration next_tick() const;  // an instant of the clock's monotonic time

    bool leads() const { return raft_.state == RAFT_LEADER; }
    const char* state_name() const;  // "Leader", "Follower", "Candidate"
    uint64_t term() const { return raft_.current_term; }
    uint64_t commit_index() const { return raft_.commit_index; }
    uint64_t last_stored() const { return raft_.last_stored; }
    uint64_t leader() const;  // 0: unknown
    uint64_t match_index(uint64_t server) const;
    uint64_t transferee() const { return raft_transferee(&raft_); }
    std::vector<Peer> configuration() const;  // the newest, committed or not
    // Changes whenever configuration() does.
    using ConfigurationVersion = std::tuple<uint64_t, uint64_t, uint64_t>;
    ConfigurationVersion configuration_version() const {
        return {raft_.configuration_committed_index, raft_.configuration_uncommitted_index, changes_};
    }
    bool configuration_settled() const { return raft_.configuration_uncommitted_index == 0; }
    Duration since_leader_heard() const;
    uint64_t number() const { return raft_.id; }

private:
    void enqueue(std::function<void()> event);
    int step(raft_event& event, std::vector<LogEntry>* submitted);
    void take_entries(const raft_update& update, std::vector<LogEntry>* submitted);
    void take_snapshot(raft_update& update);
    void handle_receive(ReceivedMessage message);
    void receive_append(ReceivedMessage& message);
    void deliver_entries(const ReceivedMessage& message, unsigned begin, unsigned end);
    void receive_vote_request(ReceivedMessage& message);
    void receive_vote(raft_message& message);
    void answer_stale_leader(const raft_message& message, uint64_t rejected);
    void deliver(raft_message& message);
    void leave_term_of_others();
    void deliver_as_voter(raft_message& message);
    void answer_stale_pre_vote(const raft_message& message);
    uint64_t now_ms() const { return static_cast<uint64_t>(clock_.monotonic().ns / 1'000'000) + 1; }

    const EngineConfig config_;
    EngineHost& host_;
    const Clock& clock_;
    struct ::raft raft_{};
    std::deque<std::function<void()>> events_;
    bool stepping_ = false;
    uint64_t changes_ = 0;         // entries of configurations so far
    uint64_t first_index_ = 1;     // of the log, as the core sees it
    uint64_t last_append_ms_ = 0;  // when a leader was heard of
    Logger log_{"raft"};
};

}  // namespace drover::raft
