#include "server/blocked_evals.h"

#include <algorithm>

namespace drover::server {
namespace {

constexpr Duration kRememberChanges = minutes(15);

uint64_t freshness(const model::Evaluation& eval) { return std::max(eval.CreateIndex, eval.SnapshotIndex); }

// Whether a change in that class may help: the class is eligible, or was not there to be looked at.
bool may_run_on(const model::Evaluation& eval, const std::string& computed_class) {
    if (eval.EscapedComputedClass) return true;
    const bool* eligible = eval.ClassEligibility.get(computed_class);
    return !eligible || *eligible;
}

}  // namespace

void BlockedEvals::set_enabled(bool enabled) {
    std::lock_guard lock(mutex_);
    enabled_ = enabled;
    if (enabled) return;
    by_job_.clear();
    changes_.clear();
    node_changes_.clear();
    duplicates_.clear();
}

bool BlockedEvals::missed_change(const model::Evaluation& eval) const {
    if (!eval.NodeID.empty()) {
        const auto change = node_changes_.find(eval.NodeID);
        return change != node_changes_.end() && change->second.index > eval.SnapshotIndex;
    }
    return std::any_of(changes_.begin(), changes_.end(), [&](const auto& entry) {
        return entry.second.index > eval.SnapshotIndex && may_run_on(eval, entry.first);
    });
}

void BlockedEvals::block(const EvalPtr& eval, const std::string& token) {
    std::lock_guard lock(mutex_);
    if (!enabled_) return;
    const Key key = key_of(*eval);
    if (const auto it = by_job_.find(key); it != by_job_.end() && it->second.eval->ID != eval->ID) {
        if (freshness(*eval) < freshness(*it->second.eval)) {
            duplicates_.push_back(eval);
            return;
        }
        duplicates_.push_back(it->second.eval);
        by_job_.erase(it);
    }
    if (missed_change(*eval)) {
        by_job_.erase(key);
        release_(eval, token);
        return;
    }
    by_job_[key] = {eval, token};
}

void BlockedEvals::untrack(const std::string& namespace_, const std::string& job_id) {
    std::lock_guard lock(mutex_);
    const auto begin = by_job_.lower_bound({namespace_, job_id, {}});
    auto end = begin;
    while (end != by_job_.end() && std::get<0>(end->first) == namespace_ && std::get<1>(end->first) == job_id) ++end;
    by_job_.erase(begin, end);
}

template <class Predicate>
void BlockedEvals::release_if(Predicate&& predicate) {
    for (auto it = by_job_.begin(); it != by_job_.end();) {
        const auto next = std::next(it);
        if (predicate(*it->second.eval)) {
            const Entry entry = std::move(it->second);
            by_job_.erase(it);
            release_(entry.eval, entry.token);
        }
        it = next;
    }
}

void BlockedEvals::unblock_class(const std::string& computed_class, uint64_t index) {
    std::lock_guard lock(mutex_);
    if (!enabled_) return;
    changes_[computed_class] = {index, clock_.monotonic()};
    release_if([&](const model::Evaluation& eval) { return eval.NodeID.empty() && may_run_on(eval, computed_class); });
}

void BlockedEvals::unblock_node(const std::string& node_id, uint64_t index) {
    std::lock_guard lock(mutex_);
    if (!enabled_) return;
    node_changes_[node_id] = {index, clock_.monotonic()};
    release_if([&](const model::Evaluation& eval) { return eval.NodeID == node_id; });
}

void BlockedEvals::unblock_conflicts() {
    std::lock_guard lock(mutex_);
    release_if([](const model::Evaluation& eval) { return eval.TriggeredBy == "max-plan-attempts"; });
}

void BlockedEvals::prune() {
    std::lock_guard lock(mutex_);
    const Duration before = clock_.monotonic() - kRememberChanges;
    for (Changes* changes : {&changes_, &node_changes_})
        std::erase_if(*changes, [&](const auto& entry) { return entry.second.at < before; });
}

std::vector<EvalPtr> BlockedEvals::take_duplicates() {
    std::lock_guard lock(mutex_);
    return std::exchange(duplicates_, {});
}

BlockedEvals::Stats BlockedEvals::stats() const {
    std::lock_guard lock(mutex_);
    Stats stats;
    for (const auto& [key, entry] : by_job_) {
        ++stats.blocked;
        stats.escaped += entry.eval->EscapedComputedClass;
    }
    return stats;
}

}  // namespace drover::server
