#include "server/decisions.h"

namespace drover::server {

void Decisions::note(Decision decision) {
    std::lock_guard lock(mutex_);
    std::erase_if(decisions_, [&](const Decision& known) { return known.eval.ID == decision.eval.ID; });
    if (decisions_.size() >= kMost) decisions_.pop_front();
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
