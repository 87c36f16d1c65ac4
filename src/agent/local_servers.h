#pragma once
// The servers as the client of the same process reaches them: calls without encoding. Loop thread.

#include "client/server_api.h"
#include "server/server.h"

namespace drover::agent {

class LocalServers final : public client::ServerApi {
public:
    explicit LocalServers(server::Server& server) : server_(server) {}

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

private:
    server::Server& server_;
};

}  // namespace drover::agent
