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
    of_node_.clear();
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
        erase(it);
    }
    const auto it = by_job_.insert_or_assign(key, Entry{eval, token}).first;
    if (!eval->NodeID.empty()) of_node_[eval->NodeID].insert(key);
    if (missed_change(*eval)) release(it);
}

BlockedEvals::Entries::iterator BlockedEvals::erase(Entries::iterator it) {
    const std::string& node = std::get<2>(it->first);
    if (const auto waiting = of_node_.find(node); waiting != of_node_.end()) {
        waiting->second.erase(it->first);
        if (waiting->second.empty()) of_node_.erase(waiting);
    }
    return by_job_.erase(it);
}

void BlockedEvals::release(Entries::iterator it) {
    const Entry entry = std::move(it->second);
    erase(it);
    release_(entry.eval, entry.token);
}

bool BlockedEvals::waits_for_node(const model::Evaluation& eval) const {
    std::lock_guard lock(mutex_);
    return !eval.NodeID.empty() && by_job_.contains(key_of(eval));
}

void BlockedEvals::untrack(const std::string& namespace_, const std::string& job_id) {
    std::lock_guard lock(mutex_);
    auto it = by_job_.lower_bound({namespace_, job_id, {}});
    while (it != by_job_.end() && std::get<0>(it->first) == namespace_ && std::get<1>(it->first) == job_id)
        it = erase(it);
}

template <class Predicate>
void BlockedEvals::release_if(Predicate&& predicate) {
    for (auto it = by_job_.begin(); it != by_job_.end();) {
        const auto next = std::next(it);
        if (predicate(*it->second.eval)) release(it);
        it = next;
    }
}

void BlockedEvals::unblock(const Names& classes, const Names& nodes, uint64_t index) {
    std::lock_guard lock(mutex_);
    if (!enabled_) return;
    const Change change{index, clock_.monotonic()};
    for (const std::string& computed_class : classes) changes_[computed_class] = change;
    for (const std::string& node : nodes) {
        node_changes_[node] = change;
        const auto waiting = of_node_.find(node);
        if (waiting == of_node_.end()) continue;
        for (const Key& key : std::set<Key>(waiting->second)) release(by_job_.find(key));
    }
    if (classes.empty()) return;
    release_if([&](const model::Evaluation& eval) {
        return eval.NodeID.empty() && std::any_of(classes.begin(), classes.end(),
                                                  [&](const std::string& one) { return may_run_on(eval, one); });
    });
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
