#include <algorithm>
#include <map>

#include "base/strings.h"
#include "cli/alloc_commands.h"
#include "cli/command.h"
#include "cli/format.h"
#include "cli/lookup.h"
#include "cli/monitor.h"
#include "cli/views.h"
#include "model/alloc.h"
#include "model/eval.h"
#include "model/job.h"
#include "model/rpc_alloc.h"
#include "model/stats.h"

namespace drover::cli {
namespace {

struct AllocOptions {
    bool summary_only = false, verbose = false, stats = false;
};

// What was measured, in the words of its list Measured.
struct Measure {
    std::string_view name;
    std::string value;
};

// Titles and one row of those that were measured.
std::vector<Row> measured_rows(const List<std::string>& measured, const std::vector<Measure>& all) {
    std::vector<Row> rows(2);
    for (const Measure& m : all) {
        if (std::find(measured.begin(), measured.end(), m.name) == measured.end()) continue;
        rows[0].push_back(std::string(m.name));
        rows[1].push_back(m.value);
    }
    return rows;
}

std::vector<Row> memory_rows(const model::MemoryStats& m) {
    return measured_rows(m.Measured, {{"Cache", bytes_iec(m.Cache)},
                                      {"Kernel Max Usage", bytes_iec(m.KernelMaxUsage)},
                                      {"Kernel Usage", bytes_iec(m.KernelUsage)},
                                      {"Mapped File", bytes_iec(m.MappedFile)},
                                      {"Max Usage", bytes_iec(m.MaxUsage)},
                                      {"RSS", bytes_iec(m.RSS)},
                                      {"Swap", bytes_iec(m.Swap)},
                                      {"Usage", bytes_iec(m.Usage)}});
}

std::vector<Row> cpu_rows(const model::CpuStats& c) {
    const auto percent = [](double value) { return to_fixed(value, 2) + "%"; };
    return measured_rows(c.Measured, {{"Percent", percent(c.Percent)},
                                      {"System Mode", percent(c.SystemMode)},
                                      {"Throttled Periods", std::to_string(c.ThrottledPeriods)},
                                      {"Throttled Time", std::to_string(c.ThrottledTime)},
                                      {"User Mode", percent(c.UserMode)}});
}

class AllocView {
public:
    // `usage` is what its tasks use now, as far as that is known.
    AllocView(Call& call, const model::Allocation& alloc, const model::AllocResourceUsage& usage, AllocOptions options)
        : call_(call), alloc_(alloc), usage_(usage), options_(options), now_(call.io.clock.now()) {}

    void print() {
        head();
        if (options_.summary_only) return brief_tasks();
        addresses();
        for (const auto& [name, state] : alloc_.TaskStates) task(name, state);
        if (options_.verbose && alloc_.Metrics) {
            title("Placement Metrics");
            call_.io.out << metric_lines(*alloc_.Metrics, true);
        }
    }

private:
    using Pairs = std::vector<std::pair<std::string, std::string>>;

    void title(const std::string& text) { call_.say("\n" + call_.colors.bold(text)); }
    std::string when(int64_t unix_ns) const { return shown_time(unix_ns, now_, options_.verbose); }
    std::string id(const std::string& full) const { return short_id(full, options_.verbose); }

    void head() {
        const std::string full_name = alloc_.Name;
        if (options_.summary_only) {
            call_.say(format_pairs({{"ID", id(alloc_.ID)},
                                    {"Name", full_name},
                                    {"Created", when(alloc_.CreateTime)},
                                    {"Modified", when(alloc_.ModifyTime)}}));
            return;
        }
        Pairs pairs{{"ID", id(alloc_.ID)},
                    {"Eval ID", id(alloc_.EvalID)},
                    {"Name", full_name},
                    {"Node ID", id(alloc_.NodeID)},
                    {"Node Name", alloc_.NodeName},
                    {"Job ID", alloc_.JobID},
                    {"Job Version", alloc_.Job ? std::to_string(alloc_.Job->Version) : ""},
                    {"Client Status", alloc_.ClientStatus},
                    {"Client Description", alloc_.ClientDescription},
                    {"Desired Status", alloc_.DesiredStatus},
                    {"Desired Description", alloc_.DesiredDescription},
                    {"Created", when(alloc_.CreateTime)},
                    {"Modified", when(alloc_.ModifyTime)}};
        if (!alloc_.DeploymentID.empty()) {
            pairs.push_back({"Deployment ID", id(alloc_.DeploymentID)});
            const auto& health = alloc_.DeploymentStatus;
            pairs.push_back({"Deployment Health", !health || !health->Healthy ? "unset"
                                                  : *health->Healthy          ? "healthy"
                                                                              : "unhealthy"});
            if (health && health->Canary) pairs.push_back({"Canary", "true"});
        }
        if (!alloc_.NextAllocation.empty()) pairs.push_back({"Replacement Alloc ID", id(alloc_.NextAllocation)});
        reschedules(pairs);
        if (options_.verbose && alloc_.Metrics) {
            const auto& m = *alloc_.Metrics;
            pairs.push_back({"Evaluated Nodes", std::to_string(m.NodesEvaluated)});
            pairs.push_back({"Filtered Nodes", std::to_string(m.NodesFiltered)});
            pairs.push_back({"Exhausted Nodes", std::to_string(m.NodesExhausted)});
            pairs.push_back({"Allocation Time", to_string(m.AllocationTime)});
            pairs.push_back({"Failures", std::to_string(m.CoalescedFailures)});
        }
        call_.say(format_pairs(pairs));
    }

