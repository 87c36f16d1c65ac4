#include <algorithm>

#include "base/strings.h"
#include "cli/command.h"
#include "cli/format.h"
#include "cli/job_commands.h"
#include "cli/job_table.h"
#include "cli/lookup.h"
#include "cli/views.h"
#include "model/eval.h"
#include "model/job.h"

namespace drover::cli {
namespace {

int list_jobs(Call& call) {
    auto jobs = call.api()->read<List<model::JobListStub>>("/v1/jobs");
    if (!jobs) return call.complain("Error querying jobs", jobs.error());
    if (jobs->empty()) {
        call.say("No running jobs");
        return 0;
    }
    call.say(job_table(std::move(*jobs), call.config().namespace_name == "*"));
    return 0;
}

struct StatusOptions {
    bool summary_only = false, evals = false, all_allocs = false, verbose = false;
};

class JobView {
public:
    JobView(Call& call, const JobRef& ref, StatusOptions options) : call_(call), ref_(ref), options_(options) {}

    int print() {
        auto job = call_.api()->read<model::Job>(path(), in_namespace(ref_.namespace_name));
        if (!job) return call_.complain("Error querying job", job.error());
        head(*job);
        if (options_.summary_only) return 0;
        if (auto told = job->Periodic || job->ParameterizedJob ? children(*job) : details(*job); !told) {
            return call_.complain("Error querying job", told.error());
        }
        return 0;
    }

private:
    std::string path(std::string_view verb = "") const {
        return "/v1/job/" + net::encode_path_segment(ref_.id) + std::string(verb);
    }
    void title(std::string_view text) { call_.say("\n" + call_.colors.bold(text)); }

    void head(const model::Job& job) {
        std::vector<std::pair<std::string, std::string>> pairs{
            {"ID", job.ID},
            {"Name", job.Name},
            {"Submit Date", local_time(Time::from_unix_ns(job.SubmitTime))},
            {"Type", job.Type},
            {"Priority", std::to_string(job.Priority)},
            {"Datacenters", join(job.Datacenters, ",")},
            {"Namespace", job.Namespace},
            {"Node Pool", job.NodePool},
            {"Status", shown_status(job.Status, job.Stop)},
            {"Periodic", yes_no(static_cast<bool>(job.Periodic))},
            {"Parameterized", yes_no(static_cast<bool>(job.ParameterizedJob))}};
        if (!job.DispatchIdempotencyToken.empty()) pairs.push_back({"Idempotency Token", job.DispatchIdempotencyToken});
        if (const std::string launch = next_launch(job, call_.io.clock.now()); !launch.empty())
            pairs.push_back({"Next Periodic Launch", launch});
        call_.say(format_pairs(pairs));
    }

    // Of a job that only makes others.
    Result<void> children(const model::Job& job) {
        auto summary = call_.api()->read<model::JobSummary>(path("/summary"), in_namespace(ref_.namespace_name));
        if (!summary) return fail(summary.error());
        if (summary->Children) {
            title("Children Job Summary");
            call_.say(
                format_table({{"Pending", "Running", "Dead"},
                              {std::to_string(summary->Children->Pending), std::to_string(summary->Children->Running),
                               std::to_string(summary->Children->Dead)}}));
        }
        if (const auto& p = job.ParameterizedJob) {
            title("Parameterized Job");
            call_.say(format_pairs({{"Payload", p->Payload},
                                    {"Required Metadata", join(p->MetaRequired, ", ")},
                                    {"Optional Metadata", join(p->MetaOptional, ", ")}}));
        }
        net::Query query = in_namespace(ref_.namespace_name);
        query.add("prefix", job.ID + (job.Periodic ? "/periodic-" : "/dispatch-"));
        auto made = call_.api()->read<List<model::JobListStub>>("/v1/jobs", std::move(query));
        if (!made) return fail(made.error());
        if (made->empty()) return {};
        title(job.Periodic ? "Launched Jobs" : "Dispatched Jobs");
        std::vector<Row> rows{{"ID", "Status"}};
        for (const auto& child : *made) rows.push_back({child.ID, shown_status(child.Status, child.Stop)});
        call_.say(format_table(rows));
        return {};
    }

    Result<void> details(const model::Job& job) {
        auto summary = call_.api()->read<model::JobSummary>(path("/summary"), in_namespace(ref_.namespace_name));
        if (!summary) return fail(summary.error());
        net::Query query = in_namespace(ref_.namespace_name);
        query.add("all", options_.all_allocs ? "true" : "false");
        auto allocs = call_.api()->read<List<model::AllocListStub>>(path("/allocations"), query);
        if (!allocs) return fail(allocs.error());
        auto evals =
            call_.api()->read<List<model::Evaluation>>(path("/evaluations"), in_namespace(ref_.namespace_name));
        if (!evals) return fail(evals.error());
        auto deployment =
            call_.api()->read<std::optional<model::Deployment>>(path("/deployment"), in_namespace(ref_.namespace_name));
        if (!deployment) return fail(deployment.error());
        print_summary(*summary);
        if (options_.evals || options_.verbose) print_evals(*evals);
        print_reschedules(*evals, *allocs);
        print_failures(*evals);
        if (*deployment) print_deployment(**deployment);
        print_actions(job);
        title("Allocations");
        if (allocs->empty()) {
            call_.say("No allocations placed");
        } else {
            call_.say(alloc_table(*allocs, options_.verbose, call_.io.clock.now()));
        }
        return {};
    }

