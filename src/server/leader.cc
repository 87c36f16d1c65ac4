#include "server/leader.h"

#include "base/uuid.h"
#include "server/members.h"

namespace drover::server {
namespace {

constexpr Duration kCommitPatience = minutes(1);

}  // namespace

model::SchedulerConfiguration Leader::scheduler_config() const {
    if (auto stored = view().scheduler_config()) return *stored;
    return config_.default_scheduler_config;
}

model::AutopilotConfig Leader::autopilot_config() const {
    if (auto stored = view().autopilot_config()) return *stored;
    return config_.default_autopilot_config;
}

std::vector<raft::Member> Leader::members() const {
    if (maybe_membership) return maybe_membership->members();
    return {own_member(config_)};
}

net::Task<Result<>> Leader::remove_peer(std::string id, net::Limit limit) {
    auto [promise, future] = net::make_promise<Result<>>(loop_);
    log_->remove_peer(std::move(id), [p = promise](Result<> result) mutable { p.complete(std::move(result)); });
    Result<Result<>> done = co_await future.wait(std::move(limit));
    if (!done) co_return fail(done.error());
    co_return std::move(*done);
}

net::Task<Result<>> Leader::transfer_leadership(std::string id, net::Limit limit) {
    auto [promise, future] = net::make_promise<Result<>>(loop_);
    log_->transfer_leadership(std::move(id), [p = promise](Result<> result) mutable { p.complete(std::move(result)); });
    Result<Result<>> done = co_await future.wait(std::move(limit));
    if (!done) co_return fail(done.error());
    co_return std::move(*done);
}

net::Task<Result<state::Applied>> Leader::commit(state::Command command) {
    auto [promise, future] = net::make_promise<Result<state::Applied>>(loop_);
    committer_.propose(std::move(command),
                       [p = promise](Result<state::Applied> applied) mutable { p.complete(std::move(applied)); });
    Result<Result<state::Applied>> done = co_await future.wait({loop_.in(kCommitPatience), {}});
    if (!done) co_return fail(done.error());
    co_return std::move(*done);
}

model::Evaluation Leader::new_eval(std::string ns, std::string job_id, std::string type, int64_t priority,
                                   std::string_view triggered_by) const {
    model::Evaluation eval;
    eval.ID = random_id(rng_);
    eval.Namespace = std::move(ns);
    eval.JobID = std::move(job_id);
    eval.Type = std::move(type);
    eval.Priority = priority;
    eval.TriggeredBy = triggered_by;
    eval.Status = "pending";
    eval.CreateTime = eval.ModifyTime = now().unix_ns;
    return eval;
}

}  // namespace drover::server
