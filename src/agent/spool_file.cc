#include "agent/spool_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace drover::agent {
namespace {

Error failed(std::string_view what) {
    return Error::internal("cannot " + std::string(what) + " a temporary file: " + std::strerror(errno));
}

}  // namespace

Result<std::shared_ptr<SpoolFile>> SpoolFile::create(const std::string& folder) {
    std::error_code problem;
    std::string path = folder.empty() ? std::filesystem::temp_directory_path(problem).string() : folder;
    path += "/drover-spool-XXXXXX";
    const int fd = ::mkostemp(path.data(), O_CLOEXEC);
    if (fd < 0) return fail(failed("make"));
    ::unlink(path.c_str());
    return std::shared_ptr<SpoolFile>(new SpoolFile(fd));
}

SpoolFile::~SpoolFile() { ::close(fd_); }

Result<> SpoolFile::write(std::string_view piece) {
    while (!piece.empty()) {
        const ssize_t n = ::pwrite(fd_, piece.data(), piece.size(), static_cast<off_t>(size_));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return fail(failed("write"));
        size_ += static_cast<uint64_t>(n);
        piece.remove_prefix(static_cast<size_t>(n));
    }
    return {};
}

Result<size_t> SpoolFile::read(uint64_t offset, char* buffer, size_t size) const {
    for (;;) {
        const ssize_t n = ::pread(fd_, buffer, size, static_cast<off_t>(offset));
        if (n >= 0) return static_cast<size_t>(n);
        if (errno != EINTR) return fail(failed("read"));
    }
}

net::Task<Result<std::string>> SpoolFile::read_piece(net::Loop& loop, std::shared_ptr<const SpoolFile> file,
                                                     uint64_t offset, size_t most) {
    return net::run_blocking(loop, [file = std::move(file), offset, most]() -> Result<std::string> {
        std::string bytes(most, '\0');
        auto got = file->read(offset, bytes.data(), bytes.size());
        if (!got) return fail(got.error());
        bytes.resize(*got);
        return bytes;
    });
}

}  // namespace drover::agent
