// JSON and MessagePack, in and out, of a typical document: a job with four groups of three tasks. Bytes per second are
// those of the document in the format at hand.

#include <benchmark/benchmark.h>

#include "codec/json.h"
#include "codec/msgpack.h"
#include "model/job.h"

namespace {

using namespace drover;

model::Job sample_job() {
    model::Job job;
    job.ID = job.Name = "payments-api";
    job.Namespace = "default", job.Region = "global", job.Type = "service", job.NodePool = "default";
    job.Priority = 50;
    job.Datacenters = {"dc1", "dc2"};
    job.Meta["owner"] = "team-payments";
    for (int g = 0; g < 4; ++g) {
        model::TaskGroup& group = job.TaskGroups.emplace_back();
        group.Name = "group-" + std::to_string(g);
        group.Count = 3;
        for (int t = 0; t < 3; ++t) {
            model::Task& task = group.Tasks.emplace_back();
            task.Name = "task-" + std::to_string(t);
            task.Driver = "raw_exec";
            task.Config["command"] = "/usr/bin/python3";
            task.Config["args"] = codec::AnyList{"-m", "http.server", "--bind", "127.0.0.1", "${NOMAD_PORT_http}"};
            for (int e = 0; e < 8; ++e) task.Env["VARIABLE_" + std::to_string(e)] = "a value with \"quotes\" and text";
            task.Resources.make().CPU = 500;
            task.Resources->MemoryMB = 256;
            task.KillTimeout = seconds(5);
        }
    }
    return job;
}

void json_out(benchmark::State& state) {
    const model::Job job = sample_job();
    size_t bytes = 0;
    for (auto _ : state) {
        const std::string text = codec::to_json(job);
        bytes += text.size();
        benchmark::DoNotOptimize(text.data());
    }
    state.SetBytesProcessed(static_cast<int64_t>(bytes));
}
BENCHMARK(json_out);

void json_in(benchmark::State& state) {
    const std::string text = codec::to_json(sample_job());
    for (auto _ : state) {
        auto job = codec::from_json<model::Job>(text);
        if (!job) state.SkipWithError(job.error().message.c_str());
        benchmark::DoNotOptimize(job->TaskGroups.data());
    }
    state.SetBytesProcessed(static_cast<int64_t>(text.size() * state.iterations()));
}
BENCHMARK(json_in);

void msgpack_out(benchmark::State& state) {
    const model::Job job = sample_job();
    size_t bytes = 0;
    for (auto _ : state) {
        const std::string out = codec::to_msgpack(job);
        bytes += out.size();
        benchmark::DoNotOptimize(out.data());
    }
    state.SetBytesProcessed(static_cast<int64_t>(bytes));
}
BENCHMARK(msgpack_out);

void msgpack_in(benchmark::State& state) {
    const std::string bytes = codec::to_msgpack(sample_job());
    for (auto _ : state) {
        auto job = codec::from_msgpack<model::Job>(bytes);
        if (!job) state.SkipWithError(job.error().message.c_str());
        benchmark::DoNotOptimize(job->TaskGroups.data());
    }
    state.SetBytesProcessed(static_cast<int64_t>(bytes.size() * state.iterations()));
}
BENCHMARK(msgpack_in);

}  // namespace
