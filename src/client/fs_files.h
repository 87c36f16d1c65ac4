#pragma once
// Looking into an allocation's directory for the HTTP interface. Paths come from users and are read as below the
// allocation's directory; one that leaves it, through links too, is refused. Calls read the disk and may block shortly.
// The messages are those of the public interface.

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/stats.h"

namespace drover::client {

Result<List<model::AllocFileInfo>> list_files(const std::string& root, std::string_view path);
Result<model::AllocFileInfo> stat_file(const std::string& root, std::string_view path);

// A file opened for reading below `root`. Closes itself.
class OpenFile {
public:
    OpenFile() = default;
    explicit OpenFile(int fd) : fd_(fd) {}
    OpenFile(OpenFile&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
    OpenFile& operator=(OpenFile&& other) noexcept;
    ~OpenFile();

    bool is_open() const { return fd_ >= 0; }
    int64_t size() const;
    bool is_directory() const;
    bool was_deleted() const;
    // At most `most` bytes from `offset`; empty at the end.
    Result<std::string> read(int64_t offset, size_t most) const;

private:
    int fd_ = -1;
};

// Refuses what lies below a secrets or private directory, and directories.
Result<OpenFile> open_file(const std::string& root, std::string_view path);

// As Go's net/http tells it from the first 512 bytes; text, HTML, images, archives, else application/octet-stream.
std::string sniff_content_type(std::string_view name, std::string_view start);
// "drwxr-xr-x", as Go writes it.
std::string mode_text(unsigned mode);

}  // namespace drover::client
