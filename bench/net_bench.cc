// RPC over loopback, caller and server on one thread: small calls with few and many in flight, and what an idle session
// costs in memory.

#include <benchmark/benchmark.h>
#include <malloc.h>
#include <sys/resource.h>

#include <fstream>

#include "base/assert.h"
#include "base/clock.h"
#include "net/rpc_listener.h"
#include "net/rpc_pool.h"

namespace drover::net {
namespace {

Task<Result<std::string>> echo(RpcCall call) { co_return std::move(call.body); }

struct Pair {
    Pair() : network(make_os_network(loop)) {
        RpcListenerConfig config;
        config.service.call = echo;
        config.limits = nullptr;
        listener = std::make_unique<RpcListener>(loop, config);
        auto listening = network->listen(Address::tcp("127.0.0.1", 0));
        address = (*listening)->local();
        listener->serve(std::move(*listening));
        RpcPoolConfig pool_config;
        pool_config.session.kept_streams = 64;
        pool = std::make_unique<RpcPool>(*network, pool_config);
    }
    ~Pair() {
        run(loop, pool->stop());
        run(loop, listener->stop());
    }
    SystemClock clock;
    IoLoop loop{clock};
    std::unique_ptr<Network> network;
    Address address;
    std::unique_ptr<RpcListener> listener;
    std::unique_ptr<RpcPool> pool;
};

Task<> call_many(RpcPool& pool, Address address, std::string body, int count) {
    for (int i = 0; i < count; ++i) {
        Result<std::string> answer = co_await pool.call(address, "Status.Ping", body, {});
        assert_always(answer && *answer == body);
    }
}

void BM_Calls(benchmark::State& state) {
    Pair pair;
    const auto in_flight = static_cast<int>(state.range(0));
    const std::string body = "\xda" +
                             std::string{static_cast<char>(state.range(1) >> 8), static_cast<char>(state.range(1))} +
                             std::string(static_cast<size_t>(state.range(1)), 'b');
    constexpr int kEach = 50;
    for (auto _ : state) {
        TaskGroup group(pair.loop);
        for (int i = 0; i < in_flight; ++i) group.spawn(call_many(*pair.pool, pair.address, body, kEach));
        run(pair.loop, group.join());
    }
    state.SetItemsProcessed(state.iterations() * kEach * in_flight);
}
BENCHMARK(BM_Calls)->Args({1, 130})->Args({64, 130})->Args({64, 8000})->UseRealTime();

double resident_bytes() {
    malloc_trim(0);
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) * 1024;
    }
    return 0;
}

// Both ends of a session are in this process: the figure is that of the two together, without the kernel's part. Each
// has made one call and keeps its stream.
void BM_IdleSession(benchmark::State& state) {
    constexpr int kSessions = 4000;
    rlimit files{3 * kSessions, 3 * kSessions};
    ::setrlimit(RLIMIT_NOFILE, &files);
    for (auto _ : state) {
        Pair pair;
        run(pair.loop, call_many(*pair.pool, pair.address, "\x80", 1));
        const double before = resident_bytes();
        std::vector<std::unique_ptr<RpcPool>> pools;
        for (int i = 0; i < kSessions; ++i) {
            pools.push_back(std::make_unique<RpcPool>(*pair.network, RpcPoolConfig{}));
            run(pair.loop, call_many(*pools.back(), pair.address, "\x80", 1));
        }
        state.counters["bytes"] = (resident_bytes() - before) / kSessions;
        for (auto& pool : pools) run(pair.loop, pool->stop());
    }
}
BENCHMARK(BM_IdleSession)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace drover::net
