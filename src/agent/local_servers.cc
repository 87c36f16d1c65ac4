#include "agent/local_servers.h"

#include <arpa/inet.h>

#include <algorithm>

#include "net/stream.h"

namespace drover::agent {

using net::Limit;
using net::Task;

Task<Result<model::NodeUpdateResponse>> LocalServers::register_node(model::NodeRegisterRequest request, Limit limit) {
    if (request.Node) secret_ = request.Node->SecretID;
    return server_.call<model::NodeUpdateResponse>("Node.Register", signed_by_node(std::move(request)), limit.cancel);
}

Task<Result<model::NodeUpdateResponse>> LocalServers::update_status(model::NodeUpdateStatusRequest request,
                                                                    Limit limit) {
    return server_.call<model::NodeUpdateResponse>("Node.UpdateStatus", signed_by_node(std::move(request)),
                                                   limit.cancel);
}

Task<Result<model::NodeClientAllocsResponse>> LocalServers::get_client_allocs(model::NodeSpecificRequest request,
                                                                              Limit limit) {
    return server_.call<model::NodeClientAllocsResponse>("Node.GetClientAllocs", signed_by_node(std::move(request)),
                                                         limit.cancel);
}

Task<Result<model::AllocsGetResponse>> LocalServers::get_allocs(model::AllocsGetRequest request, Limit limit) {
    return server_.call<model::AllocsGetResponse>("Alloc.GetAllocs", signed_by_node(std::move(request)), limit.cancel);
}

Task<Result<model::SingleAllocResponse>> LocalServers::get_alloc(model::AllocSpecificRequest request, Limit limit) {
    return server_.call<model::SingleAllocResponse>("Alloc.GetAlloc", signed_by_node(std::move(request)), limit.cancel);
}

Task<Result<model::GenericResponse>> LocalServers::update_allocs(model::AllocUpdateRequest request, Limit limit) {
    return server_.call<model::GenericResponse>("Node.UpdateAlloc", signed_by_node(std::move(request)), limit.cancel);
}

Result<std::string> server_address(const std::string& text) {
    const std::string port = ":" + std::to_string(kDefaultRpcPort);
    in6_addr ignored{};
    const bool is_ipv6 = ::inet_pton(AF_INET6, text.c_str(), &ignored) == 1;
    const bool has_port = text.rfind(':') != std::string::npos && !text.ends_with("]");
    const auto address = net::parse_address(is_ipv6 ? "[" + text + "]" + port : has_port ? text : text + port);
    if (!address || address->kind != net::Address::Kind::tcp || address->host.empty() || address->port == 0)
        return fail(Error::internal("invalid server address: " + text));
    return net::to_string(*address);
}

Result<> LocalServers::set_addresses(std::vector<std::string> addresses) {
    std::vector<std::string> checked;
    for (const std::string& text : addresses) {
        auto address = server_address(text);
        if (!address) return fail(address.error());
        checked.push_back(std::move(*address));
    }
    std::sort(checked.begin(), checked.end());
    checked.erase(std::unique(checked.begin(), checked.end()), checked.end());
    addresses_ = std::move(checked);
    return {};
}

}  // namespace drover::agent
