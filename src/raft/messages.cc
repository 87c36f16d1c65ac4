#include "raft/messages.h"

#include <bit>
#include <cstring>
#include <optional>

#include "base/assert.h"

namespace drover::raft {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr uint32_t kMagic = 0x31525244;  // "DRR1"
constexpr size_t kMaxText = 1024;
constexpr size_t kEntryHead = 8 + 1 + 4;

enum class Kind : uint8_t {
    hello = 1,
    hello_answer = 2,
    append = 3,
    append_result = 4,
    vote = 5,
    vote_result = 6,
    timeout_now = 7,
    probe = 8,
    probe_answer = 9,
    removed = 10,
    fetch_entries = 11,
    fetched_entries = 12,
    fetch_snapshot = 13,
    snapshot_head = 14,
};

class FrameWriter {
public:
    explicit FrameWriter(Kind kind, size_t expected = 64) {
        bytes_.reserve(expected + kFrameHead + 1);
        bytes_.resize(kFrameHead);
        number<uint8_t>(static_cast<uint8_t>(kind));
    }
    template <class N>
    FrameWriter& number(N value) {
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
        return *this;
    }
    FrameWriter& text(std::string_view value) {
        number<uint32_t>(static_cast<uint32_t>(value.size()));
        return raw(value);
    }
    FrameWriter& raw(std::string_view value) {
        bytes_.append(value);
        return *this;
    }
    std::string finish() {
        const auto size = static_cast<uint32_t>(bytes_.size() - kFrameHead);
        assert_always(bytes_.size() <= kMaxFrame);
        std::memcpy(bytes_.data(), &size, sizeof size);
        return std::move(bytes_);
    }

private:
    std::string bytes_;
};

// Reads as long as there is something; then `good()` is false and everything reads as zero.
class FrameReader {
public:
    explicit FrameReader(std::string_view bytes) : rest_(bytes) {}
    template <class N>
    N number() {
        N value{};
        const std::string_view bytes = raw(sizeof value);
        if (bytes.size() == sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    }
    std::string text() {
        const auto size = number<uint32_t>();
        if (size > kMaxText) good_ = false;
        return std::string(raw(good_ ? size : 0));
    }
    std::string_view raw(size_t size) {
        if (size > rest_.size()) good_ = false;
        if (!good_) return {};
        const std::string_view out = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return out;
    }
    size_t left() const { return rest_.size(); }
    bool good() const { return good_; }
    bool whole() const { return good_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool good_ = true;
};

size_t size_of(std::span<const LogEntry> entries) {
    size_t size = 0;
    for (const LogEntry& entry : entries) size += kEntryHead + entry.data.size();
    return size;
}

void put_entries(FrameWriter& out, std::span<const LogEntry> entries) {
    out.number<uint32_t>(static_cast<uint32_t>(entries.size()));
    for (const LogEntry& entry : entries) {
        out.number<uint64_t>(entry.term).number<uint8_t>(entry.type);
        out.number<uint32_t>(static_cast<uint32_t>(entry.data.size()));
    }
    for (const LogEntry& entry : entries) out.raw(entry.data);
}

bool known_entry_type(uint8_t type) { return type == RAFT_COMMAND || type == RAFT_BARRIER || type == RAFT_CHANGE; }

bool get_entries(FrameReader& in, const std::shared_ptr<const std::string>& owner, std::vector<LogEntry>& entries) {
    const auto count = in.number<uint32_t>();
    if (count > kMaxAppendEntries || count > in.left() / kEntryHead) return false;
    entries.resize(count);
    std::vector<uint32_t> sizes(count);
    for (uint32_t i = 0; i < count; ++i) {
        entries[i].term = in.number<uint64_t>();
        entries[i].type = in.number<uint8_t>();
        sizes[i] = in.number<uint32_t>();
        if (!known_entry_type(entries[i].type)) return false;
    }
    for (uint32_t i = 0; i < count; ++i) {
        entries[i].data = in.raw(sizes[i]);
        entries[i].owner = owner;
        // A configuration that the core cannot read would end the process when it is applied.
        if (in.good() && entries[i].type == RAFT_CHANGE && !decode_configuration(entries[i].data)) return false;
    }
    return in.good();
}

ReceivedMessage message_of(raft_message_type type) {
    ReceivedMessage received;
    received.message.type = type;
    return received;
}

bool get_append(FrameReader& in, const std::shared_ptr<const std::string>& owner, ReceivedMessage& to) {
    raft_append_entries& a = to.message.append_entries;
    a.term = in.number<uint64_t>();
    a.prev_log_index = in.number<uint64_t>();
    a.prev_log_term = in.number<uint64_t>();
    a.leader_commit = in.number<uint64_t>();
    return get_entries(in, owner, to.entries);
}

void get_append_result(FrameReader& in, raft_append_entries_result& r) {
    r.version = 2;
    r.term = in.number<uint64_t>();
    r.rejected = in.number<uint64_t>();
    r.last_log_index = in.number<uint64_t>();
    r.features = in.number<uint16_t>();
    r.capacity = in.number<uint16_t>();
}

void get_vote(FrameReader& in, raft_request_vote& v) {
    v.version = 2;
    v.term = in.number<uint64_t>();
    v.candidate_id = in.number<uint64_t>();
    v.last_log_index = in.number<uint64_t>();
    v.last_log_term = in.number<uint64_t>();
    v.disrupt_leader = in.number<uint8_t>() != 0;
    v.pre_vote = in.number<uint8_t>() != 0;
}

void get_vote_result(FrameReader& in, raft_request_vote_result& r) {
    r.version = 2;
    r.term = in.number<uint64_t>();
    r.vote_granted = in.number<uint8_t>() != 0;
    r.pre_vote = in.number<uint8_t>() != 0;
    r.features = in.number<uint16_t>();
    r.capacity = in.number<uint16_t>();
}

void get_timeout_now(FrameReader& in, raft_timeout_now& t) {
    t.version = 1;
    t.term = in.number<uint64_t>();
    t.last_log_index = in.number<uint64_t>();
    t.last_log_term = in.number<uint64_t>();
}

bool get_hello(FrameReader& in, Hello& hello) {
    const bool ours = in.number<uint32_t>() == kMagic;
    const auto purpose = in.number<uint8_t>();
    hello.purpose = static_cast<Hello::Purpose>(purpose);
    hello.cluster_id = in.text();
    hello.server_id = in.text();
    hello.address = in.text();
    hello.instance = in.number<uint64_t>();
    return ours && (purpose == 1 || purpose == 2);
}

// Nothing: a kind that this version does not know.
std::optional<Frame> get_frame(Kind kind, FrameReader& in, const std::shared_ptr<const std::string>& owner) {
    switch (kind) {
        case Kind::hello: {
            Hello hello;
            if (!get_hello(in, hello)) return std::nullopt;
            return hello;
        }
        case Kind::hello_answer: return HelloAnswer{in.text(), in.text()};
        case Kind::append: {
            ReceivedMessage received = message_of(RAFT_APPEND_ENTRIES);
            if (!get_append(in, owner, received)) return std::nullopt;
            return received;
        }
        case Kind::append_result: {
            ReceivedMessage received = message_of(RAFT_APPEND_ENTRIES_RESULT);
            get_append_result(in, received.message.append_entries_result);
            return received;
        }
        case Kind::vote: {
            ReceivedMessage received = message_of(RAFT_REQUEST_VOTE);
            get_vote(in, received.message.request_vote);
            return received;
        }
        case Kind::vote_result: {
            ReceivedMessage received = message_of(RAFT_REQUEST_VOTE_RESULT);
            get_vote_result(in, received.message.request_vote_result);
            return received;
        }
        case Kind::timeout_now: {
            ReceivedMessage received = message_of(RAFT_TIMEOUT_NOW);
            get_timeout_now(in, received.message.timeout_now);
            return received;
        }
        case Kind::probe: return TermProbe{in.number<uint64_t>(), in.number<uint64_t>()};
        case Kind::probe_answer: return TermProbeAnswer{in.number<uint64_t>(), in.number<uint64_t>()};
        case Kind::removed: return Removed{in.number<uint64_t>()};
        case Kind::fetch_entries: return FetchEntries{in.number<uint64_t>(), in.number<uint64_t>()};
        case Kind::fetched_entries: {
            FetchedEntries fetched{in.number<uint64_t>(), in.number<uint64_t>(), in.number<uint64_t>(), {}};
            if (!get_entries(in, owner, fetched.entries)) return std::nullopt;
            return fetched;
        }
        case Kind::fetch_snapshot: return FetchSnapshot{};
        case Kind::snapshot_head:
            return SnapshotHead{in.number<uint64_t>(), in.number<uint64_t>(), in.number<uint64_t>(),
                                in.number<uint8_t>() != 0};
    }
    return std::nullopt;
}

}  // namespace

std::string encode_append(const raft_append_entries& a, std::span<const LogEntry> entries) {
    FrameWriter out(Kind::append, 40 + size_of(entries));
    out.number<uint64_t>(a.term).number<uint64_t>(a.prev_log_index).number<uint64_t>(a.prev_log_term);
    out.number<uint64_t>(a.leader_commit);
    put_entries(out, entries);
    return out.finish();
}

std::string encode_message(const raft_message& message) {
    switch (message.type) {
        case RAFT_APPEND_ENTRIES: return encode_append(message.append_entries, {});
        case RAFT_APPEND_ENTRIES_RESULT: {
            const raft_append_entries_result& r = message.append_entries_result;
            FrameWriter out(Kind::append_result);
            out.number<uint64_t>(r.term).number<uint64_t>(r.rejected).number<uint64_t>(r.last_log_index);
            return out.number<uint16_t>(r.features).number<uint16_t>(r.capacity).finish();
        }
        case RAFT_REQUEST_VOTE: {
            const raft_request_vote& v = message.request_vote;
            FrameWriter out(Kind::vote);
            out.number<uint64_t>(v.term).number<uint64_t>(v.candidate_id).number<uint64_t>(v.last_log_index);
            out.number<uint64_t>(v.last_log_term).number<uint8_t>(v.disrupt_leader);
            return out.number<uint8_t>(v.pre_vote).finish();
        }
        case RAFT_REQUEST_VOTE_RESULT: {
            const raft_request_vote_result& r = message.request_vote_result;
            FrameWriter out(Kind::vote_result);
            out.number<uint64_t>(r.term).number<uint8_t>(r.vote_granted).number<uint8_t>(r.pre_vote);
            return out.number<uint16_t>(r.features).number<uint16_t>(r.capacity).finish();
        }
        case RAFT_TIMEOUT_NOW: {
            const raft_timeout_now& t = message.timeout_now;
            FrameWriter out(Kind::timeout_now);
            return out.number<uint64_t>(t.term)
                .number<uint64_t>(t.last_log_index)
                .number<uint64_t>(t.last_log_term)
                .finish();
        }
        case RAFT_INSTALL_SNAPSHOT: break;  // travels by itself
    }
    assert_always(false);
}

std::string encode(const Hello& hello) {
    FrameWriter out(Kind::hello);
    out.number<uint32_t>(kMagic).number<uint8_t>(static_cast<uint8_t>(hello.purpose));
    out.text(hello.cluster_id).text(hello.server_id).text(hello.address);
    return out.number<uint64_t>(hello.instance).finish();
}
std::string encode(const HelloAnswer& answer) {
    return FrameWriter(Kind::hello_answer).text(answer.refusal.substr(0, kMaxText)).text(answer.cluster_id).finish();
}
std::string encode(const TermProbe& probe) {
    return FrameWriter(Kind::probe).number<uint64_t>(probe.term).number<uint64_t>(probe.round).finish();
}
std::string encode(const TermProbeAnswer& answer) {
    return FrameWriter(Kind::probe_answer).number<uint64_t>(answer.term).number<uint64_t>(answer.round).finish();
}
std::string encode(const Removed& removed) {
    return FrameWriter(Kind::removed).number<uint64_t>(removed.index).finish();
}
std::string encode(const FetchEntries& fetch) {
    return FrameWriter(Kind::fetch_entries).number<uint64_t>(fetch.first).number<uint64_t>(fetch.last).finish();
}
std::string encode(const FetchedEntries& fetched) {
    FrameWriter out(Kind::fetched_entries, 28 + size_of(fetched.entries));
    out.number<uint64_t>(fetched.first).number<uint64_t>(fetched.previous_term).number<uint64_t>(fetched.snapshot);
    put_entries(out, fetched.entries);
    return out.finish();
}
std::string encode(const FetchSnapshot&) { return FrameWriter(Kind::fetch_snapshot).finish(); }
std::string encode(const SnapshotHead& head) {
    FrameWriter out(Kind::snapshot_head);
    out.number<uint64_t>(head.term).number<uint64_t>(head.index).number<uint64_t>(head.bytes);
    return out.number<uint8_t>(head.asked_for).finish();
}

Result<size_t> frame_size(std::string_view head) {
    uint32_t size = 0;
    if (head.size() >= kFrameHead) std::memcpy(&size, head.data(), sizeof size);
    if (size == 0 || size > kMaxFrame) return fail(Error::bad_request("a frame of the log has an impossible length"));
    return size;
}

Result<Frame> decode_frame(std::shared_ptr<const std::string> frame) {
    FrameReader in(*frame);
    const auto kind = static_cast<Kind>(in.number<uint8_t>());
    std::optional<Frame> decoded = get_frame(kind, in, frame);
    if (!decoded || !in.whole()) return fail(Error::bad_request("a frame of the log cannot be read"));
    return std::move(*decoded);
}

}  // namespace drover::raft
