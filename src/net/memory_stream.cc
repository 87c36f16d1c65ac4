#include "net/memory_stream.h"

#include <algorithm>
#include <deque>
#include <set>
#include <vector>

#include "base/assert.h"
#include "net/signal.h"

namespace drover::net {

namespace {

class Channel;

void wake(IoWaiter*& maybe_waiter) {
    if (IoWaiter* told = std::exchange(maybe_waiter, nullptr)) told->on_ready();
}

}  // namespace

// What is between the hosts, shared by all streams of a world.
class MemoryWorld::Sky {
public:
    Sky(Loop& loop, Rng* maybe_rng) : moved(loop), maybe_rng_(maybe_rng) {}

    bool open(const std::string& from, const std::string& to) const {
        return !cuts_.contains({from, to}) && !cuts_.contains({"", to}) && !cuts_.contains({from, ""}) &&
               !cuts_.contains({"", ""});
    }
    bool calm(const std::string& from, const std::string& to) const {
        return weather.delay_max.ns == 0 && weather.loss_percent == 0 && open(from, to);
    }
    // How long the next piece takes.
    Duration passage() {
        if (!maybe_rng_) return {};
        Duration taken = weather.delay_min;
        const int64_t spread = (weather.delay_max - weather.delay_min).ns;
        if (spread > 0) taken += nanoseconds(static_cast<int64_t>(maybe_rng_->below(static_cast<uint64_t>(spread))));
        Duration again = weather.resend;
        for (int i = 0; i < 8 && maybe_rng_->below(100) < weather.loss_percent; ++i) {
            taken += again;
            again = again * 2;
        }
        return taken;
    }

    void cut(const std::string& from, const std::string& to) { cuts_.emplace(from, to); }
    void heal(const std::string& from, const std::string& to) {
        cuts_.erase({from, to});
        look_again();
    }
    void heal() {
        cuts_.clear();
        look_again();
    }
    void sever(const std::string& ip);
    bool has_chance() const { return maybe_rng_ != nullptr; }

    Weather weather;
    std::vector<Channel*> channels;  // in the order of their making: what happens to all of them happens in it
    Notify moved;                    // who dials over a cut waits for this

private:
    void look_again();

    Rng* maybe_rng_;
    std::set<std::pair<std::string, std::string>> cuts_;
};

namespace {

// One direction of a pipe: what has arrived, and what is on its way. Outside of a world nothing is ever on its way.
class Channel {
public:
    Channel(Loop& loop, std::shared_ptr<MemoryWorld::Sky> maybe_sky, std::string source, std::string target,
            size_t max_bytes)
        : from(std::move(source)),
          to(std::move(target)),
          loop_(loop),
          maybe_sky_(std::move(maybe_sky)),
          capacity_(max_bytes),
          arrival_([this] { arrive(); }) {
        if (maybe_sky_) maybe_sky_->channels.push_back(this);
    }
    ~Channel() {
        if (maybe_sky_) std::erase(maybe_sky_->channels, this);
    }

    size_t room() const { return capacity_ - bytes.size() - flying_bytes_; }

    void send(std::string_view piece) {
        flying_bytes_ += piece.size();
        depart({std::string(piece), false, {}});
    }
    // The writer sends no more; with `closed` it does not read any more either.
    void end(bool closed) {
        if (std::exchange(ending, true) && !closed) return;
        depart({{}, closed, {}, true});
    }
    // Delivers what is due. Called again when the way may be open again.
    void arrive() {
        while (!flying_.empty() && !severed) {
            if (maybe_sky_ && !maybe_sky_->open(from, to)) return;
            if (flying_.front().at > loop_.now()) return arrival_.arm(loop_, Deadline{flying_.front().at});
            deliver(flying_.front());
            flying_.pop_front();
        }
    }

    const std::string from, to;
    std::string bytes;       // arrived
    bool ending = false;     // the writer sends no more
    bool ended = false;      // and the reader knows
    bool abandoned = false;  // the writer knows that the reader has closed
    bool severed = false;    // nothing arrives any more
    IoWaiter* maybe_reader = nullptr;
    IoWaiter* maybe_writer = nullptr;
    Channel* maybe_back = nullptr;  // the other direction

private:
    struct Piece {
        std::string bytes;
        bool closes = false;
        Duration at;
        bool ends = false;
    };

    void depart(Piece piece) {
        if (severed) return;
        const bool calm = !maybe_sky_ || maybe_sky_->calm(from, to);
        if (flying_.empty() && calm) return deliver(piece);
        piece.at = loop_.now() + (calm ? Duration{} : maybe_sky_->passage());
        if (!flying_.empty()) piece.at = std::max(piece.at, flying_.back().at);
        flying_.push_back(std::move(piece));
        arrive();
    }

    void deliver(const Piece& piece) {
        flying_bytes_ -= piece.bytes.size();
        bytes += piece.bytes;
        ended |= piece.ends;
        if (piece.closes && maybe_back) {
            maybe_back->abandoned = true;
            wake(maybe_back->maybe_writer);
        }
        wake(maybe_reader);
    }

    Loop& loop_;
    std::shared_ptr<MemoryWorld::Sky> maybe_sky_;
    const size_t capacity_;
    std::deque<Piece> flying_;
    size_t flying_bytes_ = 0;
    CallTimer arrival_;
};

struct Pipe {
    Channel forth, back;

