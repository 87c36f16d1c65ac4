#include "cli/views.h"

#include <algorithm>
#include <cstdio>
#include <set>
#include <tuple>

#include "model/periodic.h"

namespace drover::cli {
namespace {

std::string significant(double value) {
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%.3g", value);
    return buffer;
}

std::string score_table(const model::AllocMetric& metric) {
    std::set<std::string> scorers;
    for (const auto& node : metric.ScoreMetaData) {
        for (const auto& [scorer, score] : node.Scores) scorers.insert(scorer);
    }
    Row titles{"Node"};
    titles.insert(titles.end(), scorers.begin(), scorers.end());
    titles.push_back("final score");
    std::vector<Row> rows{titles};
    for (const auto& node : metric.ScoreMetaData) {
        Row row{node.NodeID};
        for (const std::string& scorer : scorers) {
            const double* score = node.Scores.get(scorer);
            row.push_back(significant(score ? *score : 0));
        }
        row.push_back(significant(node.NormScore));
        rows.push_back(std::move(row));
    }
    return format_table(rows);
}

}  // namespace

std::string alloc_table(const List<model::AllocListStub>& allocs, bool verbose, Time now) {
    std::vector<Row> rows;
    if (verbose) {
        rows.push_back({"ID", "Eval ID", "Node ID", "Node Name", "Task Group", "Version", "Desired", "Status",
                        "Created", "Modified"});
    } else {
        rows.push_back({"ID", "Node ID", "Task Group", "Version", "Desired", "Status", "Created", "Modified"});
    }
    std::vector<const model::AllocListStub*> sorted;
    for (const auto& a : allocs) sorted.push_back(&a);
    std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
        return std::tie(b->CreateIndex, a->ID) < std::tie(a->CreateIndex, b->ID);
    });
    for (const auto* a : sorted) {
        const Time created = Time::from_unix_ns(a->CreateTime), modified = Time::from_unix_ns(a->ModifyTime);
        if (verbose) {
            rows.push_back({a->ID, a->EvalID, a->NodeID, a->NodeName, a->TaskGroup, std::to_string(a->JobVersion),
                            a->DesiredStatus, a->ClientStatus, local_time(created), local_time(modified)});
        } else {
            rows.push_back({short_id(a->ID, false), short_id(a->NodeID, false), a->TaskGroup,
                            std::to_string(a->JobVersion), a->DesiredStatus, a->ClientStatus, age(created, now),
                            age(modified, now)});
        }
    }
    return format_table(rows);
}

std::string metric_lines(const model::AllocMetric& m, bool with_scores, const std::string& indent) {
    std::vector<std::string> lines;
    const auto count = [](int64_t n, std::string_view noun) { return std::to_string(n) + " " + std::string(noun); };
    if (m.NodesEvaluated == 0) lines.push_back("No nodes were eligible for evaluation");
    for (const auto& [dc, available] : m.NodesAvailable) {
        if (available == 0) lines.push_back("No nodes are available in datacenter \"" + dc + "\"");
    }
    for (const auto& [klass, n] : m.ClassFiltered)
        lines.push_back("Class \"" + klass + "\": " + count(n, "nodes excluded by filter"));
    for (const auto& [what, n] : m.ConstraintFiltered) {
        lines.push_back("Constraint \"" + what + "\": " + count(n, "nodes excluded by filter"));
    }
    if (m.NodesExhausted > 0) lines.push_back("Resources exhausted on " + count(m.NodesExhausted, "nodes"));
    for (const auto& [klass, n] : m.ClassExhausted)
        lines.push_back("Class \"" + klass + "\" exhausted on " + count(n, "nodes"));
    for (const auto& [dimension, n] : m.DimensionExhausted) {
        lines.push_back("Dimension \"" + dimension + "\" exhausted on " + count(n, "nodes"));
    }
    for (const std::string& dimension : m.QuotaExhausted) lines.push_back("Quota limit hit \"" + dimension + "\"");
    std::string out;
    for (const std::string& line : lines) out += indent + "* " + line + "\n";
    if (with_scores && !m.ScoreMetaData.empty()) out += score_table(m) + "\n";
    return out;
}

std::string placement_failures(const Map<Shared<model::AllocMetric>>& failed, const std::string& indent) {
    std::string out;
    for (const auto& [group, metric] : failed) {
        if (!metric) continue;
        out += indent + "Task Group \"" + group + "\" (failed to place " +
               std::to_string(metric->CoalescedFailures + 1) +
               (metric->CoalescedFailures == 0 ? " allocation):\n" : " allocations):\n");
        out += metric_lines(*metric, false, indent + "  ");
    }
    return out;
}

std::string deployment_groups(const model::Deployment& deployment) {
    bool reverts = false, canaries = false, deadlines = false;
    for (const auto& [group, state] : deployment.TaskGroups) {
        reverts = reverts || state.AutoRevert;
        canaries = canaries || state.DesiredCanaries > 0;
        deadlines = deadlines || !state.RequireProgressBy.is_zero();
    }
    const auto yes_no = [](bool b) { return std::string(b ? "true" : "false"); };
    const auto row = [&](const std::string& group, const std::vector<std::string>& cells) {
        const bool shown[] = {reverts, canaries, true, canaries, true, true, true, deadlines};
        Row out{group};
        for (size_t i = 0; i < cells.size(); ++i) {
            if (shown[i]) out.push_back(cells[i]);
        }
        return out;
    };
    std::vector<Row> rows{row("Task Group", {"Auto Revert", "Promoted", "Desired", "Canaries", "Placed", "Healthy",
                                             "Unhealthy", "Progress Deadline"})};
    for (const auto& [group, state] : deployment.TaskGroups) {
        const auto number = [](int64_t n) { return std::to_string(n); };
        rows.push_back(row(
            group, {yes_no(state.AutoRevert), state.DesiredCanaries > 0 ? yes_no(state.Promoted) : "N/A",
                    number(state.DesiredTotal), number(state.DesiredCanaries), number(state.PlacedAllocs),
                    number(state.HealthyAllocs), number(state.UnhealthyAllocs), local_time(state.RequireProgressBy)}));
    }
    return format_table(rows);
}

std::string deployment_table(const List<model::Deployment>& deployments, bool verbose) {
    if (deployments.empty()) return "No deployments found";
    std::vector<Row> rows{{"ID", "Job ID", "Job Version", "Status", "Description"}};
    for (const auto& d : deployments) {
        rows.push_back({short_id(d.ID, verbose), d.JobID, std::to_string(d.JobVersion), d.Status, d.StatusDescription});
    }
    return format_table(rows);
}

std::string deployment_block(const model::Deployment& d, bool verbose, const Colors& colors) {
    const std::string head = format_pairs({{"ID", short_id(d.ID, verbose)},
                                           {"Job ID", d.JobID},
                                           {"Job Version", std::to_string(d.JobVersion)},
                                           {"Status", d.Status},
                                           {"Description", d.StatusDescription}});
    return head + "\n\n" + colors.bold("Deployed") + "\n" + deployment_groups(d);
}

std::string upcoming(Time when, Time now) {
    return local_time(when) + " (" + rough_duration(when - now) + " from now)";
}

std::string next_launch(const model::Job& job, Time now) {
    if (!job.Periodic || !job.Periodic->Enabled || job.Stop) return "";
    const auto launch = model::next_launch(*job.Periodic, now);
    return launch ? upcoming(*launch, now) : "";
}

std::string warnings_block(const std::string& warnings, const Colors& colors) {
    return colors.bold(colors.yellow("Job Warnings:\n" + warnings)) + "\n";
}

}  // namespace drover::cli
