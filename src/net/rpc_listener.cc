#include "net/rpc_listener.h"

#include "base/log.h"

namespace drover::net {

namespace {

constexpr uint8_t kRpc = 0x01, kMultiplexV1 = 0x03, kTls = 0x04, kStreaming = 0x05, kMultiplexV2 = 0x06;
constexpr Duration kAcceptPause = milliseconds(100);

// An end that belongs to life, and not one that somebody should look at.
bool is_ordinary(const Error& why) { return why.code == ErrorCode::canceled || why.message == "EOF"; }

}  // namespace

// A connection whose protocol is known. No stream: it was closed.
struct RpcListener::Opened {
    std::unique_ptr<Stream> stream;
    uint8_t first = 0;
    RpcPeer peer;
};

RpcListener::RpcListener(Loop& loop, RpcListenerConfig config)
    : loop_(loop), config_(std::move(config)), pending_(std::make_shared<PendingBytes>()), group_(loop) {}

RpcListener::~RpcListener() = default;

void RpcListener::serve(std::unique_ptr<Listener> listener) {
    listeners_.push_back(std::move(listener));
    ++accepting_;
    group_.spawn(accept_all(*listeners_.back()));
}

void RpcListener::serve(std::unique_ptr<Stream> stream) { group_.spawn(run_connection(std::move(stream))); }

Task<> RpcListener::stop() {
    stopped_ = true;
    const Error why = Error::canceled("the agent stops");
    for (const auto& listener : listeners_) listener->close();
    group_.cancel(why);
    for (const auto& [id, session] : sessions_) session->close(why);
    co_await group_.join();
}

Task<> RpcListener::accept_all(Listener& listener) {
    while (!stopped_) {
        auto stream = co_await listener.accept({Deadline::never(), group_.token()});
        if (stream) {
            group_.spawn(run_connection(std::move(*stream)));
            continue;
        }
        if (stream.error().code == ErrorCode::canceled) break;
        log_.warn("cannot accept a connection", {{"error", stream.error().message}});
        Result<> slept = co_await loop_.sleep(kAcceptPause, group_.token());
        if (!slept) break;
    }
    --accepting_;
}

Task<> RpcListener::run_connection(std::unique_ptr<Stream> stream) {
    const Address from = stream->peer();
    const bool limited = config_.limits && from.kind == Address::Kind::tcp;
    if (limited && !config_.limits->all.enter(from.host)) {
        log_.warn("too many connections of one address", {{"address", from.host}});
        co_return;
    }
    Opened opened = co_await open(std::move(stream));
    if (opened.stream) co_await dispatch(std::move(opened));
    if (limited) config_.limits->all.leave(from.host);
}

Task<Result<uint8_t>> RpcListener::first_byte(Stream& stream) {
    char byte = 0;
    Result<size_t> n = co_await stream.read_some({&byte, 1}, {loop_.in(config_.handshake_timeout), group_.token()});
    if (!n) co_return fail(n.error());
    if (*n == 0) co_return fail(Error::unavailable("EOF"));
    co_return static_cast<uint8_t>(byte);
}

bool RpcListener::may_be_plain(uint8_t first) const {
    if (!config_.tls_required) return true;
    auto raw = config_.raw.find(first);
    return raw != config_.raw.end() && raw->second.secures_itself;
}

Task<RpcListener::Opened> RpcListener::open(std::unique_ptr<Stream> stream) {
    Opened opened;
    opened.peer.address = stream->peer();
    Result<uint8_t> first = co_await first_byte(*stream);
    if (first && *first == kTls && config_.tls) {
        auto secured =
            co_await tls_accept(std::move(stream), config_.tls, {loop_.in(config_.handshake_timeout), group_.token()});
        if (!secured) {
            log_.warn("TLS handshake failed",
                      {{"address", to_string(opened.peer.address)}, {"error", secured.error().message}});
            co_return opened;
        }
        stream = std::move(*secured);
        opened.peer.tls = true;
        opened.peer.tls_names = tls_peer_names(*stream);
        first = co_await first_byte(*stream);
    } else if (first && !may_be_plain(*first)) {
        log_.warn("connection without TLS refused", {{"address", to_string(opened.peer.address)}});
        co_return opened;
    }
    if (!first) co_return opened;
    opened.first = *first;
    opened.stream = std::move(stream);
    co_return opened;
}

Task<> RpcListener::dispatch(Opened opened) {
    switch (opened.first) {
        case kRpc: return run_plain(std::move(opened.stream), std::move(opened.peer));
        case kMultiplexV1: return run_session(make_session(std::move(opened), false));
        case kMultiplexV2: return run_session(make_session(std::move(opened), true));
        case kStreaming: return run_streaming(std::move(opened.stream), std::move(opened.peer));
        default: return run_raw(std::move(opened));
    }
}

Task<> RpcListener::run_raw(Opened opened) {
    auto raw = config_.raw.find(opened.first);
    if (raw != config_.raw.end() && !opened.peer.tls) {
        raw->second.handler(std::move(opened.stream));
    } else {
        log_.warn("connection of an unknown protocol",
                  {{"address", to_string(opened.peer.address)}, {"first_byte", static_cast<int>(opened.first)}});
    }
    co_return;
}

Task<> RpcListener::run_plain(std::unique_ptr<Stream> stream, RpcPeer peer) {
    PendingBytes pending(pending_);
    co_await serve_rpc(*stream, config_.service, std::make_shared<const RpcPeer>(std::move(peer)),
                       config_.session.limits, pending, group_.token());
}

Task<> RpcListener::run_streaming(std::unique_ptr<Stream> stream, RpcPeer peer) {
    const std::string host = peer.address.host;
    const bool limited = config_.limits && peer.address.kind == Address::Kind::tcp;
    if (limited && !config_.limits->streaming.enter(host)) {
        log_.warn("too many streaming connections of one address", {{"address", host}});
        co_return;
    }
    PendingBytes pending(pending_);
    co_await serve_rpc_stream(std::move(stream), config_.service, std::make_shared<const RpcPeer>(std::move(peer)),
                              config_.session.limits, pending, group_.token());
    if (limited) config_.limits->streaming.leave(host);
}

std::shared_ptr<RpcSession> RpcListener::make_session(Opened opened, bool typed_streams) {
    RpcSessionConfig config = config_.session;
    config.typed_streams = typed_streams;
    config.maybe_all_pending = pending_;
    return RpcSession::make(std::move(opened.stream), YamuxSession::Role::server, ++last_id_, config, config_.service,
                            std::move(opened.peer), sequence_);
}

Task<> RpcListener::run_session(std::shared_ptr<RpcSession> session) {
    if (stopped_) co_return;
    sessions_[session->id()] = session;
    const Error why = co_await session->run();
    sessions_.erase(session->id());
    const std::string from = to_string(session->peer().address);
    if (is_ordinary(why))
        log_.debug("session ended", {{"address", from}, {"reason", why.message}});
    else
        log_.warn("session ended", {{"address", from}, {"reason", why.message}});
}

}  // namespace drover::net
