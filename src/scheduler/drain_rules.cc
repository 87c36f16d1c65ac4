#include "scheduler/drain_rules.h"

#include <algorithm>
#include <set>

#include "model/status.h"

namespace drover::scheduler {
namespace {

using Alloc = DrainFacts::Alloc;
using Node = DrainFacts::Node;

bool is_batch(const Alloc& alloc) {
    return alloc.type == model::kJobTypeBatch || alloc.type == model::kJobTypeSysBatch;
}

// What stays until all others are gone.
bool leaves_last(const Alloc& alloc) { return alloc.type == model::kJobTypeSystem || alloc.plugin; }

class Judge {
public:
    Judge(const DrainFacts& facts, Time now) : facts_(facts), now_(now) {}

    DrainStep take() && {
        find_overdue();
        for (const Node& node : facts_.nodes) {
            if (overdue_.contains(node.id)) {
                empty_at_deadline(node);
            } else {
                note_deadline(node);
            }
        }
        // What the deadline has moved is healthy no more where the turns are counted.
        move_in_turns();
        for (const Node& node : facts_.nodes) {
            if (!overdue_.contains(node.id)) finish_if_empty(node);
        }
        return std::move(step_);
    }

private:
    // One deadline that has come takes those along that are nearly due.
    void find_overdue() {
        bool any = false;
        for (const Node& node : facts_.nodes) any |= is_due(node, now_);
        if (!any) return;
        for (const Node& node : facts_.nodes) {
            if (is_due(node, now_ + kDrainDeadlineGroup)) overdue_.insert(node.id);
        }
    }

    static bool is_due(const Node& node, Time at) {
        if (node.strategy.Deadline.ns < 0) return true;
        return !node.strategy.ForceDeadline.is_zero() && node.strategy.ForceDeadline <= at;
    }

    void note_deadline(const Node& node) {
        const Time deadline = node.strategy.ForceDeadline;
        if (deadline.is_zero() || node.strategy.Deadline.ns < 0) return;
        step_.again_at = step_.again_at ? std::min(*step_.again_at, deadline) : deadline;
    }

    void empty_at_deadline(const Node& node) {
        for (const Alloc& alloc : node.allocs) {
            if (leaves_last(alloc) && node.strategy.IgnoreSystemJobs) continue;
            mark(alloc, is_batch(alloc));
        }
        step_.done[node.id] = true;
    }

    void move_in_turns() {
        std::map<DrainFacts::GroupKey, std::vector<const Alloc*>> candidates;
        for (const Node& node : facts_.nodes) {
            if (overdue_.contains(node.id)) continue;
            for (const Alloc& alloc : node.allocs) {
                const DrainFacts::GroupKey key(alloc.ns, alloc.job, alloc.group);
                if (!alloc.marked && !leaves_last(alloc) && facts_.groups.contains(key))
                    candidates[key].push_back(&alloc);
            }
        }
        for (auto& [key, allocs] : candidates) {
            const DrainFacts::Group& group = facts_.groups.at(key);
            const int64_t spare = group.healthy - taken_[key] - (group.count - group.max_parallel);
            std::sort(allocs.begin(), allocs.end(), [](const Alloc* a, const Alloc* b) {
                return std::tie(a->name_index, a->id) < std::tie(b->name_index, b->id);
            });
            for (size_t i = 0; i < allocs.size() && static_cast<int64_t>(i) < spare; ++i) mark(*allocs[i], false);
        }
    }

    void finish_if_empty(const Node& node) {
        if (std::any_of(node.allocs.begin(), node.allocs.end(), [](const Alloc& a) { return !leaves_last(a); })) return;
        step_.done[node.id] = false;
        if (node.strategy.IgnoreSystemJobs) return;
        for (const Alloc& alloc : node.allocs) mark(alloc, false);
    }

    void mark(const Alloc& alloc, bool without_replacement) {
        if (alloc.marked) return;
        model::DesiredTransition& mark = step_.marks[{alloc.ns, alloc.job}][alloc.id];
        mark.Migrate = true;
        if (without_replacement) mark.MigrateDisablePlacement = true;
        ++taken_[{alloc.ns, alloc.job, alloc.group}];
    }

    const DrainFacts& facts_;
    const Time now_;
    DrainStep step_;
    std::set<std::string> overdue_;
    std::map<DrainFacts::GroupKey, int64_t> taken_;
};

}  // namespace

DrainStep judge(const DrainFacts& facts, Time now) { return Judge(facts, now).take(); }

}  // namespace drover::scheduler
