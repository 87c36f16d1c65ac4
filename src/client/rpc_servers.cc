#include "client/rpc_servers.h"

#include <algorithm>

#include "codec/msgpack.h"
#include "model/rpc_text.h"

namespace drover::client {
namespace {

constexpr std::string_view kDefaultPort = "4647";
constexpr Duration kHoldTimeout = seconds(5);   // for some server to answer
constexpr Duration kShuffleEvery = minutes(5);  // and up to as much again
constexpr int64_t kRetryPauseMs = 310;          // at most

// "host", "host:port", "[::1]", "[::1]:port" -> with a port.
std::string with_port(std::string address) {
    const bool bracketed = address.starts_with('[');
    const bool has_port = bracketed ? address.find("]:") != std::string::npos : address.find(':') != std::string::npos;
    return has_port ? address : address + ":" + std::string(kDefaultPort);
}

// Whether another server may do better: nothing was answered, or only that nobody leads.
bool worth_another(const Error& error) {
    if (error.code == ErrorCode::internal) return error.message.ends_with("No cluster leader");
    return error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout;
}

// Whether a server may have got what failed so.
bool was_sent(const Error& error) {
    return !error.message.starts_with("failed to get conn") && !error.message.starts_with("failed to start stream");
}

}  // namespace

RpcServers::RpcServers(RpcServersConfig config, net::RpcPool& pool, net::Loop& loop, Rng& rng)
    : config_(std::move(config)), pool_(pool), loop_(loop), rng_(rng) {
    for (const std::string& address : config_.addresses) servers_.push_back(with_port(address));
    shuffle();
}

Result<> RpcServers::set_servers(const std::vector<std::string>& addresses) {
    std::vector<std::string> servers;
    for (const std::string& address : addresses) {
        servers.push_back(with_port(address));
        if (!net::parse_address(servers.back()))
            return fail(Error::bad_request("\"" + address + "\" is not the address of a server"));
    }
    if (servers.empty()) return fail(Error::bad_request("no servers"));
    servers_ = std::move(servers);
    shuffle();
    return {};
}

void RpcServers::shuffle() {
    for (size_t i = servers_.size(); i > 1; --i) std::swap(servers_[i - 1], servers_[rng_.below(i)]);
    const auto spread = static_cast<int64_t>(rng_.below(static_cast<uint64_t>(kShuffleEvery.ns)));
    shuffle_at_ = loop_.now() + kShuffleEvery + nanoseconds(spread);
}

// That server is asked last from now on.
void RpcServers::move_on(const std::string& address) {
    if (!servers_.empty() && servers_.front() == address)
        std::rotate(servers_.begin(), servers_.begin() + 1, servers_.end());
}

// Servers tell which of them are alive. The one in use stays while it is among them.
void RpcServers::note_servers(const model::NodeUpdateResponse& response) {
    std::vector<std::string> told;
    for (const model::NodeServerInfo& server : response.Servers) {
        if (net::parse_address(server.RPCAdvertiseAddr)) told.push_back(server.RPCAdvertiseAddr);
    }
    if (told.empty()) return;
    std::vector<std::string> before = servers_, now = told;
    std::sort(before.begin(), before.end());
    std::sort(now.begin(), now.end());
    if (before == now) {
        if (loop_.now() >= shuffle_at_ && servers_.size() > 1) shuffle();
        return;
    }
    const std::string in_use = servers_.empty() ? std::string() : servers_.front();
    servers_ = std::move(told);
    shuffle();
    const auto kept = std::find(servers_.begin(), servers_.end(), in_use);
    if (kept != servers_.end()) std::iter_swap(servers_.begin(), kept);
}

Result<net::RpcTarget> RpcServers::target() const {
    if (servers_.empty()) return fail(Error::internal("no servers"));
    auto parsed = net::parse_address(servers_.front());
    if (!parsed) return fail(Error::internal("no servers"));
    const std::string name = config_.verify_server_hostname ? "server." + config_.region + ".nomad" : "";
    return net::RpcTarget(std::move(*parsed), name);
}

net::Task<bool> RpcServers::try_another(Error failure, std::string address, net::Deadline hold, net::Limit limit) {
    if (!worth_another(failure) || limit.cancel.cancelled()) co_return false;
    move_on(address);
    if (loop_.now() >= hold.at || loop_.now() >= limit.deadline.at) co_return false;
    const Duration pause = milliseconds(static_cast<int64_t>(rng_.below(kRetryPauseMs)));
    const Result<> slept = co_await loop_.sleep(pause, limit.cancel);
    co_return slept.has_value();
}

net::Task<Result<std::string>> RpcServers::call(std::string method, std::string body, net::Limit limit, Repeat repeat) {
    const net::Deadline hold = loop_.in(kHoldTimeout);
    while (true) {
        auto to = target();
        if (!to) co_return fail(to.error());
        const std::string address = servers_.front();
        Result<std::string> answer = co_await pool_.call(std::move(*to), method, body, limit);
        if (answer) co_return answer;
        const Error& error = answer.error();
        const bool may_be_done = repeat == Repeat::unless_done && error.code != ErrorCode::internal && was_sent(error);
        const bool again = !may_be_done && co_await try_another(error, address, hold, limit);
        if (!again) co_return fail(error.code == ErrorCode::internal ? model::error_of_rpc_text(error.message) : error);
    }
}

net::Task<Result<std::unique_ptr<net::Stream>>> RpcServers::open_stream(std::string method, std::string request,
                                                                        net::Limit limit) {
    const net::Deadline hold = loop_.in(kHoldTimeout);
    while (true) {
        auto to = target();
        if (!to) co_return fail(to.error());
        const std::string address = servers_.front();
        auto opened = co_await pool_.open_stream(std::move(*to), method, request, limit);
        if (opened) co_return std::move(*opened);
        if (!co_await try_another(opened.error(), address, hold, limit)) co_return fail(opened.error());
    }
}

template <class Response, class Request>
net::Task<Result<Response>> RpcServers::typed(std::string_view method, Request request, net::Limit limit) {
    request.Region = config_.region;
    if (request.AuthToken.empty()) request.AuthToken = token_;
    Result<std::string> answer = co_await call(std::string(method), codec::to_msgpack(request), std::move(limit));
    if (!answer) co_return fail(answer.error());
    co_return codec::from_msgpack<Response>(*answer);
}

net::Task<Result<model::NodeUpdateResponse>> RpcServers::noted(net::Task<Result<model::NodeUpdateResponse>> call) {
    Result<model::NodeUpdateResponse> response = co_await std::move(call);
    if (!response) co_return response;
    if (response->SignedIdentity && !response->SignedIdentity->empty()) token_ = *response->SignedIdentity;
    note_servers(*response);
    co_return response;
}

net::Task<Result<model::NodeUpdateResponse>> RpcServers::register_node(model::NodeRegisterRequest request,
                                                                       net::Limit limit) {
    if (request.Node && token_.empty()) token_ = request.Node->SecretID;
    return noted(typed<model::NodeUpdateResponse>("Node.Register", std::move(request), std::move(limit)));
}
net::Task<Result<model::NodeUpdateResponse>> RpcServers::update_status(model::NodeUpdateStatusRequest request,
                                                                       net::Limit limit) {
    return noted(typed<model::NodeUpdateResponse>("Node.UpdateStatus", std::move(request), std::move(limit)));
}
net::Task<Result<model::NodeClientAllocsResponse>> RpcServers::get_client_allocs(model::NodeSpecificRequest request,
                                                                                 net::Limit limit) {
    return typed<model::NodeClientAllocsResponse>("Node.GetClientAllocs", std::move(request), std::move(limit));
}
net::Task<Result<model::AllocsGetResponse>> RpcServers::get_allocs(model::AllocsGetRequest request, net::Limit limit) {
    return typed<model::AllocsGetResponse>("Alloc.GetAllocs", std::move(request), std::move(limit));
}
net::Task<Result<model::SingleAllocResponse>> RpcServers::get_alloc(model::AllocSpecificRequest request,
                                                                    net::Limit limit) {
    return typed<model::SingleAllocResponse>("Alloc.GetAlloc", std::move(request), std::move(limit));
}
net::Task<Result<model::GenericResponse>> RpcServers::update_allocs(model::AllocUpdateRequest request,
                                                                    net::Limit limit) {
    return typed<model::GenericResponse>("Node.UpdateAlloc", std::move(request), std::move(limit));
}

}  // namespace drover::client
