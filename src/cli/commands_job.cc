#include <algorithm>

#include "base/strings.h"
#include "cli/command.h"
#include "cli/diff_view.h"
#include "cli/format.h"
#include "cli/job_commands.h"
#include "cli/lookup.h"
#include "cli/monitor.h"
#include "cli/views.h"
#include "model/job.h"
#include "model/rpc_job.h"

namespace drover::cli {
namespace {

int history_block(Call& call, const model::Job& job, const model::JobDiff* diff, bool full) {
    std::vector<std::pair<std::string, std::string>> pairs{
        {"Version", std::to_string(job.Version)},
        {"Stable", yes_no(job.Stable)},
        {"Submit Date", local_time(Time::from_unix_ns(job.SubmitTime))}};
    if (job.VersionTag) {
        pairs.push_back({"Tag Name", job.VersionTag->Name});
        if (!job.VersionTag->Description.empty()) pairs.push_back({"Tag Description", job.VersionTag->Description});
    }
    call.say(format_pairs(pairs));
    if (diff) call.say("Diff        =\n" + std::string(trim(job_diff(*diff, call.colors, false))));
    if (full) call.say("Full        =\n" + codec::to_json(job, true));
    return 0;
}

int job_stop(Call& call) {
    bool detach = false, verbose = false, global = false, no_shutdown_delay = false, purge = false, yes = false;
    int64_t priority = 0;
    call.flags.add("detach", detach, "Print the evaluation's id and return at once.");
    call.flags.add("verbose", verbose, "Show full ids.");
    call.flags.add("global", global, "Stop a multi-region job in all its regions.");
    call.flags.add("no-shutdown-delay", no_shutdown_delay, "Skip the shutdown delays of groups and tasks.");
    call.flags.add("purge", purge, "Remove the job from the cluster instead of keeping it as dead.");
    call.flags.add("yes", yes, "Answer yes to every question.");
    call.flags.add("eval-priority", priority, "The priority of the evaluation that this makes.");
    if (auto code = call.parse({1, SIZE_MAX, "at least one argument: <job>"})) return *code;
    int first_failure = 0;
    for (const std::string& name : call.args) {
        auto job = find_job(call, name);
        int code = 1;
        if (job && (!job->by_prefix || yes ||
                    call.confirm("Are you sure you want to stop job " + quote(job->id) + "?", code))) {
            net::Query query = in_namespace(job->namespace_name);
            query.add("purge", yes_no(purge));
            query.add("global", yes_no(global));
            query.add("eval_priority", std::to_string(priority));
            query.add("no_shutdown_delay", yes_no(no_shutdown_delay));
            auto answer = call.api()->call("DELETE", "/v1/job/" + net::encode_path_segment(job->id), std::move(query));
            auto done = answer ? codec::from_json<model::JobDeregisterResponse>(answer->body)
                               : Result<model::JobDeregisterResponse>(fail(answer.error()));
            if (!done) {
                code = call.complain("Error deregistering job with id " + name, done.error());
            } else if (detach || done->EvalID.empty()) {
                if (!done->EvalID.empty()) call.say(done->EvalID);
                code = 0;
            } else {
                code = monitor_evaluation(call, done->EvalID, job->namespace_name, verbose);
            }
        }
        if (first_failure == 0) first_failure = code;
    }
    return first_failure;
}

int job_inspect(Call& call) {
    bool json = false, hcl = false, with_vars = false;
    std::string tmpl, version;
    call.flags.add("json", json, "Print the job as JSON (the default).");
    call.flags.add("t", tmpl, "Print the job by a template.");
    call.flags.add("hcl", hcl, "Print the source that was submitted.");
    call.flags.add("with-vars", with_vars, "With -hcl: also print the variables that were submitted.");
    call.flags.add("version", version, "A version of the job instead of the newest.");
    if (auto code = call.parse({1, 1, "one argument: <job>"})) return *code;
    if (hcl && (json || !tmpl.empty())) return call.complain("-hcl cannot be used together with -json or -t");
    auto job = find_job(call, call.args[0]);
    if (!job) return 1;
    const std::string path = "/v1/job/" + net::encode_path_segment(job->id);
    net::Query query = in_namespace(job->namespace_name);
    if (hcl) {
        if (version.empty()) {
            auto current = call.api()->read<model::Job>(path, query);
            if (!current) return call.complain("Error inspecting job", current.error());
            version = std::to_string(current->Version);
        }
        query.add("version", version);
        auto submission = call.api()->read<model::JobSubmission>(path + "/submission", query);
        if (!submission) return call.complain("Error inspecting job", submission.error());
        call.io.out << submission->Source;
        if (with_vars) call.say("\n# Variables\n" + submission->Variables);
        return 0;
    }
    std::string body;
    if (version.empty()) {
        auto answer = call.api()->get(path, query);
        if (!answer) return call.complain("Error inspecting job", answer.error());
        body = answer->body;
    } else {
        auto wanted = parse_uint(version);
        if (!wanted) return call.complain("Error parsing version value " + quote(version));
        auto answer = call.api()->get(path + "/versions", query);
        if (!answer) return call.complain("Error retrieving job versions", answer.error());
        auto document = codec::any_from_json(answer->body);
        const codec::Any* list = document ? document->member("Versions") : nullptr;
        if (list && list->as<codec::AnyList>()) {
            for (const codec::Any& one : *list->as<codec::AnyList>()) {
                const codec::Any* number = one.member("Version");
                const auto* n = number ? number->as<int64_t>() : nullptr;
                if (n && static_cast<uint64_t>(*n) == *wanted) body = codec::to_json(one);
            }
        }
        if (body.empty()) return call.complain("Job " + quote(job->id) + " has no version " + version);
    }
    if (!tmpl.empty()) return call.print_document(json, tmpl, body);
    return call.print_document(true, "", "{\"Job\":" + body + "}");
}

int job_history(Call& call) {
    bool diff = false, full = false, json = false;
    std::string version, tmpl, diff_tag, diff_version;
    call.flags.add("p", diff, "Show what each version changed.");
    call.flags.add("full", full, "Show each version whole.");
    call.flags.add("version", version, "Only this version.");
    call.flags.add("diff-tag", diff_tag, "Compare with the version of this tag.");
    call.flags.add("diff-version", diff_version, "Compare with this version.");
    call.flags.add("json", json, "Print JSON.");
    call.flags.add("t", tmpl, "Print by a template.");
    if (auto code = call.parse({1, 1, "one argument: <job>"})) return *code;
    auto job = find_job(call, call.args[0]);
    if (!job) return 1;
    net::Query query = in_namespace(job->namespace_name);
    query.add("diffs", yes_no(diff || !diff_tag.empty() || !diff_version.empty()));
    if (!diff_tag.empty()) query.add("diff_tag", diff_tag);
    if (!diff_version.empty()) query.add("diff_version", diff_version);
    auto answer = call.api()->get("/v1/job/" + net::encode_path_segment(job->id) + "/versions", std::move(query));
    if (!answer) return call.complain("Error retrieving job versions", answer.error());
    if (json || !tmpl.empty()) {
        auto document = codec::any_from_json(answer->body);
        const codec::Any* versions = document ? document->member("Versions") : nullptr;
        return call.print_document(json, tmpl, versions ? codec::to_json(*versions) : answer->body);
    }
    auto versions = codec::from_json<model::JobVersionsResponse>(answer->body);
    if (!versions) return call.complain("Error retrieving job versions", versions.error());
    std::optional<uint64_t> only;
    if (!version.empty() && !(only = parse_uint(version)))
        return call.complain("Error parsing version value " + quote(version));
    bool first = true;
    for (size_t i = 0; i < versions->Versions.size(); ++i) {
        const model::Job& one = *versions->Versions[i];
        if (only && one.Version != *only) continue;
        if (!first) call.say();
        first = false;
        history_block(call, one, i < versions->Diffs.size() ? &versions->Diffs[i] : nullptr, full);
    }
    if (first && only) return call.complain("Job " + quote(job->id) + " has no version " + version);
    return 0;
}

int job_eval(Call& call) {
    bool detach = false, force = false, verbose = false;
    call.flags.add("detach", detach, "Print the evaluation's id and return at once.");
    call.flags.add("force-reschedule", force,
                   "Reschedule failed allocations although their policy says later or never.");
    call.flags.add("verbose", verbose, "Show full ids.");
    if (auto code = call.parse({1, 1, "one argument: <job>"})) return *code;
    auto job = find_job(call, call.args[0]);
    if (!job) return 1;
    model::JobEvaluateRequest request;
    request.JobID = job->id;
    request.Namespace = job->namespace_name;
    request.EvalOptions.ForceReschedule = force;
    auto done = call.api()->write<model::JobRegisterResponse>(
        "PUT", "/v1/job/" + net::encode_path_segment(job->id) + "/evaluate", request,
        in_namespace(job->namespace_name));
    if (!done) return call.complain("Error evaluating job", done.error());
    if (detach) {
        call.say("Created eval ID: " + quote(short_id(done->EvalID, verbose)));
        return 0;
    }
    return monitor_evaluation(call, done->EvalID, job->namespace_name, verbose);
}

}  // namespace

const CommandTable& job_commands() {
    static const CommandTable table = {
        {"job run", "Run a new job or update an existing one", "[options] <path>", "", job_run},
        {"run", "Run a new job or update an existing one", "[options] <path>", "", job_run, false, "job run"},
        {"job plan", "Show what registering a job would change", "[options] <path>", "", job_plan},
        {"plan", "Show what registering a job would change", "[options] <path>", "", job_plan, false, "job plan"},
        {"job validate", "Check a job specification", "[options] <path>", "", job_validate},
        {"validate", "Check a job specification", "[options] <path>", "", job_validate, false, "job validate"},
        {"job status", "Show the status of jobs", "[options] [<job>]", "", job_status, false, "status"},
        {"job inspect", "Show a job as it was submitted", "[options] <job>", "", job_inspect},
        {"inspect", "Show a job as it was submitted", "[options] <job>", "", job_inspect, false, "job inspect"},
        {"job history", "Show the versions of a job", "[options] <job>", "", job_history},
        {"job stop", "Stop a job", "[options] <job>...", "", job_stop},
        {"stop", "Stop a job", "[options] <job>...", "", job_stop, false, "job stop"},
        {"job init", "Write an example of a job file", "[options] [<filename>]", "", job_init},
        {"init", "Write an example of a job file", "[options] [<filename>]", "", job_init, false, "job init"},
        {"job schema", "Print the JSON schema of jobs in JSON", "",
         "Prints the JSON schema (draft 2020-12) of jobs in the API's JSON, for editors and other checkers.",
         job_schema},
        {"job eval", "Evaluate a job anew", "[options] <job>", "", job_eval},
        {"job restart", "Restart or move the allocations of a job", "[options] <job>", "", job_restart},
    };
    return table;
}

}  // namespace drover::cli
