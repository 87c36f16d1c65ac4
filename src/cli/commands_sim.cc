// What would happen: a fleet and a trace played through the server on virtual time.
#include <algorithm>
#include <fstream>
#include <iostream>

#include "base/log.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/format.h"
#include "codec/json.h"
#include "replay/behaviour.h"
#include "replay/chart.h"
#include "replay/fleet.h"
#include "replay/simulation.h"

namespace drover::cli {
namespace {

constexpr size_t kShownSamples = 13;
// Identifiers of the fleet come from another row of numbers than those that the cluster makes of the same seed.
constexpr uint64_t kFleetSeed = 0xd1b54a32d192ed03ull;

struct SimFlags {
    std::string snapshot, fleet, trace, algorithm, svg, html;
    Opt<std::string> preempt;
    Opt<bool> oversubscribe;
    int64_t seed = 1;
    Duration until, sample, heartbeat = seconds(10);
    bool json = false, progress = false;

    void add_to(Flags& flags) {
        flags.add("snapshot", snapshot, "Begin with this archive of a cluster's state, its nodes included.");
        flags.add("fleet", fleet, "Nodes, in CSV or JSON; beside those of a snapshot.");
        flags.add("trace", trace, "What happens, in CSV or JSON.");
        flags.add("seed", seed, "The same seed and inputs give the same output (default 1).");
        flags.add("until", until, "How long to go on in virtual time (default 30m after the last event).");
        flags.add("sample", sample, "How often to look (default a hundredth of the time).");
        flags.add("heartbeat", heartbeat, "The servers' min_heartbeat_ttl (default 10s).");
        flags.add("algorithm", algorithm, "Place by binpack or spread, whatever the configuration and node pools say.");
        flags.add("preempt", preempt,
                  "Types of job that may preempt: a list with commas of service, batch, system, "
                  "sysbatch; \"none\" for none.");
        flags.add("oversubscribe", oversubscribe,
                  "Whether memory_max counts, whatever the configuration and node pools say.");
        flags.add("json", json, "Print the report as JSON.");
        flags.add("svg", svg, "Draw the curves into this file.");
        flags.add("html", html, "Write a page with figures and curves into this file.");
        flags.add("progress", progress, "Tell on standard error how far it is.");
    }
};

Result<std::string> read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return fail(Error::bad_request("cannot open " + quote(path)));
    std::string text;
    std::string piece(64 << 10, '\0');
    do {
        in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        text.append(piece, 0, static_cast<size_t>(in.gcount()));
    } while (in);
    if (in.bad()) return fail(Error::bad_request("cannot read " + quote(path)));
    return text;
}

// Names in a trace are relative to its folder.
replay::ReadFile read_beside(const std::string& trace) {
    const size_t slash = trace.rfind('/');
    return [folder = slash == std::string::npos ? "" : trace.substr(0, slash + 1)](const std::string& path) {
        return read_file(path.starts_with("/") ? path : folder + path);
    };
}

server::ArchiveSource open_archive(const std::string& path) {
    auto in = std::make_shared<std::ifstream>(path, std::ios::binary);
    return [in, path](uint64_t offset, char* buffer, size_t size) -> Result<size_t> {
        in->clear();
        in->seekg(static_cast<std::streamoff>(offset));
        in->read(buffer, static_cast<std::streamsize>(size));
        if (in->bad() || (!in->is_open())) return fail(Error::bad_request("cannot read " + quote(path)));
        return static_cast<size_t>(in->gcount());
    };
}

Result<model::PreemptionConfig> preemption_of(const std::string& list) {
    model::PreemptionConfig config;
    if (list == "none") return config;
    for (const std::string& type : split(list, ',')) {
        bool* enabled = type == "service"    ? &config.ServiceSchedulerEnabled
                        : type == "batch"    ? &config.BatchSchedulerEnabled
                        : type == "system"   ? &config.SystemSchedulerEnabled
                        : type == "sysbatch" ? &config.SysBatchSchedulerEnabled
                                             : nullptr;
        if (!enabled) return fail(Error::bad_request("-preempt: " + quote(type) + " is no type of job"));
        *enabled = true;
    }
    return config;
}

Result<replay::Settings> settings_of(const SimFlags& flags) {
    replay::Settings settings;
    settings.seed = static_cast<uint64_t>(flags.seed);
    settings.until = flags.until, settings.sample_every = flags.sample, settings.heartbeat_ttl = flags.heartbeat;
    settings.memory_oversubscription = flags.oversubscribe;
    if (std::max({flags.until, flags.sample, flags.heartbeat}) > replay::kLongest)
        return fail(Error::bad_request("-until, -sample and -heartbeat must be ten years at most"));
    if (flags.until.ns < 0 || flags.sample.ns < 0 || flags.heartbeat < seconds(1))
        return fail(
            Error::bad_request("-until, -sample and -heartbeat must be positive; -heartbeat a second at least"));
    if (!flags.algorithm.empty()) {
        if (flags.algorithm != "binpack" && flags.algorithm != "spread")
            return fail(Error::bad_request("-algorithm: " + quote(flags.algorithm) + " is neither binpack nor spread"));
        settings.algorithm = flags.algorithm;
    }
    if (flags.preempt) {
        auto preemption = preemption_of(*flags.preempt);
        if (!preemption) return fail(preemption.error());
        settings.preemption = *preemption;
    }
    return settings;
}

Result<replay::Inputs> inputs_of(const SimFlags& flags, replay::Settings& settings) {
    if (flags.snapshot.empty() && flags.fleet.empty())
        return fail(Error::bad_request("there are no nodes: -snapshot or -fleet is needed"));
    replay::Inputs inputs;
    if (!flags.snapshot.empty()) {
        inputs.maybe_snapshot = open_archive(flags.snapshot);
        const auto made = replay::time_of_snapshot(inputs.maybe_snapshot);
        if (!made) return fail(made.error().wrapped(flags.snapshot + ": "));
        settings.start = *made;
    }
    if (!flags.fleet.empty()) {
        const auto text = read_file(flags.fleet);
        if (!text) return fail(text.error());
        SeededRng rng(settings.seed ^ kFleetSeed);
        auto nodes = replay::read_fleet(flags.fleet, *text, rng);
        if (!nodes) return fail(nodes.error());
        inputs.nodes = std::move(*nodes);
    }
    if (!flags.trace.empty()) {
        const auto text = read_file(flags.trace);
        if (!text) return fail(text.error());
        auto events = replay::read_trace(flags.trace, *text, read_beside(flags.trace));
        if (!events) return fail(events.error());
        inputs.events = std::move(*events);
    }
    return inputs;
}

int64_t resident_kb() {
    std::ifstream in("/proc/self/status");
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("VmRSS:")) return std::atoll(line.c_str() + 6);
    }
    return 0;
}

