#include <algorithm>
#include <deque>
#include <set>

#include "base/strings.h"
#include "codec/convert.h"
#include "model/explain.h"
#include "model/rpc_eval.h"
#include "net/blocking.h"
#include "scheduler/explain.h"
#include "scheduler/view_snapshot.h"
#include "server/endpoint_tables.h"
#include "server/leader.h"
#include "server/listing.h"
#include "server/scheduling.h"
#include "state/view.h"

namespace drover::server {
namespace {

using model::Evaluation;
using state::Table;
using state::View;

// More identifiers in one request would make a log entry too large.
constexpr size_t kMaxDeletedIds = 7281;

// The evaluations that one leads to by NextEval, PreviousEval and BlockedEval, nearest first, without itself.
List<model::EvaluationStub> related(const View& view, const Evaluation& eval) {
    List<model::EvaluationStub> found;
    std::set<std::string> seen{eval.ID};
    std::deque<std::string> next{eval.NextEval, eval.PreviousEval, eval.BlockedEval};
    for (; !next.empty(); next.pop_front()) {
        if (next.front().empty() || !seen.insert(next.front()).second) continue;
        auto other = view.evals().find(next.front());
        if (!other) continue;
        found.push_back(codec::convert_to<model::EvaluationStub>(*other));
        next.insert(next.end(), {other->NextEval, other->PreviousEval, other->BlockedEval});
    }
    return found;
}

Result<model::SingleEvalResponse> get_eval(const View& view, const model::EvalSpecificRequest& request) {
    if (auto id = parse_uuid(request.EvalID); !id)
        return fail(Error::internal("failed to lookup eval: eval lookup failed: index error: " + id.error().message));
    model::SingleEvalResponse response;
    response.Eval = view.evals().find(request.EvalID);
    response.Index = response.Eval ? response.Eval->ModifyIndex : view.table_index(Table::evals);
    if (!response.Eval || !request.IncludeRelated) return response;
    auto with_related = std::make_shared<Evaluation>(*response.Eval);
    with_related->RelatedEvals = related(view, *response.Eval);
    response.Eval = std::move(with_related);
    return response;
}

bool matches(const Evaluation& eval, const model::EvalListRequest& request) {
    return in_namespace(request, eval.Namespace) &&
           (request.FilterJobID.empty() || eval.JobID == request.FilterJobID) &&
           (request.FilterEvalStatus.empty() || eval.Status == request.FilterEvalStatus);
}

Result<state::Range<Evaluation>> evals_of(const View& view, const model::QueryOptions& request) {
    if (request.Prefix.empty()) return view.evals().by_creation();
    auto range = view.evals().with_prefix(request.Prefix);
    if (!range) return fail(range.error().wrapped("eval lookup failed: index error: "));
    return range;
}

// In its first form the token of a page was a bare identifier: it stands for the place of that evaluation.
model::EvalListRequest with_todays_token(const View& view, model::EvalListRequest request) {
    if (!request.Prefix.empty() || !is_uuid(request.NextToken)) return request;
    if (const auto eval = view.evals().find(request.NextToken))
        request.NextToken = detail::token_of(PageOrder::creation, *eval);
    return request;
}

// Order: creation, or identifier under a prefix. The page's token is of the same order.
Result<model::EvalListResponse> list_evals(const View& view, const model::EvalListRequest& request) {
    if (!request.Filter.empty() && (!request.FilterJobID.empty() || !request.FilterEvalStatus.empty()))
        return fail(Error::bad_request("Filter expression cannot be used with other filter parameters"));
    auto range = evals_of(view, request);
    if (!range) return fail(range.error());
    const auto order = request.Prefix.empty() ? PageOrder::creation : PageOrder::id;
    model::EvalListResponse response;
    response.Evaluations.made = true;
    response.Index = view.table_index(Table::evals);
    auto paged = page(
        std::move(*range), with_todays_token(view, request), order, response,
        [&](const Evaluation& e) { return matches(e, request); },
        [&](const Shared<Evaluation>& e) { response.Evaluations.push_back(e); });
    if (!paged) return fail(paged.error());
    return response;
}

Result<model::EvalCountResponse> count_evals(const View& view, const model::EvalCountRequest& request) {
    auto filter = read_filter(request.Filter);
    if (!filter) return fail(Error::internal(filter.error().message));
    auto range = evals_of(view, request);
    if (!range) return fail(range.error());
    model::EvalCountResponse response;
    response.Index = view.table_index(Table::evals);
    for (const auto& eval : *range) {
        if (!in_namespace(request, eval->Namespace)) continue;
        response.Count += filter->matches(*eval).value_or(false) ? 1 : 0;
    }
    return response;
}

Result<model::EvalAllocationsResponse> eval_allocations(const View& view, const model::EvalSpecificRequest& request) {
    if (auto id = parse_uuid(request.EvalID); !id) return fail(Error::internal("index error: " + id.error().message));
    model::EvalAllocationsResponse response;
    response.Index = view.table_index(Table::allocs);
    for (const auto& alloc : view.allocs().of_eval(request.EvalID))
        response.Allocations.push_back(alloc.stub(false, true));
    return response;
}

// Whether an allocation may go with its evaluation: it is over, and if it failed, nothing waits to replace it.
bool may_go(const state::AllocRef& alloc) {
    using state::ClientStatus;
    if (alloc.client_status() == ClientStatus::running || alloc.client_status() == ClientStatus::unknown) return false;
    if (alloc.client_status() != ClientStatus::failed) return true;
    const model::TaskGroup* group = nullptr;
    for (const auto& g : alloc.job()->TaskGroups) {
        if (g.Name == alloc.task_group()) group = &g;
    }
    if (!group || !group->ReschedulePolicy) return true;
    if (group->ReschedulePolicy->Attempts == 0 && !group->ReschedulePolicy->Unlimited) return true;
    if (alloc.has_next_allocation()) return true;
    auto tracker = alloc.reschedule_tracker();
    return tracker && !tracker->Events.empty() && !group->ReschedulePolicy->Unlimited;
}

bool safe_to_delete(const View& view, const Evaluation& eval) {
    auto job = view.jobs().find(eval.Namespace, eval.JobID);
    if (!job || job->Stop || job->Status == "dead") return true;
    for (const auto& alloc : view.allocs().of_eval(eval.ID)) {
        if (!may_go(alloc)) return false;
    }
    return true;
}

void add_deleted(const View& view, const Evaluation& eval, state::command::DeleteEvals& command) {
    command.Evals.push_back(eval.ID);
    for (const auto& alloc : view.allocs().of_eval(eval.ID)) command.Allocs.push_back(alloc.id());
}

Result<> add_by_id(const View& view, const List<std::string>& ids, state::command::DeleteEvals& command) {
    for (const std::string& id : ids) {
        if (auto parsed = parse_uuid(id); !parsed) {
            return fail(
                Error::internal("failed to lookup eval: eval lookup failed: index error: " + parsed.error().message));
        }
        auto eval = view.evals().find(id);
        if (!eval) return fail(Error::internal("eval not found"));
        if (!safe_to_delete(view, *eval)) return fail(Error::internal("eval " + id + " is not safe to delete"));
        add_deleted(view, *eval, command);
    }
    return {};
}

// Unsafe and non-matching ones are skipped.
Result<> add_by_filter(const View& view, const std::string& expression, state::command::DeleteEvals& command) {
    auto filter = read_filter(expression);
    if (!filter) return fail(Error::internal(filter.error().message));
    for (const auto& eval : view.evals().all()) {
        if (filter->matches(*eval).value_or(false) && safe_to_delete(view, *eval)) add_deleted(view, *eval, command);
    }
    return {};
}

net::Task<Result<model::EvalDeleteResponse>> delete_evals(Leader& leader, model::EvalDeleteRequest request) {
    if (!request.EvalIDs.empty() && !request.Filter.empty())
        co_return fail(Error::bad_request("evals cannot be deleted by both ID and filter"));
    if (request.EvalIDs.empty() && request.Filter.empty())
        co_return fail(Error::bad_request("evals must be deleted by either ID or filter"));
    if (request.EvalIDs.size() > kMaxDeletedIds) {
        co_return fail(Error::bad_request("request includes " + std::to_string(request.EvalIDs.size()) +
                                          " evaluation IDs, must be " + std::to_string(kMaxDeletedIds) + " or fewer"));
    }
    if (!leader.scheduler_config().PauseEvalBroker)
        co_return fail(Error::internal("eval broker is enabled; eval broker must be paused to delete evals"));
    state::command::DeleteEvals command;
    const View view = leader.view();
    Result<> chosen = request.Filter.empty() ? add_by_id(view, request.EvalIDs, command)
                                             : add_by_filter(view, request.Filter, command);
    if (!chosen) co_return fail(chosen.error());
    model::EvalDeleteResponse response;
    response.Count = static_cast<int64_t>(command.Evals.size());
    if (command.Evals.empty()) co_return response;
    Result<state::Applied> applied = co_await leader.commit(std::move(command));
    if (!applied) co_return fail(applied.error());
    response.Index = applied->Index;
    co_return response;
}

// Again what the leader decided, or what the state has kept of it.
Result<model::EvalExplainResponse> explain_eval(Scheduling& scheduling, const Evaluation& eval, const View& view,
                                                const model::SchedulerConfiguration& config, int64_t max_priority) {
    model::EvalExplainResponse response;
    if (const auto decision = scheduling.decisions().find(eval.ID)) {
        const scheduler::ViewSnapshot then(decision->source, decision->default_config);
        auto explained = scheduler::explain(then, decision->eval, decision->at, decision->seed, max_priority);
        if (!explained) return fail(explained.error());
        response.Explanation = std::move(*explained);
    } else {
        std::vector<Shared<model::Allocation>> allocs;
        for (const auto& alloc : view.allocs().of_eval(eval.ID)) allocs.push_back(alloc.full());
        const scheduler::ViewSnapshot now(scheduling.fleets().at_least(view), config);
        response.Explanation = scheduler::explain_stored(now, eval, allocs, max_priority);
    }
    response.Explanation->Status = eval.Status;
    response.Index = view.index();
    return response;
}

net::Task<Result<model::EvalExplainResponse>> explain(Leader& leader, model::EvalSpecificRequest request) {
    const View view = leader.view();
    const auto eval = view.evals().find(request.EvalID);
    if (!eval) co_return fail(Error::not_found("eval not found"));
    if (leader.maybe_scheduling == nullptr) co_return fail(Error::internal("No cluster leader"));
    Scheduling& scheduling = *leader.maybe_scheduling;
    const auto config = leader.scheduler_config();
    auto answer = std::make_shared<model::EvalExplainResponse>();
    const int64_t max_priority = leader.config().job_max_priority;
    const Result<> done =
        co_await net::run_blocking(leader.loop(), scheduling.questions(), [=, &scheduling]() -> Result<> {
            auto explained = explain_eval(scheduling, *eval, view, config, max_priority);
            if (!explained) return fail(explained.error());
            *answer = std::move(*explained);
            return {};
        });
    if (!done) co_return fail(done.error());
    co_return std::move(*answer);
}

}  // namespace

const EndpointTable& eval_endpoints() {
    static const EndpointTable table = {
        read("Eval.GetEval", get_eval, needs({"read-job"})),
        read("Eval.List", list_evals, needs({"read-job"})),
        read("Eval.Count", count_evals, needs({"read-job"})),
        read("Eval.Allocations", eval_allocations, needs({"read-job"})),
        write("Eval.Delete", delete_evals, needs_management()),
        write("Eval.Explain", explain, needs({"read-job"})),
    };
    return table;
}

}  // namespace drover::server
