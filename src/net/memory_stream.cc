#include "net/memory_stream.h"

#include <algorithm>
#include <deque>

#include "net/signal.h"

namespace drover::net {

namespace {

// One direction of a pipe.
struct Channel {
    std::string bytes;
    size_t capacity = 0;
    bool ended = false;      // the writer sends no more
    bool abandoned = false;  // the reader has closed
    IoWaiter* maybe_reader = nullptr;
    IoWaiter* maybe_writer = nullptr;
};

void wake(IoWaiter*& maybe_waiter) {
    if (IoWaiter* told = std::exchange(maybe_waiter, nullptr)) told->on_ready();
}

class MemoryStream final : public Stream {
public:
    MemoryStream(Loop& loop, std::shared_ptr<Channel> in, std::shared_ptr<Channel> out, Address local, Address peer)
        : Stream(loop), in_(std::move(in)), out_(std::move(out)), local_(std::move(local)), peer_(std::move(peer)) {}
    ~MemoryStream() override { close(); }

    Result<std::optional<size_t>> try_read(std::span<char> into) override {
        if (closed_) return fail(Error::unavailable("read: use of closed connection"));
        if (in_->bytes.empty()) return in_->ended ? std::optional<size_t>(0) : std::nullopt;
        const size_t n = std::min(into.size(), in_->bytes.size());
        std::copy_n(in_->bytes.data(), n, into.data());
        in_->bytes.erase(0, n);
        wake(in_->maybe_writer);
        return n;
    }

    Result<std::optional<size_t>> try_write(std::span<const std::string_view> parts) override {
        if (closed_ || out_->ended || out_->abandoned) return fail(Error::unavailable("write: broken pipe"));
        size_t total = 0;
        for (std::string_view part : parts) {
            const size_t n = std::min(part.size(), out_->capacity - out_->bytes.size());
            out_->bytes += part.substr(0, n);
            total += n;
        }
        if (total > 0) wake(out_->maybe_reader);
        return total > 0 ? std::optional<size_t>(total) : std::nullopt;
    }

    void watch(Direction direction, IoWaiter& waiter) override { slot(direction) = &waiter; }
    void unwatch(Direction direction) override { slot(direction) = nullptr; }

    void shutdown_write() override {
        out_->ended = true;
        wake(out_->maybe_reader);
    }

    void close() override {
        if (std::exchange(closed_, true)) return;
        in_->abandoned = true;
        wake(in_->maybe_reader);
        wake(out_->maybe_writer);
        wake(in_->maybe_writer);
        shutdown_write();
    }

    Address local() const override { return local_; }
    Address peer() const override { return peer_; }

private:
    IoWaiter*& slot(Direction direction) {
        return direction == Direction::read ? in_->maybe_reader : out_->maybe_writer;
    }

    std::shared_ptr<Channel> in_, out_;
    Address local_, peer_;
    bool closed_ = false;
};

}  // namespace

StreamPair make_pipe(Loop& loop, size_t capacity, Address first, Address second) {
    auto forth = std::make_shared<Channel>(), back = std::make_shared<Channel>();
    forth->capacity = back->capacity = capacity;
    return {std::make_unique<MemoryStream>(loop, back, forth, first, second),
            std::make_unique<MemoryStream>(loop, forth, back, second, first)};
}

// Connections that nobody accepted yet. Shared by the listener and the world.
struct MemoryWorld::Queue {
    Queue(Loop& loop, size_t max) : arrived(loop), backlog(max) {}
    std::deque<std::unique_ptr<Stream>> waiting;
    Notify arrived;
    const size_t backlog;
    bool closed = false;
};

class MemoryWorld::ListenerEnd final : public Listener {
public:
    ListenerEnd(std::shared_ptr<Queue> queue, Address local) : queue_(std::move(queue)), local_(std::move(local)) {}
    ~ListenerEnd() override { close(); }

    Task<Result<std::unique_ptr<Stream>>> accept(Limit limit) override {
        for (;;) {
            if (queue_->closed) co_return fail(Error::canceled("listener closed"));
            if (!queue_->waiting.empty()) break;
            Result<> waited = co_await queue_->arrived.wait(limit);
            if (!waited) co_return fail(waited.error());
        }
        auto stream = std::move(queue_->waiting.front());
        queue_->waiting.pop_front();
        co_return stream;
    }
    Address local() const override { return local_; }
    void close() override {
        if (std::exchange(queue_->closed, true)) return;
        queue_->waiting.clear();
        queue_->arrived.notify();
    }

private:
    std::shared_ptr<Queue> queue_;
    Address local_;
};

class MemoryWorld::Host final : public Network {
public:
    Host(MemoryWorld& world, std::string ip) : world_(world), ip_(std::move(ip)) {}

    Task<Result<std::unique_ptr<Stream>>> dial(Address address, Limit limit) override {
        co_await world_.loop_.yield();
        if (limit.cancel.cancelled()) co_return fail(limit.cancel.reason());
        auto found = world_.listening_.find(to_string(address));
        if (found == world_.listening_.end() || found->second->closed ||
            found->second->waiting.size() >= found->second->backlog)
            co_return fail(Error::unavailable("dial tcp " + to_string(address) + ": connect: connection refused"));
        auto [ours, theirs] = make_pipe(world_.loop_, 64 << 10, Address::tcp(ip_, world_.next_port_++), address);
        found->second->waiting.push_back(std::move(theirs));
        found->second->arrived.notify();
        co_return std::move(ours);
    }

    Result<std::unique_ptr<Listener>> listen(const Address& address, const ListenOptions& options) override {
        Address at = address;
        if (at.kind == Address::Kind::tcp) at.host = ip_;
        if (at.kind == Address::Kind::tcp && at.port == 0) at.port = world_.next_port_++;
        auto& place = world_.listening_[to_string(at)];
        if (place && !place->closed)
            return fail(Error::unavailable("listen tcp " + to_string(at) + ": bind: address already in use"));
        place = std::make_shared<Queue>(world_.loop_, static_cast<size_t>(options.backlog));
        return std::make_unique<ListenerEnd>(place, at);
    }

    Loop& loop() override { return world_.loop_; }

private:
    MemoryWorld& world_;
    std::string ip_;
};

std::unique_ptr<Network> MemoryWorld::host(std::string ip) { return std::make_unique<Host>(*this, std::move(ip)); }

}  // namespace drover::net
