// Counts of groups that are set from outside, and the policies by which others set them.
#include <algorithm>

#include "base/strings.h"
#include "cli/command.h"
#include "cli/format.h"
#include "cli/job_commands.h"
#include "cli/lookup.h"
#include "cli/monitor.h"
#include "model/rpc_job.h"

namespace drover::cli {
namespace {

std::string scale_path(const JobRef& job) { return "/v1/job/" + net::encode_path_segment(job.id) + "/scale"; }

// The group named on the line, or the only one that the job has. Empty after it told what is wrong.
std::string group_to_scale(Call& call, const JobRef& job) {
    if (call.args.size() == 3) return call.args[1];
    auto status = call.api()->read<model::JobScaleStatus>(scale_path(job), in_namespace(job.namespace_name));
    if (!status) return call.complain("Error querying job", status.error()), "";
    if (status->TaskGroups.size() == 1) return status->TaskGroups.begin()->first;
    std::string names;
    for (const auto& [name, group] : status->TaskGroups) names += (names.empty() ? "" : ", ") + name;
    call.complain("The job has several task groups; name one of them: " + names);
    return "";
}

int job_scale(Call& call) {
    bool detach = false, verbose = false;
    int64_t check_index = 0;
    call.flags.add("check-index", check_index, "Only if the job has this modify index.");
    call.flags.add("detach", detach, "Print the evaluation's id and return at once.");
    call.flags.add("verbose", verbose, "Show full ids.");
    if (auto code = call.parse({2, 3, "a job, perhaps one of its groups, and a count: <job> [<group>] <count>"}))
        return *code;
    const auto count = parse_int(call.args.back());
    if (!count) return call.complain("The count must be a number, not " + quote(call.args.back()));
    auto job = find_job(call, call.args[0]);
    if (!job) return 1;
    const std::string group = group_to_scale(call, *job);
    if (group.empty()) return 1;
    model::JobScaleRequest request;
    request.JobID = job->id;
    request.Namespace = job->namespace_name;
    request.Target["Namespace"] = job->namespace_name;
    request.Target["Job"] = job->id;
    request.Target["Group"] = group;
    request.Count = *count;
    request.Message = "submitted using the command line";
    request.EnforceIndex = check_index > 0;
    request.JobModifyIndex = static_cast<uint64_t>(std::max<int64_t>(check_index, 0));
    auto done = call.api()->write<model::JobRegisterResponse>("PUT", scale_path(*job), request,
                                                              in_namespace(job->namespace_name));
    if (!done) return call.complain("Error scaling job", done.error());
    if (detach || done->EvalID.empty()) {
        call.say("Job scale successful");
        if (!done->EvalID.empty()) call.say("Evaluation ID: " + done->EvalID);
        return 0;
    }
    return monitor_evaluation(call, done->EvalID, job->namespace_name, verbose);
}

// "a=b c=1", as it is: what callers note is theirs.
std::string meta_text(const Map<codec::Any>& meta) {
    std::string out;
    for (const auto& [key, value] : meta) {
        const auto* text = value.as<std::string>();
        out += (out.empty() ? "" : " ") + key + "=" + (text ? *text : codec::to_json(value));
    }
    return out;
}

int job_scaling_events(Call& call) {
    bool verbose = false;
    call.flags.add("verbose", verbose, "Show what was said, the evaluations and whole times.");
    if (auto code = call.parse({1, 1, "one argument: <job>"})) return *code;
    auto job = find_job(call, call.args[0]);
    if (!job) return 1;
    auto status = call.api()->read<model::JobScaleStatus>(scale_path(*job), in_namespace(job->namespace_name));
    if (!status) return call.complain("Error listing scaling events", status.error());
    std::vector<std::pair<std::string, const model::ScalingEvent*>> events;
    for (const auto& [name, group] : status->TaskGroups)
        for (const model::ScalingEvent& event : group.Events) events.emplace_back(name, &event);
    if (events.empty()) {
        call.say("No events found");
        return 0;
    }
    std::sort(events.begin(), events.end(),
              [](const auto& a, const auto& b) { return a.second->CreateIndex > b.second->CreateIndex; });
    std::vector<Row> rows{{"Task Group", "Count", "PrevCount"}};
    if (verbose) rows[0].insert(rows[0].end(), {"Error", "Message", "Eval ID", "Meta"});
    rows[0].push_back("Date");
    for (const auto& [group, event] : events) {
        Row row{group, event->Count ? std::to_string(*event->Count) : "", std::to_string(event->PreviousCount)};
        if (verbose) {
            row.insert(row.end(),
                       {yes_no(event->Error), event->Message, event->EvalID.value_or(""), meta_text(event->Meta)});
        }
        row.push_back(local_time(Time::from_unix_ns(event->Time)));
        rows.push_back(std::move(row));
    }
    call.say(format_table(rows));
    return 0;
}

std::string target_text(const Map<std::string>& target) {
    std::string out;
    for (const auto& [key, value] : target) out += (out.empty() ? "" : ",") + key + ":" + value;
    return out;
}

int scaling_policy_list(Call& call) {
    bool json = false, verbose = false;
    std::string tmpl, job, type;
    call.flags.add("job", job, "Only policies that scale this job.");
    call.flags.add("type", type, "Only policies of this type.");
    call.flags.add("verbose", verbose, "Show full ids.");
    call.flags.add("json", json, "Print JSON.");
    call.flags.add("t", tmpl, "Print by a template.");
    if (auto code = call.parse({0, 0, "no arguments"})) return *code;
    if (!call.api()) return 1;
    net::Query query;
    if (!job.empty()) query.add("job", job);
    if (!type.empty()) query.add("type", type);
    auto answer = call.api()->get("/v1/scaling/policies", std::move(query));
    if (!answer) return call.complain("Error listing scaling policies", answer.error());
    if (json || !tmpl.empty()) return call.print_document(json, tmpl, answer->body);
    auto policies = codec::from_json<List<model::ScalingPolicyListStub>>(answer->body);
    if (!policies) return call.complain("Error listing scaling policies", policies.error());
    if (policies->empty()) {
        call.say("No policies found");
        return 0;
    }
    std::vector<Row> rows{{"ID", "Enabled", "Type", "Target"}};
    for (const auto& policy : *policies)
        rows.push_back({short_id(policy.ID, verbose), yes_no(policy.Enabled), policy.Type, target_text(policy.Target)});
    call.say(format_table(rows));
    return 0;
}

// By the beginning of its id.
std::optional<std::string> find_policy(Call& call, const std::string& prefix) {
    if (!call.api()) return std::nullopt;
    net::Query query;
    query.add("prefix", prefix);
    auto found = call.api()->read<List<model::ScalingPolicyListStub>>("/v1/scaling/policies", std::move(query));
    if (!found) return call.complain("Error querying scaling policy", found.error()), std::nullopt;
    if (found->size() == 1) return found->front().ID;
    if (found->empty()) {
        call.complain("No scaling policies with prefix or id " + quote(prefix) + " found");
        return std::nullopt;
    }
    std::vector<Row> rows{{"ID", "Type", "Target"}};
    for (const auto& policy : *found) rows.push_back({policy.ID, policy.Type, target_text(policy.Target)});
    call.complain("Prefix matched multiple scaling policies\n\n" + format_table(rows));
    return std::nullopt;
}

int scaling_policy_info(Call& call) {
    bool json = false, verbose = false;
    std::string tmpl;
    call.flags.add("verbose", verbose, "Show full ids.");
    call.flags.add("json", json, "Print JSON.");
    call.flags.add("t", tmpl, "Print by a template.");
    if (auto code = call.parse({1, 1, "one argument: <policy-id>"})) return *code;
    auto id = find_policy(call, call.args[0]);
    if (!id) return 1;
    auto answer = call.api()->get("/v1/scaling/policy/" + *id);
    if (!answer) return call.complain("Error querying scaling policy", answer.error());
    if (json || !tmpl.empty()) return call.print_document(json, tmpl, answer->body);
    auto policy = codec::from_json<model::ScalingPolicy>(answer->body);
    if (!policy) return call.complain("Error querying scaling policy", policy.error());
    call.say(format_pairs({{"ID", short_id(policy->ID, verbose)},
                           {"Enabled", yes_no(policy->Enabled)},
                           {"Target", target_text(policy->Target)},
                           {"Min", std::to_string(policy->Min)},
                           {"Max", std::to_string(policy->Max)}}));
    call.say("\n" + call.colors.bold("Policy:"));
    return call.print_document(true, "", codec::to_json(policy->Policy));
}

}  // namespace

const CommandTable& scaling_commands() {
    static const CommandTable table = {
        {"job scale", "Set how many allocations a group has", "[options] <job> [<group>] <count>",
         "The group may be left out if the job has one.", job_scale},
        {"job scaling-events", "List what was scaled, and when", "[options] <job>", "", job_scaling_events},
        {"scaling policy list", "List the policies that scale jobs", "[options]", "", scaling_policy_list},
        {"scaling policy info", "Show a scaling policy", "[options] <policy-id>", "", scaling_policy_info},
    };
    return table;
}

}  // namespace drover::cli
