#include "server/periodic_duty.h"

#include <algorithm>

#include "model/job_rules.h"
#include "model/periodic.h"
#include "server/child_jobs.h"

namespace drover::server {
namespace {

// The wall clock may be set: it is looked at this often.
constexpr Duration kLookAgain = seconds(20);

}  // namespace

PeriodicDuty::PeriodicDuty(Leader& leader) : leader_(leader), changed_(leader.loop()) {
    leader.store().on_publish([changes = changes_, notify = changed_](const auto& before, const auto& after) {
        if (before.table_index(state::Table::jobs) == after.table_index(state::Table::jobs)) return;
        note(*changes, before, after);
        notify.notify();
    });
}

void PeriodicDuty::note(Changes& changes, const state::View& before, const state::View& after) {
    std::lock_guard lock(changes.mutex);
    if (!changes.follows) return;
    using Object = state::Tables::Object;
    const auto periodic = [](const Object* row) {
        if (!row) return Shared<model::Job>();
        auto job = std::static_pointer_cast<const model::Job>(*row);
        return model::is_periodic(*job) ? job : nullptr;
    };
    state::Tree<Object>::compare(before.version()->tables[state::Table::jobs],
                                 after.version()->tables[state::Table::jobs],
                                 [&](const std::string&, const Object* was, const Object* is) {
                                     const auto old = periodic(was), now = periodic(is);
                                     if (const auto& job = now ? now : old)
                                         changes.jobs.emplace(job->Namespace, job->ID);
                                 });
}

void PeriodicDuty::start() {
    group_ = std::make_unique<net::TaskGroup>(leader_.loop());
    restart();
    group_->spawn(run());
}

void PeriodicDuty::restart() {
    jobs_.clear();
    order_.clear();
    {
        std::lock_guard lock(changes_->mutex);
        changes_->follows = true;
        changes_->jobs.clear();
    }
    for (const auto& job : leader_.view().jobs().all()) {
        if (model::is_periodic_active(*job)) track({job->Namespace, job->ID}, job);
    }
    changed_.notify();
}

net::Task<> PeriodicDuty::stop() {
    {
        std::lock_guard lock(changes_->mutex);
        changes_->follows = false;
        changes_->jobs.clear();
    }
    if (!group_) co_return;
    group_->cancel();
    co_await group_->join();
    group_.reset();
    jobs_.clear();
    order_.clear();
}

net::Task<> PeriodicDuty::run() {
    const net::CancelToken cancel = group_->token();
    while (!cancel.cancelled()) {
        follow();
        launch_due();
        Duration wait = kLookAgain;
        if (!order_.empty()) wait = std::clamp(order_.begin()->first - leader_.now(), Duration{0}, kLookAgain);
        Result<> waited = co_await changed_.wait({leader_.loop().in(wait), cancel});
        if (!waited && waited.error().code != ErrorCode::timeout) co_return;
    }
}

void PeriodicDuty::follow() {
    std::set<Key> keys;
    {
        std::lock_guard lock(changes_->mutex);
        keys.swap(changes_->jobs);
    }
    if (keys.empty()) return;
    const state::View view = leader_.view();
    for (const Key& key : keys) track(key, view.jobs().find(key.first, key.second));
}

void PeriodicDuty::forget(const Key& key) {
    const auto found = jobs_.find(key);
    if (found == jobs_.end()) return;
    order_.erase({found->second.due, key});
    jobs_.erase(found);
}

void PeriodicDuty::track(const Key& key, const Shared<model::Job>& job) {
    if (!job || !model::is_periodic_active(*job)) return forget(key);
    Tracked tracked;
    if (const auto found = jobs_.find(key); found != jobs_.end()) tracked = found->second;
    // A launch that is on its way to the state was considered already.
    const auto last = leader_.view().periodic_launches().find(key.first, key.second);
    tracked.considered = std::max(tracked.considered, last ? last->Launch : leader_.now());
    schedule(key, *job, std::move(tracked));
}

// Puts it where the first of its times stands that was not considered. One that is never due again is forgotten.
void PeriodicDuty::schedule(const Key& key, const model::Job& job, Tracked tracked) {
    forget(key);
    const auto due = model::next_launch(*job.Periodic, tracked.considered);
    if (!due) return;
    tracked.due = *due;
    order_.emplace(tracked.due, key);
    jobs_[key] = tracked;
}

void PeriodicDuty::launch_due() {
    const Time now = leader_.now();
    const state::View view = leader_.view();
    while (!order_.empty() && order_.begin()->first <= now) {
        const Key key = order_.begin()->second;
        const auto job = view.jobs().find(key.first, key.second);
        if (!job || !model::is_periodic_active(*job)) {
            forget(key);
            continue;
        }
        Tracked tracked = jobs_.at(key);
        Time at = tracked.due;
        // Of several that were missed one is made, now.
        const auto next = model::next_launch(*job->Periodic, at);
        if (next && *next <= now) at = Time::from_unix_seconds(now.unix_seconds());
        tracked.considered = at;
        const bool runs = !overlaps(*job, tracked);
        tracked.launching |= runs;
        schedule(key, *job, tracked);
        if (runs) {
            group_->spawn(launch(job, at));
        } else {
            log_.debug("launch is skipped: an earlier one still runs", {{"job_id", key.second}});
        }
    }
}

bool PeriodicDuty::overlaps(const model::Job& job, const Tracked& tracked) const {
    if (!job.Periodic->ProhibitOverlap) return false;
    if (tracked.launching) return true;
    // A child is dead when no evaluation of it is open and no allocation lives.
    for (const auto& child : leader_.view().jobs().children(job.Namespace, job.ID)) {
        if (child->Status != "dead") return true;
    }
    return false;
}

net::Task<> PeriodicDuty::launch(Shared<model::Job> job, Time at) {
    auto launched = co_await launch_periodic(leader_, job, at);
    const auto found = jobs_.find({job->Namespace, job->ID});
    if (found != jobs_.end()) found->second.launching = false;
    if (!launched) {
        log_.error("cannot launch a periodic job", {{"job_id", job->ID}, {"error", launched.error().message}});
        co_return;
    }
    log_.info("launched a periodic job", {{"job_id", job->ID}, {"eval_id", launched->eval_id}});
}

}  // namespace drover::server
