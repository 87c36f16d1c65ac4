#include "driver/shim_client.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "base/strings.h"

namespace drover::driver {
namespace {

constexpr size_t kMaxAnswer = 4096;

Error system_error(std::string_view what, int number) {
    return Error::internal(std::string(what) + ": " + std::strerror(number));
}

// Closes its descriptor.
class Fd {
public:
    explicit Fd(int fd) : fd_(fd) {}
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }

private:
    int fd_;
};

int open_directory(const std::string& directory) { return ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC); }

// A name of the socket that is short enough for a socket address, however deep the directory lies.
std::string socket_path(int directory) { return "/proc/self/fd/" + std::to_string(directory) + "/socket"; }

Result<> write_spec(int directory, const std::string& spec) {
    Fd file(::openat(directory, "spec", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (file.get() < 0) return fail(system_error("shim spec", errno));
    for (size_t at = 0; at < spec.size();) {
        const ssize_t n = ::write(file.get(), spec.data() + at, spec.size() - at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return fail(system_error("shim spec", errno));
        at += static_cast<size_t>(n);
    }
    return {};
}

Result<> bind_socket(int fd, int directory) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_path(directory).copy(address.sun_path, sizeof address.sun_path - 1);
    ::unlinkat(directory, "socket", 0);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(fd, 16) != 0) {
        return fail(system_error("shim socket", errno));
    }
    return {};
}

}  // namespace

Result<pid_t> spawn_shim(const std::string& shim_program, const std::string& directory, const std::string& spec) {
    Fd place(open_directory(directory));
    if (place.get() < 0) return fail(system_error("shim directory", errno));
    if (auto written = write_spec(place.get(), spec); !written) return fail(written.error());
    Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (listener.get() < 0) return fail(system_error("shim socket", errno));
    if (auto bound = bind_socket(listener.get(), place.get()); !bound) return fail(bound.error());

    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&files, listener.get(), 3);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&files, 0, 1);
    posix_spawn_file_actions_adddup2(&files, 0, 2);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    const std::string program = shim_program;
    char* arguments[] = {const_cast<char*>("drover-shim"), const_cast<char*>(directory.c_str()), nullptr};
    char* environment[] = {nullptr};
    pid_t pid = 0;
    const int error = ::posix_spawn(&pid, program.c_str(), &files, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) return fail(system_error("cannot start " + program, error));
    return pid;
}

Result<ShimStatus> read_shim_state(const std::string& directory) {
    Fd file(::open((directory + "/state").c_str(), O_RDONLY | O_CLOEXEC));
    char bytes[8 + sizeof(ShimStatus)] = {};
    const ssize_t n = file.get() < 0 ? -1 : ::read(file.get(), bytes, sizeof bytes);
    if (n < 8 || std::memcmp(bytes, "DSST", 4) != 0) return fail(Error::not_found("no state of the task's shim"));
    ShimStatus status{};
    std::memcpy(&status, bytes + 8, static_cast<size_t>(n) - 8);
    return status;
}

net::Task<Result<std::string>> ShimClient::call(ShimMessage type, std::string body, net::Limit limit) {
    Fd place(open_directory(directory_));
    if (place.get() < 0) co_return fail(system_error("shim directory", errno));
    auto dialled = co_await network_.dial(net::Address::unix_socket(socket_path(place.get())), limit);
    if (!dialled) co_return fail(dialled.error());
    net::Stream& stream = **dialled;

    const ShimHeader request{
        .size = static_cast<uint32_t>(body.size()), .type = static_cast<uint16_t>(type), .reserved = 0, .id = 1};
    body.insert(0, reinterpret_cast<const char*>(&request), sizeof request);
    auto written = co_await stream.write(body, limit);
    if (!written) co_return fail(written.error());

    std::string in;
    ShimHeader answer{};
    size_t wanted = sizeof answer;
    while (in.size() < wanted) {
        char buffer[256];
        auto n = co_await stream.read_some(std::span(buffer, std::min(sizeof buffer, wanted - in.size())), limit);
        if (!n) co_return fail(n.error());
        if (*n == 0) co_return fail(Error::unavailable("the shim closed the connection"));
        in.append(buffer, *n);
        if (in.size() != sizeof answer || wanted != sizeof answer) continue;
        std::memcpy(&answer, in.data(), sizeof answer);
        if (answer.size > kMaxAnswer) co_return fail(Error::internal("the shim's answer is too long"));
        wanted += answer.size;
    }
    if (answer.type == kShimUnknown) co_return fail(Error::not_implemented("the task's shim is too old for this"));
    if (answer.type != (type | kShimAnswer)) co_return fail(Error::internal("the shim's answer makes no sense"));
    co_return in.substr(sizeof answer);
}

template <class Answer>
net::Task<Result<Answer>> ShimClient::ask(ShimMessage type, std::string body, net::Limit limit) {
    auto answer = co_await call(type, std::move(body), std::move(limit));
    if (!answer) co_return fail(answer.error());
    Answer out{};
    std::memcpy(&out, answer->data(), std::min(sizeof out, answer->size()));
    co_return out;
}

net::Task<Result<>> ShimClient::order(ShimMessage type, std::string body, net::Limit limit) {
    auto answer = co_await ask<ShimErrno>(type, std::move(body), std::move(limit));
    if (!answer) co_return fail(answer.error());
    if (answer->error == ESRCH) co_return fail(Error::not_found("the task has ended"));
    if (answer->error != 0) co_return fail(system_error("shim", answer->error));
    co_return Result<>{};
}

net::Task<Result<ShimStatus>> ShimClient::status(net::Limit limit) {
    return ask<ShimStatus>(kShimStatusRequest, {}, std::move(limit));
}

net::Task<Result<ShimStatus>> ShimClient::wait(net::Limit limit) {
    return ask<ShimStatus>(kShimWait, {}, std::move(limit));
}

net::Task<Result<>> ShimClient::signal(int number, ShimTarget target, net::Limit limit) {
    const ShimSignalRequest request{.signal = number, .target = static_cast<uint32_t>(target)};
    return order(kShimSignal, std::string(reinterpret_cast<const char*>(&request), sizeof request), std::move(limit));
}

net::Task<Result<ShimStats>> ShimClient::stats(net::Limit limit) {
    return ask<ShimStats>(kShimStatsRequest, {}, std::move(limit));
}

net::Task<Result<>> ShimClient::set_log_limits(ShimLogLimits limits, net::Limit limit) {
    return order(kShimLogs, std::string(reinterpret_cast<const char*>(&limits), sizeof limits), std::move(limit));
}

net::Task<Result<>> ShimClient::finish(net::Limit limit) { return order(kShimFinish, {}, std::move(limit)); }

}  // namespace drover::driver
