#include "net/rpc_session.h"

namespace drover::net {

namespace {

constexpr char kRpcByte = 0x01, kStreamingByte = 0x05;

}  // namespace

// A stream of ours that carries calls, and what reads its answers.
struct RpcSession::CallStream {
    CallStream(std::unique_ptr<Stream> s, const RpcLimits& limits, PendingBytes& pending)
        : stream(std::move(s)), reader(*stream, limits, pending) {}
    std::unique_ptr<Stream> stream;
    RpcReader reader;
};

// A call under way.
struct RpcSession::Use {
    explicit Use(std::shared_ptr<RpcSession> s) : session(std::move(s)) { ++session->calls_; }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use() {
        --session->calls_;
        session->last_used_ = session->loop().now();
        if (session->retired_) session->close_if_idle({});
    }
    const std::shared_ptr<RpcSession> session;
};

RpcSession::RpcSession(std::unique_ptr<Stream> stream, YamuxSession::Role role, uint64_t id,
                       const RpcSessionConfig& config, const RpcService& service, uint64_t& sequence)
    : yamux_(std::move(stream), role, config.yamux),
      id_(id),
      config_(config),
      service_(service),
      sequence_(sequence),
      pending_(config.maybe_all_pending),
      group_(yamux_.loop()),
      last_used_(yamux_.loop().now()) {}

RpcSession::~RpcSession() = default;

std::shared_ptr<RpcSession> RpcSession::make(std::unique_ptr<Stream> stream, YamuxSession::Role role, uint64_t id,
                                             const RpcSessionConfig& config, const RpcService& service, RpcPeer peer,
                                             uint64_t& sequence) {
    std::shared_ptr<RpcSession> session(new RpcSession(std::move(stream), role, id, config, service, sequence));
    peer.session = SessionRef(session);
    session->peer_ = std::make_shared<const RpcPeer>(std::move(peer));
    return session;
}

Task<Error> RpcSession::run() {
    const std::shared_ptr<RpcSession> self = shared_from_this();
    group_.spawn(accept_all());
    Error why = co_await yamux_.run();
    kept_.clear();
    group_.cancel(why);
    co_await group_.join();
    for (const auto& hook : std::exchange(hooks_, {})) hook(why);
    co_return why;
}

bool RpcSession::on_end(std::function<void(const Error&)> hook) {
    if (!alive()) return false;
    hooks_.push_back(std::move(hook));
    return true;
}

void RpcSession::retire() {
    retired_ = true;
    kept_.clear();
    close_if_idle({});
}

void RpcSession::close_if_idle(Duration timeout) {
    const Duration now = loop().now();
    if (!idle()) {
        last_used_ = now;
    } else if (retired_) {
        close(Error::canceled("a stream of it broke"));
    } else if (now - last_used_ >= timeout) {
        close(Error::canceled("idle"));
    }
}

// --- calls of the peer

Task<> RpcSession::accept_all() {
    for (;;) {
        auto stream = co_await yamux_.accept({});
        if (!stream) co_return;
        group_.spawn(serve(std::move(*stream)));
    }
}

Task<Result<char>> RpcSession::kind_of(Stream& stream) {
    char kind = kRpcByte;
    if (!config_.typed_streams) co_return kind;
    Result<size_t> n = co_await stream.read_some({&kind, 1}, {Deadline::never(), group_.token()});
    if (!n) co_return fail(n.error());
    if (*n == 0) co_return fail(Error::unavailable("EOF"));
    co_return kind;
}

Task<> RpcSession::serve(std::unique_ptr<Stream> stream) {
    Result<char> kind = co_await kind_of(*stream);
    if (!kind) co_return;
    if (*kind == kRpcByte) {
        co_await serve_rpc(*stream, service_, peer_, config_.limits, pending_, group_.token());
    } else if (*kind == kStreamingByte) {
        co_await serve_rpc_stream(std::move(stream), service_, peer_, config_.limits, pending_, group_.token());
    } else {
        const int shown = static_cast<uint8_t>(*kind);
        close(Error::unavailable("the peer opened a stream of unknown kind " + std::to_string(shown)));
    }
    last_used_ = loop().now();
}

// --- calls of ours

std::unique_ptr<RpcSession::CallStream> RpcSession::take_kept() {
    while (!kept_.empty()) {
        std::unique_ptr<CallStream> stream = std::move(kept_.back());
        kept_.pop_back();
        // One that the peer has ended, or on which it spoke unasked, is of no use.
        char byte;
        Result<std::optional<size_t>> n = stream->stream->try_read({&byte, 1});
        if (n && !*n) return stream;
    }
    return nullptr;
}

void RpcSession::keep(std::unique_ptr<CallStream> stream) {
    if (usable() && kept_.size() < config_.kept_streams && stream->reader.take_rest().empty())
        kept_.push_back(std::move(stream));
}

Task<Result<std::string>> RpcSession::call(std::string method, std::string body, Limit limit) {
    return call_on(shared_from_this(), std::move(method), std::move(body), std::move(limit));
}

Task<Result<std::string>> RpcSession::call_on(Shared self, std::string method, std::string body, Limit limit) {
    const Use use(self);
    std::unique_ptr<CallStream> stream = self->take_kept();
    std::string_view preamble;
    if (!stream) {
        auto opened = co_await self->yamux_.open(limit);
        if (!opened) co_return fail(opened.error().wrapped("failed to start stream: "));
        stream = std::make_unique<CallStream>(std::move(*opened), self->config_.limits, self->pending_);
        if (self->config_.typed_streams) preamble = std::string_view(&kRpcByte, 1);
    }
    Result<std::string> answer =
        co_await rpc_call(*stream->stream, stream->reader, preamble, ++self->sequence_, method, body, std::move(limit));
    if (answer) self->keep(std::move(stream));
    co_return answer;
}

Task<Result<std::unique_ptr<Stream>>> RpcSession::open_stream(std::string method, std::string request, Limit limit) {
    return open_stream_on(shared_from_this(), std::move(method), std::move(request), std::move(limit));
}

Task<Result<std::unique_ptr<Stream>>> RpcSession::open_stream_on(Shared self, std::string method, std::string request,
                                                                 Limit limit) {
    const Use use(self);
    if (!self->config_.typed_streams) co_return fail(Error::unavailable("this connection has no streaming calls"));
    auto opened = co_await self->yamux_.open(limit);
    if (!opened) co_return fail(opened.error().wrapped("failed to start stream: "));
    co_return co_await rpc_open_stream(std::move(*opened), std::string_view(&kStreamingByte, 1), std::move(method),
                                       std::move(request), self->config_.limits, std::move(limit));
}

// --- the reference

SessionRef::SessionRef(const std::shared_ptr<RpcSession>& session) : session_(session), id_(session->id()) {}

bool SessionRef::alive() const {
    const auto session = session_.lock();
    return session && session->alive();
}

namespace {

template <class T>
Task<Result<T>> ended() {
    co_return fail(Error::unavailable("the session has ended"));
}

}  // namespace

Task<Result<std::string>> SessionRef::call(std::string method, std::string body, Limit limit) const {
    const auto session = session_.lock();
    if (!session) return ended<std::string>();
    return session->call(std::move(method), std::move(body), std::move(limit));
}

Task<Result<std::unique_ptr<Stream>>> SessionRef::open_stream(std::string method, std::string request,
                                                              Limit limit) const {
    const auto session = session_.lock();
    if (!session) return ended<std::unique_ptr<Stream>>();
    return session->open_stream(std::move(method), std::move(request), std::move(limit));
}

bool SessionRef::on_end(std::function<void(const Error&)> hook) const {
    const auto session = session_.lock();
    return session && session->on_end(std::move(hook));
}

}  // namespace drover::net
