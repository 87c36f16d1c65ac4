// Random stories of small clusters, step by step in the language of the cases, so that one that fails can be read and
// replayed: its seed and its lines are printed. After each evaluation everything that must hold is looked at.
// DROVER_STORIES=N in the environment tells N of them.
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/strings.h"
#include "checks.h"
#include "codec/json.h"
#include "model/alloc_rules.h"
#include "model/deployment_rules.h"
#include "model/job_rules.h"
#include "scheduler/reconcile.h"
#include "transcript.h"

namespace drover::scheduler::cases {
namespace {

constexpr uint64_t kStories = 40;
constexpr int kSteps = 30;
constexpr int kSettles = 6;  // evaluations without a change between them, until nothing is left to do
constexpr size_t kJobs = 3;

class Story {
public:
    explicit Story(uint64_t seed) : rng_(seed) {
        if (chance(50)) run("config preempt=service,batch,system,sysbatch");
        const uint64_t nodes = 1 + rng_.below(6);
        for (uint64_t i = 0; i < nodes; ++i) add_node();
        for (size_t i = 0; i < kJobs; ++i) run("job j" + std::to_string(i) + " " + random_job());
    }

    // Tells on; false once something does not hold.
    bool step() {
        static constexpr void (Story::* kEvents[])() = {
            &Story::change_job,      &Story::change_job,      &Story::change_count,   &Story::take_node_down,
            &Story::bring_nodes_up,  &Story::drain_node,      &Story::fail_alloc,     &Story::fail_alloc,
            &Story::end_alloc,       &Story::report,          &Story::report,         &Story::report,
            &Story::promote,         &Story::cut_off,         &Story::let_time_pass,  &Story::end_stopped,
            &Story::end_stopped,     &Story::add_node,        &Story::bring_nodes_up, &Story::stop_job,
            &Story::change_priority, &Story::fail_deployment,
        };
        (this->*kEvents[rng_.below(std::size(kEvents))])();
        for (const std::string& id : jobs()) {
            if (wrong_.empty()) settle(id);
        }
        return wrong_.empty();
    }

    // Every node is there, with room; each job changes once more, and all that is placed becomes healthy.
    bool end() {
        bring_nodes_up();
        for (uint64_t i = 0; i < nodes_; ++i) {
            run("node n" + std::to_string(i) +
                " cpu=100000 mem=100000 disk=100000 cores=16 max_allocs=0 ports=20000-32000");
        }
        run("fleet count=3 cpu=100000 mem=100000 disk=100000 cores=16 device='nvidia/gpu/a100 ids=0,1,2,3,4,5,6,7' "
            "dc=dc1 meta.rack={r1,r2,r3}");
        go_on(20);
        if (!all_ended(true)) return false;  // as things are
        for (const std::string& id : jobs()) run("change " + id + " stop=false count=1 env=last" + number(0, 1000));
        go_on(20);
        return all_ended(false);
    }

    std::string told() const { return wrong_ + "\n" + join(lines_, "\n"); }

private:
    std::string number(uint64_t low, uint64_t high) { return std::to_string(low + rng_.below(high - low + 1)); }
    bool chance(uint64_t percent) { return rng_.below(100) < percent; }
    std::string one_of(const std::vector<std::string>& texts) { return texts[rng_.below(texts.size())]; }

    std::vector<std::string> jobs() const {
        std::vector<std::string> ids;
        for (size_t i = 0; i < kJobs; ++i) ids.push_back("j" + std::to_string(i));
        return ids;
    }

    void run(const std::string& line) {
        lines_.push_back(line);
        const std::string a = first_.run(line), b = second_.run(line);
        lines_.push_back(a);
        if (a != b || a.find("refused") != std::string::npos) wrong_ = "refused, or not the same: " + a + b;
    }

    void add_node() {
        if (nodes_ == 8) return;
        std::string line = "fleet cpu=" + number(500, 4000) + " mem=" + number(500, 4000) + " disk=1000";
        line += " dc=dc" + number(1, 2) + " ports=20000-20003 meta.rack=r" + number(1, 3);
        if (chance(50)) line += " cores=4";
        if (chance(40)) line += " device='nvidia/gpu/a100 ids=0,1'";
        if (chance(20)) line += " max_allocs=3";
        if (chance(15)) line += " attr.nomad.version=1.10.5";
        run(line);
        ++nodes_;
    }

