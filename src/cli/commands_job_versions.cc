// Commands about a job's versions and their deployments.
#include <algorithm>

#include "base/strings.h"
#include "cli/command.h"
#include "cli/format.h"
#include "cli/lookup.h"
#include "cli/monitor.h"
#include "cli/views.h"
#include "model/rpc_deployment.h"
#include "model/rpc_job.h"

namespace drover::cli {
namespace {

std::string path_of(const JobRef& job, std::string_view rest) {
    return "/v1/job/" + net::encode_path_segment(job.id) + std::string(rest);
}

int follow(Call& call, const std::string& eval_id, const JobRef& job, bool detach, bool verbose) {
    if (eval_id.empty()) return 0;
    if (!detach) return monitor_evaluation(call, eval_id, job.namespace_name, verbose);
    call.say("Evaluation ID: " + eval_id);
    return 0;
}

// The deployment of the job's newest version that has one, or nothing after it told so.
std::optional<model::Deployment> newest_deployment(Call& call, const JobRef& job) {
    auto newest = call.api()->read<std::optional<model::Deployment>>(path_of(job, "/deployment"),
                                                                     in_namespace(job.namespace_name));
    if (!newest) {
        call.complain("Error retrieving the job's deployment", newest.error());
        return std::nullopt;
    }
    if (!*newest) call.complain("Job " + quote(job.id) + " has no deployment");
    return *newest;
}

int job_deployments(Call& call) {
    bool json = false, verbose = false, latest = false, all = false;
    std::string tmpl;
    call.flags.add("json", json, "Print JSON.");
    call.flags.add("t", tmpl, "Print by a template.");
    call.flags.add("verbose", verbose, "Show full ids.");
    call.flags.add("latest", latest, "Only the newest, with its groups.");
    call.flags.add("all", all, "Also those of an earlier job of this name.");
    if (auto code = call.parse({1, 1, "one argument: <job>"})) return *code;
    const auto job = find_job(call, call.args[0]);
    if (!job) return 1;
    if (latest && !json && tmpl.empty()) {
        const auto newest = newest_deployment(call, *job);
        if (newest) call.say(deployment_block(*newest, verbose, call.colors));
        return newest ? 0 : 1;
    }
    net::Query query = in_namespace(job->namespace_name);
    if (!latest) query.add("all", yes_no(all));
    auto answer = call.api()->get(path_of(*job, latest ? "/deployment" : "/deployments"), std::move(query));
    if (!answer) return call.complain("Error retrieving deployments", answer.error());
    if (json || !tmpl.empty()) return call.print_document(json, tmpl, answer->body);
    auto deployments = codec::from_json<List<model::Deployment>>(answer->body);
    if (!deployments) return call.complain("Error retrieving deployments", deployments.error());
    call.say(deployment_table(*deployments, verbose));
    return 0;
}

int job_promote(Call& call) {
    bool detach = false, verbose = false;
    std::vector<std::string> groups;
    call.flags.add("detach", detach, "Print the evaluation's id and return at once.");
    call.flags.add("verbose", verbose, "Show full ids.");
    call.flags.add("group", groups, "Promote this group only; may be repeated.");
    if (auto code = call.parse({1, 1, "one argument: <job>"})) return *code;
    const auto job = find_job(call, call.args[0]);
    if (!job) return 1;
    const auto deployment = newest_deployment(call, *job);
    if (!deployment) return 1;
    model::DeploymentPromoteRequest request;
    request.DeploymentID = deployment->ID;
    request.All = groups.empty();
    request.Groups = List(groups);
    auto done = call.api()->write<model::DeploymentUpdateResponse>("PUT", "/v1/deployment/promote/" + deployment->ID,
                                                                   request, in_namespace(job->namespace_name));
    if (!done) return call.complain("Error promoting deployment " + quote(deployment->ID), done.error());
    return follow(call, done->EvalID, *job, detach, verbose);
}

// A version by its number or its tag.
std::optional<uint64_t> find_version(Call& call, const JobRef& job, const std::string& word) {
    if (auto number = parse_uint(word)) return *number;
    auto versions =
        call.api()->read<model::JobVersionsResponse>(path_of(job, "/versions"), in_namespace(job.namespace_name));
    if (!versions) {
        call.complain("Error retrieving job versions", versions.error());
        return std::nullopt;
    }
    for (const auto& version : versions->Versions) {
        if (version->VersionTag && version->VersionTag->Name == word) return version->Version;
    }
    call.complain("Job " + quote(job.id) + " has no version with the tag " + quote(word));
    return std::nullopt;
}

int job_revert(Call& call) {
    bool detach = false, verbose = false;
    call.flags.add("detach", detach, "Print the evaluation's id and return at once.");
    call.flags.add("verbose", verbose, "Show full ids.");
    if (auto code = call.parse({2, 2, "two arguments: <job> <version or tag>"})) return *code;
    const auto job = find_job(call, call.args[0]);
    if (!job) return 1;
    const auto version = find_version(call, *job, call.args[1]);
    if (!version) return 1;
    model::JobRevertRequest request;
    request.JobID = job->id;
    request.JobVersion = *version;
    request.Namespace = job->namespace_name;
    auto done = call.api()->write<model::JobRegisterResponse>("PUT", path_of(*job, "/revert"), request,
                                                              in_namespace(job->namespace_name));
    if (!done) return call.complain("Error reverting job", done.error());
    if (!done->Warnings.empty()) call.say(warnings_block(done->Warnings, call.colors));
    return follow(call, done->EvalID, *job, detach, verbose);
}

std::string tag_path(const JobRef& job, const std::string& tag) {
    return path_of(job, "/versions/" + net::encode_path_segment(tag) + "/tag");
}

int job_tag_apply(Call& call) {
    std::string name, description, version;
    call.flags.add("name", name, "The tag.");
    call.flags.add("description", description, "What it stands for.");
    call.flags.add("version", version, "The version to tag; the newest by default.");
    if (auto code = call.parse({1, 1, "one argument: <job>"})) return *code;
    if (name.empty()) return call.complain("A tag needs a name (-name)");
    const auto job = find_job(call, call.args[0]);
    if (!job) return 1;
    std::optional<uint64_t> number;
    if (!version.empty()) {
        number = parse_uint(version);
        if (!number) return call.complain("Error parsing version value " + quote(version));
    } else {
        auto present = call.api()->read<model::Job>(path_of(*job, ""), in_namespace(job->namespace_name));
        if (!present) return call.complain("Error querying job", present.error());
        number = present->Version;
    }
    codec::AnyMap body;
    body["Version"] = static_cast<int64_t>(*number);
    body["Description"] = description;
    auto done = call.api()->call("PUT", tag_path(*job, name), in_namespace(job->namespace_name),
                                 codec::to_json(codec::Any(std::move(body))));
    if (!done) return call.complain("Error tagging job version", done.error());
    call.say("Job version " + std::to_string(*number) + " tagged with name " + quote(name));
    return 0;
}

int job_tag_unset(Call& call) {
    std::string name;
    call.flags.add("name", name, "The tag.");
    if (auto code = call.parse({1, 1, "one argument: <job>"})) return *code;
    if (name.empty()) return call.complain("A tag needs a name (-name)");
    const auto job = find_job(call, call.args[0]);
    if (!job) return 1;
    auto done = call.api()->call("DELETE", tag_path(*job, name), in_namespace(job->namespace_name));
    if (!done) return call.complain("Error removing tag", done.error());
    call.say("Tag " + quote(name) + " removed from job " + quote(job->id));
    return 0;
}

}  // namespace

const CommandTable& job_version_commands() {
    static const CommandTable table = {
        {"job deployments", "List the deployments of a job", "[options] <job>", "", job_deployments},
        {"job promote", "Promote the canaries of a job's newest deployment", "[options] <job>", "", job_promote},
        {"job revert", "Take a job back to an earlier version", "[options] <job> <version or tag>",
         "Registers an earlier version of the job, given by its number or its tag, as its newest one.", job_revert},
        {"job tag apply", "Give a version of a job a name", "[options] <job>",
         "Names a version of a job, which is then kept however many newer ones there are.", job_tag_apply},
        {"job tag unset", "Take a version's name away", "[options] <job>", "", job_tag_unset},
    };
    return table;
}

}  // namespace drover::cli
