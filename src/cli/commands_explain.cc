// eval explain: why allocations went where they are, and what would help those that found no place.
#include <cstdio>

#include "cli/command.h"
#include "cli/format.h"
#include "cli/lookup.h"
#include "cli/views.h"
#include "model/explain.h"

namespace drover::cli {
namespace {

struct Wish {
    std::string node, group;
    bool verbose = false;
};

std::string rounded(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
}

std::string scores_of(const model::ExplainedNode& node) {
    std::string text;
    for (const auto& [name, value] : node.Scores) {
        if (value == 0 && name != "binpack") continue;
        text += (text.empty() ? "" : ", ") + name + " " + rounded(value);
    }
    return text;
}

std::string counts_of(const Map<int64_t>& counts) {
    std::string text;
    for (const auto& [reason, nodes] : counts)
        text += (text.empty() ? "" : "; ") + reason + ": " + std::to_string(nodes);
    return text;
}

bool is_wanted(const model::ExplainedNode& node, const Wish& wish) {
    if (!wish.node.empty()) return node.Name == wish.node || node.ID.starts_with(wish.node);
    return wish.verbose || node.Outcome == "placed" || node.Outcome == "candidate";
}

void print_placement(Call& call, const model::ExplainedPlacement& placement, const Wish& wish) {
    const std::string name = placement.Name.empty() ? "an allocation" : placement.Name;
    const std::string where = placement.NodeID.empty()
                                  ? "no node"
                                  : placement.NodeName + " (" + short_id(placement.NodeID, wish.verbose) + ")";
    call.say("\n" + call.colors.bold(name + " -> " + where));
    std::vector<std::pair<std::string, std::string>> pairs{
        {"Nodes Evaluated", std::to_string(placement.NodesEvaluated)}};
    if (!placement.Filtered.empty()) pairs.push_back({"Filtered", counts_of(placement.Filtered)});
    if (!placement.Exhausted.empty()) pairs.push_back({"Exhausted", counts_of(placement.Exhausted)});
    for (const std::string& id : placement.PreemptedAllocations)
        pairs.push_back({"Preempted", short_id(id, wish.verbose)});
    call.say(format_pairs(pairs));
    std::vector<Row> rows{{"Node", "Name", "Outcome", "Score", "Why"}};
    for (const model::ExplainedNode& node : placement.Nodes) {
        if (!is_wanted(node, wish)) continue;
        const bool scored = !node.Scores.empty();
        rows.push_back({short_id(node.ID, wish.verbose), node.Name, node.Outcome,
                        scored ? rounded(node.NormScore) : "-", scored ? scores_of(node) : node.Reason});
    }
    if (rows.size() > 1) call.say(format_table(rows));
    if (placement.MoreNodes > 0 && (wish.verbose || !wish.node.empty()))
        call.say("and " + std::to_string(placement.MoreNodes) + " more nodes that were refused and are not listed");
}

void print_explanation(Call& call, const model::EvalExplanation& explanation, const Wish& wish) {
    call.say(format_pairs({{"Evaluation", short_id(explanation.EvalID, wish.verbose)},
                           {"Job", explanation.JobID},
                           {"Triggered By", explanation.TriggeredBy},
                           {"Status", explanation.Status},
                           {"State Index", std::to_string(explanation.SnapshotIndex)},
                           {"Basis", explanation.Basis}}));
    bool any = false;
    for (const model::ExplainedGroup& group : explanation.Groups) {
        if (!wish.group.empty() && group.Name != wish.group) continue;
        any = true;
        call.say("\n" + call.colors.bold("Task Group \"" + group.Name + "\""));
        for (const model::ExplainedPlacement& placement : group.Placements) print_placement(call, placement, wish);
        if (group.MorePlacements > 0) call.say("\nand " + std::to_string(group.MorePlacements) + " more");
        if (group.Remedies.empty()) continue;
        call.say("\n" + call.colors.bold("It would fit, if one of these were so"));
        for (const model::ExplainedRemedy& remedy : group.Remedies) call.say("  * " + remedy.Description);
    }
    if (!any) call.say("\nNothing was to be placed.");
}

int eval_explain(Call& call) {
    bool json = false;
    std::string tmpl;
    Wish wish;
    call.flags.add("json", json, "Print JSON.");
    call.flags.add("t", tmpl, "Print by a template.");
    call.flags.add("node", wish.node, "Show what became of this node: its name, or how its id begins.");
    call.flags.add("group", wish.group, "Only this task group.");
    call.flags.add("verbose", wish.verbose, "Show full ids, and every node that was refused.");
    if (auto code = call.parse({1, 1, "one argument: <eval-id>"})) return *code;
    if (!call.api()) return 1;
    auto id = find_eval(call, call.args[0]);
    if (!id) return 1;
    auto answer = call.api()->get("/v1/evaluation/" + *id + "/explain");
    if (!answer) return call.complain("Error explaining evaluation", answer.error());
    if (json || !tmpl.empty()) return call.print_document(json, tmpl, answer->body);
    auto explanation = codec::from_json<model::EvalExplanation>(answer->body);
    if (!explanation) return call.complain("Error explaining evaluation", explanation.error());
    print_explanation(call, *explanation, wish);
    return 0;
}

}  // namespace

const CommandTable& explain_commands() {
    static const CommandTable table = {
        {"eval explain", "Tell why an evaluation was decided as it was", "[options] <eval-id>",
         "For each placement: which nodes were refused and why, the score of the chosen node and of the best others in "
         "its "
         "parts. For what found no node: which single changes would help.",
         eval_explain},
    };
    return table;
}

}  // namespace drover::cli