    std::string random_job() {
        const std::string type = one_of({"service", "service", "service", "batch", "system", "sysbatch"});
        std::string line = "type=" + type + " mem=" + number(50, 1000) + " disk=" + number(10, 300);
        line += " priority=" + number(20, 80);
        line += type == "service" || type == "batch" ? " count=" + number(1, 4) : "";
        if (chance(25)) line += " groups=g,h h:cpu=" + number(50, 300);
        line += chance(25) ? " cores=" + number(1, 2) : " cpu=" + number(50, 1200);
        if (chance(20)) line += " device='gpu count=" + number(1, 2) + "'";
        if (chance(25)) line += " static_port=8080:http";
        if (chance(25)) line += " port=a port=b";
        if (chance(20)) line += " constraint='${meta.rack} != r" + number(1, 3) + "'";
        if (chance(20)) line += " dc=dc1";
        if (type == "service") line += " max_parallel=" + number(0, 3) + " canary=" + number(0, 1);
        if (type == "system") line += " max_parallel=" + number(0, 3) + " canary=" + one_of({"0", "0", "34", "100"});
        if (type == "sysbatch" || type == "system") return line;
        if (chance(20)) line += " constraint=distinct_hosts";
        if (chance(10)) line += " job_constraint=distinct_hosts";
        if (chance(20)) line += " constraint='distinct_property ${meta.rack} " + number(1, 2) + "'";
        if (chance(20)) line += " spread='${meta.rack}'";
        if (chance(20)) line += " affinity='${meta.rack} = r1;50'";
        if (chance(30)) line += " lost_after=1h";
        if (chance(20)) line += " sticky";
        return line;
    }

    void change_job() { run("change " + one_of(jobs()) + " env=" + number(0, 1000000)); }
    void change_priority() { run("change " + one_of(jobs()) + " priority=" + number(20, 80)); }
    void change_count() {
        const std::string id = one_of(jobs());
        if (!model::is_system_like(*first_.cluster().job("default", id)))
            run("change " + id + " count=" + number(0, 4));
    }
    void stop_job() {
        const std::string id = one_of(jobs());
        run("change " + id + " stop=" + (first_.cluster().job("default", id)->Stop ? "false" : "true"));
    }

    // Of a system job: new allocations go everywhere even so, unless canaries hold them back.
    void fail_deployment() {
        const std::string id = one_of(jobs());
        const auto job = first_.cluster().job("default", id);
        const auto deployments = first_.cluster().deployments_of_job("default", id);
        const bool goes_on = !deployments.empty() && deployments[0]->JobVersion == job->Version;
        if (!goes_on || !model::is_active(*deployments[0]) || job->Type != "system") return;
        const auto& groups = deployments[0]->TaskGroups;
        const bool waits = std::any_of(groups.begin(), groups.end(),
                                       [](const auto& entry) { return model::waits_for_promotion(entry.second); });
        if (!waits) run("deployment " + id + " status=failed");
    }

    std::string some_node() { return "n" + std::to_string(rng_.below(nodes_)); }
    void take_node_down() { run("node " + some_node() + " status=down"); }
    void cut_off() { run("node " + some_node() + " status=disconnected"); }
    void bring_nodes_up() {
        for (uint64_t i = 0; i < nodes_; ++i) {
            const std::string name = "n" + std::to_string(i);
            run("node " + name + " status=ready drain=false");
            each("unknown", [&](const auto& alloc) { return node_name(alloc) == name; }, " client=running");
        }
    }
    void drain_node() {
        const std::string name = some_node();
        run("node " + name + " drain");
        for (const char* status : {"running", "pending"})
            each(status, [&](const auto& alloc) { return node_name(alloc) == name; }, " migrate");
    }

    std::string node_name(const model::Allocation& alloc) const {
        return name_of_place(first_.cluster(), alloc.NodeID, {});
    }
    bool is_reachable(const model::Allocation& alloc) const {
        const Slot slot = first_.cluster().fleet().slot_of(alloc.NodeID);
        return slot != kNoSlot && first_.cluster().fleet().node(slot)->Status == "ready";
    }

    // Runs `alloc` with those options for all of that client status that fit.
    void each(std::string_view status, const std::function<bool(const model::Allocation&)>& fits,
              const std::string& options, size_t most = SIZE_MAX) {
        std::vector<std::string> ids;
        for (const auto& [id, alloc] : first_.cluster().allocs()) {
            if (alloc->ClientStatus == status && fits(*alloc)) ids.push_back(id);
        }
        for (size_t i = 0; i < ids.size() && i < most; ++i) run("alloc * id=" + ids[i] + options);
    }
    void some(std::string_view status, const std::string& options) {
        each(status, [&](const auto& alloc) { return is_reachable(alloc) && chance(50); }, options, 2);
    }

    void fail_alloc() { some("running", " client=failed failed_at=0s"); }
    void end_alloc() { some("running", " client=complete succeeded"); }
    void report() { some("pending", " client=running healthy=" + one_of({"true", "true", "true", "false"})); }
    void report_all() {
        const auto runs = [&](const model::Allocation& alloc) {
            return is_reachable(alloc) && !model::server_terminal(alloc);
        };
        each("pending", runs, " client=running healthy=true");
    }
    void end_stopped() {
        each(
            "running", [&](const auto& alloc) { return model::server_terminal(alloc) && is_reachable(alloc); },
            " client=complete", 3);
    }
    void end_all_stopped() {
        for (const char* status : {"running", "pending"})
            each(status, [&](const auto& alloc) { return model::server_terminal(alloc); }, " client=complete");
    }
    void let_time_pass() { run("advance " + one_of({"5s", "31s", "10m", "2h"})); }