std::string percent(double share) { return to_fixed(share * 100, 1) + "%"; }

std::string hours_of(int64_t seconds_) { return to_string(seconds(seconds_)); }

std::vector<std::pair<std::string, std::string>> figures_of(const replay::Report& report) {
    const auto number = [](auto n) { return std::to_string(n); };
    const replay::Latency& wait = report.PlacementMilliseconds;
    const auto waited = [](int64_t ms) { return to_string(milliseconds(ms)); };
    const replay::Outcome& outcome = report.Outcome;
    std::vector<std::pair<std::string, std::string>> figures = {
        {"Seed", number(report.Seed)},
        {"Nodes", number(report.Nodes)},
        {"Virtual time", hours_of(report.EndSeconds)},
        {"Events", number(report.Events) + ", " + number(report.RefusedEvents) + " refused"},
        {"Evaluations", number(report.Evaluations) + " complete, " + number(report.FailedEvaluations) + " failed"},
        {"Allocations placed", number(report.Placed)},
        {"Allocations ended", number(report.Completed) + " complete, " + number(report.Failed) + " failed, " +
                                  number(report.Lost) + " lost"},
        {"Preempted", number(report.Preempted)},
        {"Median allocation", number(report.MedianCPU) + " MHz, " + number(report.MedianMemory) + " MB, " +
                                  number(report.MedianDevices) + " devices"},
        {"Wait for a place", "p50 " + waited(wait.P50) + ", p90 " + waited(wait.P90) + ", p99 " + waited(wait.P99) +
                                 ", most " + waited(wait.Most)},
        {"Jobs as wanted", number(outcome.JobsComplete) + " of " + number(outcome.Jobs)},
        {"Evaluations left",
         number(outcome.BrokerEvaluations) + " in the broker, " + number(outcome.BlockedEvaluations) + " blocked"},
    };
    return figures;
}

