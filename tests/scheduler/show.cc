#include "show.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "base/strings.h"

namespace drover::scheduler::cases {
namespace {

constexpr size_t kRefusedShown = 5;

std::string decimal(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4f", value);
    return text;
}

// The only group of most cases need not be named.
std::string of_group(const std::string& group) { return group == "g" ? "" : " " + group; }

std::string numbers(const List<uint16_t>& list) {
    std::vector<std::string> texts;
    for (uint16_t number : list) texts.push_back(std::to_string(number));
    return join(texts, ",");
}

std::string resources_of(const model::Allocation& alloc, const model::TaskGroup& group) {
    std::string text;
    const auto is_static = [&](const std::string& label) {
        return !group.Networks.empty() &&
               std::any_of(group.Networks[0].ReservedPorts.begin(), group.Networks[0].ReservedPorts.end(),
                           [&](const model::Port& port) { return port.Label == label; });
    };
    for (const auto& port : alloc.AllocatedResources->Shared.Ports) {
        const std::string value = is_static(port.Label) ? std::to_string(port.Value) : "dynamic";
        text += "    port " + port.Label + " " + value + " on " + port.HostIP +
                (port.To == 0            ? ""
                 : port.To == port.Value ? " to itself"
                                         : " to " + std::to_string(port.To)) +
                "\n";
    }
    for (const auto& [name, task] : alloc.AllocatedResources->Tasks) {
        text += "    " + name + ": cpu " + std::to_string(task.Cpu.CpuShares) + ", memory " +
                std::to_string(task.Memory.MemoryMB);
        if (task.Memory.MemoryMaxMB != 0) text += " at most " + std::to_string(task.Memory.MemoryMaxMB);
        if (!task.Cpu.ReservedCores.empty()) text += ", cores " + numbers(task.Cpu.ReservedCores);
        for (const auto& device : task.Devices) text += ", " + device.Name + " " + join(device.DeviceIDs, ",");
        text += "\n";
    }
    return text;
}

class Printer {
public:
    Printer(const MemorySnapshot& cluster, Time now, const Shown& shown)
        : cluster_(cluster), now_(now), shown_(shown) {}

    std::string changes(const model::Plan& plan) {
        std::vector<std::string> lines;
        for (const auto& [node, allocs] : plan.NodeUpdate) {
            for (const auto& alloc : allocs) lines.push_back(stop(*alloc));
        }
        for (const auto& [node, allocs] : plan.NodePreemptions) {
            for (const auto& alloc : allocs) lines.push_back("  evict " + alloc->Name + on(" on ", node) + "\n");
        }
        for (const auto& [node, allocs] : plan.NodeAllocation) {
            for (const auto& alloc : allocs)
                lines.push_back(cluster_.alloc(alloc->ID) ? known(*alloc) : placed(*alloc));
        }
        std::sort(lines.begin(), lines.end());
        return join(lines, "");
    }

    std::string deployments(const model::Plan& plan) {
        std::string text;
        if (plan.Deployment) {
            for (const auto& [group, state] : plan.Deployment->TaskGroups) {
                text += "  deployment" + of_group(group) + " total=" + std::to_string(state.DesiredTotal) +
                        " canaries=" + std::to_string(state.DesiredCanaries) + ": " +
                        plan.Deployment->StatusDescription + "\n";
            }
        }
        for (const auto& update : plan.DeploymentUpdates)
            text += "  deployment " + update.Status + ": " + update.StatusDescription + "\n";
        return text;
    }

    std::string failures(const Outcome& outcome) {
        std::string text;
        for (const auto& [group, metrics] : outcome.FailedTGAllocs) {
            text += "  failed" + of_group(group) + ": evaluated " + std::to_string(metrics->NodesEvaluated) +
                    ", filtered " + std::to_string(metrics->NodesFiltered) + ", exhausted " +
                    std::to_string(metrics->NodesExhausted) + ", coalesced " +
                    std::to_string(metrics->CoalescedFailures) + "\n";
            const auto counts = [&](const char* what, const Map<int64_t>& map) {
                for (const auto& [why, count] : map)
                    text += std::string("    ") + what + " " + why + ": " + std::to_string(count) + "\n";
            };
            counts("filtered", metrics->ConstraintFiltered);
            counts("exhausted", metrics->DimensionExhausted);
            if (!shown_.wants("classes")) continue;
            counts("filtered class", metrics->ClassFiltered);
            counts("exhausted class", metrics->ClassExhausted);
        }
        return text;
    }

