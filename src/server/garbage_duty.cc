#include "server/garbage_duty.h"

#include <algorithm>

#include "server/node_evals.h"

namespace drover::server {
namespace {

constexpr Duration kInterval = minutes(5);

// What may go into one command, from `next` on.
std::vector<std::string> batch_of(const std::vector<std::string>& ids, size_t& next, size_t room) {
    const size_t count = std::min(room, ids.size() - next);
    std::vector<std::string> batch(ids.begin() + static_cast<std::ptrdiff_t>(next),
                                   ids.begin() + static_cast<std::ptrdiff_t>(next + count));
    next += count;
    return batch;
}

// A job that was registered anew meanwhile stays.
net::Task<Result<>> remove_jobs(Leader& leader, std::vector<Shared<model::Job>> jobs) {
    for (size_t next = 0; next < jobs.size();) {
        state::command::DeregisterJobs command;
        for (; next < jobs.size() && command.Jobs.size() < kMaxCollectedIds; ++next) {
            const auto known = leader.view().jobs().find(jobs[next]->Namespace, jobs[next]->ID);
            if (!known || known->ModifyIndex != jobs[next]->ModifyIndex) continue;
            state::command::DeregisterJob one;
            one.Namespace = jobs[next]->Namespace;
            one.JobID = jobs[next]->ID;
            one.Purge = true;
            command.Jobs.push_back(std::move(one));
        }
        if (command.Jobs.empty()) continue;
        if (auto applied = co_await leader.commit(std::move(command)); !applied) co_return fail(applied.error());
    }
    co_return Result<>{};
}

net::Task<Result<>> remove_nodes(Leader& leader, std::vector<std::string> nodes) {
    for (const std::string& id : nodes) {
        const auto node = leader.view().nodes().find(id);
        if (!node || node->Status != "down") continue;
        state::command::DeregisterNodes command;
        command.NodeIDs.push_back(id);
        command.Evals = List(node_evals(leader, *node));
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
        const bool for_jobs = leader_.loop().now() >= next_jobs.at;
        if (auto done = co_await remove_garbage(leader_, for_jobs ? jobs : others, thresholds); !done)
            log_.error("cannot remove garbage", {{"error", done.error().message}});
        (for_jobs ? next_jobs : next_others) = leader_.loop().in(for_jobs ? thresholds.job_interval : kInterval);
    }
}

}  // namespace drover::server
