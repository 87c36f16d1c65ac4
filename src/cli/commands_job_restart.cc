#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "base/strings.h"
#include "cli/format.h"
#include "cli/job_commands.h"
#include "cli/lookup.h"
#include "model/eval.h"
#include "model/job.h"
#include "model/rpc_alloc.h"

namespace drover::cli {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(500);

struct Options {
    bool all_tasks = false, no_shutdown_delay = false, reschedule = false, verbose = false, yes = false;
    std::string batch_size = "1", batch_wait = "0s", on_error = "ask";
    std::vector<std::string> groups, tasks;
};

// "3", or "20%" of all, rounded up. Nothing: it is neither.
std::optional<size_t> batch_size_of(std::string_view text, size_t all) {
    const bool percent = has_suffix(text, "%");
    if (percent) text.remove_suffix(1);
    const auto number = parse_uint(text);
    if (!number || *number == 0 || (percent && *number > 100)) return std::nullopt;
    return percent ? std::max<size_t>(1, (all * *number + 99) / 100) : static_cast<size_t>(*number);
}

class Restart {
public:
    Restart(Call& call, JobRef job, Options options)
        : call_(call), job_(std::move(job)), options_(std::move(options)) {}

    int run() {
        auto allocs = call_.api()->read<List<model::AllocListStub>>(
            "/v1/job/" + net::encode_path_segment(job_.id) + "/allocations", in_namespace(job_.namespace_name));
        if (!allocs) return call_.complain("Error retrieving allocations", allocs.error());
        std::vector<model::AllocListStub> chosen;
        for (const auto& alloc : *allocs) {
            if (is_meant(alloc)) chosen.push_back(alloc);
        }
        if (chosen.empty()) {
            call_.say("No allocations to restart");
            return 0;
        }
        const auto batch = batch_size_of(options_.batch_size, chosen.size());
        if (!batch) return call_.complain("Invalid batch size " + quote(options_.batch_size));
        heading("Restarting " + std::to_string(chosen.size()) + (chosen.size() == 1 ? " allocation" : " allocations"));
        for (size_t at = 0; at < chosen.size(); at += *batch) {
            if (at > 0 && !wait_between()) return stopped();
            const size_t end = std::min(at + *batch, chosen.size());
            if (!run_batch({chosen.data() + at, end - at})) return stopped();
        }
        heading("Finished job restart");
        if (failed_) return call_.complain("Some allocations could not be restarted");
        call_.say("\nAll allocations restarted successfully!");
        return 0;
    }

private:
    void heading(const std::string& text) { call_.say("==> " + stamp() + text); }
    void detail(const std::string& text) { call_.say("    " + stamp() + text); }
    std::string stamp() const { return local_time(call_.io.clock.now()) + ": "; }
    std::string id(const std::string& full) const { return quote(short_id(full, options_.verbose)); }
    int stopped() { return call_.complain("Job restart was stopped"); }

    bool is_meant(const model::AllocListStub& alloc) const {
        if (alloc.DesiredStatus != "run" || alloc.ClientStatus != "running") return false;
        const auto& groups = options_.groups;
        if (!groups.empty() && std::find(groups.begin(), groups.end(), alloc.TaskGroup) == groups.end()) return false;
        const auto has = [&](const std::string& task) { return alloc.TaskStates.count(task) > 0; };
        return options_.tasks.empty() || std::any_of(options_.tasks.begin(), options_.tasks.end(), has);
    }