    std::string evaluations(const Outcome& outcome) {
        std::string text;
        for (const auto& eval : outcome.follow_ups)
            text += "  again in " + to_string(eval.WaitUntil - now_) + ": " + eval.StatusDescription + "\n";
        if (const size_t count = outcome.no_longer_needed.size(); count > 0)
            text += "  follow-ups canceled: " + std::to_string(count) + "\n";
        for (const auto& eval : outcome.blocked) {
            const std::string place = eval.NodeID.empty() ? "" : on(" on ", eval.NodeID);
            text += "  blocked" + place + ": " + eval.StatusDescription + "\n";
            if (!shown_.wants("classes")) continue;
            if (eval.EscapedComputedClass) text += "    escapes classes\n";
            for (const auto& [name, eligible] : eval.ClassEligibility)
                text += "    class " + name + (eligible ? " eligible\n" : " not eligible\n");
        }
        if (outcome.stays_blocked) text += "  stays blocked\n";
        return text;
    }

    std::string counts(const Outcome& outcome) {
        std::string text;
        if (shown_.wants("desired")) {
            for (const auto& [group, d] : outcome.PlanAnnotations.DesiredTGUpdates) {
                text += "  desired" + of_group(group) + ":";
                const auto add = [&](const char* name, uint64_t count) {
                    if (count > 0) text += std::string(" ") + name + "=" + std::to_string(count);
                };
                add("ignore", d.Ignore), add("place", d.Place), add("migrate", d.Migrate), add("stop", d.Stop);
                add("in_place", d.InPlaceUpdate), add("destructive", d.DestructiveUpdate), add("canary", d.Canary);
                add("preemptions", d.Preemptions), add("disconnect", d.Disconnect), add("reconnect", d.Reconnect);
                add("reschedule_now", d.RescheduleNow), add("reschedule_later", d.RescheduleLater);
                text += "\n";
            }
        }
        if (shown_.wants("queued")) {
            text += "  queued:";
            for (const auto& [group, count] : outcome.QueuedAllocations)
                text += " " + group + "=" + std::to_string(count);
            text += "\n";
        }
        return text;
    }

private:
    std::string on(const char* word, const std::string& node_id) {
        return shown_.place == "none" ? "" : word + name_of_place(cluster_, node_id, shown_);
    }

    std::string stop(const model::Allocation& alloc) {
        const auto before = cluster_.alloc(alloc.ID);
        const bool later = before && before->FollowupEvalID != alloc.FollowupEvalID;
        return "  stop " + alloc.Name + on(" on ", alloc.NodeID) + ": " + alloc.DesiredDescription +
               (alloc.ClientStatus == "lost" ? " (lost)" : "") + (later ? " later" : "") + "\n";
    }

    // An allocation that is there already gets another job, or only a note.
    std::string known(const model::Allocation& alloc) {
        const auto before = cluster_.alloc(alloc.ID);
        if (alloc.Job != before->Job)
            return "  update " + alloc.Name + on(" on ", alloc.NodeID) + " to v" + std::to_string(alloc.Job->Version) +
                   "\n";
        std::string notes;
        if (alloc.ClientStatus == "unknown" && before->ClientStatus != "unknown") {
            notes += " unknown";
        } else if (alloc.AllocStates.size() > before->AllocStates.size()) {
            notes += " back";
        }
        if (alloc.FollowupEvalID != before->FollowupEvalID) notes += " later";
        const std::string no_placement = "no placement";
        if (alloc.RescheduleTracker && alloc.RescheduleTracker->LastReschedule == no_placement &&
            (!before->RescheduleTracker || before->RescheduleTracker->LastReschedule != no_placement)) {
            notes += " no placement";
        }
        return "  note " + alloc.Name + on(" on ", alloc.NodeID) + ":" + notes + "\n";
    }

