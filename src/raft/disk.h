#pragma once
// Disk: one folder as the log's storage sees it. Behind an interface so that simulations can lose what was not synced,
// flip bits and run full. Calls block; they are made on a thread that may. Names are plain file names of the folder.
//
// Errors: not_found (no such file), too_large (no room: disk full or over quota), internal (everything else, with the
// path and the system's words).

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace drover::raft {

class File {
public:
    virtual ~File() = default;
    // How many bytes were read; fewer than asked for only at the end of the file.
    virtual Result<size_t> read_at(uint64_t offset, std::span<char> into) = 0;
    // All of it or an error, after which the range may hold anything.
    virtual Result<> write_at(uint64_t offset, std::string_view bytes) = 0;
    // Makes room up to `size` bytes, filled with zeros, so that later writes below it need no more of it.
    virtual Result<> allocate(uint64_t size) = 0;
    virtual Result<> truncate(uint64_t size) = 0;
    // What was written before lasts when this returns. After an error nothing is known: the file is given up.
    virtual Result<> sync() = 0;
    virtual Result<uint64_t> size() = 0;
};

class Disk {
public:
    enum class Open { existing, create };  // create: must not exist yet

    virtual ~Disk() = default;
    virtual Result<std::unique_ptr<File>> open(const std::string& name, Open mode) = 0;
    virtual Result<std::vector<std::string>> list() = 0;  // sorted
    // Both return before the room of the file that is gone is given back, unless somebody else closes it later: whoever
    // must not wait for that closes it before.
    virtual Result<> rename(const std::string& from, const std::string& to) = 0;  // replaces `to`
    virtual Result<> remove(const std::string& name) = 0;
    // Creations, renames and removals before it last when this returns.
    virtual Result<> sync_directory() = 0;
    virtual Result<uint64_t> free_bytes() = 0;
    // Where a file lies, for messages.
    virtual std::string path(const std::string& name) const = 0;
};

// The folder is created (0700) if it is missing. Files are 0600.
Result<std::unique_ptr<Disk>> open_disk(const std::string& folder);

}  // namespace drover::raft
