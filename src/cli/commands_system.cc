#include "cli/node_commands.h"

namespace drover::cli {
namespace {

int put(Call& call, std::string_view path, std::string_view failure) {
    if (auto code = call.parse({0, 0, "no arguments"})) return *code;
    if (!call.api()) return 1;
    auto done = call.api()->call("PUT", path);
    return done ? 0 : call.complain(failure, done.error());
}

int system_gc(Call& call) { return put(call, "/v1/system/gc", "Error collecting garbage"); }

int reconcile_summaries(Call& call) {
    return put(call, "/v1/system/reconcile/summaries", "Error counting the summaries of jobs anew");
}

}  // namespace

const CommandTable& system_commands() {
    static const CommandTable table = {
        {"system gc", "Remove what is over", "[options]",
         "Has the servers remove jobs, evaluations, allocations, deployments and nodes that are over, however young.",
         system_gc},
        {"system reconcile summaries", "Count the summaries of all jobs anew", "[options]",
         "Has the servers count the allocations and children of every job again, should a summary be wrong.",
         reconcile_summaries},
    };
    return table;
}

}  // namespace drover::cli
