#include "agent/metrics.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include "agent/agent.h"
#include "base/strings.h"
#include "server/heartbeats.h"

namespace drover::agent {
namespace {

// "2026-01-02 15:04:00 +0000 UTC", the start of the last ten seconds.
std::string interval_start(Time now) {
    const Civil c = to_civil(Time::from_unix_seconds(now.unix_seconds() / 10 * 10));
    char text[64];
    std::snprintf(text, sizeof text, "%04lld-%02d-%02d %02d:%02d:%02d +0000 UTC", static_cast<long long>(c.year),
                  c.month, c.day, c.hour, c.minute, c.second);
    return text;
}

void count_jobs(const state::View& view, std::vector<Gauge>& gauges) {
    std::map<std::string, double> by_status{{"pending", 0}, {"running", 0}, {"dead", 0}};
    for (const auto& job : view.jobs().all()) ++by_status[job->Status];
    for (const auto& [status, count] : by_status) gauges.push_back({"nomad.nomad.job_status." + status, count, {}});
}

void count_server(server::Server& server, std::vector<Gauge>& gauges) {
    const state::View view = server.store().view();
    const raft::LogStats log = server.log_stats();
    count_jobs(view, gauges);
    gauges.push_back({"nomad.raft.applied_index", static_cast<double>(log.applied_index), {}});
    gauges.push_back({"nomad.raft.commit_index", static_cast<double>(log.commit_index), {}});
    gauges.push_back({"nomad.state.snapshot_index", static_cast<double>(view.index()), {}});
    gauges.push_back({"nomad.nomad.blocking_queries", static_cast<double>(server.store().watchers()), {}});
    if (auto* heartbeats = server.leader().maybe_heartbeats)
        gauges.push_back({"nomad.nomad.heartbeat.active", static_cast<double>(heartbeats->active()), {}});
}

}  // namespace

std::vector<Gauge> collect_metrics(Agent& agent) {
    std::vector<Gauge> gauges;
    if (server::Server* server = agent.maybe_server()) count_server(*server, gauges);
    if (client::Client* client = agent.maybe_client()) {
        const model::Node& node = client->node();
        gauges.push_back({"nomad.client.allocations.running",
                          static_cast<double>(client->allocations().size()),
                          {{"datacenter", node.Datacenter}, {"node_id", node.ID}, {"node_pool", node.NodePool}}});
    }
    std::sort(gauges.begin(), gauges.end(), [](const Gauge& a, const Gauge& b) { return a.name < b.name; });
    return gauges;
}

void write_metrics(codec::JsonWriter& out, const std::vector<Gauge>& gauges, Time now) {
    out.begin_object();
    for (const char* none : {"Counters", "Points", "PrecisionGauges", "Samples"}) {
        out.key(none), out.begin_array(), out.end_array();
    }
    out.key("Gauges"), out.begin_array();
    for (const Gauge& gauge : gauges) {
        out.begin_object();
        out.key("Name"), out.text(gauge.name);
        out.key("Value"), out.floating(gauge.value);
        out.key("Labels"), out.begin_object();
        for (const auto& [key, value] : gauge.labels) out.key(key), out.text(value);
        out.end_object();
        out.end_object();
    }
    out.end_array();
    out.key("Timestamp"), out.text(interval_start(now));
    out.end_object();
}

std::string prometheus_text(const std::vector<Gauge>& gauges) {
    std::string text;
    for (const Gauge& gauge : gauges) {
        const std::string name = replace_all(replace_all(gauge.name, ".", "_"), "-", "_");
        text += "# HELP " + name + " " + name + "\n# TYPE " + name + " gauge\n" + name;
        for (size_t i = 0; i < gauge.labels.size(); ++i)
            text += (i == 0 ? "{" : ",") + gauge.labels[i].first + "=" + quote(gauge.labels[i].second);
        text += (gauge.labels.empty() ? " " : "} ") + format_float(gauge.value) + "\n";
    }
    return text;
}

}  // namespace drover::agent