    // All of a batch are told first and waited for afterwards. False: the user, or -on-error, ends it here.
    bool run_batch(std::span<const model::AllocListStub> batch) {
        std::vector<std::string> evals(batch.size());
        std::string errors;
        for (size_t i = 0; i < batch.size(); ++i) {
            auto begun = options_.reschedule ? move(batch[i]) : restart(batch[i]);
            if (begun) {
                evals[i] = *begun;
                continue;
            }
            errors += "\n  * Allocation " + id(batch[i].ID) + ": " + begun.error().message;
            evals[i] = "failed";
        }
        for (size_t i = 0; i < batch.size(); ++i) {
            if (evals[i] == "failed") continue;
            auto runs =
                options_.reschedule ? wait_for_replacement(batch[i], evals[i]) : wait_until_running(batch[i].ID);
            if (!runs) errors += "\n  * Allocation " + id(batch[i].ID) + ": " + runs.error().message;
        }
        if (errors.empty()) return true;
        failed_ = true;
        call_.complain("Errors of this batch:" + errors);
        if (options_.on_error == "fail") return false;
        int ignored = 0;
        return options_.yes || call_.confirm("Go on with the next batch?", ignored);
    }

    Result<std::string> restart(const model::AllocListStub& alloc) {
        std::vector<std::string> tasks = options_.tasks;
        if (tasks.empty()) tasks.emplace_back();
        for (const std::string& task : tasks) {
            if (!task.empty() && !alloc.TaskStates.count(task)) continue;
            const std::string what = !task.empty()        ? "task " + quote(task)
                                     : options_.all_tasks ? "all tasks"
                                                          : "running tasks";
            detail("Restarting " + what + " in allocation " + id(alloc.ID) + " for group " + quote(alloc.TaskGroup));
            model::AllocRestartRequest request;
            request.TaskName = task;
            request.AllTasks = options_.all_tasks;
            net::Query query = in_namespace(job_.namespace_name);
            if (options_.no_shutdown_delay) query.add("no_shutdown_delay", "true");
            auto done = call_.api()->call("PUT", "/v1/client/allocation/" + alloc.ID + "/restart", std::move(query),
                                          codec::to_json(request));
            if (!done) return fail(done.error());
        }
        return std::string();
    }

    // Stops the allocation; answers the evaluation that finds another place.
    Result<std::string> move(const model::AllocListStub& alloc) {
        detail("Moving allocation " + id(alloc.ID) + " for group " + quote(alloc.TaskGroup));
        net::Query query = in_namespace(job_.namespace_name);
        if (options_.no_shutdown_delay) query.add("no_shutdown_delay", "true");
        auto answer = call_.api()->call("PUT", "/v1/allocation/" + alloc.ID + "/stop", std::move(query));
        if (!answer) return fail(answer.error());
        auto stopped = codec::from_json<model::AllocStopResponse>(answer->body);
        if (!stopped) return fail(stopped.error());
        return stopped->EvalID;
    }

    Result<> wait_until_running(const std::string& alloc_id) {
        while (true) {
            auto alloc =
                call_.api()->read<model::Allocation>("/v1/allocation/" + alloc_id, in_namespace(job_.namespace_name));
            if (!alloc) return fail(alloc.error());
            if (alloc->ClientStatus == "running") return {};
            if (alloc->ClientStatus != "pending") return fail(Error::internal("it is " + alloc->ClientStatus));
            std::this_thread::sleep_for(kPoll);
        }
    }

    Result<> wait_for_replacement(const model::AllocListStub& old, const std::string& eval_id) {
        while (true) {
            auto eval =
                call_.api()->read<model::Evaluation>("/v1/evaluation/" + eval_id, in_namespace(job_.namespace_name));
            if (!eval) return fail(eval.error());
            if (!eval->FailedTGAllocs.empty()) return fail(Error::internal("no place was found for its replacement"));
            if (eval->Status == "complete") break;
            if (eval->Status != "pending") return fail(Error::internal("its evaluation is " + eval->Status));
            std::this_thread::sleep_for(kPoll);
        }
        auto placed = call_.api()->read<List<model::AllocListStub>>("/v1/evaluation/" + eval_id + "/allocations",
                                                                    in_namespace(job_.namespace_name));
        if (!placed) return fail(placed.error());
        for (const auto& alloc : *placed) {
            if (alloc.Name != old.Name || alloc.ID == old.ID) continue;
            detail("Allocation " + id(old.ID) + " is replaced by " + id(alloc.ID));
            return wait_until_running(alloc.ID);
        }
        return fail(Error::internal("it was not replaced"));
    }

