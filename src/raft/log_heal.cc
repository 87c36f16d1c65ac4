// Healing: entries that this server acknowledged and whose records are damaged are fetched from the others before it
// takes part again: a vote without them could elect a leader that lacks what was promised. Only committed entries are
// given: at their indexes there is nothing else that could have been promised.
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
    const auto newest = snapshots_->newest();
    if (holes.empty() || !newest || holes.front().first > newest->index) return {};
    log_.warn("entries that the snapshot has are dropped: " + describe(holes.front()) + " cannot be read",
              {{"snapshot", newest->index}});
    return entries_->drop_before(newest->index + 1);
}

net::Task<> LogCore::heal() {
    const net::CancelToken cancel = group_.token();
    while (!entries_->holes().empty() && !failed_ && !cancel.cancelled()) {
        const Hole hole = entries_->holes().front();
        for (const auto& [number, peer] : healers_) send_frame(number, encode(FetchEntries{hole.first, hole.last}));
        (void)co_await healed_.wait({parts_.loop.in(kAskEvery), cancel});
        while (!disk_->idle() && !cancel.cancelled()) (void)co_await parts_.loop.sleep(milliseconds(1), cancel);
    }
    if (failed_ || cancel.cancelled()) co_return;
    log_.info("the log is whole again");
    healers_.clear();
    auto loaded = co_await net::run_blocking(parts_.loop, [this] { return load_start(); });
    if (!loaded) co_return give_up("the log cannot start", loaded.error());
    begin_engine();
    settle();
}

// Another server asks for entries: it gets those that are committed, as far as they are here.
void LogCore::on_fetch(uint64_t from, const FetchEntries& fetch) {
    if (!engine_ || fetch.first == 0 || fetch.first > fetch.last || disk_reads_ > 0) return;
    ++disk_reads_;
    const uint64_t last = std::min(fetch.last, applied_), first = fetch.first;
    auto read = std::make_shared<Result<std::vector<LoadedEntry>>>();
    disk_->task(
        [this, read, first, last] {
            if (first <= last && first >= entries_->first_index())
                *read = entries_->read_range(first, last, kAppendBytes);
        },
        [this, read, from, first] {
            --disk_reads_;
            const auto newest = snapshots_->newest();
            FetchedEntries fetched{first, newest ? newest->index : 0, {}};
            if (*read) {
                for (LoadedEntry& one : **read)
                    fetched.entries.push_back({one.term, one.type, *one.data, one.data, nullptr});
            }
            send_frame(from, encode(fetched));
        });
}

void LogCore::on_fetched(uint64_t from, FetchedEntries fetched) {
    if (engine_ || entries_->holes().empty() || !disk_->idle() || !healers_.contains(from)) return;
    const Hole hole = entries_->holes().front();
    if (fetched.first != hole.first || fetched.entries.size() > hole.last - hole.first + 1) return;
    if (fetched.entries.empty()) {
        if (fetched.snapshot >= hole.last) send_frame(from, encode(FetchSnapshot{}));
        return;
    }
    auto result = std::make_shared<Result<>>();
    disk_->task(
        [this, result, fetched = std::move(fetched)] {
            std::vector<StoredEntry> stored;
            uint64_t index = fetched.first;
            for (const LogEntry& entry : fetched.entries)
                stored.push_back({index++, entry.term, entry.type, entry.data});
            *result = entries_->fill(stored);
        },
        [this, result] {
            if (!*result) return not_healed(result->error());
            healed_.notify();
        });
}

// On a full disk it is tried again, not at once.
void LogCore::not_healed(const Error& why) {
    if (why.code != ErrorCode::too_large) return give_up("the log cannot be healed", why);
    log_.error("the log cannot be healed yet", {{"error", why.message}});
}

// The others have only a snapshot of what is missing. The entries after it stay: they were promised, too.
void LogCore::heal_by_snapshot(const SnapshotInfo& info) {
    auto result = std::make_shared<Result<>>();
    disk_->task(
        [this, result, index = info.index] {
            *result = entries_->last_index() > index ? entries_->drop_before(index + 1) : entries_->reset(index + 1);
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
    window_first_ = entries_->last_index() + 1;
    last_term_ = std::max(last_term_, info.term);
    healed_.notify();
}

}  // namespace drover::raft
