#pragma once
// Plays a trace on a fleet and tells what came of it. The same inputs, settings and seed give the same report, but for
// what was measured on the machine. One thread; it returns when the end of virtual time has come.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/operator.h"
#include "replay/report.h"
#include "replay/trace.h"
#include "server/archive.h"

namespace drover::replay {

// Durations: kLongest (behaviour.h) at most.
struct Settings {
    uint64_t seed = 1;
    Time start = Time::from_unix_seconds(1'767'225'600);  // 2026-01-01
    Duration until = {};                                  // of virtual time; 0: kAfterLast behind the last event
    Duration sample_every = {};                           // 0: a hundredth of it all
    Duration heartbeat_ttl = seconds(10);                 // at least, as min_heartbeat_ttl of a server
    // Changes of the scheduler's configuration; nothing: as the snapshot or a new cluster has it.
    Opt<std::string> algorithm = std::nullopt;
    Opt<model::PreemptionConfig> preemption = std::nullopt;
    Opt<bool> memory_oversubscription = std::nullopt;
};

inline constexpr Duration kAfterLast = minutes(30);
inline constexpr size_t kMostSamples = 100'000;

struct Inputs {
    std::vector<Shared<model::Node>> nodes;  // beside those of the snapshot
    std::vector<Event> events;               // in the order of time
    server::ArchiveSource maybe_snapshot;
};

// The machine that this runs on.
struct Instruments {
    const Clock& clock;
    std::function<int64_t()> resident_kb;
    std::function<void(Duration at)> progress;  // after each sample
};

Result<Report> simulate(Inputs inputs, const Settings& settings, const Instruments& instruments);

// When an archive was made; an error if it is none.
Result<Time> time_of_snapshot(const server::ArchiveSource& source);

}  // namespace drover::replay
