#pragma once
// The nodes as the scheduler sees them: columns of what each has left, in chunks that versions share until one changes
// them. A Fleet is a value and never changes: a copy is cheap, and any thread may read it. FleetEdit makes the next
// version; one owner, no threads.
//
// A node keeps its slot (its row) for as long as it is known. Slots of removed nodes are used again.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/containers.h"
#include "model/fit.h"
#include "model/node.h"

namespace drover::scheduler {

using Slot = uint32_t;
inline constexpr Slot kNoSlot = UINT32_MAX;

// Nodes that no check of a computed class, driver or network tells apart.
struct FleetClass {
    std::string computed_class;
    std::string datacenter;
    std::string node_class;
    std::string pool;
    Shared<model::Node> sample;  // any one of them
};

class Fleet {
public:
    static constexpr size_t kChunk = 256;

    // Rows of one chunk. Amounts are doubles (exact to 2^53) so that one loop scores them all. Columns of an unused
    // slot are zero and its node is null.
    struct Chunk {
        std::array<double, kChunk> free_cpu{}, free_memory{}, free_disk{};  // of capacity, below zero if overcommitted
        std::array<double, kChunk> per_cpu{}, per_memory{};                 // 1 / capacity
        std::array<double, kChunk> free_allocs{};                           // places left of the node's limit
        std::array<uint32_t, kChunk> classes{};
        std::array<uint8_t, kChunk> ready{};  // status ready, eligible, not draining
        std::array<Shared<model::Node>, kChunk> nodes;
    };

    size_t slots() const { return slots_; }  // used and unused ones
    const Chunk& chunk(size_t i) const { return *chunks_[i]; }
    const Shared<model::Node>& node(Slot slot) const { return chunk(slot / kChunk).nodes[slot % kChunk]; }
    const std::vector<Shared<FleetClass>>& classes() const { return classes_; }

    // kNoSlot if the node is not known.
    Slot slot_of(std::string_view node_id) const;

    // The newest state index that it reflects, and the newest indexes of its sources; whoever edits it keeps them.
    uint64_t index = 0;

private:
    friend class FleetEdit;
    static constexpr size_t kShards = 256;
    using Shard = std::unordered_map<std::string, Slot>;
    static size_t shard_of(std::string_view id) { return std::hash<std::string_view>{}(id) % kShards; }

    size_t slots_ = 0;
    std::vector<std::shared_ptr<const Chunk>> chunks_;
    std::vector<Shared<FleetClass>> classes_;
    std::array<std::shared_ptr<const Shard>, kShards> by_id_{};
    std::vector<Slot> unused_;
};

// What allocations take of a node. May be negative: a change.
struct Usage {
    double cpu = 0, memory = 0, disk = 0, allocs = 0;

    Usage& operator+=(const Usage& o) {
        return cpu += o.cpu, memory += o.memory, disk += o.disk, allocs += o.allocs, *this;
    }
    Usage operator-() const { return {-cpu, -memory, -disk, -allocs}; }
};

// Nothing if the client has finished with it.
Usage usage_of(const model::Allocation& alloc);
Usage usage_of(const model::ResourceSums& sums);

class FleetEdit {
public:
    explicit FleetEdit(Fleet base);

    // Adds the node or replaces it; what its allocations take stays as it was.
    void put_node(const Shared<model::Node>& node);
    void remove_node(std::string_view id);

    // A change of what allocations take there. Unknown nodes are passed over: whoever adds a node adds its usage.
    void add_usage(std::string_view node_id, const Usage& change);

    Fleet finish(uint64_t index);

private:
    Fleet::Chunk& own(size_t chunk);
    Slot take_slot(const std::string& id);
    uint32_t class_of(const Shared<model::Node>& node);

    Fleet fleet_;
    std::vector<Fleet::Chunk*> owned_;  // null: shared with the version that this began with
    std::unordered_map<std::string, uint32_t> class_ids_;
};

}  // namespace drover::scheduler
