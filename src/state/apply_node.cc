#include <algorithm>

#include "model/canonicalize.h"
#include "state/apply.h"

namespace drover::state {
namespace {

constexpr size_t kNodeEvents = 10;  // the newest are kept

void add_event(model::Node& node, model::NodeEvent event, uint64_t index) {
    event.CreateIndex = index;
    node.Events.push_back(std::move(event));
    if (node.Events.size() > kNodeEvents) node.Events.erase(node.Events.begin());
}

Result<model::Node> node_of(Txn& txn, const std::string& id) {
    const auto node = txn.view().nodes().find(id);
    if (!node) return fail(Error::not_found("node not found"));
    return *node;
}

void put_node(Txn& txn, model::Node node) {
    node.ModifyIndex = txn.index();
    txn.put(std::make_shared<model::Node>(std::move(node)));
}

void make_pool(Txn& txn, const std::string& name) {
    if (name.empty() || txn.view().node_pools().find(name)) return;
    auto pool = std::make_shared<model::NodePool>();
    pool->Name = name;
    model::canonicalize(*pool);
    pool->CreateIndex = pool->ModifyIndex = txn.index();
    txn.put(Shared<model::NodePool>(std::move(pool)));
}

// They are made before it is known which change of the node they follow.
void put_node_evals(Txn& txn, const List<Shared<model::Evaluation>>& evals) {
    List<Shared<model::Evaluation>> dated;
    for (const auto& eval : evals) {
        auto copy = std::make_shared<model::Evaluation>(*eval);
        copy->NodeModifyIndex = txn.index();
        dated.push_back(std::move(copy));
    }
    put_evals(txn, dated);
}

// What the servers know of a node and its registration does not bring.
void keep_server_side(model::Node& node, const model::Node& present) {
    node.CreateIndex = present.CreateIndex;
    node.Events = present.Events;
    node.SchedulingEligibility = present.SchedulingEligibility;
    node.DrainStrategy = present.DrainStrategy;
    node.LastDrain = present.LastDrain;
    node.LastMissedHeartbeatIndex = present.LastMissedHeartbeatIndex;
    node.LastAllocUpdateIndex = present.LastAllocUpdateIndex;
}

}  // namespace

Result<bool> apply(Txn& txn, const command::RegisterNode& command) {
    if (!command.Node || !is_uuid(command.Node->ID)) return fail(Error::internal("missing or invalid node ID"));
    if (auto checked = check_evals(command.Evals); !checked) return fail(checked.error());
    model::Node node = *command.Node;
    if (const auto present = txn.view().nodes().find(node.ID)) {
        keep_server_side(node, *present);
    } else {
        node.CreateIndex = txn.index();
        if (node.SchedulingEligibility.empty()) node.SchedulingEligibility = "eligible";
    }
    if (command.NodeEvent) add_event(node, *command.NodeEvent, txn.index());
    if (command.CreateNodePool) make_pool(txn, node.NodePool);
    put_node(txn, std::move(node));
    put_node_evals(txn, command.Evals);
    return true;
}

Result<bool> apply(Txn& txn, const command::DeregisterNodes& command) {
    for (const std::string& id : command.NodeIDs) {
        if (!command.OnlyDown && !txn.view().nodes().find(id)) return fail(Error::not_found("node not found"));
    }
    if (auto checked = check_evals(command.Evals); !checked) return fail(checked.error());
    for (const std::string& id : command.NodeIDs) {
        const auto node = txn.view().nodes().find(id);
        if (node && (!command.OnlyDown || node->Status == "down")) txn.erase<model::Node>(id);
    }
    put_node_evals(txn, command.Evals);
    return true;
}

Result<bool> apply(Txn& txn, const command::SetNodeStatus& command) {
    auto node = node_of(txn, command.NodeID);
    if (!node) return fail(node.error());
    if (auto checked = check_evals(command.Evals); !checked) return fail(checked.error());
    if (command.NodeEvent) add_event(*node, *command.NodeEvent, txn.index());
    node->Status = command.Status;
    node->StatusUpdatedAt = command.UpdatedAt / 1'000'000'000;
    if (!command.IdentitySigningKeyID.empty()) node->IdentitySigningKeyID = command.IdentitySigningKeyID;
    if (command.Status == "down" || command.Status == "disconnected") node->LastMissedHeartbeatIndex = txn.index();
    put_node(txn, std::move(*node));
    put_node_evals(txn, command.Evals);
    return true;
}

Result<bool> apply(Txn& txn, const command::SetNodeEligibility& command) {
    auto node = node_of(txn, command.NodeID);
    if (!node) return fail(node.error());
    if (node->DrainStrategy && command.Eligibility == "eligible") {
        return fail(Error::internal("can not set node's scheduling eligibility to eligible while it is draining"));
    }
    if (auto checked = check_evals(command.Evals); !checked) return fail(checked.error());
    if (command.NodeEvent) add_event(*node, *command.NodeEvent, txn.index());
    node->SchedulingEligibility = command.Eligibility;
    put_node(txn, std::move(*node));
    put_node_evals(txn, command.Evals);
    return true;
}

Result<bool> apply(Txn& txn, const command::SetNodeDrain& command) {
    for (const auto& [id, update] : command.Updates) {
        if (auto node = node_of(txn, id); !node) return fail(node.error());
    }
    if (auto checked = check_evals(command.Evals); !checked) return fail(checked.error());
    const Time now = Time::from_unix_ns(command.UpdatedAt);
    for (const auto& [id, update] : command.Updates) {
        model::Node node = *node_of(txn, id);
        if (const auto* event = command.NodeEvents.get(id)) add_event(node, *event, txn.index());
        const bool was_draining = static_cast<bool>(node.DrainStrategy);
        auto& last = node.LastDrain.make();
        if (update.DrainStrategy) {
            model::DrainStrategy strategy = *update.DrainStrategy;
            if (was_draining) strategy.StartedAt = node.DrainStrategy->StartedAt;
            if (!was_draining) last = model::DrainMetadata{}, last.StartedAt = now;
            last.Status = "draining";
            node.DrainStrategy = strategy;
            node.SchedulingEligibility = "ineligible";
        } else {
            if (was_draining) last.Status = command.Complete ? "complete" : "canceled";
            node.DrainStrategy.reset();
            if (update.MarkEligible) node.SchedulingEligibility = "eligible";
        }
        last.UpdatedAt = now;
        if (!command.UpdatedBy.empty()) last.AccessorID = command.UpdatedBy;
        if (!command.Meta.is_null()) last.Meta = command.Meta;
        put_node(txn, std::move(node));
    }
    put_node_evals(txn, command.Evals);
    return true;
}

Result<bool> apply(Txn& txn, const command::AddNodeEvents& command) {
    for (const auto& [id, events] : command.NodeEvents) {
        auto node = node_of(txn, id);
        if (!node) continue;
        for (const auto& event : events) add_event(*node, event, txn.index());
        put_node(txn, std::move(*node));
    }
    return true;
}

Result<bool> apply(Txn& txn, const command::UpsertNodePools& command) {
    for (const auto& pool : command.NodePools) {
        auto row = std::make_shared<model::NodePool>(*pool);
        const auto present = txn.view().node_pools().find(pool->Name);
        row->CreateIndex = present ? present->CreateIndex : txn.index();
        row->ModifyIndex = txn.index();
        txn.put(Shared<model::NodePool>(std::move(row)));
    }
    return true;
}

Result<bool> apply(Txn& txn, const command::DeleteNodePools& command) {
    for (const std::string& name : command.Names) {
        if (!txn.view().node_pools().find(name)) return fail(Error::internal("node pool " + name + " not found"));
        if (name == "default" || name == "all")
            return fail(Error::bad_request("deleting node pool \"" + name + "\" is not allowed"));
    }
    for (const std::string& name : command.Names) txn.erase<model::NodePool>(name);
    return true;
}

}  // namespace drover::state
