#pragma once
// Byte streams behind one interface: tcp, unix sockets, TLS over any stream, and in memory. A stream belongs to the
// loop that it was made on and is used on that thread only. Destroying it closes it; nobody may wait on it then.
//
// The primitive is readiness: try_read and try_write never wait, and a stream that waits holds no buffer. read_some and
// write are built on them. Errors: unavailable (refused, reset, unreachable), timeout, or the reason of a cancellation.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/event_loop.h"
#include "net/task.h"

namespace drover::net {

struct Address {
    enum class Kind { tcp, unix_socket };
    Kind kind = Kind::tcp;
    std::string host;   // tcp: a numeric address, or a name when dialling
    uint16_t port = 0;  // 0 when listening: any free one
    std::string path;   // unix_socket

    static Address tcp(std::string host, uint16_t port) { return {Kind::tcp, std::move(host), port, {}}; }
    static Address unix_socket(std::string path) { return {Kind::unix_socket, {}, 0, std::move(path)}; }
    bool operator==(const Address&) const = default;
};

// "127.0.0.1:4646", "[::1]:4646", "/run/drover.sock".
std::string to_string(const Address& address);
// The same forms, and "unix:///run/drover.sock".
Result<Address> parse_address(std::string_view text);

enum class Direction { read, write };

// Told once when a stream may be ready again, has failed, or was closed. On the loop's thread.
class IoWaiter {
public:
    virtual void on_ready() = 0;

protected:
    ~IoWaiter() = default;
};

class ReadyWait;

class Stream {
public:
    explicit Stream(Loop& loop) : loop_(loop) {}
    virtual ~Stream() = default;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    // How many bytes came; 0: the peer sends no more. Nothing: none now, watch(read).
    virtual Result<std::optional<size_t>> try_read(std::span<char> into) = 0;
    // How many bytes of the parts, taken as one sequence, were accepted. Nothing: none now, watch(write).
    virtual Result<std::optional<size_t>> try_write(std::span<const std::string_view> parts) = 0;

    // Calls the waiter once when it is worth trying again. Only after a try found nothing; one waiter for a direction.
    virtual void watch(Direction direction, IoWaiter& waiter) = 0;
    virtual void unwatch(Direction direction) = 0;

    // Tells the peer that no more is written; reading goes on. TLS sends its end first, as far as it can at once.
    virtual void shutdown_write() = 0;
    // Wakes who waits; further tries fail. Idempotent.
    virtual void close() = 0;

    virtual Address local() const = 0;
    virtual Address peer() const = 0;

    Loop& loop() const { return loop_; }

    ReadyWait ready(Direction direction, Limit limit);  // awaits as Result<>
    Task<Result<size_t>> read_some(std::span<char> into, Limit limit);
    // All of it, or an error.
    Task<Result<>> write(std::string_view bytes, Limit limit);
    Task<Result<>> write(std::vector<std::string_view> parts, Limit limit);

private:
    Loop& loop_;
};

class ReadyWait final : public Waiter, IoWaiter {
public:
    ReadyWait(Stream& stream, Direction direction, Limit limit)
        : Waiter(stream.loop(), std::move(limit)), stream_(stream), direction_(direction) {}

private:
    void on_wait() override { stream_.watch(direction_, *this); }
    void on_abandon() override { stream_.unwatch(direction_); }
    void on_ready() override { finish(); }

    Stream& stream_;
    Direction direction_;
};

inline ReadyWait Stream::ready(Direction direction, Limit limit) { return {*this, direction, std::move(limit)}; }

class Listener {
public:
    virtual ~Listener() = default;
    // ErrorCode::canceled after close(). Other errors (no file descriptors left) are worth another try after a pause.
    virtual Task<Result<std::unique_ptr<Stream>>> accept(Limit limit) = 0;
    virtual Address local() const = 0;
    virtual void close() = 0;
};

struct ListenOptions {
    int backlog = 1024;
    bool reuse_port = false;  // several loops may listen on one port
    uint32_t unix_mode = 0600;
};

// Where streams come from: the operating system, or a world in memory. Belongs to one loop.
class Network {
public:
    virtual ~Network() = default;
    virtual Task<Result<std::unique_ptr<Stream>>> dial(Address address, Limit limit) = 0;
    // An existing unix socket file that nobody listens on is replaced.
    virtual Result<std::unique_ptr<Listener>> listen(const Address& address, const ListenOptions& options = {}) = 0;
    virtual Loop& loop() = 0;
};

std::unique_ptr<Network> make_os_network(IoLoop& loop);

// A file descriptor of a connected socket (from another process, or a socketpair) as a stream, which then owns it.
Result<std::unique_ptr<Stream>> adopt_socket(IoLoop& loop, int fd);

// The descriptor of a stream of the kernel's, which from now on is the caller's to close: to hand a connection to
// another loop or library. Other streams have none; an error, and the stream is closed.
Result<int> release_socket(std::unique_ptr<Stream> stream);

}  // namespace drover::net
