#include "server/garbage_duty.h"

#include <algorithm>

#include "server/node_evals.h"

namespace drover::server {
namespace {

constexpr Duration kInterval = minutes(5);
constexpr Duration kLeastInterval = seconds(1);
constexpr size_t kNodesPerCommand = 256;  // with an evaluation of every job that ran on one

// What may go into one command, from `next` on.
template <class T>
std::vector<T> batch_of(const std::vector<T>& all, size_t& next, size_t room) {
    const size_t count = std::min(room, all.size() - next);
    std::vector<T> batch(all.begin() + static_cast<std::ptrdiff_t>(next),
                         all.begin() + static_cast<std::ptrdiff_t>(next + count));
    next += count;
    return batch;
}

// A job that has changed meanwhile stays.
net::Task<Result<>> remove_jobs(Leader& leader, std::vector<Shared<model::Job>> jobs) {
    for (size_t next = 0; next < jobs.size();) {
        state::command::DeregisterJobs command;
        for (const Shared<model::Job>& job : batch_of(jobs, next, kMaxCollectedIds)) {
            state::command::DeregisterJob one;
            one.Namespace = job->Namespace;
            one.JobID = job->ID;
            one.Purge = true;
            one.ModifyIndex = job->ModifyIndex;
            command.Jobs.push_back(std::move(one));
        }
        if (auto applied = co_await leader.commit(std::move(command)); !applied) co_return fail(applied.error());
    }
    co_return Result<>{};
}

// A node that came back meanwhile stays.
net::Task<Result<>> remove_nodes(Leader& leader, std::vector<std::string> nodes) {
    for (size_t next = 0; next < nodes.size();) {
        state::command::DeregisterNodes command;
        command.OnlyDown = true;
        for (const std::string& id : batch_of(nodes, next, kNodesPerCommand)) {
            const auto node = leader.view().nodes().find(id);
            if (!node || node->Status != "down") continue;
            command.NodeIDs.push_back(id);
            for (auto& eval : node_evals(leader, *node)) command.Evals.push_back(std::move(eval));
        }
        if (command.NodeIDs.empty()) continue;
        if (auto applied = co_await leader.commit(std::move(command)); !applied) co_return fail(applied.error());
    }
    co_return Result<>{};
}

net::Task<Result<>> remove(Leader& leader, Garbage garbage) {
    const size_t total = garbage.evals.size() + garbage.allocs.size() + garbage.jobs.size() +
                         garbage.deployments.size() + garbage.nodes.size();
    if (total == 0) co_return Result<>{};
    const Logger log{"server.garbage"};
    log.info("removing garbage", {{"evaluations", std::to_string(garbage.evals.size())},
                                  {"allocations", std::to_string(garbage.allocs.size())},
                                  {"jobs", std::to_string(garbage.jobs.size())},
                                  {"deployments", std::to_string(garbage.deployments.size())},
                                  {"nodes", std::to_string(garbage.nodes.size())}});
    // Allocations first: an evaluation that is left has lost nothing that it needs, an allocation without its
    // evaluation would never be looked at again.
    for (size_t evals = 0, allocs = 0; evals < garbage.evals.size() || allocs < garbage.allocs.size();) {
        state::command::DeleteEvals command;
        command.Allocs = List(batch_of(garbage.allocs, allocs, kMaxCollectedIds));
        command.Evals = List(batch_of(garbage.evals, evals, kMaxCollectedIds - command.Allocs.size()));
        if (auto applied = co_await leader.commit(std::move(command)); !applied) co_return fail(applied.error());
    }
    for (size_t next = 0; next < garbage.deployments.size();) {
        state::command::DeleteDeployments command;
        command.Deployments = List(batch_of(garbage.deployments, next, kMaxCollectedIds));
        if (auto applied = co_await leader.commit(std::move(command)); !applied) co_return fail(applied.error());
    }
    if (auto removed = co_await remove_jobs(leader, std::move(garbage.jobs)); !removed) co_return removed;
    co_return co_await remove_nodes(leader, std::move(garbage.nodes));
}

}  // namespace

net::Task<Result<>> remove_garbage(Leader& leader, std::vector<GarbageKind> kinds, GcThresholds thresholds) {
    Result<> outcome;
    for (const GarbageKind kind : kinds) {
        const state::View view = leader.view();
        const Time now = leader.now();
        auto found = co_await net::run_blocking(
            leader.loop(), [=]() -> Result<Garbage> { return collect(view, kind, thresholds, now); });
        Result<> removed = found ? co_await remove(leader, std::move(*found)) : Result<>(fail(found.error()));
        if (!removed && outcome) outcome = std::move(removed);
    }
    co_return outcome;
}

void GarbageDuty::start() {
    group_ = std::make_unique<net::TaskGroup>(leader_.loop());
    group_->spawn(run());
}

net::Task<> GarbageDuty::stop() {
    if (!group_) co_return;
    group_->cancel();
    co_await group_->join();
    group_.reset();
}

net::Task<> GarbageDuty::run() {
    const net::CancelToken cancel = group_->token();
    const std::vector<GarbageKind> jobs{GarbageKind::jobs};
    const std::vector<GarbageKind> others{GarbageKind::evals, GarbageKind::deployments, GarbageKind::nodes};
    const GcThresholds& thresholds = leader_.config().gc;
    net::Deadline next_jobs = leader_.loop().in(thresholds.job_interval), next_others = leader_.loop().in(kInterval);
    while (!cancel.cancelled()) {
        const Duration next = std::min(next_jobs, next_others).at;
        if (auto slept = co_await leader_.loop().sleep(next - leader_.loop().now(), cancel); !slept) co_return;
        co_await remove_if_due(next_jobs, jobs, thresholds.job_interval);
        co_await remove_if_due(next_others, others, kInterval);
    }
}

net::Task<> GarbageDuty::remove_if_due(net::Deadline& due, std::vector<GarbageKind> kinds, Duration interval) {
    if (leader_.loop().now() < due.at) co_return;
    if (auto done = co_await remove_garbage(leader_, std::move(kinds), leader_.config().gc); !done)
        log_.error("cannot remove garbage", {{"error", done.error().message}});
    due = leader_.loop().in(std::max(interval, kLeastInterval));
}

}  // namespace drover::server
