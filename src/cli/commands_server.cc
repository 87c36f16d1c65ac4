// The servers of the cluster as members, and what an agent tells of itself.
#include <algorithm>
#include <map>
#include <set>

#include "base/strings.h"
#include "cli/command.h"
#include "cli/format.h"
#include "codec/json.h"

namespace drover::cli {
namespace {

using codec::Any;

std::string text_of(const Any& object, std::string_view key) {
    const Any* value = object.member(key);
    if (!value) return "";
    if (const auto* text = value->as<std::string>()) return *text;
    return value->is_null() ? "" : codec::to_json(*value);
}

const Any& tags_of(const Any& member) {
    static const Any kNone;
    const Any* tags = member.member("Tags");
    return tags ? *tags : kNone;
}

std::string rpc_address_of(const Any& member) {
    const std::string host = text_of(tags_of(member), "rpc_addr");
    const net::Address address =
        net::Address::tcp(host.empty() ? text_of(member, "Addr") : host,
                          static_cast<uint16_t>(parse_uint(text_of(tags_of(member), "port")).value_or(0)));
    return net::to_string(address);
}

// Who leads each region. The error is that of the last region that did not tell.
Result<> find_leaders(Call& call, const codec::AnyList& members, std::set<std::string>& leaders) {
    std::set<std::string> regions;
    for (const Any& member : members) regions.insert(text_of(tags_of(member), "region"));
    Result<> result;
    for (const std::string& region : regions) {
        net::Query query;
        if (!region.empty()) query.set("region", region);
        auto leader = call.api()->read<std::string>("/v1/status/leader", std::move(query));
        if (leader) {
            leaders.insert(*leader);
        } else {
            result = fail(leader.error().wrapped("Region " + quote(region) + ": "));
        }
    }
    return result;
}

std::string all_tags(const Any& member) {
    std::vector<std::string> all;
    if (const auto* tags = tags_of(member).as<codec::AnyMap>()) {
        for (const auto& [key, value] : *tags) all.push_back(key + "=" + text_of(tags_of(member), key));
    }
    return join(all, ",");
}

std::string member_table(const codec::AnyList& members, const std::set<std::string>& leaders, bool verbose) {
    Row titles{"Name", "Address", "Port", "Status", "Leader"};
    if (verbose) titles.push_back("Protocol");
    titles.insert(titles.end(), {"Raft Version", "Build", "Datacenter", "Region"});
    if (verbose) titles.push_back("Tags");
    std::vector<Row> rows{titles};
    for (const Any& member : members) {
        const Any& tags = tags_of(member);
        Row row{text_of(member, "Name"), text_of(member, "Addr"), text_of(member, "Port"), text_of(member, "Status"),
                leaders.contains(rpc_address_of(member)) ? "true" : "false"};
        if (verbose) row.push_back(text_of(member, "ProtocolCur"));
        row.insert(row.end(),
                   {text_of(tags, "raft_vsn"), text_of(tags, "build"), text_of(tags, "dc"), text_of(tags, "region")});
        if (verbose) row.push_back(all_tags(member));
        rows.push_back(std::move(row));
    }
    return format_table(rows);
}

int server_members(Call& call) {
    bool verbose = false, detailed = false, json = false, ui = false;
    std::string tmpl;
    call.flags.add("verbose", verbose, "Also show protocol and tags.");
    call.flags.add("detailed", detailed, "The old name of -verbose.");
    call.flags.add("json", json, "Print JSON.");
    call.flags.add("t", tmpl, "Print by a template.");
    call.flags.add("ui", ui);
    if (auto code = call.parse({0, 0, "no arguments"})) return *code;
    if (!call.api()) return 1;
    auto answer = call.api()->get("/v1/agent/members");
    auto document = answer ? codec::any_from_json(answer->body) : Result<Any>(fail(answer.error()));
    if (!document) return call.complain("Error querying servers", document.error());
    const Any* found = document->member("Members");
    if (!found || !found->as<codec::AnyList>()) return call.complain("Agent doesn't know about server members");
    codec::AnyList members = *found->as<codec::AnyList>();
    std::sort(members.begin(), members.end(),
              [](const auto& a, const auto& b) { return text_of(a, "Name") < text_of(b, "Name"); });
    if (json || !tmpl.empty()) return call.print_document(json, tmpl, codec::to_json(Any(members)));
    std::set<std::string> leaders;
    const Result<> led = find_leaders(call, members, leaders);
    call.say(member_table(members, leaders, verbose || detailed));
    if (!led) return call.complain("\nError determining leaders", led.error());
    return 0;
}

int server_join(Call& call) {
    if (auto code = call.parse({1, SIZE_MAX, "at least one argument: <address>"})) return *code;
    if (!call.api()) return 1;
    net::Query query;
    for (const std::string& address : call.args) query.add("address", address);
    auto answer = call.api()->call("PUT", "/v1/agent/join", std::move(query));
    auto document = answer ? codec::any_from_json(answer->body) : Result<Any>(fail(answer.error()));
    if (!document) return call.complain("Error joining", document.error());
    if (const std::string error = text_of(*document, "error"); !error.empty())
        return call.complain("Error joining: " + error);
    if (const std::string warning = text_of(*document, "warning"); !warning.empty()) call.warn(warning);
    call.say("Joined " + text_of(*document, "num_joined") + " servers successfully");
    return 0;
}

int server_force_leave(Call& call) {
    bool prune = false;
    call.flags.add("prune", prune, "Forget the server at once.");
    if (auto code = call.parse({1, 1, "one argument: <node>"})) return *code;
    if (!call.api()) return 1;
    net::Query query;
    query.add("node", call.args[0]);
    if (prune) query.add("prune", "1");
    auto answer = call.api()->call("PUT", "/v1/agent/force-leave", std::move(query));
    if (!answer) return call.complain("Error force-leaving server " + call.args[0], answer.error());
    return 0;
}

int agent_info(Call& call) {
    bool json = false;
    std::string tmpl;
    call.flags.add("json", json, "Print JSON.");
    call.flags.add("t", tmpl, "Print by a template.");
    if (auto code = call.parse({0, 0, "no arguments"})) return *code;
    if (!call.api()) return 1;
    auto answer = call.api()->get("/v1/agent/self");
    if (!answer) return call.complain("Error querying agent info", answer.error());
    if (json || !tmpl.empty()) return call.print_document(json, tmpl, answer->body);
    auto document = codec::any_from_json(answer->body);
    if (!document) return call.complain("Error querying agent info", document.error());
    const Any* stats = document->member("stats");
    if (!stats || !stats->as<codec::AnyMap>()) return call.complain("The agent tells nothing of itself");
    for (const auto& [name, section] : *stats->as<codec::AnyMap>()) {
        call.say(name);
        if (!section.as<codec::AnyMap>()) continue;
        for (const auto& [key, value] : *section.as<codec::AnyMap>())
            call.say("  " + key + " = " + text_of(section, key));
    }
    return 0;
}

// For monitors: what is wrong is told by the exit code.
int check(Call& call) {
    constexpr int kWarning = 1, kCritical = 2;
    int64_t min_peers = 0, min_servers = 1;
    call.flags.add("min-peers", min_peers, "How many other servers a server must have.");
    call.flags.add("min-servers", min_servers, "How many servers a client must know.");
    if (auto code = call.parse({0, 0, "no arguments"})) return *code;
    if (!call.api()) return kCritical;
    auto answer = call.api()->get("/v1/agent/self");
    auto document = answer ? codec::any_from_json(answer->body) : Result<Any>(fail(answer.error()));
    if (!document) return call.complain("unable to query agent info", document.error()), kCritical;
    const Any none;
    const Any& stats = document->member("stats") ? *document->member("stats") : none;
    const Any *raft = stats.member("raft"), *client = stats.member("client");
    if (!raft && !client) return call.complain("the agent is neither server nor client"), kWarning;
    if (raft) {
        const auto peers = parse_int(text_of(*raft, "num_peers"));
        if (!peers) return call.complain("unable to get number of peers"), kCritical;
        if (*peers < min_peers)
            return call.complain("known peers: " + std::to_string(*peers) + ", expected " + std::to_string(min_peers)),
                   kCritical;
    }
    if (client) {
        const std::string known = text_of(*client, "known_servers");
        const auto servers = known.empty() ? 0 : static_cast<int64_t>(split(known, ',').size());
        if (servers < min_servers)
            return call.complain("known servers: " + std::to_string(servers) + ", expected " +
                                 std::to_string(min_servers)),
                   kCritical;
    }
    return 0;
}

}  // namespace

const CommandTable& server_commands() {
    static const CommandTable table = {
        {"agent-info", "Show what an agent tells of itself", "[options]", "", agent_info},
        {"check", "Check an agent for a monitor", "[options]", "", check, true},
        {"server force-leave", "Declare a failed server to have left", "[options] <node>",
         "Takes a server that failed and will not come back for one that left. A server that is alive refutes it.",
         server_force_leave},
        {"server join", "Join a server to others", "[options] <address>...", "", server_join},
        {"server members", "List the servers", "[options]", "", server_members},
        {"server-force-leave", "Declare a failed server to have left", "[options] <node>", "", server_force_leave, true,
         "server force-leave", true},
        {"server-join", "Join a server to others", "[options] <address>...", "", server_join, true, "server join",
         true},
        {"server-members", "List the servers", "[options]", "", server_members, true, "server members", true},
    };
    return table;
}

}  // namespace drover::cli
