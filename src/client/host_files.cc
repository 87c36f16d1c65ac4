#include "client/host_files.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/strings.h"

namespace drover::client {

std::string read_host_file(const std::string& path) {
    constexpr size_t kMost = 4 << 20;
    std::string out;
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return out;
    char buffer[4096];
    for (ssize_t n; out.size() < kMost && (n = ::read(fd, buffer, sizeof buffer)) > 0;) {
        out.append(buffer, static_cast<size_t>(n));
    }
    ::close(fd);
    return out;
}

int64_t read_host_number(const std::string& path, int64_t fallback) {
    return parse_int(trim(read_host_file(path))).value_or(fallback);
}

}  // namespace drover::client
