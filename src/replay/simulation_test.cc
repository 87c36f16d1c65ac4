#include "replay/simulation.h"

#include <gtest/gtest.h>

#include "codec/json.h"
#include "model/rpc_job.h"
#include "model/rpc_node.h"
#include "replay/chart.h"
#include "replay/cluster.h"
#include "replay/fleet.h"

namespace drover::replay {
namespace {

Result<std::string> no_files(const std::string& path) { return fail(Error::not_found(path)); }

// The figures without those of the machine.
Report play(std::string_view fleet, std::string_view trace, Settings settings = {}) {
    ManualClock clock;
    SeededRng rng(settings.seed);
    auto nodes = read_fleet("fleet", fleet, rng);
    auto events = read_trace("trace", trace, no_files);
    EXPECT_TRUE(nodes && events);
    auto report = simulate({std::move(*nodes), std::move(*events), nullptr}, settings, {clock, nullptr, nullptr});
    EXPECT_TRUE(report) << report.error().message;
    return std::move(*report);
}

TEST(Simulation, a_service_runs_until_it_is_stopped) {
    const Report report =
        play("Name,Count,CPU,Memory\nn,2,1000,1000\n", "At,ID,Count,CPU,Memory,RunFor\n60,web,4,250,100,1h\n",
             {.until = hours(2), .sample_every = minutes(30)});
    ASSERT_EQ(report.Samples.size(), 5u);
    EXPECT_EQ(report.Samples[1].Allocations, 4);
    EXPECT_EQ(report.Samples[1].NodesUsed, 2);  // a job keeps away from itself
    EXPECT_DOUBLE_EQ(report.Samples[1].CPU, 0.5);
    EXPECT_EQ(report.Samples[3].Allocations, 0);
    EXPECT_EQ(report.Placed, 4);
    EXPECT_EQ(report.Completed, 4);
    EXPECT_EQ(report.PlacementMilliseconds.Most, 0);
    EXPECT_EQ(report.RefusedEvents, 0);
}

TEST(Simulation, what_finds_no_room_waits_for_what_ends) {
    const Report report = play("Name,CPU,Memory\nn,1000,1000\n",
                               "At,ID,Type,CPU,Memory,RunFor\n0,first,batch,800,100,10m\n60,second,batch,800,100,10m\n",
                               {.until = hours(1), .sample_every = minutes(5)});
    EXPECT_EQ(report.Placed, 2);
    EXPECT_EQ(report.Completed, 2);
    EXPECT_EQ(report.Samples[1].WaitingJobs, 1);
    EXPECT_EQ(report.Samples[12].WaitingJobs, 0);
    // The first begins after a second, ends ten minutes later; the second waits since the first minute.
    EXPECT_EQ(report.PlacementMilliseconds.Most, (601 - 60) * 1000);
    EXPECT_EQ(report.Outcome.BlockedEvaluations, 0);
}

TEST(Simulation, a_node_that_fails_loses_what_it_ran) {
    const Report report =
        play("Name,Count,CPU,Memory\nn,3,1000,1000\n",
             "At,Event,ID,Count,CPU,Node\n0,register,web,3,300,\n600,fail,,,,n-0\n1800,return,,,,n-0\n",
             {.until = hours(1), .sample_every = minutes(5)});
    EXPECT_EQ(report.Lost, 1);
    EXPECT_EQ(report.Placed, 4);
    EXPECT_EQ(report.Samples[4].NodesReady, 2);
    EXPECT_EQ(report.Samples[12].NodesReady, 3);
    EXPECT_EQ(report.Outcome.JobsComplete, 1);
}

TEST(Simulation, a_drained_node_is_empty_and_its_job_whole) {
    const Report report = play("Name,Count,CPU,Memory\nn,3,1000,1000\n",
                               "At,Event,ID,Count,CPU,Node\n0,register,web,6,100,\n600,drain,,,,n-0\n",
                               {.until = hours(1), .sample_every = minutes(5)});
    EXPECT_EQ(report.Samples[12].NodesUsed, 2);
    EXPECT_EQ(report.Samples[12].Allocations, 6);
    EXPECT_EQ(report.Outcome.JobsComplete, 1);
}

TEST(Simulation, preemption_makes_room_for_what_is_more_urgent) {
    model::PreemptionConfig preemption;
    preemption.ServiceSchedulerEnabled = true;
    const Report report = play("Name,CPU,Memory\nn,1000,1000\n", "At,ID,CPU,Priority\n0,low,800,10\n600,high,800,90\n",
                               {.until = hours(1), .preemption = preemption});
    EXPECT_EQ(report.Preempted, 1);
    EXPECT_EQ(report.Outcome.JobsComplete, 1);
    EXPECT_EQ(report.Outcome.BlockedEvaluations, 1);
}

TEST(Simulation, fragmentation_is_free_room_that_the_median_allocation_does_not_fit) {
    // Three of 600 leave 400 on each of three nodes, of 1,000: too little for one more. The fourth node is empty.
    const Report report = play("Name,Count,CPU,Memory\nn,4,1000,4000\n", "At,ID,Count,CPU,Memory\n0,web,3,600,100\n",
                               {.until = minutes(10)});
    EXPECT_NEAR(report.Samples.back().FragmentedCPU, 1200.0 / 2200.0, 1e-9);
    EXPECT_EQ(report.MedianCPU, 600);
}

TEST(Simulation, what_a_cluster_refuses_is_told) {
    const Report report = play("Name\nn\n", "At,Event,ID,Node\n0,stop,ghost,\n1,fail,,m-*\n");
    EXPECT_EQ(report.RefusedEvents, 2);
    EXPECT_EQ(report.Refused[0], "line 2: job \"ghost\" not found");
    EXPECT_EQ(report.Refused[1], "line 3: no node is named \"m-*\"");
}

// A cluster of which an archive is made. Its nodes are as they were registered; nobody plays them.
class Saved {
public:
    Saved(std::string_view fleet, std::string_view trace) {
        EXPECT_TRUE(cluster_.start());
        add_nodes(fleet);
        const auto events = read_trace("trace", trace, no_files);
        EXPECT_TRUE(events);
        for (const Event& event : *events) {
            model::JobRegisterRequest request;
            request.Job = event.job, request.Namespace = event.ns;
            EXPECT_TRUE(cluster_.call<model::JobRegisterResponse>("Job.Register", std::move(request)));
        }
    }
    void add_nodes(std::string_view fleet) {
        const auto nodes = read_fleet("fleet", fleet, rng_);
        EXPECT_TRUE(nodes);
        for (const auto& node : *nodes) {
            model::NodeRegisterRequest request;
            request.Node = node;
            EXPECT_TRUE(cluster_.call<model::NodeUpdateResponse>("Node.Register", std::move(request)));
        }
    }
    Cluster& cluster() { return cluster_; }
    server::ArchiveSource archive(Time now) const {
        std::string bytes;
        EXPECT_TRUE(server::save_archive(cluster_.view(), {}, 1, now, [&](std::string_view piece) {
            bytes += piece;
            return Result<>();
        }));
        return [bytes](uint64_t offset, char* buffer, size_t size) -> Result<size_t> {
            return bytes.copy(buffer, size, std::min<size_t>(offset, bytes.size()));
        };
    }
    Report play_on(std::string_view trace, Settings settings = {}) {
        auto events = read_trace("trace", trace, no_files);
        EXPECT_TRUE(events);
        settings.start = cluster_.now();
        auto report = simulate({{}, std::move(*events), archive(settings.start)}, settings, {clock_, nullptr, nullptr});
        EXPECT_TRUE(report) << report.error().message;
        return report ? std::move(*report) : Report{};
    }

private:
    ManualClock clock_;
    SeededRng rng_{5};
    Cluster cluster_{{}, 3, Time::from_unix_seconds(1'700'000'000), clock_};
};

TEST(Simulation, an_archive_that_was_made_at_no_sensible_time_is_refused) {
    Saved saved("Name\nn\n", "");
    EXPECT_EQ(*time_of_snapshot(saved.archive(Time::from_unix_seconds(5))), Time::from_unix_seconds(5));
    for (const int64_t ns : {INT64_MAX, int64_t{0}}) {
        const auto made = time_of_snapshot(saved.archive(Time::from_unix_ns(ns)));
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().message, "the archive does not say when it was made");
    }
}

TEST(Simulation, nodes_of_a_snapshot_may_share_a_name_and_events_mean_them_all) {
    Saved saved("Name,CPU\nn,1000\n", "");
    saved.add_nodes("Name,CPU\nn,1000\n");
    const Report report =
        saved.play_on("At,Event,ID,Count,CPU,Node\n0,register,web,2,800,\n600,fail,,,,n\n", {.until = hours(1)});
    EXPECT_EQ(report.Nodes, 2);
    EXPECT_EQ(report.Placed, 2);
    EXPECT_EQ(report.Lost, 2);
    EXPECT_EQ(report.RefusedEvents, 0);
}

TEST(Simulation, what_a_snapshot_left_blocked_waits_from_the_beginning) {
    Saved saved("Name,CPU\nn,1000\n", "At,ID,Count,CPU\n0,first,1,800\n1,second,2,800\n");
    const Report report =
        saved.play_on("At,Event,ID\n600,stop,first\n", {.until = hours(1), .sample_every = minutes(5)});
    EXPECT_EQ(report.Samples[0].WaitingJobs, 1);
    EXPECT_EQ(report.Placed, 1);
    EXPECT_EQ(report.PlacementMilliseconds.Most, 600 * 1000);
    EXPECT_EQ(report.Samples[3].WaitingJobs, 1);  // for the other one
}

TEST(Simulation, an_algorithm_that_is_asked_for_is_that_of_every_pool) {
    Saved saved("Name,Count,CPU,Pool\nn,4,1000,own\n", "");
    model::NodePoolUpsertRequest request;
    auto pool = std::make_shared<model::NodePool>();
    pool->Name = "own";
    pool->SchedulerConfiguration.make().SchedulerAlgorithm = "binpack";
    request.NodePools.push_back(std::move(pool));
    ASSERT_TRUE(saved.cluster().call<model::GenericResponse>("NodePool.UpsertNodePools", std::move(request)));
    const std::string trace = "At,ID,CPU,Memory,Pool\n0,a,100,100,own\n60,b,100,100,own\n120,c,100,100,own\n";
    EXPECT_EQ(saved.play_on(trace).Samples.back().NodesUsed, 1);
    EXPECT_EQ(saved.play_on(trace, {.algorithm = "spread"}).Samples.back().NodesUsed, 3);
}

TEST(Simulation, what_waited_has_waited_whichever_evaluation_places_it) {
    // The second is registered anew, smaller.
    const Report report =
        play("Name,CPU\nn,1000\n", "At,ID,Count,CPU\n0,first,1,800\n60,second,2,800\n600,second,2,50\n",
             {.until = hours(1)});
    EXPECT_EQ(report.Placed, 3);
    EXPECT_EQ(report.PlacementMilliseconds.Most, 540 * 1000);
    EXPECT_EQ(report.Samples.back().WaitingJobs, 0);
}

TEST(Simulation, of_a_group_that_shrinks_the_longest_wait_is_over) {
    const Report report = play("Name,CPU\nn,1000\n",
                               "At,Event,ID,Count,CPU\n0,register,first,1,800\n60,register,second,1,800\n"
                               "120,register,second,2,800\n180,register,second,1,800\n600,stop,first,,\n",
                               {.until = hours(1)});
    EXPECT_EQ(report.RefusedEvents, 0);
    EXPECT_EQ(report.Placed, 2);
    EXPECT_EQ(report.PlacementMilliseconds.Most, (600 - 120) * 1000);
}

// An hour of jobs that come, grow, shrink, fail and go, on nodes that fail, return and are drained.
std::string churn() {
    SeededRng rng(7);
    std::string trace = "At,Event,ID,Type,Count,CPU,Memory,RunFor,FailPercent,Node,Deadline\n";
    const auto number = [&](uint64_t least, uint64_t most) {
        return std::to_string(least + rng.below(most - least + 1));
    };
    for (int i = 0; i < 40; ++i) {
        const std::string id = "s" + std::to_string(i), count = number(1, 8);
        trace += number(0, 600) + ",register," + id + ",service," + count + "," + number(50, 400) + "," +
                 number(50, 400) + ",," + (i % 5 == 0 ? "10" : "") + ",,\n";
        if (i % 3 == 0) trace += number(900, 2400) + ",scale," + id + ",," + number(1, 8) + ",,,,,,\n";
        if (i % 7 == 0) trace += number(2500, 2700) + ",stop," + id + ",,,,,,,,\n";
        trace += number(0, 1800) + ",register,b" + std::to_string(i) + ",batch," + number(1, 5) + ",200,100," +
                 number(60, 900) + ",20,,\n";
    }
    for (int i = 0; i < 8; ++i) {
        const std::string node = "n-" + std::to_string(i * 5), other = "n-" + std::to_string(i * 5 + 1);
        trace +=
            number(600, 1500) + ",fail,,,,,,,," + node + ",\n" + number(1600, 2400) + ",return,,,,,,,," + node + ",\n";
        trace += number(600, 1500) + ",drain,,,,,,,," + other + ",5m\n" + number(1900, 2400) + ",undrain,,,,,,,," +
                 other + ",\n";
    }
    return trace;
}

TEST(Simulation, after_an_hour_of_churn_every_job_is_as_wanted_and_nothing_waits) {
    const std::string trace = churn();
    const Report report = play("Name,Count,CPU,Memory\nn,50,4000,4000\n", trace, {.until = minutes(80)});
    EXPECT_EQ(report.Outcome.JobsComplete, report.Outcome.Jobs) << testing::PrintToString(report.Outcome.Short);
    EXPECT_GT(report.Outcome.Jobs, 30);
    EXPECT_EQ(report.Outcome.BrokerEvaluations, 0);
    EXPECT_EQ(report.Outcome.BlockedEvaluations, 0);
    EXPECT_GT(report.Lost, 0);
    EXPECT_GT(report.Failed, 0);
    const Report again = play("Name,Count,CPU,Memory\nn,50,4000,4000\n", trace, {.until = minutes(80)});
    EXPECT_EQ(codec::to_json(report), codec::to_json(again));
    EXPECT_EQ(html_of(report, {}), html_of(again, {}));
}

}  // namespace
}  // namespace drover::replay
