#include <algorithm>
#include <set>

#include "base/strings.h"
#include "cli/command.h"
#include "cli/format.h"
#include "cli/lookup.h"
#include "cli/node_commands.h"
#include "cli/views.h"
#include "model/alloc.h"
#include "model/node.h"

namespace drover::cli {
namespace {

struct NodeOptions {
    bool summary_only = false, stats = false, self = false, allocs = false, os = false, quiet = false, verbose = false;
};

int list_nodes(Call& call, const NodeOptions& options, const net::Query& query) {
    auto answer = call.api()->get("/v1/nodes", query);
    if (!answer) return call.complain("Error querying node status", answer.error());
    auto nodes = codec::from_json<List<model::NodeListStub>>(answer->body);
    if (!nodes) return call.complain("Error querying node status", nodes.error());
    if (nodes->empty()) {
        call.say("No nodes registered");
        return 0;
    }
    if (options.quiet) {
        for (const auto& n : *nodes) call.say(n.ID);
        return 0;
    }
    Row titles{"ID", "Node Pool", "DC", "Name", "Class"};
    if (options.os) titles.push_back("OS");
    if (options.verbose) titles.insert(titles.end(), {"Address", "Version"});
    titles.insert(titles.end(), {"Drain", "Eligibility", "Status"});
    if (options.allocs) titles.push_back("Running Allocs");
    std::vector<Row> rows{titles};
    for (const auto& n : *nodes) {
        Row row{short_id(n.ID, options.verbose), n.NodePool, n.Datacenter, n.Name, n.NodeClass};
        if (options.os) {
            const std::string* os = n.Attributes.get("os.name");
            row.push_back(os ? *os : "");
        }
        if (options.verbose) row.insert(row.end(), {n.Address, n.Version});
        row.insert(row.end(), {n.Drain ? "true" : "false", n.SchedulingEligibility, n.Status});
        if (options.allocs) {
            auto allocs = call.api()->read<List<model::AllocListStub>>("/v1/node/" + n.ID + "/allocations");
            if (!allocs) return call.complain("Error querying node allocations", allocs.error());
            row.push_back(std::to_string(std::count_if(allocs->begin(), allocs->end(),
                                                       [](const auto& a) { return a.ClientStatus == "running"; })));
        }
        rows.push_back(std::move(row));
    }
    call.say(format_table(rows));
    if (const std::string next(answer->headers.get("X-Nomad-NextToken")); !next.empty()) {
        const std::string per_page(query.get("per_page"));
        call.say("\nResults have been paginated. To get the next page run:\n\nnomad node status -per-page " + per_page +
                 " -page-token " + next);
    }
    return 0;
}

class NodeView {
public:
    NodeView(Call& call, const model::Node& node, const NodeOptions& options)
        : call_(call), node_(node), options_(options) {}

    int print() {
        auto allocs = call_.api()->read<List<model::Allocation>>("/v1/node/" + node_.ID + "/allocations");
        if (!allocs) return call_.complain("Error querying node allocations", allocs.error());
        head(*allocs);
        if (!options_.summary_only) {
            if (options_.verbose) {
                drivers();
                volumes();
                networks();
            }
            events();
            allocated(*allocs);
        }
        title("Allocations");
        if (allocs->empty()) {
            call_.say("No allocations placed");
        } else {
            alloc_rows(*allocs);
        }
        if (options_.verbose) {
            map_block("Attributes", node_.Attributes);
            map_block("Meta", node_.Meta);
        }
        return 0;
    }

private:
    void title(std::string_view text) { call_.say("\n" + call_.colors.bold(text)); }

    static std::string names(const auto& map) {
        std::vector<std::string> all;
        for (const auto& [name, value] : map) all.push_back(name);
        return join(all, ",");
    }

    // The CSI volumes that running allocations have asked for.
    static std::string csi_volumes(const List<model::Allocation>& allocs) {
        std::set<std::string> sources;
        for (const auto& a : allocs) {
            if (a.ClientStatus != "running" || !a.Job) continue;
            for (const auto& group : a.Job->TaskGroups) {
                if (group.Name != a.TaskGroup) continue;
                for (const auto& [name, volume] : group.Volumes) {
                    if (volume.Type == "csi") sources.insert(volume.Source);
                }
            }
        }
        return join(std::vector<std::string>(sources.begin(), sources.end()), ",");
    }

