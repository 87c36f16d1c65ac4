#include "scheduler/fleet.h"

#include "model/alloc_rules.h"
#include "scheduler/node_facts.h"

namespace drover::scheduler {
namespace {

// One text for all that tells the nodes of two fleet classes apart.
std::string signature(const model::Node& node) {
    std::string text = node.ComputedClass;
    const auto add = [&](std::string_view part) { text.append(1, '\0').append(part); };
    add(node.Datacenter);
    add(node.NodePool);
    add(node.NodeClass);
    for (const auto& [name, driver] : node.Drivers) {
        if (driver.Detected && driver.Healthy) add(name);
    }
    for (const std::string& word : network_offers(node)) add(word);
    return text;
}

// Finite, so that what is taken can be subtracted from it and added again.
constexpr double kNoAllocLimit = 1e12;

double share(double capacity) { return capacity > 0 ? 1 / capacity : 0; }

double alloc_limit(const model::Node& node) {
    return node.NodeMaxAllocs > 0 ? static_cast<double>(node.NodeMaxAllocs) : kNoAllocLimit;
}

}  // namespace

Slot Fleet::slot_of(std::string_view node_id) const {
    const auto& shard = by_id_[shard_of(node_id)];
    if (!shard) return kNoSlot;
    const auto it = shard->find(std::string(node_id));
    return it == shard->end() ? kNoSlot : it->second;
}

Usage usage_of(const model::ResourceSums& sums) {
    return {static_cast<double>(sums.cpu_mhz), static_cast<double>(sums.memory_mb), static_cast<double>(sums.disk_mb),
            1};
}

Usage usage_of(const model::Allocation& alloc) {
    if (model::client_terminal(alloc)) return {};
    return usage_of(model::sums_of(alloc));
}

FleetEdit::FleetEdit(Fleet base) : fleet_(std::move(base)), owned_(fleet_.chunks_.size()) {}

Fleet::Chunk& FleetEdit::own(size_t chunk) {
    if (!owned_[chunk]) {
        auto copy = std::make_shared<Fleet::Chunk>(*fleet_.chunks_[chunk]);
        owned_[chunk] = copy.get();
        fleet_.chunks_[chunk] = std::move(copy);
    }
    return *owned_[chunk];
}

Slot FleetEdit::take_slot(const std::string& id) {
    Slot slot = static_cast<Slot>(fleet_.slots_);
    if (!fleet_.unused_.empty()) {
        slot = fleet_.unused_.back();
        fleet_.unused_.pop_back();
    } else if (fleet_.slots_++ % Fleet::kChunk == 0) {
        auto chunk = std::make_shared<Fleet::Chunk>();
        owned_.push_back(chunk.get());
        fleet_.chunks_.push_back(std::move(chunk));
    }
    auto& shard = fleet_.by_id_[Fleet::shard_of(id)];
    auto copy = shard ? std::make_shared<Fleet::Shard>(*shard) : std::make_shared<Fleet::Shard>();
    (*copy)[id] = slot;
    shard = std::move(copy);
    return slot;
}

uint32_t FleetEdit::class_of(const Shared<model::Node>& node) {
    if (class_ids_.empty()) {
        for (uint32_t i = 0; i < fleet_.classes_.size(); ++i) {
            class_ids_.emplace(signature(*fleet_.classes_[i]->sample), i);
        }
    }
    const auto [it, added] = class_ids_.emplace(signature(*node), static_cast<uint32_t>(fleet_.classes_.size()));
    if (added) {
        fleet_.classes_.push_back(std::make_shared<FleetClass>(
            FleetClass{node->ComputedClass, node->Datacenter, node->NodeClass, node->NodePool, node}));
    }
    return it->second;
}

void FleetEdit::put_node(const Shared<model::Node>& node) {
    Slot slot = fleet_.slot_of(node->ID);
    if (slot == kNoSlot) slot = take_slot(node->ID);
    Fleet::Chunk& rows = own(slot / Fleet::kChunk);
    const size_t i = slot % Fleet::kChunk;
    const Shared<model::Node> before = rows.nodes[i];
    const model::ResourceSums old = before ? model::capacity_of(*before) : model::ResourceSums{};
    const model::ResourceSums now = model::capacity_of(*node);
    rows.free_cpu[i] += static_cast<double>(now.cpu_mhz - old.cpu_mhz);
    rows.free_memory[i] += static_cast<double>(now.memory_mb - old.memory_mb);
    rows.free_disk[i] += static_cast<double>(now.disk_mb - old.disk_mb);
    rows.free_allocs[i] += alloc_limit(*node) - (before ? alloc_limit(*before) : 0);
    rows.per_cpu[i] = share(static_cast<double>(now.cpu_mhz));
    rows.per_memory[i] = share(static_cast<double>(now.memory_mb));
    rows.classes[i] = class_of(node);
    rows.ready[i] = is_ready(*node);
    rows.nodes[i] = node;
}

void FleetEdit::remove_node(std::string_view id) {
    const Slot slot = fleet_.slot_of(id);
    if (slot == kNoSlot) return;
    Fleet::Chunk& rows = own(slot / Fleet::kChunk);
    const size_t i = slot % Fleet::kChunk;
    for (auto* column :
         {&rows.free_cpu, &rows.free_memory, &rows.free_disk, &rows.per_cpu, &rows.per_memory, &rows.free_allocs}) {
        (*column)[i] = 0;
    }
    rows.classes[i] = 0;
    rows.ready[i] = 0;
    rows.nodes[i] = nullptr;
    auto& shard = fleet_.by_id_[Fleet::shard_of(id)];
    auto copy = std::make_shared<Fleet::Shard>(*shard);
    copy->erase(std::string(id));
    shard = std::move(copy);
    fleet_.unused_.push_back(slot);
}

void FleetEdit::add_usage(std::string_view node_id, const Usage& change) {
    const Slot slot = fleet_.slot_of(node_id);
    if (slot == kNoSlot) return;
    Fleet::Chunk& rows = own(slot / Fleet::kChunk);
    const size_t i = slot % Fleet::kChunk;
    rows.free_cpu[i] -= change.cpu;
    rows.free_memory[i] -= change.memory;
    rows.free_disk[i] -= change.disk;
    rows.free_allocs[i] -= change.allocs;
}

Fleet FleetEdit::finish(uint64_t index) {
    fleet_.index = index;
    return std::move(fleet_);
}

}  // namespace drover::scheduler
