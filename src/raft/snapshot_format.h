#pragma once
// The bytes of a snapshot file (docs/formats/log.md), read from front to back in bounded memory.

#include <memory>
#include <string>
#include <string_view>

#include "raft/disk.h"
#include "raft/snapshot_store.h"

namespace drover::raft {

inline constexpr size_t kSnapshotBlockBytes = 256 << 10;  // the greatest and the usual size of a block's data

struct SnapshotHeader {
    SnapshotInfo info;      // without the file's size
    uint64_t bytes = 0;     // of the header
    uint32_t checksum = 0;  // which those of the blocks go on from, so that each belongs to its file
};

// The configuration is within its limit.
std::string encode_snapshot_header(const SnapshotInfo& info, uint32_t& checksum);
// `path` is for messages.
Result<SnapshotHeader> read_snapshot_header(File& file, const std::string& path);

// The checksum of the block before, or of the header, goes in; that of this block comes out. Data of no bytes ends the
// file.
std::string encode_snapshot_block(std::string_view data, uint32_t& checksum);

// The state machine's bytes of an open file. Errors name path and offset.
class SnapshotBlocks {
public:
    SnapshotBlocks(std::shared_ptr<File> file, SnapshotHeader header, std::string path)
        : file_(std::move(file)), path_(std::move(path)), at_(header.bytes), checksum_(header.checksum) {}

    // The next block's data, valid until the next call; empty at the end, which was as promised.
    Result<std::string_view> next();

private:
    Error damage(const std::string& what) const;

    std::shared_ptr<File> file_;
    const std::string path_;
    uint64_t at_;
    uint32_t checksum_;
    bool ended_ = false;
    std::string block_;
};

}  // namespace drover::raft
