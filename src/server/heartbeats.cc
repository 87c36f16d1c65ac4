#include "server/heartbeats.h"

#include <algorithm>

#include "model/job_rules.h"
#include "scheduler/alloc_sets.h"
#include "server/node_evals.h"

namespace drover::server {
namespace {

// Whether an allocation may outlive a lost connection (still, if it was cut off before).
bool may_come_back(const state::AllocRef& alloc, Time now) {
    const model::TaskGroup* group = model::maybe_group(*alloc.job(), alloc.task_group());
    if (!group || !group->Disconnect || group->Disconnect->LostAfter.ns <= 0) return false;
    if (alloc.client_status() != state::ClientStatus::unknown) return true;
    return scheduler::last_unknown(*alloc.full()) + group->Disconnect->LostAfter > now;
}

bool may_reconnect(const Leader& leader, const model::Node& node) {
    for (const auto& alloc : leader.view().allocs().of_node(node.ID)) {
        if (!alloc.terminal() && may_come_back(alloc, leader.now())) return true;
    }
    return false;
}

}  // namespace

void Heartbeats::start() {
    group_ = std::make_unique<net::TaskGroup>(leader_.loop());
    for (const auto& node : leader_.view().nodes().all()) {
        if (node->Status != "down") arm(node->ID, leader_.config().failover_heartbeat_ttl);
    }
}

void Heartbeats::restart() {
    timers_.clear();
    start();
}

net::Task<> Heartbeats::stop() {
    timers_.clear();
    if (!group_) co_return;
    group_->cancel();
    co_await group_->join();
    group_.reset();
}

Duration Heartbeats::beat(const std::string& node_id) {
    const ServerConfig& config = leader_.config();
    const double spread = static_cast<double>(timers_.size()) / std::max(config.max_heartbeats_per_second, 1e-3);
    Duration ttl = std::max(config.min_heartbeat_ttl, Duration{static_cast<int64_t>(spread * 1e9)});
    ttl += nanoseconds(static_cast<int64_t>(leader_.rng().below(static_cast<uint64_t>(std::max<int64_t>(ttl.ns, 1)))));
    arm(node_id, ttl + config.heartbeat_grace);
    return ttl;
}

void Heartbeats::arm(const std::string& node_id, Duration ttl) {
    auto& timer = timers_[node_id];
    if (!timer) timer = std::make_unique<net::CallTimer>([this, node_id] { group_->spawn(missed(node_id)); });
    timer->arm(leader_.loop(), leader_.loop().in(ttl));
}

net::Task<> Heartbeats::missed(std::string node_id) {
    co_await leader_.loop().yield();  // out of the timer that is forgotten here
    if (auto timer = timers_.find(node_id); timer == timers_.end() || timer->second->armed()) co_return;
    timers_.erase(node_id);
    auto node = leader_.view().nodes().find(node_id);
    if (!node || node->Status == "down") co_return;
    log_.warn("node missed its heartbeat", {{"node_id", node_id}});
    state::command::SetNodeStatus command;
    command.NodeID = node_id;
    command.Status = node->Status != "disconnected" && may_reconnect(leader_, *node) ? "disconnected" : "down";
    command.UpdatedAt = leader_.now().unix_ns;
    model::NodeEvent event;
    event.Message = "Node heartbeat missed";
    event.Subsystem = "Cluster";
    event.Timestamp = leader_.now();
    command.NodeEvent = std::move(event);
    command.Evals = List(node_evals(leader_, *node));
    auto applied = co_await leader_.commit(std::move(command));
    if (!applied) log_.error("cannot mark a node as down", {{"node_id", node_id}, {"error", applied.error().message}});
}

}  // namespace drover::server
