#pragma once
// What members say to each other, and the frames that carry it (docs/formats/members.md). Pure; any thread. Whatever
// is read here comes from the network: a message is taken whole or not at all.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/containers.h"
#include "base/result.h"
#include "base/time.h"
#include "codec/type.h"
#include "raft/membership.h"

namespace drover::raft {

inline constexpr size_t kMaxFrameBytes = 1 << 20;
inline constexpr size_t kMaxListFrameBytes = 64 << 10;  // of frames that carry members
inline constexpr size_t kMaxMemberBytes = 4 << 10;      // of one member
inline constexpr size_t kMaxMembers = 1000;
inline constexpr uint64_t kMaxIncarnation = uint64_t{1} << 62;  // so that there is always a next one
inline constexpr size_t kMaxBootServers = 64;

// A member as it travels. Age: how long it has had its status; instants of different machines do not compare.
struct MemberRecord {
    std::string ID;
    std::string Name;
    std::string Addr;
    uint16_t Port = 0;
    Map<std::string> Tags;
    uint8_t Status = 0;  // MemberStatus
    uint64_t Incarnation = 0;
    uint64_t Instance = 0;
    Duration Age;
    bool Pruned = false;  // left, and not to be shown any more
    bool operator==(const MemberRecord&) const = default;
};
DECLARE_TYPE(MemberRecord);

MemberRecord to_record(const Member& member, Duration age);
Member to_member(const MemberRecord& record);
// What a record must be like wherever it comes from.
Result<> check(const MemberRecord& record);

// What one side holds of the other. An empty id: nothing.
struct MemberView {
    std::string ID;
    uint64_t Incarnation = 0;
    uint8_t Status = 0;
    bool operator==(const MemberView&) const = default;
};
DECLARE_TYPE(MemberView);

// The first frame of one who wants to talk as a member; answered by Welcome or Refusal.
struct Hail {
    MemberRecord Self;
    bool Join = false;  // at an operator's word: may bring in a new region
    MemberView You;
};
DECLARE_TYPE(Hail);

struct Welcome {
    MemberRecord Self;
    MemberView You;
};
DECLARE_TYPE(Welcome);

enum class RefusalReason : uint8_t { other, cluster, cloned, name, self, region, full };

struct Refusal {
    uint8_t Reason = 0;
    std::string Text;
    std::string ID;  // of the one who refuses
    std::string Cluster;
};
DECLARE_TYPE(Refusal);

// "Who is there?", also as a first frame, from anybody; answered by an Ack.
struct MemberProbe {
    uint64_t Instance = 0;  // the asker's
};
DECLARE_TYPE(MemberProbe);

struct Ping {
    uint64_t Incarnation = 0;  // the sender's
    MemberView You;
};
DECLARE_TYPE(Ping);

struct Ack {
    std::string ID;
    uint64_t Instance = 0;
    uint64_t Incarnation = 0;
    MemberView You;
    Box<MemberRecord> Self;  // when the ping showed that the other does not know it
};
DECLARE_TYPE(Ack);

// "Can you reach this one?"; answered by Reached.
struct Reach {
    std::string ID;
    std::string Addr;
    uint16_t Port = 0;
};
DECLARE_TYPE(Reach);

struct Reached {
    bool Answered = false;
};
DECLARE_TYPE(Reached);

// A part of all that a member knows. Who dialled sends first, the other answers with its own.
struct MemberList {
    List<MemberRecord> Members;
    bool Last = true;
};
DECLARE_TYPE(MemberList);

// News; not answered.
struct Change {
    List<MemberRecord> Members;
};
DECLARE_TYPE(Change);

enum class KeyOperation : uint8_t { list, install, use, remove };

struct KeyRequest {
    uint8_t Operation = 0;
    std::string Key;  // base64
};
DECLARE_TYPE(KeyRequest);

struct KeyAnswer {
    std::string Error;
    List<std::string> Keys;  // base64, the primary first
};
DECLARE_TYPE(KeyAnswer);

struct BootServer {
    std::string ID;
    std::string Address;  // of its RPC port
    bool operator==(const BootServer&) const = default;
};
DECLARE_TYPE(BootServer);

// A cluster that its proposer would make. Servers are sorted by id; the first is the proposer.
struct BootProposal {
    std::string Cluster;
    List<BootServer> Servers;
    bool operator==(const BootProposal&) const = default;
};
DECLARE_TYPE(BootProposal);

enum class BootStep : uint8_t { ask, promise, commit };

struct BootAsk {
    uint8_t Step = 0;
    int64_t Expect = 0;
    BootProposal Proposal;  // ask: the promise that the sender holds, if any
};
DECLARE_TYPE(BootAsk);

// How far the answering server is with the proposal it was asked of.
enum class BootStage : uint8_t { none, promised, deciding, committed };

struct BootAnswer {
    bool Accepted = false;
    std::string Error;
    std::string Cluster;  // the answering server's; empty: it belongs to none
    bool HasState = false;
    int64_t Expect = 0;
    uint8_t Stage = 0;
    std::string Promised;  // the cluster id of the proposal that it is bound to
};
DECLARE_TYPE(BootAnswer);

// The alternatives' order is the format's: append only.
using Message = std::variant<Hail, Welcome, Refusal, MemberProbe, Ping, Ack, Reach, Reached, MemberList, Change,
                             KeyRequest, KeyAnswer, BootAsk, BootAnswer>;

// The payload of a frame: a byte that names the kind, and the MessagePack of its struct.
std::string encode_message(const Message& message);
Result<Message> decode_message(std::string_view payload);

// Magic, version and length of what follows. In the open even where payloads are sealed.
inline constexpr size_t kFrameHeaderBytes = 12;
std::string encode_frame_header(size_t payload_bytes);
Result<size_t> decode_frame_header(std::string_view header);  // the length

// The first bytes of either side where payloads are sealed.
inline constexpr size_t kHelloBytes = 24, kHelloRandomBytes = 16;
std::string encode_hello(std::string_view random);
Result<std::string> decode_hello(std::string_view hello);  // the random

// The records in frames of at most kMaxListFrameBytes; at least one.
std::vector<MemberList> split_list(std::vector<MemberRecord> records);

}  // namespace drover::raft
