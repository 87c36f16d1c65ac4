#pragma once
// SnapshotStore: the newest snapshot on disk (docs/formats/log.md): a header, the state machine's bytes in checked
// blocks, an end. A snapshot is written under another name, synced, and then takes its place, so that there is always a
// whole one. Blocks on the disk; one writer and one receiver at a time, readers on any thread. The disk outlives the
// store, and the store what it hands out.
//
// Errors: bad_request (a configuration over its limit), conflict (a second writer or receiver; a snapshot older than
// the newest), not_found (no snapshot), too_large (the disk is full), not_implemented (a newer version), internal
// (damage, which names file and offset, and failures of the disk). After an error a writer or receiver is of no more
// use, and what it wrote is removed with it.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "raft/disk.h"

namespace drover::raft {

struct SnapshotInfo {
    uint64_t index = 0;
    uint64_t term = 0;
    uint64_t configuration_index = 0;
    std::string configuration;  // the engine's encoding
    uint64_t bytes = 0;         // of the whole file
};

class SnapshotWriter {
public:
    static constexpr size_t kMaxConfigurationBytes = 1 << 20;

    virtual ~SnapshotWriter() = default;  // without commit(): nothing remains
    virtual Result<> write(std::string_view piece) = 0;
    // Makes it the newest, and removes the one before.
    virtual Result<SnapshotInfo> commit() = 0;
};

// Reads the state machine's bytes back; a damaged block is an error that names file and offset.
class SnapshotReader {
public:
    virtual ~SnapshotReader() = default;
    virtual const SnapshotInfo& info() const = 0;
    virtual Result<size_t> read(std::span<char> into) = 0;  // 0: the end, and the end was as promised
};

// The file as it is, to be sent to another server, and its receiving end.
class SnapshotFile {
public:
    virtual ~SnapshotFile() = default;
    virtual const SnapshotInfo& info() const = 0;
    virtual Result<size_t> read_at(uint64_t offset, std::span<char> into) = 0;
};
class SnapshotReceiver {
public:
    virtual ~SnapshotReceiver() = default;  // without commit(): nothing remains
    virtual uint64_t received() const = 0;
    virtual Result<> write(std::string_view piece) = 0;  // in order
    virtual Result<SnapshotInfo> commit() = 0;           // checks every block first
};

class SnapshotStore {
public:
    // Half-written files are removed. A damaged newest snapshot is found when it is read, a damaged header here.
    static Result<std::unique_ptr<SnapshotStore>> open(Disk& disk);
    virtual ~SnapshotStore() = default;

    virtual std::optional<SnapshotInfo> newest() const = 0;  // any thread
    virtual Result<std::unique_ptr<SnapshotWriter>> create(SnapshotInfo info) = 0;
    virtual Result<std::unique_ptr<SnapshotReader>> reader() = 0;  // of the newest; stays readable when it is replaced
    virtual Result<std::unique_ptr<SnapshotFile>> open_newest() = 0;  // likewise
    virtual Result<std::unique_ptr<SnapshotReceiver>> receive() = 0;
};

}  // namespace drover::raft