    const model::TaskGroup* group() const {
        if (!alloc_.Job) return nullptr;
        for (const auto& g : alloc_.Job->TaskGroups) {
            if (g.Name == alloc_.TaskGroup) return &g;
        }
        return nullptr;
    }

    void reschedules(Pairs& pairs) {
        if (alloc_.RescheduleTracker && !alloc_.RescheduleTracker->Events.empty()) {
            std::string attempts = std::to_string(alloc_.RescheduleTracker->Events.size());
            if (const auto* g = group(); g && g->ReschedulePolicy && !g->ReschedulePolicy->Unlimited)
                attempts += "/" + std::to_string(g->ReschedulePolicy->Attempts);
            pairs.push_back({"Reschedule Attempts", attempts});
        }
        if (alloc_.FollowupEvalID.empty() || !alloc_.NextAllocation.empty()) return;
        auto eval = call_.api()->read<model::Evaluation>("/v1/evaluation/" + alloc_.FollowupEvalID);
        if (eval && eval->WaitUntil > now_)
            pairs.push_back({"Reschedule Eligibility", rough_duration(eval->WaitUntil - now_) + " from now"});
    }

    void brief_tasks() {
        title("Tasks");
        std::vector<Row> rows{{"Name", "State", "Last Event", "Time", "Lifecycle"}};
        for (const auto& [name, state] : alloc_.TaskStates) {
            const bool any = !state.Events.empty();
            rows.push_back({name, state.State, any ? state.Events.back().Type : "",
                            any ? when(state.Events.back().Time) : "", lifecycle(name)});
        }
        call_.say(format_table(rows));
    }

    std::string lifecycle(const std::string& task_name) const {
        if (!alloc_.AllocatedResources) return "main";
        auto it = alloc_.AllocatedResources->TaskLifecycles.find(task_name);
        if (it == alloc_.AllocatedResources->TaskLifecycles.end() || !it->second || it->second->Hook.empty())
            return "main";
        return it->second->Hook + (it->second->Sidecar ? "/sidecar" : "");
    }

    void addresses() {
        if (!alloc_.AllocatedResources || alloc_.AllocatedResources->Shared.Ports.empty()) return;
        title("Allocation Addresses:");
        std::vector<Row> rows{{"Label", "Dynamic", "Address"}};
        for (const auto& port : alloc_.AllocatedResources->Shared.Ports) {
            std::string address = port.HostIP + ":" + std::to_string(port.Value);
            if (port.To > 0) address += " -> " + std::to_string(port.To);
            rows.push_back({"*" + port.Label, is_dynamic(port.Label) ? "yes" : " ", address});
        }
        call_.say(format_table(rows));
    }

    bool is_dynamic(const std::string& label) const {
        for (const auto& network : alloc_.AllocatedResources->Shared.Networks) {
            for (const auto& port : network.DynamicPorts) {
                if (port.Label == label) return true;
            }
        }
        return false;
    }

    void task(const std::string& name, const model::TaskState& state) {
        call_.say("\n" + call_.colors.bold("Task " + quote(name) + " is " + quote(state.State)));
        if (alloc_.AllocatedResources) resources(name);
        call_.say("Task Events:");
        const auto stamp = [&](Time t) { return t.is_zero() ? "N/A" : local_time(t); };
        call_.say(format_pairs({{"Started At", stamp(state.StartedAt)},
                                {"Finished At", stamp(state.FinishedAt)},
                                {"Total Restarts", std::to_string(state.Restarts)},
                                {"Last Restart", stamp(state.LastRestart)}}));
        call_.say("\nRecent Events:");
        std::vector<Row> rows{{"Time", "Type", "Description"}};
        for (auto event = state.Events.rbegin(); event != state.Events.rend(); ++event) {
            rows.push_back({local_time(Time::from_unix_ns(event->Time)), event->Type, event->DisplayMessage});
        }
        call_.say(format_table(rows));
    }

