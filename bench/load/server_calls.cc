#include "load/server_calls.h"

#include "codec/json.h"
#include "codec/msgpack.h"
#include "model/rpc_operator.h"

namespace drover::load {
namespace {

net::RpcPoolConfig pool_config(const Options& options) {
    net::RpcPoolConfig config;
    config.session.kept_streams = static_cast<size_t>(options.callers);
    return config;
}

net::HttpClientConfig http_config(const Options& options) {
    net::HttpClientConfig config;
    config.address = options.http;
    config.max_idle = static_cast<size_t>(options.callers);
    return config;
}

template <class Request>
Request to_default_place() {
    Request request;
    request.Region = "global";
    request.Namespace = "default";
    return request;
}

}  // namespace

ServerCalls::ServerCalls(net::Network& network, const Options& options)
    : loop_(network.loop()),
      options_(options),
      pool_(network, pool_config(options)),
      http_(network, http_config(options)) {}

net::Task<Result<>> ServerCalls::ping() {
    auto answer = co_await call<model::GenericResponse>("Status.Ping", to_default_place<model::GenericRequest>());
    if (!answer) co_return fail(answer.error());
    co_return Result<>{};
}

net::Task<Result<std::string>> ServerCalls::http_call(net::ClientRequest request) {
    auto answer = co_await http_.send(std::move(request), patience());
    if (!answer) co_return fail(answer.error());
    auto body = co_await answer->read_all(patience());
    if (body && answer->status != 200) co_return fail(Error::internal(*body));
    co_return body;
}

net::Task<Result<>> ServerCalls::get(std::string path) {
    auto body = co_await http_call({.target = std::move(path)});
    if (!body) co_return fail(body.error());
    co_return Result<>{};
}

net::Task<Result<>> ServerCalls::write(std::string name, std::string description) {
    auto request = to_default_place<model::NamespaceUpsertRequest>();
    auto changed = std::make_shared<model::Namespace>();
    changed->Name = std::move(name);
    changed->Description = std::move(description);
    request.Namespaces = {changed};
    auto answer = co_await call<model::GenericResponse>("Namespace.UpsertNamespaces", std::move(request));
    if (!answer) co_return fail(answer.error());
    co_return Result<>{};
}

net::Task<Result<std::string>> ServerCalls::register_job(model::Job job) {
    auto request = to_default_place<model::JobRegisterRequest>();
    request.Job = std::make_shared<model::Job>(std::move(job));
    auto answer = co_await call<model::JobRegisterResponse>("Job.Register", std::move(request));
    if (!answer) co_return fail(answer.error());
    co_return std::move(answer->EvalID);
}

net::Task<Result<std::string>> ServerCalls::register_over_http(std::string job) {
    auto body = co_await http_call({.method = "PUT", .target = "/v1/jobs", .body = R"({"Job":)" + job + "}"});
    if (!body) co_return fail(body.error());
    auto answer = codec::from_json<model::JobRegisterResponse>(*body);
    if (!answer) co_return fail(answer.error());
    co_return std::move(answer->EvalID);
}

net::Task<Result<>> ServerCalls::wait_for_eval(std::string id) {
    auto request = to_default_place<model::EvalSpecificRequest>();
    request.EvalID = std::move(id);
    request.MaxQueryTime = minutes(1);
    while (true) {
        auto answer = co_await call<model::SingleEvalResponse>("Eval.GetEval", request);
        if (!answer) co_return fail(answer.error());
        request.MinQueryIndex = answer->Index;
        if (!answer->Eval || answer->Eval->Status == "pending") continue;
        if (answer->Eval->Status == "complete") co_return Result<>{};
        co_return fail(Error::internal("an evaluation is " + answer->Eval->Status));
    }
}

}  // namespace drover::load
