#include "server/broker.h"

#include <algorithm>

#include "base/uuid.h"

namespace drover::server {
namespace {

constexpr std::string_view kFailedQueue = "_failed";

std::pair<std::string, std::string> job_key(const model::Evaluation& eval) { return {eval.Namespace, eval.JobID}; }

}  // namespace

void Broker::set_enabled(bool enabled) {
    std::lock_guard lock(mutex_);
    enabled_ = enabled;
    if (!enabled) {
        deliveries_.clear();
        ready_.clear();
        unacked_.clear();
        busy_jobs_.clear();
        pending_.clear();
        waiting_.clear();
        requeue_.clear();
        cancelable_.clear();
    }
    ready_changed_.notify_all();
}

bool Broker::enabled() const {
    std::lock_guard lock(mutex_);
    return enabled_;
}

void Broker::note_work(std::unique_lock<std::mutex>& lock) {
    lock.unlock();
    if (on_work_) on_work_();
}

void Broker::make_ready(const EvalPtr& eval, const std::string& queue) {
    busy_jobs_[job_key(*eval)] = eval->ID;
    ready_[queue].emplace(std::pair(-eval->Priority, eval->CreateIndex), eval);
    ready_changed_.notify_one();
}

void Broker::wait(const EvalPtr& eval, Duration d) { waiting_.emplace(clock_.monotonic() + d, eval); }

void Broker::enqueue_locked(const EvalPtr& eval) {
    const auto busy = busy_jobs_.find(job_key(*eval));
    if (busy != busy_jobs_.end() && busy->second != eval->ID) {
        pending_[job_key(*eval)].push_back(eval);
    } else {
        make_ready(eval, eval->Type);
    }
}

void Broker::enqueue(const EvalPtr& eval, std::string_view token) {
    std::unique_lock lock(mutex_);
    if (!enabled_) return;
    if (deliveries_.contains(eval->ID)) {
        const auto delivered = unacked_.find(eval->ID);
        if (!token.empty() && delivered != unacked_.end() && delivered->second.token == token) {
            requeue_[std::string(token)] = eval;
        }
        return;
    }
    deliveries_.emplace(eval->ID, 0);
    if (eval->Wait.ns > 0) {
        wait(eval, eval->Wait);
    } else if (!eval->WaitUntil.is_zero() && eval->WaitUntil > clock_.now()) {
        wait(eval, eval->WaitUntil - clock_.now());
    } else {
        return enqueue_locked(eval);
    }
    note_work(lock);
}

Broker::Delivery Broker::deliver(const EvalPtr& eval) {
    ++deliveries_[eval->ID];
    Delivery delivery{eval, random_id(rng_), eval->ModifyIndex};
    unacked_[eval->ID] = {eval, delivery.token, clock_.monotonic() + kNackTimeout};
    // All that was written for the job by now must be visible to the worker.
    if (const auto behind = pending_.find(job_key(*eval)); behind != pending_.end()) {
        for (const EvalPtr& other : behind->second) {
            delivery.wait_index = std::max(delivery.wait_index, other->ModifyIndex);
        }
    }
    return delivery;
}

std::optional<Broker::Delivery> Broker::dequeue_locked(const std::vector<std::string>& types) {
    Ready* best = nullptr;
    uint64_t equals = 0;
    for (const std::string& type : types) {
        const auto it = ready_.find(type);
        if (it == ready_.end() || it->second.empty()) continue;
        const int64_t priority = it->second.begin()->first.first;
        if (!best || priority < best->begin()->first.first) {
            best = &it->second;
            equals = 1;
        } else if (priority == best->begin()->first.first && rng_.below(++equals) == 0) {
            best = &it->second;
        }
    }
    if (!best) return std::nullopt;
    const EvalPtr eval = best->begin()->second;
    best->erase(best->begin());
    return deliver(eval);
}

std::optional<Broker::Delivery> Broker::try_dequeue(const std::vector<std::string>& types) {
    std::unique_lock lock(mutex_);
    auto delivery = dequeue_locked(types);
    if (delivery) note_work(lock);
    return delivery;
}

std::optional<Broker::Delivery> Broker::dequeue(const std::vector<std::string>& types,
                                                const std::function<bool()>& stopped) {
    std::unique_lock lock(mutex_);
    for (;;) {
        if (stopped()) return std::nullopt;
        if (auto delivery = dequeue_locked(types)) {
            note_work(lock);
            return delivery;
        }
        ready_changed_.wait(lock);
    }
}

void Broker::interrupt() {
    std::lock_guard lock(mutex_);
    ready_changed_.notify_all();
}

Result<> Broker::check(std::string_view id, std::string_view token) const {
    const auto it = unacked_.find(std::string(id));
    if (it == unacked_.end()) return fail(Error::internal("evaluation is not outstanding"));
    if (it->second.token != token) return fail(Error::internal("evaluation token does not match"));
    return {};
}

Result<Broker::Unacked*> Broker::find(std::string_view id, std::string_view token) {
    if (auto found = check(id, token); !found) return fail(found.error());
    return &unacked_.find(std::string(id))->second;
}

void Broker::forget(const std::string& id) {
    deliveries_.erase(id);
    unacked_.erase(id);
}

// The next evaluation of the job: the most urgent, newest one stands for all that waited.
void Broker::release_job(const model::Evaluation& eval) {
    busy_jobs_.erase(job_key(eval));
    const auto it = pending_.find(job_key(eval));
    if (it == pending_.end()) return;
    std::vector<EvalPtr> waiting = std::move(it->second);
    pending_.erase(it);
    const auto best = std::max_element(waiting.begin(), waiting.end(), [](const EvalPtr& a, const EvalPtr& b) {
        return a->Priority != b->Priority ? a->Priority < b->Priority : a->ModifyIndex < b->ModifyIndex;
    });
    const EvalPtr next = *best;
    waiting.erase(best);
    for (const EvalPtr& superfluous : waiting) {
        deliveries_.erase(superfluous->ID);
        cancelable_.push_back(superfluous);
    }
    make_ready(next, next->Type);
}

Result<> Broker::ack(std::string_view id, std::string_view token) {
    std::unique_lock lock(mutex_);
    const auto delivered = find(id, token);
    if (!delivered) return fail(delivered.error());
    const EvalPtr eval = (*delivered)->eval;
    forget(eval->ID);
    EvalPtr again;
    if (const auto it = requeue_.find(std::string(token)); it != requeue_.end()) {
        again = it->second;
        requeue_.erase(it);
    }
    release_job(*eval);
    if (again) {
        deliveries_.emplace(again->ID, 0);
        enqueue_locked(again);
    }
    const bool work = !cancelable_.empty();
    if (work) note_work(lock);
    return {};
}

void Broker::nack_locked(const std::string& id) {
    const auto it = unacked_.find(id);
    const EvalPtr eval = it->second.eval;
    requeue_.erase(it->second.token);
    unacked_.erase(it);
    const int delivered = deliveries_[id];
    if (delivered >= kDeliveryLimit) {
        make_ready(eval, std::string(kFailedQueue));
    } else {
        // It keeps its job: what waits behind it would fail in the same way.
        wait(eval, delivered <= 1 ? kFirstNackDelay : kNackDelay * (delivered - 1));
    }
}

Result<> Broker::nack(std::string_view id, std::string_view token) {
    std::unique_lock lock(mutex_);
    if (auto found = check(id, token); !found) return found;
    nack_locked(std::string(id));
    note_work(lock);
    return {};
}

Result<> Broker::outstanding(std::string_view id, std::string_view token) const {
    std::lock_guard lock(mutex_);
    return check(id, token);
}

Result<> Broker::pause_nack(std::string_view id, std::string_view token) {
    std::lock_guard lock(mutex_);
    const auto delivered = find(id, token);
    if (!delivered) return fail(delivered.error());
    (*delivered)->nack_at.reset();
    return {};
}

Result<> Broker::reset_nack(std::string_view id, std::string_view token) {
    std::unique_lock lock(mutex_);
    const auto delivered = find(id, token);
    if (!delivered) return fail(delivered.error());
    (*delivered)->nack_at = clock_.monotonic() + kNackTimeout;
    note_work(lock);
    return {};
}

void Broker::tick() {
    std::unique_lock lock(mutex_);
    const Duration now = clock_.monotonic();
    while (!waiting_.empty() && waiting_.begin()->first <= now) {
        const EvalPtr eval = waiting_.begin()->second;
        waiting_.erase(waiting_.begin());
        enqueue_locked(eval);
    }
    std::vector<std::string> late;
    for (const auto& [id, delivered] : unacked_) {
        if (delivered.nack_at && *delivered.nack_at <= now) late.push_back(id);
    }
    std::sort(late.begin(), late.end());
    for (const std::string& id : late) nack_locked(id);
}

std::optional<Duration> Broker::next_due() const {
    std::lock_guard lock(mutex_);
    std::optional<Duration> due;
    const auto earlier = [&](Duration at) {
        if (!due || at < *due) due = at;
    };
    if (!waiting_.empty()) earlier(waiting_.begin()->first);
    for (const auto& [id, delivered] : unacked_) {
        if (delivered.nack_at) earlier(*delivered.nack_at);
    }
    return due;
}

std::vector<Broker::Delivery> Broker::take_failed() {
    std::lock_guard lock(mutex_);
    std::vector<Delivery> failed;
    while (auto delivery = dequeue_locked({std::string(kFailedQueue)})) failed.push_back(std::move(*delivery));
    return failed;
}

std::vector<EvalPtr> Broker::take_cancelable() {
    std::lock_guard lock(mutex_);
    const size_t n = std::min(cancelable_.size(), kCancelBatch);
    std::vector<EvalPtr> batch(cancelable_.begin(), cancelable_.begin() + static_cast<std::ptrdiff_t>(n));
    cancelable_.erase(cancelable_.begin(), cancelable_.begin() + static_cast<std::ptrdiff_t>(n));
    return batch;
}

Broker::Stats Broker::stats() const {
    std::lock_guard lock(mutex_);
    Stats stats;
    for (const auto& [type, queue] : ready_) {
        stats.ready += queue.size();
        stats.by_type[type].ready += queue.size();
    }
    for (const auto& [id, delivered] : unacked_) ++stats.by_type[delivered.eval->Type].unacked;
    for (const auto& [job, evals] : pending_) stats.pending += evals.size();
    stats.unacked = unacked_.size();
    stats.waiting = waiting_.size();
    stats.cancelable = cancelable_.size();
    return stats;
}

}  // namespace drover::server
