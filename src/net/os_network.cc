#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "net/detail/fd_stream.h"
#include "net/signal.h"
#include "net/stream.h"

namespace drover::net {

namespace {

using detail::error_text;
using detail::FdStream;
using detail::Watched;

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
    int family() const { return storage.ss_family; }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

void enable(int fd, int level, int option, int value = 1) { ::setsockopt(fd, level, option, &value, sizeof value); }

// A peer that vanished without a word is noticed after about two minutes.
void set_tcp_options(int fd) {
    enable(fd, IPPROTO_TCP, TCP_NODELAY);
    enable(fd, SOL_SOCKET, SO_KEEPALIVE);
    enable(fd, IPPROTO_TCP, TCP_KEEPIDLE, 30);
    enable(fd, IPPROTO_TCP, TCP_KEEPINTVL, 30);
    enable(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

std::optional<SocketAddress> numeric(const Address& address) {
    SocketAddress out;
    if (address.kind == Address::Kind::unix_socket) {
        auto& un = reinterpret_cast<sockaddr_un&>(out.storage);
        if (address.path.empty() || address.path.size() >= sizeof un.sun_path) return std::nullopt;
        un.sun_family = AF_UNIX;
        std::memcpy(un.sun_path, address.path.data(), address.path.size());
        out.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.path.size() + 1);
        return out;
    }
    auto& v4 = reinterpret_cast<sockaddr_in&>(out.storage);
    if (::inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(address.port);
        out.size = sizeof v4;
        return out;
    }
    auto& v6 = reinterpret_cast<sockaddr_in6&>(out.storage);
    if (address.host.empty() || ::inet_pton(AF_INET6, address.host.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(address.port);
        out.size = sizeof v6;
        return out;
    }
    return std::nullopt;
}

Result<std::vector<SocketAddress>> look_up(const Address& address) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failed = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
    if (failed != 0)
        return fail(Error::unavailable("dial tcp: lookup " + address.host + ": " + ::gai_strerror(failed)));
    std::vector<SocketAddress> out;
    for (addrinfo* info = found; info != nullptr; info = info->ai_next) {
        SocketAddress one;
        std::memcpy(&one.storage, info->ai_addr, info->ai_addrlen);
        one.size = info->ai_addrlen;
        out.push_back(one);
    }
    ::freeaddrinfo(found);
    return out;
}

Error dial_error(const Address& address, const char* call, int errno_value) {
    const char* network = address.kind == Address::Kind::unix_socket ? "unix " : "tcp ";
    return Error::unavailable("dial " + std::string(network) + to_string(address) + ": " + call + ": " +
                              error_text(errno_value));
}

class OsListener final : public Listener {
public:
    OsListener(IoLoop& loop, int fd, Address local)
        : loop_(loop), watched_(std::make_shared<Watched>(loop, fd)), local_(std::move(local)) {}
    ~OsListener() override { close(); }

    Task<Result<std::unique_ptr<Stream>>> accept(Limit limit) override;
    Address local() const override { return local_; }
    void close() override;

private:
    class AcceptWait;

    IoLoop& loop_;
    std::shared_ptr<Watched> watched_;
    Address local_;
};

class OsListener::AcceptWait final : public Waiter, IoWaiter {
public:
    AcceptWait(OsListener& listener, Limit limit) : Waiter(listener.loop_, std::move(limit)), listener_(listener) {}

private:
    void on_wait() override { listener_.watched_->watch(Direction::read, *this); }
    void on_abandon() override { listener_.watched_->unwatch(Direction::read); }
    void on_ready() override { finish(); }
    OsListener& listener_;
};

Task<Result<std::unique_ptr<Stream>>> OsListener::accept(Limit limit) {
    for (;;) {
        if (!watched_->descriptor.is_open()) co_return fail(Error::canceled("listener closed"));
        const int fd = ::accept4(watched_->descriptor.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            if (local_.kind == Address::Kind::tcp) set_tcp_options(fd);
            co_return std::make_unique<FdStream>(loop_, fd);
        }
        if (errno == EINTR || errno == ECONNABORTED) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) co_return fail(Error::unavailable("accept: " + error_text(errno)));
        Result<> waited = co_await AcceptWait(*this, limit);
        if (!waited) co_return fail(waited.error());
    }
}

void OsListener::close() {
    if (!watched_->descriptor.is_open()) return;
    if (local_.kind == Address::Kind::unix_socket) ::unlink(local_.path.c_str());
    watched_->close();
}

class OsNetwork final : public Network {
public:
    explicit OsNetwork(IoLoop& loop) : loop_(loop) {}
    Task<Result<std::unique_ptr<Stream>>> dial(Address address, Limit limit) override;
    Result<std::unique_ptr<Listener>> listen(const Address& address, const ListenOptions& options) override;
    Loop& loop() override { return loop_; }

private:
    Task<Result<std::unique_ptr<Stream>>> connect(Address address, SocketAddress to, Limit limit);

