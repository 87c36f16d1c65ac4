#include "agent/local_servers.h"

namespace drover::agent {

using net::Limit;
using net::Task;

Task<Result<model::NodeUpdateResponse>> LocalServers::register_node(model::NodeRegisterRequest request, Limit limit) {
    return server_.call<model::NodeUpdateResponse>("Node.Register", std::move(request), limit.cancel);
}

Task<Result<model::NodeUpdateResponse>> LocalServers::update_status(model::NodeUpdateStatusRequest request,
                                                                    Limit limit) {
    return server_.call<model::NodeUpdateResponse>("Node.UpdateStatus", std::move(request), limit.cancel);
}

Task<Result<model::NodeClientAllocsResponse>> LocalServers::get_client_allocs(model::NodeSpecificRequest request,
                                                                              Limit limit) {
    return server_.call<model::NodeClientAllocsResponse>("Node.GetClientAllocs", std::move(request), limit.cancel);
}

Task<Result<model::AllocsGetResponse>> LocalServers::get_allocs(model::AllocsGetRequest request, Limit limit) {
    return server_.call<model::AllocsGetResponse>("Alloc.GetAllocs", std::move(request), limit.cancel);
}

Task<Result<model::SingleAllocResponse>> LocalServers::get_alloc(model::AllocSpecificRequest request, Limit limit) {
    return server_.call<model::SingleAllocResponse>("Alloc.GetAlloc", std::move(request), limit.cancel);
}

Task<Result<model::GenericResponse>> LocalServers::update_allocs(model::AllocUpdateRequest request, Limit limit) {
    return server_.call<model::GenericResponse>("Node.UpdateAlloc", std::move(request), limit.cancel);
}

}  // namespace drover::agent
