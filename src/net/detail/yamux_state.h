#pragma once
// What a yamux session and its streams share. Lives on one loop; kept alive by the session and by each stream. Waiters
// are told in the midst of its work and may call back, so nothing here holds on to an entry across a call to a stream.

#include <list>
#include <map>
#include <string>
#include <vector>

#include "net/signal.h"
#include "net/yamux.h"

namespace drover::net {

namespace detail {

class YamuxStream;

enum class FrameType : uint8_t { data = 0, window_update = 1, ping = 2, go_away = 3 };
enum FrameFlags : uint16_t { kSyn = 1, kAck = 2, kFin = 4, kRst = 8 };

inline constexpr size_t kFrameHeaderBytes = 12;

struct FrameHeader {
    uint8_t version = 0;
    uint8_t type = 0;
    uint16_t flags = 0;
    uint32_t stream = 0;
    uint32_t length = 0;
};

using Deadlines = std::list<std::pair<uint32_t, Duration>>;  // of streams; the earliest first

// A stream as the session sees it. It stays while the peer may send for it, though nobody may hold it any more.
struct YamuxEntry {
    enum class Awaits : uint8_t { nothing, acknowledgement, end };

    YamuxStream* maybe_stream = nullptr;
    Awaits awaits = Awaits::nothing;
    bool half_closed = false;   // our half is closed
    Deadlines::iterator place;  // in the list of what it awaits
};

}  // namespace detail

class YamuxSession::State final : public std::enable_shared_from_this<State>, Timer {
public:
    State(std::unique_ptr<Stream> stream, Role role, const YamuxConfig& c);
    ~State();

    // For the session.
    Task<> read_all();
    Task<> write_all();
    void start();
    void end(Error why);
    bool may_open() const { return !alive || peer_left_ || unaccepted_ < config.accept_backlog; }
    Result<std::unique_ptr<Stream>> open_now();
    bool may_accept() const { return !alive || !backlog_.empty(); }
    Result<std::unique_ptr<Stream>> accept_now();
    size_t streams() const { return entries_.size(); }

    // For its streams.
    bool has_room() const { return out_.size() - out_at_ < kMaxQueuedBytes; }
    void wait_for_room(uint32_t stream) { blocked_.push_back(stream); }
    void queue_frame(detail::FrameType type, uint16_t flags, uint32_t stream, uint32_t length);
    // What belongs to the frame that was queued last.
    void queue_bytes(std::string_view bytes) { out_ += bytes; }
    void forget(uint32_t stream);
    void half_closed(uint32_t stream);
    void abandoned(uint32_t stream);

    // Frames of data stop at the first; what must be said at once may go up to the second.
    static constexpr size_t kMaxQueuedBytes = 64 << 10;
    static constexpr size_t kMaxQueuedInAll = 256 << 10;

    Loop& loop;
    const std::unique_ptr<Stream> below;
    const YamuxConfig config;
    const Address here, peer;
    bool alive = true;
    Error reason;
    size_t unread = 0;
    Notify arrived;   // a stream to accept, or the end
    Notify openable;  // another stream may be opened, or the end

private:
    using Awaits = detail::YamuxEntry::Awaits;
    struct Park;
    enum class Pumped { all, more, ended };

    Pumped pump();
    void take(std::string_view bytes);
    void take_frame(const detail::FrameHeader& header);
    void take_flags(const detail::FrameHeader& header);
    bool take_syn(uint32_t stream);
    void take_data_frame(const detail::FrameHeader& header);
    void take_credit(uint32_t stream, uint32_t delta);
    void take_body(std::string_view bytes);
    void take_end(uint32_t stream);
    void take_ping(const detail::FrameHeader& header);
    void take_go_away(uint32_t code);
    // Ends the session after telling the peer that it broke the rules.
    void fault(const std::string& what);
    // An answer that the peer's own frame asks for; a peer that asks and does not read them is cut off.
    void answer(detail::FrameType type, uint16_t flags, uint32_t stream, uint32_t length);

    void wake_writer();
    void wake_blocked();

    void on_timer() override;
    void rearm();
    void keep_alive(Duration now);
    Duration next_keepalive() const;
    void await(uint32_t stream, detail::YamuxEntry& entry, Awaits what);
    void stop_awaiting(detail::YamuxEntry& entry);

    std::map<uint32_t, detail::YamuxEntry> entries_;
    std::list<std::unique_ptr<detail::YamuxStream>> backlog_;
    uint32_t next_id_;
    uint32_t unaccepted_ = 0;  // of the streams that we opened
    bool peer_left_ = false;   // it takes no more streams

    std::string out_;    // frames
    size_t out_at_ = 0;  // how much of them has gone
    std::coroutine_handle<> parked_writer_;
    std::vector<uint32_t> blocked_;  // streams that wait for room in out_

    char header_[detail::kFrameHeaderBytes];
    size_t header_bytes_ = 0;
    uint32_t body_left_ = 0;  // of the frame that is coming
    uint32_t body_stream_ = 0;
    bool body_is_last_ = false;  // the stream ends with it

    detail::Deadlines opening_, closing_;
    Duration armed_at_;
    Duration ping_at_;  // when the last one was sent, or the session began
    uint32_t ping_id_ = 0;
    bool ping_unanswered_ = false;
};

namespace detail {

class YamuxStream final : public Stream {
public:
    YamuxStream(std::shared_ptr<YamuxSession::State> session, uint32_t id);
    ~YamuxStream() override;

    Result<std::optional<size_t>> try_read(std::span<char> into) override;
    Result<std::optional<size_t>> try_write(std::span<const std::string_view> parts) override;
    void watch(Direction direction, IoWaiter& waiter) override;
    void unwatch(Direction direction) override { slot(direction) = nullptr; }
    void shutdown_write() override;
    void close() override;
    Address local() const override { return session_->here; }
    Address peer() const override { return session_->peer; }

    // Told by the session. Those that wake somebody are called last.
    uint32_t id() const { return id_; }
    bool closed() const { return closed_; }
    bool ended() const { return peer_ended_; }
    bool reserve(uint32_t bytes);     // of the peer's window; false: it has not that much
    bool add_credit(uint32_t delta);  // false: more than can be
    void put(std::string_view bytes);
    void put_end();
    void cut(Error why);  // nothing comes and nothing goes any more
    void forgotten() { known_ = false; }
    void wake(Direction direction);

private:
    IoWaiter*& slot(Direction direction) { return direction == Direction::read ? maybe_reader_ : maybe_writer_; }
    bool readable() const { return closed_ || !in_.empty() || peer_ended_ || cut_; }
    bool writable() const { return closed_ || finished_ || cut_ || (send_window_ > 0 && session_->has_room()); }
    void give_credit();

    const std::shared_ptr<YamuxSession::State> session_;
    const uint32_t id_;
    uint32_t send_window_;
    uint32_t receive_window_;
    uint32_t consumed_ = 0;  // read here and not yet returned to the peer's window
    std::string in_;
    size_t in_at_ = 0;
    IoWaiter* maybe_reader_ = nullptr;
    IoWaiter* maybe_writer_ = nullptr;
    bool known_ = true;      // the session has an entry for it
    bool finished_ = false;  // we send no more
    bool peer_ended_ = false;
    bool cut_ = false;
    bool closed_ = false;
    Error why_;  // when cut
};

}  // namespace detail

}  // namespace drover::net
