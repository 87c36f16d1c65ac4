#include "raft/log_core.h"

#include <algorithm>

#include "base/assert.h"

namespace drover::raft {
namespace {

constexpr size_t kMaxDiskReads = 16;
constexpr size_t kApplyBytes = 8 << 20;
constexpr Duration kStopGrace = seconds(5);

Error no_leader() { return Error::internal("No cluster leader"); }
Error no_room() { return Error::internal("the disk of the leader is full: no command can be stored"); }
Error leadership_lost() {
    return Error::internal("leadership lost while committing log: whether the command took effect is not known");
}

}  // namespace

LogCore::LogCore(ReplicatedLogConfig config, ReplicatedLogParts parts, StateMachine& machine)
    : config_(std::move(config)),
      parts_(std::move(parts)),
      machine_(machine),
      transport_({.self = {Hello::Purpose::messages, {}, config_.server_id, config_.address, config_.instance},
                  .maybe_client_tls = parts_.maybe_client_tls,
                  .maybe_server_tls = parts_.maybe_server_tls,
                  .tls_server_name = parts_.tls_server_name},
                 *this, parts_.loop, parts_.network),
      group_(parts_.loop),
      timer_([this] { on_tick(); }),
      healed_(parts_.loop) {}

LogCore::~LogCore() = default;

Result<> LogCore::start() {
    disk_ = std::make_unique<DiskQueue>(
        *entries_, *terms_, parts_.loop,
        DiskQueue::Events{
            .appended = [this](uint64_t first, const std::vector<uint64_t>& terms) { on_appended(first, terms); },
            .saved = [this](uint64_t save) { on_saved(save); },
            .full_changed = [this](bool full) { on_full_changed(full); },
            .failed = [this](Error error) { give_up("the log cannot be written any more", error); }});
    post([](LogCore& core) {
        core.group_.spawn(core.disk_->run(core.group_.token()));
        if (!core.healers_.empty()) return core.group_.spawn(core.heal());
        core.begin_engine();
        core.settle();
    });
    return {};
}

net::Task<> LogCore::stop() {
    stopping_ = true;
    timer_.disarm();
    {
        std::lock_guard lock(inbox_mutex_);
        closed_ = true;
    }
    take_inbox();
    co_await transport_.stop();
    // What was appended reaches the disk; what was committed is applied.
    while (!failed_ && disk_ && !disk_->full() &&
           (!disk_->idle() || reading_ || applying_ || snapshotting_ || restoring_))
        (void)co_await parts_.loop.sleep(milliseconds(1));
    group_.cancel(Error::canceled("the log has stopped"));
    while (reading_ || applying_ || snapshotting_ || restoring_) (void)co_await parts_.loop.sleep(milliseconds(1));
    co_await group_.join();
    fail_pending(Error::canceled("the log has stopped"));
    fail_reads(Error::canceled("the log has stopped"));
    auto [promise, quiet] = net::make_promise<Result<>>(parts_.loop);
    parts_.worker.run([p = std::move(promise)]() mutable { p.complete({}); });
    (void)co_await quiet.wait({});
    if (!failed_ && disk_ && !disk_->full()) {
        auto closed = co_await net::run_blocking(parts_.loop, [this] { return entries_->close(); });
        if (!closed) log_.warn("the log was not closed in order", {{"error", closed.error().message}});
    }
}

void LogCore::post(std::function<void(LogCore&)> call) {
    parts_.loop.post([this, call = std::move(call)] { call(*this); });
}

void LogCore::propose(Proposal proposal) {
    std::optional<Error> refused;
    bool wake = false;
    {
        std::lock_guard lock(inbox_mutex_);
        if (closed_) {
            refused = Error::canceled("the log has stopped");
        } else if (disk_full_) {
            refused = no_room();
        } else if (inbox_.size() >= config_.max_pending) {
            refused = Error{ErrorCode::too_many, "too many commands wait for the log"};
        } else {
            inbox_.push_back(std::move(proposal));
            wake = !inbox_posted_;
            inbox_posted_ = true;
        }
    }
    if (refused) return proposal.done(fail(std::move(*refused)));
    if (wake) post([](LogCore& core) { core.take_inbox(), core.settle(); });
}

LogEntry* LogCore::in_window(uint64_t index) {
    if (index < window_first_ || index > last_index()) return nullptr;
    return &window_[index - window_first_];
}

bool LogCore::may_submit() const {
    return !transferring_ && last_index() - engine_->commit_index() < config_.max_uncommitted &&
           pending_bytes_ < config_.max_uncommitted_bytes;
}

// With no other server to send them to, commands that come while the disk writes are not worth a wake-up: the end of
// the write takes them.
bool LogCore::write_takes_inbox() const {
    return alone_ && engine_->leads() && !stopping_ && !failed_ && engine_->last_stored() < last_index();
}

// Appends what waits, as one batch. Whatever cannot go yet stays.
void LogCore::take_inbox() {
    std::vector<Proposal> batch;
    const bool leads = engine_ && engine_->leads() && !stopping_ && !failed_;
    if (leads && !may_submit()) return;
    {
        std::lock_guard lock(inbox_mutex_);
        if (!leads || inbox_.size() <= config_.max_batch) {
            batch.swap(inbox_);
        } else {
            const auto end = inbox_.begin() + static_cast<ptrdiff_t>(config_.max_batch);
            batch.assign(std::make_move_iterator(inbox_.begin()), std::make_move_iterator(end));
            inbox_.erase(inbox_.begin(), end);
        }
        inbox_posted_ = !inbox_.empty() || write_takes_inbox();
    }
    if (batch.empty()) return;
    if (leads) {
        submit(std::move(batch));
        if (!write_takes_inbox()) return;
        std::lock_guard lock(inbox_mutex_);
        inbox_posted_ = true;
        return;
    }
    const Error why = stopping_ ? Error::canceled("the log has stopped") : no_leader();
    for (Proposal& one : batch) one.done(fail(why));
}

void LogCore::submit(std::vector<Proposal> proposals) {
    std::vector<LogEntry> entries;
    const uint64_t first = last_index() + 1, term = engine_->term();
    size_t taken = 0;
    for (Proposal& one : proposals) {
        if (pending_bytes_ >= config_.max_uncommitted_bytes) break;
        ++taken;
        auto bytes = std::make_shared<const std::string>(one.command->encode());
        if (bytes->size() > config_.max_entry_bytes) {
            one.done(fail(Error{ErrorCode::too_large, "the command is too large for the log"}));
            continue;
        }
        pending_.push_back({first + entries.size(), term, bytes->size(), std::move(one.done)});
        pending_bytes_ += bytes->size();
        entries.push_back({0, RAFT_COMMAND, *bytes, bytes, std::move(one.command)});
    }
    put_back(proposals, taken);
    if (entries.empty()) return;
    if (auto submitted = engine_->submit(std::move(entries)); !submitted) drop_pending(first, submitted.error());
}

// What did not fit goes to the front again.
void LogCore::put_back(std::vector<Proposal>& proposals, size_t from) {
    if (from == proposals.size()) return;
    std::lock_guard lock(inbox_mutex_);
    inbox_.insert(inbox_.begin(), std::make_move_iterator(proposals.begin() + static_cast<ptrdiff_t>(from)),
                  std::make_move_iterator(proposals.end()));
    inbox_posted_ = true;
}

// The proposals from that index on are not in the log.
void LogCore::drop_pending(uint64_t first, const Error& why) {
    while (!pending_.empty() && pending_.back().index >= first) {
        Pending last = std::move(pending_.back());
        pending_.pop_back();
        pending_bytes_ -= last.bytes;
        last.done(fail(why));
    }
}

void LogCore::save_vote(uint64_t term, uint64_t voted_for) {
    record_.term = term;
    record_.voted_for = voted_for;
    saves_issued_ = disk_->save(record_);
}

void LogCore::on_saved(uint64_t save) {
    saves_done_ = std::max(saves_done_, save);
    while (!held_.empty() && held_.front().save <= saves_done_) {
        transport_.send(held_.front().to, std::move(held_.front().frame));
        held_.pop_front();
    }
}

void LogCore::append(uint64_t first, std::vector<LogEntry> entries) {
    if (first <= last_index()) truncate_from(first);
    if (window_.empty()) window_first_ = first;
    has_state_ = true;
    if (!entries.empty()) last_term_ = entries.back().term;
    for (const LogEntry& entry : entries) {
        window_.push_back(entry);
        window_size_ += entry.data.size();
    }
    disk_->append(first, std::move(entries));
}

void LogCore::truncate_from(uint64_t first) {
    drop_pending(first, leadership_lost());
    while (!window_.empty() && last_index() >= first) {
        window_size_ -= window_.back().data.size();
        window_.pop_back();
    }
}

// The newest entries stay in memory, and all that are not yet on disk and applied.
void LogCore::trim_window() {
    const uint64_t settled = std::min(applied_, engine_->last_stored());
    while (window_size_ > config_.window_bytes && !window_.empty() && window_first_ <= settled) {
        window_size_ -= window_.front().data.size();
        window_.pop_front();
        ++window_first_;
    }
}

void LogCore::on_appended(uint64_t first, const std::vector<uint64_t>& terms) {
    if (installing_) return;
    uint64_t safe = 0;
    for (size_t i = 0; i < terms.size(); ++i) {
        const LogEntry* entry = in_window(first + i);
        if (!entry || entry->term != terms[i]) break;
        safe = first + i;
    }
    if (safe > 0) engine_->persisted(safe);
    settle();
}

void LogCore::give_up(const char* what, const Error& why) {
    failed_ = true;
    log_.error(what, {{"error", why.message}});
    fail_pending(why);
    fail_reads(why);
    take_inbox();
    if (engine_) publish();  // it leads no more
    if (parts_.on_failure) parts_.on_failure(why);
}

void LogCore::fail_pending(const Error& why) {
    auto pending = std::exchange(pending_, {});
    pending_bytes_ = 0;
    for (Pending& one : pending) one.done(fail(why));
}

void LogCore::on_full_changed(bool full) {
    if (full) log_.error("the disk is full: new commands are refused until there is room");
    if (!full) log_.info("there is room on the disk again");
    {
        std::lock_guard lock(inbox_mutex_);
        disk_full_ = full;
    }
    if (full && !waits_for_room_) fail_for_want_of_room();
}

void LogCore::prepare_to_stop() {
    waits_for_room_ = false;
    if (disk_ && disk_->full()) fail_for_want_of_room();
    group_.spawn(abandon_after_grace());
}

net::Task<> LogCore::abandon_after_grace() {
    if (auto slept = co_await parts_.loop.sleep(kStopGrace, group_.token()); !slept) co_return;
    std::vector<Proposal> waiting;
    {
        std::lock_guard lock(inbox_mutex_);
        closed_ = true;
        waiting.swap(inbox_);
        inbox_posted_ = false;
    }
    const Error why = Error::canceled("the server stops: whether the command took effect is not known");
    fail_pending(why);
    fail_reads(why);
    for (Proposal& one : waiting) one.done(fail(Error::canceled("the log has stopped")));
}

void LogCore::fail_for_want_of_room() {
    std::vector<Proposal> waiting;
    {
        std::lock_guard lock(inbox_mutex_);
        waiting.swap(inbox_);
        inbox_posted_ = false;
    }
    fail_pending(Error::internal("the disk of the leader is full: whether the command took effect is not known"));
    for (Proposal& one : waiting) one.done(fail(no_room()));
}

void LogCore::send_frame(uint64_t to, std::string frame) {
    if (saves_done_ < saves_issued_) {
        held_.push_back({saves_issued_, to, std::move(frame)});
    } else {
        transport_.send(to, std::move(frame));
    }
}

void LogCore::send(const raft_message& message) {
    if (stopping_ || failed_) return;
    if (message.type == RAFT_INSTALL_SNAPSHOT) return send_snapshot(message.server_id);
    if (message.type == RAFT_APPEND_ENTRIES && message.append_entries.n_entries > 0) return send_entries(message);
    send_frame(message.server_id, encode_message(message));
}

namespace {

// How many of these entries go into one frame.
size_t fitting(std::span<const LogEntry> entries) {
    size_t count = 0, size = 0;
    while (count < entries.size() && count < kMaxAppendEntries) {
        size += entries[count].data.size();
        if (count > 0 && size > kAppendBytes) break;
        ++count;
    }
    return count;
}

// The append as frames of a bounded size.
template <class Send>
void frame_entries(raft_append_entries append, std::span<const LogEntry> entries, Send&& send) {
    while (!entries.empty()) {
        const size_t count = fitting(entries);
        send(encode_append(append, entries.first(count)));
        append.prev_log_index += count;
        append.prev_log_term = entries[count - 1].term;
        entries = entries.subspan(count);
    }
}

}  // namespace

void LogCore::send_entries(const raft_message& message) {
    const raft_append_entries& append = message.append_entries;
    const uint64_t first = append.prev_log_index + 1;
    if (first < window_first_) return send_from_disk(message);
    std::vector<LogEntry> entries;
    for (uint64_t i = first; i < first + append.n_entries; ++i) {
        LogEntry* entry = in_window(i);
        assert_always(entry != nullptr);
        entries.push_back(*entry);
    }
    frame_entries(append, entries, [&](std::string frame) { send_frame(message.server_id, std::move(frame)); });
}

// For a server that lags: reads what memory does not hold any more. The engine repeats what is not sent.
void LogCore::send_from_disk(const raft_message& message) {
    if (disk_reads_ >= kMaxDiskReads) return;
    ++disk_reads_;
    auto read = std::make_shared<Result<std::vector<LoadedEntry>>>();
    const raft_append_entries append = message.append_entries;
    const uint64_t to = message.server_id, term = engine_->term(), first = append.prev_log_index + 1;
    disk_->task([this, read, first,
                 last = first + append.n_entries - 1] { *read = entries_->read_range(first, last, kApplyBytes); },
                [this, read, append, to, term] {
                    --disk_reads_;
                    if (!*read || !engine_->leads() || engine_->term() != term) return;
                    std::vector<LogEntry> entries;
                    for (LoadedEntry& one : **read)
                        entries.push_back({one.term, one.type, *one.data, one.data, nullptr});
                    frame_entries(append, entries, [&](std::string frame) { send_frame(to, std::move(frame)); });
                });
}

void LogCore::state_changed() {
    const bool leads = engine_->leads();
    if (leads && led_term_ != engine_->term()) {
        // Its first entry was appended in the same step.
        led_term_ = engine_->term();
        term_start_ = last_index();
    }
    if (!leads && term_start_ != 0) {
        term_start_ = 0, led_term_ = 0;
        fail_pending(leadership_lost());
        fail_reads(no_leader());
        answered_.clear();
    }
}

void LogCore::settle() {
    if (!engine_ || stopping_) return;
    pump_apply();
    take_inbox();
    publish();
    rearm();
}

void LogCore::rearm() {
    if (stopping_ || failed_ || removed_) return timer_.disarm();
    timer_.arm(parts_.loop, net::Deadline{engine_->next_tick()});
}

void LogCore::on_tick() {
    if (stopping_ || failed_) return;
    engine_->tick();
    repeat_round();
    settle();
}

void LogCore::on_frame(uint64_t from, const std::string& address, Frame frame) {
    if (stopping_ || failed_) return;
    if (auto* fetched = std::get_if<FetchedEntries>(&frame)) return on_fetched(from, std::move(*fetched));
    if (!engine_) return;
    if (auto* received = std::get_if<ReceivedMessage>(&frame)) {
        raft_message& message = received->message;
        message.server_id = from;
        received->address = address;
        if (message.type == RAFT_APPEND_ENTRIES) removed_ = false;
        if (message.type == RAFT_APPEND_ENTRIES_RESULT) answered_[from] = parts_.loop.now();
        if (message.type == RAFT_REQUEST_VOTE) tell_removed(from);
        engine_->receive(std::move(*received));
    } else if (const auto* probe = std::get_if<TermProbe>(&frame)) {
        send_frame(from, encode(TermProbeAnswer{engine_->term(), probe->round}));
    } else if (const auto* answer = std::get_if<TermProbeAnswer>(&frame)) {
        on_probe_answer(from, *answer);
    } else if (const auto* fetch = std::get_if<FetchEntries>(&frame)) {
        on_fetch(from, *fetch);
    } else if (std::holds_alternative<FetchSnapshot>(frame)) {
        if (!streaming_[from]) group_.spawn(stream_snapshot(from, true));
    } else if (const auto* removed = std::get_if<Removed>(&frame)) {
        if (!engine_->leads() && removed->index > committed_configuration_.index) {
            if (!removed_) log_.warn("this server was removed from the cluster");
            removed_ = true;
        }
    }
    settle();
}

// Hands committed entries to the state machine, one batch at a time.
void LogCore::pump_apply() {
    if (applying_ || installing_ || restoring_ || stopping_) return;
    const uint64_t commit = engine_->commit_index();
    // Not only when there is nothing else to do: commands may keep coming.
    if (wants_snapshot()) return take_snapshot();
    if (applied_ >= commit) {
        trim_window();
        finish_reads();
        return;
    }
    if (applied_ + 1 < window_first_) return read_to_apply(std::min(commit, window_first_ - 1));
    std::vector<Applying> batch;
    size_t size = 0;
    for (uint64_t index = applied_ + 1; index <= commit && batch.size() < config_.max_batch; ++index) {
        const LogEntry* entry = in_window(index);
        if (!entry) break;
        if (!batch.empty() && size + entry->data.size() > kApplyBytes) break;
        size += entry->data.size();
        batch.push_back({index, *entry, take_pending(index, entry->term)});
    }
    if (!batch.empty()) apply_batch(std::move(batch));
}

// The proposer of that entry, if it was proposed here.
std::function<void(Outcome)> LogCore::take_pending(uint64_t index, uint64_t term) {
    while (!pending_.empty() && pending_.front().index <= index) {
        Pending front = std::move(pending_.front());
        pending_.pop_front();
        pending_bytes_ -= front.bytes;
        if (front.index == index && front.term == term) return std::move(front.done);
        front.done(fail(leadership_lost()));
    }
    return nullptr;
}

void LogCore::read_to_apply(uint64_t last) {
    applying_ = awaits_read_ = true;
    const uint64_t next = applied_ + 1;
    if (ahead_ && ahead_->first == next) {
        if (ahead_->ready) apply_read();
    } else if (!reading_) {
        read_ahead(next, last);
    }
}

void LogCore::read_ahead(uint64_t first, uint64_t last) {
    reading_ = true;
    ahead_ = std::make_shared<ReadAhead>();
    ahead_->first = first;
    auto read = std::make_shared<Result<std::vector<LoadedEntry>>>();
    disk_->task([this, read, first, last] { *read = entries_->read_range(first, last, kApplyBytes); },
                [this, read] {
                    if (*read) return on_read(std::move(**read));
                    reading_ = false;
                    ahead_.reset();
                    if (std::exchange(awaits_read_, false)) applying_ = false;
                    if (installing_) return try_install();
                    give_up("a committed entry cannot be read", read->error());
                });
}

// Decodes them where nothing waits for it.
void LogCore::on_read(std::vector<LoadedEntry> loaded) {
    for (LoadedEntry& one : loaded)
        ahead_->batch.push_back({one.index, {one.term, one.type, *one.data, one.data, nullptr}, nullptr});
    const auto ready = [this] {
        reading_ = false;
        ahead_->ready = true;
        if (awaits_read_) return apply_read();
        if (ahead_->first <= applied_) ahead_.reset();  // a snapshot was installed meanwhile
    };
    auto decoding = parts_.loop.offload([this, ahead = ahead_, ready] {
        for (Applying& one : ahead->batch) {
            if (one.entry.type == RAFT_COMMAND) one.entry.command = machine_.decode(one.entry.data);
        }
        parts_.loop.post(ready);
    });
    if (!decoding) ready();
}

void LogCore::apply_read() {
    const std::shared_ptr<ReadAhead> ahead = std::exchange(ahead_, nullptr);
    applying_ = awaits_read_ = false;
    if (installing_) return try_install();
    if (ahead->first != applied_ + 1) return settle();  // a snapshot was installed meanwhile
    if (ahead->batch.empty()) return;
    const uint64_t next = ahead->batch.back().index + 1, last = std::min(engine_->commit_index(), window_first_ - 1);
    apply_batch(std::move(ahead->batch));
    // Once it stops, the queue of the disk may have ended: nobody would run the read.
    if (next <= last && !stopping_) read_ahead(next, last);
}

void LogCore::apply_batch(std::vector<Applying> batch) {
    applying_ = true;
    ++batches_;
    auto shared = std::make_shared<std::vector<Applying>>(std::move(batch));
    parts_.worker.run([this, shared] {
        std::vector<Entry> entries;
        for (const Applying& one : *shared) {
            if (one.entry.type == RAFT_COMMAND)
                entries.push_back({one.index, one.entry.term, one.entry.command.get(), one.entry.data});
        }
        std::vector<Outcome> outcomes;
        if (!entries.empty()) outcomes = machine_.apply(entries);
        assert_always(outcomes.size() == entries.size());
        size_t next = 0;
        for (Applying& one : *shared) {
            const bool command = one.entry.type == RAFT_COMMAND;
            if (one.done) one.done(command ? std::move(outcomes[next]) : Outcome(std::any(one.index)));
            if (command) ++next;
            one.done = nullptr;
        }
        post([shared](LogCore& core) { core.on_applied(std::move(*shared)); });
    });
}

void LogCore::on_applied(std::vector<Applying> batch) {
    applying_ = false;
    applied_ = batch.back().index;
    applied_term_ = batch.back().entry.term;
    for (const Applying& one : batch) {
        applied_bytes_ += one.entry.data.size();
        if (LogEntry* kept = in_window(one.index)) kept->command.reset();  // its bytes are enough from now on
        if (one.entry.type != RAFT_CHANGE) continue;
        committed_configuration_.configuration_index = one.index;
        committed_configuration_.index = one.index;
        committed_configuration_.configuration = std::string(one.entry.data);
        engine_->configuration_applied(one.index, one.entry.data);
    }
    if (installing_) return try_install();
    settle();
}

// Tells other threads, and the observers when the leader is another.
void LogCore::publish() {
    Leadership now;
    now.term = engine_->term();
    now.is_leader = engine_->leads() && term_start_ != 0 && applied_ >= term_start_ && !failed_;
    const uint64_t leader = engine_->leads() ? engine_->number() : engine_->leader();
    if (engine_->configuration_version() != peers_version_) {
        peers_version_ = engine_->configuration_version();
        peers_ = engine_->configuration();
    }
    for (const Peer& peer : peers_) {
        if (leader != 0 && server_number(peer.id) == leader) now.leader_id = peer.id;
    }
    if (engine_->leads()) now.leader_id = now.is_leader ? config_.server_id : std::string();
    alone_ = now.is_leader && peers_.size() <= 1;
    const auto newest = snapshots_->newest();
    bool changed = false;
    {
        std::lock_guard lock(shared_mutex_);
        changed = now.is_leader != leadership_.is_leader || now.leader_id != leadership_.leader_id ||
                  (now.is_leader && now.term != leadership_.term);
        leadership_ = now;
        stats_.term = engine_->term();
        stats_.last_index = last_index();
        stats_.last_term = last_term_;
        stats_.commit_index = engine_->commit_index();
        stats_.applied_index = applied_;
        stats_.snapshot_index = newest ? newest->index : 0;
        stats_.snapshot_term = newest ? newest->term : 0;
        stats_.last_contact = engine_->leads() ? Duration{} : engine_->since_leader_heard();
        stats_.pending = pending_.size();
        stats_.batches = batches_;
        stats_.state = engine_->state_name();
        shared_configuration_ = {committed_configuration_.index, peers_};
        progress_.clear();
        if (engine_->leads()) {
            for (const Peer& peer : peers_) {
                const uint64_t number = server_number(peer.id);
                if (number == engine_->number()) continue;
                const auto answered = answered_.find(number);
                PeerProgress progress{peer.id, engine_->match_index(number), std::nullopt};
                if (answered != answered_.end()) progress.last_contact = parts_.loop.now() - answered->second;
                progress_.push_back(std::move(progress));
            }
        }
    }
    if (!changed) return;
    parts_.worker.run([this, now] {
        for (const auto& observer : observers) observer(now);
    });
}

Leadership LogCore::leadership() const {
    std::lock_guard lock(shared_mutex_);
    return leadership_;
}
LogStats LogCore::stats() const {
    std::lock_guard lock(shared_mutex_);
    return stats_;
}
Configuration LogCore::configuration() const {
    std::lock_guard lock(shared_mutex_);
    return shared_configuration_;
}
std::vector<PeerProgress> LogCore::progress() const {
    std::lock_guard lock(shared_mutex_);
    return progress_;
}
std::string LogCore::cluster_id() const {
    std::lock_guard lock(shared_mutex_);
    return cluster_id_;
}

std::string LogCore::address_of(uint64_t server) {
    std::vector<Peer> peers;
    if (engine_) peers = engine_->configuration();
    for (const auto& [number, healer] : healers_) peers.push_back(healer);
    for (const Peer& peer : peers) {
        if (server_number(peer.id) != server) continue;
        if (parts_.find_address) {
            if (std::string known = parts_.find_address(peer.id); !known.empty()) return known;
        }
        return peer.address;
    }
    const auto heard = heard_.find(server);
    return heard == heard_.end() ? std::string() : heard->second;
}

Result<> LogCore::admit(const Hello& hello) {
    constexpr size_t kMaxHeard = 64;
    if (hello.server_id == config_.server_id) return fail(Error::bad_request("this server's own identifier"));
    if (!record_.cluster_id.empty() && !hello.cluster_id.empty() && record_.cluster_id != hello.cluster_id)
        return fail(Error::bad_request("another cluster: " + hello.cluster_id + " is not " + record_.cluster_id));
    const uint64_t number = server_number(hello.server_id);
    if (heard_.size() < kMaxHeard || heard_.contains(number)) heard_[number] = hello.address;
    learn_cluster(hello.cluster_id);
    return {};
}

void LogCore::learn_cluster(const std::string& cluster_id) {
    if (cluster_id.empty() || !record_.cluster_id.empty()) return;
    record_.cluster_id = cluster_id;
    saves_issued_ = disk_->save(record_);
    transport_.set_cluster_id(cluster_id);
    std::lock_guard lock(shared_mutex_);
    cluster_id_ = cluster_id;
}

}  // namespace drover::raft
