#include "net/rpc_pool.h"

#include <algorithm>

#include "base/log.h"
#include "net/signal.h"

namespace drover::net {

namespace {

constexpr char kTlsByte = 0x04, kStreamingByte = 0x05, kMultiplexByte = 0x06;

// Looks at times whether a session has become idle.
class IdleWatch final : Timer {
public:
    IdleWatch(std::shared_ptr<RpcSession> session, Duration timeout) : session_(std::move(session)), timeout_(timeout) {
        next();
    }

private:
    void next() { arm(session_->loop(), session_->loop().in(timeout_)); }
    void on_timer() override {
        session_->close_if_idle(timeout_);
        if (session_->alive()) next();
    }
    const std::shared_ptr<RpcSession> session_;
    const Duration timeout_;
};

}  // namespace

// A connection under way, and who waits for it.
struct RpcPool::Dial {
    explicit Dial(Loop& loop) : done(loop) {}
    Event done;
    Result<std::shared_ptr<RpcSession>> result;
};

RpcPool::RpcPool(Network& network, RpcPoolConfig config)
    : network_(network), config_(std::move(config)), group_(network.loop()) {}

RpcPool::~RpcPool() = default;

std::shared_ptr<RpcSession> RpcPool::usable(const RpcTarget& target) const {
    auto found = entries_.find(target);
    if (found == entries_.end() || !found->second.session || !found->second.session->usable()) return nullptr;
    return found->second.session;
}

Task<Result<std::string>> RpcPool::call(RpcTarget target, std::string method, std::string body, Limit limit) {
    std::shared_ptr<RpcSession> session = usable(target);
    if (!session) {
        auto made = co_await session_to(target, limit);
        if (!made) co_return fail(made.error());
        session = std::move(*made);
    }
    Result<std::string> answer = co_await session->call(std::move(method), std::move(body), std::move(limit));
    if (!answer && answer.error().code == ErrorCode::unavailable) session->retire();
    co_return answer;
}

Task<Result<std::unique_ptr<Stream>>> RpcPool::open_stream(RpcTarget target, std::string method, std::string request,
                                                           Limit limit) {
    if (config_.dial_for_streams) {
        auto connection = co_await connect(target, kStreamingByte, limit);
        if (!connection) co_return fail(connection.error().wrapped("failed to get conn: "));
        co_return co_await rpc_open_stream(std::move(*connection), {}, std::move(method), std::move(request),
                                           config_.session.limits, std::move(limit));
    }
    std::shared_ptr<RpcSession> session = usable(target);
    if (!session) {
        auto made = co_await session_to(target, limit);
        if (!made) co_return fail(made.error());
        session = std::move(*made);
    }
    auto stream = co_await session->open_stream(std::move(method), std::move(request), std::move(limit));
    if (!stream && stream.error().code == ErrorCode::unavailable) session->retire();
    co_return stream;
}

// Callers share one dial, which lasts as long as the pool allows and not as long as the first of them waits.
Task<Result<std::shared_ptr<RpcSession>>> RpcPool::session_to(RpcTarget target, Limit limit) {
    if (stopped_) co_return fail(Error::canceled("the pool has stopped"));
    auto found = entries_.find(target);
    if (found == entries_.end() && entries_.size() >= config_.max_sessions)
        co_return fail(Error::unavailable("failed to get conn: too many connections"));
    Entry& entry = entries_[target];
    std::shared_ptr<Dial> dial = entry.dial;
    if (!dial) {
        dial = entry.dial = std::make_shared<Dial>(network_.loop());
        entry.session = nullptr;
        group_.spawn(keep_session(target, dial));
    }
    Result<> waited = co_await dial->done.wait(std::move(limit));
    if (!waited) co_return fail(waited.error());
    if (!dial->result) co_return fail(dial->result.error().wrapped("failed to get conn: "));
    co_return dial->result;
}

Task<Result<std::unique_ptr<Stream>>> RpcPool::connect(RpcTarget target, char first_byte, Limit limit) {
    limit.deadline = std::min(limit.deadline, network_.loop().in(config_.dial_timeout));
    auto stream = co_await network_.dial(target.address, limit);
    if (!stream) co_return stream;
    if (config_.tls) {
        Result<> written = co_await (*stream)->write(std::string_view(&kTlsByte, 1), limit);
        if (!written) co_return fail(written.error());
        std::string name = target.tls_server_name.empty() ? config_.tls_server_name : target.tls_server_name;
        stream = co_await tls_connect(std::move(*stream), config_.tls, std::move(name), limit);
        if (!stream) co_return stream;
    }
    Result<> written = co_await (*stream)->write(std::string_view(&first_byte, 1), limit);
    if (!written) co_return fail(written.error());
    co_return stream;
}

// Dials, and tells those who wait. Nothing when it came to nothing.
Task<std::shared_ptr<RpcSession>> RpcPool::make_session(RpcTarget target, std::shared_ptr<Dial> dial) {
    auto stream = co_await connect(target, kMultiplexByte, {Deadline::never(), group_.token()});
    std::shared_ptr<RpcSession> session;
    if (!stream || stopped_) {
        dial->result = fail(stream ? Error::canceled("the pool has stopped") : stream.error());
        entries_.erase(target);
    } else {
        RpcPeer peer{target.address, config_.tls != nullptr, tls_peer_names(**stream), {}};
        session = RpcSession::make(std::move(*stream), YamuxSession::Role::client, ++last_id_, config_.session,
                                   config_.service, std::move(peer), sequence_);
        entries_[target] = {session, nullptr};
        running_[session->id()] = session;
        dial->result = session;
    }
    dial->done.set();
    co_return session;
}

Task<> RpcPool::keep_session(RpcTarget target, std::shared_ptr<Dial> dial) {
    const std::shared_ptr<RpcSession> session = co_await make_session(target, std::exchange(dial, nullptr));
    if (!session) co_return;
    const IdleWatch idle(session, config_.idle_timeout);
    const Error why = co_await session->run();
    running_.erase(session->id());
    auto found = entries_.find(target);
    if (found != entries_.end() && found->second.session == session) entries_.erase(found);
    Logger("rpc").debug("connection ended", {{"address", to_string(target.address)}, {"reason", why.message}});
}

void RpcPool::forget(const RpcTarget& target) {
    if (const auto session = usable(target)) session->retire();
}

Task<> RpcPool::stop() {
    stopped_ = true;
    const Error why = Error::canceled("the pool has stopped");
    group_.cancel(why);
    for (const auto& [id, session] : running_) session->close(why);
    co_await group_.join();
}

}  // namespace drover::net
