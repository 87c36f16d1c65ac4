#include "server/node_evals.h"

#include <set>

#include "base/strings.h"

namespace drover::server {
namespace {

// An allocation that no change of its node can matter to.
bool settled(const state::AllocRef& alloc) {
    const std::string& type = alloc.job()->Type;
    if (type == "sysbatch") return true;
    if (type == "batch") return alloc.client_terminal();
    return alloc.server_terminal() && alloc.client_terminal();
}

bool could_run(const model::Job& job, const model::Node& node) {
    if (job.Type != "system" || job.Stop) return false;
    if (job.NodePool != "all" && job.NodePool != node.NodePool) return false;
    for (const std::string& pattern : job.Datacenters) {
        if (glob_match(pattern, node.Datacenter)) return true;
    }
    return false;
}

bool devices_changed(const model::Node& before, const model::Node& after) {
    using Devices = List<model::NodeDeviceResource>;
    const Devices none;
    const Devices& was = before.NodeResources ? before.NodeResources->Devices : none;
    const Devices& is = after.NodeResources ? after.NodeResources->Devices : none;
    return !codec::equal(codec::type_of<Devices>(), &was, &is);
}

}  // namespace

std::vector<Shared<model::Evaluation>> node_evals(const Leader& leader, const model::Node& node) {
    const state::View view = leader.view();
    std::vector<Shared<model::Evaluation>> evals;
    std::set<std::pair<std::string, std::string>> seen;
    const auto add = [&](const model::Job& job, const std::string& ns) {
        if (!seen.emplace(ns, job.ID).second) return;
        auto eval = leader.new_eval(ns, job.ID, job.Type, job.Priority, "node-update");
        eval.NodeID = node.ID;
        eval.NodeModifyIndex = node.ModifyIndex;
        evals.push_back(std::make_shared<model::Evaluation>(std::move(eval)));
    };
    for (const auto& alloc : view.allocs().of_node(node.ID)) {
        if (!settled(alloc)) add(*alloc.job(), alloc.ns());
    }
    for (const auto& job : view.jobs().all()) {
        if (could_run(*job, node)) add(*job, job->Namespace);
    }
    return evals;
}

bool status_needs_evals(std::string_view before, std::string_view after) {
    if (before == after) return after == "down" && before != "down";
    if (after == "down" || after == "disconnected" || before == "disconnected") return true;
    return after == "ready" && (before == "initializing" || before == "down");
}

bool placement_changed(const model::Node& before, const model::Node& after) {
    const auto differs = [&](auto member) {
        using M = std::remove_cvref_t<decltype(before.*member)>;
        return !codec::equal(codec::type_of<M>(), &(before.*member), &(after.*member));
    };
    using model::Node;
    return differs(&Node::ID) || differs(&Node::Datacenter) || differs(&Node::Name) || differs(&Node::NodeClass) ||
           differs(&Node::Attributes) || differs(&Node::Meta) || differs(&Node::Drivers) ||
           differs(&Node::HostVolumes) || devices_changed(before, after);
}

}  // namespace drover::server