    // Time passes, and all goes well.
    void go_on(int rounds) {
        for (int round = 0; round < rounds && wrong_.empty(); ++round) {
            end_all_stopped();
            run("advance 2h");
            for (const std::string& id : jobs()) {
                if (wrong_.empty()) settle(id);
            }
            report_all();
            promote();
        }
    }

    // Nobody is here who would fail a deployment, or have its failed allocations placed again.
    bool waits_for_watcher(const model::Deployment& deployment) const {
        const bool is_system = model::is_system_like(*first_.cluster().job("default", deployment.JobID));
        return std::any_of(first_.cluster().allocs().begin(), first_.cluster().allocs().end(), [&](const auto& entry) {
            const model::Allocation& alloc = *entry.second;
            if (alloc.DeploymentID != deployment.ID) return false;
            const bool sick = alloc.DeploymentStatus && !alloc.DeploymentStatus->Healthy.value_or(true);
            return sick || (alloc.ClientStatus == "failed" && !is_system);
        });
    }

    // None goes on that could end, unless its job waits for a static port, or a device.
    bool all_ended(bool only_of_system) {
        for (const std::string& id : jobs()) {
            const auto deployments = first_.cluster().deployments_of_job("default", id);
            if (deployments.empty() || !model::is_active(*deployments[0]) || waiting_.contains(id)) continue;
            if (only_of_system && !model::is_system_like(*first_.cluster().job("default", id))) continue;
            if (wrong_.empty() && !waits_for_watcher(*deployments[0]))
                wrong_ = "the deployment of " + id + " does not end: " + deployments[0]->Status;
        }
        return wrong_.empty();
    }

    void promote() {
        for (const std::string& id : jobs()) {
            const auto deployments = first_.cluster().deployments_of_job("default", id);
            if (deployments.empty() || !model::is_active(*deployments[0])) continue;
            bool waits = false, all_ready = true;
            for (const auto& [group, state] : deployments[0]->TaskGroups) {
                waits |= model::waits_for_promotion(state);
                all_ready &= healthy_canaries(state) >= state.DesiredCanaries;
            }
            if (waits && all_ready) run("promote " + id);
        }
    }

    int64_t healthy_canaries(const model::DeploymentState& state) const {
        return std::count_if(state.PlacedCanaries.begin(), state.PlacedCanaries.end(), [&](const std::string& id) {
            const auto alloc = first_.cluster().alloc(id);
            return !model::terminal(*alloc) && alloc->DeploymentStatus->Healthy.value_or(false);
        });
    }

    // Evaluates until nothing is left to do.
    void settle(const std::string& id) {
        const auto job = first_.cluster().job("default", id);
        for (int i = 0; i < kSettles && wrong_.empty(); ++i) {
            run("evaluate " + id + " trigger=node-update");
            if (!wrong_.empty()) return;
            if (codec::to_json(first_.latest().plan) != codec::to_json(second_.latest().plan))
                wrong_ = "the same evaluation gives another plan";
            for (const std::string& found :
                 {overcommitted(first_.cluster(), first_.latest().plan),
                  misplaced(first_.cluster(), first_.latest().plan), misnamed(first_.cluster(), first_.latest().plan),
                  overlooked(first_.cluster(), first_.latest(), *job), wronged(first_.latest().plan, *job)}) {
                if (!found.empty()) wrong_ = found;
            }
            if (!wrong_.empty()) return;
            if (!is_no_op(first_.latest().plan)) continue;
            waiting_.erase(id);
            if (!first_.latest().FailedTGAllocs.empty()) waiting_.insert(id);
            wrong_ = missing(first_.cluster(), first_.latest(), *job);
            if (wrong_.empty()) wrong_ = uneven(first_.cluster(), first_.latest(), *job);
            return;
        }
        if (wrong_.empty()) wrong_ = id + " does not settle";
    }

    SeededRng rng_;
    Transcript first_, second_;  // they are told the same
    std::vector<std::string> lines_;
    uint64_t nodes_ = 0;
    std::string wrong_;
    std::set<std::string> waiting_;  // jobs that found no place
};

TEST(Properties, hold_whatever_happens) {
    const char* wanted = std::getenv("DROVER_STORIES");
    const uint64_t stories = wanted ? parse_uint(wanted).value_or(kStories) : kStories;
    for (uint64_t seed = 1; seed <= stories; ++seed) {
        Story story(seed);
        int steps = 0;
        while (steps < kSteps && story.step()) ++steps;
        ASSERT_TRUE(steps == kSteps && story.end()) << "seed " << seed << ": " << story.told();
    }
}

}  // namespace
}  // namespace drover::scheduler::cases
