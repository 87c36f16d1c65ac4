#include "base/strings.h"
#include "cli/command.h"
#include "cli/format.h"
#include "cli/lookup.h"
#include "cli/monitor.h"
#include "cli/views.h"
#include "model/alloc.h"
#include "model/eval.h"
#include "model/operator.h"
#include "model/rpc_eval.h"
#include "model/rpc_operator.h"

namespace drover::cli {
namespace {

std::vector<Row> eval_rows(const List<model::Evaluation>& evals, bool verbose) {
    std::vector<Row> rows{
        {"ID", "Priority", "Triggered By", "Job ID", "Namespace", "Node ID", "Status", "Placement Failures"}};
    for (const auto& e : evals) {
        const bool unknown = e.Status == "blocked" || e.Status == "pending";
        rows.push_back({short_id(e.ID, verbose), std::to_string(e.Priority), e.TriggeredBy, e.JobID, e.Namespace,
                        short_id(e.NodeID, verbose), e.Status,
                        unknown ? "N/A - In Progress" : yes_no(!e.FailedTGAllocs.empty())});
    }
    return rows;
}

int eval_list(Call& call) {
    bool json = false, verbose = false, ui = false;
    std::string tmpl, job, status, filter, page_token;
    int64_t per_page = 0;
    call.flags.add("json", json, "Print JSON.");
    call.flags.add("t", tmpl, "Print by a template.");
    call.flags.add("verbose", verbose, "Show full ids.");
    call.flags.add("job", job, "Only those of this job.");
    call.flags.add("status", status, "Only those of this status.");
    call.flags.add("filter", filter, "Only those that this expression selects.");
    call.flags.add("per-page", per_page, "How many at once.");
    call.flags.add("page-token", page_token, "Where the page begins.");
    call.flags.add("ui", ui);
    if (auto code = call.parse({0, 0, "no arguments"})) return *code;
    if (!call.api()) return 1;
    net::Query query;
    query.add("reverse", "true");
    if (!job.empty()) query.add("job", job);
    if (!status.empty()) query.add("status", status);
    if (!filter.empty()) query.add("filter", filter);
    if (per_page != 0) query.add("per_page", std::to_string(per_page));
    if (!page_token.empty()) query.add("next_token", page_token);
    auto answer = call.api()->get("/v1/evaluations", std::move(query));
    if (!answer) return call.complain("Error querying evaluations", answer.error());
    if (json || !tmpl.empty()) return call.print_document(json, tmpl, answer->body);
    auto evals = codec::from_json<List<model::Evaluation>>(answer->body);
    if (!evals) return call.complain("Error querying evaluations", evals.error());
    if (evals->empty()) {
        call.say("No evals found");
        return 0;
    }
    call.say(format_table(eval_rows(*evals, verbose)));
    if (const std::string next(answer->headers.get("X-Nomad-NextToken")); !next.empty()) {
        call.say("\nResults have been paginated. To get the next page run:\n\nnomad eval list -per-page " +
                 std::to_string(per_page) + " -page-token " + next);
    }
    return 0;
}

std::vector<Row> annotation_rows(const model::PlanAnnotations& annotations) {
    bool migrates = false, canaries = false, preempts = false;
    for (const auto& [group, u] : annotations.DesiredTGUpdates) {
        migrates = migrates || u.Migrate > 0;
        canaries = canaries || u.Canary > 0;
        preempts = preempts || u.Preemptions > 0;
    }
    const auto more = [&](Row row, std::string migrate, std::string canary, std::string preemptions) {
        if (migrates) row.push_back(std::move(migrate));
        if (canaries) row.push_back(std::move(canary));
        if (preempts) row.push_back(std::move(preemptions));
        return row;
    };
    const auto number = [](uint64_t n) { return std::to_string(n); };
    std::vector<Row> rows{
        more({"Task Group", "Ignore", "Place", "Stop", "InPlace", "Destructive"}, "Migrate", "Canary", "Preemptions")};
    for (const auto& [group, u] : annotations.DesiredTGUpdates) {
        rows.push_back(more({group, number(u.Ignore), number(u.Place), number(u.Stop), number(u.InPlaceUpdate),
                             number(u.DestructiveUpdate)},
                            number(u.Migrate), number(u.Canary), number(u.Preemptions)));
    }
    return rows;
}

std::vector<Row> preempted_rows(const model::PlanAnnotations& annotations, bool verbose, Time now) {
    std::vector<Row> rows{
        {"ID", "Job ID", "Node ID", "Task Group", "Version", "Desired", "Status", "Created", "Modified"}};
    for (const auto& a : annotations.PreemptedAllocs) {
        rows.push_back({short_id(a.ID, verbose), a.JobID, short_id(a.NodeID, verbose), a.TaskGroup,
                        std::to_string(a.JobVersion), a.DesiredStatus, a.ClientStatus,
                        shown_time(a.CreateTime, now, verbose), shown_time(a.ModifyTime, now, verbose)});
    }
    return rows;
}

void print_eval(Call& call, const model::Evaluation& e, const List<model::AllocListStub>& allocs, bool verbose) {
    const Time now = call.io.clock.now();
    const bool in_progress = e.Status == "blocked" || e.Status == "pending";
    std::vector<std::pair<std::string, std::string>> pairs{
        {"ID", short_id(e.ID, verbose)},
        {"Create Time", shown_time(e.CreateTime, now, verbose)},
        {"Modify Time", shown_time(e.ModifyTime, now, verbose)},
        {"Status", e.Status},
        {"Status Description", e.StatusDescription.empty() ? e.Status : e.StatusDescription},
        {"Type", e.Type},
        {"TriggeredBy", e.TriggeredBy},
        {"Job ID", e.JobID},
        {"Namespace", e.Namespace},
        {"Priority", std::to_string(e.Priority)},
        {"Placement Failures", in_progress ? "N/A - In Progress" : yes_no(!e.FailedTGAllocs.empty())}};
    const auto add = [&](const char* key, const std::string& id) {
        if (!id.empty()) pairs.push_back({key, short_id(id, verbose)});
    };
    add("Node ID", e.NodeID);
    add("Deployment ID", e.DeploymentID);
    if (!e.WaitUntil.is_zero()) pairs.push_back({"Wait Until", local_time(e.WaitUntil)});
    if (!e.QuotaLimitReached.empty()) pairs.push_back({"Quota Limit Reached", e.QuotaLimitReached});
    add("Previous Eval", e.PreviousEval);
    add("Next Eval", e.NextEval);
    add("Blocked Eval", e.BlockedEval);
    call.say(format_pairs(pairs));
    const auto title = [&](std::string_view text) { call.say("\n" + call.colors.bold(text)); };
    if (!e.RelatedEvals.empty()) {
        title("Related Evaluations");
        std::vector<Row> rows{{"ID", "Priority", "Triggered By", "Node ID", "Status", "Description"}};
        for (const auto& r : e.RelatedEvals) {
            rows.push_back({short_id(r.ID, verbose), std::to_string(r.Priority), r.TriggeredBy,
                            short_id(r.NodeID, verbose), r.Status, r.StatusDescription});
        }
        call.say(format_table(rows));
    }
    if (e.PlanAnnotations && !e.PlanAnnotations->DesiredTGUpdates.empty()) {
        title("Plan Annotations");
        call.say(format_table(annotation_rows(*e.PlanAnnotations)));
    }
    if (e.PlanAnnotations && !e.PlanAnnotations->PreemptedAllocs.empty()) {
        title("Preempted Allocations");
        call.say(format_table(preempted_rows(*e.PlanAnnotations, verbose, now)));
    }
    if (!allocs.empty()) {
        title("Placed Allocations");
        call.say(alloc_table(allocs, verbose, now));
    }
    if (!e.FailedTGAllocs.empty()) {
        title("Failed Placements");
        call.io.out << placement_failures(e.FailedTGAllocs);
    }
}

int eval_status(Call& call) {
    bool monitor = false, json = false, verbose = false, ui = false;
    std::string tmpl;
    call.flags.add("monitor", monitor, "Follow the evaluation until it has ended.");
    call.flags.add("json", json, "Print JSON.");
    call.flags.add("t", tmpl, "Print by a template.");
    call.flags.add("verbose", verbose, "Show full ids.");
    call.flags.add("ui", ui);
    if (auto code = call.parse({0, 1, "one argument: <eval-id>"})) return *code;
    if (!call.api()) return 1;
    if (call.args.empty()) {
        if (!json && tmpl.empty()) return call.complain("This command takes one argument: <eval-id>");
        auto answer = call.api()->get("/v1/evaluations");
        if (!answer) return call.complain("Error querying evaluations", answer.error());
        return call.print_document(json, tmpl, answer->body);
    }
    auto id = find_eval(call, call.args[0]);
    if (!id) return 1;
    if (monitor) return monitor_evaluation(call, *id, call.config().namespace_name, verbose);
    net::Query query;
    query.add("related", "true");
    auto answer = call.api()->get("/v1/evaluation/" + *id, std::move(query));
    if (!answer) return call.complain("Error querying evaluation", answer.error());
    if (json || !tmpl.empty()) return call.print_document(json, tmpl, answer->body);
    auto eval = codec::from_json<model::Evaluation>(answer->body);
    if (!eval) return call.complain("Error querying evaluation", eval.error());
    auto allocs = call.api()->read<List<model::AllocListStub>>("/v1/evaluation/" + *id + "/allocations");
    if (!allocs) return call.complain("Error querying allocations", allocs.error());
    print_eval(call, *eval, *allocs, verbose);
    return 0;
}

int eval_delete(Call& call) {
    std::string filter;
    bool yes = false;
    call.flags.add("filter", filter, "Delete those that this expression selects.");
    call.flags.add("yes", yes, "Answer yes to every question.");
    if (auto code = call.parse({0, 1, "one argument: <eval-id>, or -filter"})) return *code;
    if (call.args.empty() == filter.empty())
        return call.complain("Error validating command: give either an evaluation or -filter");
    if (!call.api()) return 1;
    auto config = call.api()->read<model::SchedulerConfigurationResponse>("/v1/operator/scheduler/configuration");
    if (!config) return call.complain("Error querying scheduler configuration", config.error());
    if (!config->SchedulerConfig || !config->SchedulerConfig->PauseEvalBroker) {
        return call.complain(
            "Eval broker is not paused; pause it first: nomad operator scheduler set-config -pause-eval-broker=true");
    }
    model::EvalDeleteRequest request;
    request.Filter = filter;
    if (!call.args.empty()) {
        auto id = find_eval(call, call.args[0]);
        if (!id) return 1;
        request.EvalIDs.push_back(*id);
    } else if (!yes) {
        net::Query query;
        query.add("filter", filter);
        auto count = call.api()->read<model::EvalCountResponse>("/v1/evaluations/count", query);
        if (!count) return call.complain("Error counting evaluations", count.error());
        int code = 0;
        if (call.confirm("Do you want to list evals (" + std::to_string(count->Count) + ") prior to deletion?", code)) {
            auto evals = call.api()->read<List<model::Evaluation>>("/v1/evaluations", query);
            if (!evals) return call.complain("Error querying evaluations", evals.error());
            call.say(format_table(eval_rows(*evals, false)));
        } else if (code != 0) {
            return code;
        }
        if (!call.confirm("Are you sure you want to delete " + std::to_string(count->Count) + " evals?", code))
            return code;
    }
    auto done = call.api()->write<model::EvalDeleteResponse>("DELETE", "/v1/evaluations", request);
    if (!done) return call.complain("Error deleting evaluations", done.error());
    call.say("Successfully deleted " + std::to_string(done->Count) +
             (done->Count == 1 ? " evaluation" : " evaluations"));
    return 0;
}

}  // namespace

const CommandTable& eval_commands() {
    static const CommandTable table = {
        {"eval status", "Show the status of an evaluation", "[options] <eval-id>", "", eval_status},
        {"eval-status", "Show the status of an evaluation", "[options] <eval-id>", "", eval_status, true,
         "eval status"},
        {"eval list", "List evaluations", "[options]", "", eval_list},
        {"eval delete", "Delete evaluations", "[options] [<eval-id>]", "", eval_delete},
    };
    return table;
}

}  // namespace drover::cli
