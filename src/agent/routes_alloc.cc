#include "agent/http_api.h"
#include "agent/http_options.h"
#include "agent/route_tables.h"
#include "model/child_job.h"
#include "model/rpc_alloc.h"

namespace drover::agent {
namespace {

Result<> with_fields(const HttpCall& call, server::Message& request) {
    auto resources = flag(call.request.query, "resources");
    if (!resources) return fail(resources.error());
    auto states = flag(call.request.query, "task_states", true);
    if (!states) return fail(states.error());
    request.as<model::AllocListRequest>().Fields = model::AllocStubFields{*resources, *states};
    return {};
}

Result<> with_stop_flags(const HttpCall& call, server::Message& request) {
    auto no_delay = flag(call.request.query, "no_shutdown_delay");
    if (!no_delay) return fail(no_delay.error());
    auto reschedule = flag(call.request.query, "reschedule");
    if (!reschedule) return fail(reschedule.error());
    auto& stop = request.as<model::AllocStopRequest>();
    stop.NoShutdownDelay = *no_delay;
    stop.Reschedule = *reschedule;
    return {};
}

// Payloads are kept compressed.
void show_payload(server::Message& answer) {
    auto& alloc = answer.as<model::SingleAllocResponse>().Alloc;
    if (!alloc || !alloc->Job || alloc->Job->Payload.empty()) return;
    auto shown = std::make_shared<model::Allocation>(*alloc);
    shown->Job = model::with_plain_payload(shown->Job);
    alloc = std::move(shown);
}

}  // namespace

RouteTable alloc_routes() {
    using namespace model;
    return {
        get("/v1/allocations", "Alloc.List", list_of(&AllocListResponse::Allocations)).with(with_fields),
        get("/v1/allocation/:AllocID", "Alloc.GetAlloc", one_of(&SingleAllocResponse::Alloc, "alloc not found"))
            .shown(show_payload)
            .segment(),
        put("/v1/allocation/:AllocID/stop", "Alloc.Stop").with(with_stop_flags).segment(),
    };
}

}  // namespace drover::agent
