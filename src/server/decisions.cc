#include "server/decisions.h"

#include <algorithm>

namespace drover::server {

void Decisions::note(Decision decision) {
    Decision replaced;  // goes when the lock is gone: it may be the last to hold its version of the state
    std::lock_guard lock(mutex_);
    const auto known = std::find_if(decisions_.begin(), decisions_.end(),
                                    [&](const Decision& one) { return one.eval.ID == decision.eval.ID; });
    if (known != decisions_.end() || decisions_.size() >= kMost) {
        const auto goes = known != decisions_.end() ? known : decisions_.begin();
        replaced = std::move(*goes);
        decisions_.erase(goes);
    }
    decisions_.push_back(std::move(decision));
}

std::optional<Decision> Decisions::find(std::string_view eval_id) const {
    std::lock_guard lock(mutex_);
    for (const Decision& decision : decisions_) {
        if (decision.eval.ID == eval_id) return decision;
    }
    return std::nullopt;
}

void Decisions::forget(Time now) {
    std::lock_guard lock(mutex_);
    while (!decisions_.empty() && now - decisions_.front().at > kLongest) decisions_.pop_front();
}

void Decisions::clear() {
    std::lock_guard lock(mutex_);
    decisions_.clear();
}

}  // namespace drover::server
