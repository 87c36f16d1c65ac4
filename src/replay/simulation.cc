#include "replay/simulation.h"

#include <algorithm>
#include <map>
#include <memory>

#include "base/strings.h"
#include "model/archive.h"
#include "model/rpc_job.h"
#include "model/rpc_node.h"
#include "model/rpc_operator.h"
#include "replay/census.h"
#include "replay/cluster.h"
#include "replay/sample.h"
#include "replay/short_job.h"
#include "replay/simulated_node.h"

namespace drover::replay {
namespace {

constexpr size_t kMostRefused = 20;
constexpr int64_t kLatestSnapshotMs = 4'000'000'000'000;  // in 2096; nanoseconds have room for what comes after it
constexpr uint64_t kChanceOfNodes = 0x9e3779b97f4a7c15ull;

server::ServerConfig server_config(const Settings& settings) {
    server::ServerConfig config;
    config.min_heartbeat_ttl = settings.heartbeat_ttl;
    return config;
}

Latency latency_of(const Distribution& d) {
    return {static_cast<int64_t>(d.count()), d.at(0.5), d.at(0.9), d.at(0.99), d.most()};
}

class Simulation {
public:
    Simulation(const Settings& settings, const Instruments& instruments)
        : settings_(settings),
          instruments_(instruments),
          cluster_(server_config(settings), settings.seed, settings.start, instruments.clock),
          chance_(settings.seed ^ kChanceOfNodes) {}
    ~Simulation() {
        for (auto& [key, node] : nodes_) node->fail();
    }

    Result<Report> run(const Inputs& inputs) {
        const Duration began = instruments_.clock.monotonic();
        if (auto started = cluster_.start(); !started) return fail(started.error());
        if (auto restored = restore(inputs.maybe_snapshot); !restored) return fail(restored.error());
        if (auto configured = configure(); !configured) return fail(configured.error());
        census_ = std::make_unique<Census>(cluster_.server().leader().store(), cluster_.loop().clock());
        begin_ = cluster_.loop().now();
        if (auto added = add_nodes(inputs.nodes); !added) return fail(added.error());
        play(inputs.events);
        finish(began);
        return std::move(report_);
    }

private:
    Result<> restore(const server::ArchiveSource& source) {
        if (!source) return {};
        auto restored = net::run(cluster_.loop(), cluster_.server().restore(source, true));
        cluster_.loop().rest();
        if (!restored) return fail(restored.error());
        return {};
    }

    Result<> configure() {
        model::SchedulerSetConfigRequest request;
        request.Config = cluster_.server().leader().scheduler_config();
        model::SchedulerConfiguration& config = request.Config;
        config.PauseEvalBroker = config.RejectJobRegistration = false;
        if (settings_.algorithm) config.SchedulerAlgorithm = *settings_.algorithm;
        if (settings_.preemption) config.PreemptionConfig = *settings_.preemption;
        if (settings_.memory_oversubscription)
            config.MemoryOversubscriptionEnabled = *settings_.memory_oversubscription;
        auto set = cluster_.call<model::SchedulerSetConfigurationResponse>("Operator.SchedulerSetConfiguration",
                                                                           std::move(request));
        return set ? clear_pools() : fail(set.error());
    }
    // What is set for all is set for every pool: what a pool has of its own goes.
    Result<> clear_pools() {
        model::NodePoolUpsertRequest request;
        for (const auto& pool : cluster_.view().node_pools().all()) {
            if (!pool->SchedulerConfiguration) continue;
            auto cleared = std::make_shared<model::NodePool>(*pool);
            if (settings_.algorithm) cleared->SchedulerConfiguration->SchedulerAlgorithm.clear();
            if (settings_.memory_oversubscription)
                cleared->SchedulerConfiguration->MemoryOversubscriptionEnabled.reset();
            request.NodePools.push_back(std::move(cleared));
        }
        if (request.NodePools.empty() || (!settings_.algorithm && !settings_.memory_oversubscription)) return {};
        auto set = cluster_.call<model::GenericResponse>("NodePool.UpsertNodePools", std::move(request));
        return set ? Result<>() : fail(set.error());
    }

    // Those of the snapshot go on, unless they were down; the others come up.
    Result<> add_nodes(const std::vector<Shared<model::Node>>& described) {
        for (const auto& node : cluster_.view().nodes().all()) {
            SimulatedNode& added = add_node(node);
            if (node->Status != "down") added.go_on();
        }
        for (const auto& node : described) {
            const auto namesake = nodes_.lower_bound({node->Name, ""});
            if (namesake != nodes_.end() && namesake->first.first == node->Name)
                return fail(Error::bad_request("a node of the fleet and one of the snapshot are named " + node->Name));
            add_node(node).start();
        }
        cluster_.loop().rest();
        driver_ = usual_driver();
        report_.Nodes = static_cast<int64_t>(nodes_.size());
        return {};
    }
    // What most nodes have.
    std::string usual_driver() const {
        std::map<std::string, size_t> counts;
        for (const auto& node : cluster_.view().nodes().all()) {
            for (const auto& [driver, info] : node->Drivers) counts[driver] += info.Healthy ? 1 : 0;
        }
        std::string best(kAnyDriver);
        for (const auto& [driver, count] : counts) {
            if (count > counts[best]) best = driver;
        }
        return best;
    }
    SimulatedNode& add_node(const Shared<model::Node>& node) {
        auto& added = nodes_[{node->Name, node->ID}];
        added = std::make_unique<SimulatedNode>(cluster_, node, chance_);
        return *added;
    }