    void head(const List<model::Allocation>& allocs) {
        std::vector<std::string> healthy;
        for (const auto& [name, d] : node_.Drivers) {
            if (d.Detected) healthy.push_back(d.Healthy ? name : name + " (unhealthy)");
        }
        std::vector<std::pair<std::string, std::string>> pairs{{"ID", short_id(node_.ID, options_.verbose)},
                                                               {"Name", node_.Name},
                                                               {"Node Pool", node_.NodePool},
                                                               {"Class", node_.NodeClass},
                                                               {"DC", node_.Datacenter},
                                                               {"Drain", node_.DrainStrategy ? "true" : "false"},
                                                               {"Eligibility", node_.SchedulingEligibility},
                                                               {"Status", node_.Status},
                                                               {"CSI Controllers", names(node_.CSIControllerPlugins)},
                                                               {"CSI Drivers", names(node_.CSINodePlugins)},
                                                               {"Host Volumes", names(node_.HostVolumes)},
                                                               {"Host Networks", names(node_.HostNetworks)},
                                                               {"CSI Volumes", csi_volumes(allocs)}};
        if (!options_.verbose) pairs.push_back({"Driver Status", join(healthy, ",")});
        call_.say(format_pairs(pairs));
    }

    void drivers() {
        title("Drivers");
        std::vector<Row> rows{{"Driver", "Detected", "Healthy", "Message", "Time"}};
        for (const auto& [name, d] : node_.Drivers) {
            rows.push_back({name, d.Detected ? "true" : "false", d.Healthy ? "true" : "false", d.HealthDescription,
                            local_time(d.UpdateTime)});
        }
        call_.say(format_table(rows));
    }

    void volumes() {
        if (node_.HostVolumes.empty()) return;
        title("Host Volumes");
        std::vector<Row> rows{{"Name", "ReadOnly", "Source"}};
        for (const auto& [name, v] : node_.HostVolumes) rows.push_back({name, v.ReadOnly ? "true" : "false", v.Path});
        call_.say(format_table(rows));
    }

    void networks() {
        if (node_.HostNetworks.empty()) return;
        title("Host Networks");
        std::vector<Row> rows{{"Name", "CIDR", "Interface", "ReservedPorts"}};
        for (const auto& [name, n] : node_.HostNetworks) rows.push_back({name, n.CIDR, n.Interface, n.ReservedPorts});
        call_.say(format_table(rows));
    }

    void events() {
        title("Node Events");
        std::vector<Row> rows{{"Time", "Subsystem", "Message"}};
        if (options_.verbose) rows[0].push_back("Details");
        for (auto e = node_.Events.rbegin(); e != node_.Events.rend(); ++e) {
            Row row{local_time(e->Timestamp), e->Subsystem, e->Message};
            if (options_.verbose) {
                std::vector<std::string> details;
                for (const auto& [key, value] : e->Details) details.push_back(key + " = " + value);
                row.push_back(join(details, ", "));
            }
            rows.push_back(std::move(row));
        }
        call_.say(format_table(rows));
    }

    void allocated(const List<model::Allocation>& allocs) {
        if (!node_.NodeResources) return;
        int64_t cpu = 0, memory = 0, disk = 0, count = 0;
        for (const auto& a : allocs) {
            if (a.ClientStatus != "running" || !a.AllocatedResources) continue;
            ++count;
            disk += a.AllocatedResources->Shared.DiskMB;
            for (const auto& [name, task] : a.AllocatedResources->Tasks) {
                cpu += task.Cpu.CpuShares;
                memory += task.Memory.MemoryMB;
            }
        }
        const auto mib = [](int64_t mb) { return bytes_iec(static_cast<uint64_t>(mb) << 20); };
        title("Allocated Resources");
        call_.say(
            format_table({{"CPU", "Memory", "Disk", "Alloc Count"},
                          {std::to_string(cpu) + "/" + std::to_string(node_.NodeResources->Cpu.CpuShares) + " MHz",
                           mib(memory) + "/" + mib(node_.NodeResources->Memory.MemoryMB),
                           mib(disk) + "/" + mib(node_.NodeResources->Disk.DiskMB), std::to_string(count)}}));
    }

