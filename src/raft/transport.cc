#include "raft/transport.h"

#include <deque>

#include "base/assert.h"

namespace drover::raft {
namespace {

constexpr size_t kReadBytes = 64 << 10;
constexpr size_t kWriteBytes = 1 << 20;  // of frames that go out in one write
constexpr size_t kMaxHello = 8 << 10;
constexpr size_t kSnapshotPiece = 256 << 10;
constexpr Duration kPulse = milliseconds(200);

// Reads exactly that many bytes.
net::Task<Result<>> read_exactly(net::Stream& stream, char* into, size_t size, net::Limit limit) {
    size_t have = 0;
    while (have < size) {
        Result<size_t> more = co_await stream.read_some({into + have, size - have}, limit);
        if (!more) co_return fail(more.error());
        if (*more == 0) co_return fail(Error::unavailable("the peer closed the connection"));
        have += *more;
    }
    co_return Result<>{};
}

// A frame of a conversation that is not under way yet: small, and alone on the stream.
net::Task<Result<Frame>> read_frame(net::Stream& stream, size_t max, net::Limit limit) {
    char head[kFrameHead];
    if (auto read = co_await read_exactly(stream, head, sizeof head, limit); !read) co_return fail(read.error());
    Result<size_t> size = frame_size({head, sizeof head});
    if (!size) co_return fail(size.error());
    if (*size > max) co_return fail(Error::bad_request("a frame of the log is too long"));
    auto body = std::make_shared<std::string>(*size, '\0');
    if (auto read = co_await read_exactly(stream, body->data(), *size, limit); !read) co_return fail(read.error());
    co_return decode_frame(std::move(body));
}

// Cuts frames out of what was read. Holds a buffer only while a frame is incomplete.
class FrameCutter {
public:
    void add(std::string_view bytes) { buffer_.append(bytes); }
    // The next whole frame, null if there is none yet.
    Result<std::shared_ptr<const std::string>> next() {
        const std::string_view rest = std::string_view(buffer_).substr(begin_);
        if (rest.size() < kFrameHead) return compact();
        Result<size_t> size = frame_size(rest);
        if (!size) return fail(size.error());
        if (rest.size() - kFrameHead < *size) return compact();
        begin_ += kFrameHead + *size;
        return std::make_shared<const std::string>(rest.substr(kFrameHead, *size));
    }

private:
    std::shared_ptr<const std::string> compact() {
        buffer_.erase(0, begin_);
        begin_ = 0;
        if (buffer_.empty() && buffer_.capacity() > kWriteBytes) std::string().swap(buffer_);
        return nullptr;
    }
    std::string buffer_;
    size_t begin_ = 0;
};

// What the receiving end says back, so that the sender knows that it is heard: a byte at most every kPulse.
struct Pulse {
    Duration last;
    bool owed = false;

