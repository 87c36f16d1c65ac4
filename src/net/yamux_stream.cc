#include <algorithm>
#include <limits>

#include "net/detail/yamux_state.h"

namespace drover::net::detail {

namespace {

constexpr size_t kMaxFrameBytes = 32 << 10;
constexpr size_t kKeptBytes = 512;  // what an emptied buffer may keep

}  // namespace

YamuxStream::YamuxStream(std::shared_ptr<YamuxSession::State> session, uint32_t id)
    : Stream(session->loop),
      session_(std::move(session)),
      id_(id),
      send_window_(session_->config.window_bytes),
      receive_window_(session_->config.window_bytes) {}

YamuxStream::~YamuxStream() {
    close();
    if (known_) session_->abandoned(id_);
}

Result<std::optional<size_t>> YamuxStream::try_read(std::span<char> into) {
    if (closed_) return fail(Error::unavailable("read: use of closed stream"));
    if (in_.empty()) {
        if (peer_ended_) return size_t{0};
        if (cut_) return fail(why_);
        return std::nullopt;
    }
    const size_t n = std::min(into.size(), in_.size() - in_at_);
    std::copy_n(in_.data() + in_at_, n, into.data());
    in_at_ += n;
    if (in_at_ == in_.size()) {
        in_.clear();
        in_at_ = 0;
        if (in_.capacity() > kKeptBytes) in_ = std::string();
    }
    session_->unread -= n;
    consumed_ += static_cast<uint32_t>(n);
    give_credit();
    return n;
}

// In halves of the window, so that a reader of small pieces does not send an update for each.
void YamuxStream::give_credit() {
    if (!known_ || peer_ended_ || consumed_ < session_->config.window_bytes / 2) return;
    session_->queue_frame(FrameType::window_update, 0, id_, consumed_);
    receive_window_ += consumed_;
    consumed_ = 0;
}

Result<std::optional<size_t>> YamuxStream::try_write(std::span<const std::string_view> parts) {
    if (closed_ || finished_) return fail(Error::unavailable("write: use of closed stream"));
    if (cut_) return fail(why_);
    if (send_window_ == 0 || !session_->has_room()) return std::nullopt;
    size_t total = 0;
    for (const std::string_view part : parts) total += part.size();
    size_t left = std::min({total, size_t{send_window_}, kMaxFrameBytes});
    total = left;
    if (total == 0) return size_t{0};
    session_->queue_frame(FrameType::data, 0, id_, static_cast<uint32_t>(total));
    for (const std::string_view part : parts) {
        const size_t n = std::min(part.size(), left);
        session_->queue_bytes(part.substr(0, n));
        left -= n;
    }
    send_window_ -= static_cast<uint32_t>(total);
    return total;
}

void YamuxStream::watch(Direction direction, IoWaiter& waiter) {
    if (direction == Direction::read ? readable() : writable()) return waiter.on_ready();
    slot(direction) = &waiter;
    if (direction == Direction::write && send_window_ > 0) session_->wait_for_room(id_);
}

void YamuxStream::shutdown_write() {
    if (finished_) return;
    finished_ = true;
    if (!known_) return wake(Direction::write);
    session_->queue_frame(FrameType::window_update, kFin, id_, 0);
    if (peer_ended_)
        session_->forget(id_);
    else
        session_->half_closed(id_);
    wake(Direction::write);
}

void YamuxStream::close() {
    if (std::exchange(closed_, true)) return;
    session_->unread -= in_.size() - in_at_;
    in_ = std::string();
    in_at_ = 0;
    shutdown_write();
    wake(Direction::read);
}

bool YamuxStream::reserve(uint32_t bytes) {
    if (bytes > receive_window_) return false;
    receive_window_ -= bytes;
    return true;
}

bool YamuxStream::add_credit(uint32_t delta) {
    if (delta > std::numeric_limits<uint32_t>::max() - send_window_) return false;
    send_window_ += delta;
    return true;
}

void YamuxStream::put(std::string_view bytes) {
    in_ += bytes;
    session_->unread += bytes.size();
    wake(Direction::read);
}

void YamuxStream::put_end() {
    peer_ended_ = true;
    wake(Direction::read);
}

void YamuxStream::cut(Error why) {
    known_ = false;
    if (cut_) return;
    cut_ = true;
    why_ = std::move(why);
    // Whoever is told first may destroy the stream.
    IoWaiter* writer = std::exchange(maybe_writer_, nullptr);
    IoWaiter* reader = std::exchange(maybe_reader_, nullptr);
    if (writer != nullptr) writer->on_ready();
    if (reader != nullptr) reader->on_ready();
}

void YamuxStream::wake(Direction direction) {
    if (IoWaiter* told = std::exchange(slot(direction), nullptr)) told->on_ready();
}

}  // namespace drover::net::detail
