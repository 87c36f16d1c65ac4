#pragma once
// What servers say to each other for the log, as frames of one connection (docs/formats/raft-wire.md): a length of four
// bytes, a type, a body; numbers are little-endian. Decoding takes bytes from strangers: it checks every length and
// never fails the process.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "raft/engine.h"

namespace drover::raft {

inline constexpr size_t kFrameHead = 4;
inline constexpr size_t kMaxFrame = 68 << 20;         // one entry of the largest size, and its head
inline constexpr size_t kAppendBytes = 1 << 20;       // entries in one append go up to this, or there is only one
inline constexpr size_t kMaxAppendEntries = 1 << 16;  // what a receiver takes

// The first frame of a connection, and the answer to it.
struct Hello {
    enum class Purpose : uint8_t { messages = 1, snapshot = 2 };
    Purpose purpose = Purpose::messages;
    std::string cluster_id;  // empty: of no cluster yet
    std::string server_id;
    std::string address;  // of the sender's RPC port
    uint64_t instance = 0;
};
struct HelloAnswer {
    std::string refusal;  // empty: welcome
    std::string cluster_id;
};

// "Are you still in my term?": asked of the voters before a read; they answer with their own term.
struct TermProbe {
    uint64_t term = 0, round = 0;
};
struct TermProbeAnswer {
    uint64_t term = 0, round = 0;
};
// To a server that the configuration no longer has.
struct Removed {
    uint64_t index = 0;
};
// Asks for committed entries that a damaged log has lost, and the answer: fewer when the peer lacks some;
// `previous_term` is that of the entry before them, 0 where the peer does not know it any more; `snapshot` is the index
// of its newest snapshot.
struct FetchEntries {
    uint64_t first = 0, last = 0;
};
struct FetchedEntries {
    uint64_t first = 0;
    uint64_t previous_term = 0;
    uint64_t snapshot = 0;
    std::vector<LogEntry> entries;
};
// Asks for the newest snapshot outside of the core's protocol.
struct FetchSnapshot {};

// The head of a snapshot's connection; the file's bytes follow it, unframed.
struct SnapshotHead {
    uint64_t term = 0;   // the sender's
    uint64_t index = 0;  // of the snapshot
    uint64_t bytes = 0;
    bool asked_for = false;  // by FetchSnapshot
};

using Frame = std::variant<ReceivedMessage, Hello, HelloAnswer, TermProbe, TermProbeAnswer, Removed, FetchEntries,
                           FetchedEntries, FetchSnapshot, SnapshotHead>;

// Every encoder gives a whole frame, length included.
std::string encode_append(const raft_append_entries& append, std::span<const LogEntry> entries);
// Any message of the core but appends with entries and snapshots.
std::string encode_message(const raft_message& message);
std::string encode(const Hello& hello);
std::string encode(const HelloAnswer& answer);
std::string encode(const TermProbe& probe);
std::string encode(const TermProbeAnswer& answer);
std::string encode(const Removed& removed);
std::string encode(const FetchEntries& fetch);
std::string encode(const FetchedEntries& fetched);
std::string encode(const FetchSnapshot& fetch);
std::string encode(const SnapshotHead& head);

// The length that a frame's first four bytes announce; bad_request when it cannot be.
Result<size_t> frame_size(std::string_view head);
// A frame without its length. Entries share its bytes.
Result<Frame> decode_frame(std::shared_ptr<const std::string> frame);

}  // namespace drover::raft