    net::Deadline deadline() const { return owed ? net::Deadline{last + kPulse} : net::Deadline::never(); }
    Result<> beat(net::Stream& stream, Duration now) {
        if (!owed || now - last < kPulse) return {};
        last = now, owed = false;
        const std::string_view byte[] = {std::string_view("\1", 1)};
        auto wrote = stream.try_write(byte);
        if (!wrote) return fail(wrote.error());
        return {};
    }
};

}  // namespace

struct Transport::Link {
    Link(uint64_t n, net::Loop& loop) : number(n), work(loop) {}
    const uint64_t number;
    std::deque<std::string> queue;
    size_t bytes = 0;
    net::Notify work;
    bool ending = false;
    Duration first_unanswered{INT64_MAX};  // when the oldest frame was written that no pulse has followed
};

Transport::Transport(TransportConfig config, TransportHost& host, net::Loop& loop, net::Network& network)
    : config_(std::move(config)), host_(host), loop_(loop), network_(network), group_(loop) {}

Transport::~Transport() = default;

net::Task<> Transport::stop() {
    group_.cancel(Error::canceled("the log stops"));
    for (auto& [number, link] : links_) link->work.notify();
    co_await group_.join();
    links_.clear();
}

size_t Transport::queued_bytes(uint64_t peer) const {
    const auto found = links_.find(peer);
    return found == links_.end() ? 0 : found->second->bytes;
}

void Transport::send(uint64_t to, std::string frame) {
    if (group_.token().cancelled()) return;
    std::shared_ptr<Link>& link = links_[to];
    if (!link || link->ending) {
        link = std::make_shared<Link>(to, loop_);
        group_.spawn(run_link(link));
    }
    // A frame always fits an empty queue, so that the largest entry gets through.
    if (link->bytes > 0 && link->bytes + frame.size() > config_.max_queued_bytes) return;
    link->bytes += frame.size();
    link->queue.push_back(std::move(frame));
    link->work.notify();
}

void Transport::forget(uint64_t peer) {
    const auto found = links_.find(peer);
    if (found == links_.end()) return;
    found->second->ending = true;
    found->second->work.notify();
    links_.erase(found);
}

net::Task<> Transport::run_link(std::shared_ptr<Link> link) {
    const net::CancelToken cancel = group_.token();
    bool told = false;
    while (!cancel.cancelled()) {
        if (link->queue.empty()) {
            if (link->ending) co_return;
            (void)co_await link->work.wait({net::Deadline::never(), cancel});
            continue;
        }
        auto stream = co_await open(link->number, Hello::Purpose::messages, cancel);
        Result<> ended = stream ? Result<>{} : fail(stream.error());
        if (stream) {
            if (told) log_.info("connected again", {{"address", net::to_string((*stream)->peer())}});
            told = false;
            ended = co_await serve_link(link, **stream);
        }
        if (!ended && !told && !cancel.cancelled()) {
            log_.warn("no connection to a server",
                      {{"address", host_.address_of(link->number)}, {"error", ended.error().message}});
            told = true;
        }
        // What waited is stale: the engine asks again for what is still needed.
        link->queue.clear(), link->bytes = 0;
        if (link->ending) co_return;
        (void)co_await loop_.sleep(config_.redial, cancel);
    }
}

net::Task<Result<std::unique_ptr<net::Stream>>> Transport::open(uint64_t to, Hello::Purpose purpose,
                                                                net::CancelToken cancel) {
    const std::string text = host_.address_of(to);
    auto address = net::parse_address(text);
    if (!address) co_return fail(Error::unavailable("the server's address is not known"));
    const net::Limit limit{loop_.in(config_.dial_timeout), cancel};
    auto stream = co_await network_.dial(std::move(*address), limit);
    if (!stream) co_return fail(stream.error());
    const char first = config_.maybe_client_tls ? kRaftTlsByte : kRaftByte;
    if (auto wrote = co_await (*stream)->write(std::string_view(&first, 1), limit); !wrote)
        co_return fail(wrote.error());
    if (config_.maybe_client_tls) {
        auto secured = co_await net::tls_connect(std::move(*stream), config_.maybe_client_tls, config_.tls_server_name,
                                                 {loop_.in(config_.hello_timeout), cancel});
        if (!secured) co_return fail(secured.error());
        stream = std::move(secured);
    }
    Hello hello = config_.self;
    hello.purpose = purpose;
    const std::string bytes = encode(hello);
    if (auto wrote = co_await (*stream)->write(std::string_view(bytes), limit); !wrote) co_return fail(wrote.error());
    Result<Frame> answer = co_await read_frame(**stream, kMaxHello, {loop_.in(config_.hello_timeout), cancel});
    if (!answer) co_return fail(answer.error());
    const auto* greeting = std::get_if<HelloAnswer>(&*answer);
    if (greeting == nullptr) co_return fail(Error::unavailable("the server answered something else"));
    if (!greeting->refusal.empty()) co_return fail(Error::denied().wrapped(greeting->refusal + ": "));
    if (!greeting->cluster_id.empty()) host_.learn_cluster(greeting->cluster_id);
    co_return std::move(*stream);
}

net::Task<Result<>> Transport::serve_link(std::shared_ptr<Link> link, net::Stream& stream) {
    net::TaskGroup watching(loop_, group_.token());
    link->first_unanswered = Duration{INT64_MAX};
    watching.spawn(watch_link(link, stream, watching.token()));
    Result<> result;
    std::vector<std::string> out;
    std::vector<std::string_view> parts;
    while (true) {
        out.clear(), parts.clear();
        size_t size = 0;
        while (!link->queue.empty() && (out.empty() || size + link->queue.front().size() <= kWriteBytes)) {
            size += link->queue.front().size();
            out.push_back(std::move(link->queue.front()));
            link->queue.pop_front();
        }
        if (out.empty()) {
            if (link->ending) break;
            auto woken = co_await link->work.wait({net::Deadline::never(), watching.token()});
            if (!woken) {
                result = fail(woken.error());
                break;
            }
            continue;
        }
        for (const std::string& frame : out) parts.emplace_back(frame);
        if (link->first_unanswered.ns == INT64_MAX) link->first_unanswered = loop_.now();
        result = co_await stream.write(parts, {loop_.in(config_.stall_timeout), watching.token()});
        link->bytes -= std::min(link->bytes, size);
        if (!result) break;
    }
    stream.close();
    watching.cancel();
    co_await watching.join();
    co_return result;
}

// The peer sends a byte now and then while it hears us. Without any, what is written goes nowhere.
net::Task<> Transport::watch_link(std::shared_ptr<Link> link, net::Stream& stream, net::CancelToken cancel) {
    char pulses[64];
    while (!cancel.cancelled()) {
        const Duration since = std::min(link->first_unanswered, loop_.now());
        Result<size_t> got = co_await stream.read_some(pulses, {net::Deadline{since + config_.stall_timeout}, cancel});
        if (got && *got > 0) {
            link->first_unanswered = Duration{INT64_MAX};
            continue;
        }
        const bool idle = !got && got.error().code == ErrorCode::timeout &&
                          loop_.now() - std::min(link->first_unanswered, loop_.now()) < config_.stall_timeout;
        if (idle) continue;
        stream.close();
        link->work.notify();
        co_return;
    }
}

void Transport::accept(std::unique_ptr<net::Stream> stream, bool tls) {
    if (group_.token().cancelled() || accepted_ >= config_.max_connections) return;
    group_.spawn(run_accepted(std::move(stream), tls));
}

net::Task<> Transport::run_accepted(std::unique_ptr<net::Stream> stream, bool tls) {
    ++accepted_;
    const std::string peer = net::to_string(stream->peer());
    if (tls != (config_.maybe_server_tls != nullptr)) {
        log_.warn("refused a connection of the log", {{"peer", peer}, {"reason", "TLS is on for one side only"}});
    } else {
        Result<std::unique_ptr<net::Stream>> ready = std::move(stream);
        if (tls) {
            ready = co_await net::tls_accept(std::move(*ready), config_.maybe_server_tls,
                                             {loop_.in(config_.hello_timeout), group_.token()});
        }
        Result<> ended = ready ? Result<>{} : fail(ready.error());
        if (ready) ended = co_await serve_accepted(**ready);
        if (!ended && !group_.token().cancelled() && ended.error().code != ErrorCode::unavailable)
            log_.warn("a connection of the log ended", {{"peer", peer}, {"reason", ended.error().message}});
    }
    --accepted_;
}

net::Task<Result<>> Transport::serve_accepted(net::Stream& stream) {
    const net::Limit limit{loop_.in(config_.hello_timeout), group_.token()};
    Result<Frame> first = co_await read_frame(stream, kMaxHello, limit);
    if (!first) co_return fail(first.error());
    const Hello* hello = std::get_if<Hello>(&*first);
    if (hello == nullptr) co_return fail(Error::bad_request("the first frame is no hello"));
    Result<> admitted = host_.admit(*hello);
    const std::string answer =
        encode(HelloAnswer{admitted ? std::string() : admitted.error().message, config_.self.cluster_id});
    if (auto wrote = co_await stream.write(std::string_view(answer), limit); !wrote) co_return fail(wrote.error());
    if (!admitted) co_return fail(Error::bad_request(admitted.error().message));
    if (hello->purpose == Hello::Purpose::messages) co_return co_await read_messages(stream, *hello);
    Result<Frame> second = co_await read_frame(stream, kMaxHello, {loop_.in(config_.hello_timeout), group_.token()});
    if (!second) co_return fail(second.error());
    const SnapshotHead* head = std::get_if<SnapshotHead>(&*second);
    if (head == nullptr) co_return fail(Error::bad_request("a snapshot has no head"));
    co_await host_.on_snapshot(server_number(hello->server_id), hello->address, *head, stream, group_.token());
    co_return Result<>{};
}

net::Task<Result<>> Transport::read_messages(net::Stream& stream, Hello hello) {
    const uint64_t from = server_number(hello.server_id);
    FrameCutter cutter;
    Pulse pulse{loop_.now()};
    std::vector<char> bytes(kReadBytes);
    while (true) {
        auto ready = co_await stream.ready(net::Direction::read, {pulse.deadline(), group_.token()});
        if (!ready && ready.error().code != ErrorCode::timeout) co_return fail(ready.error());
        if (auto beaten = pulse.beat(stream, loop_.now()); !beaten) co_return fail(beaten.error());
        if (!ready) continue;
        Result<std::optional<size_t>> got = stream.try_read(bytes);
        if (!got) co_return fail(got.error());
        if (!*got) continue;
        if (**got == 0) co_return Result<>{};
        cutter.add({bytes.data(), **got});
        pulse.owed = true;
        while (true) {
            auto frame = cutter.next();
            if (!frame) co_return fail(frame.error());
            if (!*frame) break;
            Result<Frame> decoded = decode_frame(std::move(*frame));
            if (!decoded) co_return fail(decoded.error());
            host_.on_frame(from, hello.server_id + " " + hello.address, std::move(*decoded));
        }
    }
}

net::Task<Result<>> Transport::send_snapshot(uint64_t to, SnapshotHead head, std::shared_ptr<SnapshotFile> file) {
    const net::CancelToken cancel = group_.token();
    auto stream = co_await open(to, Hello::Purpose::snapshot, cancel);
    if (!stream) co_return fail(stream.error());
    head.bytes = file->info().bytes;
    const std::string begin = encode(head);
    if (auto wrote = co_await (*stream)->write(std::string_view(begin), {loop_.in(config_.stall_timeout), cancel});
        !wrote)
        co_return fail(wrote.error());
    uint64_t offset = 0;
    while (offset < head.bytes) {
        auto piece = co_await net::run_blocking(loop_, [file, offset]() -> Result<std::string> {
            std::string bytes(kSnapshotPiece, '\0');
            auto got = file->read_at(offset, bytes);
            if (!got) return fail(got.error());
            bytes.resize(*got);
            return bytes;
        });
        if (!piece) co_return fail(piece.error());
        if (piece->empty()) co_return fail(Error::internal("the snapshot's file is shorter than it was"));
        auto wrote = co_await (*stream)->write(std::string_view(*piece), {loop_.in(kSnapshotStall), cancel});
        if (!wrote) co_return fail(wrote.error());
        offset += piece->size();
    }
    // The receiver closes when it has taken the file over. One that is gone never does, and must be asked anew soon.
    char byte = 0;
    auto closed = co_await (*stream)->read_some({&byte, 1}, {loop_.in(kSnapshotStall), cancel});
    if (!closed) co_return fail(closed.error());
    co_return Result<>{};
}

}  // namespace drover::raft
