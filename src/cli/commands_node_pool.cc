#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

#include "agent/config_reader.h"
#include "agent/config_syntax.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/format.h"
#include "cli/job_table.h"
#include "cli/node_commands.h"
#include "codec/describe.h"
#include "model/node.h"

namespace drover::cli {

// The blocks of a node pool's file.
namespace pool_file {

struct SchedulerConfig {
    std::string SchedulerAlgorithm;
    Opt<bool> MemoryOversubscriptionEnabled;
};
struct NodePool {
    std::string Name, Description, NodeIdentityTTL;
    Map<std::string> Meta;
    Box<SchedulerConfig> SchedulerConfiguration;
};
struct File {
    List<NodePool> NodePools;
};
DECLARE_TYPE(SchedulerConfig);
DECLARE_TYPE(NodePool);
DECLARE_TYPE(File);

DESCRIBE(SchedulerConfig, FIELD(SchedulerAlgorithm).hcl_attribute("scheduler_algorithm"),
         FIELD(MemoryOversubscriptionEnabled).hcl_attribute("memory_oversubscription_enabled"));
DESCRIBE(NodePool, FIELD(Name).hcl_label("name"), FIELD(Description).hcl_attribute("description"),
         FIELD(NodeIdentityTTL).hcl_attribute("node_identity_ttl"), FIELD(Meta).hcl_block("meta"),
         FIELD(SchedulerConfiguration).hcl_block("scheduler_config"));
DESCRIBE(File, FIELD(NodePools).hcl_block("node_pool"));

}  // namespace pool_file

namespace {

constexpr std::string_view kExample =
    R"(# A pool of nodes. Clients are in a pool by `node_pool` of their configuration, jobs by `node_pool` of the job.
node_pool "example" {
  description = "An example"

  # Whatever is worth knowing of the pool.
  meta {
    owner = "operations"
  }

  # How long the identities of its nodes are good for.
  # node_identity_ttl = "24h"

  # What holds in this pool instead of the cluster's scheduler configuration.
  # scheduler_config {
  #   scheduler_algorithm             = "spread"
  #   memory_oversubscription_enabled = true
  # }
}
)";
constexpr std::string_view kJsonExample = R"({
  "Name": "example",
  "Description": "An example",
  "Meta": {
    "owner": "operations"
  }
}
)";

std::string path_of(const std::string& name) { return "/v1/node/pool/" + net::encode_path_segment(name); }

struct ListOptions {
    bool json = false, verbose = false;
    std::string tmpl, filter, page_token;
    int64_t per_page = 0;

    void add_to(Call& call) {
        call.flags.add("json", json, "Print JSON.");
        call.flags.add("t", tmpl, "Print by a template.");
        call.flags.add("filter", filter, "Only those that this expression selects.");
        call.flags.add("per-page", per_page, "How many at once.");
        call.flags.add("page-token", page_token, "Where the page begins.");
    }
    net::Query query() const {
        net::Query query;
        if (!filter.empty()) query.add("filter", filter);
        if (per_page != 0) query.add("per_page", std::to_string(per_page));
        if (!page_token.empty()) query.add("next_token", page_token);
        return query;
    }
    bool as_document() const { return json || !tmpl.empty(); }

    // How the next page is asked for, if there is one.
    void print_next(Call& call, const ApiAnswer& answer, const std::string& command) const {
        const std::string next(answer.headers.get("X-Nomad-NextToken"));
        if (next.empty()) return;
        call.say("\nResults have been paginated. To get the next page run:\n\nnomad " + command + " -per-page " +
                 std::to_string(per_page) + " -page-token " + next);
    }
};

int pool_list(Call& call) {
    ListOptions options;
    options.add_to(call);
    if (auto code = call.parse({0, 0, "no arguments"})) return *code;
    if (!call.api()) return 1;
    auto answer = call.api()->get("/v1/node/pools", options.query());
    if (!answer) return call.complain("Error querying node pools", answer.error());
    if (options.as_document()) return call.print_document(options.json, options.tmpl, answer->body);
    auto pools = codec::from_json<List<model::NodePool>>(answer->body);
    if (!pools) return call.complain("Error querying node pools", pools.error());
    std::vector<Row> rows{{"Name", "Description"}};
    for (const auto& pool : *pools) rows.push_back({pool.Name, pool.Description});
    call.say(pools->empty() ? "No node pools" : format_table(rows));
    options.print_next(call, *answer, "node pool list");
    return 0;
}