    void resources(const std::string& name) {
        const auto* given = alloc_.AllocatedResources->Tasks.get(name);
        if (!given) return;
        std::string cpu = std::to_string(given->Cpu.CpuShares) + " MHz";
        std::string memory = bytes_iec(static_cast<uint64_t>(given->Memory.MemoryMB) << 20);
        const auto* used = usage_.Tasks.get(name);
        const model::ResourceUsage* now = used && used->ResourceUsage ? &*used->ResourceUsage : nullptr;
        if (now && now->CpuStats) cpu = to_fixed(now->CpuStats->TotalTicks, 0) + "/" + cpu;
        if (now && now->MemoryStats)
            memory =
                bytes_iec(now->MemoryStats->Usage ? now->MemoryStats->Usage : now->MemoryStats->RSS) + "/" + memory;
        call_.say("Task Resources:");
        call_.say(format_table(
            {{"CPU", "Memory", "Disk", "Addresses"},
             {cpu, memory, bytes_iec(static_cast<uint64_t>(alloc_.AllocatedResources->Shared.DiskMB) << 20),
              task_addresses(*given)}}));
        call_.say();
        volumes(name);
        if (!options_.stats || !now) return;
        if (now->MemoryStats) call_.say("Memory Stats\n" + format_table(memory_rows(*now->MemoryStats)) + "\n");
        if (now->CpuStats) call_.say("CPU Stats\n" + format_table(cpu_rows(*now->CpuStats)) + "\n");
    }

    // Ports that the task has of its own, not its group.
    static std::string task_addresses(const model::AllocatedTaskResources& given) {
        std::vector<std::string> all;
        for (const auto& network : given.Networks) {
            for (const auto* ports : {&network.ReservedPorts, &network.DynamicPorts}) {
                for (const auto& port : *ports)
                    all.push_back(port.Label + ": " + network.IP + ":" + std::to_string(port.Value));
            }
        }
        return join(all, ", ");
    }

    // Those of the group that the task mounts.
    void volumes(const std::string& task_name) {
        const auto* g = group();
        if (!g) return;
        std::map<std::string, std::vector<Row>> by_type;
        for (const auto& task : g->Tasks) {
            if (task.Name != task_name) continue;
            for (const auto& mount : task.VolumeMounts) {
                const auto* volume = g->Volumes.get(mount.Volume);
                if (!volume) continue;
                const bool read_only = volume->ReadOnly || mount.ReadOnly;
                by_type[volume->Type].push_back({volume->Source, read_only ? "true" : "false"});
            }
        }
        for (auto& [type, rows] : by_type) {
            rows.insert(rows.begin(), {"ID", "Read Only"});
            call_.say((type == "csi" ? "CSI Volumes:\n" : "Host Volumes:\n") + format_table(rows) + "\n");
        }
    }

