#include "server/periodic_duty.h"

#include <gtest/gtest.h>

#include "net/virtual_loop.h"
#include "server/fake_cluster.h"
#include "server/forgotten_evals.h"

namespace drover::server {
namespace {

constexpr Time kStart = Time::from_unix_seconds(1'700'000'040);  // a whole minute

// Applies at once; notes nothing while it refuses.
class DirectCommitter final : public Committer {
public:
    explicit DirectCommitter(state::Store& store) : store_(store) {}
    void propose(state::Command command, std::function<void(Result<state::Applied>)> done) override {
        done(store_.apply(++index_, command));
    }

private:
    state::Store& store_;
    uint64_t index_ = 10;
};

class PeriodicTest : public testing::Test {
protected:
    void SetUp() override { duty_.start(); }
    void TearDown() override { net::run(loop_, duty_.stop()); }

    model::Job job(const std::string& spec, bool overlap = true) {
        model::Job job;
        job.ID = job.Name = "p";
        job.Namespace = "default", job.Region = "global", job.Type = "batch", job.Priority = 50;
        job.TaskGroups.emplace_back().Name = "g";
        model::PeriodicConfig& periodic = job.Periodic.make();
        periodic.Enabled = true;
        periodic.Specs.push_back(spec);
        periodic.SpecType = "cron";
        periodic.TimeZone = "UTC";
        periodic.ProhibitOverlap = !overlap;
        return job;
    }

    void put(model::Job job) {
        job.SubmitTime = loop_.clock().now().unix_ns;
        state::command::RegisterJob command;
        command.Job = std::make_shared<model::Job>(std::move(job));
        ASSERT_TRUE(net::run(loop_, leader_.commit(std::move(command))));
        loop_.settle();
    }

    // When children were due, in seconds since the start.
    std::vector<int64_t> children() {
        std::vector<int64_t> due;
        const size_t prefix = std::string("p/periodic-").size();
        for (const auto& child : store_.view().jobs().children("default", "p"))
            due.push_back(std::stoll(child->ID.substr(prefix)) - kStart.unix_seconds());
        return due;
    }

    // All children end.
    void finish() {
        state::command::UpsertEvals ended;
        for (const auto& child : store_.view().jobs().children("default", "p")) {
            for (const auto& eval : store_.view().evals().of_job("default", child->ID)) {
                auto done = std::make_shared<model::Evaluation>(*eval);
                done->Status = "complete";
                ended.Evals.push_back(std::move(done));
            }
        }
        ASSERT_TRUE(net::run(loop_, leader_.commit(std::move(ended))));
    }

    net::VirtualLoop loop_{kStart};
    SystemRng rng_;
    ServerConfig config_;
    state::Store store_;
    std::unique_ptr<raft::Log> log_ = std::make_unique<FakeLog>();
    DirectCommitter committer_{store_};
    Routing routing_{config_, log_, rng_};
    Leader leader_{config_, store_, log_, committer_, routing_, loop_, loop_.clock(), rng_};
    PeriodicDuty duty_{leader_};
};

TEST_F(PeriodicTest, launches_at_each_of_its_times) {
    put(job("* * * * *"));
    EXPECT_EQ(children(), std::vector<int64_t>());
    loop_.advance(seconds(59));
    EXPECT_EQ(children(), std::vector<int64_t>());
    loop_.advance(seconds(1));
    EXPECT_EQ(children(), std::vector<int64_t>({60}));
    loop_.advance(seconds(130));
    EXPECT_EQ(children(), std::vector<int64_t>({60, 120, 180}));
    const auto child = store_.view().jobs().find("default", "p/periodic-" + std::to_string(1'700'000'100));
    ASSERT_TRUE(child);
    EXPECT_EQ(child->Status, "pending");
    for (const auto& eval : store_.view().evals().of_job("default", child->ID)) {
        EXPECT_EQ(eval->TriggeredBy, "periodic-job");
        EXPECT_EQ(eval->CreateIndex, child->CreateIndex);
    }
}

TEST_F(PeriodicTest, the_earliest_of_several_expressions_counts) {
    model::Job several = job("0 * * * *");
    several.Periodic->Specs.push_back("*/30 * * * * * *");
    put(several);
    loop_.advance(seconds(61));
    EXPECT_EQ(children(), std::vector<int64_t>({30, 60}));
}

TEST_F(PeriodicTest, what_is_stopped_or_changed_is_launched_no_more) {
    put(job("* * * * *"));
    model::Job other = job("*/2 * * * *");
    put(other);
    other.Stop = true;
    loop_.advance(seconds(60));
    const auto at_even = children();
    put(other);
    loop_.advance(minutes(10));
    EXPECT_EQ(children(), at_even);
    EXPECT_EQ(duty_.tracked(), 0U);
}

TEST_F(PeriodicTest, overlap_skips_a_launch) {
    put(job("* * * * *", false));
    loop_.advance(seconds(125));
    EXPECT_EQ(children(), std::vector<int64_t>({60}));
    finish();
    loop_.advance(seconds(60));
    EXPECT_EQ(children(), std::vector<int64_t>({60, 180}));
}

TEST_F(PeriodicTest, a_new_leader_makes_one_of_several_missed_launches) {
    put(job("* * * * *"));
    net::run(loop_, duty_.stop());
    loop_.advance(seconds(190));
    EXPECT_EQ(children(), std::vector<int64_t>());
    duty_.start();
    loop_.settle();
    EXPECT_EQ(children(), std::vector<int64_t>({190}));
    loop_.advance(seconds(60));
    EXPECT_EQ(children(), std::vector<int64_t>({190, 240}));
}

TEST_F(PeriodicTest, a_new_leader_finds_nothing_missed_when_nothing_was) {
    put(job("* * * * *"));
    loop_.advance(seconds(70));
    net::run(loop_, duty_.stop());
    loop_.advance(seconds(20));
    duty_.start();
    loop_.settle();
    EXPECT_EQ(children(), std::vector<int64_t>({60}));
    loop_.advance(seconds(40));
    EXPECT_EQ(children(), std::vector<int64_t>({60, 120}));
}

TEST_F(PeriodicTest, a_single_missed_launch_has_the_name_of_its_time) {
    put(job("* * * * *"));
    net::run(loop_, duty_.stop());
    loop_.advance(seconds(75));
    duty_.start();
    loop_.settle();
    EXPECT_EQ(children(), std::vector<int64_t>({60}));
}

TEST_F(PeriodicTest, a_changed_job_without_an_evaluation_since_gets_one) {
    model::Job plain = job("* * * * *");
    plain.Periodic.reset();
    put(plain);
    EXPECT_TRUE(forgotten_evals(leader_, store_.view()).empty()) << "a first version comes with its evaluation";
    plain.TaskGroups[0].Count = 3;
    put(plain);
    auto evals = forgotten_evals(leader_, store_.view());
    ASSERT_EQ(evals.size(), 1U);
    EXPECT_EQ(evals[0].TriggeredBy, "job-scaling");
    state::command::UpsertEvals command;
    command.Evals.push_back(std::make_shared<model::Evaluation>(evals[0]));
    ASSERT_TRUE(net::run(loop_, leader_.commit(std::move(command))));
    EXPECT_TRUE(forgotten_evals(leader_, store_.view()).empty());
}

}  // namespace
}  // namespace drover::server