// The pool of that name, or the only one whose name begins so.
std::optional<std::string> find_pool(Call& call, const std::string& prefix) {
    net::Query query;
    query.add("prefix", prefix);
    auto pools = call.api()->read<List<model::NodePool>>("/v1/node/pools", std::move(query));
    if (!pools) {
        call.complain("Error querying node pools", pools.error());
        return std::nullopt;
    }
    std::vector<Row> rows{{"Name", "Description"}};
    for (const auto& pool : *pools) {
        if (pool.Name == prefix) return prefix;
        rows.push_back({pool.Name, pool.Description});
    }
    if (pools->size() == 1) return pools->front().Name;
    if (pools->empty()) {
        call.complain("No node pool with prefix " + quote(prefix) + " found");
    } else {
        call.complain("Prefix matched multiple node pools\n\n" + format_table(rows));
    }
    return std::nullopt;
}

void print_pool(Call& call, const model::NodePool& pool) {
    std::vector<std::pair<std::string, std::string>> pairs{{"Name", pool.Name}, {"Description", pool.Description}};
    if (pool.NodeIdentityTTL.ns != 0) pairs.emplace_back("Node Identity TTL", to_string(pool.NodeIdentityTTL));
    call.say(format_pairs(pairs));
    call.say("\n" + call.colors.bold("Metadata"));
    call.say(pool.Meta.empty() ? "No metadata" : format_pairs({pool.Meta.begin(), pool.Meta.end()}));
    call.say("\n" + call.colors.bold("Scheduler Configuration"));
    const auto& config = pool.SchedulerConfiguration;
    if (!config) return call.say("No scheduler configuration");
    pairs.clear();
    if (!config->SchedulerAlgorithm.empty()) pairs.emplace_back("Scheduler Algorithm", config->SchedulerAlgorithm);
    if (config->MemoryOversubscriptionEnabled)
        pairs.emplace_back("Memory Oversubscription Enabled", yes_no(*config->MemoryOversubscriptionEnabled));
    call.say(format_pairs(pairs));
}

int pool_info(Call& call) {
    bool json = false;
    std::string tmpl;
    call.flags.add("json", json, "Print JSON.");
    call.flags.add("t", tmpl, "Print by a template.");
    if (auto code = call.parse({1, 1, "one argument: <node-pool>"})) return *code;
    if (!call.api()) return 1;
    const auto name = find_pool(call, call.args[0]);
    if (!name) return 1;
    auto answer = call.api()->get(path_of(*name));
    if (!answer) return call.complain("Error querying node pool", answer.error());
    if (json || !tmpl.empty()) return call.print_document(json, tmpl, answer->body);
    auto pool = codec::from_json<model::NodePool>(answer->body);
    if (!pool) return call.complain("Error querying node pool", pool.error());
    print_pool(call, *pool);
    return 0;
}

// What is wrong, or nothing. Never writes over what is there.
std::string write_new_file(const std::string& path, std::string_view text) {
    std::FILE* file = std::fopen(path.c_str(), "wx");
    if (!file && errno == EEXIST) return "File " + quote(path) + " already exists";
    if (!file) return "Failed to write " + quote(path) + ": " + std::strerror(errno);
    const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    if (std::fclose(file) == 0 && written) return "";
    return "Failed to write " + quote(path) + ": " + std::strerror(errno);
}

int pool_init(Call& call) {
    std::string form = "hcl";
    bool quiet = false;
    call.flags.add("out", form, "hcl or json.");
    call.flags.add("quiet", quiet, "Say nothing.");
    if (auto code = call.parse({0, 1, "either no arguments or one: <filename>"})) return *code;
    if (form != "hcl" && form != "json") return call.complain("-out must be hcl or json, not " + quote(form));
    const std::string path = call.args.empty() ? "pool.nomad." + form : call.args[0];
    if (std::string fault = write_new_file(path, form == "hcl" ? kExample : kJsonExample); !fault.empty())
        return call.complain(fault);
    if (!quiet) call.say("Example node pool specification written to " + path);
    return 0;
}

Result<model::NodePool> read_specification(const std::string& text) {
    auto tree = agent::parse_config_text(text);
    if (!tree) return fail(tree.error());
    pool_file::File file;
    if (auto done = agent::read_tree(*tree, codec::type_of<pool_file::File>(), &file); !done) return fail(done.error());
    if (file.NodePools.size() != 1) return fail(Error::bad_request("one 'node_pool' block is required"));
    pool_file::NodePool& read = file.NodePools[0];
    model::NodePool pool;
    pool.Name = std::move(read.Name);
    pool.Description = std::move(read.Description);
    pool.Meta = std::move(read.Meta);
    if (!read.NodeIdentityTTL.empty()) {
        auto ttl = parse_duration(read.NodeIdentityTTL);
        if (!ttl) return fail(ttl.error().wrapped("node_identity_ttl: "));
        pool.NodeIdentityTTL = *ttl;
    }
    if (const auto& config = read.SchedulerConfiguration) {
        auto& stored = pool.SchedulerConfiguration.make();
        stored.SchedulerAlgorithm = config->SchedulerAlgorithm;
        stored.MemoryOversubscriptionEnabled = config->MemoryOversubscriptionEnabled;
    }
    return pool;
}