    // All events stay where they are, so that what the process takes in the course of time is the cluster's own.
    void play(const std::vector<Event>& events) {
        const Duration last = events.empty() ? Duration{} : events.back().at;
        const Duration end = settings_.until.ns > 0 ? settings_.until : last + kAfterLast;
        Duration every = settings_.sample_every.ns > 0 ? settings_.sample_every : end / 100;
        every = std::max({every, seconds(1), end / static_cast<int64_t>(kMostSamples)});
        Duration next_sample{};
        size_t next = 0;
        for (;;) {
            const bool more = next < events.size() && events[next].at <= end;
            if (more && events[next].at < next_sample) {
                cluster_.loop().run_until(begin_ + events[next].at);
                happen(events[next++]);
                continue;
            }
            cluster_.loop().run_until(begin_ + next_sample);
            take_sample(next_sample);
            if (next_sample >= end) break;
            next_sample = std::min(end, next_sample + every);
        }
        // What happens at the very end is played, and seen in the outcome.
        for (; next < events.size() && events[next].at <= end; ++next) happen(events[next]);
        report_.Events = static_cast<int64_t>(next);
        report_.EndSeconds = end.milliseconds() / 1000;
    }

    void happen(const Event& event) {
        Result<> done;
        switch (event.kind) {
            case Event::Kind::register_job: done = register_job(event); break;
            case Event::Kind::stop_job: done = stop_job(event); break;
            case Event::Kind::scale_job: done = scale_job(event); break;
            default: done = change_nodes(event); break;
        }
        if (done) return;
        ++report_.RefusedEvents;
        if (report_.Refused.size() < kMostRefused)
            report_.Refused.push_back("line " + std::to_string(event.line) + ": " + done.error().message);
    }

    Result<> register_job(const Event& event) {
        if (!cluster_.view().namespaces().find(event.ns)) {
            auto ns = std::make_shared<model::Namespace>();
            ns->Name = event.ns;
            model::NamespaceUpsertRequest request;
            request.Namespaces.push_back(std::move(ns));
            auto made = cluster_.call<model::GenericResponse>("Namespace.UpsertNamespaces", std::move(request));
            if (!made) return fail(made.error());
        }
        model::JobRegisterRequest request;
        request.Job = event.any_driver ? with_driver(*event.job) : event.job;
        request.Namespace = event.ns;
        auto done = cluster_.call<model::JobRegisterResponse>("Job.Register", std::move(request));
        return done ? Result<>() : fail(done.error());
    }

    Shared<model::Job> with_driver(model::Job job) const {
        for (model::TaskGroup& group : job.TaskGroups) {
            for (model::Task& task : group.Tasks) task.Driver = driver_;
        }
        return std::make_shared<model::Job>(std::move(job));
    }

    Result<> stop_job(const Event& event) {
        if (!cluster_.view().jobs().find(event.ns, event.job_id))
            return fail(Error::not_found("job " + quote(event.job_id) + " not found"));
        model::JobDeregisterRequest request;
        request.JobID = event.job_id, request.Namespace = event.ns;
        auto done = cluster_.call<model::JobDeregisterResponse>("Job.Deregister", std::move(request));
        return done ? Result<>() : fail(done.error());
    }

    Result<> scale_job(const Event& event) {
        const auto job = cluster_.view().jobs().find(event.ns, event.job_id);
        if (!job) return fail(Error::not_found("job " + quote(event.job_id) + " not found"));
        model::JobScaleRequest request;
        request.JobID = event.job_id, request.Namespace = event.ns;
        const std::string group =
            event.group.empty() && !job->TaskGroups.empty() ? job->TaskGroups[0].Name : event.group;
        request.Target["Namespace"] = event.ns, request.Target["Job"] = event.job_id, request.Target["Group"] = group;
        request.Count = event.count;
        auto done = cluster_.call<model::JobRegisterResponse>("Job.Scale", std::move(request));
        return done ? Result<>() : fail(done.error());
    }

