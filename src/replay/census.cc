#include "replay/census.h"

#include <algorithm>

#include "replay/behaviour.h"

namespace drover::replay {
namespace {

Shared<model::Evaluation> eval_of(const state::Tables::Object& row) {
    return std::static_pointer_cast<const model::Evaluation>(row);
}

// When it was to be looked at for the first time.
int64_t due_at(const model::Evaluation& eval) {
    const int64_t until = eval.WaitUntil.is_zero() ? 0 : eval.WaitUntil.unix_ns;
    const int64_t wait = std::clamp<int64_t>(eval.Wait.ns, 0, kLongest.ns);
    return std::max({eval.CreateTime, until, std::min(eval.CreateTime, INT64_MAX - wait) + wait});
}

int64_t device_count(const state::AllocRef& alloc) {
    int64_t count = 0;
    const auto given = alloc.resources();
    for (const auto& [task, resources] : given->Tasks) {
        for (const auto& device : resources.Devices) count += static_cast<int64_t>(device.DeviceIDs.size());
    }
    return count;
}

}  // namespace

Census::Census(state::Store& store, const Clock& clock) : clock_(clock), begin_(clock.now().unix_ns) {
    note_left_blocked(store.view());
    store.on_publish([this](const state::View& before, const state::View& after) { follow(before, after); });
}

// What a snapshot left waiting waits from now on. A blocked evaluation says of which groups, the job of how many.
void Census::note_left_blocked(const state::View& view) {
    for (const auto& eval : view.evals().all()) {
        if (eval->Status != "blocked") continue;
        std::map<std::string, int64_t> queued;
        if (const auto summary = view.job_summaries().find(eval->Namespace, eval->JobID)) {
            for (const auto& [group, counts] : summary->Summary) queued[group] = counts.Queued;
        }
        for (const auto& [group, metrics] : eval->FailedTGAllocs) queued[group] = std::max<int64_t>(1, queued[group]);
        for (const auto& [group, count] : queued) note_waiting({eval->Namespace, eval->JobID}, group, count, begin_);
    }
}

// So many of the group are without a place.
void Census::note_waiting(const JobKey& job, const std::string& group, int64_t count, int64_t since) {
    auto& waiting = waiting_since_[job];
    auto& times = waiting[group];
    const auto size = static_cast<size_t>(std::max<int64_t>(0, count));
    while (times.size() > size) times.pop_front();
    times.resize(size, since);
    if (times.empty()) waiting.erase(group);
    if (waiting.empty()) waiting_since_.erase(job);
}

// The evaluation has left so many of its job's without a place. Of a group that it does not know none waits.
void Census::note_left(const model::Evaluation& eval) {
    const JobKey job{eval.Namespace, eval.JobID};
    if (const auto waiting = waiting_since_.find(job); waiting != waiting_since_.end()) {
        std::erase_if(waiting->second,
                      [&](const auto& group) { return eval.QueuedAllocations.get(group.first) == nullptr; });
        if (waiting->second.empty()) waiting_since_.erase(waiting);
    }
    for (const auto& [group, count] : eval.QueuedAllocations) note_waiting(job, group, count, clock_.now().unix_ns);
}

// Since when a place was waited for that the allocation has now; empty: none was. One that takes the place of another
// does not end a wait, but where the evaluation is that of those that wait.
std::optional<int64_t> Census::end_wait(const state::AllocRef& alloc, const model::Evaluation& eval) {
    const auto job = waiting_since_.find({alloc.ns(), alloc.job_id()});
    if (job == waiting_since_.end()) return std::nullopt;
    const auto group = job->second.find(alloc.task_group());
    if (group == job->second.end()) return std::nullopt;
    if (eval.TriggeredBy != "queued-allocs" && !alloc.previous_allocation().empty()) return std::nullopt;
    const int64_t since = group->second.front();
    group->second.pop_front();
    if (group->second.empty()) job->second.erase(group);
    if (job->second.empty()) waiting_since_.erase(job);
    return since;
}

void Census::follow(const state::View& before, const state::View& after) {
    using Object = state::Tables::Object;
    using Row = state::Ref<const state::AllocRow>;
    const state::Tables &old = before.version()->tables, &now = after.version()->tables;
    state::Tree<Row>::compare(old.allocs, now.allocs, [&](const std::string&, const Row* was, const Row* row) {
        if (!row) return;
        if (!was) return note_placed(after, state::AllocRef(*row));
        note_change(state::AllocRef(*was), state::AllocRef(*row));
    });
    state::Tree<Object>::compare(old[state::Table::evals], now[state::Table::evals],
                                 [&](const std::string&, const Object* was, const Object* row) {
                                     if (row) note_eval(was ? eval_of(*was).get() : nullptr, *eval_of(*row));
                                 });
}

void Census::note_placed(const state::View& view, const state::AllocRef& alloc) {
    ++counts_.placed;
    cpu_.add(std::max<int64_t>(0, alloc.usage().cpu_shares));
    memory_.add(std::max<int64_t>(0, alloc.usage().memory_mb));
    if (alloc.has_devices()) devices_.add(device_count(alloc));
    const auto eval = view.evals().find(alloc.eval_id());
    int64_t asked = eval ? due_at(*eval) : alloc.create_time();
    if (const auto since = eval ? end_wait(alloc, *eval) : std::nullopt) asked = *since;
    asked = std::max(asked, begin_);  // what was before that took no virtual time
    placement_ms_.add(std::max<int64_t>(0, alloc.create_time() - asked) / 1'000'000);
}

void Census::note_change(const state::AllocRef& before, const state::AllocRef& now) {
    if (before.desired_status() != now.desired_status() && now.desired_status() == state::DesiredStatus::evict)
        ++counts_.preempted;
    if (before.client_status() == now.client_status()) return;
    if (now.client_status() == state::ClientStatus::complete) ++counts_.completed;
    if (now.client_status() == state::ClientStatus::failed) ++counts_.failed;
    if (now.client_status() == state::ClientStatus::lost) ++counts_.lost;
}

void Census::note_eval(const model::Evaluation* maybe_before, const model::Evaluation& now) {
    if (now.Status == "complete" || now.Status == "blocked") {
        const bool news = !maybe_before || !(maybe_before->QueuedAllocations == now.QueuedAllocations) ||
                          maybe_before->Status != now.Status;
        if (news && !(now.Status == "blocked" && now.QueuedAllocations.empty())) note_left(now);
    }
    if (maybe_before && maybe_before->Status == now.Status) return;
    if (now.Status == "failed") ++counts_.failed_evaluations;
    if (now.Status == "complete") ++counts_.evaluations;
}

}  // namespace drover::replay
