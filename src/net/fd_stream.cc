#include "net/detail/fd_stream.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>

namespace drover::net {

namespace detail {

namespace {

constexpr size_t kMaxParts = 16;

Error io_error(std::string_view what) { return Error::unavailable(std::string(what) + ": " + error_text(errno)); }

Address to_address(const sockaddr_storage& storage, socklen_t size) {
    char text[INET6_ADDRSTRLEN] = "";
    if (storage.ss_family == AF_INET) {
        const auto& in = reinterpret_cast<const sockaddr_in&>(storage);
        ::inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
        return Address::tcp(text, ntohs(in.sin_port));
    }
    if (storage.ss_family == AF_INET6) {
        const auto& in = reinterpret_cast<const sockaddr_in6&>(storage);
        // An IPv4 client of a dual-stack listener is shown as what it is.
        if (IN6_IS_ADDR_V4MAPPED(&in.sin6_addr))
            ::inet_ntop(AF_INET, &in.sin6_addr.s6_addr[12], text, sizeof text);
        else
            ::inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof text);
        return Address::tcp(text, ntohs(in.sin6_port));
    }
    const auto& un = reinterpret_cast<const sockaddr_un&>(storage);
    const size_t length = size > offsetof(sockaddr_un, sun_path) ? size - offsetof(sockaddr_un, sun_path) : 0;
    return Address::unix_socket(std::string(un.sun_path, ::strnlen(un.sun_path, length)));
}

}  // namespace

std::string error_text(int errno_value) {
    char buffer[128];
    std::string text = ::strerror_r(errno_value, buffer, sizeof buffer);
    if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])))
        text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    return text;
}

Watched::Watched(IoLoop& loop, int fd) : descriptor(loop.impl().context.get_executor()) {
    boost::system::error_code failed;
    descriptor.assign(fd, failed);
    if (failed) ::close(fd);
}

void Watched::watch(Direction direction, IoWaiter& waiter) {
    Side& s = side(direction);
    s.waiter = &waiter;
    if (s.armed) return;
    s.armed = true;
    const auto kind = direction == Direction::read ? Descriptor::wait_read : Descriptor::wait_write;
    descriptor.async_wait(kind, [self = shared_from_this(), direction](const boost::system::error_code&) {
        Side& done = self->side(direction);
        done.armed = false;
        if (IoWaiter* told = std::exchange(done.waiter, nullptr)) told->on_ready();
    });
}

void Watched::close() {
    if (!descriptor.is_open()) return;
    boost::system::error_code ignored;
    descriptor.close(ignored);
    for (Side& s : sides) {
        if (IoWaiter* told = std::exchange(s.waiter, nullptr)) told->on_ready();
    }
}

Result<std::optional<size_t>> FdStream::try_read(std::span<char> into) {
    for (;;) {
        const ssize_t n = ::recv(fd(), into.data(), into.size(), 0);
        if (n >= 0) return static_cast<size_t>(n);
        if (errno == EAGAIN || errno == EWOULDBLOCK) return std::nullopt;
        if (errno != EINTR) return fail(io_error("read"));
    }
}

Result<std::optional<size_t>> FdStream::try_write(std::span<const std::string_view> parts) {
    iovec vectors[kMaxParts];
    const size_t count = std::min(parts.size(), kMaxParts);
    for (size_t i = 0; i < count; ++i) vectors[i] = {const_cast<char*>(parts[i].data()), parts[i].size()};
    msghdr message{};
    message.msg_iov = vectors;
    message.msg_iovlen = count;
    for (;;) {
        const ssize_t n = ::sendmsg(fd(), &message, MSG_NOSIGNAL);
        if (n >= 0) return static_cast<size_t>(n);
        if (errno == EAGAIN || errno == EWOULDBLOCK) return std::nullopt;
        if (errno != EINTR) return fail(io_error("write"));
    }
}

void FdStream::shutdown_write() { ::shutdown(fd(), SHUT_WR); }

Address FdStream::local() const {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getsockname(fd(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
    return to_address(storage, size);
}

Address FdStream::peer() const {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getpeername(fd(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
    return to_address(storage, size);
}

}  // namespace detail

Result<std::unique_ptr<Stream>> adopt_socket(IoLoop& loop, int fd) {
    int type = 0;
    socklen_t size = sizeof type;
    if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0)
        return fail(Error::internal("not a socket: " + detail::error_text(errno)));
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
        return fail(Error::internal("fcntl: " + detail::error_text(errno)));
    return std::make_unique<detail::FdStream>(loop, fd);
}

Result<int> release_socket(std::unique_ptr<Stream> stream) {
    auto* socket = dynamic_cast<detail::FdStream*>(stream.get());
    if (socket == nullptr) return fail(Error::internal("this stream has no socket of its own"));
    const int fd = socket->release();
    if (fd < 0) return fail(Error::unavailable("the socket is closed"));
    return fd;
}

}  // namespace drover::net
