#include "cli/lookup.h"

#include "base/uuid.h"
#include "cli/format.h"
#include "model/alloc.h"
#include "model/deployment.h"
#include "model/eval.h"
#include "model/job.h"
#include "model/node.h"

namespace drover::cli {
namespace {

template <class Stub>
std::optional<std::string> find_by_id(Call& call, std::string_view prefix, std::string_view path, std::string_view kind,
                                      const std::function<Row(const Stub&)>& row, const Row& titles) {
    if (is_uuid(prefix)) return std::string(prefix);
    if (prefix.size() < 2) {
        call.complain("Identifier must contain at least two characters.");
        return std::nullopt;
    }
    Api* api = call.api();
    if (!api) return std::nullopt;
    std::string even(prefix);
    size_t digits = 0;
    for (const char c : even) digits += c != '-';
    if (digits % 2 == 1) even.pop_back();
    net::Query query;
    query.add("prefix", even);
    auto found = api->read<List<Stub>>(path, std::move(query));
    if (!found) {
        call.complain("Error querying " + std::string(kind), found.error());
        return std::nullopt;
    }
    std::vector<const Stub*> matches;
    for (const Stub& stub : *found) {
        if (stub.ID.starts_with(prefix)) matches.push_back(&stub);
    }
    if (matches.empty()) {
        call.complain("No " + std::string(kind) + "(s) with prefix or id \"" + std::string(prefix) + "\" found");
        return std::nullopt;
    }
    if (matches.size() > 1) {
        std::vector<Row> rows{titles};
        for (const Stub* stub : matches) rows.push_back(row(*stub));
        call.complain("Prefix matched multiple " + std::string(kind) + "s\n\n" + format_table(rows));
        return std::nullopt;
    }
    return matches[0]->ID;
}

}  // namespace

std::optional<std::string> find_alloc(Call& call, std::string_view prefix) {
    return find_by_id<model::AllocListStub>(
        call, prefix, "/v1/allocations", "allocation",
        [](const model::AllocListStub& a) {
            return Row{a.ID, short_id(a.EvalID, false), a.JobID, a.TaskGroup, a.DesiredStatus, a.ClientStatus};
        },
        {"ID", "Eval ID", "Job ID", "Task Group", "Desired Status", "Client Status"});
}

std::optional<std::string> find_eval(Call& call, std::string_view prefix) {
    return find_by_id<model::Evaluation>(call, prefix, "/v1/evaluations", "evaluation",
                                         [](const model::Evaluation& e) {
                                             return Row{e.ID, std::to_string(e.Priority), e.Type, e.TriggeredBy,
                                                        e.Status};
                                         },
                                         {"ID", "Priority", "Type", "Triggered By", "Status"});
}

std::optional<std::string> find_deployment(Call& call, std::string_view prefix) {
    return find_by_id<model::Deployment>(call, prefix, "/v1/deployments", "deployment",
                                         [](const model::Deployment& d) {
                                             return Row{d.ID, d.JobID, std::to_string(d.JobVersion), d.Status,
                                                        d.StatusDescription};
                                         },
                                         {"ID", "Job ID", "Job Version", "Status", "Description"});
}

std::optional<std::string> find_node(Call& call, std::string_view prefix) {
    return find_by_id<model::NodeListStub>(
        call, prefix, "/v1/nodes", "node",
        [](const model::NodeListStub& n) { return Row{n.ID, n.Datacenter, n.Name, n.NodeClass, n.Status}; },
        {"ID", "DC", "Name", "Class", "Status"});
}

std::optional<JobRef> find_job(Call& call, std::string_view prefix) {
    Api* api = call.api();
    if (!api) return std::nullopt;
    net::Query query;
    query.add("prefix", std::string(prefix));
    auto found = api->read<List<model::JobListStub>>("/v1/jobs", std::move(query));
    if (!found) {
        call.complain("Error querying job prefix \"" + std::string(prefix) + "\"", found.error());
        return std::nullopt;
    }
    if (found->empty()) {
        call.complain("No job(s) with prefix or ID \"" + std::string(prefix) + "\" found");
        return std::nullopt;
    }
    const model::JobListStub* match = found->size() == 1 ? &found->front() : nullptr;
    size_t exact = 0;
    for (const auto& job : *found) {
        if (job.ID == prefix) match = &job, ++exact;
    }
    if (!match || exact > 1) {
        std::vector<Row> rows{{"ID", "Namespace", "Type", "Priority", "Status"}};
        for (const auto& j : *found) rows.push_back({j.ID, j.Namespace, j.Type, std::to_string(j.Priority), j.Status});
        call.complain("Prefix matched multiple jobs\n\n" + format_table(rows));
        return std::nullopt;
    }
    return JobRef{match->ID, match->Namespace.empty() ? "default" : match->Namespace, match->ID != prefix};
}

net::Query in_namespace(const std::string& namespace_name) {
    net::Query query;
    query.add("namespace", namespace_name);
    return query;
}

}  // namespace drover::cli
