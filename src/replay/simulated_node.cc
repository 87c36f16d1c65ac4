#include "replay/simulated_node.h"

#include <algorithm>
#include <set>

#include "model/job_rules.h"
#include "model/rpc_alloc.h"
#include "model/rpc_node.h"

namespace drover::replay {
namespace {

constexpr Duration kRetry = seconds(5);

}  // namespace

void SimulatedNode::start() {
    if (up()) return;
    resumes_ = false;
    group_ = std::make_unique<net::TaskGroup>(cluster_.loop());
    group_->spawn(live(false));
}

void SimulatedNode::go_on() {
    resumes_ = true;
    group_ = std::make_unique<net::TaskGroup>(cluster_.loop());
    group_->spawn(live(true));
}

void SimulatedNode::fail() {
    if (!up()) return;
    runs_.clear();
    reports_.clear();
    sending_ = false;
    group_->cancel();
    net::run(cluster_.loop(), group_->join());
    group_.reset();
}

net::Task<> SimulatedNode::live(bool known) {
    const net::CancelToken cancel = group_->token();
    bool registered = known;
    bool follows = false;
    while (!cancel.cancelled()) {
        registered = co_await register_or_beat(registered);
        if (registered && !follows) {
            group_->spawn(follow());
            follows = true;
        }
        if (auto slept = co_await cluster_.loop().sleep(registered ? ttl_ : kRetry, cancel); !slept) co_return;
    }
}

// Whether the server knows the node.
net::Task<bool> SimulatedNode::register_or_beat(bool registered) {
    const net::CancelToken cancel = group_->token();
    Result<model::NodeUpdateResponse> answer;
    if (registered) {
        model::NodeUpdateStatusRequest request;
        request.NodeID = id(), request.AuthToken = node_->SecretID, request.Status = "ready";
        answer =
            co_await cluster_.server().call<model::NodeUpdateResponse>("Node.UpdateStatus", std::move(request), cancel);
    } else {
        model::NodeRegisterRequest request;
        request.Node = node_;
        request.CreateNodePool = true;
        answer =
            co_await cluster_.server().call<model::NodeUpdateResponse>("Node.Register", std::move(request), cancel);
    }
    if (!answer) co_return false;
    ttl_ = answer->HeartbeatTTL;
    co_return true;
}

net::Task<> SimulatedNode::follow() {
    const net::CancelToken cancel = group_->token();
    uint64_t index = 0;
    while (!cancel.cancelled()) {
        model::NodeSpecificRequest request;
        request.NodeID = id(), request.AuthToken = node_->SecretID;
        request.MinQueryIndex = index;
        auto answer = co_await cluster_.server().call<model::NodeClientAllocsResponse>("Node.GetClientAllocs",
                                                                                       std::move(request), cancel);
        if (cancel.cancelled()) co_return;
        if (!answer) {
            if (auto slept = co_await cluster_.loop().sleep(kRetry, cancel); !slept) co_return;
            continue;
        }
        if (answer->Index == index) continue;
        index = answer->Index;
        look();
    }
}

// Compares what runs with what should.
void SimulatedNode::look() {
    std::set<std::string> wanted;
    for (const auto& alloc : cluster_.view().allocs().of_node(id())) {
        const std::string alloc_id = alloc.id();
        if (alloc.client_terminal()) continue;
        if (alloc.server_terminal()) {
            report_stopped(alloc_id);
            continue;
        }
        wanted.insert(alloc_id);
        const auto run = runs_.find(alloc_id);
        if (run == runs_.end()) {
            begin(alloc);
        } else if (run->second.deployment != alloc.deployment_id()) {
            follow_deployment(alloc, run->second);
        }
    }
    std::erase_if(runs_, [&](const auto& run) { return !wanted.contains(run.first); });
    resumes_ = false;
}

void SimulatedNode::begin(const state::AllocRef& alloc) {
    const std::string alloc_id = alloc.id();
    Run& run = runs_[alloc_id];
    run.behaviour = behaviour_of(*alloc.job(), alloc.task_group());
    run.deployment = alloc.deployment_id();
    run.fails = chance_.below(100) < run.behaviour.fail_percent;
    run.timer = std::make_unique<net::CallTimer>([this, alloc_id] { step(alloc_id); });
    if (resumes_ && alloc.client_status() == state::ClientStatus::running) {
        const int64_t since = std::clamp<int64_t>(alloc.modify_time(), 0, cluster_.now().unix_ns);
        run.running_since = run.healthy_since = Time::from_unix_ns(since);
        run.is_healthy = alloc.healthy().value_or(false);
        run.next = run.is_healthy ? Run::Next::end : Run::Next::be_healthy;
        return arm(run);
    }
    run.timer->arm(cluster_.loop(), cluster_.loop().in(kStart));
}

// An update in its place: the new deployment wants to hear of its health too.
void SimulatedNode::follow_deployment(const state::AllocRef& alloc, Run& run) {
    run.behaviour = behaviour_of(*alloc.job(), alloc.task_group());
    run.deployment = alloc.deployment_id();
    if (run.deployment.empty() || run.next == Run::Next::run) return;
    run.is_healthy = false;
    run.healthy_since = cluster_.now();
    run.next = Run::Next::be_healthy;
    arm(run);
}

// Waits for what comes next; one that neither fails nor ends by itself stays as it is when it is healthy.
void SimulatedNode::arm(Run& run) {
    const Behaviour& behaviour = run.behaviour;
    const bool ends = run.fails || behaviour.ends;
    const Time end = run.running_since + (run.fails ? behaviour.fail_after : behaviour.run_for);
    const Time healthy = run.healthy_since + behaviour.min_healthy;
    if (run.next == Run::Next::be_healthy && (behaviour.ends || (ends && end <= healthy))) run.next = Run::Next::end;
    if (run.next == Run::Next::end && !ends) return;
    const Time at = run.next == Run::Next::end ? end : healthy;
    run.timer->arm(cluster_.loop(), cluster_.loop().in(std::max(Duration{}, at - cluster_.now())));
}

void SimulatedNode::step(const std::string& alloc_id) {
    const auto found = runs_.find(alloc_id);
    if (found == runs_.end()) return;
    Run& run = found->second;
    switch (run.next) {
        case Run::Next::run:
            run.running_since = run.healthy_since = cluster_.now();
            run.next = Run::Next::be_healthy;
            report(alloc_id, run.running_since, "running");
            break;
        case Run::Next::be_healthy:
            run.next = Run::Next::end;
            run.is_healthy = true;
            report(alloc_id, run.running_since, "running", true);
            break;
        case Run::Next::end:
            run.timer->disarm();
            report(alloc_id, run.running_since, run.fails ? "failed" : "complete",
                   run.fails && !run.deployment.empty() && !run.is_healthy ? Opt<bool>(false) : std::nullopt);
            return;  // it is looked at once more when the server knows
    }
    arm(run);
}

void SimulatedNode::report(const std::string& alloc_id, Time running_since, std::string_view status,
                           Opt<bool> healthy) {
    const Time now = cluster_.now();
    auto report = std::make_shared<model::Allocation>();
    report->ID = alloc_id, report->NodeID = id();
    report->ClientStatus = status;
    const bool ended = status != "running";
    const state::AllocRef alloc = cluster_.view().allocs().find(alloc_id);
    const model::TaskGroup* group = alloc ? model::maybe_group(*alloc.job(), alloc.task_group()) : nullptr;
    for (size_t i = 0; group && i < group->Tasks.size(); ++i) {
        model::TaskState& task = report->TaskStates[group->Tasks[i].Name];
        task.State = ended ? "dead" : "running";
        task.Failed = status == "failed";
        task.StartedAt = running_since;
        if (ended) task.FinishedAt = now;
    }
    if (healthy) {
        model::AllocDeploymentStatus& health = report->DeploymentStatus.make();
        health.Healthy = *healthy;
        health.Timestamp = now;
    }
    reports_[alloc_id] = std::move(report);
    if (!sending_) group_->spawn(send_reports());
}

void SimulatedNode::report_stopped(const std::string& alloc_id) {
    if (reports_.contains(alloc_id)) return;
    const auto found = runs_.find(alloc_id);
    report(alloc_id, found == runs_.end() ? Time{} : found->second.running_since, "complete");
}

// All that waits, together. A server that refuses them (this node is down in its eyes) is asked again.
net::Task<> SimulatedNode::send_reports() {
    const net::CancelToken cancel = group_->token();
    sending_ = true;
    co_await cluster_.loop().yield();  // others of this instant come along
    while (!cancel.cancelled() && !reports_.empty()) {
        model::AllocUpdateRequest request;
        request.AuthToken = node_->SecretID;
        for (const auto& [alloc_id, report] : reports_) request.Alloc.push_back(report);
        const auto sent = request.Alloc;
        auto done =
            co_await cluster_.server().call<model::GenericResponse>("Node.UpdateAlloc", std::move(request), cancel);
        if (cancel.cancelled()) co_return;
        if (!done) {
            if (auto slept = co_await cluster_.loop().sleep(kRetry, cancel); !slept) co_return;
            continue;
        }
        for (const auto& report : sent) {
            const auto waiting = reports_.find(report->ID);
            if (waiting != reports_.end() && waiting->second == report) reports_.erase(waiting);
        }
    }
    sending_ = false;
}

}  // namespace drover::replay
