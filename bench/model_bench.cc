// P17: what `job run` costs before it reaches the network: parsing and completing a job specification of 300 lines.

#include <benchmark/benchmark.h>

#include "model/canonicalize.h"
#include "model/job_diff.h"
#include "model/jobspec.h"
#include "model/validate.h"

namespace {

using namespace drover;

std::string task(int number) {
    const std::string n = std::to_string(number);
    return "    task \"task-" + n +
           "\" {\n      driver = \"raw_exec\"\n      config {\n        command = \"/usr/bin/server\"\n" +
           "        args    = [\"--port\", \"${NOMAD_PORT_http}\", \"--name\", \"${upper(\"web\")}-" + n +
           "\"]\n      }\n" +
           "      env {\n        A = \"one\"\n        B = 2\n        C = \"${node.unique.name}\"\n      }\n" +
           "      template {\n        data        = <<EOF\nport = {{ env \"NOMAD_PORT_http\" }}\nEOF\n" +
           "        destination = \"local/config\"\n      }\n      resources {\n        cpu    = 200\n        memory = "
           "128\n" +
           "      }\n      service {\n        name     = \"web-" + n +
           "\"\n        port     = \"http\"\n        provider = \"nomad\"\n        check {\n          type     = "
           "\"http\"\n" +
           "          path     = \"/health\"\n          interval = \"10s\"\n          timeout  = \"2s\"\n        }\n   "
           "   }\n    }\n";
}

// 300 lines: four groups with two tasks each.
std::string source() {
    std::string text =
        "variable \"count\" {\n  type    = number\n  default = 3\n}\njob \"web\" {\n  datacenters = [\"dc1\"]\n";
    for (int g = 0; g < 4; ++g) {
        text += "  group \"group-" + std::to_string(g) + "\" {\n    count = var.count\n    network {\n" +
                "      port \"http\" {}\n    }\n" + task(2 * g) + task(2 * g + 1) + "  }\n";
    }
    return text + "}\n";
}

void parse_and_canonicalize(benchmark::State& state) {
    const std::string text = source();
    for (auto _ : state) {
        auto job = model::parse_jobspec(text, {});
        if (!job) {
            state.SkipWithError(job.error().message.c_str());
            break;
        }
        model::canonicalize(*job);
        benchmark::DoNotOptimize(job);
    }
    state.counters["lines"] = static_cast<double>(std::count(text.begin(), text.end(), '\n'));
}
BENCHMARK(parse_and_canonicalize)->Unit(benchmark::kMicrosecond);

void admit(benchmark::State& state) {
    auto submitted = model::parse_jobspec(source(), {});
    model::canonicalize(*submitted);
    for (auto _ : state) {
        model::Job job = model::to_job(*submitted);
        model::canonicalize(job);
        model::add_implied_constraints(job);
        model::add_implied_identities(job);
        benchmark::DoNotOptimize(model::validate(job, {}));
    }
}
BENCHMARK(admit)->Unit(benchmark::kMicrosecond);

}  // namespace
