#include <map>
#include <tuple>

#include "base/strings.h"
#include "cli/command.h"
#include "cli/diff_view.h"
#include "cli/format.h"
#include "cli/job_commands.h"
#include "cli/job_file.h"
#include "cli/monitor.h"
#include "cli/views.h"
#include "model/rpc_job.h"

namespace drover::cli {
namespace {

std::string path_of(const model::spec::Job& job) { return "/v1/job/" + net::encode_path_segment(job.ID.value_or("")); }

bool changes_allocations(const model::JobPlanResponse& plan) {
    if (!plan.Annotations) return false;
    for (const auto& [group, u] : plan.Annotations->DesiredTGUpdates) {
        if (u.Stop + u.Place + u.Migrate + u.DestructiveUpdate + u.Canary > 0) return true;
    }
    return false;
}

void print_dry_run(Call& call, const model::spec::Job& job, const model::JobPlanResponse& plan) {
    call.say(call.colors.bold("Scheduler dry-run:"));
    if (plan.FailedTGAllocs.empty()) {
        call.say(call.colors.green("- All tasks successfully allocated."));
    } else {
        call.say(call.colors.bold(call.colors.yellow("- WARNING: Failed to place all allocations.")));
        call.io.out << placement_failures(plan.FailedTGAllocs, "  ");
    }
    for (const auto& eval : plan.CreatedEvals) {
        if (!eval || eval->TriggeredBy != "rolling-update") continue;
        call.say(call.colors.green("- Rolling update, next evaluation will be in " + to_string(eval->Wait) + "."));
    }
    if (job.Periodic && !plan.NextPeriodicLaunch.is_zero()) {
        call.say(call.colors.green("- If submitted now, next periodic launch would be at " +
                                   upcoming(plan.NextPeriodicLaunch, call.io.clock.now()) + "."));
    }
    call.say();
}

void print_preemptions(Call& call, const model::PlanAnnotations& annotations) {
    if (annotations.PreemptedAllocs.empty()) return;
    call.say(call.colors.bold("Preemptions:") + "\n");
    constexpr size_t kListed = 10;
    if (annotations.PreemptedAllocs.size() < kListed) {
        std::vector<Row> rows{{"Alloc ID", "Job ID", "Task Group"}};
        for (const auto& a : annotations.PreemptedAllocs) rows.push_back({a.ID, a.JobID, a.TaskGroup});
        call.say(format_table(rows) + "\n");
        return;
    }
    std::map<std::tuple<std::string, std::string, std::string>, size_t> counts;
    for (const auto& a : annotations.PreemptedAllocs) ++counts[{a.JobID, a.Namespace, a.JobType}];
    std::vector<Row> rows{{"Job ID", "Namespace", "Job Type", "Preemptions"}};
    for (const auto& [key, n] : counts) {
        rows.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), std::to_string(n)});
    }
    call.say(format_table(rows) + "\n");
}

// Of the job as the server keeps it: with its time zone and its defaults.
int tell_next_launch(Call& call, const model::spec::Job& job) {
    auto registered = call.api()->read<model::Job>(path_of(job), address_job(call, job));
    if (!registered) return call.complain("Error determining the next launch", registered.error());
    if (const std::string launch = next_launch(*registered, call.io.clock.now()); !launch.empty())
        call.say("Approximate next launch time: " + launch);
    return 0;
}

// The flags of the plan that the job must be run with too.
std::string flags_for_run(const Call& call, const JobFileOptions& file, const std::string& vault_namespace) {
    std::string out;
    const auto add = [&](std::string_view flag, const std::string& value) {
        if (call.flags.given(flag)) out += " -" + std::string(flag) + value;
    };
    add("json", "");
    add("hcl2-strict", file.strict ? "=true" : "=false");
    add("policy-override", "");
    add("vault-namespace", "=" + quote(vault_namespace));
    add("region", "=" + quote(call.config().region));
    add("namespace", "=" + quote(call.config().namespace_name));
    for (const std::string& var : file.vars) out += " -var=" + quote(var);
    for (const std::string& path : file.var_files) out += " -var-file=" + quote(path);
    return out;
}

}  // namespace