std::string measured_of(const replay::Measured& measured) {
    return "Measured here: " + to_fixed(measured.Seconds, 1) + " s; " + std::to_string(measured.Evaluations) +
           " evaluations, " + to_fixed(measured.EvaluationMicroseconds, 0) + " us each (p50 " +
           to_fixed(measured.EvaluationP50, 0) + ", p99 " + to_fixed(measured.EvaluationP99, 0) + "); resident " +
           bytes_iec(static_cast<uint64_t>(measured.ResidentKB.empty() ? 0 : measured.ResidentKB.back()) << 10);
}

std::string table_of(const replay::Report& report) {
    std::vector<Row> rows = {{"Time", "Ready", "Used", "Allocs", "Waiting", "CPU", "Memory", "Devices", "Frag CPU",
                              "Frag Memory", "Frag Devices"}};
    const size_t count = report.Samples.size(), shown = std::min(count, kShownSamples);
    for (size_t i = 0; i < shown; ++i) {
        const replay::Sample& s = report.Samples[shown == 1 ? 0 : i * (count - 1) / (shown - 1)];
        rows.push_back({hours_of(s.AtSeconds), std::to_string(s.NodesReady), std::to_string(s.NodesUsed),
                        std::to_string(s.Allocations), std::to_string(s.WaitingJobs), percent(s.CPU), percent(s.Memory),
                        percent(s.Devices), percent(s.FragmentedCPU), percent(s.FragmentedMemory),
                        percent(s.FragmentedDevices)});
    }
    return format_table(rows);
}

void print(Call& call, const replay::Report& report) {
    call.say(format_pairs(figures_of(report)));
    call.say();
    call.say(table_of(report));
    for (const std::string& text : report.Outcome.Short) call.say("Not as wanted: " + text);
    for (const std::string& text : report.Refused) call.say("Refused: " + text);
    call.say();
    call.say(measured_of(report.Measured));
}

bool write_file(Call& call, const std::string& path, const std::string& text) {
    if (path.empty()) return true;
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << text;
    if (out.flush()) return true;
    call.complain("Error writing " + path);
    return false;
}

int sim(Call& call) {
    SimFlags flags;
    flags.add_to(call.flags);
    if (auto code = call.parse({0, 0, "no arguments"}, true)) return *code;
    auto settings = settings_of(flags);
    if (!settings) return call.complain(settings.error().message);
    auto inputs = inputs_of(flags, *settings);
    if (!inputs) return call.complain(inputs.error().message);
    configure_logging({LogLevel::off, false, ""});
    replay::Instruments instruments{call.io.clock, resident_kb, nullptr};
    if (flags.progress) instruments.progress = [&](Duration at) { call.io.err << to_string(at) << "\n"; };
    const auto report = replay::simulate(std::move(*inputs), *settings, instruments);
    if (!report) return call.complain("Error simulating", report.error());
    if (flags.json) {
        call.io.out << codec::to_json(*report, true);
    } else {
        print(call, *report);
    }
    const bool written = write_file(call, flags.svg, replay::svg_of(*report)) &&
                         write_file(call, flags.html, replay::html_of(*report, figures_of(*report)));
    return written ? 0 : 1;
}

}  // namespace

const CommandTable& sim_commands() {
    static const CommandTable table = {
        {"sim", "Play a trace on a fleet in virtual time", "[options]",
         "Plays what happens (-trace) on nodes (-fleet, or those of a -snapshot) through the real server and "
         "scheduler\n"
         "  in virtual time, and prints how full the nodes were, how long jobs waited, what was preempted and how\n"
         "  scattered the free room is. docs/operations/sim.md describes the files.",
         sim},
    };
    return table;
}

}  // namespace drover::cli
