#include "agent/small_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace drover::agent {
namespace {

// A rename lasts once its folder does.
Result<> sync_folder_of(const std::string& path) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return fail(file_error(folder));
    const bool synced = fsync(fd) == 0;
    close(fd);
    if (!synced) return fail(file_error(folder));
    return {};
}

}  // namespace

Error file_error(const std::string& path) {
    const Error error = Error::internal(path + ": " + std::strerror(errno));
    return errno == ENOENT ? Error::not_found(error.message) : error;
}

Result<std::string> read_small_file(const std::string& path, size_t most) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return fail(file_error(path));
    std::string text(most, '\0');
    const ssize_t got = read(fd, text.data(), text.size());
    const Error error = file_error(path);
    close(fd);
    if (got < 0) return fail(error);
    text.resize(static_cast<size_t>(got));
    return text;
}

Result<> write_small_file(const std::string& path, const std::string& text) {
    const std::string temporary = path + ".tmp";
    const int fd = open(temporary.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0) return fail(file_error(temporary));
    const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(fd) == 0;
    close(fd);
    if (!written || rename(temporary.c_str(), path.c_str()) != 0) return fail(file_error(path));
    return sync_folder_of(path);
}

}  // namespace drover::agent