    void print_summary(const model::JobSummary& summary) {
        title("Summary");
        std::vector<Row> rows{{"Task Group", "Queued", "Starting", "Running", "Failed", "Complete", "Lost", "Unknown"}};
        for (const auto& [group, s] : summary.Summary) {
            rows.push_back({group, std::to_string(s.Queued), std::to_string(s.Starting), std::to_string(s.Running),
                            std::to_string(s.Failed), std::to_string(s.Complete), std::to_string(s.Lost),
                            std::to_string(s.Unknown)});
        }
        call_.say(format_table(rows));
    }

    void print_evals(const List<model::Evaluation>& evals) {
        title("Evaluations");
        std::vector<Row> rows{{"ID", "Priority", "Triggered By", "Status", "Placement Failures"}};
        for (const auto& e : evals) {
            rows.push_back({short_id(e.ID, options_.verbose), std::to_string(e.Priority), e.TriggeredBy, e.Status,
                            e.FailedTGAllocs.empty() ? "false" : "true"});
        }
        call_.say(format_table(rows));
    }

    // Only a blocked evaluation still speaks of the present; the newest one with failures says why.
    void print_failures(const List<model::Evaluation>& evals) {
        const model::Evaluation* newest = nullptr;
        bool blocked = false;
        for (const auto& e : evals) {
            blocked = blocked || e.Status == "blocked";
            if (e.Status == "complete" && !e.FailedTGAllocs.empty() && (!newest || e.CreateIndex > newest->CreateIndex))
                newest = &e;
        }
        if (!blocked || !newest) return;
        title("Placement Failure");
        call_.io.out << placement_failures(newest->FailedTGAllocs);
    }

    // Evaluations that wait to replace an allocation which failed.
    void print_reschedules(const List<model::Evaluation>& evals, const List<model::AllocListStub>& allocs) {
        const Time now = call_.io.clock.now();
        std::vector<Row> rows{{"Task Group", "Eval ID", "Eval Time"}};
        for (const auto& a : allocs) {
            if (a.FollowupEvalID.empty() || !a.NextAllocation.empty()) continue;
            for (const auto& e : evals) {
                if (e.ID != a.FollowupEvalID || e.WaitUntil <= now) continue;
                rows.push_back(
                    {a.TaskGroup, short_id(e.ID, options_.verbose), rough_duration(e.WaitUntil - now) + " from now"});
            }
        }
        if (rows.size() == 1) return;
        title("Future Rescheduling Attempts");
        call_.say(format_table(rows));
    }

    void print_deployment(const model::Deployment& d) {
        title("Latest Deployment");
        call_.say(format_pairs(
            {{"ID", short_id(d.ID, options_.verbose)}, {"Status", d.Status}, {"Description", d.StatusDescription}}));
        title("Deployed");
        call_.say(deployment_groups(d));
    }

    void print_actions(const model::Job& job) {
        std::vector<Row> rows{{"Action Name", "Task Group", "Task"}};
        for (const auto& group : job.TaskGroups) {
            for (const auto& task : group.Tasks) {
                for (const auto& action : task.Actions) rows.push_back({action.Name, group.Name, task.Name});
            }
        }
        if (rows.size() == 1) return;
        title("Actions");
        call_.say(format_table(rows));
    }

    Call& call_;
    const JobRef& ref_;
    StatusOptions options_;
};

}  // namespace

int job_status(Call& call) {
    StatusOptions options;
    bool json = false, ui = false;
    std::string tmpl;
    call.flags.add("short", options.summary_only, "Only the first block.");
    call.flags.add("evals", options.evals, "Also show the evaluations.");
    call.flags.add("all-allocs", options.all_allocs, "Also show allocations of an earlier job of this name.");
    call.flags.add("verbose", options.verbose, "Show full ids and more.");
    call.flags.add("json", json, "Print JSON.");
    call.flags.add("t", tmpl, "Print by a template.");
    call.flags.add("ui", ui);
    if (auto code = call.parse({0, 1, "either no arguments or one: <job>"})) return *code;
    if (!call.api()) return 1;
    if (call.args.empty()) {
        if (!json && tmpl.empty()) return list_jobs(call);
        auto answer = call.api()->get("/v1/jobs");
        if (!answer) return call.complain("Error querying jobs", answer.error());
        return call.print_document(json, tmpl, answer->body);
    }
    auto job = find_job(call, call.args[0]);
    if (!job) return 1;
    if (json || !tmpl.empty()) {
        auto answer =
            call.api()->get("/v1/job/" + net::encode_path_segment(job->id), in_namespace(job->namespace_name));
        if (!answer) return call.complain("Error querying job", answer.error());
        return call.print_document(json, tmpl, "[" + answer->body + "]");
    }
    return JobView(call, *job, options).print();
}

}  // namespace drover::cli
