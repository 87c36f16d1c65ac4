#include "base/strings.h"
#include "model/alloc_rules.h"
#include "model/rpc_alloc.h"
#include "model/task_events.h"
#include "server/endpoint_tables.h"
#include "server/leader.h"
#include "server/listing.h"
#include "server/stubs.h"

namespace drover::server {
namespace {

using state::AllocRef;
using state::Table;
using state::View;

constexpr std::string_view kLookupFailed = "alloc lookup failed: index error: ";

Result<model::SingleAllocResponse> get_alloc(const View& view, const model::AllocSpecificRequest& request) {
    if (auto id = parse_uuid(request.AllocID); !id)
        return fail(Error::internal(id.error().message).wrapped(kLookupFailed));
    model::SingleAllocResponse response;
    response.Index = view.table_index(Table::allocs);
    AllocRef alloc = view.allocs().find(request.AllocID);
    if (!alloc) return response;
    response.Index = alloc.modify_index();
    auto shown = std::make_shared<model::Allocation>(*alloc.full());
    for (auto& [task, task_state] : shown->TaskStates) model::fill_display_messages(task_state);
    response.Alloc = std::move(shown);
    return response;
}

Result<model::AllocListResponse> list_allocs(const View& view, const model::AllocListRequest& request) {
    auto range = request.Prefix.empty() ? Result<state::Range<AllocRef>>(view.allocs().by_creation())
                                        : view.allocs().with_prefix(request.Prefix);
    if (!range) return fail(Error::internal(range.error().message).wrapped(kLookupFailed));
    const bool with_resources = request.Fields && request.Fields->Resources;
    const bool with_states = !request.Fields || request.Fields->TaskStates;
    model::AllocListResponse response;
    response.Allocations.made = true;
    response.Index = view.table_index(Table::allocs);
    auto paged = page(
        std::move(*range), request, request.Prefix.empty() ? PageOrder::creation : PageOrder::id, response,
        [&](const AllocRef& alloc) { return in_namespace(request, alloc.ns()); },
        [&](const AllocRef& alloc) { response.Allocations.push_back(alloc_stub(alloc, with_resources, with_states)); });
    if (!paged) return fail(paged.error());
    return response;
}

// For nodes: what they asked for, as soon as one of them is newer than they know.
Result<model::AllocsGetResponse> get_allocs(const View& view, const model::AllocsGetRequest& request) {
    model::AllocsGetResponse response;
    for (const std::string& id : request.AllocIDs) {
        AllocRef alloc = view.allocs().find(id);
        if (!alloc) return fail(Error::internal("unknown alloc " + quote(id)));
        response.Index = std::max(response.Index, alloc.modify_index());
        response.Allocs.push_back(alloc.full());
    }
    return response;
}

net::Task<Result<model::AllocStopResponse>> stop_alloc(Leader& leader, model::AllocStopRequest request) {
    if (auto id = parse_uuid(request.AllocID); !id)
        co_return fail(Error::internal(id.error().message).wrapped(kLookupFailed));
    AllocRef alloc = leader.view().allocs().find(request.AllocID);
    if (!alloc) co_return fail(Error::not_found("allocation not found"));
    model::Evaluation eval =
        leader.new_eval(alloc.ns(), alloc.job_id(), alloc.job()->Type, alloc.job()->Priority, "alloc-stop");
    eval.ModifyIndex = 0;
    eval.JobModifyIndex = alloc.job()->ModifyIndex;
    model::AllocStopResponse response;
    response.EvalID = eval.ID;
    model::DesiredTransition transition;
    transition.Migrate = true;
    transition.NoShutdownDelay = request.NoShutdownDelay;
    transition.Reschedule = request.Reschedule;
    state::command::SetDesiredTransitions command;
    command.Allocs[alloc.id()] = transition;
    command.Evals.push_back(std::make_shared<model::Evaluation>(std::move(eval)));
    command.UpdatedAt = leader.now().unix_ns;
    Result<state::Applied> applied = co_await leader.commit(std::move(command));
    if (!applied) co_return fail(applied.error());
    response.Index = applied->Index;
    co_return response;
}

}  // namespace

const EndpointTable& alloc_endpoints() {
    static const EndpointTable table = {
        read("Alloc.GetAlloc", get_alloc, needs({"read-job"})),
        read("Alloc.List", list_allocs, needs({"read-job"})),
        read("Alloc.GetAllocs", get_allocs, needs_token()),
        write("Alloc.Stop", stop_alloc, needs({"alloc-lifecycle"})),
    };
    return table;
}

}  // namespace drover::server
