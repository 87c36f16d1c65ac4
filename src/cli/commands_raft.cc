// The servers that keep the log, and autopilot, which looks after them.
#include "base/strings.h"
#include "cli/command.h"
#include "cli/format.h"
#include "model/operator.h"
#include "model/rpc_operator.h"

namespace drover::cli {
namespace {

constexpr std::string_view kAutopilotPath = "/v1/operator/autopilot/configuration";

int list_peers(Call& call) {
    bool stale = false;
    call.flags.add("stale", stale, "Take any server's word, for when there is no leader.");
    if (auto code = call.parse({0, 0, "no arguments"})) return *code;
    if (!call.api()) return 1;
    net::Query query;
    if (stale) query.add("stale", "");
    auto raft = call.api()->read<model::RaftConfigurationResponse>("/v1/operator/raft/configuration", std::move(query));
    if (!raft) return call.complain("Failed to retrieve raft configuration", raft.error());
    std::vector<Row> rows{{"Node", "ID", "Address", "State", "Voter", "RaftProtocol"}};
    for (const model::RaftServer& server : raft->Servers) {
        rows.push_back({server.Node, server.ID, server.Address, server.Leader ? "leader" : "follower",
                        yes_no(server.Voter), server.RaftProtocol});
    }
    call.say(format_table(rows));
    return 0;
}

int remove_peer(Call& call) {
    std::string id;
    call.flags.add("peer-id", id, "The server to take out of the log, by its identifier.");
    if (auto code = call.parse({0, 0, "no arguments"})) return *code;
    if (id.empty()) return call.complain("Missing peer id: give it with -peer-id");
    if (!call.api()) return 1;
    net::Query query;
    query.add("id", id);
    auto answer = call.api()->call("DELETE", "/v1/operator/raft/peer", std::move(query));
    if (!answer) return call.complain("Error removing peer", answer.error());
    call.say("Removed peer with id " + quote(id));
    return 0;
}

int transfer_leadership(Call& call) {
    std::string id, address;
    call.flags.add("peer-id", id, "The server to lead, by its identifier.");
    call.flags.add("peer-address", address, "The server to lead, by the address of its RPC port.");
    if (auto code = call.parse({0, 0, "no arguments"})) return *code;
    if (id.empty() == address.empty()) return call.complain("Give either -peer-id or -peer-address");
    if (!call.api()) return 1;
    net::Query query;
    query.add(id.empty() ? "address" : "id", id.empty() ? address : id);
    auto answer = call.api()->call("PUT", "/v1/operator/raft/transfer-leadership", std::move(query));
    if (!answer) return call.complain("Error transferring leadership to peer", answer.error());
    call.say("Transferred leadership to peer with " + (id.empty() ? "address " + quote(address) : "id " + quote(id)));
    return 0;
}

int autopilot_get(Call& call) {
    bool json = false;
    std::string tmpl;
    call.flags.add("json", json, "Print JSON.");
    call.flags.add("t", tmpl, "Print by a template.");
    if (auto code = call.parse({0, 0, "no arguments"})) return *code;
    if (!call.api()) return 1;
    auto answer = call.api()->get(kAutopilotPath);
    if (!answer) return call.complain("Error querying Autopilot configuration", answer.error());
    if (json || !tmpl.empty()) return call.print_document(json, tmpl, answer->body);
    auto config = codec::from_json<model::AutopilotConfig>(answer->body);
    if (!config) return call.complain("Error querying Autopilot configuration", config.error());
    const auto say = [&](std::string_view key, const std::string& value) {
        call.say(std::string(key) + " = " + value);
    };
    say("CleanupDeadServers", yes_no(config->CleanupDeadServers));
    say("LastContactThreshold", to_string(config->LastContactThreshold));
    say("MaxTrailingLogs", std::to_string(config->MaxTrailingLogs));
    say("MinQuorum", std::to_string(config->MinQuorum));
    say("ServerStabilizationTime", to_string(config->ServerStabilizationTime));
    say("EnableRedundancyZones", yes_no(config->EnableRedundancyZones));
    say("DisableUpgradeMigration", yes_no(config->DisableUpgradeMigration));
    say("EnableCustomUpgrades", yes_no(config->EnableCustomUpgrades));
    return 0;
}

int autopilot_set(Call& call) {
    Opt<bool> cleanup, zones, no_migration, custom_upgrades;
    Opt<int64_t> trailing, quorum;
    Duration contact, stabilization;
    call.flags.add("cleanup-dead-servers", cleanup, "Remove servers that failed.");
    call.flags.add("max-trailing-logs", trailing, "How many entries a healthy server may lack.");
    call.flags.add("min-quorum", quorum, "How many voters must remain when one is removed.");
    call.flags.add("last-contact-threshold", contact, "How long a healthy server may be silent.");
    call.flags.add("server-stabilization-time", stabilization, "How long a new server must be healthy to vote.");
    call.flags.add("enable-redundancy-zones", zones, "Kept for other servers; without effect here.");
    call.flags.add("disable-upgrade-migration", no_migration, "Kept for other servers; without effect here.");
    call.flags.add("enable-custom-upgrades", custom_upgrades, "Kept for other servers; without effect here.");
    if (auto code = call.parse({0, 0, "no arguments"})) return *code;
    if ((trailing && *trailing < 0) || (quorum && *quorum < 0))
        return call.complain("-max-trailing-logs and -min-quorum must not be negative");
    if (!call.api()) return 1;
    auto present = call.api()->read<model::AutopilotConfig>(kAutopilotPath);
    if (!present) return call.complain("Error querying Autopilot configuration", present.error());
    model::AutopilotConfig config = *present;
    const auto change = [](auto& member, const auto& wanted) {
        if (wanted) member = *wanted;
    };
    change(config.CleanupDeadServers, cleanup);
    if (trailing) config.MaxTrailingLogs = static_cast<uint64_t>(*trailing);
    if (quorum) config.MinQuorum = static_cast<uint64_t>(*quorum);
    if (call.flags.given("last-contact-threshold")) config.LastContactThreshold = contact;
    if (call.flags.given("server-stabilization-time")) config.ServerStabilizationTime = stabilization;
    change(config.EnableRedundancyZones, zones);
    change(config.DisableUpgradeMigration, no_migration);
    change(config.EnableCustomUpgrades, custom_upgrades);
    net::Query query;
    query.add("cas", std::to_string(config.ModifyIndex));
    auto done = call.api()->write<bool>("PUT", kAutopilotPath, config, std::move(query));
    if (!done) return call.complain("Error setting Autopilot configuration", done.error());
    if (!*done) return call.complain("Configuration could not be atomically updated, please try again");
    call.say("Configuration updated!");
    return 0;
}

void print_health(Call& call, const model::OperatorHealthReply& health) {
    call.say(format_pairs({{"Healthy", yes_no(health.Healthy)},
                           {"FailureTolerance", std::to_string(health.FailureTolerance)},
                           {"Leader", health.Leader},
                           {"Voters", "[" + join(health.Voters, " ") + "]"}}));
    std::vector<Row> rows{{"ID", "Name", "Address", "SerfStatus", "Version", "Leader", "Voter", "Healthy",
                           "LastContact", "LastTerm", "LastIndex", "StableSince"}};
    for (const model::ServerHealth& server : health.Servers) {
        rows.push_back({server.ID, server.Name, server.Address, server.SerfStatus, server.Version,
                        yes_no(server.Leader), yes_no(server.Voter), yes_no(server.Healthy),
                        to_string(server.LastContact), std::to_string(server.LastTerm),
                        std::to_string(server.LastIndex), to_rfc3339(server.StableSince)});
    }
    call.say();
    call.say(format_table(rows));
}

int autopilot_health(Call& call) {
    bool json = false;
    call.flags.add("json", json, "Print JSON.");
    if (auto code = call.parse({0, 0, "no arguments"})) return *code;
    if (!call.api()) return 1;
    // 429 is the answer of servers that are not well; it has the same body.
    auto answer = call.api()->send("GET", "/v1/operator/autopilot/health", {}, "");
    if (!answer) return call.complain("Error querying Autopilot health", answer.error());
    if (answer->status != 200 && answer->status != 429) {
        return call.complain("Error querying Autopilot health: Unexpected response code: " +
                             std::to_string(answer->status) + " (" + answer->body + ")");
    }
    if (json) return call.print_document(json, "", answer->body);
    auto health = codec::from_json<model::OperatorHealthReply>(answer->body);
    if (!health) return call.complain("Error querying Autopilot health", health.error());
    print_health(call, *health);
    return 0;
}

}  // namespace

const CommandTable& raft_commands() {
    static const CommandTable table = {
        {"operator autopilot get-config", "Show autopilot's configuration", "[options]", "", autopilot_get},
        {"operator autopilot health", "Show how the servers are", "[options]", "", autopilot_health},
        {"operator autopilot set-config", "Change autopilot's configuration", "[options]",
         "Changes only what is given.", autopilot_set},
        {"operator raft list-peers", "List the servers that keep the log", "[options]", "", list_peers},
        {"operator raft remove-peer", "Take a server out of the log", "[options]",
         "For a server that is gone for good and was not removed by itself. One that is alive should leave instead.",
         remove_peer},
        {"operator raft transfer-leadership", "Let another server lead", "[options]", "", transfer_leadership},
    };
    return table;
}

}  // namespace drover::cli
