// Healing: entries that this server acknowledged and whose records are damaged are fetched from the others before it
// takes part again: a vote without them could elect a leader that lacks what was promised. Only committed entries are
// given. Own entries around them need not be: a leader that others did not follow may have left some here. So what is
// given is put back only where the entry before it is the same here and there; where it is not, that entry and all
// behind it were replaced by others, and go. So do entries of an earlier term behind what is put back.
#include "raft/log_core.h"

namespace drover::raft {
namespace {

constexpr uint64_t kReadAtOnce = 8 << 20;
constexpr Duration kAskEvery = seconds(1);

std::string describe(const Hole& hole) {
    return "entries " + std::to_string(hole.first) + " to " + std::to_string(hole.last) + " at " + hole.where;
}

}  // namespace

// Whether others can be asked. The last configuration that can be read names them.
Result<> LogCore::prepare_healing() {
    if (auto dropped = drop_what_the_snapshot_has(); !dropped) return dropped;
    const std::vector<Hole>& holes = entries_->holes();
    if (holes.empty()) return {};
    std::string configuration = committed_configuration_.configuration;
    uint64_t next = entries_->first_index();
    for (size_t i = 0; i <= holes.size(); ++i) {
        const uint64_t last = i < holes.size() ? holes[i].first - 1 : entries_->last_index();
        while (next <= last) {
            auto some = entries_->read_range(next, last, kReadAtOnce);
            if (!some) return fail(some.error());
            for (const LoadedEntry& entry : *some) {
                if (entry.type == RAFT_CHANGE) configuration = *entry.data;
            }
            next = some->back().index + 1;
        }
        if (i < holes.size()) next = holes[i].last + 1;
    }
    std::vector<Peer> peers;
    if (auto decoded = decode_configuration(configuration)) peers = std::move(*decoded);
    std::erase_if(peers, [&](const Peer& peer) { return peer.id == config_.server_id; });
    for (const Hole& hole : holes) log_.error("the log is damaged: " + describe(hole) + " cannot be read");
    if (peers.empty())
        return fail(
            Error::internal("the log is damaged and no other server has a copy: " + describe(holes.front()) +
                            " cannot be read; restore a backup, or empty the folder and let this server join again"));
    for (const Peer& peer : peers) healers_[server_number(peer.id)] = peer;
    return {};
}

// What cannot be read, and the newest snapshot has, is not missed; the others may not even have it any more.
Result<> LogCore::drop_what_the_snapshot_has() {
    const std::vector<Hole>& holes = entries_->holes();
    if (holes.empty() || holes.front().first > applied_) return {};
    log_.warn("entries that the snapshot has are dropped: " + describe(holes.front()) + " cannot be read",
              {{"snapshot", applied_}});
    return entries_->drop_before(applied_ + 1);
}

net::Task<> LogCore::heal() {
    const net::CancelToken cancel = group_.token();
    while (!entries_->holes().empty() && !failed_ && !cancel.cancelled()) {
        const Hole hole = entries_->holes().front();
        for (const auto& [number, peer] : healers_) send_frame(number, encode(FetchEntries{hole.first, hole.last}));
        (void)co_await healed_.wait({parts_.loop.in(kAskEvery), cancel});
        while ((!disk_->idle() || restoring_) && !cancel.cancelled())
            (void)co_await parts_.loop.sleep(milliseconds(1), cancel);
    }
    if (failed_ || cancel.cancelled()) co_return;
    healers_.clear();
    auto loaded = co_await net::run_blocking(parts_.loop, [this] { return load_start(); });
    if (!loaded) co_return give_up("the log cannot start", loaded.error());
    log_.info("the log is whole again");
    window_first_ = entries_->last_index() + 1;
    last_term_ = std::max(entries_->term_of(entries_->last_index()), applied_term_);
    begin_engine();
    settle();
}

// Another server asks for entries: it gets those that are committed, as far as they are on this disk. (They may be
// applied from memory while others, which they replace, are still there.)
void LogCore::on_fetch(uint64_t from, const FetchEntries& fetch) {
    if (!engine_ || fetch.first == 0 || fetch.first > fetch.last || disk_reads_ > 0) return;
    ++disk_reads_;
    struct Found {
        Result<std::vector<LoadedEntry>> entries;
        uint64_t previous_term = 0;
    };
    auto found = std::make_shared<Found>();
    disk_->task(
        [this, found, fetch, settled = std::min(applied_, engine_->last_stored())] {
            const uint64_t last = std::min(fetch.last, settled);
            if (fetch.first - 1 <= settled) found->previous_term = entries_->term_of(fetch.first - 1);
            if (fetch.first <= last && fetch.first >= entries_->first_index())
                found->entries = entries_->read_range(fetch.first, last, kAppendBytes);
        },
        [this, found, from, first = fetch.first] {
            --disk_reads_;
            const auto newest = snapshots_->newest();
            FetchedEntries fetched{first, found->previous_term, newest ? newest->index : 0, {}};
            if (newest && newest->index == first - 1) fetched.previous_term = newest->term;
            if (found->entries) {
                for (LoadedEntry& one : *found->entries)
                    fetched.entries.push_back({one.term, one.type, *one.data, one.data, nullptr});
            }
            send_frame(from, encode(fetched));
        });
}

void LogCore::on_fetched(uint64_t from, FetchedEntries fetched) {
    if (engine_ || restoring_ || !disk_->idle() || !healers_.contains(from) || entries_->holes().empty()) return;
    const Hole hole = entries_->holes().front();
    if (fetched.first != hole.first || fetched.entries.size() > hole.last - hole.first + 1) return;
    // What the snapshot has is committed, and the same everywhere.
    const uint64_t before = hole.first - 1;
    const bool must_compare = before > applied_;
    const bool is_known = !must_compare || fetched.previous_term != 0;
    if (must_compare && is_known && fetched.previous_term != entries_->term_of(before)) return cut_from(before);
    if (is_known && !fetched.entries.empty()) return fill(std::move(fetched));
    if (fetched.snapshot >= hole.first) send_frame(from, encode(FetchSnapshot{}));
}

void LogCore::fill(FetchedEntries fetched) {
    auto result = std::make_shared<Result<>>();
    disk_->task(
        [this, result, fetched = std::move(fetched)] {
            std::vector<StoredEntry> stored;
            uint64_t index = fetched.first;
            for (const LogEntry& entry : fetched.entries)
                stored.push_back({index++, entry.term, entry.type, entry.data});
            *result = entries_->fill(stored);
            const uint64_t next_term = entries_->term_of(index);
            if (*result && next_term != 0 && next_term < stored.back().term) *result = cut_on_disk(index);
        },
        [this, result] {
            if (!*result) return not_healed(result->error());
            healed_.notify();
        });
}

// Gives up that entry and what follows: others have committed another one in its place.
void LogCore::cut_from(uint64_t index) {
    log_.warn("entries that other servers have replaced are dropped", {{"from", index}});
    auto result = std::make_shared<Result<>>();
    disk_->task(
        [this, result, index, is_first = index == applied_ + 1] {
            *result = is_first ? entries_->reset(index) : cut_on_disk(index);
        },
        [this, result] {
            if (!*result) return not_healed(result->error());
            healed_.notify();
        });
}

// There is an entry before that one.
Result<> LogCore::cut_on_disk(uint64_t index) {
    auto kept = entries_->read(index - 1);
    if (!kept) return fail(kept.error());
    const StoredEntry last{kept->index, kept->term, kept->type, *kept->data};
    return entries_->append({&last, 1});
}

// On a full disk it is tried again, not at once.
void LogCore::not_healed(const Error& why) {
    if (why.code != ErrorCode::too_large) return give_up("the log cannot be healed", why);
    log_.error("the log cannot be healed yet", {{"error", why.message}});
}

// The others have only a snapshot of what is missing. The entries after it stay: they were promised, too. Where they do
// not follow it, the leader finds the first of them to be another.
void LogCore::heal_by_snapshot(const SnapshotInfo& info) {
    auto result = std::make_shared<Result<>>();
    disk_->task(
        [this, result, info] {
            const uint64_t term = entries_->term_of(info.index), next = info.index + 1;
            const bool follows = entries_->last_index() >= next && (term == 0 || term == info.term);
            *result = follows ? entries_->drop_before(next) : entries_->reset(next);
        },
        [this, result, info] {
            if (!*result) return not_healed(result->error());
            restoring_ = true;
            parts_.worker.run([this, info] {
                Result<> restored = restore_newest();
                post([info, restored](LogCore& core) { core.on_healed_by_snapshot(info, restored); });
            });
        });
}

void LogCore::on_healed_by_snapshot(const SnapshotInfo& info, Result<> restored) {
    restoring_ = false;
    if (!restored) return give_up("a snapshot cannot be restored", restored.error());
    applied_ = info.index, applied_term_ = info.term;
    committed_configuration_ = {info.configuration_index, info.term, info.configuration_index, info.configuration};
    healed_.notify();
}

}  // namespace drover::raft
