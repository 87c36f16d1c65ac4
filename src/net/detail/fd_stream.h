#pragma once
// A connected socket as a Stream: non-blocking calls on the descriptor, and Asio's reactor to wait for it.

#include <boost/asio/posix/stream_descriptor.hpp>

#include "net/detail/io_loop.h"
#include "net/stream.h"

namespace drover::net::detail {

using Descriptor = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

// The descriptor and who waits for it. Shared with the reactor's pending waits, which may outlive the stream for a
// turn.
struct Watched : std::enable_shared_from_this<Watched> {
    // Takes the descriptor. When the reactor has no room for it, it is closed at once and every call on it fails.
    Watched(IoLoop& loop, int fd);

    void watch(Direction direction, IoWaiter& waiter);
    void unwatch(Direction direction) { side(direction).waiter = nullptr; }
    void close();

    struct Side {
        IoWaiter* waiter = nullptr;
        bool armed = false;  // the reactor has a wait; it stays when the waiter leaves
    };
    Side& side(Direction direction) { return sides[direction == Direction::write ? 1 : 0]; }

    Descriptor descriptor;
    Side sides[2];
};

class FdStream final : public Stream {
public:
    FdStream(IoLoop& loop, int fd) : Stream(loop), watched_(std::make_shared<Watched>(loop, fd)) {}
    ~FdStream() override { close(); }

    Result<std::optional<size_t>> try_read(std::span<char> into) override;
    Result<std::optional<size_t>> try_write(std::span<const std::string_view> parts) override;
    void watch(Direction direction, IoWaiter& waiter) override { watched_->watch(direction, waiter); }
    void unwatch(Direction direction) override { watched_->unwatch(direction); }
    void shutdown_write() override;
    void close() override { watched_->close(); }
    Address local() const override;
    Address peer() const override;

    int fd() const { return const_cast<Watched&>(*watched_).descriptor.native_handle(); }
    int release() { return watched_->descriptor.release(); }

private:
    std::shared_ptr<Watched> watched_;
};

// "connection refused": the system's text as Go spells it.
std::string error_text(int errno_value);

}  // namespace drover::net::detail