    Pipe(Loop& loop, const std::shared_ptr<MemoryWorld::Sky>& maybe_sky, const Address& first, const Address& second,
         size_t capacity)
        : forth(loop, maybe_sky, first.host, second.host, capacity),
          back(loop, maybe_sky, second.host, first.host, capacity) {
        forth.maybe_back = &back;
        back.maybe_back = &forth;
    }
};

class MemoryStream final : public Stream {
public:
    MemoryStream(Loop& loop, std::shared_ptr<Pipe> pipe, Channel& in, Channel& out, Address local, Address peer)
        : Stream(loop),
          pipe_(std::move(pipe)),
          in_(&in),
          out_(&out),
          local_(std::move(local)),
          peer_(std::move(peer)) {}
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
        if (closed_ || out_->ending || out_->abandoned) return fail(Error::unavailable("write: broken pipe"));
        std::string taken;
        for (std::string_view part : parts) taken += part.substr(0, out_->room() - taken.size());
        if (taken.empty()) return std::nullopt;
        out_->send(taken);
        return taken.size();
    }

    void watch(Direction direction, IoWaiter& waiter) override { slot(direction) = &waiter; }
    void unwatch(Direction direction) override { slot(direction) = nullptr; }

    void shutdown_write() override { out_->end(false); }
    void close() override {
        if (std::exchange(closed_, true)) return;
        wake(in_->maybe_reader);
        wake(out_->maybe_writer);
        out_->end(true);
    }

    Address local() const override { return local_; }
    Address peer() const override { return peer_; }

private:
    IoWaiter*& slot(Direction direction) {
        return direction == Direction::read ? in_->maybe_reader : out_->maybe_writer;
    }

    std::shared_ptr<Pipe> pipe_;
    Channel* in_;
    Channel* out_;
    Address local_, peer_;
    bool closed_ = false;
};

StreamPair connect(Loop& loop, const std::shared_ptr<MemoryWorld::Sky>& maybe_sky, size_t capacity, Address first,
                   Address second) {
    auto pipe = std::make_shared<Pipe>(loop, maybe_sky, first, second, capacity);
    return {std::make_unique<MemoryStream>(loop, pipe, pipe->back, pipe->forth, first, second),
            std::make_unique<MemoryStream>(loop, pipe, pipe->forth, pipe->back, second, first)};
}

}  // namespace

void MemoryWorld::Sky::look_again() {
    const std::vector<Channel*> all = channels;
    for (Channel* channel : all) channel->arrive();
    moved.notify();
}

void MemoryWorld::Sky::sever(const std::string& ip) {
    for (Channel* channel : channels)
        if (channel->from == ip || channel->to == ip) channel->severed = true;
}

StreamPair make_pipe(Loop& loop, size_t capacity, Address first, Address second) {
    return connect(loop, nullptr, capacity, std::move(first), std::move(second));
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
        if (Result<> there = co_await travel(address.host, limit); !there)
            co_return fail(there.error().wrapped("dial tcp " + to_string(address) + ": "));
        auto found = world_.listening_.find(to_string(address));
        if (found == world_.listening_.end() || found->second->closed ||
            found->second->waiting.size() >= found->second->backlog)
            co_return fail(Error::unavailable("dial tcp " + to_string(address) + ": connect: connection refused"));
        auto [ours, theirs] =
            connect(world_.loop_, world_.sky_, 64 << 10, Address::tcp(ip_, world_.next_port_++), address);
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
    // There and back, as often as it takes.
    Task<Result<>> travel(std::string to, Limit limit) {
        Sky& sky = *world_.sky_;
        for (;;) {
            while (!sky.open(ip_, to) || !sky.open(to, ip_)) {
                if (Result<> waited = co_await sky.moved.wait(limit); !waited) co_return waited;
            }
            if (sky.calm(ip_, to)) co_return Result<>();
            const Duration taken = sky.passage() + sky.passage();
            const Deadline there = world_.loop_.in(taken);
            Result<> slept = co_await world_.loop_.sleep(
                there < limit.deadline ? taken : limit.deadline.at - world_.loop_.now(), limit.cancel);
            if (!slept) co_return slept;
            if (there >= limit.deadline) co_return fail(Error::timeout("i/o timeout"));
            if (sky.open(ip_, to) && sky.open(to, ip_)) co_return Result<>();
        }
    }

    MemoryWorld& world_;
    std::string ip_;
};

MemoryWorld::MemoryWorld(Loop& loop, Rng* maybe_rng) : loop_(loop), sky_(std::make_shared<Sky>(loop, maybe_rng)) {}
MemoryWorld::~MemoryWorld() = default;

void MemoryWorld::set_weather(Weather weather) {
    assert_always(sky_->has_chance());
    sky_->weather = weather;
}
void MemoryWorld::cut(const std::string& from, const std::string& to) { sky_->cut(from, to); }
void MemoryWorld::heal(const std::string& from, const std::string& to) { sky_->heal(from, to); }
void MemoryWorld::heal() { sky_->heal(); }

void MemoryWorld::vanish(const std::string& ip) {
    sky_->sever(ip);
    for (auto& [address, queue] : listening_) {
        if (Result<Address> at = parse_address(address); !at || at->host != ip) continue;
        queue->closed = true;
        queue->waiting.clear();
        queue->arrived.notify();
    }
}

std::unique_ptr<Network> MemoryWorld::host(std::string ip) { return std::make_unique<Host>(*this, std::move(ip)); }

}  // namespace drover::net
