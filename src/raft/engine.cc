#include "raft/engine.h"

#include <algorithm>

#include "base/assert.h"
#include "base/uuid.h"

namespace drover::raft {
namespace {

// After this the core asks again; while a snapshot is on its way the host ignores that.
constexpr unsigned kSnapshotInstallMs = 5'000;
constexpr unsigned short kCapacity = 65535;  // room on the disk is the host's affair
constexpr uint64_t kNobody = 0;              // no server has this number

raft_event event_of(raft_event_type type) {
    raft_event event{};
    event.type = type;
    event.capacity = kCapacity;
    return event;
}

int role_of(Suffrage suffrage) { return suffrage == Suffrage::voter ? RAFT_VOTER : RAFT_STANDBY; }

// A configuration of the core, closed with its scope.
class CoreConfiguration {
public:
    CoreConfiguration() { raft_configuration_init(&c_); }
    ~CoreConfiguration() { raft_configuration_close(&c_); }
    CoreConfiguration(const CoreConfiguration&) = delete;
    raft_configuration* get() { return &c_; }
    // For the core, which keeps it.
    raft_configuration release() {
        raft_configuration out = c_;
        raft_configuration_init(&c_);
        return out;
    }

private:
    raft_configuration c_;
};

// The core's decoder trusts its bytes; these may come from strangers. Version 1: the number of servers (8 bytes, as all
// numbers little-endian), and for each its number (8), its address up to a zero byte, its role (1); zeros fill the
// rest.
bool is_configuration(std::string_view bytes) {
    constexpr uint64_t kMaxServers = 64;
    constexpr size_t kMaxAddress = 512, kNumber = sizeof(uint64_t);
    if (bytes.size() < 1 + kNumber || bytes[0] != 1) return false;
    bytes.remove_prefix(1);
    uint64_t left = 0;
    std::memcpy(&left, bytes.data(), kNumber);
    bytes.remove_prefix(kNumber);
    if (left > kMaxServers) return false;
    for (; left > 0; --left) {
        if (bytes.size() < kNumber) return false;
        bytes.remove_prefix(kNumber);
        const size_t end = bytes.find('\0');
        if (end == std::string_view::npos || end > kMaxAddress || end + 1 >= bytes.size()) return false;
        const auto role = static_cast<unsigned char>(bytes[end + 1]);
        if (role != RAFT_STANDBY && role != RAFT_VOTER && role != RAFT_SPARE) return false;
        bytes.remove_prefix(end + 2);
    }
    return bytes.find_first_not_of('\0') == std::string_view::npos && bytes.size() < kNumber;
}

bool decode_into(std::string_view bytes, raft_configuration* into) {
    const raft_buffer buffer{const_cast<char*>(bytes.data()), bytes.size()};
    return is_configuration(bytes) && raft_configuration_decode(&buffer, into) == 0;
}

std::string encode_core(const raft_configuration* configuration) {
    raft_buffer buffer{};
    assert_always(raft_configuration_encode(configuration, &buffer) == 0);
    std::string bytes(static_cast<const char*>(buffer.base), buffer.len);
    raft_free(buffer.base);
    return bytes;
}

void fill(raft_snapshot_metadata& metadata, const SnapshotPoint& point) {
    metadata.index = point.index;
    metadata.term = point.term;
    metadata.configuration_index = point.configuration_index;
    assert_always(decode_into(point.configuration, &metadata.configuration));
}

// The core's address of a server holds its identifier too: "<uuid> <ip:port>".
std::string join_address(const Peer& peer) { return peer.id + " " + peer.address; }

std::vector<Peer> peers_of(const raft_configuration& configuration) {
    std::vector<Peer> peers;
    for (unsigned i = 0; i < configuration.n; ++i) {
        const raft_server& server = configuration.servers[i];
        const std::string_view text = server.address;
        const size_t space = text.find(' ');
        Peer peer;
        peer.id = std::string(text.substr(0, space));
        if (space != std::string_view::npos) peer.address = std::string(text.substr(space + 1));
        peer.suffrage = server.role == RAFT_VOTER ? Suffrage::voter : Suffrage::nonvoter;
        peers.push_back(std::move(peer));
    }
    return peers;
}

Error core_error(int code, const char* what) {
    if (code == RAFT_NOTLEADER || code == RAFT_LEADERSHIPLOST) return Error::unavailable("No cluster leader");
    return Error::internal(std::string(what) + ": " + raft_strerror(code));
}

}  // namespace

uint64_t server_number(std::string_view id) {
    const auto uuid = parse_uuid(id);
    uint64_t number = 0;
    if (uuid) {
        for (size_t i = 0; i < 8; ++i) number = number << 8 | uuid->bytes[i];
    }
    return number == 0 ? 1 : number;
}

std::string encode_configuration(const std::vector<Peer>& peers) {
    CoreConfiguration configuration;
    for (const Peer& peer : peers) {
        assert_always(raft_configuration_add(configuration.get(), server_number(peer.id), join_address(peer).c_str(),
                                             role_of(peer.suffrage)) == 0);
    }
    return encode_core(configuration.get());
}

Result<std::vector<Peer>> decode_configuration(std::string_view bytes) {
    CoreConfiguration configuration;
    if (!decode_into(bytes, configuration.get())) return fail(Error::internal("a configuration cannot be read"));
    return peers_of(*configuration.get());
}

Engine::Engine(EngineConfig config, EngineHost& host, const Clock& clock, Rng& rng)
    : config_(std::move(config)), host_(host), clock_(clock) {
    const Peer self{config_.server_id, config_.address, Suffrage::voter};
    assert_always(raft_init(&raft_, nullptr, nullptr, server_number(self.id), join_address(self).c_str()) == 0);
    raft_seed(&raft_, static_cast<unsigned>(rng.next()));
    raft_set_election_timeout(&raft_, static_cast<unsigned>(config_.election_timeout.ns / 1'000'000));
    raft_set_heartbeat_timeout(&raft_, static_cast<unsigned>(config_.heartbeat.ns / 1'000'000));
    raft_set_install_snapshot_timeout(&raft_, kSnapshotInstallMs);
    raft_set_pre_vote(&raft_, true);
    raft_set_max_inflight_entries(&raft_, config_.max_inflight_entries);
    raft_.now = now_ms();
}

Engine::~Engine() { raft_close(&raft_, nullptr); }

Result<> Engine::start(EngineStart from) {
    std::vector<raft_entry> entries;
    entries.reserve(from.entries.size());
    for (EngineStart::Kept& kept : from.entries) {
        raft_entry entry{};
        entry.term = kept.term;
        entry.type = static_cast<raft_entry_type>(kept.type);
        entry.buf = {kept.configuration.data(), kept.configuration.size()};
        entry.batch = entry.buf.base;
        entries.push_back(entry);
    }
    raft_event event = event_of(RAFT_START);
    event.start.term = from.term;
    event.start.voted_for = from.voted_for;
    event.start.start_index = from.first_index;
    event.start.entries = entries.data();
    event.start.n_entries = static_cast<unsigned>(entries.size());
    raft_snapshot_metadata metadata{};
    if (from.snapshot.index > 0) {
        metadata.index = from.snapshot.index;
        metadata.term = from.snapshot.term;
        metadata.configuration_index = from.snapshot.configuration_index;
        if (!decode_into(from.snapshot.configuration, &metadata.configuration))
            return fail(Error::internal("the snapshot's configuration cannot be read"));
        event.start.metadata = &metadata;
    }
    first_index_ = from.first_index;
    if (const int code = step(event, nullptr); code != 0) return fail(core_error(code, "the log cannot start"));
    return {};
}

void Engine::enqueue(std::function<void()> event) {
    events_.push_back(std::move(event));
    if (stepping_) return;
    while (!events_.empty()) {
        auto next = std::move(events_.front());
        events_.pop_front();
        next();
    }
}

int Engine::step(raft_event& event, std::vector<LogEntry>* submitted) {
    assert_always(!stepping_);
    stepping_ = true;
    raft_update update{};
    event.time = now_ms();
    const int code = raft_step(&raft_, &event, &update);
    if (code == 0) {
        if (update.flags & ((RAFT_UPDATE_CURRENT_TERM) | (RAFT_UPDATE_VOTED_FOR)))
            host_.save_vote(raft_.current_term, raft_.voted_for);
        if (update.flags & (RAFT_UPDATE_ENTRIES)) take_entries(update, submitted);
        if (update.flags & (RAFT_UPDATE_SNAPSHOT)) take_snapshot(update);
        if (update.flags & (RAFT_UPDATE_MESSAGES)) {
            for (unsigned i = 0; i < update.messages.n; ++i) {
                if (update.messages.batch[i].server_id != kNobody) host_.send(update.messages.batch[i]);
            }
        }
        if (update.flags & (RAFT_UPDATE_STATE)) host_.state_changed();
        if (update.flags & (RAFT_UPDATE_COMMIT_INDEX)) host_.commit_advanced();
    }
    stepping_ = false;
    return code;
}

void Engine::take_entries(const raft_update& update, std::vector<LogEntry>* submitted) {
    std::vector<LogEntry> entries;
    if (submitted) {
        entries = std::move(*submitted);
        for (LogEntry& entry : entries) entry.term = raft_.current_term;
    } else {
        // What was received lies in one block; the leader's own first entry has a buffer to itself.
        const raft_entry& front = update.entries.batch[0];
        void* block = front.batch != nullptr ? front.batch : front.buf.base;
        const std::shared_ptr<const void> owner(block, raft_free);
        for (unsigned i = 0; i < update.entries.n; ++i) {
            const raft_entry& entry = update.entries.batch[i];
            entries.push_back({entry.term,
                               static_cast<uint8_t>(entry.type),
                               {static_cast<const char*>(entry.buf.base), entry.buf.len},
                               owner,
                               nullptr});
        }
    }
    for (const LogEntry& entry : entries) changes_ += entry.type == RAFT_CHANGE ? 1 : 0;
    host_.append(update.entries.index, std::move(entries));
}

void Engine::take_snapshot(raft_update& update) {
    raft_free(update.snapshot.chunk.base);
    const raft_snapshot_metadata& metadata = update.snapshot.metadata;
    const SnapshotPoint point{metadata.index, metadata.term, metadata.configuration_index,
                              encode_core(&metadata.configuration)};
    raft_configuration_close(&update.snapshot.metadata.configuration);  // ours now
    first_index_ = point.index + 1;
    host_.install(point);
}

void Engine::receive(ReceivedMessage message) {
    if (!stepping_ && events_.empty()) return handle_receive(std::move(message));
    auto kept = std::make_shared<ReceivedMessage>(std::move(message));
    enqueue([this, kept] { handle_receive(std::move(*kept)); });
}

void Engine::handle_receive(ReceivedMessage message) {
    message.message.server_address = message.address.c_str();
    switch (message.message.type) {
        case RAFT_APPEND_ENTRIES: receive_append(message); break;
        case RAFT_REQUEST_VOTE: receive_vote_request(message); break;
        case RAFT_REQUEST_VOTE_RESULT: receive_vote(message.message); break;
        default: deliver(message.message); break;
    }
    enqueue([] {});  // what followed from it
}

void Engine::receive_append(ReceivedMessage& message) {
    raft_append_entries& append = message.message.append_entries;
    if (append.term < raft_.current_term) return answer_stale_leader(message.message, append.prev_log_index);
    last_append_ms_ = now_ms();
    if (message.entries.empty()) {
        append.entries = nullptr, append.n_entries = 0;
        return deliver(message.message);
    }
    if (append.prev_log_index == 0 && first_index_ > 1) return;  // stale, and the core would crash on it
    // The core notes a change of the configuration that lies inside a batch under the wrong index: each is delivered as
    // the first of its own batch, after a heartbeat of the same leader, which settles what came before.
    const auto count = static_cast<unsigned>(message.entries.size());
    unsigned begin = 0;
    while (begin < count) {
        unsigned end = begin + 1;
        while (end < count && message.entries[end].type != RAFT_CHANGE) ++end;
        if (message.entries[begin].type == RAFT_CHANGE) deliver_entries(message, begin, begin);
        deliver_entries(message, begin, end);
        begin = end;
    }
}

// Delivers those entries in one block, which the core frees unless it hands the entries on.
void Engine::deliver_entries(const ReceivedMessage& message, unsigned begin, unsigned end) {
    raft_message part = message.message;
    raft_append_entries& append = part.append_entries;
    append.prev_log_index += begin;
    if (begin > 0) append.prev_log_term = message.entries[begin - 1].term;
    std::vector<raft_entry> entries(end - begin);
    if (begin < end) {
        size_t size = 0;
        for (unsigned i = begin; i < end; ++i) size += message.entries[i].data.size();
        char* block = static_cast<char*>(raft_malloc(std::max<size_t>(size, 8)));
        assert_always(block != nullptr);
        char* place = block;
        for (unsigned i = begin; i < end; ++i) {
            const LogEntry& from = message.entries[i];
            raft_entry& to = entries[i - begin];
            to.term = from.term;
            to.type = static_cast<raft_entry_type>(from.type);
            to.buf = {place, from.data.size()};
            to.batch = block;
            std::copy(from.data.begin(), from.data.end(), place);
            place += from.data.size();
        }
    }
    append.entries = entries.empty() ? nullptr : entries.data();
    append.n_entries = end - begin;
    deliver(part);
}

void Engine::receive_vote_request(ReceivedMessage& message) {
    raft_message& m = message.message;
    const bool follows = raft_.state == RAFT_FOLLOWER;
    // The core never forgets its leader on some servers, and then refuses every vote.
    if (follows && now_ms() - last_append_ms_ >= raft_.election_timeout) raft_.follower_state.current_leader.id = 0;
    if (m.request_vote.pre_vote && m.request_vote.term < raft_.current_term) answer_stale_pre_vote(m);
    if (follows && raft_.configuration.n > 0 && raft_role(&raft_) != RAFT_VOTER) return deliver_as_voter(m);
    deliver(m);
}

// One who is no candidate (any more) has no use for it. The core would take for the candidate's state what lies there,
// and by that follow the term or not.
void Engine::receive_vote(raft_message& message) {
    if (raft_.state == RAFT_CANDIDATE) deliver(message);
}

// The core's own answer leaves a field as it finds it.
void Engine::answer_stale_leader(const raft_message& message, uint64_t rejected) {
    raft_message answer{};
    answer.type = RAFT_APPEND_ENTRIES_RESULT;
    answer.server_id = message.server_id;
    answer.server_address = message.server_address;
    answer.append_entries_result = {};
    answer.append_entries_result.version = 1;
    answer.append_entries_result.term = raft_.current_term;
    answer.append_entries_result.rejected = std::max<uint64_t>(rejected, 1);
    answer.append_entries_result.last_log_index = raft_last_index(&raft_);
    host_.send(answer);
}

// A candidate that lags behind never learns the term from the core's answers; a request of ours tells it.
void Engine::answer_stale_pre_vote(const raft_message& message) {
    raft_message answer{};
    answer.type = RAFT_REQUEST_VOTE;
    answer.server_id = message.server_id;
    answer.server_address = message.server_address;
    answer.request_vote.version = 2;
    answer.request_vote.term = raft_.current_term;
    answer.request_vote.candidate_id = raft_.id;
    host_.send(answer);
}

// A server that its own configuration, maybe stale, does not count among the voters must vote all the same: else
// nobody might be elected. It is a voter for the length of this step.
void Engine::deliver_as_voter(raft_message& message) {
    raft_configuration& c = raft_.configuration;
    const auto self = std::find_if(c.servers, c.servers + c.n, [&](const raft_server& s) { return s.id == raft_.id; });
    if (self != c.servers + c.n) {
        const int role = self->role;
        self->role = RAFT_VOTER;
        deliver(message);
        for (unsigned i = 0; i < c.n; ++i) {
            if (c.servers[i].id == raft_.id) c.servers[i].role = role;
        }
        return;
    }
    if (raft_configuration_add(&c, raft_.id, raft_.address, RAFT_VOTER) != 0) return deliver(message);
    deliver(message);
    if (c.n > 0 && c.servers[c.n - 1].id == raft_.id) {
        raft_free(c.servers[c.n - 1].address);
        --c.n;
    }
}

void Engine::deliver(raft_message& message) {
    raft_event event = event_of(RAFT_RECEIVE);
    event.receive.message = &message;
    const int code = step(event, nullptr);
    assert_always(code != RAFT_SHUTDOWN);  // a committed entry contradicts one of ours
    if (code != 0) log_.debug("a message was not taken", {{"reason", raft_strerror(code)}});
}

void Engine::receive_snapshot(uint64_t from, const std::string& address, uint64_t term, SnapshotPoint point) {
    enqueue([this, from, address, term, point = std::move(point)] {
        raft_message message{};
        message.type = RAFT_INSTALL_SNAPSHOT;
        message.server_id = from;
        message.server_address = address.c_str();
        if (term < raft_.current_term) return answer_stale_leader(message, point.index);
        last_append_ms_ = now_ms();
        raft_install_snapshot& install = message.install_snapshot;
        install.term = term;
        install.last_index = point.index;
        install.last_term = point.term;
        install.conf_index = point.configuration_index;
        if (!decode_into(point.configuration, &install.conf))
            return log_.error("a received snapshot's configuration cannot be read");
        install.data = {raft_malloc(8), 8};  // the content went another way
        deliver(message);
    });
}

void Engine::persisted(uint64_t index) {
    enqueue([this, index] {
        if (index <= raft_.last_stored || index > raft_last_index(&raft_)) return;
        raft_event event = event_of(RAFT_PERSISTED_ENTRIES);
        event.persisted_entries.index = index;
        step(event, nullptr);
    });
}

void Engine::snapshot_installed(SnapshotPoint point) {
    enqueue([this, point = std::move(point)] {
        raft_event event = event_of(RAFT_PERSISTED_SNAPSHOT);
        fill(event.persisted_snapshot.metadata, point);
        event.persisted_snapshot.last = true;
        step(event, nullptr);
    });
}

void Engine::snapshot_taken(SnapshotPoint point, unsigned trailing) {
    enqueue([this, point = std::move(point), trailing] {
        raft_event event = event_of(RAFT_SNAPSHOT);
        fill(event.snapshot.metadata, point);
        event.snapshot.trailing = trailing;
        step(event, nullptr);
        if (point.index > trailing) first_index_ = std::max(first_index_, point.index - trailing + 1);
    });
}

void Engine::configuration_applied(uint64_t index, std::string_view bytes) {
    enqueue([this, index, copy = std::string(bytes)] {
        raft_event event = event_of(RAFT_CONFIGURATION);
        event.configuration.index = index;
        assert_always(decode_into(copy, &event.configuration.conf));
        step(event, nullptr);
    });
}

Result<> Engine::submit(std::vector<LogEntry> entries) {
    assert_always(!stepping_);
    std::vector<raft_entry> core(entries.size());
    for (size_t i = 0; i < entries.size(); ++i) {
        core[i].term = raft_.current_term;
        core[i].type = static_cast<raft_entry_type>(entries[i].type);
        core[i].buf = {const_cast<char*>(entries[i].data.data()), entries[i].data.size()};
        core[i].batch = core[i].buf.base;
    }
    raft_event event = event_of(RAFT_SUBMIT);
    event.submit.entries = core.data();
    event.submit.n = static_cast<unsigned>(core.size());
    const int code = step(event, &entries);
    enqueue([] {});
    if (code != 0) return fail(core_error(code, "the log refused"));
    return {};
}

Result<> Engine::transfer(uint64_t server) {
    raft_event event = event_of(RAFT_TRANSFER);
    event.transfer.server_id = server;
    const int code = step(event, nullptr);
    if (code != 0) return fail(core_error(code, "the leadership cannot be transferred"));
    return {};
}

// The core lets the only voter lead in the term that it has, and others may have led in that: as many as there were
// voters before. A request for votes in the next term, which cannot win, makes it take that one first.
void Engine::leave_term_of_others() {
    const raft_configuration& c = raft_.configuration;
    const auto votes = [](const raft_server& server) { return server.role == RAFT_VOTER; };
    if (raft_.state != RAFT_FOLLOWER || now_ms() < raft_timeout(&raft_)) return;
    if (std::count_if(c.servers, c.servers + c.n, votes) != 1 || raft_role(&raft_) != RAFT_VOTER) return;
    raft_message request{};
    request.type = RAFT_REQUEST_VOTE;
    request.server_id = kNobody;
    request.server_address = "";
    request.request_vote.version = 2;
    request.request_vote.term = raft_.current_term + 1;
    request.request_vote.candidate_id = kNobody;
    request.request_vote.disrupt_leader = true;
    deliver(request);
}

void Engine::tick() {
    enqueue([this] {
        leave_term_of_others();
        raft_event event = event_of(RAFT_TIMEOUT);
        step(event, nullptr);
    });
}

Duration Engine::next_tick() const {
    // One millisecond was added when the time was told.
    return milliseconds(static_cast<int64_t>(raft_timeout(&raft_)) - 1);
}

const char* Engine::state_name() const {
    switch (raft_.state) {
        case RAFT_LEADER: return "Leader";
        case RAFT_CANDIDATE: return "Candidate";
        default: return "Follower";
    }
}

uint64_t Engine::leader() const {
    raft_id id = 0;
    const char* address = nullptr;
    raft_leader(const_cast<struct ::raft*>(&raft_), &id, &address);
    return id;
}

uint64_t Engine::match_index(uint64_t server) const {
    raft_index index = 0;
    if (!leads() || raft_match_index(&raft_, server, &index) != 0) return 0;
    return index;
}

std::vector<Peer> Engine::configuration() const { return peers_of(raft_.configuration); }

Duration Engine::since_leader_heard() const {
    return milliseconds(static_cast<int64_t>(now_ms() - std::min(last_append_ms_, now_ms())));
}

}  // namespace drover::raft
