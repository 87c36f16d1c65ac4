#include "base/strings.h"
#include "cli/command.h"
#include "cli/format.h"
#include "cli/lookup.h"
#include "cli/monitor.h"
#include "cli/views.h"
#include "model/rpc_deployment.h"

namespace drover::cli {
namespace {

int list_deployments(Call& call, bool json, const std::string& tmpl, bool verbose, const std::string& filter) {
    net::Query query;
    if (!filter.empty()) query.add("filter", filter);
    auto answer = call.api()->get("/v1/deployments", std::move(query));
    if (!answer) return call.complain("Error retrieving deployments", answer.error());
    if (json || !tmpl.empty()) return call.print_document(json, tmpl, answer->body);
    auto deployments = codec::from_json<List<model::Deployment>>(answer->body);
    if (!deployments) return call.complain("Error retrieving deployments", deployments.error());
    call.say(deployment_table(*deployments, verbose));
    return 0;
}

int deployment_list(Call& call) {
    bool json = false, verbose = false;
    std::string tmpl, filter;
    call.flags.add("json", json, "Print JSON.");
    call.flags.add("t", tmpl, "Print by a template.");
    call.flags.add("verbose", verbose, "Show full ids.");
    call.flags.add("filter", filter, "Only those that this expression selects.");
    if (auto code = call.parse({0, 0, "no arguments"})) return *code;
    if (!call.api()) return 1;
    return list_deployments(call, json, tmpl, verbose, filter);
}

int print_deployment(Call& call, const model::Deployment& deployment, bool verbose) {
    call.say(deployment_block(deployment, verbose, call.colors));
    if (!verbose) return 0;
    auto allocs = call.api()->read<List<model::AllocListStub>>("/v1/deployment/allocations/" + deployment.ID);
    if (!allocs) return call.complain("Error retrieving the deployment's allocations", allocs.error());
    call.say("\n" + call.colors.bold("Allocations"));
    call.say(allocs->empty() ? "No allocations placed" : alloc_table(*allocs, true, call.io.clock.now()));
    return 0;
}

int deployment_status(Call& call) {
    bool json = false, verbose = false, monitor = false, ui = false;
    std::string tmpl;
    Duration wait = seconds(2);
    call.flags.add("json", json, "Print JSON.");
    call.flags.add("t", tmpl, "Print by a template.");
    call.flags.add("verbose", verbose, "Show full ids, and the allocations.");
    call.flags.add("monitor", monitor, "Follow the deployment until it has ended.");
    call.flags.add("wait", wait, "How often -monitor looks (default 2s).");
    call.flags.add("ui", ui);
    if (auto code = call.parse({0, 1, "either no arguments or one: <deployment>"})) return *code;
    if (monitor && (json || !tmpl.empty())) return call.complain("-monitor cannot be used together with -json or -t");
    if (!call.api()) return 1;
    if (call.args.empty()) return list_deployments(call, json, tmpl, verbose, "");
    const auto id = find_deployment(call, call.args[0]);
    if (!id) return 1;
    if (monitor) return monitor_deployment(call, *id, verbose, wait);
    auto answer = call.api()->get("/v1/deployment/" + *id);
    if (!answer) return call.complain("Error retrieving deployment", answer.error());
    if (json || !tmpl.empty()) return call.print_document(json, tmpl, answer->body);
    auto deployment = codec::from_json<model::Deployment>(answer->body);
    if (!deployment) return call.complain("Error retrieving deployment", deployment.error());
    return print_deployment(call, *deployment, verbose);
}

// What the commands that change a deployment have in common.
struct ChangeOptions {
    bool detach = false, verbose = false;

