#include "replay/census.h"

#include <algorithm>

namespace drover::replay {
namespace {

Shared<model::Evaluation> eval_of(const state::Tables::Object& row) {
    return std::static_pointer_cast<const model::Evaluation>(row);
}

// When it was to be looked at for the first time.
int64_t due_at(const model::Evaluation& eval) {
    const int64_t until = eval.WaitUntil.is_zero() ? 0 : eval.WaitUntil.unix_ns;
    return std::max({eval.CreateTime, until, eval.CreateTime + eval.Wait.ns});
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

Census::Census(state::Store& store, const Clock& clock) {
    // What a snapshot left waiting waits from now on.
    for (const auto& eval : store.view().evals().all()) {
        if (eval->Status == "blocked") note_waiting(*eval, clock.now().unix_ns);
    }
    store.on_publish([this](const state::View& before, const state::View& after) { follow(before, after); });
}

// The evaluation has left so many of its job's without a place.
void Census::note_waiting(const model::Evaluation& eval, int64_t since) {
    size_t queued = 0;
    for (const auto& [group, count] : eval.QueuedAllocations)
        queued += static_cast<size_t>(std::max<int64_t>(0, count));
    const JobKey job{eval.Namespace, eval.JobID};
    if (queued == 0) return static_cast<void>(waiting_since_.erase(job));
    waiting_since_[job].resize(queued, since);
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
    const auto waiting = waiting_since_.find({alloc.ns(), alloc.job_id()});
    if (waiting != waiting_since_.end() && eval && eval->TriggeredBy == "queued-allocs") {
        asked = std::min(asked, waiting->second.front());
        waiting->second.pop_front();
        if (waiting->second.empty()) waiting_since_.erase(waiting);
    }
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
        if (news && !(now.Status == "blocked" && now.QueuedAllocations.empty())) note_waiting(now, now.ModifyTime);
    }
    if (maybe_before && maybe_before->Status == now.Status) return;
    if (now.Status == "failed") ++counts_.failed_evaluations;
    if (now.Status == "complete") ++counts_.evaluations;
}

}  // namespace drover::replay
