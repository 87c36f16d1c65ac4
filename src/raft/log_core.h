#pragma once
// LogCore: what stands behind ReplicatedLog, on the log's loop: it joins the engine, the disk, the transport and the
// state machine. Sources: log_core.cc (entries and applying), log_reads.cc, log_snapshots.cc, log_changes.cc,
// log_heal.cc, log_open.cc.

#include <atomic>
#include <deque>
#include <map>
#include <mutex>

#include "raft/disk_queue.h"
#include "raft/replicated_log.h"
#include "raft/transport.h"

namespace drover::raft {

// A command that waits to be applied, and who wants to know.
struct Proposal {
    std::shared_ptr<const Command> command;
    std::function<void(Outcome)> done;
};

class LogCore final : EngineHost, TransportHost {
public:
    LogCore(ReplicatedLogConfig config, ReplicatedLogParts parts, StateMachine& machine);
    ~LogCore() override;

    Result<> open();
    Result<> start();
    net::Task<> stop();  // on the loop

    // Any thread.
    void propose(Proposal proposal);
    void barrier(std::function<void(Result<uint64_t>)> done);
    void post(std::function<void(LogCore&)> call);
    Leadership leadership() const;
    bool alone() const { return alone_; }
    LogStats stats() const;
    Configuration configuration() const;
    std::vector<PeerProgress> progress() const;
    std::string cluster_id() const;
    bool has_state() const { return has_state_; }

    // The loop.
    void accept(std::unique_ptr<net::Stream> stream, bool tls) { transport_.accept(std::move(stream), tls); }
    void begin_bootstrap(std::string cluster_id, std::vector<Peer> peers, std::function<void(Result<>)> done);
    void begin_change(net::Task<Result<>> (LogCore::*change)(Peer), Peer peer, std::function<void(Result<>)> done);
    void prepare_to_stop();
    net::Task<> abandon_after_grace();
    net::Task<Result<>> add_peer(Peer peer);
    net::Task<Result<>> remove_peer(Peer peer);
    net::Task<Result<>> transfer(Peer peer);

    net::Loop& loop() { return parts_.loop; }
    std::vector<std::function<void(const Leadership&)>> observers;

private:
    struct Pending {
        uint64_t index = 0;
        uint64_t term = 0;
        size_t bytes = 0;
        std::function<void(Outcome)> done;
    };
    struct Applying {
        uint64_t index = 0;
        LogEntry entry;
        std::function<void(Outcome)> done;
    };

    // EngineHost
    void save_vote(uint64_t term, uint64_t voted_for) override;
    void append(uint64_t first, std::vector<LogEntry> entries) override;
    void install(const SnapshotPoint& point) override;
    void send(const raft_message& message) override;
    void state_changed() override;
    void commit_advanced() override {}
    // TransportHost
    void on_frame(uint64_t from, const std::string& address, Frame frame) override;
    std::string address_of(uint64_t server) override;
    Result<> admit(const Hello& hello) override;
    void learn_cluster(const std::string& cluster_id) override;
    net::Task<> on_snapshot(uint64_t from, std::string address, SnapshotHead head, net::Stream& stream,
                            net::CancelToken cancel) override;

    // Opening (log_open.cc)
    Result<> open_stores();
    Result<> restore_newest();
    Result<> make_engine();
    Result<> load_start();
    Result<> begin_own_term(const std::string& configuration);
    Result<> recover_quorum();
    void begin_engine();
    void write_first_entry(std::string cluster_id, std::vector<Peer> peers, std::function<void(Result<>)> done);

    // Entries (log_core.cc)
    uint64_t last_index() const { return window_first_ + window_.size() - 1; }
    LogEntry* in_window(uint64_t index);
    void take_inbox();
    bool write_takes_inbox() const;
    bool may_submit() const;
    void submit(std::vector<Proposal> proposals);
    void put_back(std::vector<Proposal>& proposals, size_t from);
    void drop_pending(uint64_t first, const Error& why);
    void truncate_from(uint64_t first);
    void trim_window();
    void on_appended(uint64_t first, const std::vector<uint64_t>& terms);
    void on_saved(uint64_t save);
    void fail_pending(const Error& why);
    void on_full_changed(bool full);
    void fail_for_want_of_room();
    // Nothing can be promised any more: says so, and takes part no longer.
    void give_up(const char* what, const Error& why);
    void send_frame(uint64_t to, std::string frame);
    void send_entries(const raft_message& message);
    void send_from_disk(const raft_message& message);
    void settle();  // after every event: what may go on now
    void rearm();
    void on_tick();
    void publish();

    // Applying (log_core.cc)
    void pump_apply();
    void read_to_apply(uint64_t last);
    void read_ahead(uint64_t first, uint64_t last);
    void on_read(std::vector<LoadedEntry> loaded);
    void apply_read();
    void apply_batch(std::vector<Applying> batch);
    void on_applied(std::vector<Applying> batch);
    std::function<void(Outcome)> take_pending(uint64_t index, uint64_t term);

    // Reads (log_reads.cc)
    struct Read {
        uint64_t index = 0;  // to be applied first
        std::function<void(Result<uint64_t>)> done;
    };
    void begin_read(std::function<void(Result<uint64_t>)> done);
    void begin_round();
    void repeat_round();
    void on_probe_answer(uint64_t from, const TermProbeAnswer& answer);
    void confirm_round();
    void finish_reads();
    void fail_reads(const Error& why);

