#include "cli/monitor.h"

#include <map>
#include <thread>

#include "base/strings.h"
#include "cli/format.h"
#include "cli/lookup.h"
#include "cli/views.h"
#include "model/alloc.h"
#include "model/deployment.h"
#include "model/eval.h"

namespace drover::cli {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(1000);
constexpr auto kFirstPolls = std::chrono::milliseconds(100);  // most evaluations end at once

class Monitor {
public:
    Monitor(Call& call, Api& api, std::string namespace_name, bool verbose)
        : call_(call), api_(api), namespace_(std::move(namespace_name)), verbose_(verbose) {}

    int follow(std::string eval_id) {
        for (;;) {
            auto eval = watch(eval_id);
            if (!eval) return call_.complain("Error reading evaluation", eval.error());
            const int code = ended(*eval);
            if (!eval->NextEval.empty()) {
                heading("Monitoring next evaluation " + quote(short_id(eval->NextEval, verbose_)) + " in " +
                        to_string(eval->Wait));
                std::this_thread::sleep_for(std::chrono::nanoseconds(eval->Wait.ns));
                eval_id = eval->NextEval;
                continue;
            }
            if (!deployment_.empty() && eval->Status == "complete") {
                return monitor_deployment(call_, deployment_, verbose_);
            }
            return code;
        }
    }

private:
    void heading(const std::string& text) { call_.say("==> " + stamp() + text); }
    void detail(const std::string& text) { call_.say("    " + stamp() + text); }
    std::string stamp() const { return local_time(call_.io.clock.now()) + ": "; }
    std::string id(const std::string& full) const { return quote(short_id(full, verbose_)); }

    // Polls until the evaluation has ended, telling what changes.
    Result<model::Evaluation> watch(const std::string& eval_id) {
        heading("Monitoring evaluation " + id(eval_id));
        std::string status;
        for (int round = 0;; ++round) {
            auto eval = api_.read<model::Evaluation>("/v1/evaluation/" + eval_id, in_namespace(namespace_));
            if (!eval) return eval;
            if (status.empty()) first_seen(*eval);
            if (auto told = allocations(*eval); !told) return fail(told.error());
            if (!status.empty() && status != eval->Status) {
                detail("Evaluation status changed: " + quote(status) + " -> " + quote(eval->Status));
            }
            status = eval->Status;
            if (status == "complete" || status == "failed" || status == "canceled" || status == "blocked") return eval;
            std::this_thread::sleep_for(round < 5 ? kFirstPolls : kPoll);
        }
    }

    void first_seen(const model::Evaluation& eval) {
        if (!eval.NodeID.empty()) detail("Evaluation triggered by node " + id(eval.NodeID));
        if (!eval.JobID.empty()) detail("Evaluation triggered by job " + quote(eval.JobID));
    }

    Result<void> allocations(const model::Evaluation& eval) {
        auto allocs = api_.read<List<model::AllocListStub>>("/v1/evaluation/" + eval.ID + "/allocations",
                                                            in_namespace(namespace_));
        if (!allocs) return fail(allocs.error());
        if (deployment_.empty() && !eval.DeploymentID.empty()) {
            deployment_ = eval.DeploymentID;
            detail("Evaluation within deployment: " + id(deployment_));
        }
        for (const auto& a : *allocs) {
            auto [it, is_new] = statuses_.try_emplace(a.ID, a.ClientStatus);
            if (is_new) {
                const std::string verb = a.CreateIndex < eval.CreateIndex ? "modified" : "created";
                detail("Allocation " + id(a.ID) + " " + verb + ": node " + id(a.NodeID) + ", group " +
                       quote(a.TaskGroup));
            } else if (it->second != a.ClientStatus) {
                const std::string why = a.ClientDescription.empty() ? "" : " (" + a.ClientDescription + ")";
                detail("Allocation " + id(a.ID) + " status changed: " + quote(it->second) + " -> " +
                       quote(a.ClientStatus) + why);
                it->second = a.ClientStatus;
            }
        }
        return {};
    }

    int ended(const model::Evaluation& eval) {
        if (eval.FailedTGAllocs.empty()) {
            heading("Evaluation " + id(eval.ID) + " finished with status " + quote(eval.Status));
            if (eval.Status == "failed" && !eval.StatusDescription.empty()) detail(eval.StatusDescription);
            return eval.Status == "failed" ? 1 : 0;
        }
        heading("Evaluation " + id(eval.ID) + " finished with status " + quote(eval.Status) +
                " but failed to place all allocations:");
        std::string lines = placement_failures(eval.FailedTGAllocs, "    ");
        call_.io.out << lines;
        if (!eval.BlockedEval.empty()) {
            detail("Evaluation " + id(eval.BlockedEval) + " waiting for additional capacity to place remainder");
        }
        return 2;
    }

    Call& call_;
    Api& api_;
    std::string namespace_;
    bool verbose_;
    std::map<std::string, std::string> statuses_;
    std::string deployment_;
};

class DeploymentMonitor {
public:
    DeploymentMonitor(Call& call, Api& api, bool verbose, Duration poll)
        : call_(call), api_(api), verbose_(verbose), poll_(poll.ns) {}

    int follow(const std::string& id) {
        auto ended = watch(id);
        if (!ended) return call_.complain("Error fetching deployment", ended.error());
        if (ended->Status == "successful") return 0;
        if (ended->StatusDescription.find(kRollingBack) != std::string::npos) {
            if (const std::string next = rollback_of(*ended); !next.empty()) {
                if (auto rolled = watch(next); !rolled) {
                    call_.complain("Error fetching deployment", rolled.error());
                }
            }
        }
        return 1;
    }

private:
    static constexpr std::string_view kRollingBack = "- rolling back to job version";
    static constexpr int kTriesForRollback = 20;

    Result<model::Deployment> watch(const std::string& id) {
        call_.say("==> " + local_time(call_.io.clock.now()) + ": Monitoring deployment " +
                  quote(short_id(id, verbose_)));
        std::string told;
        for (;;) {
            auto deployment = api_.read<model::Deployment>("/v1/deployment/" + id);
            if (!deployment) return deployment;
            if (std::string now = deployment_block(*deployment, verbose_, call_.colors); now != told) {
                call_.say(now + "\n");
                told = std::move(now);
            }
            for (const char* last : {"successful", "failed", "cancelled", "blocked"}) {
                if (deployment->Status == last) return deployment;
            }
            std::this_thread::sleep_for(poll_);
        }
    }

    // The deployment of the version that the job was taken back to; a rollback without changes has none.
    std::string rollback_of(const model::Deployment& failed) {
        const std::string path = "/v1/job/" + net::encode_path_segment(failed.JobID) + "/deployment";
        for (int i = 0; i < kTriesForRollback; ++i) {
            auto newest = api_.read<std::optional<model::Deployment>>(path, in_namespace(failed.Namespace));
            if (newest && *newest && (*newest)->ID != failed.ID) return (*newest)->ID;
            std::this_thread::sleep_for(kFirstPolls);
        }
        return {};
    }

    Call& call_;
    Api& api_;
    bool verbose_;
    std::chrono::nanoseconds poll_;
};

}  // namespace

int monitor_deployment(Call& call, const std::string& deployment_id, bool verbose, Duration poll) {
    Api* api = call.api();
    return api ? DeploymentMonitor(call, *api, verbose, poll).follow(deployment_id) : 1;
}

int monitor_evaluation(Call& call, const std::string& eval_id, const std::string& namespace_name, bool verbose) {
    Api* api = call.api();
    return api ? Monitor(call, *api, namespace_name, verbose).follow(eval_id) : 1;
}

}  // namespace drover::cli