    void add_to(Flags& flags) {
        flags.add("detach", detach, "Print the evaluation's id and return at once.");
        flags.add("verbose", verbose, "Show full ids.");
    }
};

template <class Request>
Result<model::DeploymentUpdateResponse> change(Call& call, std::string_view verb, const Request& request) {
    return call.api()->write<model::DeploymentUpdateResponse>(
        "PUT", "/v1/deployment/" + std::string(verb) + "/" + request.DeploymentID, request);
}

int follow_change(Call& call, const model::DeploymentUpdateResponse& done, const ChangeOptions& options) {
    if (done.EvalID.empty()) return 0;
    if (!options.detach) return monitor_evaluation(call, done.EvalID, call.config().namespace_name, options.verbose);
    call.say("Evaluation ID: " + done.EvalID);
    return 0;
}

template <class Request>
int change_and_follow(Call& call, std::string_view verb, std::string_view state, Request request) {
    ChangeOptions options;
    options.add_to(call.flags);
    if (auto code = call.parse({1, 1, "one argument: <deployment>"})) return *code;
    const auto id = find_deployment(call, call.args[0]);
    if (!id) return 1;
    request.DeploymentID = *id;
    auto done = change(call, verb, request);
    if (!done) return call.complain("Error changing deployment", done.error());
    std::string line = "Deployment " + quote(*id) + " " + std::string(state);
    if (done->RevertedJobVersion) line += ". Rolled back to job version " + std::to_string(*done->RevertedJobVersion);
    call.say(line);
    return follow_change(call, *done, options);
}

int deployment_fail(Call& call) { return change_and_follow(call, "fail", "failed", model::DeploymentFailRequest{}); }

int deployment_resume(Call& call) {
    return change_and_follow(call, "pause", "resumed", model::DeploymentPauseRequest{});
}

int deployment_unblock(Call& call) {
    return change_and_follow(call, "unblock", "unblocked", model::DeploymentUnblockRequest{});
}

int deployment_pause(Call& call) {
    bool verbose = false;
    call.flags.add("verbose", verbose, "Show full ids.");
    if (auto code = call.parse({1, 1, "one argument: <deployment>"})) return *code;
    const auto id = find_deployment(call, call.args[0]);
    if (!id) return 1;
    model::DeploymentPauseRequest request;
    request.DeploymentID = *id;
    request.Pause = true;
    auto done = change(call, "pause", request);
    if (!done) return call.complain("Error pausing deployment", done.error());
    call.say("Deployment " + quote(short_id(*id, verbose)) + " paused");
    return 0;
}

int deployment_promote(Call& call) {
    ChangeOptions options;
    std::vector<std::string> groups;
    options.add_to(call.flags);
    call.flags.add("group", groups, "Promote this group only; may be repeated.");
    if (auto code = call.parse({1, 1, "one argument: <deployment>"})) return *code;
    const auto id = find_deployment(call, call.args[0]);
    if (!id) return 1;
    model::DeploymentPromoteRequest request;
    request.DeploymentID = *id;
    request.All = groups.empty();
    request.Groups = List(groups);
    auto done = change(call, "promote", request);
    if (!done) return call.complain("Error promoting deployment", done.error());
    return follow_change(call, *done, options);
}

}  // namespace

const CommandTable& deployment_commands() {
    static const CommandTable table = {
        {"deployment list", "List deployments", "[options]", "", deployment_list},
        {"deployment status", "Show the status of a deployment", "[options] [<deployment>]", "", deployment_status},
        {"deployment promote", "Promote the canaries of a deployment", "[options] <deployment>",
         "Promotes the canaries of all groups, or of those named: the rest of the allocations is then replaced too.",
         deployment_promote},
        {"deployment fail", "Fail a deployment by hand", "[options] <deployment>",
         "Ends a deployment as failed. Groups with auto_revert take the job back to its newest stable version.",
         deployment_fail},
        {"deployment pause", "Pause a deployment", "[options] <deployment>", "", deployment_pause},
        {"deployment resume", "Go on with a paused deployment", "[options] <deployment>", "", deployment_resume},
        {"deployment unblock", "Unblock a deployment of several regions", "[options] <deployment>", "",
         deployment_unblock},
    };
    return table;
}

}  // namespace drover::cli
