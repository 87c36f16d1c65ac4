// How calls run: the checks that all share, and reads that wait for the state to pass an index.
#include "codec/msgpack.h"
#include "server/server.h"

namespace drover::server {
namespace {

constexpr Duration kMaxWait = minutes(5);

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

}  // namespace

Result<> Server::check(const Endpoint& endpoint, Message& request) const {
    std::string_view region = region_of(endpoint, request);
    if (!region.empty() && region != config_.region) return fail(Error::internal("No path to region"));
    const bool stale = endpoint.query_options && endpoint.query_options(request.get())->AllowStale;
    if (!stale && endpoint.access != Endpoint::Access::local && !is_leader())
        return fail(Error::internal("No cluster leader"));
    return {};
}

net::Task<Result<Message>> Server::call(const Endpoint& endpoint, Message request, net::CancelToken cancel) {
    if (stopping_.cancelled()) return failed(Error::canceled("server is shutting down"));
    if (auto checked = check(endpoint, request); !checked) return failed(checked.error());
    switch (endpoint.access) {
        case Endpoint::Access::local: return done(endpoint.local(endpoint.body, *this, request.get()));
        case Endpoint::Access::write: return endpoint.write(endpoint.body, leader_, std::move(request));
        case Endpoint::Access::read: break;
    }
    const model::QueryOptions* options = endpoint.query_options ? endpoint.query_options(request.get()) : nullptr;
    if (!options || options->MinQueryIndex == 0) return done(evaluate(endpoint, store_.view(), request));
    return query(endpoint, std::move(request), std::move(cancel));
}

Result<Message> Server::evaluate(const Endpoint& endpoint, const state::View& view, const Message& request) const {
    Result<Message> answer = endpoint.read(endpoint.body, view, request.get());
    if (answer && endpoint.query_meta) endpoint.query_meta(answer->get())->KnownLeader = true;
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

net::Task<Result<std::string>> Server::call_encoded(std::string_view name, std::string_view request,
                                                    net::CancelToken cancel) {
    const Endpoint* endpoint = find_endpoint(name);
    if (!endpoint) co_return fail(Error::internal("rpc: can't find method " + std::string(name)));
    Message decoded = endpoint->make_request();
    if (auto read = codec::read_msgpack(request, decoded.type(), decoded.get()); !read) co_return fail(read.error());
    Result<Message> answer = co_await call(*endpoint, std::move(decoded), std::move(cancel));
    if (!answer) co_return fail(answer.error());
    std::string bytes;
    codec::append_msgpack(bytes, answer->type(), answer->get());
    co_return bytes;
}

}  // namespace drover::server
