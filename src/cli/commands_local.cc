#include <algorithm>

#include "base/strings.h"
#include "base/version.h"
#include "cli/command.h"
#include "cli/format.h"
#include "cli/local_commands.h"
#include "model/rpc_operator.h"

namespace drover::cli {
namespace {

int version(Call& call) {
    if (auto code = call.parse({0, SIZE_MAX, "no arguments"}, true)) return *code;
    for (const std::string& line : version_lines(call.program)) call.say(line);
    return 0;
}

// Runs another command with the general flags that this one was given.
int delegate(Call& call, int (*run)(Call&), const Command& command, const std::string& id, bool verbose) {
    std::vector<std::string> words;
    const ApiConfig& config = call.config();
    const auto pass = [&](const char* flag, const std::string& value) {
        if (!value.empty()) words.push_back(std::string("-") + flag + "=" + value);
    };
    pass("address", config.address);
    pass("region", config.region);
    pass("namespace", config.namespace_name);
    pass("token", config.token);
    pass("ca-cert", config.ca_cert);
    pass("ca-path", config.ca_path);
    pass("client-cert", config.client_cert);
    pass("client-key", config.client_key);
    pass("tls-server-name", config.tls_server_name);
    if (config.tls_skip_verify) words.push_back("-tls-skip-verify");
    if (verbose) words.push_back("-verbose");
    if (!id.empty()) words.push_back(id);
    Call other(command, call.io, call.program, std::move(words));
    return run(other);
}

const Command* command_named(std::string_view name) {
    for (const CommandTable* table :
         {&job_commands(), &alloc_commands(), &eval_commands(), &node_commands(), &namespace_commands()}) {
        for (const Command& c : *table) {
            if (c.name == name) return &c;
        }
    }
    return nullptr;
}

struct Kind {
    std::string_view context;
    std::string_view command;
};
constexpr Kind kKinds[] = {{"jobs", "job status"},
                           {"allocs", "alloc status"},
                           {"evals", "eval status"},
                           {"nodes", "node status"},
                           {"namespaces", "namespace status"}};

int status(Call& call) {
    bool verbose = false, ui = false;
    call.flags.add("verbose", verbose, "Show full ids.");
    call.flags.add("ui", ui);
    if (auto code = call.parse({0, 1, "either no arguments or one: <identifier>"})) return *code;
    const Command* jobs = command_named("job status");
    if (call.args.empty()) return delegate(call, jobs->run, *jobs, "", verbose);
    const std::string& id = call.args[0];
    if (!call.api()) return 1;
    model::SearchRequest request;
    request.Prefix = id;
    request.Context = "all";
    auto found = call.api()->write<model::SearchResponse>("POST", "/v1/search", request);
    if (!found) return call.complain("Error querying search with id", found.error());
    std::vector<std::pair<std::string, std::string>> hits;  // context, id
    for (const auto& [context, ids] : found->Matches) {
        for (const std::string& one : ids) hits.push_back({context, one});
    }
    if (hits.empty()) return call.complain("Unable to resolve ID: " + quote(id));
    const auto exact =
        std::find_if(hits.begin(), hits.end(), [&](const auto& h) { return h.first == "jobs" && h.second == id; });
    if (hits.size() > 1 && exact == hits.end()) {
        std::string text = "Multiple matches found for id " + quote(id) + "\n";
        std::string context;
        for (const auto& [kind, one] : hits) {
            if (kind != context) text += "\n" + kind + ":\n", context = kind;
            text += "    " + one + "\n";
        }
        return call.complain(text);
    }
    const auto& hit = exact == hits.end() ? hits[0] : *exact;
    for (const Kind& kind : kKinds) {
        if (hit.first != kind.context) continue;
        const Command* command = command_named(kind.command);
        return delegate(call, command->run, *command, hit.second, verbose);
    }
    return call.complain("Objects of kind " + quote(hit.first) + " have no status command yet");
}

}  // namespace

std::vector<std::string> version_lines(std::string_view program) {
    const std::string ours = "Drover v" + std::string(kDroverVersion);
    const std::string theirs = "Nomad v" + std::string(kNomadVersion);
    if (program == "nomad") return {theirs + " (" + ours + ")"};
    return {ours, "Compatible with " + theirs};
}

const CommandTable& local_commands() {
    static const CommandTable table = {
        {"fmt", "Rewrite specification files in the canonical format", "[options] [<path>...]", "", fmt},
        {"status", "Show the status of anything by its id", "[options] [<identifier>]", "", status},
        {"version", "Show the version", "", "", version},
    };
    return table;
}

}  // namespace drover::cli
