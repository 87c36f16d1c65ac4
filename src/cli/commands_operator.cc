#include "base/strings.h"
#include "cli/command.h"
#include "cli/format.h"
#include "model/operator.h"
#include "model/rpc_operator.h"

namespace drover::cli {
namespace {

constexpr std::string_view kSchedulerPath = "/v1/operator/scheduler/configuration";

int scheduler_get(Call& call) {
    bool json = false;
    std::string tmpl;
    call.flags.add("json", json, "Print JSON.");
    call.flags.add("t", tmpl, "Print by a template.");
    if (auto code = call.parse({0, 0, "no arguments"})) return *code;
    if (!call.api()) return 1;
    auto answer = call.api()->get(kSchedulerPath);
    if (!answer) return call.complain("Error querying scheduler configuration", answer.error());
    if (json || !tmpl.empty()) return call.print_document(json, tmpl, answer->body);
    auto config = codec::from_json<model::SchedulerConfigurationResponse>(answer->body);
    if (!config) return call.complain("Error querying scheduler configuration", config.error());
    if (!config->SchedulerConfig) return call.complain("The agent knows no scheduler configuration");
    const auto& c = *config->SchedulerConfig;
    const auto& p = c.PreemptionConfig;
    call.say(format_pairs({{"Scheduler Algorithm", c.SchedulerAlgorithm},
                           {"Memory Oversubscription", yes_no(c.MemoryOversubscriptionEnabled)},
                           {"Reject Job Registration", yes_no(c.RejectJobRegistration)},
                           {"Pause Eval Broker", yes_no(c.PauseEvalBroker)},
                           {"Preemption System Scheduler", yes_no(p.SystemSchedulerEnabled)},
                           {"Preemption Service Scheduler", yes_no(p.ServiceSchedulerEnabled)},
                           {"Preemption Batch Scheduler", yes_no(p.BatchSchedulerEnabled)},
                           {"Preemption SysBatch Scheduler", yes_no(p.SysBatchSchedulerEnabled)},
                           {"Node Limit For Feasibility Checks", std::to_string(c.NodeLimitForFeasibilityChecks)},
                           {"Modify Index", std::to_string(c.ModifyIndex)}}));
    return 0;
}

int scheduler_set(Call& call) {
    Opt<std::string> check_index, algorithm;
    Opt<bool> oversubscription, reject, pause, batch, service, sysbatch, system;
    Opt<int64_t> node_limit;
    call.flags.add("check-index", check_index, "Only if the configuration still has this modify index.");
    call.flags.add("scheduler-algorithm", algorithm, "binpack or spread.");
    call.flags.add("memory-oversubscription", oversubscription, "Let tasks use memory_max.");
    call.flags.add("reject-job-registration", reject, "Take no jobs but from operators.");
    call.flags.add("pause-eval-broker", pause, "Hold all evaluations.");
    call.flags.add("preempt-batch-scheduler", batch, "Let batch jobs preempt.");
    call.flags.add("preempt-service-scheduler", service, "Let service jobs preempt.");
    call.flags.add("preempt-sysbatch-scheduler", sysbatch, "Let sysbatch jobs preempt.");
    call.flags.add("preempt-system-scheduler", system, "Let system jobs preempt.");
    call.flags.add("node-limit-for-feasibility-checks", node_limit,
                   "Kept for other servers; every node is looked at here.");
    if (auto code = call.parse({0, 0, "no arguments"})) return *code;
    std::optional<uint64_t> index;
    if (check_index && !(index = parse_uint(*check_index))) {
        return call.complain("Error parsing check-index value " + quote(*check_index));
    }
    if (!call.api()) return 1;
    auto present = call.api()->read<model::SchedulerConfigurationResponse>(kSchedulerPath);
    if (!present) return call.complain("Error querying for scheduler configuration", present.error());
    if (!present->SchedulerConfig) return call.complain("The agent knows no scheduler configuration");
    model::SchedulerConfiguration c = *present->SchedulerConfig;
    if (index && *index != c.ModifyIndex) {
        return call.complain("check-index " + std::to_string(*index) + " does not match the modify index " +
                             std::to_string(c.ModifyIndex));
    }
    const auto change = [](auto& member, const auto& wanted) {
        if (wanted) member = *wanted;
    };
    change(c.SchedulerAlgorithm, algorithm);
    change(c.MemoryOversubscriptionEnabled, oversubscription);
    change(c.RejectJobRegistration, reject);
    change(c.PauseEvalBroker, pause);
    change(c.PreemptionConfig.BatchSchedulerEnabled, batch);
    change(c.PreemptionConfig.ServiceSchedulerEnabled, service);
    change(c.PreemptionConfig.SysBatchSchedulerEnabled, sysbatch);
    change(c.PreemptionConfig.SystemSchedulerEnabled, system);
    if (node_limit && *node_limit < 0) return call.complain("-node-limit-for-feasibility-checks must not be negative");
    if (node_limit) c.NodeLimitForFeasibilityChecks = static_cast<uint64_t>(*node_limit);
    net::Query query;
    query.add("cas", std::to_string(c.ModifyIndex));
    auto done = call.api()->write<model::SchedulerSetConfigurationResponse>("PUT", kSchedulerPath, c, std::move(query));
    if (!done) return call.complain("Error setting scheduler configuration", done.error());
    if (!done->Updated)
        return call.complain("Scheduler configuration could not be atomically updated, please try again");
    call.say("Scheduler configuration updated!");
    return 0;
}

}  // namespace

const CommandTable& operator_commands() {
    static const CommandTable table = {
        {"operator scheduler get-config", "Show the scheduler's configuration", "[options]", "", scheduler_get},
        {"operator scheduler set-config", "Change the scheduler's configuration", "[options]", "", scheduler_set},
    };
    return table;
}

}  // namespace drover::cli
