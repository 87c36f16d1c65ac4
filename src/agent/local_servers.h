#pragma once
// The servers as the client of the same process reaches them: calls without encoding. Its list of addresses is kept and
// told; nothing is dialled, since the server is here. Loop thread.

#include "agent/known_servers.h"
#include "client/server_api.h"
#include "server/server.h"

namespace drover::agent {

class LocalServers final : public client::ServerApi, public KnownServers {
public:
    explicit LocalServers(server::Server& server) : server_(server), addresses_{server.config().rpc_address} {}

    net::Task<Result<model::NodeUpdateResponse>> register_node(model::NodeRegisterRequest request,
                                                               net::Limit limit) override;
    net::Task<Result<model::NodeUpdateResponse>> update_status(model::NodeUpdateStatusRequest request,
                                                               net::Limit limit) override;
    net::Task<Result<model::NodeClientAllocsResponse>> get_client_allocs(model::NodeSpecificRequest request,
                                                                         net::Limit limit) override;
    net::Task<Result<model::AllocsGetResponse>> get_allocs(model::AllocsGetRequest request, net::Limit limit) override;
    net::Task<Result<model::SingleAllocResponse>> get_alloc(model::AllocSpecificRequest request,
                                                            net::Limit limit) override;
    net::Task<Result<model::GenericResponse>> update_allocs(model::AllocUpdateRequest request,
                                                            net::Limit limit) override;

    std::vector<std::string> addresses() const override { return addresses_; }
    Result<> set_addresses(std::vector<std::string> addresses) override;

private:
    // With what proves who asks.
    template <class Request>
    Request signed_by_node(Request request) const {
        request.AuthToken = secret_;
        return request;
    }

    server::Server& server_;
    std::string secret_;  // of the node, once it has registered
    std::vector<std::string> addresses_;
};

}  // namespace drover::agent
