#include "load/fleet.h"

#include "load/objects.h"

namespace drover::load {
namespace {

constexpr char kMultiplexByte = 6;
constexpr Duration kLongestPoll = minutes(5);

}  // namespace

Fleet::Fleet(net::Network& network, ServerCalls& calls, const Options& options, Rng& rng)
    : network_(network), loop_(network.loop()), calls_(calls), options_(options), group_(network.loop()) {
    members_.reserve(static_cast<size_t>(options.nodes));
    for (int number = 0; number < options.nodes; ++number) members_.push_back({make_node(number, rng), {}, {}, {}});
}

Fleet::~Fleet() = default;

template <class Response, class Request>
net::Task<Result<Response>> Fleet::call(Member& member, std::string method, Request request) {
    request.Region = "global";
    request.AuthToken = member.token;
    if (!member.session) co_return co_await calls_.call<Response>(std::move(method), std::move(request));
    const net::Limit limit{loop_.in(minutes(10)), group_.token()};
    auto body = co_await member.session->call(std::move(method), codec::to_msgpack(request), limit);
    if (!body) co_return fail(body.error());
    co_return codec::from_msgpack<Response>(*body);
}

net::Task<Result<>> Fleet::join(Member& member) {
    model::NodeRegisterRequest request;
    request.Node = std::make_shared<model::Node>(member.node);
    auto answer = co_await call<model::NodeUpdateResponse>(member, "Node.Register", std::move(request));
    if (!answer) co_return fail(answer.error());
    member.token = answer->SignedIdentity.value_or(member.node.SecretID);
    co_return co_await say_ready(member);
}

net::Task<Result<>> Fleet::say_ready(Member& member) {
    model::NodeUpdateStatusRequest request;
    request.NodeID = member.node.ID;
    request.Status = "ready";
    auto answer = co_await call<model::NodeUpdateResponse>(member, "Node.UpdateStatus", std::move(request));
    if (!answer) co_return fail(answer.error());
    member.ttl = answer->HeartbeatTTL.ns > 0 ? answer->HeartbeatTTL : seconds(10);
    if (answer->SignedIdentity) member.token = *answer->SignedIdentity;
    co_return Result<>{};
}

net::Task<Result<>> Fleet::join_pooled(int number) {
    Member& member = members_[static_cast<size_t>(number)];
    auto joined = co_await join(member);
    if (joined && options_.heartbeats) group_.spawn(keep_alive(member));
    co_return joined;
}

net::Task<Result<>> Fleet::join_connected(int number) {
    Member& member = members_[static_cast<size_t>(number)];
    const net::Limit limit{loop_.in(minutes(1)), group_.token()};
    auto stream = co_await network_.dial(options_.rpc, limit);
    if (!stream) co_return fail(stream.error());
    auto written = co_await (*stream)->write(std::string_view(&kMultiplexByte, 1), limit);
    if (!written) co_return written;
    member.session =
        net::RpcSession::make(std::move(*stream), net::YamuxSession::Role::client, static_cast<uint64_t>(number) + 1,
                              session_config_, no_service_, {options_.rpc, false, {}, {}}, sequence_);
    group_.spawn(run_session(member.session));
    auto joined = co_await join(member);
    if (!joined) co_return joined;
    group_.spawn(keep_alive(member));
    group_.spawn(poll(member));
    co_return joined;
}

net::Task<> Fleet::run_session(std::shared_ptr<net::RpcSession> session) {
    (void)co_await session->run();
    if (!group_.token().cancelled()) ++lost_;
}

net::Task<> Fleet::keep_alive(Member& member) {
    while (co_await loop_.sleep(member.ttl, group_.token())) {
        if (!co_await say_ready(member)) co_return;
        ++heartbeats_;
    }
}

net::Task<> Fleet::poll(Member& member) {
    model::NodeSpecificRequest request;
    request.NodeID = member.node.ID;
    request.SecretID = member.node.SecretID;
    while (!group_.token().cancelled()) {
        auto answer = co_await call<model::NodeClientAllocsResponse>(member, "Node.GetClientAllocs", request);
        if (!answer) co_return;
        ++polls_;
        request.AllowStale = true;
        request.MinQueryIndex = std::max<uint64_t>(answer->Index, 1);
        request.MaxQueryTime = kLongestPoll;
    }
}

net::Task<> Fleet::stop() {
    const Error why = Error::canceled("the load has ended");
    group_.cancel(why);
    for (Member& member : members_) {
        if (member.session) member.session->close(why);
    }
    co_await group_.join();
}

}  // namespace drover::load