    // False: not to go on.
    bool wait_between() {
        if (options_.batch_wait == "ask" && !options_.yes) {
            call_.io.out << "Go on with the next batch? [y/n/<time to wait between batches>] " << std::flush;
            std::string answer;
            std::getline(call_.io.in, answer);
            if (answer == "y" || answer == "Y") return true;
            if (!parse_duration(answer)) return false;
            options_.batch_wait = answer;
        }
        const auto wait = parse_duration(options_.batch_wait);
        if (!wait || wait->ns <= 0) return true;
        heading("Waiting " + to_string(*wait) + " before the next batch");
        std::this_thread::sleep_for(std::chrono::nanoseconds(wait->ns));
        return true;
    }

    Call& call_;
    JobRef job_;
    Options options_;
    bool failed_ = false;
};

std::string contradiction(const Options& options) {
    if (!options.tasks.empty() && options.all_tasks) return "-task cannot be used together with -all-tasks";
    if (!options.tasks.empty() && options.reschedule) return "-task cannot be used together with -reschedule";
    if (options.on_error != "ask" && options.on_error != "fail") return "-on-error must be ask or fail";
    if (options.batch_wait != "ask" && !parse_duration(options.batch_wait))
        return "Invalid -batch-wait " + quote(options.batch_wait);
    if (!batch_size_of(options.batch_size, 1)) return "Invalid -batch-size " + quote(options.batch_size);
    return "";
}

// What the job has none of.
std::string unknown_part(const model::Job& job, const Options& options) {
    std::set<std::string> groups, tasks;
    for (const model::TaskGroup& group : job.TaskGroups) {
        groups.insert(group.Name);
        const auto& wanted = options.groups;
        if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), group.Name) == wanted.end()) continue;
        for (const model::Task& task : group.Tasks) tasks.insert(task.Name);
    }
    for (const std::string& group : options.groups)
        if (!groups.count(group)) return "The job has no group " + quote(group);
    for (const std::string& task : options.tasks)
        if (!tasks.count(task)) return "The job has no task " + quote(task) + " in these groups";
    return "";
}

}  // namespace

int job_restart(Call& call) {
    Options options;
    call.flags.add("all-tasks", options.all_tasks, "Also restart tasks that have ended.");
    call.flags.add("batch-size", options.batch_size, "How many at once: a number, or a part of all as n%.");
    call.flags.add("batch-wait", options.batch_wait, "How long to wait between batches; ask: until told to go on.");
    call.flags.add("group", options.groups, "Only allocations of this group. May be repeated.");
    call.flags.add("task", options.tasks, "Only this task. May be repeated.");
    call.flags.add("no-shutdown-delay", options.no_shutdown_delay, "Skip the shutdown delays of groups and tasks.");
    call.flags.add("on-error", options.on_error, "After an error: ask whether to go on, or fail.");
    call.flags.add("reschedule", options.reschedule, "Stop allocations, so that others take their places.");
    call.flags.add("verbose", options.verbose, "Show full ids.");
    call.flags.add("yes", options.yes, "Answer yes to every question.");
    if (auto code = call.parse({1, 1, "one argument: <job>"})) return *code;
    if (const std::string wrong = contradiction(options); !wrong.empty()) return call.complain(wrong);
    auto found = find_job(call, call.args[0]);
    if (!found) return 1;
    auto job = call.api()->read<model::Job>("/v1/job/" + net::encode_path_segment(found->id),
                                            in_namespace(found->namespace_name));
    if (!job) return call.complain("Error retrieving job", job.error());
    if (options.reschedule && job->Type == "sysbatch")
        return call.complain("-reschedule does not apply to jobs of type sysbatch");
    if (const std::string wrong = unknown_part(*job, options); !wrong.empty()) return call.complain(wrong);
    return Restart(call, *found, std::move(options)).run();
}

}  // namespace drover::cli
