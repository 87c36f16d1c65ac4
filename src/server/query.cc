// How calls run: the checks that all share, and reads that wait for the state to pass an index.
#include "server/server.h"

namespace drover::server {
namespace {

constexpr Duration kMaxWait = minutes(5);
constexpr Duration kHoldTimeout = seconds(5);     // for a leader to be found
constexpr Duration kLastWords = seconds(1);       // for who led before
constexpr Duration kAnswerTimeout = seconds(60);  // for another server to answer what does not wait

net::Task<Result<Message>> failed(Error error) { co_return fail(std::move(error)); }
net::Task<Result<Message>> done(Result<Message> result) { co_return result; }

std::string_view region_of(const Endpoint& endpoint, Message& request) {
    if (endpoint.query_options) return endpoint.query_options(request.get())->Region;
    if (endpoint.write_options) return endpoint.write_options(request.get())->Region;
    return {};
}

// The longest that a query waits: what it asks, cut, and up to a sixteenth more so that many do not return together.
Duration wait_of(const model::QueryOptions& options, Rng& rng) {
    Duration wait = options.MaxQueryTime.ns <= 0 ? kMaxWait : std::min(options.MaxQueryTime, kMaxWait);
    return wait + nanoseconds(static_cast<int64_t>(rng.below(static_cast<uint64_t>(wait.ns / 16 + 1))));
}

// How long another server may take over a call.
Duration wait_limit(const Endpoint& endpoint, Message& request) {
    const model::QueryOptions* options = endpoint.query_options ? endpoint.query_options(request.get()) : nullptr;
    if (!options || options->MinQueryIndex == 0) return kAnswerTimeout;
    const Duration wait = options->MaxQueryTime.ns <= 0 ? kMaxWait : std::min(options->MaxQueryTime, kMaxWait);
    return wait + wait / 16 + kAnswerTimeout;
}

// Between two looks for a leader.
Duration retry_pause(Rng& rng) { return milliseconds(static_cast<int64_t>(50 + rng.below(100))); }

}  // namespace

Server::Place Server::place_of(const Endpoint& endpoint, Message& request) const {
    const std::string_view region = region_of(endpoint, request);
    if (!region.empty() && region != config_.region) return {Place::Kind::region, std::string(region)};
    const bool stale = endpoint.query_options && endpoint.query_options(request.get())->AllowStale;
    if (stale || endpoint.access == Endpoint::Access::local || is_leader()) return {};
    return {Place::Kind::leader, config_.region};
}

net::Task<Result<Message>> Server::call(const Endpoint& endpoint, Message request, net::CancelToken cancel) {
    if (stopping_.cancelled()) return failed(Error::canceled("server is shutting down"));
    Place place = place_of(endpoint, request);
    if (place.kind == Place::Kind::here) return answer(endpoint, std::move(request), std::move(cancel));
    return forward(endpoint, std::move(request), std::move(place), std::move(cancel));
}

net::Task<Result<Message>> Server::answer(const Endpoint& endpoint, Message request, net::CancelToken cancel) {
    switch (endpoint.access) {
        case Endpoint::Access::local: return done(endpoint.local(endpoint.body, *this, request.get()));
        case Endpoint::Access::write: return endpoint.write(endpoint.body, leader_, std::move(request));
        case Endpoint::Access::read: break;
    }
    const model::QueryOptions* options = endpoint.query_options ? endpoint.query_options(request.get()) : nullptr;
    const bool stale = options && options->AllowStale;
    if (!stale && !log_->alone()) return confirmed_read(endpoint, std::move(request), std::move(cancel));
    if (!options || options->MinQueryIndex == 0) return done(evaluate(endpoint, store_.view(), request));
    return query(endpoint, std::move(request), std::move(cancel));
}

net::Task<Result<Result<>>> Server::confirm(net::CancelToken cancel) {
    auto [promise, future] = net::make_promise<Result<uint64_t>>(loop_);
    log_->barrier([p = std::move(promise)](Result<uint64_t> index) mutable { p.complete(std::move(index)); });
    auto confirmed = co_await future.wait({loop_.in(kHoldTimeout), std::move(cancel)});
    if (!confirmed) co_return fail(confirmed.error());
    co_return *confirmed ? Result<>{} : fail(confirmed->error());
}

net::Task<Result<Message>> Server::confirmed_read(const Endpoint& endpoint, Message request, net::CancelToken cancel) {
    auto confirmed = co_await confirm(cancel);
    if (!confirmed) co_return fail(confirmed.error());
    if (!*confirmed) {
        if (confirmed->error().code == ErrorCode::canceled) co_return fail(confirmed->error());
        if (auto slept = co_await loop_.sleep(retry_pause(rng_), cancel); !slept) co_return fail(slept.error());
        co_return co_await forward(endpoint, std::move(request), {Place::Kind::leader, config_.region}, cancel);
    }
    const model::QueryOptions* options = endpoint.query_options ? endpoint.query_options(request.get()) : nullptr;
    if (!options || options->MinQueryIndex == 0) co_return evaluate(endpoint, store_.view(), request);
    co_return co_await query(endpoint, std::move(request), std::move(cancel));
}

// To the leader, or to a server of the other region. While nobody leads, or the leader cannot be reached, it is tried
// again for a while; never once the other side may have done something.
net::Task<Result<Message>> Server::forward(const Endpoint& endpoint, Message request, Place place,
                                           net::CancelToken cancel) {
    const net::Deadline deadline = loop_.in(kHoldTimeout);
    const bool to_region = place.kind == Place::Kind::region;
    Error last = Error::internal(to_region ? "No path to region" : "No cluster leader");
    while (true) {
        if (!to_region && is_leader()) co_return co_await answer(endpoint, std::move(request), std::move(cancel));
        const std::string address = to_region ? routing_.server_of(place.region) : leader_address();
        if (to_region && address.empty()) co_return fail(last);
        if (!address.empty() && address != config_.rpc_address) {
            const bool safe_to_repeat = endpoint.access != Endpoint::Access::write;
            Forward sent{address, net::CancelSource(cancel)};
            if (!to_region) forwards_.push_back(&sent);
            RpcPort::Outcome outcome =
                co_await rpc_.call(address, endpoint, request,
                                   {loop_.in(wait_limit(endpoint, request)), sent.cancel.token()}, place.region);
            std::erase(forwards_, &sent);
            const bool no_leader =
                !outcome.answer && outcome.answered && outcome.answer.error().message == "No cluster leader";
            if (outcome.answered && !no_leader) co_return std::move(outcome.answer);
            last = outcome.answer.error();
            const bool unsent = last.message.starts_with("failed to get conn") || no_leader;
            if (!unsent && !safe_to_repeat) co_return fail(last);
        }
        if (cancel.cancelled()) co_return fail(cancel.reason());
        if (loop_.now() >= deadline.at) co_return fail(last);
        if (auto slept = co_await loop_.sleep(retry_pause(rng_), cancel); !slept) co_return fail(slept.error());
    }
}

// One that has handed over its leadership still answers; one that is gone does not.
net::Task<> Server::drop_stale_forwards() {
    if (auto slept = co_await loop_.sleep(kLastWords, group_.token()); !slept) co_return;
    const std::string leader = leader_address();
    if (leader.empty()) co_return;
    for (Forward* sent : forwards_) {
        if (sent->address != leader)
            sent->cancel.cancel(Error::unavailable("the leader was lost: whether the change was made is not known"));
    }
}

Result<Message> Server::evaluate(const Endpoint& endpoint, const state::View& view, const Message& request) const {
    Result<Message> answer = endpoint.read(endpoint.body, view, request.get());
    if (answer && endpoint.query_meta) {
        model::QueryMeta& meta = *endpoint.query_meta(answer->get());
        const raft::Leadership leadership = log_->leadership();
        meta.KnownLeader = !leadership.leader_id.empty();
        if (!leadership.is_leader) meta.LastContact = log_->stats().last_contact;
        // What a restore brought may be older than what clients have seen; it is news to them all the same.
        meta.Index = std::max(meta.Index, view.restored_at());
    }
    return answer;
}

net::Task<Result<Message>> Server::query(const Endpoint& endpoint, Message request, net::CancelToken cancel) {
    const model::QueryOptions& options = *endpoint.query_options(request.get());
    const net::Deadline deadline = loop_.in(wait_of(options, rng_));
    while (true) {
        state::View view = store_.view();
        state::WatchSet watched;
        Result<Message> answer = evaluate(endpoint, view.tracked(watched), request);
        const bool over = loop_.now() >= deadline.at;
        if (!answer || over || endpoint.query_meta(answer->get())->Index > options.MinQueryIndex) co_return answer;
        answer = Message();  // nothing is kept while it waits
        Result<> changed = co_await wait_for_change(std::move(watched), std::move(view), {deadline, cancel});
        if (!changed && changed.error().code != ErrorCode::timeout) co_return fail(changed.error());
    }
}

net::Task<Result<>> Server::wait_for_change(state::WatchSet watched, state::View view, net::Limit limit) {
    net::Event changed(loop_);
    std::optional<state::Watch> watch = store_.watch(watched, view, [changed]() mutable { changed.set(); });
    if (!watch)
        return [](net::Loop& loop) -> net::Task<Result<>> {
            co_await loop.yield();
            co_return Result<>{};
        }(loop_);
    return [](state::Watch, net::Event event, net::Limit until) -> net::Task<Result<>> {
        co_return co_await event.wait(std::move(until));
    }(std::move(*watch), changed, std::move(limit));
}

}  // namespace drover::server
