#pragma once
// What every simulated round stands on: chance and time that come from the seed alone, and a record of what happened.
// A round is one process: the first broken promise ends it.

#include <cstdarg>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/rng.h"
#include "net/loop.h"
#include "net/memory_stream.h"
#include "net/virtual_loop.h"

namespace drover::sim {

struct RoundConfig {
    uint64_t seed = 1;
    bool verbose = false;
};

// What happened, in order. Two runs of a seed have the same hash, or something depends on more than the seed.
class Trace {
public:
    Trace(const net::Loop& loop, const RoundConfig& config) : loop_(loop), config_(config) {}

    void note(const char* format, ...) __attribute__((format(printf, 2, 3)));
    // Prints the first broken promise, and ends the process.
    [[noreturn]] void violation(const std::string& what);
    uint64_t hash() const { return hash_; }
    double seconds() const { return static_cast<double>(loop_.now().ns) / 1e9; }

private:
    const net::Loop& loop_;
    const RoundConfig config_;
    uint64_t hash_ = 1469598103934665603ull;
};

// Virtual time, and blocking work that takes time, as on slow disks, or that has a thread of
// its own where it waits for what the loop does (lockstep.h).
class SimLoop final : public net::VirtualLoop {
public:
    explicit SimLoop(Rng& rng) : rng_(rng), delayed_(*this) {}

    Result<> offload(std::function<void()> work) override;

    // How long blocking work takes from now on, at most.
    void set_slowness(Duration most) { slowness_ = most; }
    void use_threads() { threads_ = true; }
    // Waits for the blocking work that is under way.
    void finish() { net::run(*this, delayed_.join()); }

private:
    void begin(std::function<void()> work);
    net::Task<> later(std::function<void()> work, Duration wait);

    Rng& rng_;
    net::TaskGroup delayed_;
    Duration slowness_;
    bool threads_ = false;
};

// A wall clock that somebody sets. What waits goes by the world's own.
class SetClock final : public Clock {
public:
    explicit SetClock(const Clock& world) : world_(world) {}
    Time now() const override { return world_.now() + offset_; }
    Duration monotonic() const override { return world_.monotonic(); }
    void set_offset(Duration offset) { offset_ = offset; }

private:
    const Clock& world_;
    Duration offset_;
};

struct World {
    explicit World(const RoundConfig& c)
        : config(c),
          rng(c.seed),
          chance(c.seed ^ 0x9e3779b97f4a7c15ull),
          loop(rng),
          network(loop, &rng),
          trace(loop, c) {}

    bool percent(uint64_t p) { return chance.below(100) < p; }
    bool per_mille(uint64_t p) { return chance.below(1000) < p; }
    void new_weather(bool bad);
    // A cut between two hosts, in one direction or both, or of one host from all others.
    void cut_something(const std::vector<std::string>& hosts);

    const RoundConfig config;
    SeededRng rng;     // of the servers and the network
    SeededRng chance;  // of what is done to them
    SimLoop loop;
    net::MemoryWorld network;
    Trace trace;
};

// Server `number`, from 0.
std::string ip_of(size_t number);
std::string id_of(size_t number);

// The rounds: each returns the hash of its trace.
uint64_t run_log_round(const RoundConfig& config);
uint64_t run_server_round(const RoundConfig& config);

}  // namespace drover::sim