    Call& call_;
    const model::Allocation& alloc_;
    const model::AllocResourceUsage& usage_;
    AllocOptions options_;
    Time now_;
};

// The task that the flag or the second argument names, or the only one; nothing after a complaint.
std::optional<std::string> chosen_task(Call& call, const std::string& flag) {
    if (call.args.size() > 1) {
        if (!flag.empty() && flag != call.args[1]) {
            call.complain("Task name given both as argument and by -task");
            return std::nullopt;
        }
        return call.args[1];
    }
    return flag;
}

int alloc_stop(Call& call) {
    bool detach = false, no_shutdown_delay = false, verbose = false;
    call.flags.add("detach", detach, "Print the evaluation's id and return at once.");
    call.flags.add("no-shutdown-delay", no_shutdown_delay, "Skip the shutdown delays of group and tasks.");
    call.flags.add("verbose", verbose, "Show full ids.");
    if (auto code = call.parse({1, 1, "one argument: <alloc-id>"})) return *code;
    auto id = find_alloc(call, call.args[0]);
    if (!id || !call.api()) return 1;
    net::Query query;
    query.add("no_shutdown_delay", no_shutdown_delay ? "true" : "false");
    auto answer = call.api()->call("PUT", "/v1/allocation/" + *id + "/stop", std::move(query));
    auto done = answer ? codec::from_json<model::AllocStopResponse>(answer->body)
                       : Result<model::AllocStopResponse>(fail(answer.error()));
    if (!done) return call.complain("Error stopping allocation", done.error());
    if (detach) {
        call.say(done->EvalID);
        return 0;
    }
    return monitor_evaluation(call, done->EvalID, call.config().namespace_name, verbose);
}

int alloc_restart(Call& call) {
    bool all_tasks = false, verbose = false;
    std::string task_flag;
    call.flags.add("all-tasks", all_tasks, "Also restart tasks that have ended.");
    call.flags.add("task", task_flag, "The task to restart; without it, all that run.");
    call.flags.add("verbose", verbose, "Show full ids.");
    if (auto code = call.parse({1, 2, "one or two arguments: <alloc-id> [<task>]"})) return *code;
    auto task = chosen_task(call, task_flag);
    if (!task) return 1;
    if (all_tasks && !task->empty()) return call.complain("-all-tasks cannot be used together with a task");
    auto id = find_alloc(call, call.args[0]);
    if (!id || !call.api()) return 1;
    model::AllocRestartRequest request;
    request.TaskName = *task;
    request.AllTasks = all_tasks;
    auto done = call.api()->call("PUT", "/v1/client/allocation/" + *id + "/restart", {}, codec::to_json(request));
    return done ? 0 : call.complain("Failed to restart allocation", done.error());
}

int alloc_signal(Call& call) {
    bool verbose = false;
    std::string signal = "SIGKILL", task_flag;
    call.flags.add("s", signal, "The signal to send.");
    call.flags.add("task", task_flag, "The task to signal; without it, all that run.");
    call.flags.add("verbose", verbose, "Show full ids.");
    if (auto code = call.parse({1, 2, "one or two arguments: <alloc-id> [<task>]"})) return *code;
    auto task = chosen_task(call, task_flag);
    if (!task) return 1;
    auto id = find_alloc(call, call.args[0]);
    if (!id || !call.api()) return 1;
    model::AllocSignalRequest request;
    request.Task = *task;
    request.Signal = signal;
    auto done = call.api()->call("PUT", "/v1/client/allocation/" + *id + "/signal", {}, codec::to_json(request));
    return done ? 0 : call.complain("Error signalling allocation", done.error());
}

int alloc_status(Call& call) {
    AllocOptions options;
    bool json = false, ui = false;
    std::string tmpl;
    call.flags.add("short", options.summary_only, "Only the first block and a line for each task.");
    call.flags.add("stats", options.stats, "Also show what the tasks use.");
    call.flags.add("verbose", options.verbose, "Show full ids and the metrics of the placement.");
    call.flags.add("json", json, "Print JSON.");
    call.flags.add("t", tmpl, "Print by a template.");
    call.flags.add("ui", ui);
    if (auto code = call.parse({0, 1, "one argument: <alloc-id>"})) return *code;
    if (!call.api()) return 1;
    if (call.args.empty()) {
        if (!json && tmpl.empty()) return call.complain("This command takes one argument: <alloc-id>");
        auto answer = call.api()->get("/v1/allocations");
        if (!answer) return call.complain("Error querying allocations", answer.error());
        return call.print_document(json, tmpl, answer->body);
    }
    auto id = find_alloc(call, call.args[0]);
    if (!id) return 1;
    auto answer = call.api()->get("/v1/allocation/" + *id);
    if (!answer) return call.complain("Error querying allocation", answer.error());
    if (json || !tmpl.empty()) return call.print_document(json, tmpl, answer->body);
    auto alloc = codec::from_json<model::Allocation>(answer->body);
    if (!alloc) return call.complain("Error querying allocation", alloc.error());
    model::AllocResourceUsage usage;
    if (!options.summary_only && alloc->ClientStatus == "running") {
        auto read = call.api()->read<model::AllocResourceUsage>("/v1/client/allocation/" + *id + "/stats");
        if (read) {
            usage = std::move(*read);
        } else {
            call.warn("Couldn't retrieve stats: " + read.error().message);
        }
    }
    AllocView(call, *alloc, usage, options).print();
    return 0;
}

}  // namespace

const CommandTable& alloc_commands() {
    static const CommandTable table = {
        {"alloc status", "Show the status of an allocation", "[options] <alloc-id>", "", alloc_status},
        {"alloc-status", "Show the status of an allocation", "[options] <alloc-id>", "", alloc_status, true,
         "alloc status"},
        {"alloc logs", "Show the logs of a task", "[options] <alloc-id> [<task>]", "", alloc_logs},
        {"logs", "Show the logs of a task", "[options] <alloc-id> [<task>]", "", alloc_logs, false, "alloc logs"},
        {"alloc fs", "Show the files of an allocation", "[options] <alloc-id> [<path>]", "", alloc_fs},
        {"fs", "Show the files of an allocation", "[options] <alloc-id> [<path>]", "", alloc_fs, false, "alloc fs"},
        {"alloc stop", "Stop an allocation and place it anew", "[options] <alloc-id>", "", alloc_stop},
        {"alloc restart", "Restart the tasks of an allocation", "[options] <alloc-id> [<task>]", "", alloc_restart},
        {"alloc signal", "Send a signal to the tasks of an allocation", "[options] <alloc-id> [<task>]", "",
         alloc_signal},
    };
    return table;
}

}  // namespace drover::cli
