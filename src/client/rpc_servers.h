#pragma once
// The servers as a client reaches them over the network: one of a list at a time, over one connection. When it does not
// answer, or knows no leader, the next one is asked; the list follows what servers say of themselves, and is shuffled
// now and then so that clients spread over them. Belongs to the client's loop; the pool outlives it.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/rng.h"
#include "client/server_api.h"
#include "net/rpc_pool.h"

namespace drover::client {

struct RpcServersConfig {
    std::string region = "global";
    std::vector<std::string> addresses;  // "host[:port]"
    bool verify_server_hostname = false;
};

class RpcServers final : public ServerApi {
public:
    RpcServers(RpcServersConfig config, net::RpcPool& pool, net::Loop& loop, Rng& rng);

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

    // Any call, in MessagePack on both sides; errors are the server's, with their codes. What must not be done twice is
    // asked again only when it surely was not done.
    enum class Repeat { freely, unless_done };
    net::Task<Result<std::string>> call(std::string method, std::string body, net::Limit limit,
                                        Repeat repeat = Repeat::freely);
    // A streaming call, at the first server that takes it; the stream after the exchange that begins it.
    net::Task<Result<std::unique_ptr<net::Stream>>> open_stream(std::string method, std::string request,
                                                                net::Limit limit);

    std::vector<std::string> servers() const { return servers_; }  // in the order of use
    // Replaces the list; an error names the first address that is none.
    Result<> set_servers(const std::vector<std::string>& addresses);

private:
    template <class Response, class Request>
    net::Task<Result<Response>> typed(std::string_view method, Request request, net::Limit limit);
    net::Task<Result<model::NodeUpdateResponse>> noted(net::Task<Result<model::NodeUpdateResponse>> call);
    void note_servers(const model::NodeUpdateResponse& response);
    Result<net::RpcTarget> target() const;  // the server in use
    void move_on(const std::string& address);
    // After a failure: whether to ask another, which is then the one in use; false: that was the last try.
    net::Task<bool> try_another(Error failure, std::string address, net::Deadline hold, net::Limit limit);
    void shuffle();

    const RpcServersConfig config_;
    net::RpcPool& pool_;
    net::Loop& loop_;
    Rng& rng_;
    std::vector<std::string> servers_;
    std::string token_;  // who this client is: its secret, later its identity
    Duration shuffle_at_;
    Logger log_{"client.rpc"};
};

}  // namespace drover::client
