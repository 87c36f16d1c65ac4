#include "agent/log_home.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "agent/small_file.h"
#include "base/uuid.h"

namespace drover::agent {
namespace {

constexpr size_t kIdLength = 36;

// The identifier in that file, which is written with `fresh` when it is not there.
Result<std::string> read_or_make_id(const std::string& path, const std::string& fresh) {
    auto id = read_small_file(path, kIdLength);
    if (!id && id.error().code != ErrorCode::not_found) return id;
    if (!id) {
        if (auto written = write_small_file(path, fresh); !written) return fail(written.error());
        return fresh;
    }
    if (!is_uuid(*id)) return fail(Error::internal(path + ": is not the identifier of a server"));
    return id;
}

}  // namespace

LogHome::LogHome(const Clock& clock) : thread_(clock, &pool_), network_(net::make_os_network(thread_.loop())) {}

LogHome::~LogHome() {
    worker_.reset();
    if (lock_ >= 0) close(lock_);
}

Result<std::unique_ptr<LogHome>> LogHome::open(const std::string& folder, std::string new_id, const Clock& clock) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) return fail(Error::internal(folder + ": " + failed.message()));
    std::unique_ptr<LogHome> home(new LogHome(clock));
    const std::string lock = folder + "/lock";
    home->lock_ = ::open(lock.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (home->lock_ < 0) return fail(file_error(lock));
    if (flock(home->lock_, LOCK_EX | LOCK_NB) != 0)
        return fail(Error::internal(folder + " is in use by another agent"));
    auto id = read_or_make_id(folder + "/node-id", new_id);
    if (!id) return fail(id.error());
    home->server_id_ = std::move(*id);
    auto disk = raft::open_disk(folder + "/raft");
    if (!disk) return fail(disk.error());
    home->disk_ = std::move(*disk);
    home->worker_ = raft::make_apply_thread();
    return home;
}

server::ServerParts::Durable LogHome::parts() {
    return {*disk_, thread_.loop(), *network_, *worker_, &slow_pool_,
            // Whoever cannot keep what was promised must not go on: the others, or the next start, know what holds.
            [log = log_](Error error) {
                log.error("the server stops: its disk failed", {{"error", error.message}});
                std::_Exit(1);
            },
            [this](std::unique_ptr<net::Stream> stream) -> Result<std::unique_ptr<net::Stream>> {
                auto fd = net::release_socket(std::move(stream));
                if (!fd) return fail(fd.error());
                return net::adopt_socket(thread_.loop(), *fd);
            }};
}

}  // namespace drover::agent
