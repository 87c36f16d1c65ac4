#include "scheduler/fleet_keeper.h"

namespace drover::scheduler {
namespace {

Usage usage_of(const state::AllocRef& alloc) {
    if (alloc.client_terminal()) return {};
    const state::AllocUsage& sums = alloc.usage();
    return {static_cast<double>(sums.cpu_shares), static_cast<double>(sums.memory_mb),
            static_cast<double>(sums.disk_mb), 1};
}

// Classes of nodes that are gone stay in a fleet; when there are this many more than nodes it is made anew.
constexpr size_t kSpareClasses = 1024;

void add_node(FleetEdit& edit, const state::View& view, const Shared<model::Node>& node) {
    edit.put_node(node);
    for (const state::AllocRef& alloc : view.allocs().of_node(node->ID)) edit.add_usage(node->ID, usage_of(alloc));
}

Fleet brought_forward(const ViewFleet& base, const state::View& view) {
    using Object = state::Tables::Object;
    using Row = state::Ref<const state::AllocRow>;
    FleetEdit edit(base.fleet);
    const state::Tables &before = base.view.version()->tables, &after = view.version()->tables;
    // Allocations first: a node that is new gets all of its own, a node that is gone takes them with it.
    state::Tree<Row>::compare(before.allocs, after.allocs, [&](const std::string&, const Row* old, const Row* now) {
        if (old) {
            const state::AllocRef alloc{*old};
            edit.add_usage(alloc.node_id(), -usage_of(alloc));
        }
        if (now) {
            const state::AllocRef alloc{*now};
            edit.add_usage(alloc.node_id(), usage_of(alloc));
        }
    });
    const auto node_of = [](const Object& row) { return std::static_pointer_cast<const model::Node>(row); };
    state::Tree<Object>::compare(before[state::Table::nodes], after[state::Table::nodes],
                                 [&](const std::string&, const Object* old, const Object* now) {
                                     if (!now) {
                                         edit.remove_node(node_of(*old)->ID);
                                     } else if (old) {
                                         edit.put_node(node_of(*now));
                                     } else {
                                         add_node(edit, view, node_of(*now));
                                     }
                                 });
    return edit.finish(view.index());
}

}  // namespace

Fleet fleet_of(const state::View& view) {
    FleetEdit edit{Fleet{}};
    for (const Shared<model::Node>& node : view.nodes().all()) add_node(edit, view, node);
    return edit.finish(view.index());
}

ViewFleet FleetKeeper::at_least(const state::View& view) {
    std::lock_guard lock(mutex_);
    const bool same_history = newest_.view && newest_.view.version()->epoch == view.version()->epoch;
    if (same_history && newest_.view.index() >= view.index()) return newest_;
    const bool worn = newest_.fleet.classes().size() > newest_.fleet.slots() + kSpareClasses;
    newest_.fleet = same_history && !worn ? brought_forward(newest_, view) : fleet_of(view);
    newest_.view = view;
    return newest_;
}

}  // namespace drover::scheduler
