#include "scheduler/follow_ups.h"

#include <algorithm>

#include "base/uuid.h"
#include "model/status.h"
#include "scheduler/reschedule.h"

namespace drover::scheduler {
namespace {

constexpr uint8_t kClientStatusField = 0;  // AllocState.Field

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

void set_follow_up(std::vector<Shared<model::Allocation>>& changed, const Shared<model::Allocation>& alloc,
                   const std::string& eval_id) {
    auto known =
        std::find_if(changed.begin(), changed.end(), [&](const auto& other) { return other->ID == alloc->ID; });
    auto copy = std::make_shared<model::Allocation>(known == changed.end() ? *alloc : **known);
    copy->FollowupEvalID = eval_id;
    if (known == changed.end()) {
        changed.push_back(std::move(copy));
    } else {
        *known = std::move(copy);
    }
}

}  // namespace

void add_follow_ups(ReconcileResult& result, const ReconcileInput& input, std::vector<DelayedAlloc> delayed,
                    std::string_view trigger, std::string_view description, Rng& rng) {
    if (delayed.empty() || !input.eval.WaitUntil.is_zero()) return;
    std::sort(delayed.begin(), delayed.end(),
              [](const auto& a, const auto& b) { return a.at != b.at ? a.at < b.at : a.alloc->ID < b.alloc->ID; });
    const size_t before = result.follow_ups.size();
    for (const DelayedAlloc& one : delayed) {
        const bool first = result.follow_ups.size() == before;
        if (first || one.at - result.follow_ups.back().WaitUntil >= kRescheduleBatch) {
            result.follow_ups.push_back(follow_up_at(one.at, input, trigger, description, rng));
        }
        set_follow_up(result.changed, one.alloc, result.follow_ups.back().ID);
    }
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
