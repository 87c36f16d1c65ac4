#pragma once
// What a client asks of the servers, whatever lies between: a call within the process in a -dev agent, RPC otherwise.
// Implementations belong to the client's loop. Errors carry the texts of the public RPC ("node not found", ...).

#include "base/result.h"
#include "model/rpc_alloc.h"
#include "model/rpc_node.h"
#include "net/loop.h"

namespace drover::client {

class ServerApi {
public:
    virtual ~ServerApi() = default;

    virtual net::Task<Result<model::NodeUpdateResponse>> register_node(model::NodeRegisterRequest request,
                                                                       net::Limit limit) = 0;
    virtual net::Task<Result<model::NodeUpdateResponse>> update_status(model::NodeUpdateStatusRequest request,
                                                                       net::Limit limit) = 0;
    // Blocks as the request says (MinQueryIndex, MaxQueryTime).
    virtual net::Task<Result<model::NodeClientAllocsResponse>> get_client_allocs(model::NodeSpecificRequest request,
                                                                                 net::Limit limit) = 0;
    virtual net::Task<Result<model::AllocsGetResponse>> get_allocs(model::AllocsGetRequest request,
                                                                   net::Limit limit) = 0;
    virtual net::Task<Result<model::SingleAllocResponse>> get_alloc(model::AllocSpecificRequest request,
                                                                    net::Limit limit) = 0;
    virtual net::Task<Result<model::GenericResponse>> update_allocs(model::AllocUpdateRequest request,
                                                                    net::Limit limit) = 0;
};

}  // namespace drover::client
