// What operators change about nodes.
#include <chrono>
#include <map>
#include <set>
#include <thread>

#include "base/strings.h"
#include "cli/command.h"
#include "cli/format.h"
#include "cli/lookup.h"
#include "cli/node_commands.h"
#include "codec/describe.h"
#include "model/alloc.h"
#include "model/rpc_node.h"

namespace drover::cli {

// What the API takes.
namespace body {

struct Drain {
    Box<model::DrainSpec> DrainSpec;
    bool MarkEligible = false;
    Map<std::string> Meta;
};
DECLARE_TYPE(Drain);
DESCRIBE(Drain, FIELD(DrainSpec), FIELD(MarkEligible), FIELD(Meta));

struct Eligibility {
    std::string NodeID, Eligibility;
};
DECLARE_TYPE(Eligibility);
DESCRIBE(Eligibility, FIELD(NodeID), FIELD(Eligibility));

}  // namespace body

namespace {

constexpr auto kPoll = std::chrono::milliseconds(500);

std::string path_of(const std::string& node, std::string_view what) { return "/v1/node/" + node + std::string(what); }

bool is_terminal(const model::Allocation& alloc) {
    return alloc.ClientStatus == "complete" || alloc.ClientStatus == "failed" || alloc.ClientStatus == "lost";
}

// Tells what becomes of a node that is drained, until nothing is left there.
class DrainMonitor {
public:
    DrainMonitor(Call& call, std::string node, bool ignores_system)
        : call_(call), node_(std::move(node)), ignores_system_(ignores_system) {}

    int follow() {
        for (;; std::this_thread::sleep_for(kPoll)) {
            auto node = call_.api()->read<model::Node>(path_of(node_, ""));
            if (!node) return call_.complain("Error monitoring node", node.error());
            auto allocs = call_.api()->read<List<model::Allocation>>(path_of(node_, "/allocations"));
            if (!allocs) return call_.complain("Error monitoring allocations of the node", allocs.error());
            const bool left = note_allocs(*allocs);
            if (note_node(*node) && !left) break;
        }
        tell("All allocations on node " + quote(node_) + " have stopped");
        return 0;
    }

private:
    void tell(const std::string& text) { call_.say(local_time(call_.io.clock.now()) + ": " + text); }

    // Whether the drain is over.
    bool note_node(const model::Node& node) {
        const bool over = !node.DrainStrategy;
        if (over && !told_over_) {
            const bool complete = node.LastDrain && node.LastDrain->Status == "complete";
            tell("Drain of node " + quote(node_) + (complete ? " is complete" : " has ended"));
            told_over_ = true;
        } else if (!over && !(deadline_ == node.DrainStrategy->ForceDeadline)) {
            deadline_ = node.DrainStrategy->ForceDeadline;
            if (!deadline_.is_zero())
                tell("Node " + quote(node_) + " is drained until " + local_time(deadline_) + " at the latest");
        }
        return over;
    }

    // Whether any allocation that is to go is still there.
    bool note_allocs(const List<model::Allocation>& allocs) {
        bool left = false;
        for (const auto& alloc : allocs) {
            const auto [known, is_new] = status_.try_emplace(alloc.ID, alloc.ClientStatus);
            if (alloc.DesiredTransition.Migrate.value_or(false) && !(is_new && is_terminal(alloc)) &&
                marked_.insert(alloc.ID).second)
                tell("Allocation " + quote(alloc.ID) + " is marked for migration");
            if (!is_new && known->second != alloc.ClientStatus) {
                tell("Allocation " + quote(alloc.ID) + " status changed: " + quote(known->second) + " -> " +
                     quote(alloc.ClientStatus));
                known->second = alloc.ClientStatus;
            }
            const bool may_stay = ignores_system_ && alloc.Job && alloc.Job->Type == "system";
            left |= !may_stay && !is_terminal(alloc);
        }
        return left;
    }

    Call& call_;
    const std::string node_;
    const bool ignores_system_;
    std::map<std::string, std::string> status_;
    std::set<std::string> marked_;
    Time deadline_;
    bool told_over_ = false;
};

struct DrainOptions {
    bool enable = false, disable = false, no_deadline = false, force = false, ignore_system = false;
    bool keep_ineligible = false, detach = false, monitor = false, yes = false, self = false;
    Duration deadline = hours(1);
    std::string message;
    std::vector<std::string> meta;

    void add_to(Call& call) {
        call.flags.add("enable", enable, "Drain the node.");
        call.flags.add("disable", disable, "End its drain.");
        call.flags.add("deadline", deadline, "When what is left has to go; 1h if nothing is said.");
        call.flags.add("no-deadline", no_deadline, "Wait as long as it takes.");
        call.flags.add("force", force, "Have everything go at once.");
        call.flags.add("ignore-system", ignore_system, "Leave system jobs where they are.");
        call.flags.add("keep-ineligible", keep_ineligible, "With -disable: leave the node ineligible.");
        call.flags.add("m", message, "Why, kept with the node as the value of `message`.");
        call.flags.add("meta", meta, "key=value to keep with the drain; may be repeated.");
        call.flags.add("detach", detach, "Do not wait for the drain.");
        call.flags.add("monitor", monitor, "Only watch a drain that is under way.");
        call.flags.add("self", self, "The node of the agent that is asked.");
        call.flags.add("yes", yes, "Ask nothing.");
    }