    void alloc_rows(const List<model::Allocation>& allocs) {
        const Time now = call_.io.clock.now();
        std::vector<Row> rows{
            {"ID", "Eval ID", "Job ID", "Task Group", "Version", "Desired", "Status", "Created", "Modified"}};
        for (const auto& a : allocs) {
            rows.push_back({short_id(a.ID, options_.verbose), short_id(a.EvalID, options_.verbose), a.JobID,
                            a.TaskGroup, a.Job ? std::to_string(a.Job->Version) : "", a.DesiredStatus, a.ClientStatus,
                            shown_time(a.CreateTime, now, options_.verbose),
                            shown_time(a.ModifyTime, now, options_.verbose)});
        }
        call_.say(format_table(rows));
    }

    void map_block(std::string_view name, const Map<std::string>& map) {
        title(name);
        std::vector<std::pair<std::string, std::string>> pairs(map.begin(), map.end());
        call_.say(format_pairs(pairs));
    }

    Call& call_;
    const model::Node& node_;
    const NodeOptions& options_;
};

int node_status(Call& call) {
    NodeOptions options;
    bool json = false, ui = false;
    std::string tmpl, filter, page_token;
    int64_t per_page = 0;
    call.flags.add("short", options.summary_only, "Only the first block and the allocations.");
    call.flags.add("stats", options.stats, "Also show what the host uses.");
    call.flags.add("self", options.self, "The node of the agent that is asked.");
    call.flags.add("allocs", options.allocs, "In the list: how many allocations run.");
    call.flags.add("os", options.os, "In the list: the operating system.");
    call.flags.add("quiet", options.quiet, "In the list: only ids.");
    call.flags.add("verbose", options.verbose, "Show full ids and all attributes.");
    call.flags.add("json", json, "Print JSON.");
    call.flags.add("t", tmpl, "Print by a template.");
    call.flags.add("filter", filter, "Only those that this expression selects.");
    call.flags.add("per-page", per_page, "How many at once.");
    call.flags.add("page-token", page_token, "Where the page begins.");
    call.flags.add("ui", ui);
    if (auto code = call.parse({0, 1, "either one or no arguments: <node-id>"})) return *code;
    if (!call.api()) return 1;
    if (call.args.empty() && !options.self) {
        net::Query query;
        if (options.os) query.add("os", "true");
        if (!filter.empty()) query.add("filter", filter);
        if (per_page != 0) query.add("per_page", std::to_string(per_page));
        if (!page_token.empty()) query.add("next_token", page_token);
        if (!json && tmpl.empty()) return list_nodes(call, options, query);
        auto answer = call.api()->get("/v1/nodes", query);
        if (!answer) return call.complain("Error querying node status", answer.error());
        return call.print_document(json, tmpl, answer->body);
    }
    auto id = options.self ? find_own_node(call) : find_node(call, call.args[0]);
    if (!id) return 1;
    auto answer = call.api()->get("/v1/node/" + *id);
    if (!answer) return call.complain("Error querying node info", answer.error());
    if (json || !tmpl.empty()) return call.print_document(json, tmpl, answer->body);
    auto node = codec::from_json<model::Node>(answer->body);
    if (!node) return call.complain("Error querying node info", node.error());
    const int code = NodeView(call, *node, options).print();
    if (code != 0 || !options.stats) return code;
    net::Query query;
    query.add("node_id", *id);
    auto stats = call.api()->get("/v1/client/stats", query);
    if (!stats) return call.complain("Error querying node stats", stats.error());
    call.say("\n" + call.colors.bold("Host Resource Utilization"));
    return call.print_document(true, "", stats->body);
}

}  // namespace

std::optional<std::string> find_own_node(Call& call) {
    auto self = call.api()->get("/v1/agent/self");
    auto document = self ? codec::any_from_json(self->body) : Result<codec::Any>(fail(self.error()));
    if (!document) {
        call.complain("Error querying agent info", document.error());
        return std::nullopt;
    }
    const codec::Any* at = document->member("stats");
    at = at ? at->member("client") : nullptr;
    at = at ? at->member("node_id") : nullptr;
    if (!at || !at->as<std::string>()) {
        call.complain("Agent is not running as a client");
        return std::nullopt;
    }
    return *at->as<std::string>();
}

const CommandTable& node_commands() {
    static const CommandTable table = {
        {"node status", "Show the status of nodes", "[options] [<node-id>]", "", node_status},
        {"node-status", "Show the status of nodes", "[options] [<node-id>]", "", node_status, true, "node status"},
    };
    return table;
}

}  // namespace drover::cli