    Result<> change_nodes(const Event& event) {
        bool any = false;
        for (auto& [key, node] : nodes_) {
            if (!glob_match(event.nodes, node->name())) continue;
            any = true;
            if (auto done = change_node(event, *node); !done) return done;
        }
        cluster_.loop().rest();
        return any ? Result<>() : fail(Error::not_found("no node is named " + quote(event.nodes)));
    }
    Result<> change_node(const Event& event, SimulatedNode& node) {
        if (event.kind == Event::Kind::fail_node) return node.fail(), Result<>();
        if (event.kind == Event::Kind::return_node) return node.start(), Result<>();
        model::NodeUpdateDrainRequest request;
        request.NodeID = node.id();
        if (event.kind == Event::Kind::drain_node) {
            request.DrainStrategy.make().Deadline = event.deadline;
        } else {
            request.MarkEligible = true;
        }
        auto done = cluster_.call<model::NodeDrainUpdateResponse>("Node.UpdateDrain", std::move(request));
        return done ? Result<>() : fail(done.error());
    }

    MedianAsk median() const { return {census_->cpu().at(0.5), census_->memory().at(0.5), census_->devices().at(0.5)}; }

    void take_sample(Duration at) {
        const auto source = cluster_.server().scheduling().fleets().at_least(cluster_.view());
        Sample sample = sample_of(source, median());
        sample.AtSeconds = at.milliseconds() / 1000;
        sample.WaitingJobs = static_cast<int64_t>(census_->waiting_jobs());
        report_.Samples.push_back(sample);
        report_.Measured.ResidentKB.push_back(instruments_.resident_kb ? instruments_.resident_kb() : 0);
        if (instruments_.progress) instruments_.progress(at);
    }

    void finish(Duration began) {
        report_.Seed = settings_.seed;
        const Counts& counts = census_->counts();
        report_.Placed = counts.placed, report_.Completed = counts.completed, report_.Failed = counts.failed;
        report_.Lost = counts.lost, report_.Preempted = counts.preempted;
        report_.Evaluations = counts.evaluations, report_.FailedEvaluations = counts.failed_evaluations;
        report_.PlacementMilliseconds = latency_of(census_->placement_ms());
        report_.MedianCPU = median().cpu, report_.MedianMemory = median().memory;
        report_.MedianDevices = median().devices;
        report_.Outcome = outcome_of(cluster_.view());
        const auto broker = cluster_.server().scheduling().broker().stats();
        report_.Outcome.BrokerEvaluations =
            static_cast<int64_t>(broker.ready + broker.unacked + broker.pending + broker.waiting);
        report_.Outcome.BlockedEvaluations =
            static_cast<int64_t>(cluster_.server().scheduling().blocked().stats().blocked);
        const Distribution& taken = cluster_.evaluation_ns();
        replay::Measured& measured = report_.Measured;
        measured.Seconds = (instruments_.clock.monotonic() - began).seconds();
        measured.Evaluations = static_cast<int64_t>(taken.count());
        measured.EvaluationMicroseconds = taken.mean() / 1e3;
        measured.EvaluationP50 = static_cast<double>(taken.at(0.5)) / 1e3;
        measured.EvaluationP99 = static_cast<double>(taken.at(0.99)) / 1e3;
        report_.Refused.made = report_.Samples.made = true;
    }

    const Settings settings_;
    const Instruments& instruments_;
    std::unique_ptr<Census> census_;  // outlives the store that it follows
    Cluster cluster_;
    SeededRng chance_;
    // By name and identifier: a machine that was built anew has its old node beside it under the same name.
    std::map<std::pair<std::string, std::string>, std::unique_ptr<SimulatedNode>> nodes_;
    std::string driver_;  // of jobs that name none
    Duration begin_;      // of the loop's monotonic clock
    Report report_;
};

}  // namespace

Result<Report> simulate(Inputs inputs, const Settings& settings, const Instruments& instruments) {
    return Simulation(settings, instruments).run(inputs);
}

Result<Time> time_of_snapshot(const server::ArchiveSource& source) {
    Time made;
    model::ArchiveReader reader(
        [&](const model::ArchiveMeta& meta) {
            const size_t dash = meta.ID.rfind('-');
            const auto ms =
                dash == std::string::npos ? std::nullopt : parse_int(std::string_view(meta.ID).substr(dash + 1));
            if (ms && *ms > 0 && *ms < kLatestSnapshotMs) made = Time::from_unix_ns(*ms * 1'000'000);
            return Result<>();
        },
        [](uint8_t, std::string_view) { return Result<>(); });
    std::string buffer(64 << 10, '\0');
    for (uint64_t offset = 0;;) {
        auto got = source(offset, buffer.data(), buffer.size());
        if (!got) return fail(got.error());
        if (*got == 0) break;
        if (auto taken = reader.put({buffer.data(), *got}); !taken) return fail(taken.error());
        offset += *got;
    }
    if (auto whole = reader.finish(); !whole) return fail(whole.error());
    if (made.is_zero()) return fail(Error::bad_request("the archive does not say when it was made"));
    return made;
}

}  // namespace drover::replay