    // What is contradictory; empty: nothing.
    std::string_view fault(const Call& call) const {
        if (monitor && (enable || disable)) return "-monitor goes with neither -enable nor -disable";
        if (monitor && detach) return "-monitor and -detach exclude each other";
        if (!monitor && enable == disable) return "Either -enable or -disable must be given";
        const int limits = (call.flags.given("deadline") ? 1 : 0) + (no_deadline ? 1 : 0) + (force ? 1 : 0);
        if (limits > 1) return "-deadline, -no-deadline and -force exclude each other";
        if (disable && (limits > 0 || ignore_system)) return "-disable takes no options of a drain";
        if (enable && keep_ineligible) return "-keep-ineligible goes with -disable only";
        if (deadline.ns <= 0) return "A deadline must be positive; -force drains at once, -no-deadline waits";
        return "";
    }

    // The request; nothing: what -meta says has no form.
    std::optional<body::Drain> request() const {
        body::Drain drain;
        if (enable) {
            auto& spec = drain.DrainSpec.make();
            spec.Deadline = force ? Duration{-1} : no_deadline ? Duration{} : deadline;
            spec.IgnoreSystemJobs = ignore_system;
        }
        drain.MarkEligible = disable && !keep_ineligible;
        for (const std::string& pair : meta) {
            const size_t at = pair.find('=');
            if (at == std::string::npos || at == 0) return std::nullopt;
            drain.Meta[pair.substr(0, at)] = pair.substr(at + 1);
        }
        if (!message.empty()) drain.Meta["message"] = message;
        return drain;
    }
};

// The node that a line names, by the identifier, a prefix of it or -self.
std::optional<std::string> chosen_node(Call& call, bool self) {
    if (self && !call.args.empty()) return call.complain("-self and a node exclude each other"), std::nullopt;
    if (!self && call.args.empty()) return call.complain("Either a node or -self must be given"), std::nullopt;
    if (!call.api()) return std::nullopt;
    return self ? find_own_node(call) : find_node(call, call.args[0]);
}

int node_drain(Call& call) {
    DrainOptions options;
    options.add_to(call);
    if (auto code = call.parse({0, 1, "one argument: <node-id>"})) return *code;
    if (const auto fault = options.fault(call); !fault.empty()) return call.complain(fault);
    const auto node = chosen_node(call, options.self);
    if (!node) return 1;
    const auto request = options.request();
    if (!request) return call.complain("-meta takes key=value");
    if (options.monitor) return DrainMonitor(call, *node, options.ignore_system).follow();
    const bool by_prefix = !options.self && call.args[0] != *node;
    int code = 0;
    if (by_prefix && !options.yes &&
        !call.confirm((options.enable ? "Drain node " : "End the drain of node ") + quote(*node) + "?", code))
        return code;
    auto changed = call.api()->write<model::NodeDrainUpdateResponse>("PUT", path_of(*node, "/drain"), *request);
    if (!changed) return call.complain("Error changing the drain of the node", changed.error());
    if (options.disable) {
        call.say("Node " + quote(*node) + " drain strategy unset");
        return 0;
    }
    call.say(local_time(call.io.clock.now()) + ": Node " + quote(*node) + " drain strategy set");
    return options.detach ? 0 : DrainMonitor(call, *node, options.ignore_system).follow();
}

int node_eligibility(Call& call) {
    bool enable = false, disable = false, self = false;
    call.flags.add("enable", enable, "Let the node take allocations.");
    call.flags.add("disable", disable, "Place nothing more there.");
    call.flags.add("self", self, "The node of the agent that is asked.");
    if (auto code = call.parse({0, 1, "one argument: <node-id>"})) return *code;
    if (enable == disable) return call.complain("Either -enable or -disable must be given");
    const auto node = chosen_node(call, self);
    if (!node) return 1;
    body::Eligibility request{*node, enable ? "eligible" : "ineligible"};
    auto changed =
        call.api()->write<model::NodeEligibilityUpdateResponse>("PUT", path_of(*node, "/eligibility"), request);
    if (!changed) return call.complain("Error changing the eligibility of the node", changed.error());
    call.say("Node " + quote(*node) +
             " scheduling eligibility set: " + (enable ? "eligible for scheduling" : "ineligible for scheduling"));
    return 0;
}

int node_config(Call& call) {
    bool list = false, update = false;
    call.flags.add("servers", list, "Print the servers that the client knows, one a line.");
    call.flags.add("update-servers", update, "Make the arguments the servers that the client knows.");
    if (auto code = call.parse({0, SIZE_MAX, "addresses with -update-servers only: [<address>...]"})) return *code;
    if (list == update) return call.complain("Either -servers or -update-servers must be given");
    if (update == call.args.empty())
        return call.complain(update ? "-update-servers takes addresses" : "-servers takes no addresses");
    if (!call.api()) return 1;
    if (update) {
        net::Query query;
        for (const std::string& address : call.args) query.add("address", address);
        auto done = call.api()->call("PUT", "/v1/agent/servers", query);
        return done ? 0 : call.complain("Error updating server list", done.error());
    }
    auto servers = call.api()->read<List<std::string>>("/v1/agent/servers");
    if (!servers) return call.complain("Error querying server list", servers.error());
    for (const std::string& server : *servers) call.say(server);
    return 0;
}

}  // namespace

const CommandTable& node_change_commands() {
    static const CommandTable table = {
        {"node drain", "Drain a node, or end that", "[options] <node-id>",
         "Has what runs on a node move elsewhere, and waits for it. Service jobs leave in the steps of their migrate "
         "block, batch jobs may end until the deadline, system jobs leave last.",
         node_drain},
        {"node-drain", "Drain a node, or end that", "[options] <node-id>", "", node_drain, true, "node drain"},
        {"node eligibility", "Let a node take allocations or not", "[options] <node-id>", "", node_eligibility},
        {"node config", "Show or change the servers that a client knows", "[options] [<address>...]", "", node_config},
        {"client-config", "Show or change the servers that a client knows", "[options] [<address>...]", "", node_config,
         true, "node config", true},
    };
    return table;
}

}  // namespace drover::cli