    std::string placed(const model::Allocation& alloc) {
        std::string text =
            "  place " + alloc.Name + on(" -> ", alloc.NodeID) + " v" + std::to_string(alloc.Job->Version);
        if (alloc.DeploymentStatus && alloc.DeploymentStatus->Canary) text += " canary";
        if (alloc.RescheduleTracker && !alloc.RescheduleTracker->Events.empty())
            text += " reschedule " + std::to_string(alloc.RescheduleTracker->Events.size());
        if (const auto previous = cluster_.alloc(alloc.PreviousAllocation)) {
            text += " after v" + std::to_string(previous->Job->Version);
            if (previous->Name != alloc.Name) text += " " + previous->Name;
        }
        text += "\n";
        const model::TaskGroup* group = nullptr;
        for (const model::TaskGroup& one : alloc.Job->TaskGroups) {
            if (one.Name == alloc.TaskGroup) group = &one;
        }
        if (shown_.wants("resources") && group) text += resources_of(alloc, *group);
        if (shown_.wants("scores")) text += scores(*alloc.Metrics);
        return text;
    }

    std::string scores(const model::AllocMetric& metrics) {
        std::string text;
        for (const auto& node : metrics.ScoreMetaData) {
            text += "    " + name_of_place(cluster_, node.NodeID, shown_) + " " + decimal(node.NormScore) + ":";
            for (const auto& [name, score] : node.Scores) {
                if (score != 0) text += " " + name + "=" + decimal(score);
            }
            text += "\n";
        }
        return text;
    }

    const MemorySnapshot& cluster_;
    Time now_;
    const Shown& shown_;
};

}  // namespace

std::string name_of_place(const MemorySnapshot& cluster, const std::string& node_id, const Shown& shown) {
    const Slot slot = cluster.fleet().slot_of(node_id);
    if (slot == kNoSlot) return "nowhere";
    const model::Node& node = *cluster.fleet().node(slot);
    if (has_prefix(shown.place, "meta.")) {
        const std::string* value = node.Meta.get(shown.place.substr(5));
        return value ? *value : "nothing";
    }
    if (shown.place == "class") return node.NodeClass;
    return shown.place == "dc" ? node.Datacenter : node.Name;
}

std::string text_of(const Outcome& outcome, const MemorySnapshot& cluster, Time now, const Shown& shown) {
    Printer printer(cluster, now, shown);
    const std::string text = printer.changes(outcome.plan) + printer.deployments(outcome.plan) +
                             printer.failures(outcome) + printer.evaluations(outcome);
    return (text.empty() ? "  nothing\n" : text) + printer.counts(outcome);
}

std::string text_of(const model::EvalExplanation& explanation) {
    std::string text;
    for (const auto& group : explanation.Groups) {
        for (const auto& placement : group.Placements) {
            const std::string name = placement.Name.empty() ? "an allocation" : placement.Name;
            text += "  " + name + " -> " + (placement.NodeID.empty() ? "nowhere" : placement.NodeName) + "\n";
            size_t refused = 0;
            for (const auto& node : placement.Nodes) {
                if (!node.Scores.empty()) continue;
                if (++refused <= kRefusedShown)
                    text += "    " + node.Name + " " + node.Outcome + ": " + node.Reason + "\n";
            }
            if (refused > kRefusedShown) text += "    " + std::to_string(refused) + " of them\n";
            if (placement.MoreNodes > 0) text += "    and " + std::to_string(placement.MoreNodes) + " more nodes\n";
        }
        if (group.MorePlacements > 0) text += "  and " + std::to_string(group.MorePlacements) + " more\n";
        for (const auto& remedy : group.Remedies) text += "  would help: " + remedy.Description + "\n";
    }
    return text.empty() ? "  nothing\n" : text;
}

}  // namespace drover::scheduler::cases
