// Children of jobs: dispatched with a payload, or launched ahead of their time.
#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/strings.h"
#include "cli/command.h"
#include "cli/format.h"
#include "cli/job_commands.h"
#include "cli/lookup.h"
#include "cli/monitor.h"
#include "model/rpc_job.h"

namespace drover::cli {
namespace {

constexpr Duration kWaitForEnd = minutes(5);
constexpr auto kPoll = std::chrono::seconds(1);
constexpr size_t kMostPayload = 64 << 10;  // the cluster takes less still, and says how much

std::string path_of(const JobRef& job, std::string_view verb) {
    return "/v1/job/" + net::encode_path_segment(job.id) + std::string(verb);
}

Result<std::string> read_payload(Call& call, const std::string& path) {
    std::ifstream file;
    if (path != "-") {
        file.open(path, std::ios::binary);
        if (!file) return fail(Error::not_found("cannot open " + path));
    }
    std::istream& in = path == "-" ? call.io.in : file;
    std::string payload(kMostPayload + 1, '\0');
    in.read(payload.data(), static_cast<std::streamsize>(payload.size()));
    payload.resize(static_cast<size_t>(in.gcount()));
    if (payload.size() > kMostPayload) return fail(Error::bad_request("the payload is too long"));
    return payload;
}

// key=value pairs; the first `=` divides.
Result<Map<std::string>> read_meta(const std::vector<std::string>& pairs) {
    Map<std::string> meta;
    for (const std::string& pair : pairs) {
        const size_t at = pair.find('=');
        if (at == std::string::npos || at == 0)
            return fail(Error::bad_request("meta must be given as key=value, not " + quote(pair)));
        meta[pair.substr(0, at)] = pair.substr(at + 1);
    }
    return meta;
}

bool ended(const model::JobSummary& summary) {
    for (const auto& [name, group] : summary.Summary) {
        if (group.Queued + group.Starting + group.Running + group.Unknown > 0) return false;
        if (group.Complete + group.Failed + group.Lost == 0) return false;
    }
    return true;
}

// Until all groups of the job have ended; 2 if allocations failed.
int wait_for_end(Call& call, const JobRef& job) {
    const Time give_up = call.io.clock.now() + kWaitForEnd;
    while (true) {
        auto summary = call.api()->read<model::JobSummary>(path_of(job, "/summary"), in_namespace(job.namespace_name));
        if (!summary) return call.complain("Error querying job summary", summary.error());
        if (ended(*summary)) {
            bool good = true;
            std::vector<Row> rows{{"Task Group", "Complete", "Failed", "Running", "Starting", "Lost", "Unknown"}};
            for (const auto& [name, group] : summary->Summary) {
                Row row{name};
                for (const int64_t n :
                     {group.Complete, group.Failed, group.Running, group.Starting, group.Lost, group.Unknown})
                    row.push_back(std::to_string(n));
                rows.push_back(std::move(row));
                good = good && group.Failed + group.Lost == 0;
            }
            call.say(format_table(rows));
            return good ? 0 : 2;
        }
        if (call.io.clock.now() >= give_up) return call.complain("The job has not ended within 5 minutes");
        std::this_thread::sleep_for(kPoll);
    }
}

int job_dispatch(Call& call) {
    bool detach = false, verbose = false, wait = false, ui = false;
    std::string token, prefix;
    std::vector<std::string> meta;
    int64_t priority = 0;
    call.flags.add("detach", detach, "Print the ids and return at once.");
    call.flags.add("verbose", verbose, "Show full ids.");
    call.flags.add("wait", wait, "Wait until the dispatched job has ended, at most five minutes.");
    call.flags.add("meta", meta, "A key=value pair for the job's meta. May be repeated.");
    call.flags.add("priority", priority, "The priority of the dispatched job in place of its parent's.");
    call.flags.add("id-prefix-template", prefix, "A word in the dispatched job's id.");
    call.flags.add("idempotency-token", token, "Dispatches with the same token make one job.");
    call.flags.add("ui", ui);
    if (auto code = call.parse({1, 2, "one or two arguments: <job> [<payload file or ->]"})) return *code;
    model::JobDispatchRequest request;
    auto pairs = read_meta(meta);
    if (!pairs) return call.complain(pairs.error().message);
    request.Meta = std::move(*pairs);
    if (call.args.size() == 2) {
        auto payload = read_payload(call, call.args[1]);
        if (!payload) return call.complain("Error reading the payload", payload.error());
        request.Payload = Bytes(std::move(*payload));
    }
    auto job = find_job(call, call.args[0]);
    if (!job) return 1;
    request.JobID = job->id;
    request.IdPrefixTemplate = prefix;
    request.Priority = priority;
    net::Query query = in_namespace(job->namespace_name);
    if (!token.empty()) query.add("idempotency_token", token);
    auto done =
        call.api()->write<model::JobDispatchResponse>("PUT", path_of(*job, "/dispatch"), request, std::move(query));
    if (!done) return call.complain("Failed to dispatch job", done.error());
    std::vector<std::pair<std::string, std::string>> rows{{"Dispatched Job ID", done->DispatchedJobID}};
    if (!done->EvalID.empty()) rows.push_back({"Evaluation ID", short_id(done->EvalID, verbose)});
    call.say(format_pairs(rows));
    if (detach || done->EvalID.empty()) return 0;
    call.say();
    const int code = monitor_evaluation(call, done->EvalID, job->namespace_name, verbose);
    if (!wait || code != 0) return code;
    return wait_for_end(call, {done->DispatchedJobID, job->namespace_name});
}

int job_periodic_force(Call& call) {
    bool detach = false, verbose = false;
    call.flags.add("detach", detach, "Print the evaluation's id and return at once.");
    call.flags.add("verbose", verbose, "Show full ids.");
    if (auto code = call.parse({1, 1, "one argument: <job>"})) return *code;
    auto job = find_job(call, call.args[0]);
    if (!job) return 1;
    model::PeriodicForceRequest request;
    request.JobID = job->id;
    auto done = call.api()->write<model::PeriodicForceResponse>("PUT", path_of(*job, "/periodic/force"), request,
                                                                in_namespace(job->namespace_name));
    if (!done) return call.complain("Error forcing periodic job " + quote(job->id), done.error());
    if (detach) {
        call.say("Force periodic successful");
        call.say("Evaluation ID: " + done->EvalID);
        return 0;
    }
    return monitor_evaluation(call, done->EvalID, job->namespace_name, verbose);
}

}  // namespace

const CommandTable& launch_commands() {
    static const CommandTable table = {
        {"job dispatch", "Run a parameterized job", "[options] <job> [<payload file or ->]",
         "Registers a child of the job, with the payload of the file (or of the standard input) and the given meta.",
         job_dispatch},
        {"job periodic force", "Launch a periodic job now", "[options] <job>",
         "Launches it at once, whatever its times are and whether an earlier launch still runs.", job_periodic_force},
    };
    return table;
}

}  // namespace drover::cli
