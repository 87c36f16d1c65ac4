// What operators do with the state as a whole.
#include "server/endpoint_tables.h"
#include "server/garbage_duty.h"
#include "server/leader.h"

namespace drover::server {
namespace {

// Whatever is over goes, however young; the answer comes when it is gone. Nodes last: what ran there goes before.
net::Task<Result<model::GenericResponse>> collect_garbage(Leader& leader, model::GenericRequest) {
    const std::vector<GarbageKind> kinds{GarbageKind::jobs, GarbageKind::evals, GarbageKind::deployments,
                                         GarbageKind::nodes};
    auto removed = co_await remove_garbage(leader, kinds, no_thresholds());
    if (!removed) co_return fail(removed.error());
    model::GenericResponse response;
    response.Index = leader.view().index();
    co_return response;
}

// Of so many jobs at once, so that those who register others need not wait for all.
constexpr size_t kSummariesPerCommand = 256;

net::Task<Result<model::GenericResponse>> reconcile_summaries(Leader& leader, model::GenericRequest) {
    const state::View view = leader.view();
    model::GenericResponse response;
    response.Index = view.index();
    state::command::RecountSummaries command;
    const auto jobs = view.jobs().all();
    for (auto job = jobs.begin(); job != jobs.end();) {
        command.Jobs.push_back({.ID = (*job)->ID, .Namespace = (*job)->Namespace});
        if (++job != jobs.end() && command.Jobs.size() < kSummariesPerCommand) continue;
        auto applied = co_await leader.commit(std::exchange(command, {}));
        if (!applied) co_return fail(applied.error());
        response.Index = applied->Index;
    }
    co_return response;
}

}  // namespace

const EndpointTable& system_endpoints() {
    static const EndpointTable table = {
        write("System.GarbageCollect", collect_garbage, needs_management()),
        write("System.ReconcileJobSummaries", reconcile_summaries, needs_management()),
    };
    return table;
}

}  // namespace drover::server