    // Snapshots (log_snapshots.cc)
    bool wants_snapshot() const;
    void take_snapshot();
    void write_snapshot(SnapshotPoint point, std::function<Result<>(const StateMachine::Sink&)> write);
    void on_snapshot_written(const SnapshotPoint& point, Result<SnapshotInfo> written);
    void send_snapshot(uint64_t to);
    net::Task<> stream_snapshot(uint64_t to, bool asked_for);
    net::Task<Result<SnapshotInfo>> receive_snapshot(SnapshotHead head, net::Stream& stream, net::CancelToken cancel);
    void try_install();
    void on_installed(const SnapshotPoint& point, Result<> restored);

    // Healing (log_heal.cc)
    Result<> prepare_healing();
    Result<> drop_what_the_snapshot_has();
    void not_healed(const Error& why);
    net::Task<> heal();
    void on_fetch(uint64_t from, const FetchEntries& fetch);
    void on_fetched(uint64_t from, FetchedEntries fetched);
    void fill(FetchedEntries fetched);
    void cut_from(uint64_t index);
    Result<> cut_on_disk(uint64_t index);
    void heal_by_snapshot(const SnapshotInfo& info);
    void on_healed_by_snapshot(const SnapshotInfo& info, Result<> restored);

    // Changes (log_changes.cc)
    net::Task<Result<>> run_change(net::Task<Result<>> change);
    net::Task<Result<>> change_configuration(std::vector<Peer> peers);
    net::Task<Result<>> wait_until_settled();
    void tell_removed(uint64_t server);

    const ReplicatedLogConfig config_;
    ReplicatedLogParts parts_;
    StateMachine& machine_;
    std::unique_ptr<EntryStore> entries_;
    std::unique_ptr<TermStore> terms_;
    std::unique_ptr<SnapshotStore> snapshots_;
    std::unique_ptr<DiskQueue> disk_;
    std::unique_ptr<Engine> engine_;
    EngineStart start_;  // what it will begin with
    Transport transport_;
    net::TaskGroup group_;
    net::CallTimer timer_;
    bool stopping_ = false;
    bool failed_ = false;
    std::atomic<bool> has_state_ = false;
    std::atomic<bool> alone_ = false;

    // Proposals that wait, from any thread.
    mutable std::mutex inbox_mutex_;
    std::vector<Proposal> inbox_;
    bool inbox_posted_ = false;
    bool closed_ = false;
    bool disk_full_ = false;
    bool waits_for_room_ = true;

    std::deque<LogEntry> window_;  // the newest entries; its front has index window_first_
    uint64_t window_first_ = 1;
    size_t window_size_ = 0;  // bytes
    std::deque<Pending> pending_;
    size_t pending_bytes_ = 0;
    TermRecord record_;
    uint64_t saves_issued_ = 0, saves_done_ = 0;
    struct Held {
        uint64_t save;
        uint64_t to;
        std::string frame;
    };
    std::deque<Held> held_;  // until a vote is on disk
    size_t disk_reads_ = 0;  // for servers that lag

    uint64_t last_term_ = 0;  // of the last entry

    uint64_t applied_ = 0, applied_term_ = 0;
    uint64_t applied_bytes_ = 0;  // since the last snapshot
    uint64_t refused_at_ = 0;     // applied_ when the state machine had no snapshot to give
    bool applying_ = false;
    // Committed entries are read and decoded while those before them are applied.
    struct ReadAhead {
        uint64_t first = 0;
        std::vector<Applying> batch;
        bool ready = false;
    };
    std::shared_ptr<ReadAhead> ahead_;
    bool reading_ = false, awaits_read_ = false;
    uint64_t batches_ = 0;
    SnapshotPoint committed_configuration_;  // index and configuration only
    uint64_t term_start_ = 0;                // the first entry of this leader's term; 0: does not lead
    uint64_t led_term_ = 0;
    bool transferring_ = false;
    bool removed_ = false;

    uint64_t round_ = 0;
    bool round_open_ = false;
    uint64_t round_index_ = 0;
    std::map<uint64_t, bool> round_answers_;
    std::vector<Read> reads_next_, reads_asked_, reads_ready_;

    bool snapshotting_ = false;
    bool receiving_ = false;
    std::map<uint64_t, bool> streaming_;
    std::optional<SnapshotPoint> installing_;
    bool restoring_ = false;

    std::map<uint64_t, Peer> healers_;  // whom to ask while the log is damaged
    net::Notify healed_;

    bool changing_ = false;
    std::map<uint64_t, std::string> heard_;  // "<id> <address>" of servers that said hello
    std::map<uint64_t, Duration> answered_;

    std::vector<Peer> peers_;  // the engine's configuration of that version
    Engine::ConfigurationVersion peers_version_{};

    // What other threads read.
    mutable std::mutex shared_mutex_;
    Leadership leadership_;
    LogStats stats_;
    Configuration shared_configuration_;
    std::vector<PeerProgress> progress_;
    std::string cluster_id_;
    Logger log_{"raft"};
};

}  // namespace drover::raft