int pool_apply(Call& call) {
    bool json = false;
    call.flags.add("json", json, "The file is JSON.");
    if (auto code = call.parse({1, 1, "one argument: <path>"})) return *code;
    const std::string& path = call.args[0];
    std::ifstream file(path);
    if (path != "-" && !file.good())
        return call.complain("Failed to read " + quote(path) + ": " + std::strerror(errno));
    std::istream& in = path == "-" ? call.io.in : file;
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    std::string body = text, name;
    if (json) {
        auto document = codec::any_from_json(text);
        if (!document) return call.complain("Failed to parse node pool specification", document.error());
        const codec::Any* at = document->member("Name");
        if (at && at->as<std::string>()) name = *at->as<std::string>();
    } else {
        auto pool = read_specification(text);
        if (!pool) return call.complain("Failed to parse node pool specification", pool.error());
        name = pool->Name;
        body = codec::to_json(*pool);
    }
    if (!call.api()) return 1;
    auto done = call.api()->call("PUT", "/v1/node/pools", {}, body);
    if (!done) return call.complain("Error applying node pool", done.error());
    call.say("Successfully applied node pool " + quote(name) + "!");
    return 0;
}

int pool_delete(Call& call) {
    if (auto code = call.parse({1, 1, "one argument: <node-pool>"})) return *code;
    if (!call.api()) return 1;
    auto done = call.api()->call("DELETE", path_of(call.args[0]));
    if (!done) return call.complain("Error deleting node pool", done.error());
    call.say("Successfully deleted node pool " + quote(call.args[0]) + "!");
    return 0;
}

int pool_nodes(Call& call) {
    ListOptions options;
    options.add_to(call);
    call.flags.add("verbose", options.verbose, "Show full ids.");
    if (auto code = call.parse({1, 1, "one argument: <node-pool>"})) return *code;
    if (!call.api()) return 1;
    const auto name = find_pool(call, call.args[0]);
    if (!name) return 1;
    auto answer = call.api()->get(path_of(*name) + "/nodes", options.query());
    if (!answer) return call.complain("Error querying nodes of the pool", answer.error());
    if (options.as_document()) return call.print_document(options.json, options.tmpl, answer->body);
    auto nodes = codec::from_json<List<model::NodeListStub>>(answer->body);
    if (!nodes) return call.complain("Error querying nodes of the pool", nodes.error());
    std::vector<Row> rows{{"ID", "DC", "Name", "Class", "Drain", "Eligibility", "Status"}};
    for (const auto& n : *nodes) {
        rows.push_back({short_id(n.ID, options.verbose), n.Datacenter, n.Name, n.NodeClass, yes_no(n.Drain),
                        n.SchedulingEligibility, n.Status});
    }
    call.say(nodes->empty() ? "No nodes" : format_table(rows));
    options.print_next(call, *answer, "node pool nodes " + *name);
    return 0;
}

int pool_jobs(Call& call) {
    ListOptions options;
    options.add_to(call);
    if (auto code = call.parse({1, 1, "one argument: <node-pool>"})) return *code;
    if (!call.api()) return 1;
    const auto name = find_pool(call, call.args[0]);
    if (!name) return 1;
    auto answer = call.api()->get(path_of(*name) + "/jobs", options.query());
    if (!answer) return call.complain("Error querying jobs of the pool", answer.error());
    if (options.as_document()) return call.print_document(options.json, options.tmpl, answer->body);
    auto jobs = codec::from_json<List<model::JobListStub>>(answer->body);
    if (!jobs) return call.complain("Error querying jobs of the pool", jobs.error());
    call.say(jobs->empty() ? std::string("No jobs") : job_table(std::move(*jobs), call.config().namespace_name == "*"));
    options.print_next(call, *answer, "node pool jobs " + *name);
    return 0;
}

}  // namespace

const CommandTable& node_pool_commands() {
    static const CommandTable table = {
        {"node pool list", "List node pools", "[options]", "", pool_list},
        {"node pool info", "Show a node pool", "[options] <node-pool>", "", pool_info},
        {"node pool init", "Write an example of a node pool specification", "[options] [<filename>]", "", pool_init},
        {"node pool apply", "Create or change a node pool", "[options] <path>",
         "Creates the pool that a file describes, or makes it as described. - is the standard input.", pool_apply},
        {"node pool delete", "Delete a node pool", "[options] <node-pool>",
         "Deletes a pool that has neither nodes nor jobs that are not dead.", pool_delete},
        {"node pool nodes", "List the nodes of a pool", "[options] <node-pool>", "", pool_nodes},
        {"node pool jobs", "List the jobs of a pool", "[options] <node-pool>", "", pool_jobs},
    };
    return table;
}

}  // namespace drover::cli
