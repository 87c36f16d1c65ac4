#include "raft/member_frames.h"

#include <utility>

#include "base/assert.h"
#include "codec/describe.h"
#include "codec/msgpack.h"

namespace drover::raft {

DESCRIBE(MemberRecord, FIELD(ID), FIELD(Name), FIELD(Addr), FIELD(Port), FIELD(Tags), FIELD(Status), FIELD(Incarnation),
         FIELD(Instance), FIELD(Age), FIELD(Pruned).omit_empty_on_wire());
DESCRIBE(MemberView, FIELD(ID), FIELD(Incarnation), FIELD(Status));
DESCRIBE(Hail, FIELD(Self), FIELD(Join), FIELD(You));
DESCRIBE(Welcome, FIELD(Self), FIELD(You));
DESCRIBE(Refusal, FIELD(Reason), FIELD(Text), FIELD(ID), FIELD(Cluster));
DESCRIBE(MemberProbe, FIELD(Instance));
DESCRIBE(Ping, FIELD(Incarnation), FIELD(You));
DESCRIBE(Ack, FIELD(ID), FIELD(Instance), FIELD(Incarnation), FIELD(You), FIELD(Self));
DESCRIBE(Reach, FIELD(ID), FIELD(Addr), FIELD(Port));
DESCRIBE(Reached, FIELD(Answered));
DESCRIBE(MemberList, FIELD(Members), FIELD(Last));
DESCRIBE(Change, FIELD(Members));
DESCRIBE(KeyRequest, FIELD(Operation), FIELD(Key).secret());
DESCRIBE(KeyAnswer, FIELD(Error), FIELD(Keys).secret());
DESCRIBE(BootServer, FIELD(ID), FIELD(Address));
DESCRIBE(BootProposal, FIELD(Cluster), FIELD(Servers));
DESCRIBE(BootAsk, FIELD(Step), FIELD(Expect), FIELD(Proposal));
DESCRIBE(BootAnswer, FIELD(Accepted), FIELD(Error), FIELD(Cluster), FIELD(HasState), FIELD(Expect), FIELD(Stage),
         FIELD(Promised));

namespace {

constexpr std::string_view kFrameMagic{"DRVM", 4}, kHelloMagic{"DRVH", 4};
constexpr char kVersion = 1;
constexpr size_t kMaxIdBytes = 64, kMaxNameBytes = 512, kMaxAddressBytes = 255;
constexpr size_t kMaxKeyBytes = 64, kMaxKeys = 64;

// What a list may carry beside its members: kind, names of fields, lengths.
constexpr size_t kListOverheadBytes = 64;

Error malformed(std::string_view what) { return Error::bad_request("malformed member message: " + std::string(what)); }

Result<> check_text(std::string_view text, size_t max, std::string_view what) {
    if (text.size() > max) return fail(malformed(std::string(what) + " is too long"));
    for (char c : text)
        if (static_cast<unsigned char>(c) < 0x20) return fail(malformed(std::string(what) + " is not text"));
    return {};
}

Result<> check_each(const List<MemberRecord>& records) {
    if (records.size() > kMaxMembers) return fail(malformed("too many members"));
    for (const MemberRecord& record : records)
        if (Result<> good = check(record); !good) return good;
    return {};
}

Result<> check(const MemberView& view) {
    if (view.Status > static_cast<uint8_t>(MemberStatus::failed) || view.Incarnation > kMaxIncarnation)
        return fail(malformed("a view"));
    return check_text(view.ID, kMaxIdBytes, "an id");
}

Result<> check(const BootProposal& proposal) {
    if (proposal.Servers.size() > kMaxBootServers) return fail(malformed("too many servers"));
    if (Result<> good = check_text(proposal.Cluster, kMaxIdBytes, "a cluster id"); !good) return good;
    for (size_t i = 0; i < proposal.Servers.size(); ++i) {
        const BootServer& server = proposal.Servers[i];
        if (server.ID.empty() || (i > 0 && proposal.Servers[i - 1].ID >= server.ID))
            return fail(malformed("servers are not in order"));
        if (Result<> good = check_text(server.ID, kMaxIdBytes, "an id"); !good) return good;
        if (Result<> good = check_text(server.Address, kMaxAddressBytes, "an address"); !good) return good;
    }
    return {};
}

// What holds of each message beyond its types.
struct Checker {
    Result<> operator()(const Hail& m) const {
        if (Result<> good = raft::check(m.Self); !good) return good;
        return check(m.You);
    }
    Result<> operator()(const Welcome& m) const {
        if (Result<> good = raft::check(m.Self); !good) return good;
        return check(m.You);
    }
    Result<> operator()(const Refusal& m) const {
        if (Result<> good = check_text(m.Text, 4096, "a reason"); !good) return good;
        if (Result<> good = check_text(m.ID, kMaxIdBytes, "an id"); !good) return good;
        return check_text(m.Cluster, kMaxIdBytes, "a cluster id");
    }
    Result<> operator()(const MemberProbe&) const { return {}; }
    Result<> operator()(const Ping& m) const { return check(m.You); }
    Result<> operator()(const Ack& m) const {
        if (Result<> good = check_text(m.ID, kMaxIdBytes, "an id"); !good) return good;
        if (m.Self)
            if (Result<> good = raft::check(*m.Self); !good) return good;
        return check(m.You);
    }
    Result<> operator()(const Reach& m) const {
        if (Result<> good = check_text(m.ID, kMaxIdBytes, "an id"); !good) return good;
        return check_text(m.Addr, kMaxAddressBytes, "an address");
    }
    Result<> operator()(const Reached&) const { return {}; }
    Result<> operator()(const MemberList& m) const { return check_each(m.Members); }
    Result<> operator()(const Change& m) const { return check_each(m.Members); }
    Result<> operator()(const KeyRequest& m) const {
        if (m.Operation > static_cast<uint8_t>(KeyOperation::remove)) return fail(malformed("a key operation"));
        return check_text(m.Key, kMaxKeyBytes, "a key");
    }
    Result<> operator()(const KeyAnswer& m) const {
        if (m.Keys.size() > kMaxKeys) return fail(malformed("too many keys"));
        for (const std::string& key : m.Keys)
            if (Result<> good = check_text(key, kMaxKeyBytes, "a key"); !good) return good;
        return check_text(m.Error, 4096, "an error");
    }
    Result<> operator()(const BootAsk& m) const {
        if (m.Step > static_cast<uint8_t>(BootStep::commit)) return fail(malformed("a bootstrap step"));
        return check(m.Proposal);
    }
    Result<> operator()(const BootAnswer& m) const {
        if (m.Stage > static_cast<uint8_t>(BootStage::committed)) return fail(malformed("a bootstrap stage"));
        if (Result<> good = check_text(m.Cluster, kMaxIdBytes, "a cluster id"); !good) return good;
        if (Result<> good = check_text(m.Promised, kMaxIdBytes, "a cluster id"); !good) return good;
        return check_text(m.Error, 4096, "an error");
    }
};

template <size_t I = 0>
Result<Message> decode_kind(size_t kind, std::string_view body) {
    if constexpr (I == std::variant_size_v<Message>) {
        return fail(malformed("an unknown kind"));
    } else {
        if (kind != I) return decode_kind<I + 1>(kind, body);
        std::variant_alternative_t<I, Message> value;
        Result<size_t> read = codec::read_msgpack(body, value);
        if (!read) return fail(read.error().wrapped("malformed member message: "));
        if (*read != body.size()) return fail(malformed("bytes after its end"));
        if (Result<> good = Checker()(value); !good) return fail(good.error());
        return Message(std::move(value));
    }
}

std::string prefix(std::string_view magic) {
    std::string bytes(magic);
    bytes.push_back(kVersion);
    bytes.append(3, '\0');
    return bytes;
}

Result<> check_prefix(std::string_view bytes, std::string_view magic) {
    if (bytes.substr(0, magic.size()) != magic) {
        if (bytes.substr(0, kHelloMagic.size()) == kHelloMagic)
            return fail(Error::bad_request("the other side encrypts and this one does not"));
        if (bytes.substr(0, kFrameMagic.size()) == kFrameMagic)
            return fail(Error::bad_request("this side encrypts and the other one does not"));
        return fail(malformed("this is not a member of a cluster"));
    }
    if (bytes.substr(0, magic.size() + 4) != prefix(magic)) return fail(malformed("another version"));
    return {};
}

}  // namespace

MemberRecord to_record(const Member& member, Duration age) {
    MemberRecord record;
    record.ID = member.id;
    record.Name = member.name;
    record.Addr = member.address;
    record.Port = member.port;
    for (const auto& [key, value] : member.tags) record.Tags[key] = value;
    record.Status = static_cast<uint8_t>(member.status);
    record.Incarnation = member.incarnation;
    record.Instance = member.instance;
    record.Age = age;
    return record;
}

Member to_member(const MemberRecord& record) {
    Member member;
    member.id = record.ID;
    member.name = record.Name;
    member.address = record.Addr;
    member.port = record.Port;
    member.tags = {record.Tags.begin(), record.Tags.end()};
    member.status = static_cast<MemberStatus>(record.Status);
    member.incarnation = record.Incarnation;
    member.instance = record.Instance;
    return member;
}

Result<> check(const MemberRecord& record) {
    if (record.ID.empty() || record.Name.empty() || record.Addr.empty() || record.Port == 0)
        return fail(malformed("a member without id, name or address"));
    if (record.Status > static_cast<uint8_t>(MemberStatus::failed)) return fail(malformed("a member's status"));
    if (record.Incarnation > kMaxIncarnation) return fail(malformed("a member's incarnation"));
    if (record.Age.ns < 0) return fail(malformed("a member's age"));
    if (Result<> good = check_text(record.ID, kMaxIdBytes, "an id"); !good) return good;
    if (Result<> good = check_text(record.Name, kMaxNameBytes, "a name"); !good) return good;
    if (Result<> good = check_text(record.Addr, kMaxAddressBytes, "an address"); !good) return good;
    if (codec::to_msgpack(record).size() > kMaxMemberBytes) return fail(malformed("a member is too large"));
    return {};
}

std::string encode_message(const Message& message) {
    std::string payload(1, static_cast<char>(message.index()));
    std::visit([&](const auto& body) { codec::append_msgpack(payload, body); }, message);
    return payload;
}

Result<Message> decode_message(std::string_view payload) {
    if (payload.empty()) return fail(malformed("nothing in it"));
    if (payload.size() > kMaxFrameBytes) return fail(malformed("too large"));
    const size_t kind = static_cast<unsigned char>(payload[0]);
    const bool carries_members = kind == Message(MemberList()).index() || kind == Message(Change()).index();
    if (carries_members && payload.size() > kMaxListFrameBytes) return fail(malformed("a list is too large"));
    return decode_kind(kind, payload.substr(1));
}

std::string encode_frame_header(size_t payload_bytes) {
    assert_always(payload_bytes <= kMaxFrameBytes);
    std::string header = prefix(kFrameMagic);
    for (int shift = 24; shift >= 0; shift -= 8) header.push_back(static_cast<char>(payload_bytes >> shift & 0xff));
    return header;
}

Result<size_t> decode_frame_header(std::string_view header) {
    if (header.size() != kFrameHeaderBytes) return fail(malformed("a short header"));
    if (Result<> good = check_prefix(header, kFrameMagic); !good) return fail(good.error());
    size_t length = 0;
    for (char c : header.substr(kFrameHeaderBytes - 4)) length = length << 8 | static_cast<unsigned char>(c);
    if (length == 0 || length > kMaxFrameBytes) return fail(malformed("a frame's length"));
    return length;
}

std::string encode_hello(std::string_view random) {
    assert_always(random.size() == kHelloRandomBytes);
    return prefix(kHelloMagic) + std::string(random);
}

Result<std::string> decode_hello(std::string_view hello) {
    if (Result<> good = check_prefix(hello, kHelloMagic); !good) return fail(good.error());
    if (hello.size() != kHelloBytes) return fail(malformed("a short hello"));
    return std::string(hello.substr(kHelloBytes - kHelloRandomBytes));
}

std::vector<MemberList> split_list(std::vector<MemberRecord> records) {
    std::vector<MemberList> parts(1);
    size_t filled = kListOverheadBytes;
    for (MemberRecord& record : records) {
        const size_t size = codec::to_msgpack(record).size();
        if (filled + size > kMaxListFrameBytes) {
            parts.back().Last = false;
            parts.emplace_back();
            filled = kListOverheadBytes;
        }
        filled += size;
        parts.back().Members.push_back(std::move(record));
    }
    return parts;
}

}  // namespace drover::raft
