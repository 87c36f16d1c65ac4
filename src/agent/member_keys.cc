#include "agent/member_keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "agent/settings.h"
#include "net/signal.h"

namespace drover::agent {
namespace {

constexpr size_t kMaxFile = 64 << 10;

Error file_error(const std::string& path) { return Error::internal(path + ": " + std::strerror(errno)); }

// The file's text; empty when there is none.
Result<std::string> read_ring(const std::string& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT) return std::string();
    if (fd < 0) return fail(file_error(path));
    std::string text(kMaxFile, '\0');
    const ssize_t got = read(fd, text.data(), text.size());
    close(fd);
    if (got < 0) return fail(file_error(path));
    text.resize(static_cast<size_t>(got));
    return text;
}

Result<> write_ring(const std::string& path, const std::string& text) {
    const std::string temporary = path + ".tmp";
    const int fd = open(temporary.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0) return fail(file_error(temporary));
    const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(fd) == 0;
    close(fd);
    if (!written || rename(temporary.c_str(), path.c_str()) != 0) return fail(file_error(path));
    return {};
}

net::Task<Result<>> save_ring(net::Loop& loop, std::string path, raft::KeyRing ring) {
    co_return co_await net::run_blocking(loop, [path, text = ring.to_file()] { return write_ring(path, text); });
}

}  // namespace

Result<> member_keys(const Config& config, net::Loop& loop, server::MemberSettings& into) {
    const std::string& key = config.Server->EncryptKey;
    const std::string path = config.DevMode ? std::string() : server_directory(config) + "/serf.keyring";
    std::string text;
    if (!path.empty()) {
        auto read = read_ring(path);
        if (!read) return fail(read.error());
        text = std::move(*read);
    }
    if (text.empty() && key.empty()) return {};
    auto ring = text.empty() ? raft::KeyRing::from_key(key) : raft::KeyRing::from_file(text);
    if (!ring) return fail(ring.error().wrapped(text.empty() ? "encrypt: " : path + ": "));
    if (!path.empty() && text.empty()) {
        if (auto written = write_ring(path, ring->to_file()); !written) return written;
    }
    into.keys = std::move(*ring);
    if (!path.empty())
        into.maybe_save_keys = [&loop, path](raft::KeyRing changed) {
            return save_ring(loop, path, std::move(changed));
        };
    return {};
}

}  // namespace drover::agent
