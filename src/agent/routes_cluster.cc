// What operators ask and tell an agent about the cluster that it is part of.
#include <algorithm>
#include <thread>

#include "agent/agent.h"
#include "agent/host_data.h"
#include "agent/http_api.h"
#include "agent/http_options.h"
#include "agent/route_tables.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "codec/msgpack.h"
#include "model/rpc_operator.h"
#include "model/status.h"

namespace drover::agent {

struct JoinAnswer {
    std::string error;
    int64_t num_joined = 0;
    std::string warning;
};
DECLARE_TYPE(JoinAnswer);
DESCRIBE(JoinAnswer, FIELD(error), FIELD(num_joined), FIELD(warning));

struct SchedulerAnswer {
    List<std::string> enabled_schedulers;
    std::string id;
    Time started;
    std::string status;
    std::string workload_status;
};
DECLARE_TYPE(SchedulerAnswer);
DESCRIBE(SchedulerAnswer, FIELD(enabled_schedulers), FIELD(id), FIELD(started), FIELD(status), FIELD(workload_status));

struct SchedulersAnswer {
    List<SchedulerAnswer> schedulers;
    std::string server_id;
};
DECLARE_TYPE(SchedulersAnswer);
DESCRIBE(SchedulersAnswer, FIELD(schedulers), FIELD(server_id));

struct SchedulersConfigBody {
    int64_t num_schedulers = 0;
    List<std::string> enabled_schedulers;
};
DECLARE_TYPE(SchedulersConfigBody);
DESCRIBE(SchedulersConfigBody, FIELD(num_schedulers), FIELD(enabled_schedulers));

struct SchedulersConfigAnswer {
    List<std::string> enabled_schedulers;
    int64_t num_schedulers = 0;
    std::string server_id;
};
DECLARE_TYPE(SchedulersConfigAnswer);
DESCRIBE(SchedulersConfigAnswer, FIELD(enabled_schedulers), FIELD(num_schedulers), FIELD(server_id));

namespace {

constexpr Duration kMembersPatience = seconds(30);
constexpr std::string_view kSchedulerTypes[] = {"service", "batch", "system", "sysbatch", model::kJobTypeCore};

net::Response json_of(const HttpCall& call, const auto& value) {
    return net::Response::json(codec::to_json(value, wants_pretty(call.request.query)));
}

std::vector<std::string> texts_of(const std::vector<std::string_view>& values) {
    return {values.begin(), values.end()};
}

bool has_server(const HttpCall& call) { return call.api.agent().maybe_server() != nullptr; }

// What only an agent with a server can do.
template <Handler handler>
net::Task<net::Response> on_server(HttpCall call) {
    return has_server(call) ? handler(std::move(call)) : ready(net::Response::text(501, "Invalid method"));
}
template <Handler handler>
net::Task<net::Response> on_scheduler(HttpCall call) {
    return has_server(call) ? handler(std::move(call)) : ready(net::Response::text(400, "Server only endpoint"));
}

net::Limit patience_of(const HttpCall& call) { return {call.api.agent().loop().in(kMembersPatience), call.cancel}; }

// How many joined is the answer's word, not its status: a failure is told as `error`.
net::Task<net::Response> join(HttpCall call) {
    std::vector<std::string> addresses = texts_of(call.request.query.all("address"));
    if (addresses.empty()) co_return net::Response::text(400, "missing address to join");
    JoinAnswer answer;
    raft::Membership* membership = call.api.agent().server().maybe_membership();
    if (!membership) {
        answer.error = "this server stays alone: it speaks to no other servers";
        co_return json_of(call, answer);
    }
    Result<size_t> joined = co_await membership->join(std::move(addresses), patience_of(call));
    if (joined) {
        answer.num_joined = static_cast<int64_t>(*joined);
    } else {
        answer.error = joined.error().message;
    }
    co_return json_of(call, answer);
}

net::Task<net::Response> force_leave(HttpCall call) {
    std::string name(call.request.query.get("node"));
    if (name.empty()) co_return net::Response::text(400, "missing node to force leave");
    const std::string_view text = call.request.query.get("prune");
    const auto prune = text.empty() ? std::optional(false) : parse_bool(text);
    if (!prune) co_return net::Response::text(400, "invalid prune value");
    raft::Membership* membership = call.api.agent().server().maybe_membership();
    if (!membership) co_return net::Response();
    Result<> left = co_await membership->force_leave(std::move(name), *prune, patience_of(call));
    // Whoever is not known is not there any more, which is what was asked for.
    if (!left && left.error().code != ErrorCode::not_found) co_return respond(left.error());
    co_return net::Response();
}

net::Task<net::Response> servers(HttpCall call) {
    KnownServers* known = call.api.agent().maybe_known_servers();
    if (!known) co_return net::Response::text(501, "Invalid method");
    if (call.request.method == "GET") co_return json_of(call, List<std::string>(known->addresses()));
    std::vector<std::string> addresses = texts_of(call.request.query.all("address"));
    if (addresses.empty()) co_return net::Response::text(400, "missing server address");
    if (Result<> set = known->set_addresses(std::move(addresses)); !set) co_return respond(set.error());
    co_return net::Response();
}

// Every list of types has the one for the cluster's own work.
List<std::string> with_core(const std::vector<std::string>& types) {
    List<std::string> all(types);
    if (std::find(all.begin(), all.end(), model::kJobTypeCore) == all.end()) all.emplace_back(model::kJobTypeCore);
    return all;
}

net::Task<net::Response> schedulers(HttpCall call) {
    server::Server& server = call.api.agent().server();
    SchedulersAnswer answer;
    answer.server_id = server.member().Name;
    answer.schedulers.made = true;
    const bool paused = !server.scheduling().broker().enabled();
    for (const server::WorkerInfo& worker : server.scheduling().workers()) {
        SchedulerAnswer& shown = answer.schedulers.emplace_back();
        shown.id = worker.id;
        shown.enabled_schedulers = with_core(worker.types);
        shown.started = worker.started;
        shown.status = paused ? "Paused" : "Started";
        shown.workload_status = worker.busy ? "Scheduling" : paused ? "Paused" : "WaitingToDequeue";
    }
    co_return json_of(call, answer);
}

Result<> set_schedulers(const HttpCall& call) {
    auto body = decode_body<SchedulersConfigBody>(call.request);
    if (!body) return fail(body.error().wrapped("Invalid request: "));
    const auto most = static_cast<int64_t>(std::max(1U, std::thread::hardware_concurrency()));
    const auto known = [](const std::string& type) {
        return std::find(std::begin(kSchedulerTypes), std::end(kSchedulerTypes), type) != std::end(kSchedulerTypes);
    };
    const bool valid = body->num_schedulers >= 0 && body->num_schedulers <= most &&
                       std::all_of(body->enabled_schedulers.begin(), body->enabled_schedulers.end(), known);
    if (!valid) return fail(Error::bad_request("Invalid request"));
    server::Scheduling& scheduling = call.api.agent().server().scheduling();
    std::vector<std::string> types = scheduling.config().types;
    if (!body->enabled_schedulers.empty()) types = body->enabled_schedulers;
    scheduling.resize(body->num_schedulers, std::move(types));
    return {};
}

net::Task<net::Response> schedulers_config(HttpCall call) {
    if (call.request.method != "GET") {
        if (Result<> set = set_schedulers(call); !set) co_return respond(set.error());
    }
    server::Server& server = call.api.agent().server();
    const server::SchedulingConfig& config = server.scheduling().config();
    SchedulersConfigAnswer answer;
    answer.server_id = server.member().Name;
    answer.num_schedulers = config.workers;
    answer.enabled_schedulers = with_core(config.types);
    co_return json_of(call, answer);
}

// What another node or server tells of its machine.
net::Task<Result<HostDataAnswer>> host_elsewhere(HttpCall& call, std::string node_id, std::string server_id) {
    model::HostDataRequest request;
    request.Region = call.api.region();
    request.AuthToken = token_of(call.request.headers);
    request.NodeID = std::move(node_id);
    request.ServerID = std::move(server_id);
    auto answer = co_await call.api.agent().servers().call_node("Agent.Host", codec::to_msgpack(request), call.cancel);
    if (!answer) co_return fail(answer.error());
    co_return codec::from_msgpack<HostDataAnswer>(*answer);
}

net::Task<net::Response> host(HttpCall call) {
    Agent& agent = call.api.agent();
    if (!agent.config().EnableDebug) co_return respond(Error::denied());
    const std::string node_id(call.request.query.get("node_id"));
    const std::string server_id(call.request.query.get("server_id"));
    if (!node_id.empty() && !server_id.empty())
        co_return net::Response::text(400, "Can only forward to either client node or server");
    const bool is_own_node = agent.maybe_client() && agent.maybe_client()->node().ID == node_id;
    if (!server_id.empty() || (!node_id.empty() && !is_own_node)) {
        auto answer = co_await host_elsewhere(call, node_id, server_id);
        if (!answer) co_return respond(answer.error());
        co_return json_of(call, *answer);
    }
    Result<HostData> data = co_await net::run_blocking(
        agent.loop(), [environment = agent.environment()] { return Result<HostData>(read_host_data(environment)); });
    if (!data) co_return respond(data.error());
    if (node_id.empty()) co_return json_of(call, *data);
    co_return json_of(call, HostDataAnswer{node_id, std::move(*data)});
}

}  // namespace

RouteTable cluster_routes() {
    return {
        on(kWrite, "/v1/agent/join", on_server<join>),
        on(kWrite, "/v1/agent/force-leave", on_server<force_leave>),
        on(kGet | kWrite, "/v1/agent/servers", servers),
        on(kGet, "/v1/agent/schedulers", on_scheduler<schedulers>),
        on(kGet | kWrite, "/v1/agent/schedulers/config", on_scheduler<schedulers_config>),
        on(kGet, "/v1/agent/host", host),
        get("/v1/regions", "Region.List").bare(),
        get("/v1/status/leader", "Status.Leader").bare(),
        get("/v1/status/peers", "Status.Peers").bare(),
    };
}

}  // namespace drover::agent
