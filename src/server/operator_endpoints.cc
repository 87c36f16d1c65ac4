#include "model/rpc_operator.h"
#include "server/endpoint_tables.h"
#include "server/leader.h"

namespace drover::server {
namespace {

Result<model::SchedulerConfigurationResponse> get_scheduler_config(const state::View& view,
                                                                   const model::GenericRequest&) {
    model::SchedulerConfigurationResponse response;
    response.Index = view.table_index(state::Table::scheduler_config);
    if (auto config = view.scheduler_config()) response.SchedulerConfig = *config;
    return response;
}

net::Task<Result<model::SchedulerSetConfigurationResponse>> set_scheduler_config(
    Leader& leader, model::SchedulerSetConfigRequest request) {
    const std::string& algorithm = request.Config.SchedulerAlgorithm;
    if (algorithm.empty()) request.Config.SchedulerAlgorithm = "binpack";
    if (algorithm != "binpack" && algorithm != "spread")
        co_return fail(Error::bad_request("invalid scheduler algorithm: " + algorithm));
    auto applied = co_await leader.commit(state::command::SetSchedulerConfig{request.Config, request.CAS});
    if (!applied) co_return fail(applied.error());
    model::SchedulerSetConfigurationResponse response;
    response.Updated = applied->changed;
    response.Index = applied->Index;
    co_return response;
}

}  // namespace

const EndpointTable& operator_endpoints() {
    static const EndpointTable table = {
        read("Operator.SchedulerGetConfiguration", get_scheduler_config, needs_operator("read")),
        write("Operator.SchedulerSetConfiguration", set_scheduler_config, needs_operator("write")),
    };
    return table;
}

}  // namespace drover::server
