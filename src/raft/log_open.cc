// How a log begins: what the disk holds, the newest snapshot, a new cluster's first entry, and the way back when most
// servers are lost.
#include <algorithm>

#include "base/uuid.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "raft/log_core.h"

namespace drover::raft {

// A server as an operator names it in peers.json.
struct NamedPeer {
    std::string id;
    std::string address;
    bool non_voter = false;
};
DECLARE_TYPE(NamedPeer);
DESCRIBE(NamedPeer, FIELD(id), FIELD(address), FIELD(non_voter));

namespace {

constexpr const char* kPeersFile = "peers.json";
constexpr uint64_t kMaxPeersFile = 64 << 10;

constexpr uint64_t kReadAtOnce = 8 << 20;
constexpr uint64_t kFirstTerm = 1;
constexpr const char* kNoData = "barrier.";  // stands for what the engine does not look at

}  // namespace

Result<> LogCore::open() {
    if (auto opened = open_stores(); !opened) return opened;
    const auto newest = snapshots_->newest();
    if (newest) {
        if (auto restored = restore_newest(); !restored)
            return fail(restored.error().wrapped("the newest snapshot cannot be restored: "));
        applied_ = newest->index, applied_term_ = newest->term;
        committed_configuration_ = {newest->configuration_index, newest->term, newest->configuration_index,
                                    newest->configuration};
        // Entries that a received snapshot has overtaken are left when the server stopped before it gave them up.
        const uint64_t term = entries_->term_of(newest->index);
        const bool overtaken = entries_->last_index() < newest->index || (term != 0 && term != newest->term);
        if (overtaken) {
            if (auto reset = entries_->reset(newest->index + 1); !reset) return reset;
        }
    }
    if (entries_->first_index() > applied_ + 1)
        return fail(Error::internal("entries " + std::to_string(applied_ + 1) + " to " +
                                    std::to_string(entries_->first_index() - 1) + " of the log are missing in " +
                                    parts_.disk.path("")));
    for (const std::string& repair : terms_->repairs()) log_.warn(repair);
    for (const std::string& repair : entries_->repairs()) log_.warn(repair);
    if (auto prepared = prepare_healing(); !prepared) return prepared;
    window_first_ = entries_->last_index() + 1;
    last_term_ = std::max(entries_->term_of(entries_->last_index()), newest ? newest->term : 0);
    has_state_ = entries_->last_index() > 0;
    if (auto recovered = recover_quorum(); !recovered) return recovered;
    return healers_.empty() ? load_start() : Result<>{};
}

Result<> LogCore::open_stores() {
    auto terms = TermStore::open(parts_.disk);
    if (!terms) return fail(terms.error());
    terms_ = std::move(*terms);
    record_ = terms_->record();
    cluster_id_ = record_.cluster_id;
    transport_.set_cluster_id(record_.cluster_id);
    auto snapshots = SnapshotStore::open(parts_.disk);
    if (!snapshots) return fail(snapshots.error());
    snapshots_ = std::move(*snapshots);
    auto entries = EntryStore::open(parts_.disk, parts_.rng, config_.entries);
    if (!entries) return fail(entries.error());
    entries_ = std::move(*entries);
    return {};
}

namespace {

Result<std::vector<Peer>> read_peers(Disk& disk) {
    auto file = disk.open(kPeersFile, Disk::Open::existing);
    if (!file) return fail(file.error());
    std::string text(kMaxPeersFile, '\0');
    auto got = (*file)->read_at(0, text);
    if (!got) return fail(got.error());
    text.resize(*got);
    auto named = codec::from_json<List<NamedPeer>>(text);
    if (!named) return fail(named.error());
    std::vector<Peer> peers;
    for (const NamedPeer& one : *named) {
        if (!is_uuid(one.id)) return fail(Error::bad_request("\"" + one.id + "\" is not the id of a server"));
        if (!net::parse_address(one.address)) return fail(Error::bad_request("bad address \"" + one.address + "\""));
        peers.push_back({one.id, one.address, one.non_voter ? Suffrage::nonvoter : Suffrage::voter});
    }
    if (peers.empty()) return fail(Error::bad_request("it names no server"));
    return peers;
}

}  // namespace

// Where most servers are gone for good, an operator names those that remain in a file beside the log, on each of them.
// The configuration becomes an entry behind all others, in a term of its own.
Result<> LogCore::recover_quorum() {
    auto peers = read_peers(parts_.disk);
    if (!peers && peers.error().code == ErrorCode::not_found) return {};
    if (!peers) return fail(peers.error().wrapped(parts_.disk.path(kPeersFile) + ": "));
    const uint64_t last = entries_->last_index();
    record_.term = std::max(record_.term, last_term_) + 1;
    record_.voted_for = 0;
    const std::string bytes = encode_configuration(*peers);
    const StoredEntry entry{last + 1, record_.term, RAFT_CHANGE, bytes};
    if (auto appended = entries_->append({&entry, 1}); !appended) return appended;
    if (auto saved = terms_->save(record_); !saved) return saved;
    if (auto removed = parts_.disk.remove(kPeersFile); !removed) return removed;
    if (auto synced = parts_.disk.sync_directory(); !synced) return synced;
    window_first_ = entries_->last_index() + 1;
    last_term_ = record_.term;
    has_state_ = true;
    log_.warn("the configuration was replaced by that of peers.json", {{"servers", peers->size()}});
    return {};
}

void LogCore::begin_engine() {
    if (auto made = make_engine(); !made) give_up("the log cannot start", made.error());
}

Result<> LogCore::make_engine() {
    engine_ = std::make_unique<Engine>(EngineConfig{.server_id = config_.server_id,
                                                    .address = config_.address,
                                                    .election_timeout = config_.election_timeout,
                                                    .heartbeat = config_.heartbeat},
                                       static_cast<EngineHost&>(*this), parts_.loop.clock(), parts_.rng);
    return engine_->start(std::exchange(start_, {}));
}

// What the engine begins with: the terms of all entries, and the configurations among them. Blocks.
Result<> LogCore::load_start() {
    start_ = {};
    const auto newest = snapshots_->newest();
    if (newest) start_.snapshot = {newest->index, newest->term, newest->configuration_index, newest->configuration};
    std::string configuration = start_.snapshot.configuration;
    start_.first_index = entries_->first_index();
    uint64_t next = start_.first_index;
    while (next <= entries_->last_index()) {
        auto some = entries_->read_range(next, entries_->last_index(), kReadAtOnce);
        if (!some) return fail(some.error());
        for (const LoadedEntry& entry : *some) {
            const bool change = entry.type == RAFT_CHANGE;
            if (change) configuration = *entry.data;
            start_.entries.push_back({entry.term, entry.type, change ? *entry.data : std::string(kNoData)});
        }
        next = some->back().index + 1;
    }
    if (auto begun = begin_own_term(configuration); !begun) return begun;
    start_.term = record_.term;
    start_.voted_for = record_.voted_for;
    return {};
}

// The engine lets the only voter lead again in the term of before its restart. Entries of that term may have reached
// others and not this disk: it must not make different ones under the same names.
Result<> LogCore::begin_own_term(const std::string& configuration) {
    if (configuration.empty()) return {};
    auto peers = decode_configuration(configuration);
    if (!peers) return fail(peers.error());
    const auto votes = [](const Peer& peer) { return peer.suffrage == Suffrage::voter; };
    const bool own = std::any_of(peers->begin(), peers->end(),
                                 [&](const Peer& peer) { return votes(peer) && peer.id == config_.server_id; });
    if (!own || std::count_if(peers->begin(), peers->end(), votes) != 1) return {};
    ++record_.term;
    record_.voted_for = 0;
    return terms_->save(record_);
}

void LogCore::begin_bootstrap(std::string cluster_id, std::vector<Peer> peers, std::function<void(Result<>)> done) {
    if (stopping_ || failed_) return done(fail(Error::canceled("the log has stopped")));
    if (has_state_ || last_index() > 0) return done(fail(Error::conflict("this server belongs to a cluster already")));
    has_state_ = true;
    timer_.disarm();
    write_first_entry(std::move(cluster_id), std::move(peers), std::move(done));
}

void LogCore::write_first_entry(std::string cluster_id, std::vector<Peer> peers, std::function<void(Result<>)> done) {
    record_.term = std::max(record_.term, kFirstTerm);
    record_.voted_for = 0;
    record_.cluster_id = std::move(cluster_id);
    auto result = std::make_shared<Result<>>();
    auto bytes = std::make_shared<const std::string>(encode_configuration(peers));
    // The entry first: a cluster identifier without it would be a server that waits for ever.
    disk_->task(
        [this, result, bytes, record = record_] {
            const StoredEntry entry{1, kFirstTerm, RAFT_CHANGE, *bytes};
            *result = entries_->append({&entry, 1});
            if (*result) *result = terms_->save(record);
            if (*result) *result = load_start();
        },
        [this, result, done = std::move(done)] {
            if (!*result) {
                has_state_ = false;
                return done(*result);
            }
            transport_.set_cluster_id(record_.cluster_id);
            {
                std::lock_guard lock(shared_mutex_);
                cluster_id_ = record_.cluster_id;
            }
            window_first_ = 2;
            last_term_ = kFirstTerm;
            Result<> made = make_engine();
            settle();
            done(std::move(made));
        });
}

}  // namespace drover::raft
