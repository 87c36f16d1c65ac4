#include <algorithm>
#include <fstream>
#include <iostream>

#include "agent/config_reader.h"
#include "agent/config_syntax.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/format.h"
#include "codec/convert.h"
#include "codec/describe.h"
#include "model/namespace.h"

namespace drover::cli {

// The blocks of a namespace file, with the members' names of model::Namespace.
namespace file {

struct Capabilities {
    List<std::string> EnabledTaskDrivers, DisabledTaskDrivers, EnabledNetworkModes, DisabledNetworkModes;
};
struct Limits {
    std::string Default;
    List<std::string> Allowed, Denied;
};
struct Namespace {
    std::string Name, Description, Quota;
    Map<std::string> Meta;
    Box<file::Capabilities> Capabilities;
    Box<Limits> NodePoolConfiguration, VaultConfiguration, ConsulConfiguration;
};
DECLARE_TYPE(Capabilities);
DECLARE_TYPE(Limits);
DECLARE_TYPE(Namespace);

DESCRIBE(Capabilities, FIELD(EnabledTaskDrivers).hcl_attribute("enabled_task_drivers"),
         FIELD(DisabledTaskDrivers).hcl_attribute("disabled_task_drivers"),
         FIELD(EnabledNetworkModes).hcl_attribute("enabled_network_modes"),
         FIELD(DisabledNetworkModes).hcl_attribute("disabled_network_modes"));
DESCRIBE(Limits, FIELD(Default).hcl_attribute("default"), FIELD(Allowed).hcl_attribute("allowed"),
         FIELD(Denied).hcl_attribute("denied"));
DESCRIBE(Namespace, FIELD(Name).hcl_attribute("name"), FIELD(Description).hcl_attribute("description"),
         FIELD(Quota).hcl_attribute("quota"), FIELD(Meta).hcl_block("meta"),
         FIELD(Capabilities).hcl_block("capabilities"), FIELD(NodePoolConfiguration).hcl_block("node_pool_config"),
         FIELD(VaultConfiguration).hcl_block("vault"), FIELD(ConsulConfiguration).hcl_block("consul"));

}  // namespace file

namespace {

std::string path_of(const std::string& name) { return "/v1/namespace/" + net::encode_path_segment(name); }

int namespace_list(Call& call) {
    bool json = false;
    std::string tmpl;
    call.flags.add("json", json, "Print JSON.");
    call.flags.add("t", tmpl, "Print by a template.");
    if (auto code = call.parse({0, 0, "no arguments"})) return *code;
    if (!call.api()) return 1;
    auto answer = call.api()->get("/v1/namespaces");
    if (!answer) return call.complain("Error retrieving namespaces", answer.error());
    if (json || !tmpl.empty()) return call.print_document(json, tmpl, answer->body);
    auto namespaces = codec::from_json<List<model::Namespace>>(answer->body);
    if (!namespaces) return call.complain("Error retrieving namespaces", namespaces.error());
    if (namespaces->empty()) {
        call.say("No namespaces found");
        return 0;
    }
    std::sort(namespaces->begin(), namespaces->end(), [](const auto& a, const auto& b) { return a.Name < b.Name; });
    std::vector<Row> rows{{"Name", "Description"}};
    for (const auto& n : *namespaces) rows.push_back({n.Name, n.Description});
    call.say(format_table(rows));
    return 0;
}

void print_limits(Call& call, std::string_view title, const std::string& by_default, const List<std::string>& allowed,
                  const List<std::string>& denied) {
    call.say("\n" + call.colors.bold(title));
    call.say(format_pairs({{"Default", by_default}, {"Allowed", join(allowed, ",")}, {"Denied", join(denied, ",")}}));
}

int namespace_status(Call& call) {
    bool json = false;
    std::string tmpl;
    call.flags.add("json", json, "Print JSON.");
    call.flags.add("t", tmpl, "Print by a template.");
    if (auto code = call.parse({1, 1, "one argument: <namespace>"})) return *code;
    if (!call.api()) return 1;
    auto answer = call.api()->get(path_of(call.args[0]));
    if (!answer) return call.complain("Error retrieving namespace", answer.error());
    if (json || !tmpl.empty()) return call.print_document(json, tmpl, answer->body);
    auto ns = codec::from_json<model::Namespace>(answer->body);
    if (!ns) return call.complain("Error retrieving namespace", ns.error());
    const model::NamespaceCapabilities none;
    const auto& c = ns->Capabilities ? *ns->Capabilities : none;
    const auto or_star = [](const List<std::string>& list) {
        return list.empty() ? std::string("*") : join(list, ",");
    };
    call.say(format_pairs({{"Name", ns->Name},
                           {"Description", ns->Description},
                           {"Quota", ns->Quota},
                           {"Enabled Drivers", or_star(c.EnabledTaskDrivers)},
                           {"Disabled Drivers", join(c.DisabledTaskDrivers, ",")},
                           {"Enabled Network Modes", or_star(c.EnabledNetworkModes)},
                           {"Disabled Network Modes", join(c.DisabledNetworkModes, ",")}}));
    if (!ns->Meta.empty()) {
        call.say("\n" + call.colors.bold("Metadata"));
        call.say(format_pairs({ns->Meta.begin(), ns->Meta.end()}));
    }
    if (const auto& p = ns->NodePoolConfiguration)
        print_limits(call, "Node Pool Configuration", p->Default, p->Allowed, p->Denied);
    if (const auto& v = ns->VaultConfiguration)
        print_limits(call, "Vault Configuration", v->Default, v->Allowed, v->Denied);
    if (const auto& k = ns->ConsulConfiguration)
        print_limits(call, "Consul Configuration", k->Default, k->Allowed, k->Denied);
    return 0;
}

int namespace_inspect(Call& call) {
    std::string tmpl;
    call.flags.add("t", tmpl, "Print by a template.");
    if (auto code = call.parse({1, 1, "one argument: <namespace>"})) return *code;
    if (!call.api()) return 1;
    auto answer = call.api()->get(path_of(call.args[0]));
    if (!answer) return call.complain("Error retrieving namespace", answer.error());
    return call.print_document(tmpl.empty(), tmpl, answer->body);
}

int namespace_delete(Call& call) {
    if (auto code = call.parse({1, 1, "one argument: <namespace>"})) return *code;
    if (!call.api()) return 1;
    auto done = call.api()->call("DELETE", path_of(call.args[0]));
    if (!done) return call.complain("Error deleting namespace", done.error());
    call.say("Successfully deleted namespace " + quote(call.args[0]) + "!");
    return 0;
}

// A namespace specification in HCL; JSON files have the API's names instead.
Result<model::Namespace> read_specification(const std::string& text) {
    auto tree = agent::parse_config_text(text);
    if (!tree) return fail(tree.error());
    file::Namespace read;
    if (auto done = agent::read_tree(*tree, codec::type_of<file::Namespace>(), &read); !done) return fail(done.error());
    return codec::convert_to<model::Namespace>(read);
}

int namespace_apply(Call& call) {
    Opt<std::string> description, quota;
    bool json = false;
    call.flags.add("description", description, "What the namespace is for.");
    call.flags.add("quota", quota, "The quota to attach.");
    call.flags.add("json", json, "The file is JSON.");
    if (auto code = call.parse({1, 1, "one argument: <namespace> or a file"})) return *code;
    if (!call.api()) return 1;
    const std::string& input = call.args[0];
    std::ifstream file(input);
    model::Namespace ns;
    if (input == "-" || file.good()) {
        std::istream& in = input == "-" ? call.io.in : file;
        const std::string text = read_all(in);
        auto read = json ? codec::from_json<model::Namespace>(text) : read_specification(text);
        if (!read) return call.complain("Error parsing namespace specification", read.error());
        ns = std::move(*read);
        if (ns.Name.empty()) return call.complain("Namespace name must be provided");
    } else {
        auto present = call.api()->read<model::Namespace>(path_of(input));
        if (present) {
            ns = std::move(*present);
        } else if (present.error().code != ErrorCode::not_found) {
            return call.complain("Error looking up namespace", present.error());
        }
        ns.Name = input;
        if (description) ns.Description = *description;
        if (quota) ns.Quota = *quota;
    }
    auto done = call.api()->call("PUT", "/v1/namespace", {}, codec::to_json(ns));
    if (!done) return call.complain("Error applying namespace", done.error());
    call.say("Successfully applied namespace " + quote(ns.Name) + "!");
    return 0;
}

}  // namespace

const CommandTable& namespace_commands() {
    static const CommandTable table = {
        {"namespace list", "List namespaces", "[options]", "", namespace_list},
        {"namespace status", "Show the status of a namespace", "[options] <namespace>", "", namespace_status},
        {"namespace inspect", "Show a namespace as JSON", "[options] <namespace>", "", namespace_inspect},
        {"namespace apply", "Create or change a namespace", "[options] <input>", "", namespace_apply},
        {"namespace delete", "Delete a namespace", "[options] <namespace>", "", namespace_delete},
    };
    return table;
}

}  // namespace drover::cli
