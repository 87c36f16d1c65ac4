#include "net/yamux.h"

#include <algorithm>
#include <limits>

#include "base/assert.h"
#include "net/detail/yamux_state.h"

namespace drover::net {

using detail::FrameHeader;
using detail::FrameType;
using detail::kAck;
using detail::kFin;
using detail::kFrameHeaderBytes;
using detail::kRst;
using detail::kSyn;
using detail::YamuxEntry;
using detail::YamuxStream;

namespace {

constexpr size_t kReadBytes = 32 << 10;
constexpr int kReadsAtATime = 16;        // before others run
constexpr size_t kKeptBytes = 16 << 10;  // what the emptied queue may keep until the next tick
constexpr uint32_t kNormal = 0, kProtocolError = 1, kInternalError = 2;  // codes of GoAway

FrameHeader parse_header(const char* bytes) {
    const auto at = [bytes](int i) { return uint32_t{static_cast<uint8_t>(bytes[i])}; };
    FrameHeader h;
    h.version = static_cast<uint8_t>(at(0));
    h.type = static_cast<uint8_t>(at(1));
    h.flags = static_cast<uint16_t>(at(2) << 8 | at(3));
    h.stream = at(4) << 24 | at(5) << 16 | at(6) << 8 | at(7);
    h.length = at(8) << 24 | at(9) << 16 | at(10) << 8 | at(11);
    return h;
}

}  // namespace

// The writer waits here while there is nothing to write; woken without a timer or a list.
struct YamuxSession::State::Park {
    State& state;
    bool await_ready() const { return !state.alive || state.out_at_ < state.out_.size(); }
    void await_suspend(std::coroutine_handle<> handle) const { state.parked_writer_ = handle; }
    void await_resume() const {}
};

YamuxSession::State::State(std::unique_ptr<Stream> stream, Role role, const YamuxConfig& c)
    : loop(stream->loop()),
      below(std::move(stream)),
      config(c),
      here(below->local()),
      peer(below->peer()),
      arrived(loop),
      openable(loop),
      next_id_(role == Role::client ? 1 : 2) {}

YamuxSession::State::~State() = default;

void YamuxSession::State::start() {
    ping_at_ = loop.now();
    rearm();
}

// --- out

void YamuxSession::State::queue_frame(FrameType type, uint16_t flags, uint32_t stream, uint32_t length) {
    if (!alive) return;
    const auto byte = [](uint32_t n) { return static_cast<char>(n); };
    const char header[kFrameHeaderBytes] = {
        0,
        byte(static_cast<uint32_t>(type)),
        byte(flags >> 8u),
        byte(flags),
        byte(stream >> 24),
        byte(stream >> 16),
        byte(stream >> 8),
        byte(stream),
        byte(length >> 24),
        byte(length >> 16),
        byte(length >> 8),
        byte(length),
    };
    out_.append(header, sizeof header);
    wake_writer();
}

void YamuxSession::State::answer(FrameType type, uint16_t flags, uint32_t stream, uint32_t length) {
    if (out_.size() - out_at_ > kMaxQueuedInAll)
        return end(Error::unavailable("the peer asks for answers and does not read them"));
    queue_frame(type, flags, stream, length);
}

// What is queued until the writer's turn comes leaves with one call of the system.
void YamuxSession::State::wake_writer() {
    if (parked_writer_) loop.resume(std::exchange(parked_writer_, nullptr));
}

void YamuxSession::State::wake_blocked() {
    if (blocked_.empty() || !has_room()) return;
    for (const uint32_t stream : std::exchange(blocked_, {})) {
        auto found = entries_.find(stream);
        if (found != entries_.end() && found->second.maybe_stream != nullptr)
            found->second.maybe_stream->wake(Direction::write);
    }
}

Task<> YamuxSession::State::write_all() {
    for (;;) {
        co_await Park{*this};
        if (!alive) co_return;
        const std::string_view left = std::string_view(out_).substr(out_at_);
        Result<std::optional<size_t>> n = below->try_write(std::span(&left, 1));
        if (!n) {
            end(n.error());
            co_return;
        }
        if (*n) {
            out_at_ += **n;
            if (out_at_ == out_.size()) {
                out_.clear();
                out_at_ = 0;
                if (out_.capacity() > kKeptBytes) out_ = std::string();
            } else if (out_at_ > kMaxQueuedBytes) {
                out_.erase(0, out_at_);
                out_at_ = 0;
            }
            wake_blocked();
            continue;
        }
        Result<> waited = co_await below->ready(Direction::write, {loop.in(config.connection_write_timeout), {}});
        if (!waited) end(Error::unavailable("the peer took no byte for " + to_string(config.connection_write_timeout)));
    }
}

// --- in

Task<> YamuxSession::State::read_all() {
    while (alive) {
        const Pumped pumped = pump();
        if (pumped == Pumped::ended) co_return;
        if (pumped == Pumped::more) {
            co_await loop.yield();
            continue;
        }
        Result<> waited = co_await below->ready(Direction::read, {});
        if (!waited) end(waited.error());
    }
}

// Not a coroutine: the buffer is on the stack, so that no session has one while it waits.
YamuxSession::State::Pumped YamuxSession::State::pump() {
    char buffer[kReadBytes];
    for (int i = 0; i < kReadsAtATime; ++i) {
        Result<std::optional<size_t>> n = below->try_read(buffer);
        if (!alive) return Pumped::ended;
        if (!n) return end(n.error()), Pumped::ended;
        if (!*n) return Pumped::all;
        if (**n == 0) {
            const bool between = header_bytes_ == 0 && body_left_ == 0;
            end(Error::unavailable(between ? "EOF" : "the peer closed the connection within a frame"));
            return Pumped::ended;
        }
        take({buffer, **n});
        if (!alive) return Pumped::ended;
    }
    return Pumped::more;
}

void YamuxSession::State::take(std::string_view bytes) {
    while (alive && !bytes.empty()) {
        if (body_left_ > 0) {
            const std::string_view body = bytes.substr(0, body_left_);
            bytes.remove_prefix(body.size());
            take_body(body);
            continue;
        }
        const size_t n = std::min(bytes.size(), kFrameHeaderBytes - header_bytes_);
        std::copy_n(bytes.data(), n, header_ + header_bytes_);
        header_bytes_ += n;
        bytes.remove_prefix(n);
        if (header_bytes_ < kFrameHeaderBytes) return;
        header_bytes_ = 0;
        take_frame(parse_header(header_));
    }
}

void YamuxSession::State::take_frame(const FrameHeader& header) {
    if (header.version != 0) return fault("version " + std::to_string(header.version) + " of a frame");
    switch (header.type) {
        case static_cast<uint8_t>(FrameType::data):
        case static_cast<uint8_t>(FrameType::window_update):
            if (header.stream == 0) return fault("a frame for stream 0");
            return take_flags(header);
        case static_cast<uint8_t>(FrameType::ping): return take_ping(header);
        case static_cast<uint8_t>(FrameType::go_away): return take_go_away(header.length);
        default: return fault("frame of unknown type " + std::to_string(header.type));
    }
}

void YamuxSession::State::take_flags(const FrameHeader& header) {
    if ((header.flags & kSyn) && !take_syn(header.stream)) return;
    auto found = entries_.find(header.stream);
    if (found != entries_.end() && (header.flags & kAck) && found->second.awaits == Awaits::acknowledgement) {
        stop_awaiting(found->second);
        if (found->second.half_closed) await(header.stream, found->second, Awaits::end);
    }
    if (found != entries_.end() && (header.flags & kRst)) {
        YamuxStream* maybe_stream = found->second.maybe_stream;
        forget(header.stream);
        if (maybe_stream != nullptr) maybe_stream->cut(Error::unavailable("stream reset by peer"));
    }
    if (header.type == static_cast<uint8_t>(FrameType::data)) return take_data_frame(header);
    if (header.length > 0) take_credit(header.stream, header.length);
    if (alive && (header.flags & kFin)) take_end(header.stream);
}

// False: the frame is done with. A stream that is refused may still send what it had under way, which is dropped.
bool YamuxSession::State::take_syn(uint32_t stream) {
    if (entries_.contains(stream)) return fault("stream " + std::to_string(stream) + " opened twice"), false;
    if (entries_.size() >= config.max_streams)
        return fault("more than " + std::to_string(config.max_streams) + " streams"), false;
    if (backlog_.size() >= config.accept_backlog) {
        answer(FrameType::window_update, kRst, stream, 0);
        return alive;
    }
    backlog_.push_back(std::make_unique<YamuxStream>(shared_from_this(), stream));
    entries_[stream].maybe_stream = backlog_.back().get();
    arrived.notify();
    return true;
}

void YamuxSession::State::take_data_frame(const FrameHeader& header) {
    if (header.length > config.window_bytes)
        return fault("frame of " + std::to_string(header.length) + " bytes for stream " +
                     std::to_string(header.stream));
    auto found = entries_.find(header.stream);
    if (found != entries_.end() && header.length > 0) {
        YamuxStream* maybe_stream = found->second.maybe_stream;
        if (maybe_stream != nullptr && maybe_stream->ended())
            return fault("data after the end of stream " + std::to_string(header.stream));
        if (maybe_stream == nullptr || maybe_stream->closed()) {
            // Nobody reads it: the peer need not send the rest.
            forget(header.stream);
            answer(FrameType::window_update, kRst, header.stream, 0);
            if (!alive) return;
        } else if (!maybe_stream->reserve(header.length)) {
            return fault("window of stream " + std::to_string(header.stream) + " exceeded");
        } else if (unread + header.length > config.max_unread_bytes) {
            return fault("more than " + std::to_string(config.max_unread_bytes) + " bytes that nobody has read");
        }
    }
    body_left_ = header.length;
    body_stream_ = header.stream;
    body_is_last_ = header.flags & kFin;
    if (body_left_ == 0 && body_is_last_) take_end(body_stream_);
}

void YamuxSession::State::take_body(std::string_view bytes) {
    body_left_ -= static_cast<uint32_t>(bytes.size());
    auto found = entries_.find(body_stream_);
    if (found != entries_.end()) {
        YamuxStream* maybe_stream = found->second.maybe_stream;
        if (maybe_stream != nullptr && !maybe_stream->closed()) maybe_stream->put(bytes);
    }
    if (alive && body_left_ == 0 && body_is_last_) take_end(body_stream_);
}

void YamuxSession::State::take_credit(uint32_t stream, uint32_t delta) {
    auto found = entries_.find(stream);
    if (found == entries_.end() || found->second.maybe_stream == nullptr) return;
    if (!found->second.maybe_stream->add_credit(delta))
        return fault("window of stream " + std::to_string(stream) + " grown beyond 32 bits");
    found->second.maybe_stream->wake(Direction::write);
}

void YamuxSession::State::take_end(uint32_t stream) {
    auto found = entries_.find(stream);
    if (found == entries_.end()) return;
    YamuxStream* maybe_stream = found->second.maybe_stream;
    if (maybe_stream != nullptr && maybe_stream->ended())
        return fault("stream " + std::to_string(stream) + " ended twice");
    if (found->second.half_closed) forget(stream);
    if (maybe_stream != nullptr) maybe_stream->put_end();
}

void YamuxSession::State::take_ping(const FrameHeader& header) {
    if (header.flags & kSyn) return answer(FrameType::ping, kAck, 0, header.length);
    if ((header.flags & kAck) && ping_unanswered_ && header.length == ping_id_) {
        ping_unanswered_ = false;
        ++ping_id_;
    }
}

void YamuxSession::State::take_go_away(uint32_t code) {
    switch (code) {
        case kNormal:
            peer_left_ = true;
            openable.notify();
            return;
        case kProtocolError: return end(Error::unavailable("the peer reports a protocol error"));
        case kInternalError: return end(Error::unavailable("the peer reports an internal error"));
        default: return end(Error::unavailable("the peer goes away with code " + std::to_string(code)));
    }
}

// --- streams

Result<std::unique_ptr<Stream>> YamuxSession::State::open_now() {
    if (!alive) return fail(reason);
    if (peer_left_) return fail(Error::unavailable("the peer takes no more streams"));
    if (entries_.size() >= config.max_streams) return fail(Error::unavailable("too many streams"));
    if (next_id_ > std::numeric_limits<uint32_t>::max() - 2) return fail(Error::unavailable("stream ids are used up"));
    while (entries_.contains(next_id_)) next_id_ += 2;  // nobody checks that the peer keeps to its own half of the ids
    const uint32_t id = std::exchange(next_id_, next_id_ + 2);
    auto stream = std::make_unique<YamuxStream>(shared_from_this(), id);
    YamuxEntry& entry = entries_[id];
    entry.maybe_stream = stream.get();
    await(id, entry, Awaits::acknowledgement);
    queue_frame(FrameType::window_update, kSyn, id, 0);
    return stream;
}

Result<std::unique_ptr<Stream>> YamuxSession::State::accept_now() {
    if (!alive) return fail(reason);
    std::unique_ptr<YamuxStream> stream = std::move(backlog_.front());
    backlog_.pop_front();
    queue_frame(FrameType::window_update, kAck, stream->id(), 0);
    return stream;
}

void YamuxSession::State::forget(uint32_t stream) {
    auto found = entries_.find(stream);
    assert_always(found != entries_.end());
    stop_awaiting(found->second);
    if (found->second.maybe_stream != nullptr) found->second.maybe_stream->forgotten();
    entries_.erase(found);
}

void YamuxSession::State::half_closed(uint32_t stream) {
    YamuxEntry& entry = entries_.at(stream);
    entry.half_closed = true;
    if (entry.awaits == Awaits::nothing) await(stream, entry, Awaits::end);
}

void YamuxSession::State::abandoned(uint32_t stream) { entries_.at(stream).maybe_stream = nullptr; }

// --- time

void YamuxSession::State::await(uint32_t stream, YamuxEntry& entry, Awaits what) {
    const bool opening = what == Awaits::acknowledgement;
    detail::Deadlines& list = opening ? opening_ : closing_;
    const Duration timeout = opening ? config.stream_open_timeout : config.stream_close_timeout;
    entry.awaits = what;
    entry.place = list.insert(list.end(), {stream, loop.now() + timeout});
    if (opening) ++unaccepted_;
    if (list.size() == 1) rearm();
}

void YamuxSession::State::stop_awaiting(YamuxEntry& entry) {
    if (entry.awaits == Awaits::acknowledgement) {
        opening_.erase(entry.place);
        if (unaccepted_-- == config.accept_backlog) openable.notify();
    }
    if (entry.awaits == Awaits::end) closing_.erase(entry.place);
    entry.awaits = Awaits::nothing;
}

Duration YamuxSession::State::next_keepalive() const {
    return ping_at_ + (ping_unanswered_ ? config.connection_write_timeout : config.keepalive_interval);
}

// The timer may go off too early, which is cheaper than moving it whenever what it waits for has come.
void YamuxSession::State::rearm() {
    if (!alive) return;
    Deadline next = Deadline::never();
    if (config.keepalive_interval.ns > 0) next = std::min(next, Deadline{next_keepalive()});
    if (!opening_.empty()) next = std::min(next, Deadline{opening_.front().second});
    if (!closing_.empty()) next = std::min(next, Deadline{closing_.front().second});
    if (next == Deadline::never() || (armed() && armed_at_ <= next.at)) return;
    armed_at_ = next.at;
    arm(loop, next);
}

void YamuxSession::State::on_timer() {
    const std::shared_ptr<State> self = shared_from_this();
    const Duration now = loop.now();
    if (!opening_.empty() && opening_.front().second <= now)
        return end(Error::unavailable("the peer did not accept stream " + std::to_string(opening_.front().first) +
                                      " within " + to_string(config.stream_open_timeout)));
    while (alive && !closing_.empty() && closing_.front().second <= now) {
        const uint32_t stream = closing_.front().first;
        YamuxStream* maybe_stream = entries_.at(stream).maybe_stream;
        forget(stream);
        queue_frame(FrameType::window_update, kRst, stream, 0);
        if (maybe_stream != nullptr) maybe_stream->cut(Error::unavailable("the peer did not close its half in time"));
    }
    if (out_.empty()) out_ = std::string();
    if (alive) keep_alive(now);
    rearm();
}

void YamuxSession::State::keep_alive(Duration now) {
    if (config.keepalive_interval.ns <= 0 || next_keepalive() > now) return;
    if (ping_unanswered_)
        return end(Error::unavailable("keepalive: no answer within " + to_string(config.connection_write_timeout)));
    ping_at_ = now;
    ping_unanswered_ = true;
    queue_frame(FrameType::ping, kSyn, 0, ping_id_);
}

// --- the end

void YamuxSession::State::fault(const std::string& what) {
    queue_frame(FrameType::go_away, 0, 0, kProtocolError);
    end(Error::unavailable("protocol error of the peer: " + what));
}

void YamuxSession::State::end(Error why) {
    if (!alive) return;
    const std::shared_ptr<State> self = shared_from_this();
    if (out_at_ < out_.size()) {
        // As far as it goes at once: an answer that was just given, or what the peer did wrong.
        const std::string_view left = std::string_view(out_).substr(out_at_);
        (void)below->try_write(std::span(&left, 1));
    }
    alive = false;
    reason = std::move(why);
    out_ = std::string();
    out_at_ = 0;
    disarm();
    opening_.clear();
    closing_.clear();
    while (!entries_.empty()) {
        YamuxStream* maybe_stream = entries_.begin()->second.maybe_stream;
        entries_.erase(entries_.begin());
        if (maybe_stream != nullptr) maybe_stream->cut(reason);
    }
    backlog_.clear();
    below->shutdown_write();
    below->close();
    wake_writer();
    arrived.notify();
    openable.notify();
}

// --- the session

YamuxSession::YamuxSession(std::unique_ptr<Stream> below, Role role, YamuxConfig config)
    : state_(std::make_shared<State>(std::move(below), role, config)) {}

YamuxSession::~YamuxSession() { state_->end(Error::canceled("session dropped")); }

Task<Error> YamuxSession::run() {
    const std::shared_ptr<State> state = state_;
    TaskGroup group(state->loop);
    state->start();
    group.spawn(state->write_all());
    co_await state->read_all();
    co_await group.join();
    co_return state->reason;
}

void YamuxSession::close(Error reason) { state_->end(std::move(reason)); }
bool YamuxSession::alive() const { return state_->alive; }
const Error& YamuxSession::reason() const { return state_->reason; }

Task<Result<std::unique_ptr<Stream>>> YamuxSession::open(Limit limit) {
    const std::shared_ptr<State> state = state_;
    while (!state->may_open()) {
        Result<> waited = co_await state->openable.wait(limit);
        if (!waited) co_return fail(waited.error());
    }
    co_return state->open_now();
}

Task<Result<std::unique_ptr<Stream>>> YamuxSession::accept(Limit limit) {
    const std::shared_ptr<State> state = state_;
    while (!state->may_accept()) {
        Result<> waited = co_await state->arrived.wait(limit);
        if (!waited) co_return fail(waited.error());
    }
    co_return state->accept_now();
}

size_t YamuxSession::streams() const { return state_->streams(); }
size_t YamuxSession::unread_bytes() const { return state_->unread; }
Loop& YamuxSession::loop() const { return state_->loop; }
Address YamuxSession::peer() const { return state_->peer; }

}  // namespace drover::net