    IoLoop& loop_;
};

Task<Result<std::unique_ptr<Stream>>> OsNetwork::dial(Address address, Limit limit) {
    if (auto to = numeric(address)) co_return co_await connect(address, *to, limit);
    if (address.kind == Address::Kind::unix_socket)
        co_return fail(Error::bad_request("dial unix " + address.path + ": connect: invalid argument"));
    auto found = co_await run_blocking(loop_, [address] { return look_up(address); });
    if (!found) co_return fail(found.error());
    Error last = Error::unavailable("dial tcp: lookup " + address.host + ": no such host");
    for (const SocketAddress& to : *found) {
        auto stream = co_await connect(address, to, limit);
        if (stream) co_return stream;
        last = stream.error();
        if (last.code != ErrorCode::unavailable) break;
    }
    co_return fail(last);
}

Task<Result<std::unique_ptr<Stream>>> OsNetwork::connect(Address address, SocketAddress to, Limit limit) {
    const int fd = ::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) co_return fail(dial_error(address, "socket", errno));
    if (address.kind == Address::Kind::tcp) set_tcp_options(fd);
    auto stream = std::make_unique<FdStream>(loop_, fd);
    if (::connect(fd, to.get(), to.size) == 0) co_return stream;
    if (errno != EINPROGRESS) co_return fail(dial_error(address, "connect", errno));
    Result<> waited = co_await stream->ready(Direction::write, limit);
    if (!waited) {
        if (waited.error().code != ErrorCode::timeout) co_return fail(waited.error());
        co_return fail(Error::timeout("dial tcp " + to_string(address) + ": i/o timeout"));
    }
    int failed = 0;
    socklen_t size = sizeof failed;
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size);
    if (failed != 0) co_return fail(dial_error(address, "connect", failed));
    co_return stream;
}

// Removes a socket file that a dead process left behind. False if somebody answers on it.
bool clear_stale_socket(const SocketAddress& at, const std::string& path) {
    struct stat info;
    if (::lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return true;
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const bool answered = fd >= 0 && (::connect(fd, at.get(), at.size) == 0 || errno == EAGAIN);
    if (fd >= 0) ::close(fd);
    if (!answered) ::unlink(path.c_str());
    return !answered;
}

Result<std::unique_ptr<Listener>> OsNetwork::listen(const Address& address, const ListenOptions& options) {
    const bool is_unix = address.kind == Address::Kind::unix_socket;
    const auto problem = [&](const char* call) {
        return fail(Error::unavailable("listen " + std::string(is_unix ? "unix " : "tcp ") + to_string(address) + ": " +
                                       call + ": " + error_text(errno)));
    };
    const auto at = numeric(address);
    if (!at) return fail(Error::bad_request("listen " + to_string(address) + ": not a numeric address"));
    if (is_unix && !clear_stale_socket(*at, address.path)) {
        errno = EADDRINUSE;
        return problem("bind");
    }
    const int fd = ::socket(at->family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return problem("socket");
    // Owns the descriptor from here on; its address is corrected when the port is known.
    auto listener = std::make_unique<FdStream>(loop_, fd);
    if (!is_unix) enable(fd, SOL_SOCKET, SO_REUSEADDR);
    if (at->family() == AF_INET6) enable(fd, IPPROTO_IPV6, IPV6_V6ONLY, address.host.empty() ? 0 : 1);
    if (options.reuse_port) enable(fd, SOL_SOCKET, SO_REUSEPORT);
    if (::bind(fd, at->get(), at->size) != 0) return problem("bind");
    if (is_unix) ::chmod(address.path.c_str(), options.unix_mode);
    if (::listen(fd, options.backlog) != 0) return problem("listen");
    const Address local = is_unix ? address : listener->local();
    return std::make_unique<OsListener>(loop_, listener->release(), local);
}

}  // namespace

std::unique_ptr<Network> make_os_network(IoLoop& loop) { return std::make_unique<OsNetwork>(loop); }

}  // namespace drover::net
