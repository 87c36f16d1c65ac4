#include "scheduler/follow_ups.h"

#include <algorithm>
#include <unordered_map>

#include "base/uuid.h"
#include "model/status.h"
#include "scheduler/reschedule.h"

namespace drover::scheduler {
namespace {

model::Evaluation follow_up_at(Time at, const ReconcileInput& input, std::string_view trigger,
                               std::string_view description, Rng& rng) {
    model::Evaluation eval;
    eval.ID = random_id(rng);
    eval.Namespace = input.eval.Namespace;
    eval.Priority = input.eval.Priority;
    eval.Type = input.eval.Type;
    eval.TriggeredBy = trigger;
    eval.JobID = input.eval.JobID;
    eval.JobModifyIndex = input.job ? input.job->ModifyIndex : 0;
    eval.Status = "pending";
    eval.StatusDescription = description;
    eval.WaitUntil = at;
    eval.PreviousEval = input.eval.ID;
    return eval;
}

// Notes in allocations of which evaluation they wait for, in the same copy in which they are changed otherwise.
class FollowUpNotes {
public:
    explicit FollowUpNotes(std::vector<Shared<model::Allocation>>& changed) : changed_(changed) {
        for (size_t i = 0; i < changed.size(); ++i) numbers_.emplace(changed[i]->ID, i);
    }

    void set(const model::Allocation& alloc, const std::string& eval_id) {
        const auto [it, added] = numbers_.emplace(alloc.ID, changed_.size());
        auto copy = std::make_shared<model::Allocation>(added ? alloc : *changed_[it->second]);
        copy->FollowupEvalID = eval_id;
        if (added) {
            changed_.push_back(std::move(copy));
        } else {
            changed_[it->second] = std::move(copy);
        }
    }

private:
    std::vector<Shared<model::Allocation>>& changed_;
    std::unordered_map<std::string, size_t> numbers_;  // of each in changed_
};

}  // namespace

void add_follow_ups(ReconcileResult& result, const ReconcileInput& input, std::vector<DelayedAlloc> delayed,
                    std::string_view trigger, std::string_view description, Rng& rng) {
    if (delayed.empty() || !input.eval.WaitUntil.is_zero()) return;
    std::sort(delayed.begin(), delayed.end(),
              [](const auto& a, const auto& b) { return a.at != b.at ? a.at < b.at : a.alloc->ID < b.alloc->ID; });
    FollowUpNotes notes(result.changed);
    const size_t before = result.follow_ups.size();
    for (const DelayedAlloc& one : delayed) {
        const bool first = result.follow_ups.size() == before;
        if (first || one.at - result.follow_ups.back().WaitUntil >= kRescheduleBatch) {
            result.follow_ups.push_back(follow_up_at(one.at, input, trigger, description, rng));
        }
        notes.set(*one.alloc, result.follow_ups.back().ID);
    }
}

model::Evaluation rolling_update(const ReconcileInput& input, Time at, Rng& rng) {
    return follow_up_at(at, input, kRollingUpdate, "created for the next step of a rolling update", rng);
}

Shared<model::Allocation> with_client_state(const model::Allocation& alloc, std::string_view status, Time now) {
    auto copy = std::make_shared<model::Allocation>(alloc);
    copy->AllocStates.push_back({kClientStatusField, std::string(status), now});
    return copy;
}

Shared<model::Allocation> cut_off(const model::Allocation& alloc, Time now) {
    auto copy = std::make_shared<model::Allocation>(*with_client_state(alloc, model::kAllocClientUnknown, now));
    copy->ClientStatus = model::kAllocClientUnknown;
    copy->ClientDescription = kUnknown;
    return copy;
}

}  // namespace drover::scheduler
