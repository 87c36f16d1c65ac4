#include "agent/http_api.h"
#include "agent/route_tables.h"
#include "base/strings.h"
#include "model/rpc_operator.h"

namespace drover::agent {
namespace {

Result<> with_scheduler_config(const HttpCall& call, server::Message& request) {
    auto& set = request.as<model::SchedulerSetConfigRequest>();
    auto config = decode_body<model::SchedulerConfiguration>(call.request);
    if (!config) return fail(config.error().wrapped("Error parsing scheduler config: "));
    set.Config = std::move(*config);
    if (std::string_view text = call.request.query.get("cas"); !text.empty()) {
        auto index = parse_uint(text);
        if (!index) {
            return fail(Error::bad_request("Error parsing cas value: strconv.ParseUint: parsing " + quote(text) +
                                           ": invalid syntax"));
        }
        set.Config.ModifyIndex = *index;
        set.CAS = true;
    }
    return {};
}

}  // namespace

RouteTable operator_routes() {
    return {
        get("/v1/operator/scheduler/configuration", "Operator.SchedulerGetConfiguration"),
        put("/v1/operator/scheduler/configuration", "Operator.SchedulerSetConfiguration").with(with_scheduler_config),
        put("/v1/search", "Search.PrefixSearch").decodes(),
    };
}

}  // namespace drover::agent
