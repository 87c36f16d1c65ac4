#pragma once
// The figures that /v1/metrics shows: gauges, read off the server when they are asked for. Loop thread.

#include <string>
#include <vector>

#include "base/time.h"
#include "codec/json.h"

namespace drover::agent {

class Agent;

struct Gauge {
    std::string name;  // "nomad.nomad.broker.total_ready"
    double value = 0;
    std::vector<std::pair<std::string, std::string>> labels;
};

// Sorted by name.
std::vector<Gauge> collect_metrics(Agent& agent);

void write_metrics(codec::JsonWriter& out, const std::vector<Gauge>& gauges, Time now);
std::string prometheus_text(const std::vector<Gauge>& gauges);

}  // namespace drover::agent
