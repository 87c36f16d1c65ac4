// What an agent tells of itself and of the servers that it knows.
#include <sys/utsname.h>

#include <algorithm>
#include <thread>

#include "agent/agent.h"
#include "agent/http_api.h"
#include "agent/http_options.h"
#include "agent/metrics.h"
#include "agent/route_tables.h"
#include "base/strings.h"
#include "base/version.h"
#include "codec/json.h"
#include "model/rpc_operator.h"
#include "server/members.h"

namespace drover::agent {
namespace {

net::Response json(const HttpCall& call, std::string body, int status = 200) {
    if (wants_pretty(call.request.query)) body += '\n';
    return net::Response::json(std::move(body), status);
}

void write_member(codec::JsonWriter& out, const model::ServerMember& member) {
    out.begin_object();
    out.key("Name"), out.text(member.Name);
    out.key("Addr"), out.text(member.Addr);
    out.key("Port"), out.natural(member.Port);
    out.key("Tags"), out.value(codec::type_of<Map<std::string>>(), &member.Tags);
    out.key("Status"), out.text(member.Status);
    out.key("ProtocolMin"), out.natural(member.ProtocolMin);
    out.key("ProtocolMax"), out.natural(member.ProtocolMax);
    out.key("ProtocolCur"), out.natural(member.ProtocolCur);
    out.key("DelegateMin"), out.natural(member.DelegateMin);
    out.key("DelegateMax"), out.natural(member.DelegateMax);
    out.key("DelegateCur"), out.natural(member.DelegateCur);
    out.end_object();
}

using Section = std::vector<std::pair<std::string_view, std::string>>;

void write_section(codec::JsonWriter& out, std::string_view name, const Section& section) {
    out.key(name);
    out.begin_object();
    for (const auto& [key, value] : section) out.key(key), out.text(value);
    out.end_object();
}

// The servers of the log in the words of the one who asks for `latest_configuration`.
std::string text_of(const server::Server& server, const raft::Configuration& configuration) {
    std::string text;
    for (const raft::Peer& peer : configuration.peers) {
        const bool votes = peer.suffrage == raft::Suffrage::voter;
        text += std::string(text.empty() ? "" : " ") + "{Suffrage:" + (votes ? "Voter" : "Nonvoter") +
                " ID:" + peer.id + " Address:" + server.address_of(peer) + "}";
    }
    return "[" + text + "]";
}

Section raft_section(const server::Server& server) {
    const raft::LogStats log = server.log_stats();
    const raft::Configuration configuration = server.log().configuration();
    const auto others = std::count_if(configuration.peers.begin(), configuration.peers.end(), [&](const auto& peer) {
        return peer.suffrage == raft::Suffrage::voter && peer.id != server.config().id;
    });
    return {{"state", log.state},
            {"term", std::to_string(log.term)},
            {"last_log_index", std::to_string(log.last_index)},
            {"last_log_term", std::to_string(log.last_term == 0 ? log.term : log.last_term)},
            {"commit_index", std::to_string(log.commit_index)},
            {"applied_index", std::to_string(log.applied_index)},
            {"fsm_pending", std::to_string(log.pending)},
            {"last_snapshot_index", std::to_string(log.snapshot_index)},
            {"last_snapshot_term", std::to_string(log.snapshot_term)},
            {"last_contact", to_string(log.last_contact)},
            {"num_peers", std::to_string(others)},
            {"latest_configuration", text_of(server, configuration)},
            {"latest_configuration_index", std::to_string(configuration.index)},
            {"protocol_version", "3"}};
}

Section members_section(const server::Server& server) {
    const std::vector<raft::Member> members = server.members();
    const auto count = [&](raft::MemberStatus status) {
        return std::to_string(std::count_if(members.begin(), members.end(),
                                            [&](const raft::Member& member) { return member.status == status; }));
    };
    return {{"members", std::to_string(members.size())},
            {"failed", count(raft::MemberStatus::failed)},
            {"left", count(raft::MemberStatus::left)}};
}

void write_server_stats(codec::JsonWriter& out, const server::Server& server) {
    write_section(
        out, "nomad",
        {{"server", "true"},
         {"leader", server.is_leader() ? "true" : "false"},
         {"leader_addr", server.leader_address()},
         {"bootstrap", "true"},
         {"known_regions", std::to_string(server::regions_of(server.members(), server.config().region).size())}});
    write_section(out, "raft", raft_section(server));
    write_section(out, "serf", members_section(server));
}

void write_stats(codec::JsonWriter& out, Agent& agent) {
    utsname system{};
    uname(&system);
    out.begin_object();
    if (const server::Server* server = agent.maybe_server()) write_server_stats(out, *server);
    write_section(out, "runtime",
                  {{"kernel.name", "linux"},
                   {"arch", system.machine},
                   {"version", std::string(kDroverVersion)},
                   {"max_procs", std::to_string(std::thread::hardware_concurrency())},
                   {"cpu_count", std::to_string(std::thread::hardware_concurrency())}});
    if (client::Client* client = agent.maybe_client()) {
        write_section(out, "client",
                      {{"node_id", client->node().ID},
                       {"known_servers", join(agent.maybe_known_servers()->addresses(), ",")},
                       {"num_allocations", std::to_string(client->allocations().size())}});
    }
    out.end_object();
}

// The secrets of a configuration are told only as being there.
void redact(const codec::TypeInfo& type, void* value) {
    for (const codec::FieldInfo& field : type.fields) {
        void* member = codec::member(field, value);
        const codec::TypeInfo& of = field.type();
        if (field.is_secret && of.kind == codec::Kind::text) {
            auto& text = *static_cast<std::string*>(member);
            if (!text.empty()) text = "<redacted>";
        } else if (of.kind == codec::Kind::structure) {
            redact(of, member);
        } else if (of.kind == codec::Kind::pointer && of.element().kind == codec::Kind::structure) {
            if (void* pointee = const_cast<void*>(of.pointee(member))) redact(of.element(), pointee);
        } else if (of.kind == codec::Kind::list && of.element().kind == codec::Kind::structure) {
            for (size_t i = 0; i < of.count(member); ++i) redact(of.element(), const_cast<void*>(of.at(member, i)));
        }
    }
}

net::Task<net::Response> agent_self(HttpCall call) {
    Agent& agent = call.api.agent();
    Config config = agent.config();
    redact(codec::type_of<Config>(), &config);
    std::string body;
    codec::JsonWriter out(body, wants_pretty(call.request.query));
    out.begin_object();
    out.key("config"), out.value(codec::type_of<Config>(), &config);
    out.key("member"), write_member(out, agent.maybe_server() ? agent.maybe_server()->member() : model::ServerMember());
    out.key("stats"), write_stats(out, agent);
    out.end_object();
    co_return json(call, std::move(body));
}

// The region of the request does not matter: the members are those of all regions.
net::Task<net::Response> agent_members(HttpCall call) {
    model::GenericRequest request;
    request.AuthToken = token_of(call.request.headers);
    auto members = co_await call.api.agent().servers().call<model::ServerMembersResponse>(
        "Status.Members", std::move(request), call.cancel);
    if (!members) co_return respond(members.error());
    std::string body;
    codec::JsonWriter out(body, wants_pretty(call.request.query));
    out.begin_object();
    out.key("ServerName"), out.text(members->ServerName);
    out.key("ServerRegion"), out.text(members->ServerRegion);
    out.key("ServerDC"), out.text(members->ServerDC);
    out.key("Members"), out.begin_array();
    for (const model::ServerMember& member : members->Members) write_member(out, member);
    out.end_array();
    out.end_object();
    co_return json(call, std::move(body));
}

net::Task<net::Response> agent_health(HttpCall call) {
    const auto types = call.request.query.all("type");
    const auto asked = [&](std::string_view type) {
        return types.empty() || std::find(types.begin(), types.end(), type) != types.end();
    };
    bool healthy = true;
    std::string body;
    codec::JsonWriter out(body, wants_pretty(call.request.query));
    const auto tell = [&](std::string_view role, bool ok, std::string_view message) {
        out.key(role), out.begin_object();
        out.key("ok"), out.boolean(ok);
        out.key("message"), out.text(message);
        out.end_object();
        healthy = healthy && ok;
    };
    Agent& agent = call.api.agent();
    out.begin_object();
    if (asked("client") && agent.maybe_client()) {
        tell("client", true, "ok");
    } else if (asked("client") && !types.empty()) {
        tell("client", false, "client not enabled");
    }
    if (const server::Server* server = agent.maybe_server(); server && asked("server")) {
        const bool is_led = !server->leader_address().empty();
        tell("server", is_led, is_led ? "ok" : "No cluster leader");
    } else if (asked("server") && !types.empty()) {
        tell("server", false, "server not enabled");
    }
    out.end_object();
    if (!healthy) co_return net::Response::text(500, std::move(body));
    co_return json(call, std::move(body));
}

net::Task<net::Response> show_metrics(HttpCall call) {
    Agent& agent = call.api.agent();
    if (call.request.query.get("format") == "prometheus") {
        const auto& telemetry = agent.config().Telemetry;
        if (!telemetry || !telemetry->PrometheusMetrics)
            co_return net::Response::text(415, "Prometheus is not enabled");
        net::Response response = net::Response::text(200, prometheus_text(collect_metrics(agent)));
        response.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        co_return response;
    }
    std::string body;
    codec::JsonWriter out(body, wants_pretty(call.request.query));
    write_metrics(out, collect_metrics(agent), agent.loop().clock().now());
    co_return json(call, std::move(body));
}

net::Task<net::Response> no_web_interface(HttpCall) {
    net::Response response;
    response.headers.set("Content-Type", "text/html; charset=utf-8");
    response.body = "<html><body>The web interface is not part of this build.</body></html>\n";
    co_return response;
}

}  // namespace

RouteTable agent_routes() {
    return {
        on(kGet, "/v1/agent/self", agent_self),     on(kGet, "/v1/agent/members", agent_members),
        on(kGet, "/v1/agent/health", agent_health), on(kGet, "/v1/metrics", show_metrics),
        on(kGet, "/ui/:Path", no_web_interface),
    };
}

}  // namespace drover::agent
