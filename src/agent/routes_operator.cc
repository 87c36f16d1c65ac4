#include "agent/agent.h"
#include "agent/http_api.h"
#include "agent/http_options.h"
#include "agent/route_tables.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "model/rpc_operator.h"

namespace drover::agent {

// The configuration as people write it: durations are text and nothing else.
struct AutopilotBody {
    bool CleanupDeadServers = false;
    std::string LastContactThreshold;
    std::string ServerStabilizationTime;
    uint64_t MaxTrailingLogs = 0;
    uint64_t MinQuorum = 0;
    bool EnableRedundancyZones = false;
    bool DisableUpgradeMigration = false;
    bool EnableCustomUpgrades = false;
    uint64_t CreateIndex = 0;
    uint64_t ModifyIndex = 0;
};
DECLARE_TYPE(AutopilotBody);
DESCRIBE(AutopilotBody, FIELD(CleanupDeadServers), FIELD(LastContactThreshold), FIELD(ServerStabilizationTime),
         FIELD(MaxTrailingLogs), FIELD(MinQuorum), FIELD(EnableRedundancyZones), FIELD(DisableUpgradeMigration),
         FIELD(EnableCustomUpgrades), FIELD(CreateIndex), FIELD(ModifyIndex));

namespace {

constexpr std::string_view kAutopilotConfiguration = "/v1/operator/autopilot/configuration";

// With `cas` the change is only made to what still has that index.
template <class Request>
Result<> with_cas(const HttpCall& call, Request& set) {
    const std::string_view text = call.request.query.get("cas");
    if (text.empty()) return {};
    auto index = parse_uint(text);
    if (!index) {
        return fail(Error::bad_request("Error parsing cas value: strconv.ParseUint: parsing " + quote(text) +
                                       ": invalid syntax"));
    }
    set.Config.ModifyIndex = *index;
    set.CAS = true;
    return {};
}

Result<> with_scheduler_config(const HttpCall& call, server::Message& request) {
    auto& set = request.as<model::SchedulerSetConfigRequest>();
    auto config = decode_body<model::SchedulerConfiguration>(call.request);
    if (!config) return fail(config.error().wrapped("Error parsing scheduler config: "));
    set.Config = std::move(*config);
    return with_cas(call, set);
}

Result<Duration> duration_of(const std::string& text) {
    if (text.empty()) return Duration{};
    return parse_duration(text);
}

Result<model::AutopilotConfig> autopilot_config_of(const HttpCall& call) {
    auto body = decode_body<AutopilotBody>(call.request);
    // Clients know the type of the body as one without a name.
    if (!body) return fail(Error::bad_request(replace_all(body.error().message, "AutopilotBody.", ".")));
    auto threshold = duration_of(body->LastContactThreshold);
    if (!threshold) return fail(Error::bad_request(threshold.error().message));
    auto stabilization = duration_of(body->ServerStabilizationTime);
    if (!stabilization) return fail(Error::bad_request(stabilization.error().message));
    model::AutopilotConfig config;
    config.CleanupDeadServers = body->CleanupDeadServers;
    config.LastContactThreshold = *threshold;
    config.ServerStabilizationTime = *stabilization;
    config.MaxTrailingLogs = body->MaxTrailingLogs;
    config.MinQuorum = body->MinQuorum;
    config.EnableRedundancyZones = body->EnableRedundancyZones;
    config.DisableUpgradeMigration = body->DisableUpgradeMigration;
    config.EnableCustomUpgrades = body->EnableCustomUpgrades;
    config.ModifyIndex = body->ModifyIndex;
    return config;
}

Result<> with_autopilot_config(const HttpCall& call, server::Message& request) {
    auto& set = request.as<model::AutopilotSetConfigRequest>();
    auto config = autopilot_config_of(call);
    if (!config) return fail(config.error().wrapped("Error parsing autopilot config: "));
    set.Config = *config;
    return with_cas(call, set);
}

Result<> with_peer(const HttpCall& call, server::Message& request) {
    if (call.request.query.find("address"))
        return fail(Error::bad_request("address is no longer supported: name the peer by id"));
    const std::string_view id = call.request.query.get("id");
    if (id.empty()) return fail(Error::bad_request("must specify id of the peer"));
    request.as<model::RaftPeerByIDRequest>().ID = id;
    return {};
}

Result<> with_target(const HttpCall& call, server::Message& request) {
    const auto ids = call.request.query.all("id");
    const auto addresses = call.request.query.all("address");
    if (ids.empty() && addresses.empty()) return fail(Error::bad_request("must specify id or address"));
    if (!ids.empty() && !addresses.empty()) return fail(Error::bad_request("must specify either id or address"));
    const auto& given = ids.empty() ? addresses : ids;
    const std::string name = ids.empty() ? "address" : "id";
    if (given.size() > 1) return fail(Error::bad_request("must specify only one " + name));
    if (given[0].empty()) return fail(Error::bad_request("must specify non-empty " + name));
    auto& peer = request.as<model::RaftPeerRequest>();
    (ids.empty() ? peer.Address : peer.ID) = given[0];
    return {};
}

// Calls the row's endpoint.
net::Task<Result<server::Message>> call_row(HttpCall call) {
    Result<server::Message> request = make_request(call);
    if (!request) co_return fail(request.error());
    co_return co_await call.api.agent().servers().call(*call.route.row, std::move(*request), call.cancel);
}

// Without a leader there is none to transfer from: trying later may help.
net::Task<net::Response> transfer_leadership(HttpCall call) {
    const bool pretty = wants_pretty(call.request.query);
    const Route& route = call.route;
    Result<server::Message> answer = co_await call_row(std::move(call));
    if (answer) co_return respond(route, *answer, pretty);
    const bool has_no_leader = answer.error().message.ends_with("No cluster leader");
    co_return respond(has_no_leader ? Error::unavailable(answer.error().message) : answer.error());
}

// The status alone tells monitors whether the servers are well.
net::Task<net::Response> autopilot_health(HttpCall call) {
    const bool pretty = wants_pretty(call.request.query);
    const Route& route = call.route;
    Result<server::Message> answer = co_await call_row(std::move(call));
    if (!answer) co_return respond(answer.error());
    net::Response response = respond(route, *answer, pretty);
    if (!answer->as<model::OperatorHealthReply>().Healthy) response.status = 429;
    co_return response;
}

net::Task<net::Response> refuse_without_words(HttpCall) {
    net::Response response;
    response.status = 405;
    co_return response;
}

net::Task<net::Response> unknown(HttpCall) { co_return net::Response::text(404, "Invalid method"); }

// A row of an endpoint whose answer another function makes.
Route answered_by(Route route, Handler handler) { return route.handler = handler, route; }

}  // namespace

RouteTable operator_routes() {
    return {
        get("/v1/operator/scheduler/configuration", "Operator.SchedulerGetConfiguration"),
        put("/v1/operator/scheduler/configuration", "Operator.SchedulerSetConfiguration").with(with_scheduler_config),
        on(kAnyMethod, "/v1/operator/raft/:Name", unknown),
        on(kAnyMethod, "/v1/operator/autopilot/:Name", unknown),
        on(kAnyMethod, "/v1/operator/raft/configuration", refuse_without_words),
        get("/v1/operator/raft/configuration", "Operator.RaftGetConfiguration").bare(),
        del("/v1/operator/raft/peer", "Operator.RaftRemovePeerByID", empty()).with(with_peer).refuses(404).bare(),
        answered_by(put("/v1/operator/raft/transfer-leadership", "Operator.TransferLeadershipToPeer")
                        .with(with_target)
                        .refuses(404)
                        .bare(),
                    transfer_leadership),
        get(std::string(kAutopilotConfiguration), "Operator.AutopilotGetConfiguration").refuses(404).bare(),
        on(kPut, std::string(kAutopilotConfiguration), "Operator.AutopilotSetConfiguration")
            .with(with_autopilot_config)
            .refuses(404)
            .bare(),
        answered_by(get("/v1/operator/autopilot/health", "Operator.ServerHealth").refuses(404).bare(),
                    autopilot_health),
        put("/v1/search", "Search.PrefixSearch").decodes(),
    };
}

}  // namespace drover::agent
