#pragma once
// What a client is to a server, without tasks: registers, beats, follows its allocations by long poll, and reports them
// running, healthy, complete or failed when their time has come (behaviour.h). Lives on the cluster's loop; it must
// have failed before it is destroyed.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/alloc.h"
#include "model/node.h"
#include "replay/behaviour.h"
#include "replay/cluster.h"

namespace drover::replay {

class SimulatedNode {
public:
    // From being told of an allocation until it runs.
    static constexpr Duration kStart = seconds(1);

    SimulatedNode(Cluster& cluster, Shared<model::Node> node, Rng& chance)
        : cluster_(cluster), node_(std::move(node)), chance_(chance) {}
    SimulatedNode(const SimulatedNode&) = delete;

    const std::string& name() const { return node_->Name; }
    const std::string& id() const { return node_->ID; }
    bool up() const { return group_ != nullptr; }

    // Comes up, as after a start of its machine: what ran before is gone, and is started again if it is still wanted.
    void start();
    // The same for a node of a snapshot, on which that still runs.
    void go_on();
    // The power goes: nothing is told to anyone.
    void fail();

private:
    struct Run {
        enum class Next { run, be_healthy, end } next = Next::run;
        Behaviour behaviour;
        std::string deployment;  // in which its health is told; empty: none
        bool is_healthy = false, fails = false;
        Time running_since, healthy_since;  // the latter: if it stays so for its min_healthy
        std::unique_ptr<net::CallTimer> timer;
    };

    net::Task<> live(bool known);
    net::Task<bool> register_or_beat(bool registered);
    net::Task<> follow();
    net::Task<> send_reports();
    void look();
    void begin(const state::AllocRef& alloc);
    void follow_deployment(const state::AllocRef& alloc, Run& run);
    void arm(Run& run);
    void step(const std::string& id);
    void report(const std::string& id, Time running_since, std::string_view status, Opt<bool> healthy = std::nullopt);
    void report_stopped(const std::string& id);

    Cluster& cluster_;
    const Shared<model::Node> node_;
    Rng& chance_;
    std::unique_ptr<net::TaskGroup> group_;  // while it is up
    bool resumes_ = false;                   // what runs according to the state does run
    Duration ttl_;
    std::map<std::string, Run> runs_;  // by allocation
    std::map<std::string, std::shared_ptr<model::Allocation>> reports_;
    bool sending_ = false;
};

}  // namespace drover::replay