int job_run(Call& call) {
    bool detach = false, verbose = false, output = false, policy_override = false, preserve_counts = false;
    bool preserve_resources = false, ui = false;
    std::string check_index, consul_namespace, vault_namespace;
    int64_t priority = 0;
    JobFileOptions file;
    call.flags.add("detach", detach, "Print the evaluation's id and return at once.");
    call.flags.add("verbose", verbose, "Show full ids.");
    call.flags.add("check-index", check_index, "Only if the job has this modify index; 0: only if it is new.");
    call.flags.add("consul-namespace", consul_namespace, "The Consul namespace of the job's services.");
    call.flags.add("vault-namespace", vault_namespace, "The Vault namespace of the job.");
    call.flags.add("eval-priority", priority, "The priority of the evaluation that this makes.");
    call.flags.add("output", output, "Print the job as JSON and send nothing.");
    call.flags.add("policy-override", policy_override, "Override soft-mandatory policies.");
    call.flags.add("preserve-counts", preserve_counts, "Keep the counts of the running job.");
    call.flags.add("preserve-resources", preserve_resources, "Keep the resources of the running job.");
    call.flags.add("ui", ui);
    file.add_flags(call.flags);
    if (auto code = call.parse({1, 1, "one argument: <path>"})) return *code;
    auto loaded = load_job(call, call.args[0], file);
    if (!loaded) return 1;
    if (!consul_namespace.empty()) loaded->job.ConsulNamespace = consul_namespace;
    if (!vault_namespace.empty()) loaded->job.VaultNamespace = vault_namespace;
    model::spec::JobRegisterRequest request;
    request.Job = loaded->job;
    if (output) return call.print_document(true, "", "{\"Job\":" + codec::to_json(loaded->job) + "}");
    request.Submission = loaded->submission;
    request.EvalPriority = priority;
    request.PolicyOverride = policy_override;
    request.PreserveCounts = preserve_counts;
    request.PreserveResources = preserve_resources;
    if (!check_index.empty()) {
        auto index = parse_uint(check_index);
        if (!index) return call.complain("Error parsing check-index value " + quote(check_index) + ": invalid syntax");
        request.EnforceIndex = true;
        request.JobModifyIndex = *index;
    }
    if (!call.api()) return 1;
    auto done =
        call.api()->write<model::JobRegisterResponse>("PUT", "/v1/jobs", request, address_job(call, loaded->job));
    if (!done) {
        const std::string& text = done.error().message;
        if (const size_t at = text.find("Enforcing job modify index"); at != std::string::npos) {
            return call.complain(text.substr(at, text.rfind(')') - at) + "\nJob not updated");
        }
        return call.complain("Error submitting job", done.error());
    }
    if (!done->Warnings.empty()) call.say(warnings_block(done->Warnings, call.colors));
    const bool waits = !loaded->job.Periodic && !loaded->job.ParameterizedJob && !loaded->job.Multiregion;
    if (detach || !waits || done->EvalID.empty()) {
        call.say("Job registration successful");
        if (!done->EvalID.empty()) call.say("Evaluation ID: " + done->EvalID);
        return loaded->job.Periodic ? tell_next_launch(call, loaded->job) : 0;
    }
    const std::string& asked = call.config().namespace_name;
    return monitor_evaluation(call, done->EvalID, asked.empty() ? loaded->job.Namespace.value_or("") : asked, verbose);
}

int job_plan(Call& call) {
    bool diff = true, json_output = false, verbose = false, policy_override = false;
    std::string tmpl, vault_namespace;
    JobFileOptions file;
    call.usage_error_code = 255;
    call.flags.add("diff", diff, "Show what changes (default true).");
    call.flags.add("json-output", json_output, "Print the plan as JSON.");
    call.flags.add("t", tmpl, "Print the plan by a template.");
    call.flags.add("policy-override", policy_override, "Override soft-mandatory policies.");
    call.flags.add("vault-namespace", vault_namespace, "The Vault namespace of the job.");
    call.flags.add("verbose", verbose, "Also show what does not change.");
    file.add_flags(call.flags);
    if (auto code = call.parse({1, 1, "one argument: <path>"})) return *code;
    auto loaded = load_job(call, call.args[0], file);
    if (!loaded) return 255;
    if (!vault_namespace.empty()) loaded->job.VaultNamespace = vault_namespace;
    model::spec::JobPlanRequest request;
    request.Job = loaded->job;
    request.Diff = true;
    request.PolicyOverride = policy_override;
    if (!call.api()) return 255;
    auto answer = call.api()->call("PUT", path_of(loaded->job) + "/plan", address_job(call, loaded->job),
                                   codec::to_json(request));
    auto plan = answer ? codec::from_json<model::JobPlanResponse>(answer->body)
                       : Result<model::JobPlanResponse>(fail(answer.error()));
    if (!plan) return call.complain("Error during plan", plan.error()), 255;
    const int code = changes_allocations(*plan) ? 1 : 0;
    if (json_output || !tmpl.empty()) return call.print_document(json_output, tmpl, answer->body) == 0 ? code : 255;
    if (diff && plan->Diff) call.say(job_diff(*plan->Diff, call.colors, verbose));
    print_dry_run(call, loaded->job, *plan);
    if (!plan->Warnings.empty()) call.say(warnings_block(plan->Warnings, call.colors));
    if (plan->Annotations) print_preemptions(call, *plan->Annotations);
    call.say(call.colors.bold("Job Modify Index: " + std::to_string(plan->JobModifyIndex)));
    const std::string command = "nomad job run -check-index " + std::to_string(plan->JobModifyIndex) +
                                flags_for_run(call, file, vault_namespace);
    call.say(
        "To submit the job with version verification run:\n\n" + command + " " + call.args[0] +
        "\n\nWith the index given, the job is changed only if nobody changed it since this plan; otherwise its index\n"
        "has moved on and the plan may no longer hold.");
    return code;
}

}  // namespace drover::cli
