#pragma once
// What the load program says to a server: plain calls over RPC or HTTP, nothing that one server knows and another does
// not. One loop; the calls end before this is destroyed.

#include <string>

#include "codec/msgpack.h"
#include "load/options.h"
#include "model/job.h"
#include "model/rpc_job.h"
#include "net/http_client.h"
#include "net/rpc_pool.h"

namespace drover::load {

class ServerCalls {
public:
    ServerCalls(net::Network& network, const Options& options);

    template <class Response, class Request>
    net::Task<Result<Response>> call(std::string method, Request request) {
        auto body = co_await pool_.call(options_.rpc, std::move(method), codec::to_msgpack(request), patience());
        if (!body) co_return fail(body.error());
        co_return codec::from_msgpack<Response>(*body);
    }

    net::Task<Result<>> ping();
    net::Task<Result<>> get(std::string path);
    // Changes the description of a namespace.
    net::Task<Result<>> write(std::string name, std::string description);
    // The identifier of the evaluation.
    net::Task<Result<std::string>> register_job(model::Job job);
    net::Task<Result<std::string>> register_over_http(std::string job);
    // Until it is complete; an error when it ends otherwise.
    net::Task<Result<>> wait_for_eval(std::string id);

    net::Task<> stop() { return pool_.stop(); }

private:
    net::Limit patience() const { return {loop_.in(minutes(10)), {}}; }
    net::Task<Result<std::string>> http_call(net::ClientRequest request);

    net::Loop& loop_;
    const Options& options_;
    net::RpcPool pool_;
    net::HttpClient http_;
};

}  // namespace drover::load
